//! The check-up that a person asks for: Dunlin's own side first, then Stripe's.

use intake::clock;
use stripe_client::{ClientError, StripeClient};

use crate::finding::{Finding, Report};
use crate::{Doctor, Options, database, key};

/// The checks of Dunlin's own side that only the caller can make.
#[derive(Debug)]
pub struct OwnSide<M> {
    /// The findings about the settings.
    pub settings: Vec<Finding>,
    /// The look at the mail server.
    pub mail_server: M,
}

/// The way to Stripe, as configured.
#[derive(Debug)]
pub enum StripeAccess {
    /// No API key is set.
    NoKey,
    /// The key cannot be sent. Without an error, the findings about the settings say why.
    Unusable(Option<ClientError>),
    /// Stripe can be asked.
    Client(Box<StripeClient>),
}

/// Checks everything. The database must be there already: none is made.
pub async fn check_up(options: &Options, stripe: &StripeAccess, own: OwnSide<impl Future<Output = Finding>>) -> Report {
    let mut findings = own.settings;
    let (store, found) = database::open(options).await;
    findings.extend(found);
    findings.push(own.mail_server.await);
    findings.extend(refused(stripe));
    let doctor = Doctor::new(options.clone(), stripe.client(), store.as_ref());
    let examined = doctor.examine().await.findings;
    // The absence of a key is only reported if none was set.
    let is_said = matches!(stripe, StripeAccess::Unusable(_));
    findings.extend(examined.into_iter().filter(|finding| !(is_said && finding.id == key::ID)));
    if let Some(store) = store
        && let Err(error) = store.close().await
    {
        findings.push(database::unreachable(&error));
    }
    Report {
        at: clock::now(),
        findings,
    }
}

impl StripeAccess {
    fn client(&self) -> Option<&StripeClient> {
        match self {
            Self::Client(client) => Some(client),
            Self::NoKey | Self::Unusable(_) => None,
        }
    }
}

fn refused(stripe: &StripeAccess) -> Option<Finding> {
    match stripe {
        StripeAccess::Unusable(Some(error)) => Some(key::refused(error)),
        StripeAccess::NoKey | StripeAccess::Unusable(None) | StripeAccess::Client(_) => None,
    }
}
