//! The API over HTTP.

use super::*;

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
