use stripe_event::{EventKind, Invoice, Object, Subscription};

use super::*;
use crate::{Lifecycle, Truth};

const KEY: &str = "sk_test_1";
/// A time after every lifecycle.
const END: i64 = 1_900_000_000;

fn asked(method: &str, url: &str) -> Asked {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        params: asked::params(query.as_bytes()),
        account: None,
        api_version: None,
        idempotency_key: None,
    }
}

/// Returns the status and the JSON of an answer.
fn get(stripe: &FakeStripe, url: &str) -> (u16, Value) {
    let reply = stripe.answer(&asked("GET", url), KEY);
    (reply.status, serde_json::from_str(&reply.body).unwrap())
}

fn found(stripe: &FakeStripe, url: &str) -> Value {
    let (status, json) = get(stripe, url);
    assert_eq!(status, 200, "{url}: {json}");
    json
}

fn code(stripe: &FakeStripe, url: &str) -> (u16, Value) {
    let (status, json) = get(stripe, url);
    (status, json["error"]["code"].clone())
}

fn ids(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().unwrap().iter();
    data.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// Returns the ids on all pages of a list.
fn all(stripe: &FakeStripe, url: &str) -> Vec<String> {
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = found(stripe, &format!("{url}{cursor}"));
        listed.extend(ids(&page));
        if page["has_more"] != true {
            return listed;
        }
        cursor = format!("&starting_after={}", listed.last().unwrap());
    }
}

/// Returns a fake Stripe with the whole history of these lives, all of it in the past.
fn lived(seeds: std::ops::Range<u64>) -> (FakeStripe, Vec<Lifecycle>) {
    let lives: Vec<Lifecycle> = seeds.map(Lifecycle::from_seed).collect();
    let stripe = FakeStripe::new(false);
    for life in &lives {
        stripe.tell(&life.events);
    }
    stripe.set_now(END);
    (stripe, lives)
}

#[test]
fn every_object_is_shown_as_it_is_at_every_moment() {
    let mut shown = 0;
    for seed in 0..40 {
        let life = Lifecycle::from_seed(seed);
        let stripe = FakeStripe::new(false);
        stripe.tell(&life.events);
        for event in life.events.iter().step_by(7) {
            stripe.set_now(event.created);
            let truth = life.truth_at(event.created);
            shown += agrees(&stripe, &truth);
        }
    }
    assert!(shown > 500, "{shown}");
}

fn agrees(stripe: &FakeStripe, truth: &Truth) -> usize {
    for (id, told) in &truth.subscriptions {
        let json = found(stripe, &format!("/v1/subscriptions/{id}")).to_string();
        let shown = Subscription::parse(json.as_bytes()).unwrap();
        assert_eq!((&shown.object, shown.livemode), (told, Some(false)));
    }
    for (id, told) in &truth.invoices {
        let json = found(stripe, &format!("/v1/invoices/{id}")).to_string();
        assert_eq!(&Invoice::parse(json.as_bytes()).unwrap().object, told);
    }
    truth.subscriptions.len() + truth.invoices.len()
}

#[test]
fn what_has_not_happened_yet_is_not_there() {
    let life = Lifecycle::from_seed(3);
    let stripe = FakeStripe::new(false);
    stripe.tell(&life.events);
    stripe.set_now(life.events[0].created - 1);
    assert_eq!(
        code(&stripe, &format!("/v1/customers/{}", life.customer)),
        (404, "resource_missing".into())
    );
    assert!(ids(&found(&stripe, "/v1/events")).is_empty());
}

