//! The server, put together, run, and stopped without losing anything.

use std::net::SocketAddr;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use persistence::{Store, StoreError};
use secrecy::ExposeSecret;
use stripe_signature::{BlankSecret, NoSecret, Secret, Verifier};
use tokio::task::{JoinError, JoinHandle};

use crate::auth::ApiKeys;
use crate::committer::Committer;
use crate::config::{Config, ConfigError};
use crate::routes::{self, Desk};

/// Seconds that requests under way have to finish once the server stops. Longer than a body's deadline.
const SHUTDOWN_TIMEOUT_SECS: u64 = 15;
/// Threads that read requests. The work is in the committer; these only verify and parse.
const WORKERS: usize = 2;
/// Connections at a time for each of them.
const MAX_CONNECTIONS: usize = 4096;

/// Why the server could not start or run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
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
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The server failed.
    #[error("the server failed")]
    Run(#[source] std::io::Error),
}

/// A server that accepts requests.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// The database it works on.
    pub store: Store,
    handle: ServerHandle,
    server: JoinHandle<std::io::Result<()>>,
    committer: JoinHandle<()>,
}

impl Running {
    /// Starts a server: opens and migrates the database, listens, accepts.
    ///
    /// # Errors
    /// [`ServeError`] says what stands in the way.
    pub async fn start(config: &Config) -> Result<Self, ServeError> {
        config.check_secrets()?;
        let verifier = verifier(config)?;
        let store = Store::connect(config.database_url.expose_secret()).await?;
        store.migrate().await?;
        let (committer, committing) = Committer::start(store.clone());
        let keys = web::Data::new(ApiKeys::new(&config.api_keys));
        let desk = web::Data::new(Desk {
            verifier,
            ours: config.ours.clone(),
            committer,
            store: store.clone(),
            policy: config.policy.clone(),
        });
        let app = move || {
            App::new()
                .app_data(keys.clone())
                .app_data(desk.clone())
                .configure(routes::configure)
        };
        let listen = |source| ServeError::Listen {
            address: config.listen,
            source,
        };
        let server = HttpServer::new(app)
            .workers(WORKERS)
            .max_connections(MAX_CONNECTIONS)
            .shutdown_timeout(SHUTDOWN_TIMEOUT_SECS)
            .disable_signals()
            .bind(config.listen)
            .map_err(listen)?;
        let address = server.addrs().first().copied().unwrap_or(config.listen);
        let server = server.run();
        Ok(Self {
            address,
            store,
            handle: server.handle(),
            server: tokio::spawn(server),
            committer: committing,
        })
    }

    /// Stops accepting, lets what is under way be committed and answered, and closes the database.
    ///
    /// # Errors
    /// [`ServeError::Run`] if the server had failed, [`ServeError::Store`] if the database does not close.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        self.handle.stop(true).await;
        let served = (&mut self.server).await;
        self.finish(served).await
    }

    /// Whatever ended the server: commits what it accepted, and closes the database.
    async fn finish(self, served: Result<std::io::Result<()>, JoinError>) -> Result<(), ServeError> {
        let served = served.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
        // The desk went with the server, and with it the last committer handle: the queue drains and its task ends.
        let committed = self
            .committer
            .await
            .map_err(|panic| ServeError::Run(std::io::Error::other(panic)));
        self.store.close().await?;
        served.map_err(ServeError::Run).and(committed)
    }

    /// Runs until the process is told to stop (SIGINT or SIGTERM), then stops.
    ///
    /// # Errors
    /// As [`Running::stop`].
    pub async fn run_until_signal(mut self) -> Result<(), ServeError> {
        tokio::select! {
            () = stop_signal() => {
                tracing::info!("stopping: what is under way is committed and answered first");
                self.stop().await
            }
            served = &mut self.server => self.finish(served).await,
        }
    }
}

fn verifier(config: &Config) -> Result<Verifier, ServeError> {
    let secrets = config
        .webhook_secrets
        .iter()
        .map(|secret| Secret::parse(secret.expose_secret()));
    let secrets: Result<Vec<Secret>, BlankSecret> = secrets.collect();
    let secrets = secrets.map_err(|BlankSecret| ServeError::BlankSecret)?;
    let verifier = Verifier::try_new(secrets).map_err(|NoSecret| ServeError::NoSecret)?;
    Ok(verifier.with_tolerance_secs(config.signature_tolerance_secs))
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
