//! The naming of a letter's recipients to the mail server, and its reply to each.

use mail::{MailTransaction, Recipient, RecipientReply, SendError};
use persistence::{Claim, Rejection};
use subscription::Audience;

use crate::context::NotifierContext;
use crate::recipients::Groups;
use crate::refusals::{Refused, Witness};

/// The recipients that one message can go to.
pub(crate) struct RecipientBatch {
    groups: Groups,
    /// Naming them takes SMTPUTF8.
    pub(crate) is_international: bool,
    /// Other recipients of the first group follow later.
    has_rest: bool,
}

impl RecipientBatch {
    /// Returns the batch to write to first: the recipients that need no SMTPUTF8, if there are any. Every server on the
    /// way that does not know SMTPUTF8 refuses a message sent with it (RFC 6531, section 3.2).
    pub(crate) fn first_of(groups: Groups) -> Self {
        let is_ascii = |to: &Recipient| !to.is_international();
        let first = groups.first().map(Vec::as_slice).unwrap_or_default();
        if !first.iter().any(is_ascii) {
            return Self {
                groups,
                is_international: true,
                has_rest: false,
            };
        }
        let has_rest = !first.iter().all(is_ascii);
        let ascii = |group: Vec<Recipient>| group.into_iter().filter(is_ascii).collect();
        Self {
            groups: groups.into_iter().map(ascii).collect(),
            is_international: false,
            has_rest,
        }
    }
}

/// The server's replies to the recipients.
#[derive(Default)]
pub(crate) struct RecipientReplies {
    pub(crate) accepted: Vec<Recipient>,
    /// The server's words, if it defers some of them.
    deferred: Option<String>,
    /// The server's words, if it refuses some of them for a reason other than their addresses.
    refused: Option<String>,
    /// The recipients whose addresses are bad.
    rejected: Vec<Refused>,
    /// The recipients whose addresses may be bad.
    doubted: Vec<Refused>,
}

/// The attempt from which on the admin hears that the server refuses an address that may be good.
const DOUBT_IS_TOLD_FROM: i64 = 3;

impl RecipientReplies {
    /// Returns the addresses that take no mail.
    pub(crate) fn rejections(&self) -> Vec<Rejection> {
        let rejection = |one: &Refused| Rejection {
            email: one.recipient.email().to_owned(),
            reply: one.rejected.reply.clone(),
        };
        self.rejected.iter().map(rejection).collect()
    }

    /// Returns the refusal that the admin is told of: the server refuses Dunlin, or seems to.
    pub(crate) fn refusal(&self, claim: &Claim) -> Option<String> {
        let in_doubt = self.in_doubt().filter(|_| claim.attempt >= DOUBT_IS_TOLD_FROM);
        self.refused.clone().or(in_doubt)
    }

    fn in_doubt(&self) -> Option<String> {
        self.doubted.first().map(|one| one.rejected.reply.clone())
    }

    /// Returns the reason why some recipients are to be tried again.
    pub(crate) fn waits_for(&self) -> Option<String> {
        self.deferred
            .clone()
            .or_else(|| self.refused.clone())
            .or_else(|| self.in_doubt())
    }
}

/// Names the recipients group by group, until there is one who can be written to now or later.
pub(crate) async fn name_recipients(
    context: &NotifierContext,
    claim: &Claim,
    transaction: &mut MailTransaction<'_>,
    batch: RecipientBatch,
) -> Result<RecipientReplies, SendError> {
    let (mut replies, mut refused) = (RecipientReplies::default(), Vec::new());
    if batch.has_rest {
        replies.deferred = Some("some addresses need SMTPUTF8, and are written to after the others".to_owned());
    }
    for group in batch.groups {
        for recipient in group {
            match transaction.recipient(&recipient.address).await? {
                RecipientReply::Accepted => replies.accepted.push(recipient),
                RecipientReply::Deferred(reply) => replies.deferred = Some(reply),
                RecipientReply::Refused(reply) => replies.refused = Some(reply),
                RecipientReply::Rejected(rejected) => refused.push(Refused { recipient, rejected }),
            }
        }
        if !replies.accepted.is_empty() || replies.deferred.is_some() {
            break;
        }
    }
    weigh(context, claim, transaction, refused, &mut replies).await?;
    Ok(replies)
}

/// Decides whether the refused addresses are bad, or whether the server refuses Dunlin.
async fn weigh(
    context: &NotifierContext,
    claim: &Claim,
    transaction: &mut MailTransaction<'_>,
    refused: Vec<Refused>,
    replies: &mut RecipientReplies,
) -> Result<(), SendError> {
    let is_for_customer = claim.content.audience() == Audience::Customer;
    if is_for_customer {
        replies.accepted.iter().for_each(|customer| context.refusals.taken(customer));
    }
    if refused.is_empty() {
        return Ok(());
    }
    let witness = match replies.accepted.first() {
        Some(taken) if is_for_customer => Some(Witness::Customer(taken.clone())),
        Some(taken) => Some(Witness::Colleague(taken.clone())),
        // No recipient was accepted, so no mail goes: a witness named now is sent nothing.
        None => context.refusals.witness(&refused, &context.rules.staff.admin),
    };
    let Some(witness) = witness else {
        replies.doubted = refused;
        return Ok(());
    };
    let is_taken =
        !replies.accepted.is_empty() || transaction.recipient(&witness.recipient().address).await? == RecipientReply::Accepted;
    if is_taken {
        (replies.rejected, replies.doubted) = refused.into_iter().partition(|one| witness.speaks_against(one));
    } else {
        replies.refused = refused.first().map(|one| one.rejected.reply.clone());
    }
    Ok(())
}