#[test]
fn within_a_second_the_clock_can_stop_between_two_changes() {
    let stopped = (0..200).find_map(|seed| {
        let life = Lifecycle::from_seed(seed);
        let updates: Vec<_> = life.events.iter().filter_map(subscription_of).collect();
        let (first, second) = updates
            .windows(2)
            .map(|pair| (pair[0], pair[1]))
            .find(|(a, b)| a.0.created == b.0.created && a.1.id == b.1.id && a.1 != b.1)?;
        let stripe = FakeStripe::new(false);
        stripe.tell(&life.events);
        let is_now = |after: &Event<'_>, told: &Subscription<'_>| {
            stripe.set_now_after(&after.id);
            let json = found(&stripe, &format!("/v1/subscriptions/{}", told.id)).to_string();
            Subscription::parse(json.as_bytes()).unwrap().object == *told
        };
        Some(is_now(first.0, first.1) && is_now(second.0, second.1))
    });
    assert_eq!(stopped, Some(true));
}

fn subscription_of<'a>(event: &'a Event<'static>) -> Option<(&'a Event<'static>, &'a Subscription<'static>)> {
    match &event.object {
        Object::Subscription { now, .. } => Some((event, now)),
        _ => None,
    }
}

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

#[test]
fn refusals_are_those_of_stripe() {
    let (stripe, lives) = lived(1..2);
    for (url, refused) in [
        ("/v1/subscriptions/sub_nobody", (404, "resource_missing".into())),
        ("/v1/events?starting_after=evt_nobody", (400, "resource_missing".into())),
        ("/v1/events?delivery_succes=true", (400, "parameter_unknown".into())),
        ("/v1/events?limit=101", (400, Value::Null)),
        ("/v1/events?created[gte]=yesterday", (400, Value::Null)),
        ("/v1/nothing", (404, Value::Null)),
    ] {
        assert_eq!(code(&stripe, url), refused, "{url}");
    }
    let customer = asked("GET", &format!("/v1/customers/{}", lives[0].customer));
    let status_with = |key: &str| stripe.answer(&customer, key).status;
    assert_eq!((status_with(""), status_with("pk_test_1"), status_with(KEY)), (401, 401, 200));
    let of_live = stripe.answer(&customer, "sk_live_1");
    assert_eq!(of_live.status, 404);
    assert!(of_live.body.contains("exists in test mode"), "{}", of_live.body);
    assert!(!of_live.body.contains("sk_live_1"));
}

#[test]
fn what_happened_in_an_account_is_found_only_there() {
    let (stripe, lives) = lived(1..2);
    stripe.set_account(Some("acct_1Dunlin"));
    let status_for = |account: Option<&str>| {
        let customer = asked("GET", &format!("/v1/customers/{}", lives[0].customer));
        let account = account.map(str::to_owned);
        stripe.answer(&Asked { account, ..customer }, KEY).status
    };
    assert_eq!(status_for(Some("acct_1Dunlin")), 200);
    assert_eq!(status_for(Some("acct_other")), 403);
    assert_eq!(status_for(None), 404);
}

#[test]
fn faults_are_met_in_their_order_and_only_where_they_are_scripted() {
    let (stripe, lives) = lived(1..2);
    let url = format!("/v1/customers/{}", lives[0].customer);
    let faults = stripe.faults();
    let limited = Fault::RateLimited {
        retry_after_secs: Some(7),
    };
    for fault in [
        limited,
        Fault::ServerError,
        Fault::Forbidden,
        Fault::Unauthorized,
        Fault::Locked,
    ] {
        faults.once(Endpoint::Customer, fault);
    }
    assert_eq!(get(&stripe, "/v1/customers").0, 200);
    let reply = stripe.answer(&asked("GET", &url), KEY);
    assert!(reply.headers.contains(&("Retry-After", "7".to_owned())), "{reply:?}");
    let rest: Vec<u16> = (0..5).map(|_| get(&stripe, &url).0).collect();
    assert_eq!((reply.status, rest), (429, vec![500, 403, 401, 429, 200]));
    faults.everywhere(&Fault::OtherAccount);
    assert_eq!(code(&stripe, &url), (404, "resource_missing".into()));
    assert!(ids(&found(&stripe, "/v1/customers")).is_empty());
    faults.clear();
    assert_eq!(get(&stripe, &url).0, 200);
}

