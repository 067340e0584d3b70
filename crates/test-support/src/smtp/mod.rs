//! An SMTP server that keeps a log of what it took, and misbehaves on order.
//!
//! It speaks the part of RFC 5321 that clients use, with one thread per connection. A mail is in the log before any
//! answer to it is sent: the log, and not a client's belief, says how often a mail was taken.

pub mod aiosmtpd;
mod behaviour;
pub mod exim;
pub mod postfix;

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub use behaviour::{Behaviour, DropPoint, Step};

/// A beginning conversation.
pub struct Session {
    /// The number of the conversation, from 0.
    pub number: u64,
}

/// A mail that the server took.
#[derive(Clone, Debug)]
pub struct Received {
    /// `MAIL FROM`.
    pub from: String,
    /// `RCPT TO`.
    pub to: Vec<String>,
    /// The message, without dot-stuffing.
    pub message: String,
}

impl Received {
    /// Returns its `Message-ID`.
    pub fn message_id(&self) -> String {
        self.header("Message-ID").expect("every mail has an id")
    }

    /// Returns a header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.message.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

/// The record of one conversation.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// The client's commands.
    pub commands: Vec<String>,
    /// The point at which the server broke it off.
    pub dropped_at: Option<DropPoint>,
}

type Behave = dyn Fn(&Session) -> Behaviour + Send + Sync;

struct Shared {
    behave: Box<Behave>,
    received: Mutex<Vec<Received>>,
    conversations: Mutex<Vec<Conversation>>,
    /// The number of conversations that have not ended.
    under_way: AtomicUsize,
    is_over: AtomicBool,
}

