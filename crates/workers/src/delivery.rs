//! The delivery of one notice: it is claimed, written, handed over to the mail server and settled.

use std::sync::Arc;
use std::time::Duration;

use mail::{MailTransaction, Recipient, SendError, without_addresses};
use persistence::{Claim, Claimed, HandedOver, MailRecipient, Objections, Settlement, StoreError, UnixMicros, crash_point};
use subscription::notices::Audience;
use tokio::time::Instant;

use crate::AttemptOutcome;
use crate::claimed_notice::ClaimedNotice;
use crate::context::NotifierContext;
use crate::letter::write_letter;
use crate::recipient_replies::{RecipientBatch, name_recipients};
use crate::recipients::{addresses, groups, without};

/// The longest wait between polls of the outbox, if no notice is due sooner and no wake-up comes.
const POLL: Duration = Duration::from_secs(1);
/// The pause between attempts to record a settlement.
const SETTLE_PAUSE: Duration = Duration::from_millis(500);
/// The last part of a lease, which is not used.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// Waits for a notice that is due, and claims it.
pub(crate) async fn next_claim(context: &Arc<NotifierContext>) -> ClaimedNotice {
    loop {
        let (at, in_hand) = (Instant::now(), context.in_hand());
        let claiming = context
            .store
            .outbox()
            .claim(&context.worker, &context.rules.claim, &in_hand, context.now());
        match claiming.await {
            Ok(Claimed::Notice(claim)) => {
                crash_point("worker::after_claim");
                return ClaimedNotice::new(context, claim, at);
            }
            Ok(Claimed::Settled) => {}
            Ok(Claimed::Nothing { next_due_at }) => wait(context, next_due_at).await,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot claim a notice");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

/// Waits until the next notice is due, a notice is owed, or the next poll is due.
async fn wait(context: &NotifierContext, next_due_at: Option<UnixMicros>) {
    let now = context.now().as_micros();
    let until_due = next_due_at.map(|due_at| Duration::from_micros(u64::try_from(due_at.as_micros() - now).unwrap_or_default()));
    let patience = until_due.map_or(POLL, |until_due| until_due.min(POLL));
    // An early wake-up costs one query. The next poll makes up for a missed one.
    drop(tokio::time::timeout(patience, context.owed.notified()).await);
}

/// Delivers a claimed notice, and records the outcome.
pub(crate) async fn deliver(context: &NotifierContext, claimed: &ClaimedNotice) {
    let claim = &*claimed.claim;
    let mut objections = Objections::default();
    let Ok(settlement) = attempt(context, claimed, &mut objections).await else {
        tracing::warn!(
            notice.id = claim.lease.notice_id,
            "the lease was lost, or the notice stands no longer; nothing was sent"
        );
        return;
    };
    crash_point("worker::before_settle");
    let settled = settle(context, claimed, &settlement, &objections).await;
    crash_point("worker::after_settle");
    match settled {
        Ok(is_ours) => {
            context.report(claim.content.kind(), outcome_of(&settlement));
            tell(claim, &settlement, is_ours, context.now());
        }
        Err(error) => tracing::error!(
            notice.id = claim.lease.notice_id,
            error = &error as &dyn std::error::Error,
            "cannot settle a notice; it is left to the end of its lease"
        ),
    }
}

/// Logs the outcome of a notice. A notice that waits or was given up is a warning, with the reason and the next try.
fn tell(claim: &Claim, settlement: &Settlement, is_ours: bool, now: UnixMicros) {
    let (told, reason, next_at) = describe(settlement);
    let tenant = claim.tenant.as_ref().map(|tenant| tenant.record.id.as_str());
    let (id, kind, attempt) = (claim.lease.notice_id, claim.content.kind(), claim.attempt);
    match reason {
        None => tracing::info!(
            notice.id = id,
            notice.kind = kind,
            notice.attempt = attempt,
            tenant.id = tenant,
            lease.held = is_ours,
            "{told}"
        ),
        Some(reason) => tracing::warn!(
            notice.id = id,
            notice.kind = kind,
            notice.attempt = attempt,
            tenant.id = tenant,
            lease.held = is_ours,
            reason = without_addresses(reason),
            next_try_in_secs = next_at.map(|at| at.to_unix_seconds().as_secs() - now.to_unix_seconds().as_secs()),
            "{told}"
        ),
    }
}

/// Records the outcome of a notice. It retries while the database fails and the lease lasts, because an outcome that is
/// not recorded leads to a second mail.
async fn settle(
    context: &NotifierContext,
    claimed: &ClaimedNotice,
    settlement: &Settlement,
    objections: &Objections,
) -> Result<bool, StoreError> {
    let (claim, terms) = (&claimed.claim, &context.rules.claim);
    loop {
        let settling = context
            .store
            .outbox()
            .settle(&claim.lease, settlement.clone(), objections, terms, context.now());
        let error = match settling.await {
            Err(error) if lease_left(context, claimed) > SETTLE_PAUSE => error,
            settled => return settled,
        };
        tracing::warn!(
            notice.id = claim.lease.notice_id,
            error = &error as &dyn std::error::Error,
            "cannot settle a notice yet"
        );
        tokio::time::sleep(SETTLE_PAUSE).await;
    }
}

/// Returns the usable rest of the lease by the monotonic clock, which keeps running while the process is stopped and
/// which nobody sets.
fn lease_left(context: &NotifierContext, claimed: &ClaimedNotice) -> Duration {
    context
        .lease()
        .saturating_sub(claimed.at.elapsed())
        .saturating_sub(LEASE_MARGIN)
}

/// The loss of a notice: the lease is lost, or cannot be shown to be held, or the notice is superseded. Nothing is left
/// to record here.
struct Lost;

impl From<StoreError> for Lost {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "cannot use the lease of a notice");
        Self
    }
}

async fn attempt(context: &NotifierContext, claimed: &ClaimedNotice, objections: &mut Objections) -> Result<Settlement, Lost> {
    let claim = &*claimed.claim;
    if let Some(reason) = context
        .rules
        .unnamed
        .filter(|_| claim.content.audience() == Audience::Customer)
    {
        return Ok(later(context, claim, reason.to_owned()));
    }
    let groups = match groups(claim, &context.rules.staff) {
        Ok(groups) => groups,
        Err(nobody) => return Ok(superseded(nobody.0)),
    };
    let suppressed = context.store.outbox().suppressed_among(&addresses(&groups)).await?;
    let groups = without(groups, &suppressed);
    if groups.is_empty() {
        return Ok(never(nobody_left(claim.content.audience()).to_owned()));
    }
    let letter = match write_letter(context, claim) {
        Ok(letter) => letter,
        Err(error) => return Ok(never(error)),
    };
    let batch = RecipientBatch::first_of(groups);
    let from = context.sender.envelope_from(claim.lease.notice_id);
    let begun = context.transport.begin(&from, batch.is_international).await;
    context.heard(begun.as_ref().map(|_transaction| ())).await;
    let mut transaction = match begun {
        Ok(transaction) => transaction,
        Err(error) => return Ok(failed(context, claim, error, objections)),
    };
    let replies = match name_recipients(context, claim, &mut transaction, batch).await {
        Ok(replies) => replies,
        Err(error) => return Ok(failed(context, claim, error, objections)),
    };
    objections.rejections = replies.rejections();
    objections.refusal = replies.refusal(claim);
    if replies.accepted.is_empty() {
        transaction.cancel().await;
        return Ok(match replies.waits_for() {
            Some(reason) => later(context, claim, reason),
            None => never("every address was refused by its mail server".to_owned()),
        });
    }
    let message_id = context.sender.message_id(&claim.dedupe_key);
    let composed = context
        .sender
        .compose(&letter, &replies.accepted, &message_id, context.now().to_unix_seconds());
    let message = match composed {
        Ok(message) => message,
        Err(error) => {
            transaction.cancel().await;
            return Ok(never(error.to_string()));
        }
    };
    let sent = hand_over(context, claimed, transaction, &replies.accepted, &message).await?;
    Ok(match sent {
        Ok(()) => Settlement::Sent {
            to: replies.accepted.iter().map(|to| to.email().to_owned()).collect(),
            rest_at: replies.waits_for().map(|_| context.again_at(claim.attempt)),
        },
        Err(error) => failed(context, claim, error, objections),
    })
}

/// Returns the reason why no recipient is left.
fn nobody_left(audience: Audience) -> &'static str {
    match audience {
        Audience::Admin => "every address in DUNLIN_MAIL_ADMIN is suppressed: correct it, or run `dunlin mail allow ADDRESS`",
        Audience::Sales => "every address in DUNLIN_MAIL_SALES is suppressed: correct it, or run `dunlin mail allow ADDRESS`",
        Audience::Customer => "there is no contact that can be written to",
    }
}

