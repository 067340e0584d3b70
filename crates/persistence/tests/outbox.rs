//! The outbox: the right to send a notice, its end, and the outcome.

use std::collections::BTreeSet;

use crate::support::{Database, change, database, failed, paid};
use persistence::{
    Claim, ClaimTerms, Claimed, Delivery, EventRecord, HandedOver, NoticeState, Objections, OnUnknown, Outcome, Rejection,
    Settlement, Terms, UnixMicros,
};
use subscription::Status;
use subscription::access::Policy;
use subscription::notices::{NoticeContent, StaffNotice};

const DAY: i64 = 86_400;

/// Returns the moment this many seconds after the epoch. Events are told around second 10.
const fn at(secs: i64) -> UnixMicros {
    UnixMicros::new(secs * 1_000_000)
}

pub(crate) fn terms() -> ClaimTerms {
    ClaimTerms {
        lease_secs: 60,
        max_attempts: 3,
        on_unknown: OnUnknown::Resend,
        resend_within_secs: None,
        min_interval_secs: 0,
        kinds_off: BTreeSet::from(["payment_failed_alert".to_owned()]),
    }
}

/// A tenant `a` whose renewal failed at second 10, learned at second 20.
async fn failing() -> Database {
    let database = database().await;
    database.bind_with_contact("a").await;
    let batch = [change("evt_1", "a", 1, None, Status::Active), failed("evt_2", "a", 10, 1)];
    let receipts = database.store.post(&batch, at(20)).await.unwrap();
    assert_eq!(receipts.len(), 2);
    database
}

impl Database {
    /// Returns the next claim at this moment, and skips notices that are settled on the way.
    pub(crate) async fn claim(&self, worker: &str, terms: &ClaimTerms, now: UnixMicros) -> Option<Box<Claim>> {
        loop {
            match self.store.outbox().claim(worker, terms, &BTreeSet::new(), now).await.unwrap() {
                Claimed::Notice(claim) => return Some(claim),
                Claimed::Settled => {}
                Claimed::Nothing { .. } => return None,
            }
        }
    }

    /// Returns true if its worker may begin to transmit it.
    async fn begins(&self, claim: &Claim, now: UnixMicros) -> bool {
        let to_nobody = HandedOver::default();
        let begun = self.store.outbox().begin_transmission(&claim.lease, &to_nobody, now).await;
        begun.unwrap()
    }

    async fn settle(&self, claim: &Claim, settlement: Settlement, terms: &ClaimTerms, now: UnixMicros) -> bool {
        self.store
            .outbox()
            .settle(&claim.lease, settlement, &Objections::default(), terms, now)
            .await
            .unwrap()
    }

    /// Returns the state and reason of the one notice of this kind.
    async fn fate(&self, kind: &str) -> (NoticeState, String) {
        let notice = self.of_kind(kind).await.remove(0);
        (notice.state, notice.reason.unwrap_or_default())
    }
}

fn later(secs: i64) -> Settlement {
    Settlement::Later {
        at: at(secs),
        reason: "451 wait".to_owned(),
    }
}

fn unknown(secs: i64) -> Settlement {
    Settlement::Unknown {
        at: at(secs),
        reason: "broke off".to_owned(),
    }
}

fn sent() -> Settlement {
    Settlement::Sent {
        to: vec!["Bo@a.example".to_owned()],
        rest_at: None,
    }
}

#[tokio::test]
async fn a_claim_is_one_worker_s_until_its_lease_ends() {
    let (database, terms) = (failing().await, terms());
    let mine = database.claim("mine", &terms, at(20)).await.unwrap();
    assert_eq!((mine.content.kind(), mine.attempt), ("payment_failed", 1));
    assert_eq!(mine.tenant.as_ref().unwrap().contacts.len(), 1);
    assert!(database.claim("yours", &terms, at(79)).await.is_none());
    let yours = database.claim("yours", &terms, at(80)).await.unwrap();
    assert_eq!(yours.attempt, 2);
    assert!(!database.begins(&mine, at(81)).await, "mine is over");
    assert!(
        !database.settle(&mine, sent(), &terms, at(81)).await,
        "and says nothing any more"
    );
    assert!(database.begins(&yours, at(82)).await);
    assert!(database.settle(&yours, sent(), &terms, at(83)).await);
    assert_eq!(database.fate("payment_failed").await.0, NoticeState::Sent);
    assert_eq!(database.of_kind("payment_failed").await[0].delivered_to, ["Bo@a.example"]);
}

