//! Delivering one notice: written, offered, handed over, settled.

use std::sync::Arc;
use std::time::Duration;

use mail::{
    Addressee, Background, Digest, DriftAlert, DriftedThing, Matter as LetterMatter, Offer, Recipient, RecipientReply,
    RejectedAddress, SendError, StuckNotice, Tried,
};
use persistence::{Claim, Claimed, Matter, Rejection, Settlement, StoreError, TeamNotice, UnixMicros, crash_point};
use subscription::{Audience, Notice, UnixSeconds};
use tokio::time::Instant;

use crate::recipients::groups;
use crate::room::{Post, Taken};

/// Between looks at the outbox when nothing is known to come due sooner and nobody says that something was owed.
const POLL: Duration = Duration::from_secs(1);
/// Between tries to write what became of a notice.
const SETTLE_PAUSE: Duration = Duration::from_millis(500);
/// A lease is not used to its last moment.
const LEASE_MARGIN: Duration = Duration::from_secs(5);

/// Waits for a notice that is to be sent, and claims it.
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

/// Until the next notice is due, one was owed, or it is time to look again.
async fn wait(post: &Post, next_due_at: Option<UnixMicros>) {
    let now = post.now().as_micros();
    let until_due = next_due_at.map(|due_at| Duration::from_micros(u64::try_from(due_at.as_micros() - now).unwrap_or_default()));
    let patience = until_due.map_or(POLL, |until_due| until_due.min(POLL));
    // An early wake-up costs one look; a missed one is made up by the next poll.
    drop(tokio::time::timeout(patience, post.owed.notified()).await);
}

/// Delivers a claimed notice, and writes what became of it.
pub(crate) async fn deliver(post: &Post, taken: &Taken) {
    let claim = &*taken.claim;
    let mut rejections = Vec::new();
    let Ok(settlement) = attempt(post, taken, &mut rejections).await else {
        tracing::warn!(
            notice.id = claim.lease.notice_id,
            "the lease was lost, or the notice stands no longer; nothing was sent"
        );
        return;
    };
    crash_point("worker::before_settle");
    let told = describe(&settlement);
    let settled = settle(post, taken, &settlement, &rejections).await;
    crash_point("worker::after_settle");
    match settled {
        Ok(is_ours) => tracing::info!(
            notice.id = claim.lease.notice_id,
            notice.kind = claim.matter.kind(),
            notice.attempt = claim.attempt,
            lease.held = is_ours,
            "{told}"
        ),
        Err(error) => tracing::error!(
            notice.id = claim.lease.notice_id,
            error = &error as &dyn std::error::Error,
            "cannot settle a notice; it is left to the end of its lease"
        ),
    }
}

/// Writes what became of a notice, again and again while the database fails and the lease lasts: what is not written is sent twice.
async fn settle(post: &Post, taken: &Taken, settlement: &Settlement, rejections: &[Rejection]) -> Result<bool, StoreError> {
    let (claim, terms) = (&taken.claim, &post.rules.claim);
    loop {
        let settling = post
            .store
            .settle_notice(&claim.lease, settlement.clone(), rejections, terms, post.now());
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

/// How long the lease can be used, by the machine's time: it goes on while the process is stopped, and nobody sets it.
fn lease_left(post: &Post, taken: &Taken) -> Duration {
    post.lease().saturating_sub(taken.at.elapsed()).saturating_sub(LEASE_MARGIN)
}

/// The lease is lost, or cannot be shown to be held, or the notice was overtaken. Nothing is left to write about it here.
struct Lost;

impl From<StoreError> for Lost {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "cannot use the lease of a notice");
        Self
    }
}

