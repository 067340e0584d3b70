//! Where letters may link to.

use url::Url;

use crate::Brand;

impl Brand {
    /// The URL, if a letter may link there: https, and one of our origins or Stripe.
    pub(crate) fn link(&self, text: &str) -> Option<String> {
        let url = Url::parse(text).ok()?;
        let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        let origins = self.billing_url.iter().chain(&self.link_origins);
        let is_ours = || origins.map(Url::origin).any(|origin| origin == url.origin());
        (is_plain && (is_stripe(&url) || is_ours())).then(|| url.into())
    }
}

fn is_stripe(url: &Url) -> bool {
    url.port().is_none()
        && url
            .domain()
            .is_some_and(|host| host == "stripe.com" || host.ends_with(".stripe.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_origins_and_stripe_are_linked_to() {
        let brand = Brand {
            billing_url: Some(Url::parse("https://app.acme.example/billing").unwrap()),
            link_origins: vec![Url::parse("https://help.acme.example:8443").unwrap()],
            ..Brand::default()
        };
        for good in [
            "https://invoice.stripe.com/i/acct_1/test_1?s=ap",
            "https://stripe.com/x",
            "https://app.acme.example/elsewhere",
            "https://help.acme.example:8443/",
        ] {
            assert_eq!(brand.link(good).as_deref(), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "http://invoice.stripe.com/i",
            "https://stripe.com.evil.example/",
            "https://evilstripe.com/",
            "https://stripe.com@evil.example/",
            "https://user:secret@invoice.stripe.com/",
            "https://invoice.stripe.com:444/",
            "https://help.acme.example/",
            "https://127.0.0.1/",
            "//invoice.stripe.com/",
            "",
        ] {
            assert_eq!(brand.link(bad), None, "{bad}");
        }
    }
}
