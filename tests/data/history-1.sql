BEGIN TRANSACTION;
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('fc14fe43-92f6-46f1-a95f-a021dbae08d4','1',1795366212000,1795366212000,'avatar-bot');
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
INSERT INTO "notifications" VALUES('V0000000001:10::V0000000001','V0000000001','news','{"$type":"Heard","at":1795366214.2696025,"progress":10,"credit":null,"task_id":"7f7947f02f99866b7ad1ee03"}',1795366214000,'avatar_bot_json',1,4);
INSERT INTO "notifications" VALUES('V0000000001:20::V0000000001','V0000000001','news','{"$type":"Heard","at":1795366214.4414206,"progress":20,"credit":null,"task_id":"7f7947f02f99866b7ad1ee03"}',1795366214000,'avatar_bot_json',1,6);
INSERT INTO "notifications" VALUES('V0000000001:30::V0000000001','V0000000001','news','{"$type":"Heard","at":1795366214.598613,"progress":30,"credit":null,"task_id":"7f7947f02f99866b7ad1ee03"}',1795366214000,'avatar_bot_json',1,8);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',1,'enter','{"$tuple":["C0GENERAL",""]}',NULL,NULL,1795366212714,1795366212719,'avatar_bot_json','avatar-bot',1795366212000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',2,'announce','{"$tuple":["1795366212.726388",""]}',NULL,NULL,1795366212723,1795366212727,'avatar_bot_json','avatar-bot',1795366212000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',3,'reply','{"$tuple":["1795366212.732317",""]}',NULL,NULL,1795366212729,1795366212732,'avatar_bot_json','avatar-bot',1795366212000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',4,'export',NULL,NULL,'V0000000001',1795366212735,1795366212737,NULL,'avatar-bot',1795366212000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',5,'line','null',NULL,NULL,1795366212739,1795366212740,'avatar_bot_json','avatar-bot',1795366212000);
INSERT INTO "operation_outputs" VALUES('V0000000001',1,'claim','{"$type":"Claim","token":"75033582c71336d3","at":1795366214.106733}',NULL,NULL,1795366214105,1795366214106,'avatar_bot_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',2,'submit','{"$type":"Submission","result":"accepted","at":1795366214.1179829,"project_id":"03336470543581c954afc83b","task_id":"853ea8ac5e93d56e3b6a4629","reason":null,"detail":null,"retry_after":null}',NULL,NULL,1795366214108,1795366214118,'avatar_bot_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',3,'show','{"$type":"Edit","at":1795366214.23932,"landed":true}',NULL,NULL,1795366214124,1795366214239,'avatar_bot_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',5,'DBOS.sleep','1795366215.2448049',NULL,NULL,1795366214244,1795366214244,'portable_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',4,'DBOS.recv','{"$type":"Heard","at":1795366214.2696025,"progress":10,"credit":null,"task_id":"7f7947f02f99866b7ad1ee03"}',NULL,NULL,1795366214242,1795366214368,'avatar_bot_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',7,'DBOS.sleep','1795366215.3732631',NULL,NULL,1795366214372,1795366214373,'portable_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',6,'DBOS.recv','{"$type":"Heard","at":1795366214.4414206,"progress":20,"credit":null,"task_id":"7f7947f02f99866b7ad1ee03"}',NULL,NULL,1795366214371,1795366214617,'avatar_bot_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',9,'DBOS.sleep','1795366215.6202285',NULL,NULL,1795366214619,1795366214620,'portable_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',8,'DBOS.recv','{"$type":"Heard","at":1795366214.598613,"progress":30,"credit":null,"task_id":"7f7947f02f99866b7ad1ee03"}',NULL,NULL,1795366214619,1795366214626,'avatar_bot_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',11,'DBOS.sleep','1795366215.631895',NULL,NULL,1795366214631,1795366214631,'portable_json','avatar-bot',1795366214000);
INSERT INTO "operation_outputs" VALUES('V0000000001',10,'DBOS.recv','null',NULL,NULL,1795366214630,1795366215637,'avatar_bot_json','avatar-bot',1795366215000);
INSERT INTO "operation_outputs" VALUES('V0000000001',12,'read','{"$type":"Reading","at":1795366215.642061,"progress":30.0,"download_url":null,"problem":null}',NULL,NULL,1795366215638,1795366215642,'avatar_bot_json','avatar-bot',1795366215000);
INSERT INTO "operation_outputs" VALUES('V0000000001',14,'DBOS.sleep','1795366216.644773',NULL,NULL,1795366215644,1795366215644,'portable_json','avatar-bot',1795366215000);
INSERT INTO "operation_outputs" VALUES('V0000000001',13,'DBOS.recv','null',NULL,NULL,1795366215643,1795366216649,'avatar_bot_json','avatar-bot',1795366216000);
INSERT INTO "operation_outputs" VALUES('V0000000001',15,'read','{"$type":"Reading","at":1795366216.6558583,"progress":30.0,"download_url":null,"problem":null}',NULL,NULL,1795366216651,1795366216656,'avatar_bot_json','avatar-bot',1795366216000);
INSERT INTO "operation_outputs" VALUES('V0000000001',17,'DBOS.sleep','1795366217.243448',NULL,NULL,1795366216659,1795366216660,'portable_json','avatar-bot',1795366216000);
INSERT INTO "operation_outputs" VALUES('V0000000001',16,'DBOS.recv','null',NULL,NULL,1795366216658,1795366217247,'avatar_bot_json','avatar-bot',1795366217000);
INSERT INTO "operation_outputs" VALUES('V0000000001',18,'show','{"$type":"Edit","at":1795366217.253802,"landed":true}',NULL,NULL,1795366217249,1795366217253,'avatar_bot_json','avatar-bot',1795366217000);
INSERT INTO "operation_outputs" VALUES('V0000000001',20,'DBOS.sleep','1795366217.6608126',NULL,NULL,1795366217258,1795366217258,'portable_json','avatar-bot',1795366217000);
INSERT INTO "operation_outputs" VALUES('V0000000001',19,'DBOS.recv','null',NULL,NULL,1795366217256,1795366217664,'avatar_bot_json','avatar-bot',1795366217000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
INSERT INTO "queues" VALUES('F307C36A07FF66AF8E9BB4DFAA3659E8','exports',NULL,NULL,NULL,NULL,1,0,0.5,1795366212000,1795366212619,'avatar-bot',NULL,NULL,NULL,NULL);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('V0000000001.accept','{"args":{"$tuple":["V0000000001",{"$type":"ExportRequest","requester":{"team_id":"T0AVATARS","user_id":"U0ANA0001","locale":"en-US"},"channel_id":"C0GENERAL","avatar":{"id":"M000000101","name":"Olivia"},"language":"en","script":"Hello! This script was sent by an earlier release.","is_export":true,"workspace_id":null,"resolution":"1080"}]},"kwargs":{}}',1795366212000);
INSERT INTO "workflow_input" VALUES('V0000000001','{"args":{"$tuple":[{"$type":"ExportRequest","requester":{"team_id":"T0AVATARS","user_id":"U0ANA0001","locale":"en-US"},"channel_id":"C0GENERAL","avatar":{"id":"M000000101","name":"Olivia"},"language":"en","script":"Hello! This script was sent by an earlier release.","is_export":true,"workspace_id":null,"resolution":"1080"},{"$type":"Posted","channel_id":"C0GENERAL","root_ts":"1795366212.726388","reply_ts":"1795366212.732317"},{"$type":"Pace","poll_seconds":1.0,"timeout_seconds":7200.0}]},"kwargs":{}}',1795366212000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('V0000000001.accept','null',NULL,1795366212000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('V0000000001.accept','SUCCESS','accept','T0AVATARS:U0ANA0001',NULL,NULL,NULL,NULL,NULL,'local',1795366212000,1795366212000,'1','','Exports','exports',1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'avatar_bot_json',NULL,0,0,1795366212000,'null',NULL,NULL,0,'avatar-bot','c9453a28-b593-4693-8e9b-878ba6c8821d');
INSERT INTO "workflow_status" VALUES('V0000000001','PENDING','export','T0AVATARS:U0ANA0001',NULL,NULL,NULL,NULL,NULL,'local',1795366212000,1795366214000,'1','','Exports','exports',1,'exports',NULL,NULL,NULL,1795366214000,NULL,0,NULL,NULL,'c0439b3b-4f4d-47a6-9f98-2c5eec1362f4','V0000000001.accept','avatar_bot_json',NULL,0,0,NULL,'null',NULL,NULL,0,'avatar-bot','a5a12b88-11d4-4c49-9a4b-e5cd392828ea');
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
COMMIT;
