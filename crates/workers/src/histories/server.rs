//! The mail server of a history, in one mood at a time.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rand::RngExt;
use rand::rngs::StdRng;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// The server's behaviour towards everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// The server takes mail for all but the bad addresses.
    Well,
    /// The server gives this answer to a command, whatever the recipient.
    Answers(&'static str, &'static str),
    /// The server hangs up at a command.
    HangsUp(&'static str),
}

const COMMANDS: [&str; 5] = ["EHLO", "MAIL", "RCPT", "DATA", "."];

/// Permanent and temporary refusals of the sender. Some of them sound as if they were about an address.
const REPLIES: [&str; 12] = [
    "550 5.1.1 no such user here",
    "550 5.7.1 relay access denied",
    "550 relay not permitted",
    "550 no",
    "553 5.1.8 bad sender",
    "554 5.7.1 client host rejected",
    "552 5.2.2 mailbox full",
    "504 5.5.2 need a full name",
    "501 syntax",
    "451 4.7.1 greylisted",
    "421 4.3.2 shutting down",
    "452 4.2.2 mailbox full",
];

impl Mood {
    pub(super) fn random(random: &mut StdRng) -> Self {
        let command = COMMANDS[random.random_range(0..COMMANDS.len())];
        match random.random_range(0..10) {
            0..5 => Self::Well,
            5..9 => Self::Answers(command, REPLIES[random.random_range(0..REPLIES.len())]),
            _ => Self::HangsUp(command),
        }
    }

    /// Returns the mood's answer to this command, or `Err` if the server hangs up.
    fn answer(self, command: &str) -> Result<Option<&'static str>, ()> {
        match self {
            Self::Answers(to, reply) if command == to => Ok(Some(reply)),
            Self::HangsUp(at) if command == at => Err(()),
            Self::Well | Self::Answers(..) | Self::HangsUp(_) => Ok(None),
        }
    }
}

pub(super) struct Server {
    address: SocketAddr,
    mood: Mutex<Mood>,
    bad: BTreeSet<String>,
}

/// The refusals of bad addresses. Each address always gets the same one.
const BAD: [&str; 4] = [
    "550 5.1.1 no such user here",
    "550 no such user here",
    "553 5.1.3 no such mailbox",
    "556 5.1.10 the domain takes no mail",
];

impl Server {
    pub(super) async fn start(bad: BTreeSet<String>) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Arc::new(Self {
            address: listener.local_addr().unwrap(),
            mood: Mutex::new(Mood::Well),
            bad,
        });
        let accepting = Arc::downgrade(&server);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Some(server) = accepting.upgrade() else {
                    return;
                };
                stream.set_nodelay(true).unwrap();
                tokio::spawn(async move {
                    // The end of a conversation needs no report, whoever caused it.
                    drop(server.converse(BufStream::new(stream)).await);
                });
            }
        });
        server
    }

    pub(super) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub(super) fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    async fn converse(&self, mut stream: BufStream<TcpStream>) -> std::io::Result<()> {
        say(&mut stream, "220 sink.example ESMTP").await?;
        let mut line = String::new();
        while hear(&mut stream, &mut line).await? {
            let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let Ok(ordered) = self.mood().answer(&command) else {
                return Ok(());
            };
            let answer = ordered.unwrap_or_else(|| self.answer(&command, &line));
            say(&mut stream, answer).await?;
            if answer.starts_with("354") {
                while hear(&mut stream, &mut line).await? && line != ".\r\n" {}
                let Ok(ordered) = self.mood().answer(".") else {
                    return Ok(());
                };
                say(&mut stream, ordered.unwrap_or("250 2.0.0 taken")).await?;
            }
        }
        Ok(())
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }

    fn answer(&self, command: &str, line: &str) -> &'static str {
        match command {
            "RCPT" => self.answer_to(line.split(['<', '>']).nth(1).unwrap()),
            "DATA" => "354 go on",
            _ => "250 2.0.0 ok",
        }
    }

    fn answer_to(&self, address: &str) -> &'static str {
        if self.bad.contains(address) {
            BAD[address.len() % BAD.len()]
        } else {
            "250 2.1.5 ok"
        }
    }
}

async fn say(stream: &mut BufStream<TcpStream>, answer: &str) -> std::io::Result<()> {
    stream.write_all(answer.as_bytes()).await?;
    stream.write_all(b"\r\n").await?;
    stream.flush().await
}

async fn hear(stream: &mut BufStream<TcpStream>, line: &mut String) -> std::io::Result<bool> {
    line.clear();
    Ok(stream.read_line(line).await? > 0)
}
