-- The same rows once more, as many in a transaction as intake had: no client, no network, no parsing, nothing decided.
DO $$
DECLARE
    last bigint := (SELECT max(batch) FROM aside.batch);
BEGIN
    FOR n IN 0..last LOOP
        INSERT INTO stripe_event SELECT (row).* FROM aside.event WHERE batch = n;
        INSERT INTO event_payload SELECT (row).* FROM aside.payload WHERE batch = n;
        INSERT INTO subscription_fact SELECT (row).* FROM aside.fact WHERE batch = n;
        INSERT INTO timeline SELECT (row).* FROM aside.timeline WHERE batch = n;
        INSERT INTO outbox SELECT (row).* FROM aside.outbox WHERE batch = n;
        UPDATE customer SET version = version + 1
            WHERE (id, account, livemode) IN (SELECT (row).id, (row).account, (row).livemode FROM aside.customer WHERE batch = n);
        INSERT INTO invoice SELECT (row).* FROM aside.invoice WHERE batch = n
            ON CONFLICT (id, account, livemode) DO UPDATE SET state = excluded.state, status = excluded.status;
        INSERT INTO subscription SELECT (row).* FROM aside.subscription WHERE batch = n
            ON CONFLICT (id, account, livemode) DO UPDATE SET state = excluded.state, status = excluded.status;
        UPDATE tenant SET version = version + 1, updated_at = updated_at + 1
            WHERE id IN (SELECT id FROM aside.tenant WHERE batch = n);
        COMMIT;
    END LOOP;
END
$$;