#[test]
fn faults_at_random_follow_from_their_seed() {
    let (stripe, _) = lived(1..2);
    let odds = Odds {
        rate_limited: 0.2,
        server_error: 0.2,
        ..Odds::default()
    };
    let drawn = || {
        stripe.faults().at_random(5, odds);
        (0..200).map(|_| get(&stripe, "/v1/customers").0).collect::<Vec<_>>()
    };
    let statuses = drawn();
    assert_eq!(statuses, drawn());
    for status in [200, 429, 500] {
        assert!(statuses.iter().filter(|found| **found == status).count() > 20, "{statuses:?}");
    }
}

#[test]
fn a_stale_answer_is_what_was_true_and_says_that_it_is_now() {
    let (stripe, lives) = lived(1..2);
    let last = lives[0].events.last().unwrap().created;
    stripe.set_now(last);
    stripe.faults().once(
        Endpoint::Subscriptions,
        Fault::Stale {
            secs: last - lives[0].events[0].created + 1,
        },
    );
    let stale = stripe.answer(&asked("GET", "/v1/subscriptions?status=all"), KEY);
    assert_eq!(stale.date, last);
    assert!(ids(&serde_json::from_str(&stale.body).unwrap()).is_empty());
    assert!(!ids(&found(&stripe, "/v1/subscriptions?status=all")).is_empty());
}

#[test]
fn a_payment_that_waits_for_its_cardholder_shows_it() {
    let mut statuses = BTreeSet::new();
    for seed in 0..60 {
        let life = Lifecycle::from_seed(seed);
        let stripe = FakeStripe::new(false);
        stripe.tell(&life.events);
        for event in &life.events {
            let Object::Invoice { now: invoice, .. } = &event.object else {
                continue;
            };
            let Some(id) = invoice.id.as_deref() else { continue };
            stripe.set_now_after(&event.id);
            let paths = "expand[]=payments.data.payment.payment_intent&expand[]=parent.subscription_details.subscription";
            let shown = found(&stripe, &format!("/v1/invoices/{id}?{paths}"));
            let intent = &shown["payments"]["data"][0]["payment"]["payment_intent"];
            if event.kind == EventKind::InvoicePaymentActionRequired {
                assert_eq!(intent["status"], "requires_action", "seed {seed}, {id}");
            }
            statuses.extend(intent["status"].as_str().map(str::to_owned));
            let listed = found(&stripe, "/v1/payment_intents?limit=100");
            let is_listed = listed["data"].as_array().unwrap().contains(intent);
            assert_eq!(is_listed, !intent.is_null(), "seed {seed}, {id}");
            if let Some(subscription) = invoice.subscription.as_deref() {
                let expanded = &shown["parent"]["subscription_details"]["subscription"];
                assert_eq!(expanded["id"], subscription, "seed {seed}, {id}");
            }
        }
    }
    let all = [
        "canceled",
        "requires_action",
        "requires_confirmation",
        "requires_payment_method",
        "succeeded",
    ];
    assert_eq!(statuses.iter().collect::<Vec<_>>(), all);
}

#[test]
fn only_what_can_be_expanded_is() {
    let (stripe, lives) = lived(1..2);
    let subscription = lives[0].truth().subscriptions.into_keys().next().unwrap();
    let url = format!("/v1/subscriptions/{subscription}");
    let shown = found(&stripe, &format!("{url}?expand[]=customer&expand[]=latest_invoice"));
    assert_eq!(
        (&shown["customer"]["object"], &shown["latest_invoice"]["object"]),
        (&"customer".into(), &"invoice".into())
    );
    assert_eq!(get(&stripe, &format!("{url}?expand[]=status")).0, 400);
    let listed = found(&stripe, "/v1/subscriptions?status=all&expand[]=data.customer");
    assert_eq!(listed["data"][0]["customer"]["id"], lives[0].customer.as_str());
}

