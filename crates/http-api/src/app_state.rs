//! The state that the routes share.

use std::sync::Arc;

use doctor::Report;
use intake::{AccountFilter, Committer, SignatureCounter};
use pay_link::PayLinks;
use persistence::Store;
use reconcile::reconciliation::Reconciled;
use stripe_client::StripeClient;
use stripe_signature::Verifier;
use subscription::access::Policy;
use tokio::sync::watch;

use crate::body::Collected;
use crate::lookup::Lookup;
use crate::mail::Mail;
use crate::metrics::Metrics;
use crate::readiness::Readiness;

/// The state that the routes share.
pub struct AppState {
    /// The check of deliveries.
    pub verifier: Verifier,
    /// The bound on what is received at once.
    pub collected: Collected,
    /// The events that have an effect.
    pub filter: AccountFilter,
    /// The committer that posts deliveries.
    pub committer: Committer,
    /// The look-up of tenants.
    pub lookup: Lookup,
    /// The store, for reading.
    pub store: Store,
    /// The check whether a delivery would be kept.
    pub readiness: Readiness,
    /// The policy that decides access.
    pub policy: Policy,
    /// The counters of deliveries by their outcome.
    pub metrics: Metrics,
    /// The counters of deliveries by their signer.
    pub signatures: Arc<SignatureCounter>,
    /// The client of Stripe, or `None` without an API key.
    pub stripe: Option<StripeClient>,
    /// The side of mail that the routes show.
    pub mail: Box<dyn Mail>,
    /// The maker of pay links, if they are configured.
    pub links: Option<Arc<PayLinks>>,
    /// The doctor's last report.
    pub examined: watch::Receiver<Option<Report>>,
    /// The result of this process's last reconciliation, or `None` if it does none.
    pub reconciled: Option<watch::Receiver<Option<Reconciled>>>,
}
