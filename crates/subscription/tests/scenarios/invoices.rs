//! Invoices: payments that fail, succeed and come late.

use subscription::Status::{Active, Canceled, PastDue, Trialing};
use subscription::facts::InvoiceStatus;
use subscription::state::{Closed, DunningCase, case};
use subscription::testing::{as_event, at, invoice, told, trialing_until};

use super::{A, Scenario, Sure, access_at, check};

#[test]
fn stale_twin_redelivered() {
    let bill = invoice("in1").of("A").made(5);
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), bill.paid(10), bill.open(10), bill.open(10)],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[], &[], &[]],
    });
    assert!(standing.owed_at_binding().is_empty());
    let customer = told(&[bill.paid(10), bill.open(10)]);
    assert_eq!(customer.invoices()[&bill.id()].status(), InvoiceStatus::Paid);
}

#[test]
fn failed_after_paid() {
    let bill = invoice("in1").of("A").made(35);
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), bill.paid(50), bill.failed(40, 1)],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[], &[]],
    });
    assert_eq!(standing.state.subscription.unwrap().dunning, None);
    let overtaken = told(&[bill.paid(50), bill.failed(40, 1)]);
    let case = case(&overtaken.invoices()[&bill.id()], Some(&Active), None);
    assert_eq!(case, DunningCase::Closed(Closed::Paid));
}

#[test]
fn old_paid_new_unpaid() {
    let old = invoice("in1").of("A").made(10);
    let new = invoice("in2").of("A").made(40);
    let standing = check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            old.failed(11, 1),
            A.updated(11, Active, PastDue),
            new.failed(50, 1),
            old.paid(60),
        ],
        status: Some(PastDue),
        sure: Sure::Certain,
        owes: &[
            &[],
            &["payment_failed:in1:1", "payment_failed_alert:in1:1"],
            &[],
            &["payment_failed:in2:1", "payment_failed_alert:in2:1"],
            &["payment_recovered:in1"],
        ],
    });
    let dunning = standing.state.subscription.unwrap().dunning.unwrap();
    assert_eq!((dunning.invoice_id, dunning.since), (new.id(), at(50)));
}

#[test]
fn zero_invoice_on_trial() {
    let free = invoice("in1").of("A").made(10).because("subscription_create").over(0);
    check(&Scenario {
        deliveries: vec![A.created(10, trialing_until(500)), free.open(10), free.paid(10)],
        status: Some(Trialing),
        sure: Sure::Certain,
        owes: &[&["trial_started:A"], &[], &[]],
    });
}

#[test]
fn failed_after_cancel() {
    let bill = invoice("in1").of("A").made(10);
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), A.deleted(50), bill.failed(49, 6)],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[&[], &["churn_alert:A", "subscription_canceled:A"], &[]],
    });
    assert_eq!(standing.state.subscription.as_ref().unwrap().dunning, None);
    assert!(standing.owed_at_binding().is_empty());
    let customer = told(&[bill.failed(49, 6)]);
    let case = case(&customer.invoices()[&bill.id()], Some(&Canceled), None);
    assert_eq!(case, DunningCase::Closed(Closed::SubscriptionEnded));
}

#[test]
fn paid_after_cancel() {
    let bill = invoice("in1").of("A").made(10);
    let standing = check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            bill.uncollectible(40),
            A.deleted(50),
            bill.paid(50 + 10 * 3600),
        ],
        status: Some(Canceled),
        sure: Sure::Certain,
        owes: &[
            &[],
            &[],
            &["churn_alert:A", "subscription_canceled:A"],
            &["paid_after_cancel_alert:in1"],
        ],
    });
    assert!(!access_at(&standing, 50 + 11 * 3600).allowed);
    let customer = told(&[bill.uncollectible(40), bill.paid(60)]);
    assert_eq!(customer.invoices()[&bill.id()].status(), InvoiceStatus::Paid);
}

#[test]
fn one_off_invoice_failed() {
    let one_off = invoice("in1").made(40);
    check(&Scenario {
        deliveries: vec![one_off.failed(50, 1)],
        status: None,
        sure: Sure::Certain,
        owes: &[&[]],
    });
    let standing = check(&Scenario {
        deliveries: vec![A.created(1, Active), one_off.failed(50, 1)],
        status: Some(Active),
        sure: Sure::Certain,
        owes: &[&[], &[]],
    });
    assert_eq!(standing.state.subscription.unwrap().dunning, None);
}

#[test]
fn same_attempt_twice() {
    let bill = invoice("in1").of("A").made(10);
    check(&Scenario {
        deliveries: vec![
            A.created(1, Active),
            as_event(bill.failed(20, 1), "evt_1"),
            as_event(bill.failed(21, 1), "evt_2"),
        ],
        status: Some(PastDue),
        sure: Sure::Certain,
        owes: &[&[], &["payment_failed:in1:1", "payment_failed_alert:in1:1"], &[]],
    });
}
