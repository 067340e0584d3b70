//! What the templates see: every field a text in the letter's language, or absent.

use fluent_bundle::FluentArgs;
use jiff::tz::TimeZone;
use serde::Serialize;
use subscription::{Ending, ExpiringCard, FailedPayment, Money, Notice, UnixSeconds};

use crate::date::zone;
use crate::locale::{Locale, LocaleError};
use crate::text::one_line;
use crate::{Addressee, Background, Brand, Digest, DriftAlert, DriftedThing, Matter, RejectedAddress, StuckNotice, Tried};

const MAX_NAME_CHARS: usize = 100;
const MAX_COMMENT_CHARS: usize = 500;
const DAY_SECS: i64 = 24 * 60 * 60;

/// The fields of a letter. Those that a matter does not have are absent in it, and so are the parts of the letter about them.
#[derive(Debug, Default, Serialize)]
pub(crate) struct View {
    /// Names the templates.
    pub(crate) kind: &'static str,
    /// Which of a kind's wordings.
    stage: &'static str,
    /// For our own people.
    is_internal: bool,
    locale: String,
    product: String,
    support: Option<String>,
    tenant: String,
    tenant_id: String,
    amount: Option<String>,
    attempt: Option<i64>,
    next_attempt: Option<String>,
    pay_url: Option<String>,
    billing_url: Option<String>,
    access_until: Option<String>,
    date: Option<String>,
    card: Option<String>,
    brand: Option<String>,
    last4: Option<String>,
    card_expiry: Option<String>,
    days: Option<i64>,
    retention_days: Option<i64>,
    invoice: Option<String>,
    subscription: Option<String>,
    reason: Option<String>,
    feedback: Option<String>,
    comment: Option<String>,
    since: Option<String>,
    until: Option<String>,
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

/// Makes a view.
struct Viewer<'a> {
    brand: &'a Brand,
    locale: &'a Locale,
    zone: TimeZone,
    background: &'a Background,
}

impl View {
    /// What the letter about this matter has to say.
    pub(crate) fn of(
        matter: &Matter<'_>,
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
        let matter = match matter {
            Matter::Notice(notice) => viewer.notice(notice)?,
            Matter::AddressRejected(rejected) => Viewer::rejected(rejected),
            Matter::Digest(digest) => viewer.digest(digest),
            Matter::DriftAlert(alert) => viewer.drift_alert(alert),
        };
        Ok(Self {
            locale: locale.name.clone(),
            product: one_line(&brand.product_name, MAX_NAME_CHARS),
            support: brand.support_email.clone(),
            tenant: one_line(to.tenant_name, MAX_NAME_CHARS),
            tenant_id: to.tenant_id.to_owned(),
            billing_url: brand.billing_page().map(String::from),
            retention_days: brand.data_retention_days.map(i64::from),
            ..matter
        })
    }

    /// What a page has to say, whoever reads it.
    pub(crate) fn of_page(kind: &'static str, brand: &Brand, locale: &Locale) -> Self {
        Self {
            kind,
            locale: locale.name.clone(),
            product: one_line(&brand.product_name, MAX_NAME_CHARS),
            support: brand.support_email.clone(),
            billing_url: brand.billing_page().map(String::from),
            ..Self::default()
        }
    }

