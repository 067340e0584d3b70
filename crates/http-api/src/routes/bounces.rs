//! Bounce reports: mails that came back after a mail server had taken them.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::web::{Json, Payload};
use actix_web::{HttpMessage, HttpRequest, post};
use intake::clock;

use super::SharedState;
use crate::body;
use crate::bounces::take;
use crate::mail::ReportSource;
use crate::problem::{Code, Problem};
use crate::views::BouncesView;

/// Takes a bounce: a delivery status notification as it is, or a notification of Amazon SES (over SNS or not), Mailgun,
/// Postmark or `SendGrid`.
///
/// A report without a bounce of a Dunlin mail is answered 200 too, as `ignored`, so that nobody sends it again.
#[utoipa::path(
    operation_id = "reportBounces",
    tag = "notices",
    request_body(
        description = "At most 1 MiB. Amazon SNS sends its JSON as `text/plain`",
        content((String = "message/rfc822"), (String = "message/global"), (serde_json::Value = "application/json"), (String = "text/plain")),
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
pub(super) async fn tell(request: HttpRequest, payload: Payload, state: SharedState) -> Result<Json<BouncesView>, Problem> {
    let source = source(&request)?;
    let body = body::read(&request, payload, &state.collected).await?;
    let reports = state.mail.read_bounces(source, &body);
    let data = take(reports, &state.store, &state.metrics, clock::now()).await?;
    Ok(Json(BouncesView { data }))
}

/// Returns the sender of a report, by its content type.
fn source(request: &HttpRequest) -> Result<ReportSource, Problem> {
    let refused = |code, detail| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail));
    if request.headers().contains_key(CONTENT_ENCODING) {
        return refused(Code::EncodedBody, "send the body as it is, without an encoding");
    }
    match request.content_type().to_ascii_lowercase().as_str() {
        "message/rfc822" | "message/global" => Ok(ReportSource::MailSystem),
        "application/json" | "text/plain" => Ok(ReportSource::Provider),
        _ => refused(
            Code::UnsupportedMediaType,
            "send a message as message/rfc822, or a provider's notification as application/json",
        ),
    }
}
