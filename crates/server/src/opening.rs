//! The database at the start: opened and updated, and waited for if it is not there yet.

use std::time::Duration;

use configuration::Config;
use intake::{audit, clock};
use persistence::{Store, StoreError, Terms};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};

/// The seconds that Stripe may take to name a payer.
const ASKING_SECS: i64 = 60;
/// The pause between two tries.
const PAUSE: Duration = Duration::from_millis(500);
/// The pause between two log lines during the wait.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// Opens the database, and updates its schema and its conclusions. It waits for a passing failure to end, such as a
/// database that is still starting, as long as is configured.
///
/// # Errors
/// [`StoreError`], at once for a failure that waiting cannot mend, or else the last one.
pub(crate) async fn open(config: &Config) -> Result<Store, StoreError> {
    let began = Instant::now();
    let wait = Duration::from_secs(config.database_wait_secs);
    let mut said_at: Option<Instant> = None;
    loop {
        let error = match try_open(config).await {
            Ok(store) => {
                said_at.inspect(|_| tracing::info!(waited_secs = began.elapsed().as_secs(), "the database can be used"));
                return Ok(store);
            }
            Err(error) if !error.is_passing() || began.elapsed() + PAUSE > wait => return Err(error),
            Err(error) => error,
        };
        if said_at.is_none_or(|at| at.elapsed() >= SAY_EVERY) {
            said_at = Some(Instant::now());
            let left_secs = wait.saturating_sub(began.elapsed()).as_secs();
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                left_secs,
                "the database cannot be used yet, and is waited for"
            );
        }
        sleep(PAUSE).await;
    }
}

async fn try_open(config: &Config) -> Result<Store, StoreError> {
    let store = Store::connect_with(config.database_url.expose_secret(), config.postgres)
        .await?
        .with_terms(terms(config));
    store.migrate().await?;
    audit::refold(&store, clock::now()).await?;
    if !store.waits_for_disk().await? {
        tracing::warn!("PostgreSQL runs with fsync=off: what is acknowledged is lost if its machine loses power");
    }
    Ok(store)
}

/// Returns the terms by which the database decides.
pub(crate) fn terms(config: &Config) -> Terms {
    Terms {
        policy: config.policy.clone(),
        hold_secs: i64::from(config.mail.hold_secs),
        trusted_claims: config.binding.trusted.clone(),
        rebind_when_ended: config.binding.rebind_when_ended,
        cancellation_hold_secs: i64::from(config.mail.cancellation_hold_secs),
        payer_hold_secs: if config.stripe_api.is_some() { ASKING_SECS } else { 0 },
        late_mail_secs: i64::from(config.reconcile.late_mail_hours) * 60 * 60,
    }
}