    /// The same for messages: texts and numbers by name.
    pub(crate) fn args(&self) -> FluentArgs<'static> {
        let mut args = FluentArgs::new();
        let texts = [
            ("stage", Some(self.stage.to_owned())),
            ("product", Some(self.product.clone())),
            ("tenant", Some(self.tenant.clone())),
            ("support", self.support.clone()),
            ("amount", self.amount.clone()),
            ("next_attempt", self.next_attempt.clone()),
            ("access_until", self.access_until.clone()),
            ("date", self.date.clone()),
            ("card", self.card.clone()),
            ("brand", self.brand.clone()),
            ("last4", self.last4.clone()),
            ("card_expiry", self.card_expiry.clone()),
            ("email", self.email.clone()),
            ("since", self.since.clone()),
            ("until", self.until.clone()),
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

impl Viewer<'_> {
    fn notice(&self, notice: &Notice) -> Result<View, LocaleError> {
        let view = match notice {
            Notice::PaymentFailed(failed) | Notice::PaymentActionRequired(failed) | Notice::PaymentFailedAlert(failed) => {
                self.failed(failed)?
            }
            Notice::PaymentRecovered { amount, .. } => View {
                amount: self.money(amount)?,
                ..View::default()
            },
            Notice::PaidAfterCancelAlert {
                invoice,
                subscription,
                amount,
            } => View {
                amount: self.money(amount)?,
                invoice: Some(invoice.to_string()),
                subscription: Some(subscription.to_string()),
                ..View::default()
            },
            Notice::AccessSuspended { amount, pay_url, .. } => View {
                amount: amount.as_ref().map(|amount| self.locale.money(amount)).transpose()?,
                pay_url: self.pay_url(pay_url.as_deref()),
                ..View::default()
            },
            Notice::TrialStarted { trial_end, .. } | Notice::TrialExpired { trial_end, .. } => View {
                date: trial_end.map(|at| self.day(at)),
                ..View::default()
            },
            Notice::TrialEnding { trial_end, .. } => View {
                date: Some(self.day(*trial_end)),
                ..View::default()
            },
            Notice::RenewalUpcoming { due_at, amount, .. } => View {
                date: Some(self.day(*due_at)),
                amount: self.money(amount)?,
                ..View::default()
            },
            Notice::CardUpdated { brand, last4, .. } => self.card(brand, last4.as_deref())?,
            Notice::CardExpiring(card) => self.expiring(card)?,
            Notice::SubscriptionCanceled(ending) | Notice::ChurnAlert(ending) => self.ending(ending)?,
        };
        Ok(View {
            kind: notice.kind(),
            is_internal: notice.audience() != subscription::Audience::Customer,
            ..view
        })
    }

    fn failed(&self, failed: &FailedPayment) -> Result<View, LocaleError> {
        let stage = match (failed.attempt, failed.next_attempt) {
            (0 | 1, _) => "first",
            (_, Some(_)) => "middle",
            (_, None) => "last",
        };
        Ok(View {
            stage,
            amount: self.money(&failed.amount)?,
            attempt: Some(i64::from(failed.attempt)),
            next_attempt: failed.next_attempt.map(|at| self.moment(at)),
            pay_url: self.pay_url(failed.pay_url.as_deref()),
            access_until: self.background.access_until.map(|at| self.moment(at)),
            invoice: Some(failed.invoice.to_string()),
            ..View::default()
        })
    }

    /// Our own link, which holds; else Stripe's, as it was when the notice was decided.
    fn pay_url(&self, hosted: Option<&str>) -> Option<String> {
        let own = self.background.pay_link.as_ref().and_then(|url| self.brand.own(url));
        own.or_else(|| hosted.and_then(|url| self.brand.link(url)).map(String::from))
    }

    /// A card by its brand and last digits, or whatever else is paid with by its name.
    fn card(&self, brand: &str, last4: Option<&str>) -> Result<View, LocaleError> {
        let mut view = View {
            brand: Some(one_line(&display_brand(brand), MAX_NAME_CHARS)),
            last4: last4.map(|last4| one_line(last4, 4)),
            ..View::default()
        };
        let message = if last4.is_some() { "card-ending" } else { "card-other" };
        view.card = Some(self.locale.message(message, &view.args())?);
        Ok(view)
    }

    fn expiring(&self, card: &ExpiringCard) -> Result<View, LocaleError> {
        Ok(View {
            card_expiry: Some(self.locale.dates.month(card.exp_year, card.exp_month)),
            days: Some(i64::from(card.days)),
            ..self.card(&card.brand, card.last4.as_deref())?
        })
    }

    fn ending(&self, ending: &Ending) -> Result<View, LocaleError> {
        let stage = match ending.reason.as_deref() {
            Some("payment_failed") => "payment_failed",
            Some("payment_disputed") => "payment_disputed",
            _ => "requested",
        };
        let tenure = ending.created.zip(ending.ended_at);
        Ok(View {
            stage,
            date: ending.ended_at.map(|at| self.day(at)),
            reason: Some(self.locale.message(&format!("reason-{stage}"), &FluentArgs::new())?),
            feedback: ending
                .feedback
                .as_deref()
                .map(|text| one_line(&text.replace('_', " "), MAX_COMMENT_CHARS)),
            comment: ending.comment.as_deref().map(|text| one_line(text, MAX_COMMENT_CHARS)),
            since: ending.created.map(|at| self.day(at)),
            tenure_days: tenure.map(|(from, to)| ((to.as_secs() - from.as_secs()) / DAY_SECS).max(0)),
            amount: ending.amount.as_ref().map(|amount| self.locale.money(amount)).transpose()?,
            failed_attempts: (ending.failed_attempts > 0).then_some(i64::from(ending.failed_attempts)),
            subscription: Some(ending.subscription.to_string()),
            tried: self.background.tried.iter().map(|tried| self.tried(tried)).collect(),
            ..View::default()
        })
    }

    fn tried(&self, tried: &Tried) -> String {
        format!("{}: {}", self.moment(tried.at), tried.kind)
    }

    fn rejected(rejected: &RejectedAddress) -> View {
        View {
            kind: "address_rejected",
            is_internal: true,
            email: Some(one_line(&rejected.email, MAX_NAME_CHARS)),
            reply: Some(one_line(&rejected.reply, MAX_COMMENT_CHARS)),
            ..View::default()
        }
    }

    fn drift_alert(&self, alert: &DriftAlert) -> View {
        let count = number(alert.count);
        View {
            kind: "drift_alert",
            is_internal: true,
            since: Some(self.moment(alert.since)),
            drift_count: count,
            drift_unlisted: count.saturating_sub_unsigned(alert.listed.len() as u64),
            drift: alert.listed.iter().map(drifted).collect(),
            ..View::default()
        }
    }

    fn digest(&self, digest: &Digest) -> View {
        View {
            kind: "digest",
            is_internal: true,
            since: Some(self.moment(digest.since)),
            until: Some(self.moment(digest.until)),
            waiting: Some(number(digest.quarantined + digest.dead_count + digest.unknown_count)),
            quarantined: number(digest.quarantined),
            dead_count: number(digest.dead_count),
            dead: digest.dead.iter().map(stuck).collect(),
            unknown_count: number(digest.unknown_count),
            unknown: digest.unknown.iter().map(stuck).collect(),
            ..View::default()
        }
    }

    fn money(&self, money: &Money) -> Result<Option<String>, LocaleError> {
        self.locale.money(money).map(Some)
    }

    fn day(&self, at: UnixSeconds) -> String {
        self.locale.dates.day(at, &self.zone)
    }

    fn moment(&self, at: UnixSeconds) -> String {
        self.locale.dates.moment(at, &self.zone)
    }
}

fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn drifted(drifted: &DriftedThing) -> String {
    let DriftedThing { of, object_id, what, .. } = drifted;
    let [from, to] = [&drifted.from, &drifted.to].map(|value| value.as_deref().unwrap_or("–"));
    let change = if drifted.from == drifted.to {
        what.clone()
    } else {
        format!("{what}: {from} → {to}")
    };
    let event = drifted.event.as_ref().map(|event| format!(" · {event}")).unwrap_or_default();
    one_line(&format!("{of} · {object_id} · {change}{event}"), MAX_COMMENT_CHARS)
}

fn stuck(stuck: &StuckNotice) -> String {
    let reason = one_line(&stuck.reason, MAX_COMMENT_CHARS);
    format!("{} · {} · {} · {reason}", stuck.id, stuck.tenant_id, stuck.kind)
}

/// Stripe's word for a brand, as people write it.
fn display_brand(brand: &str) -> String {
    let known = match brand {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "amex" => "American Express",
        "diners" => "Diners Club",
        "discover" => "Discover",
        "jcb" => "JCB",
        "unionpay" => "UnionPay",
        "sepa_debit" => "SEPA",
        other => return other.replace('_', " "),
    };
    known.to_owned()
}
