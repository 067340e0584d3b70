//! The way of a notice through the outbox.

mod support;

use std::collections::BTreeSet;

use ledger::{ClaimTerms, Delay, End, NoticeState, OnUnknown, Premise, Scope, Sending, Settlement, UnixMicros, dedupe_key};
use subscription::notices::Notice;
use subscription::{InvoiceId, Money};
use support::NOW;

fn terms() -> ClaimTerms {
    ClaimTerms {
        lease_secs: 60,
        max_attempts: 3,
        on_unknown: OnUnknown::Resend,
        resend_within_secs: None,
        min_interval_secs: 3600,
        kinds_off: BTreeSet::new(),
    }
}

fn pending() -> Sending {
    Sending {
        state: NoticeState::Pending,
        due_at: NOW,
        attempts: 0,
        transmitted_at: None,
        delivered_to: Vec::new(),
        reason: None,
        settled_at: None,
    }
}

/// A notice that is being handed over, in this attempt.
fn transmitting(attempt: i64) -> Sending {
    let mut sending = Sending {
        attempts: attempt - 1,
        ..pending()
    };
    sending.claim(&terms(), NOW);
    assert!(sending.begin(NOW));
    sending
}

fn later() -> Settlement {
    Settlement::Later {
        at: NOW.plus_secs(60),
        reason: "451 try again".to_owned(),
    }
}

fn unknown() -> Settlement {
    Settlement::Unknown {
        at: NOW.plus_secs(60),
        reason: "the connection broke".to_owned(),
    }
}

fn sent(to: &str, rest_at: Option<UnixMicros>) -> Settlement {
    Settlement::Sent {
        to: vec![to.to_owned()],
        rest_at,
    }
}

#[test]
fn every_outcome_leads_to_one_state() {
    use NoticeState::{Dead, Pending, Sent, Superseded, Unknown};
    let never = || Settlement::Never {
        reason: "550 no such user".to_owned(),
    };
    let superseded = || Settlement::Superseded {
        reason: "no_recipient".to_owned(),
    };
    let held = ClaimTerms {
        on_unknown: OnUnknown::Hold,
        ..terms()
    };
    for (attempt, settlement, terms, state) in [
        (1, sent("a@x.test", None), terms(), Sent),
        (1, sent("a@x.test", Some(NOW.plus_secs(60))), terms(), Pending),
        (3, sent("a@x.test", Some(NOW.plus_secs(60))), terms(), Sent),
        (1, later(), terms(), Pending),
        (3, later(), terms(), Dead),
        (1, never(), terms(), Dead),
        (1, unknown(), terms(), Pending),
        (3, unknown(), terms(), Unknown),
        (1, unknown(), held, Unknown),
        (1, superseded(), terms(), Superseded),
    ] {
        let mut sending = transmitting(attempt);
        sending.settle(settlement.clone(), &terms, NOW);
        assert_eq!(sending.state, state, "{settlement:?} in attempt {attempt}");
        assert_eq!(sending.settled_at.is_some(), state != Pending, "{settlement:?}");
    }
}

#[test]
fn a_notice_that_has_reached_somebody_is_never_dead() {
    for settlement in [
        later(),
        Settlement::Never {
            reason: "550".to_owned(),
        },
    ] {
        let mut sending = transmitting(3);
        sending.delivered_to = vec!["a@x.test".to_owned()];
        sending.settle(settlement, &terms(), NOW);
        assert_eq!(sending.state, NoticeState::Sent);
    }
}

#[test]
fn a_lost_worker_costs_an_attempt_and_the_last_one_ends_the_notice() {
    let mut claimed = pending();
    claimed.claim(&terms(), NOW);
    assert_eq!(
        (claimed.state, claimed.attempts, claimed.due_at),
        (NoticeState::Claimed, 1, NOW.plus_secs(60))
    );
    assert_eq!(claimed.end_of_attempts(&terms(), NOW), None);
    claimed.attempts = 3;
    let end = claimed.end_of_attempts(&terms(), NOW).unwrap();
    assert_eq!(end.state, NoticeState::Dead);
    assert_eq!(end.reason, "given up after 3 attempts: its worker was lost");
    let end = transmitting(3).end_of_attempts(&terms(), NOW).unwrap();
    assert_eq!(end.state, NoticeState::Unknown, "it may have been sent");
}

