//! The HTTP server: actix-web's, with a bound on what is read of one connection at a time.

use std::io::{self, IoSlice};
use std::net::TcpListener;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_server::{Server, ServerHandle};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use actix_web::{App, Error};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::{JoinError, JoinHandle};

use crate::app_state::AppState;
use crate::auth::ApiKeys;
use crate::body::BODY_DEADLINE;
use crate::routes;

/// The threads that read requests. They only verify and parse; the committer does the work.
const WORKERS: usize = 2;
/// The connections that each thread serves at a time.
const MAX_CONNECTIONS: usize = 1024;
/// The seconds that requests in progress have to finish once the server stops. They are more than a body's deadline.
const SHUTDOWN_TIMEOUT_SECS: u64 = 15;
const _: () = assert!(SHUTDOWN_TIMEOUT_SECS > BODY_DEADLINE.as_secs());
/// The time that a sender has for the head of its request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// The time that a sender has to see an answer given before the end of its body.
const DISCONNECT_TIMEOUT: Duration = Duration::from_millis(100);
/// The bytes that are read of one connection before they are looked at: what actix-http makes room for at first. Most
/// deliveries are smaller.
const TURN_BYTES: usize = 8 * 1024;

/// A running server.
#[derive(Debug)]
pub struct HttpServer {
    handle: ServerHandle,
    running: JoinHandle<io::Result<()>>,
    /// The result, if it has ended by itself.
    ended: Option<io::Result<()>>,
}

impl HttpServer {
    /// Starts to serve the API on this listener, for callers with one of the keys.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub fn start(listener: TcpListener, keys: ApiKeys, state: AppState) -> io::Result<Self> {
        let server = serve(listener, keys, state)?;
        Ok(Self {
            handle: server.handle(),
            running: tokio::spawn(server),
            ended: None,
        })
    }

    /// Waits until the server ends by itself. [`HttpServer::stop`] returns the result.
    pub async fn ended(&mut self) {
        self.ended = Some(joined((&mut self.running).await));
    }

    /// Stops the server, if it has not ended by itself. Requests in progress are answered first.
    ///
    /// # Errors
    /// The reason why it failed.
    pub async fn stop(self) -> io::Result<()> {
        if let Some(ended) = self.ended {
            return ended;
        }
        self.handle.stop(true).await;
        joined(self.running.await)
    }
}

fn joined(ended: Result<io::Result<()>, JoinError>) -> io::Result<()> {
    ended.map_err(io::Error::other)?
}

/// Makes the application: all routes, with what they share.
pub(crate) fn app(
    keys: Data<ApiKeys>,
    state: Data<AppState>,
) -> App<impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>> {
    App::new()
        .app_data(keys)
        .app_data(state)
        .wrap(from_fn(routes::at_the_door))
        .configure(routes::configure)
}

/// Makes the server of this listener. It runs once it is awaited.
///
/// It does what `HttpServer::listen` of actix-web does, which cannot wrap a connection in [`Paced`].
fn serve(listener: TcpListener, keys: ApiKeys, state: AppState) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let (keys, state) = (Data::new(keys), Data::new(state));
    let server = Server::build()
        .workers(WORKERS)
        .max_concurrent_connections(MAX_CONNECTIONS)
        .shutdown_timeout(SHUTDOWN_TIMEOUT_SECS)
        .disable_signals();
    let stopping = server.graceful_shutdown_signal();
    let service = move || {
        let stopping = stopping.clone();
        let app = app(keys.clone(), state.clone())
            .into_factory()
            .map_err(|error: Error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .local_addr(address)
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(|connection: TcpStream| async move {
            let peer = connection.peer_addr().ok();
            Ok::<_, DispatchError>((Paced::new(connection), peer))
        })
        .and_then(http)
    };
    Ok(server.listen("dunlin", listener, service)?.run())
}

/// A connection that pauses after each [`TURN_BYTES`] that were read.
///
/// actix-http reads for as long as bytes are there, up to 128 KiB, before it looks at the first of them. With many
/// senders at once this would fill the memory before any of them can be refused.
struct Paced {
    connection: TcpStream,
    read_bytes: usize,
}

impl Paced {
    const fn new(connection: TcpStream) -> Self {
        Self {
            connection,
            read_bytes: 0,
        }
    }
}

impl AsyncRead for Paced {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read_bytes >= TURN_BYTES {
            self.read_bytes = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let filled = buffer.filled().len();
        let polled = Pin::new(&mut self.connection).poll_read(context, buffer);
        self.read_bytes = match polled {
            Poll::Ready(Ok(())) => self.read_bytes + (buffer.filled().len() - filled),
            Poll::Ready(Err(_)) | Poll::Pending => 0,
        };
        polled
    }
}

impl AsyncWrite for Paced {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}
