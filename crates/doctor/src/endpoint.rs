//! The endpoint at Stripe that delivers here.

use stripe_client::{ClientError, WebhookEndpoint};
use url::Url;

use crate::event_types;
use crate::finding::{Finding, Severity};

pub(crate) const ID: &str = "endpoint";
pub(crate) const VERSION_ID: &str = "api_version";

/// The path that deliveries come to, after any prefix of a proxy.
pub(crate) const ROUTE: &str = "/api/v1/stripe/webhook";

/// The oldest and the newest version whose events are read in tests, by the day in their names.
/// <https://docs.stripe.com/upgrades>
const VERSIONS: (&str, &str) = ("2020-08-27", "2026-09-30");
/// The newest release. Its later months only add to it (<https://docs.stripe.com/api/versioning>).
const NEWEST_RELEASE: &str = "endive";

/// Returns the endpoints that deliver here, as far as their URLs say. If several do, and nothing says which host is
/// Dunlin's, it returns those that are enabled: the others may be somebody else's.
pub(crate) fn ours<'a>(endpoints: &'a [WebhookEndpoint], public_url: Option<&Url>) -> Vec<&'a WebhookEndpoint> {
    let leads_here = |endpoint: &&WebhookEndpoint| {
        let url = Url::parse(&endpoint.url).ok();
        url.is_some_and(|url| url.path().ends_with(ROUTE) && public_url.is_none_or(|ours| is_same_host(ours, &url)))
    };
    let ours: Vec<&WebhookEndpoint> = endpoints.iter().filter(leads_here).collect();
    let enabled: Vec<&WebhookEndpoint> = ours.iter().copied().filter(|endpoint| is_enabled(endpoint)).collect();
    if enabled.is_empty() || public_url.is_some() {
        ours
    } else {
        enabled
    }
}

fn is_same_host(one: &Url, other: &Url) -> bool {
    (one.host(), one.port_or_known_default()) == (other.host(), other.port_or_known_default())
}

fn is_enabled(endpoint: &WebhookEndpoint) -> bool {
    endpoint.status == "enabled"
}

pub(crate) fn check(endpoints: &[WebhookEndpoint], public_url: Option<&Url>) -> Vec<Finding> {
    let ours = ours(endpoints, public_url);
    if ours.is_empty() {
        return vec![none_of_ours(endpoints, public_url)];
    }
    ours.into_iter()
        .flat_map(|endpoint| {
            let mut findings = vec![status(endpoint), version(endpoint)];
            findings.extend(event_types::check(&endpoint.id, &endpoint.enabled_events));
            findings
        })
        .collect()
}

fn none_of_ours(endpoints: &[WebhookEndpoint], public_url: Option<&Url>) -> Finding {
    let root = public_url.map_or("https://YOUR-HOST", |url| url.as_str().trim_end_matches('/'));
    let says = if endpoints.is_empty() {
        "the account has no webhook endpoint: nothing is delivered".to_owned()
    } else {
        let urls: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.url.as_str()).collect();
        format!("no webhook endpoint of the account leads here; there are {}", urls.join(", "))
    };
    let fix = format!("make an endpoint for {root}{ROUTE}, and set DUNLIN_STRIPE_WEBHOOK_SECRETS to its signing secret");
    Finding::of(Severity::Error, ID, says, fix)
}

/// Reports that the endpoints could not be listed.
pub(crate) fn unlisted(error: &ClientError) -> Finding {
    Finding::of(
        Severity::Warning,
        ID,
        format!("the account's webhook endpoints could not be looked at: {error}"),
        "see https://status.stripe.com, then run `dunlin doctor` again",
    )
}

fn status(endpoint: &WebhookEndpoint) -> Finding {
    let WebhookEndpoint { id, url, status, .. } = endpoint;
    if is_enabled(endpoint) {
        Finding::ok(ID, format!("the endpoint {id} delivers to {url}"))
    } else {
        let says = format!("the endpoint {id} ({url}) is {status}: Stripe delivers nothing to it");
        let fix = "enable the endpoint in Stripe's dashboard, then run `dunlin reconcile`";
        Finding::of(Severity::Error, ID, says, fix)
    }
}

