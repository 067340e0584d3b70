//! Bounces: mails that came back after a mail server had taken them.

use persistence::{
    Bounce, BounceOutcome, BouncedMail, Contact, HandedOver, MailRecipient, Objections, Role, Settlement, TenantUpdate, UnixMicros,
};
use subscription::{Status, TenantId};

use crate::outbox::terms;
use crate::support::{Database, change, database, failed};

const fn at(secs: i64) -> UnixMicros {
    UnixMicros::new(secs * 1_000_000)
}

const MESSAGE: &str = "0123@acme.example";

/// Hands over a mail about a failed payment for a tenant `a`. Returns the number of its notice.
async fn handed_over() -> (Database, i64) {
    let database = database().await;
    database.bind_with_contact("a").await;
    let batch = [change("evt_1", "a", 1, None, Status::Active), failed("evt_2", "a", 10, 1)];
    drop(database.store.post(&batch, at(20)).await.unwrap());
    let claim = database.claim("worker", &terms(), at(20)).await.unwrap();
    let handed_over = HandedOver {
        message_id: MESSAGE.to_owned(),
        to: vec![MailRecipient {
            email: "Bo@a.example".to_owned(),
            address: "bo@a.example".to_owned(),
        }],
    };
    let begun = database
        .store
        .outbox()
        .begin_transmission(&claim.lease, &handed_over, at(21))
        .await;
    assert!(begun.unwrap());
    let sent = Settlement::Sent {
        to: vec!["Bo@a.example".to_owned()],
        rest_at: None,
    };
    let settled = database
        .store
        .outbox()
        .settle(&claim.lease, sent, &Objections::default(), &terms(), at(22))
        .await;
    assert!(settled.unwrap());
    (database, claim.lease.notice_id)
}

fn bounce(mail: BouncedMail, address: &str, is_bad_address: bool) -> Bounce {
    let (status, reply) = if is_bad_address {
        ("5.1.1", "550 5.1.1 no such user")
    } else {
        ("5.2.2", "552 5.2.2 mailbox full")
    };
    Bounce {
        mail,
        address: address.to_owned(),
        passed_on_by: None,
        is_bad_address,
        status: Some(status.to_owned()),
        reply: reply.to_owned(),
    }
}

impl Database {
    async fn told_back(&self, bounce: &Bounce) -> Option<BounceOutcome> {
        self.store
            .outbox()
            .bounce(bounce, at(30))
            .await
            .unwrap()
            .map(|(_, outcome)| outcome)
    }

    async fn suppressed(&self) -> Vec<String> {
        let suppressed = self.store.outbox().suppressed_addresses().await.unwrap();
        suppressed.into_iter().map(|address| address.email).collect()
    }
}

#[tokio::test]
async fn a_bad_address_is_suppressed_and_told_of_once() {
    for mail in [|id| BouncedMail::Notice(id), |_| BouncedMail::Message(MESSAGE.to_owned())] {
        let (database, id) = handed_over().await;
        let bounce = bounce(mail(id), "bo@a.example", true);
        let (of, outcome) = database.store.outbox().bounce(&bounce, at(30)).await.unwrap().unwrap();
        assert_eq!((of, outcome), (id, BounceOutcome::Suppressed));
        assert_eq!(database.suppressed().await, ["bo@a.example"]);
        let told = database.of_kind("address_rejected").await;
        assert_eq!((told.len(), told[0].tenant_id.as_str()), (1, "a"));
        let notice = database.of_kind("payment_failed").await.remove(0);
        let bounced = &notice.bounced[0];
        assert_eq!((bounced.email.as_str(), bounced.at), ("Bo@a.example", at(30)));
        assert_eq!(
            (bounced.status.as_deref(), bounced.reply.as_str()),
            (Some("5.1.1"), "550 5.1.1 no such user")
        );

        assert!(database.store.outbox().allow_address("bo@a.example").await.unwrap());
        assert_eq!(database.told_back(&bounce).await, Some(BounceOutcome::Duplicate));
        assert!(
            database.suppressed().await.is_empty(),
            "the same bounce blames an address once"
        );
        assert_eq!(database.of_kind("address_rejected").await.len(), 1);
    }
}

