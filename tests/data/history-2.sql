BEGIN TRANSACTION;
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('72790edf-6cfe-4631-aa7a-94c63947bb30','1',1795373439000,1795373439000,'avatar-bot');
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
INSERT INTO "notifications" VALUES('V0000000001:10::V0000000001','V0000000001','news','{"$type":"Heard","at":1795373441.182548,"progress":10,"credit":null,"task_id":"62708bdae95e5bd5854e7a79"}',1795373441000,'avatar_bot_json',1,7);
INSERT INTO "notifications" VALUES('V0000000001:20::V0000000001','V0000000001','news','{"$type":"Heard","at":1795373441.3337352,"progress":20,"credit":null,"task_id":"62708bdae95e5bd5854e7a79"}',1795373441000,'avatar_bot_json',1,9);
INSERT INTO "notifications" VALUES('V0000000001:30::V0000000001','V0000000001','news','{"$type":"Heard","at":1795373441.5126312,"progress":30,"credit":null,"task_id":"62708bdae95e5bd5854e7a79"}',1795373441000,'avatar_bot_json',1,11);
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
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',1,'enter','{"$tuple":["C0GENERAL",""]}',NULL,NULL,1795373439503,1795373439512,'avatar_bot_json','avatar-bot',1795373439000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',2,'announce','{"$tuple":["1795373439.518649",""]}',NULL,NULL,1795373439516,1795373439519,'avatar_bot_json','avatar-bot',1795373439000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',3,'reply','{"$tuple":["1795373439.523777",""]}',NULL,NULL,1795373439521,1795373439524,'avatar_bot_json','avatar-bot',1795373439000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',4,'export',NULL,NULL,'V0000000001',1795373439526,1795373439527,NULL,'avatar-bot',1795373439000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',5,'DBOS.patch-stop-in-line',NULL,NULL,NULL,1795373439530,1795373439530,NULL,'avatar-bot',1795373439000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',7,'DBOS.sleep','1795373439.5333679',NULL,NULL,1795373439532,1795373439533,'portable_json','avatar-bot',1795373439000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',6,'DBOS.recv','null',NULL,NULL,1795373439531,1795373439539,'avatar_bot_json','avatar-bot',1795373439000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',8,'line','null',NULL,NULL,1795373439540,1795373439541,'avatar_bot_json','avatar-bot',1795373439000);
INSERT INTO "operation_outputs" VALUES('V0000000001',1,'DBOS.patch-stop-before-submitting',NULL,NULL,NULL,1795373440978,1795373440978,NULL,'avatar-bot',1795373440000);
INSERT INTO "operation_outputs" VALUES('V0000000001',3,'DBOS.sleep','1795373440.981147',NULL,NULL,1795373440980,1795373440981,'portable_json','avatar-bot',1795373440000);
INSERT INTO "operation_outputs" VALUES('V0000000001',2,'DBOS.recv','null',NULL,NULL,1795373440980,1795373440983,'avatar_bot_json','avatar-bot',1795373440000);
INSERT INTO "operation_outputs" VALUES('V0000000001',4,'claim','{"$type":"Claim","token":"9193d2d8129bff3b","at":1795373440.9869912}',NULL,NULL,1795373440985,1795373440987,'avatar_bot_json','avatar-bot',1795373440000);
INSERT INTO "operation_outputs" VALUES('V0000000001',5,'submit','{"$type":"Submission","result":"accepted","at":1795373440.9948428,"project_id":"9a1b949412fff0b8b979b109","task_id":"389e35a1717676c73feb818c","reason":null,"detail":null,"retry_after":null}',NULL,NULL,1795373440988,1795373440995,'avatar_bot_json','avatar-bot',1795373440000);
INSERT INTO "operation_outputs" VALUES('V0000000001',6,'show','{"$type":"Edit","at":1795373441.0123122,"landed":true}',NULL,NULL,1795373440998,1795373441012,'avatar_bot_json','avatar-bot',1795373441000);
INSERT INTO "operation_outputs" VALUES('V0000000001',8,'DBOS.sleep','1795373442.0162332',NULL,NULL,1795373441015,1795373441016,'portable_json','avatar-bot',1795373441000);
INSERT INTO "operation_outputs" VALUES('V0000000001',7,'DBOS.recv','{"$type":"Heard","at":1795373441.182548,"progress":10,"credit":null,"task_id":"62708bdae95e5bd5854e7a79"}',NULL,NULL,1795373441015,1795373441386,'avatar_bot_json','avatar-bot',1795373441000);
INSERT INTO "operation_outputs" VALUES('V0000000001',10,'DBOS.sleep','1795373442.3892248',NULL,NULL,1795373441388,1795373441389,'portable_json','avatar-bot',1795373441000);
INSERT INTO "operation_outputs" VALUES('V0000000001',9,'DBOS.recv','{"$type":"Heard","at":1795373441.3337352,"progress":20,"credit":null,"task_id":"62708bdae95e5bd5854e7a79"}',NULL,NULL,1795373441388,1795373441391,'avatar_bot_json','avatar-bot',1795373441000);
INSERT INTO "operation_outputs" VALUES('V0000000001',12,'DBOS.sleep','1795373442.3939838',NULL,NULL,1795373441393,1795373441394,'portable_json','avatar-bot',1795373441000);
INSERT INTO "operation_outputs" VALUES('V0000000001',11,'DBOS.recv','{"$type":"Heard","at":1795373441.5126312,"progress":30,"credit":null,"task_id":"62708bdae95e5bd5854e7a79"}',NULL,NULL,1795373441392,1795373441638,'avatar_bot_json','avatar-bot',1795373441000);
INSERT INTO "operation_outputs" VALUES('V0000000001',14,'DBOS.sleep','1795373442.643452',NULL,NULL,1795373441642,1795373441643,'portable_json','avatar-bot',1795373441000);
INSERT INTO "operation_outputs" VALUES('V0000000001',13,'DBOS.recv','null',NULL,NULL,1795373441641,1795373442646,'avatar_bot_json','avatar-bot',1795373442000);
INSERT INTO "operation_outputs" VALUES('V0000000001',15,'read','{"$type":"Reading","at":1795373442.655301,"progress":30.0,"download_url":null,"problem":null}',NULL,NULL,1795373442649,1795373442655,'avatar_bot_json','avatar-bot',1795373442000);
INSERT INTO "operation_outputs" VALUES('V0000000001',17,'DBOS.sleep','1795373443.6604333',NULL,NULL,1795373442659,1795373442660,'portable_json','avatar-bot',1795373442000);
INSERT INTO "operation_outputs" VALUES('V0000000001',16,'DBOS.recv','null',NULL,NULL,1795373442658,1795373443664,'avatar_bot_json','avatar-bot',1795373443000);
INSERT INTO "operation_outputs" VALUES('V0000000001',18,'read','{"$type":"Reading","at":1795373443.672329,"progress":30.0,"download_url":null,"problem":null}',NULL,NULL,1795373443667,1795373443672,'avatar_bot_json','avatar-bot',1795373443000);
INSERT INTO "operation_outputs" VALUES('V0000000001',20,'DBOS.sleep','1795373444.0167055',NULL,NULL,1795373443676,1795373443676,'portable_json','avatar-bot',1795373443000);
INSERT INTO "operation_outputs" VALUES('V0000000001',19,'DBOS.recv','null',NULL,NULL,1795373443675,1795373444019,'avatar_bot_json','avatar-bot',1795373444000);
INSERT INTO "operation_outputs" VALUES('V0000000001',21,'show','{"$type":"Edit","at":1795373444.0344765,"landed":true}',NULL,NULL,1795373444031,1795373444034,'avatar_bot_json','avatar-bot',1795373444000);
INSERT INTO "operation_outputs" VALUES('V0000000001',23,'DBOS.sleep','1795373444.6825533',NULL,NULL,1795373444044,1795373444044,'portable_json','avatar-bot',1795373444000);
INSERT INTO "operation_outputs" VALUES('V0000000001',22,'DBOS.recv','null',NULL,NULL,1795373444043,1795373444685,'avatar_bot_json','avatar-bot',1795373444000);
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
INSERT INTO "queues" VALUES('5D25061F21A9EB262762639F08B6BA6D','exports',NULL,NULL,NULL,NULL,1,0,0.5,1795373439000,1795373439386,'avatar-bot',NULL,NULL,NULL,NULL);
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
INSERT INTO "workflow_input" VALUES('V0000000001.accept','{"args":{"$tuple":["V0000000001",{"$type":"ExportRequest","requester":{"team_id":"T0AVATARS","user_id":"U0ANA0001","locale":"en-US"},"channel_id":"C0GENERAL","avatar":{"id":"M000000101","name":"Olivia"},"language":"en","script":"Hello! This script was sent by an earlier release.","is_export":true,"workspace_id":null,"resolution":"1080","origin":null,"caller":null,"approved_by":null},null]},"kwargs":{}}',1795373439000);
INSERT INTO "workflow_input" VALUES('V0000000001','{"args":{"$tuple":[{"$type":"ExportRequest","requester":{"team_id":"T0AVATARS","user_id":"U0ANA0001","locale":"en-US"},"channel_id":"C0GENERAL","avatar":{"id":"M000000101","name":"Olivia"},"language":"en","script":"Hello! This script was sent by an earlier release.","is_export":true,"workspace_id":null,"resolution":"1080","origin":null,"caller":null,"approved_by":null},{"$type":"Posted","channel_id":"C0GENERAL","root_ts":"1795373439.518649","reply_ts":"1795373439.523777"},{"$type":"Pace","poll_seconds":1.0,"timeout_seconds":7200.0}]},"kwargs":{}}',1795373439000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('V0000000001.accept','null',NULL,1795373439000);
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
INSERT INTO "workflow_status" VALUES('V0000000001.accept','SUCCESS','accept','T0AVATARS:U0ANA0001',NULL,NULL,NULL,NULL,NULL,'local',1795373439000,1795373439000,'1','','Exports','exports',1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'avatar_bot_json',NULL,0,0,1795373439000,'null',NULL,NULL,0,'avatar-bot','71d3e58d-33be-4562-a073-77fab1e5dbcf');
INSERT INTO "workflow_status" VALUES('V0000000001','PENDING','export','T0AVATARS:U0ANA0001',NULL,NULL,NULL,NULL,NULL,'local',1795373439000,1795373440000,'1','','Exports','exports',1,'exports',NULL,NULL,NULL,1795373440000,NULL,0,NULL,NULL,'5d882ef8-8d1d-4894-9c15-b038967e126f','V0000000001.accept','avatar_bot_json',NULL,0,0,NULL,'null',NULL,NULL,0,'avatar-bot','34368b75-074c-43c2-9d13-d6f8e53a0138');
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
