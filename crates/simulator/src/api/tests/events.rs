//! The list of events.

use super::*;

#[test]
fn events_are_listed_for_thirty_days_in_the_newest_shape_whichever_they_were_delivered_in() {
    let (stripe, lives) = lived(0..30);
    let mut events: Vec<&Event<'_>> = lives.iter().flat_map(|life| &life.events).collect();
    events.sort_by_key(|event| event.created);
    let now = events[events.len() / 2].created;
    stripe.set_now(now);
    let wanted: BTreeSet<&str> = events
        .iter()
        .filter(|event| (now - 30 * DAY_SECS..=now).contains(&event.created))
        .map(|event| event.id.as_ref())
        .collect();
    let page = found(&stripe, "/v1/events?limit=100");
    let listed = all(&stripe, "/v1/events?limit=100");
    assert!(wanted.len() > 100 && wanted.len() < events.len());
    assert_eq!(listed.iter().map(String::as_str).collect::<BTreeSet<_>>(), wanted);
    let mut other_shapes = 0;
    for json in page["data"].as_array().unwrap() {
        assert_eq!(json["api_version"], NEWEST);
        let text = json.to_string();
        let shown = Event::parse(text.as_bytes()).unwrap();
        let told = *events.iter().find(|event| event.id == shown.id).unwrap();
        other_shapes += usize::from(told.api_version != shown.api_version);
        assert_eq!(
            (&shown.kind, shown.created, &shown.object),
            (&told.kind, told.created, &told.object)
        );
    }
    assert!(other_shapes > 10, "{other_shapes}");
}

#[test]
fn events_are_filtered_by_time_type_and_delivery() {
    let (stripe, lives) = lived(1..2);
    let last = lives[0].events.last().unwrap();
    stripe.set_now(last.created);
    let created = format!("created[gte]={0}&created[lte]={0}", last.created);
    let of_second = all(&stripe, &format!("/v1/events?{created}"));
    let told = lives[0].events.iter().filter(|event| event.created == last.created);
    assert_eq!(of_second.len(), told.count());
    let types = "types[0]=customer.created&types[1]=customer.subscription.deleted";
    for event in found(&stripe, &format!("/v1/events?{types}"))["data"].as_array().unwrap() {
        assert!(["customer.created", "customer.subscription.deleted"].contains(&event["type"].as_str().unwrap()));
    }
    stripe.mark_delivered([last.id.as_ref()]);
    assert_eq!(
        ids(&found(&stripe, "/v1/events?delivery_success=true")),
        [last.id.to_string()]
    );
    assert!(!all(&stripe, "/v1/events?delivery_success=false").contains(&last.id.to_string()));
    // An empty range is no failure.
    assert!(ids(&found(&stripe, "/v1/events?created[gte]=20&created[lt]=10")).is_empty());
}

#[test]
fn an_event_comes_late_into_the_list_and_then_stays() {
    let (stripe, lives) = lived(1..2);
    let events = &lives[0].events;
    let last = events.last().unwrap().created;
    stripe.faults().delay_list(60);
    stripe.set_now(last);
    let early = all(&stripe, "/v1/events?limit=100");
    stripe.set_now(last + 60);
    let late = all(&stripe, "/v1/events?limit=100");
    stripe.faults().clear();
    assert_eq!(late, all(&stripe, "/v1/events?limit=100"));
    assert!(early.len() < late.len());
    assert!(early.iter().all(|id| late.contains(id)));
    // A change is visible before its event is in the list.
    stripe.faults().delay_list(60);
    stripe.set_now(last);
    agrees(&stripe, &lives[0].truth());
}
