//! The naming of a letter's recipients to the mail server, and its reply to each.

use mail::{MailTransaction, Recipient, RecipientReply, SendError};
use persistence::{Claim, Rejection};
use subscription::notices::Audience;

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

#[cfg(test)]
mod tests {
    use mail::Rejected;

    use super::*;

    fn group(emails: &[&str]) -> Vec<Recipient> {
        let recipients = emails.iter().map(|email| Recipient::parse(email, "").unwrap());
        recipients.collect()
    }

    /// Checks which groups a first batch has, whether it takes SMTPUTF8, and whether others follow.
    fn check(groups: &[&[&str]], expected: &[&[&str]], is_international: bool, has_rest: bool) {
        let batch = RecipientBatch::first_of(groups.iter().map(|emails| group(emails)).collect());
        let expected: Groups = expected.iter().map(|emails| group(emails)).collect();
        assert_eq!(batch.groups, expected, "{groups:?}");
        assert_eq!(
            (batch.is_international, batch.has_rest),
            (is_international, has_rest),
            "{groups:?}"
        );
    }

    #[test]
    fn recipients_that_need_smtputf8_are_written_to_after_the_others() {
        let (bo, ann) = ("bo@example.com", "ann@example.com");
        let international = "børge@example.com";
        check(&[&[bo, ann]], &[&[bo, ann]], false, false);
        check(&[&[bo, international]], &[&[bo]], false, true);
        check(&[&[bo], &[international]], &[&[bo], &[]], false, false);
        check(&[&[international], &[bo]], &[&[international], &[bo]], true, false);
    }

    #[test]
    fn a_server_that_defers_is_waited_for_before_one_that_refuses_or_may_be_wrong() {
        let doubted = Refused {
            recipient: Recipient::parse("bo@example.com", "").unwrap(),
            rejected: Rejected {
                reply: "550 no".to_owned(),
                is_enhanced: false,
            },
        };
        let mut replies = RecipientReplies::default();
        assert_eq!(replies.waits_for(), None);
        replies.doubted.push(doubted);
        assert_eq!(replies.waits_for().as_deref(), Some("550 no"));
        assert_eq!(replies.rejections(), [], "it may be good");
        replies.refused = Some("554 not you".to_owned());
        assert_eq!(replies.waits_for().as_deref(), Some("554 not you"));
        replies.deferred = Some("451 later".to_owned());
        assert_eq!(replies.waits_for().as_deref(), Some("451 later"));
    }
}
