//! The data that templates see: each field is a text in the letter's language, or absent.

use fluent_bundle::FluentArgs;
use jiff::tz::TimeZone;
use serde::Serialize;
use subscription::notices::NoticeContent;
use subscription::{Money, UnixSeconds};

use crate::LocaleError;
use crate::date::zone;
use crate::locale::{Locale, When};
use crate::text::one_line;
use crate::{Addressee, Background, Brand};

mod notices;
mod payments;
mod staff;

const MAX_NAME_CHARS: usize = 100;
const MAX_COMMENT_CHARS: usize = 500;

/// The fields of a letter. Fields that a notice does not have are absent, and so are the parts of the letter about
/// them.
#[derive(Debug, Default, Serialize)]
pub(crate) struct View {
    /// The kind of letter.
    kind: &'static str,
    /// The name of the templates. Some kinds share theirs.
    pub(crate) template: &'static str,
    /// The prefix of the message names in shared templates.
    words: String,
    /// The variant of the kind's wording.
    stage: &'static str,
    /// The messages after the first paragraph, in shared templates.
    then: Vec<&'static str>,
    /// The closing message.
    note: Option<&'static str>,
    /// The words that offer the billing page if there is no link to pay.
    billing_words: Option<&'static str>,
    /// The letter is for the operator's staff.
    is_internal: bool,
    locale: String,
    product: String,
    support: Option<String>,
    tenant: String,
    tenant_id: Option<String>,
    amount: Option<String>,
    last_paid: Option<String>,
    attempt: Option<i64>,
    next_attempt: Option<When>,
    pay_url: Option<String>,
    billing_url: Option<String>,
    access_until: Option<When>,
    date: Option<When>,
    due: Option<When>,
    ends: Option<When>,
    resumes: Option<When>,
    card: Option<String>,
    brand: Option<String>,
    network: Option<String>,
    last4: Option<String>,
    card_expiry: Option<String>,
    days: Option<i64>,
    retention_days: Option<i64>,
    invoice: Option<String>,
    invoice_number: Option<String>,
    subscription: Option<String>,
    customer: Option<String>,
    bound_to: Option<String>,
    charge: Option<String>,
    dispute: Option<String>,
    outcome: Option<String>,
    reason: Option<String>,
    feedback: Option<String>,
    comment: Option<String>,
    since: Option<When>,
    until: Option<When>,
    tenure_days: Option<i64>,
    failed_attempts: Option<i64>,
    tried: Vec<String>,
    email: Option<String>,
    reply: Option<String>,
    waiting: Option<i64>,
    quarantined: i64,
    dead_count: i64,
    dead: Vec<String>,
    unknown_count: i64,
    unknown: Vec<String>,
    drift_count: i64,
    drift: Vec<String>,
    drift_unlisted: i64,
}

/// The maker of a view.
struct Viewer<'a> {
    brand: &'a Brand,
    locale: &'a Locale,
    zone: TimeZone,
    background: &'a Background,
}

impl View {
    /// Makes the view of the letter with this content.
    pub(crate) fn of(
        content: &NoticeContent,
        to: &Addressee<'_>,
        background: &Background,
        brand: &Brand,
        locale: &Locale,
    ) -> Result<Self, LocaleError> {
        let viewer = Viewer {
            brand,
            locale,
            zone: zone(to.timezone),
            background,
        };
        let view = match content {
            NoticeContent::Notice(notice) => viewer.notice(notice)?,
            NoticeContent::Staff(notice) => viewer.staff_notice(notice, to)?,
        };
        Ok(view.addressed(to, brand, locale))
    }

    /// Makes the view of a test mail.
    pub(crate) fn of_test(to: &Addressee<'_>, brand: &Brand, locale: &Locale) -> Self {
        let view = Self {
            kind: "test",
            is_internal: true,
            ..Self::default()
        };
        view.addressed(to, brand, locale)
    }

    /// Adds the fields that every letter has.
    fn addressed(self, to: &Addressee<'_>, brand: &Brand, locale: &Locale) -> Self {
        let template = if self.template.is_empty() { self.kind } else { self.template };
        Self {
            template,
            words: self.kind.replace('_', "-"),
            locale: locale.name.clone(),
            product: one_line(&brand.product_name, MAX_NAME_CHARS),
            support: brand.support_email.clone(),
            tenant: one_line(to.tenant_name, MAX_NAME_CHARS),
            tenant_id: (!to.tenant_id.is_empty()).then(|| to.tenant_id.to_owned()),
            billing_url: brand.billing_page().map(String::from),
            retention_days: brand.data_retention_days.map(i64::from),
            ..self
        }
    }