#[test]
fn a_portal_session_is_made_once_for_each_idempotency_key() {
    let (stripe, lives) = lived(1..2);
    let url = format!(
        "/v1/billing_portal/sessions?customer={}&return_url=https://saas.example",
        lives[0].customer
    );
    let open = |key: &str| {
        let request = Asked {
            idempotency_key: Some(key.to_owned()),
            ..asked("POST", &url)
        };
        let reply = stripe.answer(&request, KEY);
        assert_eq!(reply.status, 200, "{}", reply.body);
        serde_json::from_str::<Value>(&reply.body).unwrap()["url"].clone()
    };
    let first = open("one");
    assert_eq!(open("one"), first);
    assert_ne!(open("two"), first);
    let sessions = stripe.portal_sessions();
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        (&sessions[0].customer, first),
        (&lives[0].customer, sessions[0].url.as_str().into())
    );
    let nobody = stripe.answer(&asked("POST", "/v1/billing_portal/sessions?customer=cus_nobody"), KEY);
    assert_eq!(nobody.status, 400);
}

#[test]
fn webhook_endpoints_are_those_that_were_set() {
    let stripe = FakeStripe::new(true);
    let off = WebhookEndpoint {
        status: "disabled".to_owned(),
        ..WebhookEndpoint::to("https://dunlin.example/api/v1/stripe/webhook")
    };
    stripe.set_webhook_endpoints(vec![off.clone()]);
    let reply = stripe.answer(&asked("GET", "/v1/webhook_endpoints?limit=100"), "rk_live_1");
    let page: Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(
        (&page["data"][0]["status"], &page["data"][0]["livemode"]),
        (&"disabled".into(), &true.into())
    );
}

#[test]
fn over_http_the_date_is_stripes_and_a_held_answer_is_what_was_true_when_it_was_asked_for() {
    let (stripe, lives) = lived(1..2);
    let events = &lives[0].events;
    let (now, customer) = (events[0].created, &lives[0].customer);
    stripe.set_now(now);
    let (url, serving) = stripe.serve().unwrap();
    let gate = Gate::default();
    let ask = |path: &str| {
        let request = ureq::get(format!("{url}{path}")).header("Authorization", format!("Bearer {KEY}"));
        let mut response = request.call().unwrap();
        let date = response.headers()["date"].to_str().unwrap().to_owned();
        (date, response.body_mut().read_to_string().unwrap())
    };
    let (date, _) = ask(&format!("v1/customers/{customer}"));
    let (_, true_then) = ask("v1/subscriptions?status=all");
    assert_eq!(date, actix_web::http::header::HttpDate::from(at(now)).to_string());
    stripe.faults().once(Endpoint::Subscriptions, Fault::Held(gate.clone()));
    let (held_date, held) = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| ask("v1/subscriptions?status=all"));
        assert!(gate.wait_until_asked(Duration::from_secs(20)));
        stripe.set_now(END);
        gate.open();
        waiting.join().unwrap()
    });
    assert_eq!(held_date, date);
    let later = ask("v1/subscriptions?status=all");
    assert_eq!(held, true_then);
    assert_ne!(held, later.1);
    assert_eq!(stripe.requests().last().unwrap().param("status"), Some("all"));
    drop(serving);
}

fn at(second: i64) -> std::time::SystemTime {
    std::time::UNIX_EPOCH + Duration::from_secs(second.try_into().unwrap())
}

#[test]
fn a_server_that_answers_nobody_can_still_be_stopped() {
    let stripe = FakeStripe::new(false);
    stripe.faults().everywhere(&Fault::Silence);
    let (url, serving) = stripe.serve().unwrap();
    let impatient = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(200)))
        .build();
    let request = ureq::Agent::from(impatient).get(format!("{url}v1/events"));
    assert!(request.header("Authorization", format!("Bearer {KEY}")).call().is_err());
    drop(serving);
}
