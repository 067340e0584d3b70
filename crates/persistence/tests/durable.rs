//! A commit is on PostgreSQL's disk, whatever its role or database was told.

use persistence::Store;

use crate::support::{NOW, change, database};
use subscription::Status;

#[tokio::test]
async fn a_unit_of_work_waits_for_the_disk_where_its_database_would_not() {
    let database = database().await;
    database
        .execute(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$;
             CREATE TABLE seen (setting text);
             CREATE FUNCTION note() RETURNS trigger AS $$ BEGIN
                 INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$ LANGUAGE plpgsql;
             CREATE TRIGGER note BEFORE INSERT ON stripe_event FOR EACH ROW EXECUTE FUNCTION note();",
        )
        .await;
    let store = Store::connect(&database.url).await.unwrap();
    let receipts = store
        .post(&[change("evt_1", "a", 1, None, Status::Active)], NOW)
        .await
        .unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(database.count("seen WHERE setting = 'on'").await, 1);
    assert_eq!(database.count("seen").await, 1);
}
