//! The server: its parts, its start, and its stop without loss.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use configuration::{Config, ConfigError};
use doctor::Doctor;
use http_api::{ApiKeys, AppState, BODY_DEADLINE, Collected, HttpServer, Lookup, Metrics, Readiness};
use intake::{Committer, Sampler, SignatureCounter};
use pay_link::{LinkKeys, LinkRule, PayLinkOptions, PayLinks};
use persistence::{Store, StoreError};
use secrecy::ExposeSecret;
use stripe_client::StripeClient;
use stripe_signature::{BlankSecret, NoSecret, Secret, Verifier};
use tokio::task::JoinHandle;
use workers::{AttemptOutcome, WorkersError};

use crate::api_mail::ApiMail;
use crate::check_up;
use crate::examining::Examining;
use crate::notifier::{MailError, letters};
use crate::opening;
use crate::reconciling::Reconciling;
use crate::stop_signal::StopSignal;
use crate::stripe_api;
use crate::working::Working;

/// The longest time that a stop takes, even if something does not answer. It is less than a process usually gets before
/// it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(25);
/// The connections that may wait to be accepted.
const BACKLOG: i32 = 2048;

/// The reason why the server could not start or run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A webhook secret is blank.
    #[error("a webhook secret in DUNLIN_STRIPE_WEBHOOK_SECRETS is blank")]
    BlankSecret,
    /// There is no webhook secret.
    #[error("no webhook secret: set DUNLIN_STRIPE_WEBHOOK_SECRETS")]
    NoSecret,
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: is another server running there?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The mail configuration cannot be used.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The configured Stripe API cannot be used.
    #[error("Stripe cannot be asked")]
    Stripe(#[from] stripe_client::ClientError),
    /// The workers failed.
    #[error("the workers failed")]
    Workers(#[source] WorkersError),
    /// Work in progress did not finish in time.
    #[error("not all that was under way was finished within {secs} seconds: it is done again later")]
    Unfinished {
        /// The seconds that the stop waited.
        secs: u64,
    },
    /// The process was told to stop while it waited for the database.
    #[error("told to stop before the database could be used")]
    Stopped,
    /// The HTTP server failed.
    #[error("the server failed")]
    Run(#[source] std::io::Error),
}

/// The part of Dunlin that a process runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Role {
    /// Both.
    #[default]
    All,
    /// Accepts webhooks and API calls; owed mails wait for a worker.
    Web,
    /// Sends owed mails, and does the work that falls due by time; accepts nothing.
    Worker,
}

/// A running Dunlin process.
#[derive(Debug)]
pub(crate) struct Running {
    /// The database that it works on.
    pub store: Store,
    web: Option<Web>,
    working: Working,
    reconciling: Option<Reconciling>,
    stop_signal: StopSignal,
}

/// The part that accepts requests.
#[derive(Debug)]
struct Web {
    address: SocketAddr,
    server: HttpServer,
    committing: JoinHandle<()>,
    examining: Examining,
}

impl Running {
    /// Opens and migrates the database, and waits for it if need be. Then, according to the role, it starts the
    /// notifier, listens and accepts.
    ///
    /// # Errors
    /// [`ServeError`] says what prevents the start. It is [`ServeError::Stopped`] if the process was told to stop
    /// meanwhile.
    pub(crate) async fn start(config: &Config, role: Role) -> Result<Self, ServeError> {
        let verifier = match role {
            Role::Worker => None,
            Role::All | Role::Web => Some(verifier(config)?),
        };
        let mut stop_signal = StopSignal::listen().map_err(ServeError::Run)?;
        let store = tokio::select! {
            opened = opening::open(config) => opened?,
            () = stop_signal.came() => return Err(ServeError::Stopped),
        };
        // A process that cannot listen must not claim work either.
        let listener = verifier.as_ref().map(|_| listen(config.listen)).transpose()?;
        let stripe = stripe_api::client(config)?;
        let links = pay_links(config, stripe.clone())?.map(Arc::new);
        let metrics = Metrics::new(&AttemptOutcome::ALL.map(AttemptOutcome::as_str), telemetry::dropped_lines);
        let working = match role {
            Role::Web => Working::default(),
            Role::All | Role::Worker => Working::start(config, &store, links.clone(), &metrics)?,
        };
        let notify = working.waker();
        let receiving = verifier.map(|verifier| (Arc::new(SignatureCounter::of(&verifier)), verifier));
        let webhooks = receiving.as_ref().map(|(signatures, _)| Arc::clone(signatures));
        let reconciling = match role {
            Role::Web => None,
            Role::All | Role::Worker => start_reconciling(config, &store, stripe.clone(), webhooks, notify.clone()),
        };
        let web = receiving
            .zip(listener)
            .map(|((signatures, verifier), listener)| {
                // The processes that answer requests show the doctor's findings.
                let doctor = Doctor::new(check_up::options(config), stripe.as_ref(), Some(&store));
                let examining = Examining::start(doctor, Arc::clone(&signatures), &store, config.doctor.interval_secs);
                let examined = examining.last();
                let reconciled = reconciling.as_ref().map(Reconciling::last);
                let counted = metrics.clone();
                let sampler = Sampler::start(store.clone(), move |is_there| counted.sampled(is_there));
                let mail = Box::new(ApiMail::try_new(config)?);
                let state = |committer: Committer| AppState {
                    verifier,
                    collected: Collected::new(BODY_DEADLINE),
                    filter: config.filter.clone(),
                    readiness: Readiness::of(store.clone(), committer.clone()),
                    committer,
                    lookup: Lookup::start(store.clone()),
                    store: store.clone(),
                    policy: config.policy.clone(),
                    metrics,
                    signatures,
                    stripe,
                    mail,
                    links,
                    examined,
                    reconciled,
                };
                let (committer, committing) = Committer::start(&store, sampler, notify);
                Web::start(config, listener, state(committer), committing, examining)
            })
            .transpose()?;
        Ok(Self {
            store,
            web,
            working,
            reconciling,
            stop_signal,
        })
    }

    /// Returns the address that it listens on, if it listens.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.web.as_ref().map(|web| web.address)
    }

    /// Stops accepting, lets work in progress be committed and answered, or sent, and closes the database.
    ///
    /// # Errors
    /// [`ServeError::Unfinished`] if that took too long: Stripe delivers again what was not answered, and workers claim
    /// again what was claimed. [`ServeError::Run`] or [`ServeError::Workers`] if one of them had failed.
    /// [`ServeError::Store`] if the database does not close.
    pub(crate) async fn stop(self) -> Result<(), ServeError> {
        let stopped = tokio::time::timeout(STOP_TIMEOUT, self.finish()).await;
        stopped.map_err(|_elapsed| ServeError::Unfinished {
            secs: STOP_TIMEOUT.as_secs(),
        })?
    }

    async fn finish(self) -> Result<(), ServeError> {
        let serving = async {
            match self.web {
                Some(web) => web.stop().await,
                None => Ok(()),
            }
        };
        let asking = async {
            match self.reconciling {
                Some(reconciling) => reconciling.stop().await.map_err(ServeError::Workers),
                None => Ok(()),
            }
        };
        let working = async { self.working.stop().await.map_err(ServeError::Workers) };
        let (served, asked, worked) = tokio::join!(serving, asking, working);
        self.store.close().await?;
        served.and(asked).and(worked)
    }

    /// Runs until the process is told to stop (SIGINT or SIGTERM) or the HTTP server ends, then stops.
    ///
    /// # Errors
    /// Those of [`Running::stop`].
    pub(crate) async fn run_until_signal(mut self) -> Result<(), ServeError> {
        let ended = async {
            match &mut self.web {
                Some(web) => web.server.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.stop_signal.came() => tracing::info!("stopping: what is under way is finished first"),
            () = ended => {}
        }
        self.stop().await
    }
}

impl Web {
    fn start(
        config: &Config,
        listener: TcpListener,
        state: AppState,
        committing: JoinHandle<()>,
        examining: Examining,
    ) -> Result<Self, ServeError> {
        let cannot_listen = |source| ServeError::Listen {
            address: config.listen,
            source,
        };
        let address = listener.local_addr().map_err(cannot_listen)?;
        let server = HttpServer::start(listener, ApiKeys::new(&config.api_keys), state).map_err(cannot_listen)?;
        Ok(Self {
            address,
            server,
            committing,
            examining,
        })
    }

    /// Stops the server, if it has not ended by itself. In both cases the deliveries that it accepted are committed.
    async fn stop(self) -> Result<(), ServeError> {
        let served = self.server.stop().await.map_err(ServeError::Run);
        // The state went with the server, and with it the last committer handle. So the task posts the waiting
        // deliveries, and ends.
        let committed = self
            .committing
            .await
            .map_err(|panic| ServeError::Run(std::io::Error::other(panic)));
        let examined = self.examining.stop().await.map_err(ServeError::Workers);
        served.and(committed).and(examined)
    }
}

/// Binds the address. Connections wait there until the server is made.
fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let listener = TcpListener::bind(address).and_then(|listener| {
        rustix::net::listen(&listener, BACKLOG)?;
        Ok(listener)
    });
    listener.map_err(|source| ServeError::Listen { address, source })
}

