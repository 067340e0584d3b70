//! Pay links, followed: they lead to the state that is true at the click.

use std::time::Duration;

use serde_json::json;
use simulator::FakeStripe;
use simulator::api::{Endpoint, Fault, Serving};
use test_support::smtp::SmtpServer;

use crate::support::stripe::{self, settled_stripe};
use crate::support::{App, STRIPE_KEY, now, trigger};

const BILLING: &str = "https://app.acme.example/billing";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A Stripe, and a server whose links are looked up there.
struct Town {
    stripe: FakeStripe,
    app: App,
    _serving: Serving,
}

impl Town {
    fn new(more: &[(&str, &str)]) -> Self {
        let (stripe, url, serving) = settled_stripe();
        let mut variables = vec![
            STRIPE_KEY,
            ("DUNLIN_STRIPE_API_URL", url.as_str()),
            ("DUNLIN_STRIPE_LIVEMODE", "false"),
            ("DUNLIN_RECONCILE_INTERVAL_SECS", "3600"),
            ("DUNLIN_PUBLIC_URL", "https://pay.acme.example/"),
            ("DUNLIN_LINK_SECRETS", SECRET),
        ];
        variables.extend(more);
        let app = App::spawn_with(&variables);
        // Stripe's clock is ahead, so a read made meanwhile would outrank the events of now.
        app.wait_until_reconciled();
        Self {
            app,
            stripe,
            _serving: serving,
        }
    }

    /// Makes something happen at Stripe to `sub_NAME` of `cus_NAME`, and delivers it if it is told.
    fn happens(&self, name: &str, event: &str, overrides: &[&str], is_told: bool) {
        let trigger = trigger(event, &format!("cus_{name}"), &format!("sub_{name}"), overrides);
        let (_, body) = stripe::happens(&self.stripe, &trigger, now());
        if is_told {
            assert_eq!(self.app.deliver(&body).body["outcome"], "applied", "{event} of {name}");
        }
    }

    /// Makes a tenant NAME whose renewal failed. Returns the path of its link.
    fn in_dunning(&self, name: &str, locale: &str) -> String {
        let tenant = json!({"stripe_customer_id": format!("cus_{name}"), "locale": locale});
        assert_eq!(self.app.put(&format!("/api/v1/tenants/{name}"), &tenant).status, 201);
        self.happens(name, "customer.created", &[], false);
        self.happens(name, "customer.subscription.updated", &["status=active"], true);
        self.happens(name, "invoice.payment_failed", &[], true);
        let access = self.app.get(&format!("/api/v1/tenants/{name}/access")).body;
        let url = access["dunning"]["pay_url"]
            .as_str()
            .unwrap_or_else(|| panic!("{access}"))
            .to_owned();
        url.strip_prefix("https://pay.acme.example").unwrap().to_owned()
    }

    /// Returns the number of requests to Stripe for an invoice.
    fn looks(&self) -> usize {
        let asked = self.stripe.requests();
        asked.iter().filter(|asked| asked.path.starts_with("/v1/invoices/")).count()
    }

