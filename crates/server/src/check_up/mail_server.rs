//! The mail server: would it take a mail from Dunlin?

use configuration::Config;
use doctor::{Finding, PATIENCE, Severity};
use mail::{SendError, Transport};
use wording::in_one_line;

use crate::notifier::{MailError, NO_NOTICE, outgoing};

const ID: &str = "mail_server";

/// Connects, logs in and names the sender, as for a mail, and then withdraws.
pub(super) async fn check(config: &Config) -> Finding {
    let (transport, sender) = match outgoing(config) {
        Ok(Some(outgoing)) => outgoing,
        Ok(None) => return none(),
        Err(error) => return unusable(&error),
    };
    let offering = async {
        let transaction = transport.begin(&sender.envelope_from(NO_NOTICE), false).await?;
        transaction.cancel().await;
        Ok(())
    };
    let offered = tokio::time::timeout(PATIENCE, offering).await.unwrap_or_else(|_elapsed| {
        let silence = format!("it has not answered for {} seconds", PATIENCE.as_secs());
        Err(SendError::Later(silence))
    });
    told(&transport, offered)
}

fn none() -> Finding {
    Finding::of(
        Severity::Info,
        ID,
        "no mail is sent: DUNLIN_SMTP_URL is not set; notices are decided, and wait",
        "set DUNLIN_SMTP_URL and DUNLIN_MAIL_FROM to have mails sent",
    )
}

fn unusable(error: &MailError) -> Finding {
    let fix = "set it as docs/configuration.md says under Mail; no server starts before";
    Finding::of(Severity::Error, ID, in_one_line(error), fix)
}

fn told(transport: &Transport, offered: Result<(), SendError>) -> Finding {
    match (transport, offered) {
        (Transport::Folder(_), Ok(())) => Finding::ok(ID, "mails become files in a folder"),
        (Transport::Smtp(_), Ok(())) => Finding::ok(ID, "the mail server takes mails from DUNLIN_MAIL_FROM"),
        (_, Err(error)) => Finding::of(
            Severity::Error,
            ID,
            format!("the mail server does not take mails: {error}"),
            "check host, port, user and password in DUNLIN_SMTP_URL, and whether DUNLIN_MAIL_FROM may send there; mails wait until then",
        ),
    }
}
