//! The HTTP server of the fake Stripe.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::HttpDate;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use super::asked::{Asked, params};
use super::{FakeStripe, Reply, Wait};

/// The number of threads that answer.
const WORKERS: usize = 2;
/// The size limit of a request body, larger than that of any request of the API.
const MAX_BODY_BYTES: usize = 64 * 1_024;

/// A running server. It stops when this is dropped, and requests that wait for an answer then get none.
#[derive(Debug)]
pub struct Serving {
    server: ServerHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
    address: SocketAddr,
}

impl Serving {
    /// Returns the address that it listens at.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server has stopped. By itself it does so only on failure.
    ///
    /// # Errors
    /// The failure.
    pub fn wait(mut self) -> io::Result<()> {
        self.thread.take().map_or(Ok(()), join)
    }

    pub(super) fn start(stripe: &FakeStripe, listener: TcpListener) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (handle, started) = mpsc::channel();
        let stripe = stripe.clone();
        let run = move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(web::Data::new(stripe.clone()))
                        .app_data(web::PayloadConfig::new(MAX_BODY_BYTES))
                        .default_service(web::to(answer))
                });
                let server = server.workers(WORKERS).disable_signals().listen(listener)?.run();
                // The receiver is gone if the caller is, and then the server stops with its handle.
                drop(handle.send(server.handle()));
                server.await
            })
        };
        let thread = std::thread::Builder::new().name("fake-stripe".to_owned()).spawn(run)?;
        match started.recv() {
            Ok(server) => Ok(Self {
                server,
                thread: Some(thread),
                address,
            }),
            Err(mpsc::RecvError) => Err(join(thread).err().unwrap_or_else(|| io::Error::other("it did not start"))),
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            // The order takes effect at once. The future, like the thread, only waits for it to be carried out.
            drop(self.server.stop(false));
            drop(join(thread));
        }
    }
}

fn join(thread: JoinHandle<io::Result<()>>) -> io::Result<()> {
    thread.join().unwrap_or_else(|_panic| Err(io::Error::other("it panicked")))
}

async fn answer(stripe: web::Data<FakeStripe>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let header = |name: &str| Some(request.headers().get(name)?.to_str().ok()?.to_owned());
    let mut all = params(request.query_string().as_bytes());
    all.extend(params(&body));
    let asked = Asked {
        method: request.method().as_str().to_owned(),
        path: request.path().to_owned(),
        params: all,
        account: header("stripe-account"),
        api_version: header("stripe-version"),
        idempotency_key: header("idempotency-key"),
    };
    let authorization = header("authorization").unwrap_or_default();
    let key = authorization.strip_prefix("Bearer ").unwrap_or_default().trim();
    let reply = stripe.answer(&asked, key);
    match &reply.wait {
        Wait::No => {}
        Wait::For(time) => actix_web::rt::time::sleep(*time).await,
        Wait::Until(gate) => gate.wait().await,
        Wait::Forever => std::future::pending().await,
    }
    respond(reply)
}

fn respond(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::try_from(reply.date).unwrap_or_default());
    response
        .insert_header(("Date", HttpDate::from(date).to_string()))
        .insert_header(("Content-Type", "application/json"));
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    response.body(reply.body)
}
