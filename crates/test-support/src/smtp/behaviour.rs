//! The ways in which a mail server behaves, well or badly.

use std::time::Duration;

/// The point at which a conversation is broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropPoint {
    /// Before the greeting.
    Banner,
    /// At EHLO.
    Ehlo,
    /// At MAIL FROM.
    Mail,
    /// At RCPT TO.
    Rcpt,
    /// At DATA, before the 354.
    Data354,
    /// Amid the body.
    MidBody,
    /// At the final dot. The mail is not taken.
    FinalDot,
    /// After the mail is taken. The 250 is never sent.
    BeforeReply,
    /// After the 250.
    AfterReply,
}

impl DropPoint {
    /// All points.
    pub const ALL: [Self; 9] = [
        Self::Banner,
        Self::Ehlo,
        Self::Mail,
        Self::Rcpt,
        Self::Data354,
        Self::MidBody,
        Self::FinalDot,
        Self::BeforeReply,
        Self::AfterReply,
    ];
}

/// A command of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// EHLO.
    Ehlo,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The end of the mail.
    FinalDot,
}

/// The behaviour of the server in one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Behaves well.
    Well,
    /// Breaks off.
    DropAt(DropPoint),
    /// Refuses these recipients for good.
    RefuseRecipients(Vec<String>),
    /// Gives this answer to this command, each time.
    Reply(Step, &'static str),
    /// Defers every recipient.
    Greylist,
    /// Defers this many recipients, and takes the next.
    GreylistFirst(usize),
    /// Refuses the mail for good.
    RefuseContent,
    /// Defers the mail.
    DeferContent,
    /// Answers one byte at a time, with this pause in between.
    Tarpit(Duration),
    /// Takes the mail and answers late.
    LateAccept(Duration),
    /// Greets late.
    LateGreeting(Duration),
    /// Never answers.
    Hang,
}
