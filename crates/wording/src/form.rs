//! The kinds of Stripe's keys and ids, which their prefixes tell.

/// The prefixes of keys and secrets. <https://docs.stripe.com/keys>
const KEYS: [(&str, &str); 4] = [
    ("whsec_", "an endpoint's signing secret (whsec_…)"),
    ("sk_", "a secret API key (sk_…)"),
    ("rk_", "a restricted API key (rk_…)"),
    ("pk_", "a publishable API key (pk_…)"),
];

/// The prefixes of ids. Only letters and digits follow a prefix.
const IDS: [(&str, &str); 14] = [
    ("we_", "an endpoint's id (we_…)"),
    ("acct_", "an account's id (acct_…)"),
    ("cus_", "a customer's id (cus_…)"),
    ("sub_", "a subscription's id (sub_…)"),
    ("si_", "a subscription item's id (si_…)"),
    ("in_", "an invoice's id (in_…)"),
    ("evt_", "an event's id (evt_…)"),
    ("price_", "a price's id (price_…)"),
    ("prod_", "a product's id (prod_…)"),
    ("pm_", "a payment method's id (pm_…)"),
    ("pi_", "a payment intent's id (pi_…)"),
    ("ch_", "a charge's id (ch_…)"),
    ("cs_", "a Checkout session's id (cs_…)"),
    ("ed_", "an event destination's id (ed_…)"),
];

/// Describes a text that begins like a key or id of Stripe's, but like none of `wanted`. It does not judge a text that
/// begins like nothing of Stripe's: customers of old accounts have ids that somebody chose.
///
/// ```
/// use wording::form::other_than;
/// assert_eq!(other_than(&["cus_"], "sub_1Dunlin"), Some("a subscription's id (sub_…)"));
/// assert_eq!(other_than(&["cus_"], "cus_1Dunlin"), None);
/// assert_eq!(other_than(&["cus_"], "customer-42"), None);
/// ```
pub fn other_than(wanted: &[&str], text: &str) -> Option<&'static str> {
    let is_id = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let key = KEYS.into_iter().find(|(begin, _)| text.starts_with(begin));
    let id = IDS.into_iter().find(|(begin, _)| text.strip_prefix(begin).is_some_and(is_id));
    let (begin, words) = key.or(id)?;
    (!wanted.contains(&begin)).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_beginning_and_an_id_also_by_what_follows() {
        assert_eq!(other_than(&["whsec_"], "sk_live_1"), Some("a secret API key (sk_…)"));
        assert_eq!(other_than(&["sk_", "rk_"], "rk_test_1"), None);
        assert_eq!(other_than(&["cus_"], "in_1Dunlin"), Some("an invoice's id (in_…)"));
        assert_eq!(other_than(&["cus_"], "in_house_42"), None);
        assert_eq!(other_than(&["cus_"], ""), None);
    }
}