/// Makes the pay links that are configured, or `None` without a public URL or a secret.
fn pay_links(config: &Config, stripe: Option<StripeClient>) -> Result<Option<PayLinks>, MailError> {
    let (Some(public_url), Some(keys)) = (config.link.public_url.clone(), LinkKeys::new(&config.link.secrets)) else {
        return Ok(None);
    };
    let brand = letters(config)?.brand().clone();
    let options = PayLinkOptions {
        keys,
        public_url,
        lifetime_days: config.link.lifetime_days,
        billing_page: brand.billing_page(),
        // A click leads where letters lead.
        allowed: LinkRule::new(move |text| brand.link(text)),
    };
    Ok(Some(PayLinks::new(options, stripe)))
}

fn start_reconciling(
    config: &Config,
    store: &Store,
    stripe: Option<StripeClient>,
    webhooks: Option<Arc<SignatureCounter>>,
    notify: impl Fn() + Clone + Send + Sync + 'static,
) -> Option<Reconciling> {
    let Some(stripe) = stripe else {
        tracing::warn!("DUNLIN_STRIPE_API_KEY is not set: a lost webhook is noticed only when a later event reveals it");
        return None;
    };
    Reconciling::start(config, store, stripe, webhooks, notify)
}

fn verifier(config: &Config) -> Result<Verifier, ServeError> {
    config.check_secrets()?;
    let secrets = config
        .webhook_secrets
        .iter()
        .map(|secret| Secret::parse(secret.expose_secret()));
    let secrets: Result<Vec<Secret>, BlankSecret> = secrets.collect();
    let secrets = secrets.map_err(|BlankSecret| ServeError::BlankSecret)?;
    let verifier = Verifier::try_new(secrets).map_err(|NoSecret| ServeError::NoSecret)?;
    Ok(verifier.with_tolerance_secs(config.signature_tolerance_secs))
}
