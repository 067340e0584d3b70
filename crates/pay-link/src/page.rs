//! The ends of a click: a page of Dunlin's, or another that the rule allows.

use std::fmt;

use url::Url;

/// A page of Dunlin's, for a click that leads nowhere else. No page says anything about the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The invoice is paid.
    Paid,
    /// Nothing can be paid at the moment, and there is no other page to pay at.
    Later,
    /// The link is not valid. The page is the same for every cause.
    Gone,
}

/// The rule of where a click may lead.
pub struct LinkRule(Box<Rule>);

type Rule = dyn Fn(&str) -> Option<Url> + Send + Sync;

impl LinkRule {
    /// Makes a rule of a function that parses a text and returns the URL if a click may lead there.
    pub fn new(rule: impl Fn(&str) -> Option<Url> + Send + Sync + 'static) -> Self {
        Self(Box::new(rule))
    }

    pub(crate) fn check(&self, text: &str) -> Option<Url> {
        (self.0)(text)
    }
}

impl fmt::Debug for LinkRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkRule(…)")
    }
}
