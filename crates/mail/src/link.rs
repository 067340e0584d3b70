//! The links that letters may contain.

use url::Url;

use crate::Brand;

impl Brand {
    /// Parses a URL if a letter and a pay link may lead there: https, and one of our origins or Stripe.
    pub fn link(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        let origins = self.billing_url.iter().chain(&self.link_origins);
        let is_ours = || origins.map(Url::origin).any(|origin| origin == url.origin());
        (is_plain && (is_stripe(&url) || is_ours())).then_some(url)
    }

    /// Returns the page where a customer changes the card, if letters may link to it.
    pub fn billing_page(&self) -> Option<Url> {
        let url = self.billing_url.as_ref()?;
        self.link(url.as_str())
    }

    /// Returns the URL if it is one of Dunlin's own.
    pub(crate) fn own(&self, url: &Url) -> Option<String> {
        let is_own = self.public_url.as_ref().is_some_and(|own| own.origin() == url.origin());
        is_own.then(|| url.to_string())
    }
}

/// Returns true for a page of Stripe's.
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
            assert_eq!(brand.link(good), Url::parse(good).ok());
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

    #[test]
    fn a_pay_link_is_dunlin_s_own_or_none() {
        let url = |text: &str| Url::parse(text).unwrap();
        let brand = Brand {
            public_url: Some(url("http://127.0.0.1:8000")),
            ..Brand::default()
        };
        let link = "http://127.0.0.1:8000/l/AQ";
        assert_eq!(brand.own(&url(link)).as_deref(), Some(link));
        assert_eq!(brand.own(&url("http://127.0.0.1:8001/l/AQ")), None);
        assert_eq!(brand.own(&url("https://127.0.0.1:8000/l/AQ")), None);
        assert_eq!(Brand::default().own(&url(link)), None);
        assert_eq!(brand.link(link), None, "nothing else is linked to over http");
    }
}