/// Hands the message over. Once the row says `transmitting`, it is unknown whether the server took the message.
async fn hand_over(
    context: &NotifierContext,
    claimed: &ClaimedNotice,
    transaction: MailTransaction<'_>,
    to: &[Recipient],
    message: &[u8],
) -> Result<Result<(), SendError>, Lost> {
    let data = match transaction.start_data().await {
        Ok(data) => data,
        Err(error) => return Ok(Err(error)),
    };
    crash_point("worker::before_transmitting");
    let message_id = context.sender.message_id(&claimed.claim.dedupe_key);
    let handed_over = handed_over(&message_id, to);
    let is_ours = context
        .store
        .outbox()
        .begin_transmission(&claimed.claim.lease, &handed_over, context.now())
        .await?;
    crash_point("worker::after_transmitting");
    // A process that was suspended in between resumes with an expired lease.
    let patience = lease_left(context, claimed);
    if !is_ours || patience.is_zero() {
        data.abandon();
        return Err(Lost);
    }
    let sent = data.transmit(message, &message_id, patience).await;
    crash_point("worker::after_transmission");
    Ok(sent)
}

/// Returns the record of the mail by which its bounces are recognized.
fn handed_over(message_id: &str, to: &[Recipient]) -> HandedOver {
    let recipients = to.iter().map(|to| MailRecipient {
        email: to.email().to_owned(),
        address: to.comparable(),
    });
    HandedOver {
        message_id: message_id.trim_matches(['<', '>']).to_owned(),
        to: recipients.collect(),
    }
}