    fn follow(&self, path: &str) -> Followed {
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
        let agent: ureq::Agent = config.build().into();
        let mut answer = agent.get(format!("http://{}{path}", self.app.address)).call().unwrap();
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        for (name, value) in [("cache-control", "no-store"), ("referrer-policy", "no-referrer")] {
            assert_eq!(header(name).as_deref(), Some(value));
        }
        assert!(header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        Followed {
            status: answer.status().as_u16(),
            to: header("location"),
            body: answer.body_mut().read_to_string().unwrap(),
        }
    }

    fn clicks(&self, name: &str) -> Vec<String> {
        let timeline = self.app.get(&format!("/api/v1/tenants/{name}/timeline")).body;
        let entries = timeline["data"].as_array().unwrap().iter();
        let clicks = entries.filter(|entry| entry["what"] == "pay_link");
        clicks.map(|entry| entry["to"].as_str().unwrap().to_owned()).collect()
    }
}

#[derive(Debug)]
struct Followed {
    status: u16,
    to: Option<String>,
    body: String,
}

impl Followed {
    fn leads_to(&self, start: &str) -> bool {
        self.status == 303 && self.to.as_deref().is_some_and(|to| to.starts_with(start))
    }
}

const HOSTED: &str = "https://invoice.stripe.com/";
const PORTAL: &str = "https://billing.stripe.com/p/session/";

#[test]
fn a_link_leads_to_where_the_invoice_can_be_paid_now() {
    let town = Town::new(&[("DUNLIN_MAIL_BILLING_URL", BILLING)]);
    // Each change happens at Stripe without a delivery.
    for (name, event, overrides, leads_to, noted) in [
        ("open", None, [].as_slice(), HOSTED, "hosted_invoice"),
        (
            "confirm",
            Some("invoice.payment_action_required"),
            &[],
            HOSTED,
            "confirm_payment",
        ),
        ("void", Some("invoice.voided"), &[], PORTAL, "billing_portal"),
        (
            "given-up",
            Some("invoice.marked_uncollectible"),
            &[],
            PORTAL,
            "billing_portal",
        ),
        ("ended", Some("customer.subscription.deleted"), &[], PORTAL, "billing_portal"),
        (
            "unpaid",
            Some("customer.subscription.updated"),
            &["status=unpaid"],
            PORTAL,
            "billing_portal",
        ),
    ] {
        let path = town.in_dunning(name, "en");
        if let Some(event) = event {
            town.happens(name, event, overrides, false);
        }
        let followed = town.follow(&path);
        assert!(followed.leads_to(leads_to), "{name}: {followed:?}");
        assert_eq!(town.clicks(name), [noted], "{name}");
    }
    let sessions = town.stripe.portal_sessions();
    assert_eq!(sessions.len(), 4);
    assert!(sessions.iter().all(|session| session.return_url.as_deref() == Some(BILLING)));
    assert_eq!(sessions[0].customer, "cus_void");
}

#[test]
fn what_is_paid_meanwhile_says_so_in_the_tenants_language() {
    let town = Town::new(&[]);
    for (name, locale, words) in [
        ("paid-en", "en", "Already paid, thank you"),
        ("paid-da", "da-DK", "tak"),
        ("paid-de", "de", "vielen Dank"),
    ] {
        let path = town.in_dunning(name, locale);
        town.happens(name, "invoice.paid", &[], false);
        let followed = town.follow(&path);
        assert_eq!((followed.status, followed.to.as_deref()), (200, None), "{name}: {followed:?}");
        assert!(
            followed.body.to_lowercase().contains(&words.to_lowercase()),
            "{name}: {}",
            followed.body
        );
        assert!(!followed.body.contains(name), "it says nothing of the tenant");
        assert_eq!(town.clicks(name), ["paid"]);
    }
}

#[test]
fn while_stripe_does_not_answer_a_link_leads_to_where_events_told_of() {
    let town = Town::new(&[]);
    let path = town.in_dunning("acme", "en");
    let dead = town.in_dunning("gone", "en");
    town.happens("gone", "customer.subscription.updated", &["status=unpaid"], true);
    for fault in [Fault::ServerError, Fault::Unauthorized, Fault::Forbidden, Fault::OtherAccount] {
        town.stripe.faults().everywhere(&fault);
    }
    assert!(town.follow(&path).leads_to(HOSTED));
    let followed = town.follow(&dead);
    assert_eq!(followed.status, 503, "{followed:?}");
    assert!(followed.body.contains("try again"), "{followed:?}");
    assert_eq!(town.clicks("gone"), ["later"]);

    let with_billing = Town::new(&[("DUNLIN_MAIL_BILLING_URL", BILLING)]);
    let dead = with_billing.in_dunning("gone", "en");
    with_billing.happens("gone", "customer.subscription.updated", &["status=unpaid"], true);
    with_billing
        .stripe
        .faults()
        .always(Endpoint::PortalSessions, Fault::Forbidden);
    assert!(with_billing.follow(&dead).leads_to(BILLING));
}

#[test]
fn what_is_no_link_any_more_gets_one_page_that_says_nothing() {
    let town = Town::new(&[]);
    let path = town.in_dunning("acme", "da");
    let rebound = town.in_dunning("rebound", "da");
    let other = json!({"stripe_customer_id": "cus_other"});
    assert_eq!(town.app.put("/api/v1/tenants/rebound", &other).status, 200);
    let last = path.chars().last().unwrap();
    let tampered = format!("{}{}", &path[..path.len() - 1], if last == 'A' { 'B' } else { 'A' });
    let bodies: Vec<String> = [tampered.as_str(), "/l/", "/l/x", &path[..path.len() - 8], &rebound]
        .iter()
        .filter(|path| **path != "/l/")
        .map(|path| {
            let followed = town.follow(path);
            assert_eq!((followed.status, followed.to.as_deref()), (404, None), "{path}: {followed:?}");
            followed.body
        })
        .collect();
    assert!(bodies.iter().all(|body| body == &bodies[0]), "one page for all");
    assert!(bodies[0].contains("isn&#x27;t valid"), "{}", bodies[0]);
    assert_eq!(town.looks(), 0, "nobody was asked of them");
}

#[test]
fn clicks_in_a_row_are_one_and_a_look_at_the_head_is_none() {
    let town = Town::new(&[]);
    let path = town.in_dunning("acme", "en");
    let head = town.app.speak(
        format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes(),
        Duration::from_secs(10),
    );
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(town.looks(), 0);
    for _ in 0..5 {
        assert!(town.follow(&path).leads_to(HOSTED));
    }
    assert_eq!(town.looks(), 1);
    assert_eq!(town.clicks("acme").len(), 1);
    // The same holds for simultaneous clicks.
    let path = town.in_dunning("other", "en");
    let before = town.looks();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert!(town.follow(&path).leads_to(HOSTED)));
        }
    });
    assert_eq!(town.looks(), before + 1);
}

