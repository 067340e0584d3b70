//! Bounce reports: mails that came back after a mail server had taken them.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::web::{Json, Payload};
use actix_web::{HttpMessage, HttpRequest, post};
use intake::clock;
use mail::read_provider;

use super::{SharedDesk, body};
use crate::bounces::take;
use crate::problem::Problem;
use crate::views::{BounceView, BouncesView};

/// The format of a bounce report.
enum Words {
    /// A mail system's (RFC 3464).
    MailSystem,
    /// A mail provider's.
    Provider,
}

/// Takes a bounce: a delivery status notification as it is, or a notification of Amazon SES (over SNS or not), Mailgun,
/// Postmark or `SendGrid`.
///
/// A report without a bounce of a Dunlin mail is answered 200 too, as `ignored`, so that nobody sends it again.
#[utoipa::path(
    tag = "notices",
    request_body(
        description = "At most 1 MiB. Amazon SNS sends its JSON as `text/plain`",
        content((String = "message/rfc822"), (Object = "application/json"), (Object = "text/plain")),
    ),
    responses(
        (status = 200, body = BouncesView),
        (status = 408, description = "The body took longer than 10 s", body = Problem),
        (status = 413, description = "The body is larger than 1 MiB", body = Problem),
        (status = 415, description = "The body is of another type, or encoded", body = Problem),
        (status = 503, description = "The bounce cannot be noted now", body = Problem),
    ),
    security(("api_key" = [])),
)]
#[post("/mail/bounces")]
pub(super) async fn tell(request: HttpRequest, payload: Payload, desk: SharedDesk) -> Result<Json<BouncesView>, Problem> {
    let words = words(&request)?;
    let body = body::read(&request, payload, &desk.collected).await?;
    let told = match (words, &desk.bounce_address) {
        (Words::Provider, _) => read_provider(&body),
        (Words::MailSystem, Some(address)) => address.read(&body),
        (Words::MailSystem, None) => {
            let view = BounceView::ignored("DUNLIN_MAIL_BOUNCE_ADDRESS is not set: no mail was sent from it".to_owned());
            return Ok(Json(BouncesView { data: vec![view] }));
        }
    };
    let data = take(told, &desk.store, &desk.metrics, clock::now()).await?;
    Ok(Json(BouncesView { data }))
}

fn words(request: &HttpRequest) -> Result<Words, Problem> {
    let refused = |code, detail| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail));
    if request.headers().contains_key(CONTENT_ENCODING) {
        return refused("encoded_body", "send the body as it is, without an encoding");
    }
    match request.content_type().to_ascii_lowercase().as_str() {
        "message/rfc822" | "message/global" => Ok(Words::MailSystem),
        "application/json" | "text/plain" => Ok(Words::Provider),
        _ => refused(
            "unsupported_media_type",
            "send a message as message/rfc822, or a provider's notification as application/json",
        ),
    }
}
