//! Naming the recipients of a letter to the mail server, and what it says to each.

use mail::{Offer, Recipient, RecipientReply, SendError};
use persistence::{Claim, Rejection};
use subscription::Audience;

use crate::recipients::Groups;
use crate::refusals::{Refused, Witness};
use crate::room::Post;

/// Those who can be written to together.
pub(crate) struct Batch {
    groups: Groups,
    /// It takes SMTPUTF8 to name them.
    pub(crate) is_international: bool,
    /// Others of the first group come after them.
    has_rest: bool,
}

impl Batch {
    /// A message that is sent with SMTPUTF8 is refused by every server on its way that does not know it (RFC 6531, section 3.2). So
    /// whoever can do without is written to first.
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

/// What the server says to the recipients.
#[derive(Default)]
pub(crate) struct Named {
    pub(crate) accepted: Vec<Recipient>,
    /// The server asks some of them to wait, in these words.
    deferred: Option<String>,
    /// The server refuses some of them, or all, and does not mean their addresses.
    refused: Option<String>,
    /// The addresses of these are bad.
    rejected: Vec<Refused>,
    /// It is not known whether the addresses of these are bad.
    doubted: Vec<Refused>,
}

/// From this attempt on it is told that the server refuses an address which may be a good one.
const DOUBT_IS_TOLD_FROM: i64 = 3;

impl Named {
    /// Addresses that take no mail.
    pub(crate) fn rejections(&self) -> Vec<Rejection> {
        let rejection = |one: &Refused| Rejection {
            email: one.recipient.email().to_owned(),
            reply: one.rejected.reply.clone(),
        };
        self.rejected.iter().map(rejection).collect()
    }

    /// What our admin is to be told of: the server refuses us, or seems to.
    pub(crate) fn refusal(&self, claim: &Claim) -> Option<String> {
        let in_doubt = self.in_doubt().filter(|_| claim.attempt >= DOUBT_IS_TOLD_FROM);
        self.refused.clone().or(in_doubt)
    }

    fn in_doubt(&self) -> Option<String> {
        self.doubted.first().map(|one| one.rejected.reply.clone())
    }

    /// Why some recipients are to be tried again.
    pub(crate) fn waits_for(&self) -> Option<String> {
        self.deferred
            .clone()
            .or_else(|| self.refused.clone())
            .or_else(|| self.in_doubt())
    }
}

/// Names the recipients group by group, until there is one who can be written to now or later.
pub(crate) async fn name_recipients(post: &Post, claim: &Claim, offer: &mut Offer<'_>, batch: Batch) -> Result<Named, SendError> {
    let (mut named, mut refused) = (Named::default(), Vec::new());
    if batch.has_rest {
        named.deferred = Some("some addresses need SMTPUTF8, and are written to after the others".to_owned());
    }
    for group in batch.groups {
        for recipient in group {
            match offer.recipient(&recipient.address).await? {
                RecipientReply::Accepted => named.accepted.push(recipient),
                RecipientReply::Deferred(reply) => named.deferred = Some(reply),
                RecipientReply::Refused(reply) => named.refused = Some(reply),
                RecipientReply::Rejected(rejected) => refused.push(Refused { recipient, rejected }),
            }
        }
        if !named.accepted.is_empty() || named.deferred.is_some() {
            break;
        }
    }
    weigh(post, claim, offer, refused, &mut named).await?;
    Ok(named)
}

/// Finds out whether the refused have bad addresses, or whether it is us whom the server refuses.
async fn weigh(
    post: &Post,
    claim: &Claim,
    offer: &mut Offer<'_>,
    refused: Vec<Refused>,
    named: &mut Named,
) -> Result<(), SendError> {
    let is_for_customer = claim.matter.audience() == Audience::Customer;
    if is_for_customer {
        named.accepted.iter().for_each(|customer| post.refusals.taken(customer));
    }
    if refused.is_empty() {
        return Ok(());
    }
    let witness = match named.accepted.first() {
        Some(taken) if is_for_customer => Some(Witness::Customer(taken.clone())),
        Some(taken) => Some(Witness::Colleague(taken.clone())),
        // Nobody was taken, so no mail goes: whoever is named now is sent nothing.
        None => post.refusals.witness(&refused, &post.rules.team.admin),
    };
    let Some(witness) = witness else {
        named.doubted = refused;
        return Ok(());
    };
    let is_taken = !named.accepted.is_empty() || offer.recipient(&witness.recipient().address).await? == RecipientReply::Accepted;
    if is_taken {
        (named.rejected, named.doubted) = refused.into_iter().partition(|one| witness.speaks_against(one));
    } else {
        named.refused = refused.first().map(|one| one.rejected.reply.clone());
    }
    Ok(())
}
