\set tenant random(1, 100000)
\set event random(1, 9000000000000000000)
\set job random(1, 5)
WITH fresh AS (
    INSERT INTO event VALUES ('evt_' || :event, 1800000000) ON CONFLICT DO NOTHING RETURNING id
), changed AS (
    UPDATE tenant SET status = 'past_due', version = version + 1 WHERE id = :tenant AND EXISTS (SELECT FROM fresh) RETURNING id
)
INSERT INTO job (tenant_id, kind) SELECT id, 'payment_failed' FROM changed WHERE :job = 1;