/// The server. It ends when it is dropped.
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl SmtpServer {
    /// Starts a server that behaves well.
    pub fn start() -> Self {
        Self::start_with(|_| Behaviour::Well)
    }

    /// Starts a server whose behaviour is chosen conversation by conversation.
    pub fn start_with(behave: impl Fn(&Session) -> Behaviour + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            behave: Box::new(behave),
            received: Mutex::default(),
            conversations: Mutex::default(),
            under_way: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for (stream, number) in listener.incoming().zip(0..) {
                if accepting.is_over.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                shared.under_way.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    converse(&shared, stream.unwrap(), number);
                    shared.under_way.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, shared }
    }

    /// Returns its URL.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Returns its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the mails that it took so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits until all conversations have ended: then everything sent is in the log.
    pub fn wait_until_alone(&self) {
        let began = Instant::now();
        while self.shared.under_way.load(Ordering::SeqCst) > 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "the conversations end");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Returns the conversations so far.
    pub fn conversations(&self) -> Vec<Conversation> {
        self.shared.conversations.lock().unwrap().clone()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // This wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

/// The end of a conversation: it is broken off here, or the client has gone.
struct Over;

struct Talk<'a> {
    shared: &'a Shared,
    behaviour: Behaviour,
    index: usize,
    /// The number of recipients named so far.
    asked: usize,
    reader: BufReader<TcpStream>,
    writer: TcpStream,
}

fn converse(shared: &Shared, stream: TcpStream, number: u64) {
    let index = {
        let mut conversations = shared.conversations.lock().unwrap();
        conversations.push(Conversation::default());
        conversations.len() - 1
    };
    let mut talk = Talk {
        shared,
        behaviour: (shared.behave)(&Session { number }),
        index,
        asked: 0,
        reader: BufReader::new(stream.try_clone().unwrap()),
        writer: stream,
    };
    // The end of a conversation needs no report, whoever caused it.
    drop(talk.run());
    drop(talk.writer.shutdown(Shutdown::Both));
}

impl Talk<'_> {
    fn run(&mut self) -> Result<(), Over> {
        if self.behaviour == Behaviour::Hang {
            while !self.shared.is_over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(50));
            }
            return Err(Over);
        }
        self.drop_at(DropPoint::Banner)?;
        if let Behaviour::LateGreeting(delay) = self.behaviour {
            std::thread::sleep(delay);
        }
        self.say("220 sink.example ESMTP")?;
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let command = self.hear()?;
            let verb = command.split([' ', ':']).next().unwrap().to_ascii_uppercase();
            if let Some(reply) = self.ordered(&verb) {
                self.say(reply)?;
                continue;
            }
            match verb.as_str() {
                "EHLO" | "HELO" => {
                    self.drop_at(DropPoint::Ehlo)?;
                    self.say("250-sink.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 10485760")?;
                }
                "MAIL" => {
                    self.drop_at(DropPoint::Mail)?;
                    (from, to) = (path(&command), Vec::new());
                    self.say("250 2.1.0 ok")?;
                }
                "RCPT" => {
                    self.drop_at(DropPoint::Rcpt)?;
                    let path = path(&command);
                    self.asked += 1;
                    let answer = self.answer_to_recipient(&path);
                    if answer.starts_with("250") {
                        to.push(path);
                    }
                    self.say(answer)?;
                }
                "DATA" if to.is_empty() => self.say("503 5.5.1 no recipients")?,
                "DATA" => {
                    self.drop_at(DropPoint::Data354)?;
                    self.say("354 go on")?;
                    self.take_mail(&from, &to)?;
                    to.clear();
                }
                "RSET" => {
                    to.clear();
                    self.say("250 2.0.0 ok")?;
                }
                "NOOP" => self.say("250 2.0.0 ok")?,
                "QUIT" => {
                    self.say("221 2.0.0 bye")?;
                    return Err(Over);
                }
                _ => self.say("502 5.5.2 what?")?,
            }
        }
    }

    /// Returns the prescribed answer to this command, if there is one.
    fn ordered(&self, verb: &str) -> Option<&'static str> {
        let Behaviour::Reply(step, reply) = self.behaviour else {
            return None;
        };
        let is_meant = match step {
            Step::Ehlo => verb == "EHLO" || verb == "HELO",
            Step::Mail => verb == "MAIL",
            Step::Rcpt => verb == "RCPT",
            Step::Data => verb == "DATA",
            Step::FinalDot => false,
        };
        is_meant.then_some(reply)
    }

    fn answer_to_recipient(&self, path: &str) -> &'static str {
        match &self.behaviour {
            Behaviour::RefuseRecipients(refused) if refused.iter().any(|address| address == path) => "550 5.1.1 no such user here",
            Behaviour::Greylist => "451 4.7.1 greylisted, try again later",
            Behaviour::GreylistFirst(times) if self.asked <= *times => "451 4.7.1 greylisted, try again later",
            _ => "250 2.1.5 ok",
        }
    }

    fn take_mail(&mut self, from: &str, to: &[String]) -> Result<(), Over> {
        let mut message = String::new();
        loop {
            let line = self.hear_line()?;
            if line == ".\r\n" {
                break;
            }
            message.push_str(line.strip_prefix('.').unwrap_or(&line));
            if message.len() > 100 {
                self.drop_at(DropPoint::MidBody)?;
            }
        }
        self.drop_at(DropPoint::FinalDot)?;
        match self.behaviour {
            Behaviour::Reply(Step::FinalDot, reply) => return self.say(reply),
            Behaviour::RefuseContent => return self.say("554 5.7.1 we do not want this"),
            Behaviour::DeferContent => return self.say("451 4.3.0 try again later"),
            _ => {}
        }
        self.shared.received.lock().unwrap().push(Received {
            from: from.to_owned(),
            to: to.to_vec(),
            message,
        });
        self.drop_at(DropPoint::BeforeReply)?;
        if let Behaviour::LateAccept(delay) = self.behaviour {
            std::thread::sleep(delay);
        }
        self.say("250 2.0.0 taken")?;
        self.drop_at(DropPoint::AfterReply)
    }

    fn drop_at(&mut self, point: DropPoint) -> Result<(), Over> {
        if self.behaviour != Behaviour::DropAt(point) {
            return Ok(());
        }
        self.shared.conversations.lock().unwrap()[self.index].dropped_at = Some(point);
        Err(Over)
    }

    fn say(&mut self, answer: &str) -> Result<(), Over> {
        let answer = format!("{answer}\r\n");
        let said = match self.behaviour {
            Behaviour::Tarpit(delay) => answer.bytes().try_for_each(|byte| {
                std::thread::sleep(delay);
                self.writer.write_all(&[byte])
            }),
            _ => self.writer.write_all(answer.as_bytes()),
        };
        said.map_err(|_gone| Over)
    }

    fn hear(&mut self) -> Result<String, Over> {
        let command = self.hear_line()?.trim_end().to_owned();
        self.shared.conversations.lock().unwrap()[self.index]
            .commands
            .push(command.clone());
        Ok(command)
    }

    fn hear_line(&mut self) -> Result<String, Over> {
        let mut line = Vec::new();
        match self.reader.read_until(b'\n', &mut line) {
            Ok(1..) => Ok(String::from_utf8_lossy(&line).into_owned()),
            Ok(_) | Err(_) => Err(Over),
        }
    }
}

/// Returns the address between the angle brackets.
fn path(command: &str) -> String {
    let (_, rest) = command.split_once('<').unwrap_or_default();
    rest.split('>').next().unwrap().to_owned()
}

/// Returns a free port.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until somebody listens at the port.
fn wait_until_open(port: u16) {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "the mail server starts");
        std::thread::sleep(Duration::from_millis(20));
    }
}
