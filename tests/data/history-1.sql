BEGIN TRANSACTION;
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('88d1321e-ee32-497c-895c-c4c6cc5041c7','1',1795364089000,1795364089000,'avatar-bot');
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
INSERT INTO "notifications" VALUES('V0000000001:10::V0000000001','V0000000001','news','{"$type":"Heard","at":1795364090.802516,"progress":10,"credit":null,"task_id":"799b52bd0394a522a7b3e2db"}',1795364090000,'avatar_bot_json',1,4);
INSERT INTO "notifications" VALUES('V0000000001:20::V0000000001','V0000000001','news','{"$type":"Heard","at":1795364090.9807487,"progress":20,"credit":null,"task_id":"799b52bd0394a522a7b3e2db"}',1795364090000,'avatar_bot_json',1,6);
INSERT INTO "notifications" VALUES('V0000000001:30::V0000000001','V0000000001','news','{"$type":"Heard","at":1795364091.1465936,"progress":30,"credit":null,"task_id":"799b52bd0394a522a7b3e2db"}',1795364091000,'avatar_bot_json',1,8);
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
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',1,'enter','{"$tuple":["C0GENERAL",""]}',NULL,NULL,1795364089227,1795364089233,'avatar_bot_json','avatar-bot',1795364089000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',2,'announce','{"$tuple":["1795364089.241928",""]}',NULL,NULL,1795364089237,1795364089242,'avatar_bot_json','avatar-bot',1795364089000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',3,'reply','{"$tuple":["1795364089.248310",""]}',NULL,NULL,1795364089245,1795364089249,'avatar_bot_json','avatar-bot',1795364089000);
INSERT INTO "operation_outputs" VALUES('V0000000001.accept',4,'export',NULL,NULL,'V0000000001',1795364089252,1795364089255,NULL,'avatar-bot',1795364089000);
INSERT INTO "operation_outputs" VALUES('V0000000001',1,'claim','{"$type":"Claim","token":"4ea1eb7abc1c6e53","at":1795364090.626336}',NULL,NULL,1795364090625,1795364090626,'avatar_bot_json','avatar-bot',1795364090000);
INSERT INTO "operation_outputs" VALUES('V0000000001',2,'submit','{"$type":"Submission","result":"accepted","at":1795364090.6344023,"project_id":"e10a103dfc3f2081c92c3e7e","task_id":"4cd65516e204913ffd0b8cdb","reason":null,"detail":null,"retry_after":null}',NULL,NULL,1795364090628,1795364090639,'avatar_bot_json','avatar-bot',1795364090000);
INSERT INTO "operation_outputs" VALUES('V0000000001',3,'show','{"$type":"Edit","at":1795364090.6526418,"landed":true}',NULL,NULL,1795364090647,1795364090652,'avatar_bot_json','avatar-bot',1795364090000);
INSERT INTO "operation_outputs" VALUES('V0000000001',5,'DBOS.sleep','1795364091.658122',NULL,NULL,1795364090657,1795364090658,'portable_json','avatar-bot',1795364090000);
INSERT INTO "operation_outputs" VALUES('V0000000001',4,'DBOS.recv','{"$type":"Heard","at":1795364090.802516,"progress":10,"credit":null,"task_id":"799b52bd0394a522a7b3e2db"}',NULL,NULL,1795364090655,1795364090857,'avatar_bot_json','avatar-bot',1795364090000);
INSERT INTO "operation_outputs" VALUES('V0000000001',7,'DBOS.sleep','1795364091.871509',NULL,NULL,1795364090871,1795364090871,'portable_json','avatar-bot',1795364090000);
INSERT INTO "operation_outputs" VALUES('V0000000001',6,'DBOS.recv','{"$type":"Heard","at":1795364090.9807487,"progress":20,"credit":null,"task_id":"799b52bd0394a522a7b3e2db"}',NULL,NULL,1795364090870,1795364091128,'avatar_bot_json','avatar-bot',1795364091000);
INSERT INTO "operation_outputs" VALUES('V0000000001',9,'DBOS.sleep','1795364092.1536891',NULL,NULL,1795364091153,1795364091153,'portable_json','avatar-bot',1795364091000);
INSERT INTO "operation_outputs" VALUES('V0000000001',8,'DBOS.recv','{"$type":"Heard","at":1795364091.1465936,"progress":30,"credit":null,"task_id":"799b52bd0394a522a7b3e2db"}',NULL,NULL,1795364091152,1795364091379,'avatar_bot_json','avatar-bot',1795364091000);
INSERT INTO "operation_outputs" VALUES('V0000000001',11,'DBOS.sleep','1795364092.3832085',NULL,NULL,1795364091382,1795364091383,'portable_json','avatar-bot',1795364091000);
INSERT INTO "operation_outputs" VALUES('V0000000001',10,'DBOS.recv','null',NULL,NULL,1795364091381,1795364092386,'avatar_bot_json','avatar-bot',1795364092000);
INSERT INTO "operation_outputs" VALUES('V0000000001',12,'read','{"$type":"Reading","at":1795364092.394564,"progress":30.0,"download_url":null,"problem":null}',NULL,NULL,1795364092389,1795364092394,'avatar_bot_json','avatar-bot',1795364092000);
INSERT INTO "operation_outputs" VALUES('V0000000001',14,'DBOS.sleep','1795364093.401436',NULL,NULL,1795364092401,1795364092401,'portable_json','avatar-bot',1795364092000);
INSERT INTO "operation_outputs" VALUES('V0000000001',13,'DBOS.recv','null',NULL,NULL,1795364092399,1795364093405,'avatar_bot_json','avatar-bot',1795364093000);
INSERT INTO "operation_outputs" VALUES('V0000000001',15,'read','{"$type":"Reading","at":1795364093.4129622,"progress":30.0,"download_url":null,"problem":null}',NULL,NULL,1795364093407,1795364093413,'avatar_bot_json','avatar-bot',1795364093000);
INSERT INTO "operation_outputs" VALUES('V0000000001',17,'DBOS.sleep','1795364093.6577306',NULL,NULL,1795364093417,1795364093418,'portable_json','avatar-bot',1795364093000);
INSERT INTO "operation_outputs" VALUES('V0000000001',16,'DBOS.recv','null',NULL,NULL,1795364093416,1795364093661,'avatar_bot_json','avatar-bot',1795364093000);
INSERT INTO "operation_outputs" VALUES('V0000000001',18,'show','{"$type":"Edit","at":1795364093.6693063,"landed":true}',NULL,NULL,1795364093664,1795364093669,'avatar_bot_json','avatar-bot',1795364093000);
INSERT INTO "operation_outputs" VALUES('V0000000001',20,'DBOS.sleep','1795364094.4250276',NULL,NULL,1795364093680,1795364093681,'portable_json','avatar-bot',1795364093000);
INSERT INTO "operation_outputs" VALUES('V0000000001',19,'DBOS.recv','null',NULL,NULL,1795364093672,1795364094428,'avatar_bot_json','avatar-bot',1795364094000);
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
INSERT INTO "queues" VALUES('220201F251F704BEC5A827F5415E0EC5','exports',NULL,NULL,NULL,NULL,1,0,0.5,1795364089000,1795364089105,'avatar-bot',NULL,NULL,NULL,NULL);
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
INSERT INTO "workflow_input" VALUES('V0000000001.accept','{"args":{"$tuple":["V0000000001",{"$type":"ExportRequest","requester":{"team_id":"T0AVATARS","user_id":"U0ANA0001","locale":"en-US"},"channel_id":"C0GENERAL","avatar":{"id":"M000000101","name":"Olivia"},"language":"en","script":"Hello! This script was sent by an earlier release.","is_export":true,"workspace_id":null,"resolution":"1080"}]},"kwargs":{}}',1795364089000);
INSERT INTO "workflow_input" VALUES('V0000000001','{"args":{"$tuple":[{"$type":"ExportRequest","requester":{"team_id":"T0AVATARS","user_id":"U0ANA0001","locale":"en-US"},"channel_id":"C0GENERAL","avatar":{"id":"M000000101","name":"Olivia"},"language":"en","script":"Hello! This script was sent by an earlier release.","is_export":true,"workspace_id":null,"resolution":"1080"},{"$type":"Posted","channel_id":"C0GENERAL","root_ts":"1795364089.241928","reply_ts":"1795364089.248310"}]},"kwargs":{}}',1795364089000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('V0000000001.accept','null',NULL,1795364089000);
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
INSERT INTO "workflow_status" VALUES('V0000000001.accept','SUCCESS','accept','T0AVATARS:U0ANA0001',NULL,NULL,NULL,NULL,NULL,'local',1795364089000,1795364089000,'1','','Exports','exports',1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'avatar_bot_json',NULL,0,0,1795364089000,'null',NULL,NULL,0,'avatar-bot','276f3b35-2fae-42d8-91ac-c13f27113548');
INSERT INTO "workflow_status" VALUES('V0000000001','PENDING','export','T0AVATARS:U0ANA0001',NULL,NULL,NULL,NULL,NULL,'local',1795364089000,1795364090000,'1','','Exports','exports',1,'exports',NULL,NULL,NULL,1795364090000,NULL,0,NULL,NULL,'8d52260c-d5b1-4ba1-84c3-e93bb28a7275','V0000000001.accept','avatar_bot_json',NULL,0,0,NULL,'null',NULL,NULL,0,'avatar-bot','d4eeff6f-e2a1-4df8-ad70-5a543c9b1ecf');
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