async fn attempt(post: &Post, taken: &Taken, rejections: &mut Vec<Rejection>) -> Result<Settlement, Lost> {
    let claim = &*taken.claim;
    let groups = match groups(claim, &post.rules.team) {
        Ok(groups) => groups,
        Err(nobody) => return Ok(superseded(nobody.0)),
    };
    if groups.iter().all(Vec::is_empty) {
        return Ok(never("there is no contact that can be written to".to_owned()));
    }
    let letter = match write(post, claim) {
        Ok(letter) => letter,
        Err(error) => return Ok(never(error)),
    };
    let mut offer = match post.transport.offer(&post.sender.from.email).await {
        Ok(offer) => offer,
        Err(error) => return Ok(failed(post, claim, error)),
    };
    let named = match name_recipients(&mut offer, groups, rejections).await {
        Ok(named) => named,
        Err(error) => return Ok(failed(post, claim, error)),
    };
    if named.accepted.is_empty() {
        offer.withdraw().await;
        return Ok(match named.deferred {
            Some(reply) => failed(post, claim, SendError::Later(reply)),
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
    let sent = hand_over(post, taken, offer, &message, &message_id).await?;
    Ok(match sent {
        Ok(()) => Settlement::Sent {
            to: named.accepted.iter().map(|to| to.address.to_string()).collect(),
            rest_at: named.deferred.map(|_| post.again_at(claim.attempt)),
        },
        Err(error) => failed(post, claim, error),
    })
}

/// Hands the message over. From the moment the row says `transmitting` it is not known whether the server took it.
async fn hand_over(
    post: &Post,
    taken: &Taken,
    offer: Offer<'_>,
    message: &[u8],
    message_id: &str,
) -> Result<Result<(), SendError>, Lost> {
    let open = match offer.open().await {
        Ok(open) => open,
        Err(error) => return Ok(Err(error)),
    };
    crash_point("worker::before_transmitting");
    let is_ours = post.store.begin_transmission(&taken.claim.lease, post.now()).await?;
    crash_point("worker::after_transmitting");
    // A process that was stopped between the two comes back with a lease that is over.
    let patience = lease_left(post, taken);
    if !is_ours || patience.is_zero() {
        open.abandon();
        return Err(Lost);
    }
    let sent = open.transmit(message, message_id, patience).await;
    crash_point("worker::after_transmission");
    Ok(sent)
}

/// Whom the server takes the letter for.
#[derive(Default)]
struct Named {
    accepted: Vec<Recipient>,
    /// The server asks some of them to wait, in these words.
    deferred: Option<String>,
}

/// Names the recipients group by group, until there is one who can be written to now or later.
async fn name_recipients(
    offer: &mut Offer<'_>,
    groups: Vec<Vec<Recipient>>,
    rejections: &mut Vec<Rejection>,
) -> Result<Named, SendError> {
    let mut named = Named::default();
    for recipient in groups.into_iter().flat_map(|group| group.into_iter().map(Some).chain([None])) {
        match recipient {
            Some(recipient) => match offer.recipient(&recipient.address).await? {
                RecipientReply::Accepted => named.accepted.push(recipient),
                RecipientReply::Deferred(reply) => named.deferred = Some(reply),
                RecipientReply::Rejected(reply) => rejections.push(Rejection {
                    email: recipient.address.to_string(),
                    reply,
                }),
            },
            // The end of a group.
            None if !named.accepted.is_empty() || named.deferred.is_some() => break,
            None => {}
        }
    }
    Ok(named)
}

/// The letter for a claimed notice.
fn write(post: &Post, claim: &Claim) -> Result<mail::Letter, String> {
    let tenant = claim.tenant.as_ref();
    let is_ours = claim.matter.audience() != Audience::Customer;
    let to = Addressee {
        tenant_id: tenant.map_or("", |tenant| tenant.id.as_str()),
        tenant_name: tenant.map_or("", |tenant| tenant.name.as_str()),
        locale: tenant.filter(|_| !is_ours).map_or("en", |tenant| tenant.locale.as_str()),
        timezone: tenant.filter(|_| !is_ours).map_or("UTC", |tenant| tenant.timezone.as_str()),
    };
    let background = Background {
        access_until: claim
            .access
            .as_ref()
            .filter(|access| access.allowed)
            .and_then(|access| access.valid_until),
        tried: claim.tried.iter().map(|(kind, at)| tried(kind, *at)).collect(),
        pay_link: match &claim.matter {
            Matter::Notice(notice) => post.pay_link(tenant, notice),
            Matter::Team(_) => None,
        },
    };
    let written = match &claim.matter {
        Matter::Notice(notice) => post.letters.write(&LetterMatter::Notice(notice), &to, &background),
        Matter::Team(TeamNotice::AddressRejected { email, reply }) => {
            let rejected = RejectedAddress {
                email: email.clone(),
                reply: reply.clone(),
            };
            post.letters
                .write(&LetterMatter::AddressRejected(&rejected), &to, &background)
        }
        Matter::Team(TeamNotice::Digest(digest)) => {
            post.letters
                .write(&LetterMatter::Digest(&letter_digest(digest)), &to, &background)
        }
        Matter::Team(TeamNotice::DriftAlert(alert)) => {
            post.letters
                .write(&LetterMatter::DriftAlert(&letter_drift_alert(alert)), &to, &background)
        }
        Matter::Team(TeamNotice::UnknownPayer(unknown)) => {
            let payment = unknown.payment.clone();
            let notice = if unknown.is_warning {
                Notice::EarlyFraudWarningAlert(payment)
            } else {
                Notice::DisputeAlert(payment)
            };
            post.letters.write(&LetterMatter::Notice(&notice), &to, &background)
        }
    };
    written.map_err(|error| {
        tracing::error!(
            notice.id = claim.lease.notice_id,
            error = &error as &dyn std::error::Error,
            "a letter cannot be written"
        );
        format!("the letter cannot be written: {error}")
    })
}

fn tried(kind: &str, at: UnixMicros) -> Tried {
    Tried {
        kind: kind.to_owned(),
        at: at.to_unix_seconds(),
    }
}

fn letter_digest(digest: &persistence::Digest) -> Digest {
    let listed = |stuck: &[persistence::Stuck]| {
        let notices = stuck.iter().map(|stuck| StuckNotice {
            id: stuck.id,
            kind: stuck.notice.clone(),
            tenant_id: stuck.tenant_id.clone(),
            reason: stuck.reason.clone(),
        });
        notices.collect()
    };
    Digest {
        since: UnixSeconds::new(digest.since_secs),
        until: UnixSeconds::new(digest.until_secs),
        quarantined: digest.quarantined,
        dead_count: digest.dead_count,
        dead: listed(&digest.dead),
        unknown_count: digest.unknown_count,
        unknown: listed(&digest.unknown),
    }
}

fn letter_drift_alert(alert: &persistence::DriftAlert) -> DriftAlert {
    let thing = |drifted: &persistence::DriftedThing| DriftedThing {
        of: drifted.of.clone(),
        object_id: drifted.object_id.clone(),
        what: drifted.what.clone(),
        from: drifted.from.clone(),
        to: drifted.to.clone(),
        event: drifted.event.clone(),
    };
    DriftAlert {
        count: alert.count,
        since: UnixSeconds::new(alert.since_secs),
        listed: alert.listed.iter().map(thing).collect(),
    }
}

fn failed(post: &Post, claim: &Claim, error: SendError) -> Settlement {
    let at = post.again_at(claim.attempt);
    match error {
        SendError::Later(reason) => Settlement::Later { at, reason },
        SendError::Never(reason) => Settlement::Never { reason },
        SendError::Unknown(reason) => Settlement::Unknown { at, reason },
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

/// For the log: no address, no server's words.
fn describe(settlement: &Settlement) -> &'static str {
    match settlement {
        Settlement::Sent { rest_at: None, .. } => "a notice was sent",
        Settlement::Sent { .. } => "a notice was sent to some of its recipients",
        Settlement::Later { .. } => "a notice could not be sent yet",
        Settlement::Never { .. } => "a notice cannot be sent",
        Settlement::Unknown { .. } => "a notice may or may not have been sent",
        Settlement::Superseded { .. } => "a notice has nobody to go to",
    }
}
