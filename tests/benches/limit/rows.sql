-- What intake wrote, set aside with the number of the batch it belongs to, and the tables emptied.
CREATE SCHEMA aside;
CREATE TABLE aside.batch AS
    SELECT id, account, livemode, (row_number() OVER (ORDER BY received_at, id) - 1) / 85 AS batch FROM stripe_event;
CREATE INDEX ON aside.batch (id);
ANALYZE aside.batch;
CREATE TABLE aside.event AS SELECT b.batch, e AS row FROM stripe_event e JOIN aside.batch b USING (id, account, livemode);
CREATE TABLE aside.payload AS SELECT b.batch, p AS row FROM event_payload p JOIN aside.batch b USING (id, account, livemode);
CREATE TABLE aside.fact AS SELECT b.batch, f AS row FROM subscription_fact f JOIN aside.batch b USING (id, account, livemode);
CREATE TABLE aside.timeline AS SELECT b.batch, t AS row FROM timeline t JOIN aside.batch b ON b.id = t.cause_id;
CREATE TABLE aside.outbox AS SELECT b.batch, o AS row FROM outbox o JOIN aside.batch b ON b.id = o.event_id;
CREATE TABLE aside.customer AS
    SELECT DISTINCT b.batch, c AS row
    FROM stripe_event e JOIN aside.batch b USING (id, account, livemode) JOIN customer c ON c.id = e.customer_id;
CREATE TABLE aside.invoice AS
    SELECT DISTINCT b.batch, i AS row
    FROM stripe_event e JOIN aside.batch b USING (id, account, livemode) JOIN invoice i ON i.id = e.object_id;
CREATE TABLE aside.subscription AS
    SELECT DISTINCT b.batch, s AS row
    FROM subscription_fact f JOIN aside.batch b USING (id, account, livemode) JOIN subscription s ON s.id = f.subscription_id;
CREATE TABLE aside.tenant AS
    SELECT DISTINCT b.batch, x.id FROM timeline t JOIN aside.batch b ON b.id = t.cause_id JOIN tenant x ON x.id = t.tenant_id;
CREATE INDEX ON aside.event (batch);
CREATE INDEX ON aside.payload (batch);
CREATE INDEX ON aside.fact (batch);
CREATE INDEX ON aside.timeline (batch);
CREATE INDEX ON aside.outbox (batch);
CREATE INDEX ON aside.customer (batch);
CREATE INDEX ON aside.invoice (batch);
CREATE INDEX ON aside.subscription (batch);
CREATE INDEX ON aside.tenant (batch);
TRUNCATE stripe_event, event_payload, subscription_fact, timeline, outbox, invoice, subscription;
VACUUM (FULL, ANALYZE);
CHECKPOINT;