#[test]
fn mails_carry_the_link_and_not_stripes_own() {
    let smtp = SmtpServer::start();
    let url = smtp.url();
    let town = Town::new(&[
        ("DUNLIN_SMTP_URL", url.as_str()),
        ("DUNLIN_MAIL_FROM", "Acme <billing@acme.example>"),
        ("DUNLIN_MAIL_PRODUCT_NAME", "Acme"),
        ("DUNLIN_MAIL_HOLD_SECS", "0"),
    ]);
    let contacts = json!([{"role": "billing", "email": "bo@example.com", "name": "Bo"}]);
    let path = town.in_dunning("acme", "en");
    assert_eq!(
        town.app.put("/api/v1/tenants/acme", &json!({"contacts": contacts})).status,
        200
    );
    town.happens("acme", "invoice.payment_failed", &["attempt_count=2"], true);
    let mail = town.app.wait_for(Duration::from_secs(30), || {
        let received = smtp.received();
        received.into_iter().find(|mail| mail.to == ["bo@example.com"])
    });
    let mail = mail_parser::MessageParser::default()
        .parse(mail.message.as_bytes())
        .unwrap()
        .into_owned();
    for body in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
        let body = body.replace("&#x2f;", "/");
        assert!(body.contains("https://pay.acme.example/l/"), "{body}");
        assert!(!body.contains("invoice.stripe.com"), "{body}");
    }
    let text = mail.body_text(0).unwrap().into_owned();
    assert!(
        text.contains(path.as_str()),
        "a mail of today carries the link that a banner of today does: {text}"
    );
}

#[test]
fn without_a_public_url_there_are_no_links() {
    let app = App::spawn();
    app.bind("acme", "cus_acme");
    app.trigger("invoice.payment_failed");
    assert_eq!(app.get("/l/anything").status, 404);
}
