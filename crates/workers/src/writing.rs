//! The letter for a claimed notice.

use mail::{
    Addressee, Background, Digest, DriftAlert, DriftedThing, Matter as LetterMatter, RefusedMail, RejectedAddress, StuckNotice,
    Tried,
};
use persistence::{Claim, Matter, TeamNotice, UnixMicros};
use subscription::{Audience, UnixSeconds};

use crate::context::Post;

/// Writes the letter for a claimed notice, or returns the reason why it cannot be written.
pub(crate) fn write(post: &Post, claim: &Claim) -> Result<mail::Letter, String> {
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
        Matter::Team(TeamNotice::MailRefused { reply, at_secs }) => {
            let refused = RefusedMail {
                reply: reply.clone(),
                at: UnixSeconds::new(*at_secs),
            };
            post.letters.write(&LetterMatter::MailRefused(&refused), &to, &background)
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
            let notice = unknown.dispute.notice(&unknown.id);
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