#[tokio::test]
async fn a_lease_that_is_over_hands_nothing_over_even_if_nobody_else_took_it() {
    let (database, terms) = (failing().await, terms());
    let mine = database.claim("mine", &terms, at(20)).await.unwrap();
    assert!(!database.begins(&mine, at(80)).await);
}

#[tokio::test]
async fn what_was_paid_since_it_was_claimed_is_not_handed_over() {
    let (database, terms) = (failing().await, terms());
    let claim = database.claim("mine", &terms, at(20)).await.unwrap();
    let receipts = database.store.post(&[paid("evt_3", "a", 30)], at(30)).await.unwrap();
    assert_eq!(receipts.len(), 1);
    assert!(!database.begins(&claim, at(31)).await);
    let (state, reason) = database.fate("payment_failed").await;
    assert_eq!(state, NoticeState::Superseded, "{reason}");
    assert!(
        !database.settle(&claim, sent(), &terms, at(32)).await,
        "what was decided under the lock stays"
    );
    assert!(
        database.claim("mine", &terms, at(33)).await.is_none(),
        "nor is a recovery told of what was not told"
    );
}

#[tokio::test]
async fn attempts_are_counted_before_the_work_and_are_bounded() {
    let (database, terms) = (failing().await, terms());
    // Three workers are lost with it.
    for (worker, now) in [("a", 20), ("b", 80), ("c", 140)] {
        assert!(database.claim(worker, &terms, at(now)).await.is_some());
    }
    assert!(database.claim("d", &terms, at(200)).await.is_none());
    let (state, reason) = database.fate("payment_failed").await;
    assert_eq!(state, NoticeState::Dead);
    assert!(reason.contains("3 attempts"), "{reason}");

    let database = failing().await;
    for (now, next) in [(20, 30), (30, 40), (40, 50)] {
        let claim = database.claim("a", &terms, at(now)).await.unwrap();
        assert!(database.claim("a", &terms, at(now)).await.is_none());
        database.settle(&claim, later(next), &terms, at(now)).await;
    }
    let (state, reason) = database.fate("payment_failed").await;
    assert_eq!(
        (state, reason.as_str()),
        (NoticeState::Dead, "given up after 3 attempts: 451 wait")
    );
}

#[tokio::test]
async fn what_may_have_been_sent_is_sent_again_or_held_as_the_terms_say() {
    let resend = terms();
    let hold = ClaimTerms {
        on_unknown: OnUnknown::Hold,
        ..terms()
    };
    let keyed = ClaimTerms {
        resend_within_secs: Some(50),
        ..terms()
    };
    for (terms, lost, told) in [
        (&resend, NoticeState::Claimed, NoticeState::Pending),
        (&hold, NoticeState::Unknown, NoticeState::Unknown),
        // This is past the time for which the server knows Dunlin's key.
        (&keyed, NoticeState::Unknown, NoticeState::Pending),
    ] {
        // Its worker is lost.
        let database = failing().await;
        let claim = database.claim("a", terms, at(20)).await.unwrap();
        assert!(database.begins(&claim, at(21)).await);
        let again = database.claim("b", terms, at(80)).await;
        assert_eq!(database.fate("payment_failed").await.0, lost, "{terms:?}");
        assert_eq!(again.is_some(), lost == NoticeState::Claimed);
        // Its worker reports that it does not know.
        let database = failing().await;
        let claim = database.claim("a", terms, at(20)).await.unwrap();
        assert!(database.begins(&claim, at(21)).await);
        assert!(database.settle(&claim, unknown(30), terms, at(22)).await);
        assert_eq!(database.fate("payment_failed").await.0, told, "{terms:?}");
    }
}

#[tokio::test]
async fn a_worker_taken_for_lost_may_still_say_that_it_sent() {
    let hold = ClaimTerms {
        on_unknown: OnUnknown::Hold,
        ..terms()
    };
    let database = failing().await;
    let claim = database.claim("slow", &hold, at(20)).await.unwrap();
    assert!(database.begins(&claim, at(21)).await);
    assert!(database.claim("other", &hold, at(80)).await.is_none());
    assert_eq!(database.fate("payment_failed").await.0, NoticeState::Unknown);
    assert!(database.settle(&claim, sent(), &hold, at(90)).await);
    assert_eq!(database.fate("payment_failed").await.0, NoticeState::Sent);
}

