//! Lists, their pages and their filters.

use super::*;

#[test]
fn pages_hold_everything_once_newest_first() {
    let (stripe, lives) = lived(0..30);
    let truths: Vec<Truth> = lives.iter().map(Lifecycle::truth).collect();
    let wanted: BTreeSet<String> = truths.iter().flat_map(|truth| truth.subscriptions.keys().cloned()).collect();
    for limit in [1, 7, 100] {
        let listed = all(&stripe, &format!("/v1/subscriptions?status=all&limit={limit}"));
        assert_eq!(listed.len(), wanted.len());
        assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), wanted);
        let created = |id: &String| truths.iter().find_map(|truth| truth.subscriptions.get(id)).unwrap().created;
        assert!(listed.is_sorted_by_key(|id| -created(id)));
    }
    let customers = all(&stripe, "/v1/customers?limit=7");
    assert_eq!(customers.len(), 30);
}

#[test]
fn a_page_before_a_cursor_ends_there() {
    let (stripe, _) = lived(0..30);
    let listed = all(&stripe, "/v1/customers?limit=100");
    let page = found(&stripe, &format!("/v1/customers?limit=3&ending_before={}", listed[10]));
    assert_eq!(ids(&page), listed[7..10]);
    assert_eq!(page["has_more"], true);
    let first = found(&stripe, &format!("/v1/customers?limit=100&ending_before={}", listed[10]));
    assert_eq!(ids(&first), listed[..10]);
    assert_eq!(first["has_more"], false);
    assert_eq!((&first["object"], &first["url"]), (&"list".into(), &"/v1/customers".into()));
}

#[test]
fn lists_are_filtered_as_they_are_asked_to_be() {
    let (stripe, lives) = lived(0..30);
    for life in &lives {
        let truth = life.truth();
        let of = all(&stripe, &format!("/v1/subscriptions?status=all&customer={}", life.customer));
        assert_eq!(
            of.iter().collect::<BTreeSet<_>>(),
            truth.subscriptions.keys().collect::<BTreeSet<_>>()
        );
    }
    let truths = lives.iter().map(Lifecycle::truth);
    let is_open = |invoice: &Invoice<'_>| invoice.status == Some(stripe_event::InvoiceStatus::Open);
    let open: BTreeSet<String> = truths
        .flat_map(|truth| truth.invoices.into_iter().filter(|(_, invoice)| is_open(invoice)))
        .map(|(id, _)| id)
        .collect();
    let listed = all(&stripe, "/v1/invoices?status=open&limit=5");
    assert!(!open.is_empty());
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), open);
}

#[test]
fn an_open_invoice_that_is_paid_while_it_is_listed_still_marks_a_place() {
    let (stripe, lives) = lived(0..30);
    let open = all(&stripe, "/v1/invoices?status=open&limit=100");
    let paid = lives.iter().find_map(|life| {
        let truth = life.truth();
        let mut invoices = truth.invoices.into_iter();
        let (id, _) = invoices.find(|(_, invoice)| invoice.status == Some(stripe_event::InvoiceStatus::Paid))?;
        Some(id)
    });
    let after = all(
        &stripe,
        &format!("/v1/invoices?status=open&limit=100&starting_after={}", paid.unwrap()),
    );
    assert!(open.ends_with(&after));
}

#[test]
fn a_list_shifts_while_it_is_read() {
    let (stripe, lives) = lived(0..30);
    let first = lives
        .iter()
        .flat_map(|life| &life.events)
        .map(|event| event.created)
        .min()
        .unwrap();
    stripe.set_now(first + 60 * DAY_SECS);
    stripe.faults().go_on_while_listed(20 * DAY_SECS);
    let page = found(&stripe, "/v1/customers?limit=1");
    assert_eq!(stripe.now(), first + 80 * DAY_SECS);
    let again = found(&stripe, "/v1/customers?limit=1");
    assert_ne!(ids(&page), ids(&again), "a newer one is in front");
}