fn failed(context: &NotifierContext, claim: &Claim, error: SendError, objections: &mut Objections) -> Settlement {
    match error {
        SendError::Later(reason) => later(context, claim, reason),
        SendError::Refused(reason) => {
            objections.refusal = Some(reason.clone());
            later(context, claim, reason)
        }
        SendError::Unknown(reason) => Settlement::Unknown {
            at: context.again_at(claim.attempt),
            reason,
        },
    }
}

fn later(context: &NotifierContext, claim: &Claim, reason: String) -> Settlement {
    Settlement::Later {
        at: context.again_at(claim.attempt),
        reason,
    }
}

fn never(reason: String) -> Settlement {
    Settlement::Never { reason }
}

fn superseded(reason: &str) -> Settlement {
    Settlement::Superseded {
        reason: reason.to_owned(),
    }
}

/// Returns the outcome of a notice for the log: a sentence, the reason, and the time of the next try.
fn describe(settlement: &Settlement) -> (&'static str, Option<&str>, Option<UnixMicros>) {
    match settlement {
        Settlement::Sent { rest_at: None, .. } => ("a notice was sent", None, None),
        Settlement::Sent { .. } => ("a notice was sent to some of its recipients", None, None),
        Settlement::Later { at, reason } => ("a notice could not be sent yet", Some(reason), Some(*at)),
        Settlement::Never { reason } => ("a notice cannot be sent", Some(reason), None),
        Settlement::Unknown { at, reason } => ("a notice may or may not have been sent", Some(reason), Some(*at)),
        Settlement::Superseded { .. } => ("a notice has nobody to go to", None, None),
    }
}

fn outcome_of(settlement: &Settlement) -> AttemptOutcome {
    match settlement {
        Settlement::Sent { .. } => AttemptOutcome::Sent,
        Settlement::Later { .. } => AttemptOutcome::Deferred,
        Settlement::Never { .. } => AttemptOutcome::Dead,
        Settlement::Unknown { .. } => AttemptOutcome::Unknown,
        Settlement::Superseded { .. } => AttemptOutcome::Superseded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_settlement_has_an_outcome_and_is_logged_with_its_reason_and_next_try() {
        let (at, reason) = (UnixMicros::new(1), || "why".to_owned());
        let sent = |rest_at| Settlement::Sent { to: Vec::new(), rest_at };
        for (settlement, outcome, told, next_at) in [
            (sent(None), AttemptOutcome::Sent, None, None),
            (sent(Some(at)), AttemptOutcome::Sent, None, None),
            (
                Settlement::Later { at, reason: reason() },
                AttemptOutcome::Deferred,
                Some("why"),
                Some(at),
            ),
            (
                Settlement::Never { reason: reason() },
                AttemptOutcome::Dead,
                Some("why"),
                None,
            ),
            (
                Settlement::Unknown { at, reason: reason() },
                AttemptOutcome::Unknown,
                Some("why"),
                Some(at),
            ),
            (
                Settlement::Superseded { reason: reason() },
                AttemptOutcome::Superseded,
                None,
                None,
            ),
        ] {
            assert_eq!(outcome_of(&settlement), outcome);
            let (_, why, next) = describe(&settlement);
            assert_eq!((why, next), (told, next_at), "{settlement:?}");
        }
    }
}