#[tokio::test]
async fn a_case_that_is_closed_before_the_claim_is_not_told() {
    let (database, terms) = (failing().await, terms());
    database.store.post(&[paid("evt_3", "a", 30)], at(31)).await.unwrap();
    assert!(database.claim("a", &terms, at(40)).await.is_none());
    assert_eq!(
        database.fate("payment_failed").await,
        (NoticeState::Superseded, "paid".to_owned())
    );
    let recovered = database.fate("payment_recovered").await;
    assert_eq!(recovered, (NoticeState::Superseded, "failure_was_not_told".to_owned()));
    // The same holds if a worker was lost in the middle of telling it.
    let database = failing().await;
    let claim = database.claim("a", &terms, at(20)).await.unwrap();
    assert!(database.begins(&claim, at(21)).await);
    database.store.post(&[paid("evt_3", "a", 30)], at(31)).await.unwrap();
    let next = database.claim("b", &terms, at(100)).await.unwrap();
    assert_eq!(next.content.kind(), "payment_recovered", "they may know of the failure");
    assert!(database.claim("b", &terms, at(100)).await.is_none());
    assert_eq!(
        database.fate("payment_failed").await,
        (NoticeState::Superseded, "paid".to_owned())
    );
}

#[tokio::test]
async fn a_tenant_that_is_bound_elsewhere_is_not_told_of_what_was() {
    let (database, terms) = (failing().await, terms());
    database.bind("a", "another").await;
    assert!(database.claim("a", &terms, at(40)).await.is_none());
    assert_eq!(
        database.fate("payment_failed").await,
        (NoticeState::Superseded, "unbound".to_owned())
    );
}

#[tokio::test]
async fn dunning_mails_of_one_tenant_keep_their_distance() {
    let terms = ClaimTerms {
        min_interval_secs: 1000,
        ..terms()
    };
    let database = failing().await;
    let claim = database.claim("a", &terms, at(20)).await.unwrap();
    assert!(database.begins(&claim, at(21)).await);
    database.settle(&claim, sent(), &terms, at(22)).await;
    database.store.post(&[failed("evt_3", "a", 30, 2)], at(31)).await.unwrap();
    assert!(database.claim("a", &terms, at(40)).await.is_none());
    let second = database.of_kind("payment_failed").await.remove(1);
    assert_eq!(
        (second.state, second.due_at, second.attempts),
        (NoticeState::Pending, at(1021), 0)
    );
    assert!(second.reason.unwrap().starts_with("held back"));
    assert!(database.claim("a", &terms, at(1021)).await.is_some());
}

fn rejected(email: &str) -> Objections {
    Objections {
        rejections: vec![Rejection {
            email: email.to_owned(),
            reply: "550 5.1.1 no such user".to_owned(),
        }],
        refusal: None,
    }
}

fn refused() -> Objections {
    Objections {
        rejections: Vec::new(),
        refusal: Some("554 5.7.1 access denied".to_owned()),
    }
}

impl Database {
    async fn settle_with(&self, claim: &Claim, objections: &Objections, now: UnixMicros) {
        let terms = terms();
        let settled = self
            .store
            .outbox()
            .settle(&claim.lease, later(1_000_000), objections, &terms, now);
        assert!(settled.await.unwrap());
    }
}

