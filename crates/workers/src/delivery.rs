//! The delivery of one notice: written, offered, handed over, settled.

use std::sync::Arc;
use std::time::Duration;

use mail::{Offer, Recipient, SendError, without_addresses};
use persistence::{Claim, Claimed, HandedOver, MailRecipient, Objections, Settlement, StoreError, UnixMicros, crash_point};
use subscription::Audience;
use tokio::time::Instant;

use crate::Tried;
use crate::claimed_notice::Taken;
use crate::context::Post;
use crate::naming::{Batch, name_recipients};
use crate::recipients::{addresses, groups, without};
use crate::writing::write;

/// The longest wait between polls of the outbox, if no notice is due sooner and no wake-up comes.
const POLL: Duration = Duration::from_secs(1);
/// The pause between attempts to record a settlement.
const SETTLE_PAUSE: Duration = Duration::from_millis(500);
/// The last part of a lease, which is not used.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// Waits for a notice that is due, and claims it.
pub(crate) async fn next_claim(post: &Arc<Post>) -> Taken {
    loop {
        let (at, in_hand) = (Instant::now(), post.in_hand());
        let claiming = post.store.claim_notice(&post.worker, &post.rules.claim, &in_hand, post.now());
        match claiming.await {
            Ok(Claimed::Notice(claim)) => {
                crash_point("worker::after_claim");
                return Taken::new(post, claim, at);
            }
            Ok(Claimed::Settled) => {}
            Ok(Claimed::Nothing { next_due_at }) => wait(post, next_due_at).await,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "cannot claim a notice");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

/// Waits until the next notice is due, a notice is owed, or the next poll is due.
async fn wait(post: &Post, next_due_at: Option<UnixMicros>) {
    let now = post.now().as_micros();
    let until_due = next_due_at.map(|due_at| Duration::from_micros(u64::try_from(due_at.as_micros() - now).unwrap_or_default()));
    let patience = until_due.map_or(POLL, |until_due| until_due.min(POLL));
    // An early wake-up costs one query. The next poll makes up for a missed one.
    drop(tokio::time::timeout(patience, post.owed.notified()).await);
}

/// Delivers a claimed notice, and records the outcome.
pub(crate) async fn deliver(post: &Post, taken: &Taken) {
    let claim = &*taken.claim;
    let mut objections = Objections::default();
    let Ok(settlement) = attempt(post, taken, &mut objections).await else {
        tracing::warn!(
            notice.id = claim.lease.notice_id,
            "the lease was lost, or the notice stands no longer; nothing was sent"
        );
        return;
    };
    crash_point("worker::before_settle");
    let settled = settle(post, taken, &settlement, &objections).await;
    crash_point("worker::after_settle");
    match settled {
        Ok(is_ours) => {
            post.count(claim.content.kind(), tried(&settlement));
            tell(claim, &settlement, is_ours, post.now());
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
    let tenant = claim.tenant.as_ref().map(|tenant| tenant.id.as_str());
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
async fn settle(post: &Post, taken: &Taken, settlement: &Settlement, objections: &Objections) -> Result<bool, StoreError> {
    let (claim, terms) = (&taken.claim, &post.rules.claim);
    loop {
        let settling = post
            .store
            .settle_notice(&claim.lease, settlement.clone(), objections, terms, post.now());
        let error = match settling.await {
            Err(error) if lease_left(post, taken) > SETTLE_PAUSE => error,
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
fn lease_left(post: &Post, taken: &Taken) -> Duration {
    post.lease().saturating_sub(taken.at.elapsed()).saturating_sub(LEASE_MARGIN)
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

async fn attempt(post: &Post, taken: &Taken, objections: &mut Objections) -> Result<Settlement, Lost> {
    let claim = &*taken.claim;
    if let Some(reason) = post.rules.unnamed.filter(|_| claim.content.audience() == Audience::Customer) {
        return Ok(later(post, claim, reason.to_owned()));
    }
    let groups = match groups(claim, &post.rules.team) {
        Ok(groups) => groups,
        Err(nobody) => return Ok(superseded(nobody.0)),
    };
    let suppressed = post.store.suppressed_among(&addresses(&groups)).await?;
    let groups = without(groups, &suppressed);
    if groups.is_empty() {
        return Ok(never(nobody_left(claim.content.audience()).to_owned()));
    }
    let letter = match write(post, claim) {
        Ok(letter) => letter,
        Err(error) => return Ok(never(error)),
    };
    let batch = Batch::first_of(groups);
    let from = post.sender.envelope_from(claim.lease.notice_id);
    let offered = post.transport.offer(&from, batch.is_international).await;
    post.heard(offered.as_ref().map(|_taken| ())).await;
    let mut offer = match offered {
        Ok(offer) => offer,
        Err(error) => return Ok(failed(post, claim, error, objections)),
    };
    let named = match name_recipients(post, claim, &mut offer, batch).await {
        Ok(named) => named,
        Err(error) => return Ok(failed(post, claim, error, objections)),
    };
    objections.rejections = named.rejections();
    objections.refusal = named.refusal(claim);
    if named.accepted.is_empty() {
        offer.withdraw().await;
        return Ok(match named.waits_for() {
            Some(reason) => later(post, claim, reason),
            None => never("every address was refused by its mail server".to_owned()),
        });
    }
    let message_id = post.sender.message_id(&claim.dedupe_key);
    let composed = post
        .sender
        .compose(&letter, &named.accepted, &message_id, post.now().to_unix_seconds());
    let message = match composed {
        Ok(message) => message,
        Err(error) => {
            offer.withdraw().await;
            return Ok(never(error.to_string()));
        }
    };
    let sent = hand_over(post, taken, offer, &named.accepted, &message).await?;
    Ok(match sent {
        Ok(()) => Settlement::Sent {
            to: named.accepted.iter().map(|to| to.email().to_owned()).collect(),
            rest_at: named.waits_for().map(|_| post.again_at(claim.attempt)),
        },
        Err(error) => failed(post, claim, error, objections),
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
    post: &Post,
    taken: &Taken,
    offer: Offer<'_>,
    to: &[Recipient],
    message: &[u8],
) -> Result<Result<(), SendError>, Lost> {
    let open = match offer.open().await {
        Ok(open) => open,
        Err(error) => return Ok(Err(error)),
    };
    crash_point("worker::before_transmitting");
    let message_id = post.sender.message_id(&taken.claim.dedupe_key);
    let handed_over = handed_over(&message_id, to);
    let is_ours = post
        .store
        .begin_transmission(&taken.claim.lease, &handed_over, post.now())
        .await?;
    crash_point("worker::after_transmitting");
    // A process that was suspended in between resumes with an expired lease.
    let patience = lease_left(post, taken);
    if !is_ours || patience.is_zero() {
        open.abandon();
        return Err(Lost);
    }
    let sent = open.transmit(message, &message_id, patience).await;
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

fn failed(post: &Post, claim: &Claim, error: SendError, objections: &mut Objections) -> Settlement {
    match error {
        SendError::Later(reason) => later(post, claim, reason),
        SendError::Refused(reason) => {
            objections.refusal = Some(reason.clone());
            later(post, claim, reason)
        }
        SendError::Unknown(reason) => Settlement::Unknown {
            at: post.again_at(claim.attempt),
            reason,
        },
    }
}

fn later(post: &Post, claim: &Claim, reason: String) -> Settlement {
    Settlement::Later {
        at: post.again_at(claim.attempt),
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

fn tried(settlement: &Settlement) -> Tried {
    match settlement {
        Settlement::Sent { .. } => Tried::Sent,
        Settlement::Later { .. } => Tried::Deferred,
        Settlement::Never { .. } => Tried::Dead,
        Settlement::Unknown { .. } => Tried::Unknown,
        Settlement::Superseded { .. } => Tried::Superseded,
    }
}