    /// Makes the view of a page, the same for every reader.
    pub(crate) fn of_page(kind: &'static str, brand: &Brand, locale: &Locale) -> Self {
        Self {
            kind,
            template: kind,
            locale: locale.name.clone(),
            product: one_line(&brand.product_name, MAX_NAME_CHARS),
            support: brand.support_email.clone(),
            billing_url: brand.billing_page().map(String::from),
            ..Self::default()
        }
    }

    /// Uses these shared templates.
    fn through(self, template: &'static str) -> Self {
        Self { template, ..self }
    }

    /// Returns the fields as arguments of messages: texts and numbers by name.
    pub(crate) fn args(&self) -> FluentArgs<'static> {
        let mut args = FluentArgs::new();
        let texts = [
            ("stage", Some(self.stage.to_owned())),
            ("product", Some(self.product.clone())),
            ("tenant", Some(self.tenant.clone())),
            ("support", self.support.clone()),
            ("amount", self.amount.clone()),
            ("next_attempt", within(self.next_attempt.as_ref())),
            ("access_until", within(self.access_until.as_ref())),
            ("date", within(self.date.as_ref())),
            ("due", within(self.due.as_ref())),
            ("ends", within(self.ends.as_ref())),
            ("resumes", within(self.resumes.as_ref())),
            ("invoice_number", self.invoice_number.clone()),
            ("customer", self.customer.clone()),
            ("bound_to", self.bound_to.clone()),
            ("outcome", self.outcome.clone()),
            ("card", self.card.clone()),
            ("brand", self.brand.clone()),
            ("network", self.network.clone()),
            ("last4", self.last4.clone()),
            ("card_expiry", self.card_expiry.clone()),
            ("email", self.email.clone()),
            ("since", within(self.since.as_ref())),
            ("until", within(self.until.as_ref())),
        ];
        let numbers = [
            ("attempt", self.attempt),
            ("days", self.days),
            ("retention_days", self.retention_days),
            ("tenure_days", self.tenure_days),
            ("waiting", self.waiting),
            ("quarantined", Some(self.quarantined)),
            ("dead_count", Some(self.dead_count)),
            ("unknown_count", Some(self.unknown_count)),
            ("drift_count", Some(self.drift_count)),
            ("drift_unlisted", Some(self.drift_unlisted)),
        ];
        texts
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?)))
            .for_each(|(name, text)| args.set(name, text));
        numbers
            .into_iter()
            .filter_map(|(name, number)| Some((name, number?)))
            .for_each(|(name, number)| args.set(name, number));
        args
    }
}

/// Returns the form within a sentence.
fn within(when: Option<&When>) -> Option<String> {
    when.map(|when| when.within.clone())
}

impl Viewer<'_> {
    fn money(&self, money: &Money) -> Result<Option<String>, LocaleError> {
        self.locale.money(money).map(Some)
    }

    fn money_if_known(&self, money: Option<&Money>) -> Result<Option<String>, LocaleError> {
        money.map(|money| self.locale.money(money)).transpose()
    }

    fn day(&self, at: UnixSeconds) -> Result<When, LocaleError> {
        self.locale.day(at, &self.zone)
    }

    fn moment(&self, at: UnixSeconds) -> Result<When, LocaleError> {
        self.locale.moment(at, &self.zone)
    }

    fn access_until(&self) -> Result<Option<When>, LocaleError> {
        self.background.access_until.map(|at| self.moment(at)).transpose()
    }

    /// Returns Dunlin's own link, which stays valid, or else Stripe's as of the time of the notice.
    fn pay_url(&self, hosted: Option<&str>) -> Option<String> {
        let own = self.background.pay_link.as_ref().and_then(|url| self.brand.own(url));
        own.or_else(|| hosted.and_then(|url| self.brand.link(url)).map(String::from))
    }

    /// Returns the message of this group for one of Stripe's words, or else the word itself in readable form.
    fn word(&self, group: &str, word: &str) -> Result<String, LocaleError> {
        let is_name = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let id = format!("{group}-{word}");
        if is_name && self.locale.has(&id) {
            return self.locale.message(&id, &FluentArgs::new());
        }
        Ok(one_line(&word.replace('_', " "), MAX_COMMENT_CHARS))
    }
}
