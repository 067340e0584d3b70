//! A Stripe with prescribed answers, for what the fake one does not know.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use super::now;

/// Serves `answer`, which gets the path and the query of each request. Returns the URL to use as the API's.
pub(crate) fn stripe_that(answer: impl Fn(&str) -> Value + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            serve(&stream, &answer);
        }
    });
    url
}

fn serve(mut stream: &TcpStream, answer: &impl Fn(&str) -> Value) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let body = answer(request.split(' ').nth(1).unwrap_or_default()).to_string();
    let date = jiff::Timestamp::from_second(now())
        .unwrap()
        .strftime("%a, %d %b %Y %H:%M:%S GMT");
    let head = format!(
        "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // The client may have gone.
    drop(stream.write_all((head + &body).as_bytes()));
}
