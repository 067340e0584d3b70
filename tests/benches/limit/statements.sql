\set tenant random(1, 100000)
\set event random(1, 9000000000000000000)
\set job random(1, 5)
\set has_job :job = 1
BEGIN;
INSERT INTO event VALUES ('evt_' || :event, 1800000000) ON CONFLICT DO NOTHING;
SELECT status, version FROM tenant WHERE id = :tenant FOR UPDATE;
UPDATE tenant SET status = 'past_due', version = version + 1 WHERE id = :tenant;
\if :has_job
INSERT INTO job (tenant_id, kind) VALUES (:tenant, 'payment_failed');
\endif
COMMIT;
