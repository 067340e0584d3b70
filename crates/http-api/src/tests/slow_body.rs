//! Bodies that do not arrive, over real sockets.

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::{KEY, SECRET, event, signature, state};
use crate::{ApiKeys, HttpServer};

/// The time that a body has here.
const DEADLINE: Duration = Duration::from_millis(500);
/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Sends the head of a delivery and the beginning of its body.
async fn begin(address: SocketAddr, signature: &str, length: usize, body: &[u8]) -> TcpStream {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/stripe/webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nStripe-Signature: {signature}\r\nContent-Length: {length}\r\n\r\n"
    );
    connection.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    connection
}

async fn answer(mut connection: TcpStream) -> String {
    let mut answer = String::new();
    let reading = connection.read_to_string(&mut answer);
    timeout(PATIENCE, reading).await.unwrap().unwrap();
    answer
}

#[actix_web::test]
async fn a_body_that_trickles_is_408_at_its_deadline_and_harms_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let keys = ApiKeys::new(&[KEY.into()]);
    let server = HttpServer::start(listener, keys, state(&folder, DEADLINE).await).unwrap();
    let began = Instant::now();
    let mut slow = begin(address, "t=1,v1=00", 6000, b"x").await;
    for n in 0..3 {
        slow.write_all(b"x").await.unwrap();
        let body = event(&format!("evt_{n}"));
        let told = answer(begin(address, &signature(&body, SECRET), body.len(), &body).await).await;
        assert!(told.starts_with("HTTP/1.1 200"), "{told}");
        sleep(DEADLINE / 10).await;
    }
    let told = answer(slow).await;
    assert!(told.starts_with("HTTP/1.1 408") && told.contains("body_too_slow"), "{told}");
    assert!(told.contains("within 0.5 s"), "{told}");
    assert!(began.elapsed() >= DEADLINE, "{:?}", began.elapsed());
    server.stop().await.unwrap();
}