#[tokio::test]
async fn an_address_that_takes_no_mail_is_suppressed_and_our_admin_is_told_once() {
    let (database, terms) = (failing().await, terms());
    let claim = database.claim("a", &terms, at(20)).await.unwrap();
    database.settle_with(&claim, &rejected("Bo@a.example"), at(21)).await;
    let told = database.of_kind("address_rejected").await.remove(0);
    assert_eq!((told.audience.as_str(), told.tenant_id.as_str()), ("admin", "a"));
    assert!(matches!(told.content, NoticeContent::Staff(StaffNotice::AddressRejected { email, .. }) if email == "Bo@a.example"));
    let asked = BTreeSet::from(["bo@a.example".to_owned(), "ann@a.example".to_owned()]);
    let suppressed = database.store.outbox().suppressed_among(&asked).await.unwrap();
    assert_eq!(suppressed, BTreeSet::from(["bo@a.example".to_owned()]));

    database.store.post(&[failed("evt_3", "a", 30, 2)], at(31)).await.unwrap();
    let mut again = database.claim("b", &terms, at(31)).await.unwrap();
    while again.content.kind() != "payment_failed" {
        again = database.claim("b", &terms, at(31)).await.unwrap();
    }
    database.settle_with(&again, &rejected("bo@a.example"), at(32)).await;
    assert_eq!(
        database.of_kind("address_rejected").await.len(),
        1,
        "it was suppressed already"
    );
    assert!(database.store.outbox().allow_address("bo@A.example").await.unwrap());
    assert!(database.store.outbox().suppressed_addresses().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_of_us_is_told_once_a_day_and_suppresses_nobody() {
    let database = failing().await;
    let mut terms = terms();
    terms.kinds_off.insert("mail_refused".to_owned());
    for (secs, told) in [(20, 1), (40, 1), (DAY + 20, 2)] {
        let claim = database.claim("a", &terms, at(secs)).await.unwrap();
        assert_eq!(claim.content.kind(), "payment_failed");
        let objections = refused();
        let settled = database
            .store
            .outbox()
            .settle(&claim.lease, later(secs + 1), &objections, &terms, at(secs));
        assert!(settled.await.unwrap());
        assert_eq!(database.of_kind("mail_refused").await.len(), told, "at {secs}");
    }
    assert!(database.store.outbox().suppressed_addresses().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_notice_about_mail_owes_no_other() {
    let (database, terms) = (failing().await, terms());
    let claim = database.claim("a", &terms, at(20)).await.unwrap();
    let both = Objections {
        refusal: refused().refusal,
        ..rejected("bo@a.example")
    };
    database.settle_with(&claim, &both, at(21)).await;
    for kind in ["address_rejected", "mail_refused"] {
        let claim = database.claim("a", &terms, at(22)).await.unwrap();
        assert_eq!(claim.content.kind(), kind);
        let both = Objections {
            refusal: refused().refusal,
            ..rejected("admin@acme.example")
        };
        database.settle_with(&claim, &both, at(DAY + 23)).await;
    }
    assert_eq!(database.of_kind("address_rejected").await.len(), 1);
    assert_eq!(database.of_kind("mail_refused").await.len(), 1);
    assert_eq!(
        database.store.outbox().suppressed_addresses().await.unwrap().len(),
        2,
        "suppressed all the same"
    );
}

#[tokio::test]
async fn an_outage_of_the_mail_server_is_known_from_its_first_failure_to_its_end() {
    let database = database().await;
    let store = &database.store;
    assert_eq!(store.outbox().mail_outage().await.unwrap(), None);
    assert!(store.outbox().note_mail_outage("no answer", at(10)).await.unwrap());
    assert!(
        !store.outbox().note_mail_outage("421 busy", at(20)).await.unwrap(),
        "it is known"
    );
    let outage = store.outbox().mail_outage().await.unwrap().unwrap();
    assert_eq!(
        (outage.since, outage.last_at, outage.reason.as_str()),
        (at(10), at(20), "421 busy")
    );
    assert!(store.outbox().end_mail_outage().await.unwrap());
    assert!(!store.outbox().end_mail_outage().await.unwrap());
}

#[tokio::test]
async fn who_was_asked_to_wait_is_tried_again_and_who_has_it_is_not() {
    let (database, terms) = (failing().await, terms());
    let claim = database.claim("a", &terms, at(20)).await.unwrap();
    let partly = Settlement::Sent {
        to: vec!["one@a.example".to_owned()],
        rest_at: Some(at(50)),
    };
    database.settle(&claim, partly, &terms, at(21)).await;
    assert_eq!(database.fate("payment_failed").await.0, NoticeState::Pending);
    let again = database.claim("a", &terms, at(50)).await.unwrap();
    assert_eq!(again.delivered_to, ["one@a.example"]);
    database.settle(&again, sent(), &terms, at(51)).await;
    let notice = database.of_kind("payment_failed").await.remove(0);
    assert_eq!((notice.state, notice.delivered_to.len()), (NoticeState::Sent, 2));
}

#[tokio::test]
async fn a_person_has_a_dead_notice_tried_again_or_dropped() {
    let (database, terms) = (failing().await, terms());
    let claim = database.claim("a", &terms, at(20)).await.unwrap();
    let id = claim.lease.notice_id;
    let busy = database.store.outbox().discard(id, at(21)).await.unwrap().unwrap();
    assert_eq!(busy.state, NoticeState::Claimed, "it is in a worker's hands");
    let never = Settlement::Never {
        reason: "554".to_owned(),
    };
    database.settle(&claim, never, &terms, at(21)).await;
    let again = database.store.outbox().retry(id, at(30)).await.unwrap().unwrap();
    assert_eq!((again.state, again.attempts, again.due_at), (NoticeState::Pending, 0, at(30)));
    let dropped = database.store.outbox().discard(id, at(31)).await.unwrap().unwrap();
    assert_eq!(dropped.state, NoticeState::Superseded);
    assert!(database.claim("a", &terms, at(99)).await.is_none());
    assert_eq!(database.store.outbox().retry(999, at(31)).await.unwrap(), None);
}

#[tokio::test]
async fn an_alarm_rings_once_and_is_told_in_the_timeline() {
    let mut database = database().await;
    database.store = database.store.with_terms(Terms {
        policy: Policy {
            payment_grace_secs: 100,
            ..Policy::default()
        },
        hold_secs: 7,
        ..Terms::default()
    });
    database.bind_with_contact("a").await;
    let batch = [change("evt_1", "a", 1, None, Status::Active), failed("evt_2", "a", 10, 1)];
    database.store.post(&batch, at(20)).await.unwrap();
    assert_eq!(
        database.of_kind("payment_failed").await[0].due_at,
        at(27),
        "held for a moment"
    );
    assert_eq!(
        database.store.outbox().next_due_at().await.unwrap(),
        Some(at(110).to_unix_seconds())
    );
    assert_eq!(database.store.outbox().owe_due(at(109)).await.unwrap(), 0);
    // A fact arrives after the alarm's time and before it is handled. The alarm is handled all the same.
    database.store.post(&[failed("evt_3", "a", 111, 2)], at(112)).await.unwrap();
    assert_eq!(database.store.outbox().owe_due(at(113)).await.unwrap(), 1);
    assert_eq!(database.of_kind("access_suspended").await.len(), 1);
    assert_eq!(database.store.outbox().owe_due(at(114)).await.unwrap(), 0);
    let id = subscription::TenantId::parse("a").unwrap();
    let newest = database.store.tenants().timeline(&id, None, 1).await.unwrap().remove(0);
    let told = (newest.what.as_str(), newest.to.as_deref(), newest.cause.as_str());
    assert_eq!(told, ("access", Some("payment_grace_expired"), "time"));
}

#[tokio::test]
async fn a_customer_bound_after_the_grace_is_told_of_the_open_case_and_of_nothing_else_that_is_past() {
    let database = database().await;
    let batch = [change("evt_1", "a", 1, None, Status::Active), failed("evt_2", "a", 10, 1)];
    database.store.post(&batch, at(20)).await.unwrap();
    database.bind_with_contact("a").await;
    let kinds: Vec<_> = database
        .notices()
        .await
        .iter()
        .map(|key| key.split(':').nth(3).unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["payment_failed", "payment_failed_alert", "access_suspended"]);
}

#[tokio::test]
async fn a_digest_tells_of_a_day_that_left_something_and_of_no_other() {
    let (database, terms) = (failing().await, terms());
    database.store.outbox().owe_digest(at(DAY + 5)).await.unwrap();
    assert!(database.of_kind("digest").await.is_empty());
    let claim = database.claim("a", &terms, at(20)).await.unwrap();
    let never = Settlement::Never {
        reason: "554".to_owned(),
    };
    database.settle(&claim, never, &terms, at(21)).await;
    let unreadable = change("evt_9", "a", 1, None, Status::Active);
    let unreadable = Delivery {
        event: EventRecord {
            outcome: Outcome::Quarantined,
            ..unreadable.event
        },
        facts: Vec::new(),
        ..unreadable
    };
    database.store.post(&[unreadable], at(30)).await.unwrap();
    for _ in 0..2 {
        database.store.outbox().owe_digest(at(DAY + 5)).await.unwrap();
    }
    let digests = database.of_kind("digest").await;
    assert_eq!(digests.len(), 1);
    let NoticeContent::Staff(StaffNotice::Digest(digest)) = &digests[0].content else {
        panic!("{digests:?}");
    };
    assert_eq!((digest.quarantined, digest.dead_count, digest.unknown_count), (1, 1, 0));
    assert_eq!(
        (digest.dead[0].kind.as_str(), digest.dead[0].reason.as_str()),
        ("payment_failed", "554")
    );
    database.store.outbox().owe_digest(at(2 * DAY + 5)).await.unwrap();
    assert_eq!(database.of_kind("digest").await.len(), 1);
}
