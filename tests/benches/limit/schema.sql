-- The least that a receiver must keep to be idempotent and to know a tenant's state.
DROP TABLE IF EXISTS event, tenant, job;
CREATE TABLE event (id text PRIMARY KEY, received_at bigint NOT NULL);
CREATE TABLE tenant (id bigint PRIMARY KEY, status text NOT NULL, version bigint NOT NULL);
CREATE TABLE job (id bigserial PRIMARY KEY, tenant_id bigint NOT NULL, kind text NOT NULL);
INSERT INTO tenant SELECT n, 'active', 0 FROM generate_series(1, 100000) n;