#[test]
fn what_may_have_been_sent_is_held_where_the_terms_say_so_or_the_server_has_forgotten() {
    let hold = ClaimTerms {
        on_unknown: OnUnknown::Hold,
        ..terms()
    };
    assert_eq!(
        transmitting(1).end_of_attempts(&hold, NOW).unwrap().state,
        NoticeState::Unknown
    );
    let forgetful = ClaimTerms {
        resend_within_secs: Some(100),
        ..terms()
    };
    let sending = transmitting(1);
    assert_eq!(sending.end_of_attempts(&forgetful, NOW.plus_secs(99)), None);
    let end = sending.end_of_attempts(&forgetful, NOW.plus_secs(100)).unwrap();
    assert_eq!(end.state, NoticeState::Unknown);
}

#[test]
fn nothing_is_handed_over_after_the_claim_has_ended() {
    let mut sending = pending();
    assert!(!sending.begin(NOW), "nobody has claimed it");
    sending.claim(&terms(), NOW);
    assert!(!sending.begin(NOW.plus_secs(60)));
    assert!(sending.begin(NOW.plus_secs(59)));
    assert_eq!(sending.transmitted_at, Some(NOW.plus_secs(59)));
}

#[test]
fn the_first_handover_is_remembered() {
    let mut sending = transmitting(1);
    sending.settle(later(), &terms(), NOW);
    sending.claim(&terms(), NOW.plus_secs(60));
    assert!(sending.begin(NOW.plus_secs(61)));
    assert_eq!(sending.transmitted_at, Some(NOW));
}

#[test]
fn an_operator_decides_only_about_what_no_worker_holds_and_nobody_has() {
    for state in NoticeState::ALL {
        let may = matches!(state, NoticeState::Pending | NoticeState::Dead | NoticeState::Unknown);
        let mut sending = Sending {
            state,
            attempts: 3,
            ..pending()
        };
        assert_eq!(sending.clone().drop_unsent(NOW), may, "{state:?}");
        assert_eq!(sending.retry(NOW.plus_secs(5)), may, "{state:?}");
        if may {
            assert_eq!((sending.state, sending.attempts), (NoticeState::Pending, 0));
            assert_eq!(sending.due_at, NOW.plus_secs(5));
        }
    }
}

#[test]
fn a_delay_and_an_end_leave_their_reason() {
    let mut sending = pending();
    let delay = Delay::after_dunning(NOW.plus_secs(-10), &terms(), NOW).unwrap();
    assert_eq!(delay.until, NOW.plus_secs(3590));
    sending.delay(delay);
    assert!(sending.reason.unwrap().starts_with("held back"));
    assert_eq!(Delay::after_dunning(NOW.plus_secs(-3600), &terms(), NOW), None);
    let mut sending = pending();
    sending.end(End::superseded("unbound"), NOW);
    assert_eq!((sending.state, sending.settled_at), (NoticeState::Superseded, Some(NOW)));
}

#[test]
fn a_recovery_is_news_only_to_those_who_heard_of_the_failure() {
    let recovered = Notice::PaymentRecovered {
        invoice: InvoiceId::new("in_1"),
        amount: Money::default(),
    };
    let scope = Scope::default();
    let premise = Premise::of(&recovered, &scope, "acme").unwrap();
    assert_eq!((premise.reason(), premise), ("failure_was_not_told", Premise::Failure));
    assert_eq!(dedupe_key(&scope, "acme", "x"), "test::acme:x");
    let live = Scope {
        account: "acct_1".to_owned(),
        livemode: true,
    };
    assert_eq!(dedupe_key(&live, "acme", "x"), "live:acct_1:acme:x");
}
