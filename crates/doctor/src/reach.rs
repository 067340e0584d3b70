//! The answer at the URL that Stripe delivers to. Stripe follows no redirects (<https://docs.stripe.com/webhooks>).

use crate::finding::{Finding, Severity};

pub(crate) const ID: &str = "reach";

/// The result of a POST without a signature to the endpoint's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reached {
    /// An answer with this status. `is_dunlin` is true if it is Dunlin's refusal of an unsigned request.
    Answered {
        status: u16,
        is_dunlin: bool,
        /// The target, if it redirects.
        location: Option<String>,
    },
    /// Nobody answered.
    Nobody,
}

pub(crate) fn check(url: &str, reached: &Reached) -> Finding {
    match reached {
        Reached::Answered { is_dunlin: true, .. } => Finding::ok(ID, format!("{url} is answered by Dunlin")),
        Reached::Answered {
            status: status @ 300..=399,
            location,
            ..
        } => {
            let to = location.as_deref().unwrap_or("elsewhere");
            let says = format!("{url} answers {status} and redirects to {to}; Stripe does not follow, and each delivery fails");
            Finding::of(
                Severity::Error,
                ID,
                says,
                format!("set the endpoint's URL to where it ends: {to}"),
            )
        }
        Reached::Answered { status, .. } => Finding::of(
            Severity::Error,
            ID,
            format!("{url} is answered with {status} by something that is not Dunlin"),
            "let the proxy or login in front pass POST requests for this path on to Dunlin as they are",
        ),
        Reached::Nobody => Finding::of(
            Severity::Info,
            ID,
            format!("{url} does not answer when it is called from here; Stripe may still reach it"),
            "call it from outside: a POST without a signature is to be answered with 400",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_or_a_stranger_is_an_error_and_silence_from_inside_is_not() {
        let severity = |status, is_dunlin| {
            let location = Some("https://www.acme.example/".to_owned());
            check(
                "https://x.example",
                &Reached::Answered {
                    status,
                    is_dunlin,
                    location,
                },
            )
            .severity
        };
        assert_eq!(severity(400, true), Severity::Ok);
        for status in [200, 301, 302, 307, 308, 401, 403, 404, 502] {
            assert_eq!(severity(status, false), Severity::Error, "{status}");
        }
        assert_eq!(check("https://x.example", &Reached::Nobody).severity, Severity::Info);
    }
}