fn version(endpoint: &WebhookEndpoint) -> Finding {
    let (oldest, newest) = VERSIONS;
    let Some(version) = &endpoint.api_version else {
        return Finding::ok(VERSION_ID, "events come in the account's default version");
    };
    let (day, release) = version.split_once('.').unwrap_or((version, ""));
    if (oldest..=newest).contains(&day) || release == NEWEST_RELEASE {
        return Finding::ok(VERSION_ID, format!("events come in version {version}"));
    }
    let says = format!(
        "the endpoint {} delivers in version {version}, and Dunlin knows {oldest} to {newest}",
        endpoint.id
    );
    let fix = "make a new endpoint with a version that is known, or bring Dunlin up to date";
    Finding::of(Severity::Warning, VERSION_ID, says, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> WebhookEndpoint {
        let types = event_types::FOR_STATE.into_iter().chain(event_types::FOR_NOTICES);
        WebhookEndpoint {
            id: "we_1".to_owned(),
            url: url.to_owned(),
            status: "enabled".to_owned(),
            api_version: Some("2026-09-30.endive".to_owned()),
            enabled_events: types.map(str::to_owned).collect(),
            livemode: false,
            description: None,
        }
    }

    const HERE: &str = "https://pay.acme.example/api/v1/stripe/webhook";

    fn found(endpoints: &[WebhookEndpoint], public_url: Option<&str>) -> Vec<(&'static str, Severity)> {
        let public_url = public_url.map(|url| Url::parse(url).unwrap());
        let findings = check(endpoints, public_url.as_ref());
        let bad = findings.into_iter().filter(|finding| finding.severity > Severity::Ok);
        bad.map(|finding| (finding.id, finding.severity)).collect()
    }

    #[test]
    fn an_endpoint_as_it_should_be_is_well() {
        assert_eq!(found(&[endpoint(HERE)], None), []);
        assert_eq!(found(&[endpoint(HERE)], Some("https://pay.acme.example/")), []);
        assert_eq!(found(&[endpoint(HERE)], Some("https://pay.acme.example:443")), []);
    }

    #[test]
    fn an_endpoint_that_leads_elsewhere_is_none() {
        let none = [(ID, Severity::Error)];
        assert_eq!(found(&[], None), none);
        assert_eq!(found(&[endpoint("https://pay.acme.example/webhook")], None), none);
        assert_eq!(found(&[endpoint(&format!("{HERE}/"))], None), none);
        assert_eq!(found(&[endpoint(HERE)], Some("https://billing.acme.example")), none);
    }

    #[test]
    fn a_disabled_endpoint_is_an_error_unless_another_may_be_ours() {
        let disabled = WebhookEndpoint {
            status: "disabled".to_owned(),
            ..endpoint(HERE)
        };
        let other = endpoint("https://staging.acme.example/api/v1/stripe/webhook");
        assert_eq!(found(std::slice::from_ref(&disabled), None), [(ID, Severity::Error)]);
        let both = [disabled, other];
        assert_eq!(found(&both, None), []);
        assert_eq!(found(&both, Some("https://pay.acme.example")), [(ID, Severity::Error)]);
    }

    #[test]
    fn a_version_that_no_test_has_read_is_a_warning() {
        for (version, expected) in [
            (None, None),
            (Some("2020-08-27"), None),
            (Some("2025-03-31.basil"), None),
            (Some("2026-10-28.endive"), None),
            (Some("2026-10-28.fern"), Some((VERSION_ID, Severity::Warning))),
            (Some("2019-12-03"), Some((VERSION_ID, Severity::Warning))),
            (Some("2027-03-31.fern"), Some((VERSION_ID, Severity::Warning))),
        ] {
            let endpoint = WebhookEndpoint {
                api_version: version.map(str::to_owned),
                ..endpoint(HERE)
            };
            assert_eq!(found(&[endpoint], None), Vec::from_iter(expected), "{version:?}");
        }
    }
}
