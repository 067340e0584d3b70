//! Counts and gauges, on a real database.

use persistence::{DeliveryHour, Gauges, NoticeState, Scope, SignedBy, UnixMicros};
use subscription::Status;

use crate::support::{HOUR, NOW, change, database, failed, scope};

const DAY: i64 = 24 * HOUR;

#[tokio::test]
async fn deliveries_are_added_up_by_hour_and_by_who_signed_them() {
    let database = database().await;
    let secret = |name: &str| SignedBy::Secret(name.to_owned());
    let count = async |counts: &[(SignedBy, u64)], at| database.store.inbox().count_deliveries(counts, at).await.unwrap();
    count(
        &[(secret("new"), 3), (SignedBy::Nobody, 1), (SignedBy::AtAnotherTime, 2)],
        NOW,
    )
    .await;
    count(&[(secret("new"), 4)], NOW.plus_secs(1)).await;
    count(&[(secret("new"), 5), (secret("old"), 6)], NOW.plus_secs(HOUR)).await;
    let hour_of_now = NOW.to_unix_seconds().as_secs().div_euclid(HOUR) * HOUR;
    let hour = |signed_by: SignedBy, after: i64, deliveries| DeliveryHour {
        signed_by,
        hour: UnixMicros::new(0).plus_secs(hour_of_now + after),
        deliveries,
    };
    let expected = [
        hour(SignedBy::Nobody, 0, 1),
        hour(secret("new"), 0, 7),
        hour(SignedBy::AtAnotherTime, 0, 2),
        hour(secret("new"), HOUR, 5),
        hour(secret("old"), HOUR, 6),
    ];
    assert_eq!(database.store.inbox().delivery_hours().await.unwrap(), expected);
    // An hour is deleted after 90 days.
    count(&[(secret("new"), 1)], NOW.plus_secs(90 * DAY + HOUR)).await;
    assert_eq!(
        database.store.inbox().delivery_hours().await.unwrap()[0],
        hour(secret("new"), HOUR, 5)
    );
}

#[tokio::test]
async fn what_waits_and_what_is_stuck_is_told_in_numbers() {
    let database = database().await;
    let nothing = database.store.gauges(NOW).await.unwrap();
    assert!(nothing.notices.iter().all(|(_, count)| *count == 0) && nothing.due_since.is_none());
    database.bind_with_contact("a").await;
    let batch = [change("evt_1", "a", 1, None, Status::Active), failed("evt_2", "a", 10, 1)];
    database.store.post(&batch, NOW).await.unwrap();
    let later = NOW.plus_secs(HOUR);
    let claimed = database.store.claim_reconciliation(&scope(), "w", 60, NOW).await.unwrap();
    let mut cursor = claimed.unwrap();
    cursor.events_through = Some(7);
    assert!(
        database
            .store
            .settle_reconciliation(&scope(), "w", &cursor, NOW)
            .await
            .unwrap()
    );
    let Gauges {
        notices,
        due_since,
        drift_last_day,
        reads,
        read_alarms,
        mail_outage,
        reconciled,
    } = database.store.gauges(later).await.unwrap();
    // One goes to the contact, one to the admin.
    assert_eq!(notices[0], (NoticeState::Pending, 2));
    assert!(due_since.is_some_and(|since| since >= NOW && since <= later), "{due_since:?}");
    assert_eq!((drift_last_day, reads, read_alarms, mail_outage), (0, 0, 0, None));
    let told: Vec<(Scope, Option<i64>)> = reconciled
        .into_iter()
        .map(|(scope, cursor)| (scope, cursor.events_through))
        .collect();
    assert_eq!(told, [(scope(), Some(7))]);
}