#[tokio::test]
async fn another_failure_is_recorded_and_blames_nobody() {
    let (database, id) = handed_over().await;
    let bounce = bounce(BouncedMail::Notice(id), "bo@a.example", false);
    assert_eq!(database.told_back(&bounce).await, Some(BounceOutcome::Recorded));
    assert_eq!(database.told_back(&bounce).await, Some(BounceOutcome::Duplicate));
    assert!(database.suppressed().await.is_empty());
    assert!(database.of_kind("address_rejected").await.is_empty());
    assert_eq!(database.of_kind("payment_failed").await[0].bounced.len(), 1);
}

#[tokio::test]
async fn who_was_not_written_to_is_not_blamed() {
    let (database, id) = handed_over().await;
    for (mail, address) in [
        (BouncedMail::Notice(id), "ann@a.example"),
        (BouncedMail::Notice(id + 1000), "bo@a.example"),
        (BouncedMail::Message("4567@acme.example".to_owned()), "bo@a.example"),
        (BouncedMail::Message(String::new()), "bo@a.example"),
    ] {
        assert_eq!(database.told_back(&bounce(mail, address, true)).await, None);
    }
    assert!(database.suppressed().await.is_empty());
    assert!(database.of_kind("payment_failed").await[0].bounced.is_empty());
}

#[tokio::test]
async fn an_address_that_passed_the_mail_on_is_not_blamed() {
    let (database, id) = handed_over().await;
    let bounce = Bounce {
        passed_on_by: Some("bo@a.example".to_owned()),
        ..bounce(BouncedMail::Notice(id), "bo.private@b.example", true)
    };
    assert_eq!(database.told_back(&bounce).await, Some(BounceOutcome::Recorded));
    assert!(database.suppressed().await.is_empty());
    assert_eq!(database.of_kind("payment_failed").await[0].bounced[0].email, "Bo@a.example");
}

#[tokio::test]
async fn a_contact_that_was_corrected_since_is_written_to() {
    let (database, id) = handed_over().await;
    let update = TenantUpdate {
        contacts: Some(vec![Contact {
            role: Role::Billing,
            email: "bo.holm@a.example".to_owned(),
            name: "Bo".to_owned(),
        }]),
        ..TenantUpdate::default()
    };
    let tenant = TenantId::parse("a").unwrap();
    drop(database.store.tenants().put(&tenant, &update, at(25)).await.unwrap());
    let late = bounce(BouncedMail::Notice(id), "bo@a.example", true);
    assert_eq!(database.told_back(&late).await, Some(BounceOutcome::Suppressed));
    assert_eq!(database.suppressed().await, ["bo@a.example"], "and not the new one");
}

#[tokio::test]
async fn a_bounce_of_a_mail_about_mail_owes_no_other() {
    let (database, id) = handed_over().await;
    database
        .told_back(&bounce(BouncedMail::Notice(id), "bo@a.example", true))
        .await;
    let claim = database.claim("worker", &terms(), at(40)).await.unwrap();
    assert_eq!(claim.content.kind(), "address_rejected");
    let admin = MailRecipient {
        email: "admin@acme.example".to_owned(),
        address: "admin@acme.example".to_owned(),
    };
    let to = HandedOver {
        message_id: "4567@acme.example".to_owned(),
        to: vec![admin],
    };
    let begun = database.store.outbox().begin_transmission(&claim.lease, &to, at(41)).await;
    assert!(begun.unwrap());
    // The bounce comes before the server is known to have taken the mail.
    let of_admin = bounce(BouncedMail::Notice(claim.lease.notice_id), "admin@acme.example", true);
    assert_eq!(database.told_back(&of_admin).await, Some(BounceOutcome::Suppressed));
    assert_eq!(database.suppressed().await, ["admin@acme.example", "bo@a.example"]);
    assert_eq!(
        database.of_kind("address_rejected").await.len(),
        1,
        "nobody is told of it by mail"
    );
}
