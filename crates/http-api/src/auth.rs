//! API authentication: a bearer of one of the configured keys, or a caller with one as password.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::problem::{Code, Problem};

/// The API's keys, as digests. Comparing digests takes the same time for keys of any length.
#[derive(Clone)]
pub struct ApiKeys {
    digests: Vec<[u8; 32]>,
}

impl ApiKeys {
    /// Accepts these keys.
    pub fn new(keys: &[SecretString]) -> Self {
        let digest = |key: &SecretString| Sha256::digest(key.expose_secret()).into();
        Self {
            digests: keys.iter().map(digest).collect(),
        }
    }

    /// Compares the key with every known one, even after a match.
    fn accept(&self, key: &[u8]) -> bool {
        let digest: [u8; 32] = Sha256::digest(key).into();
        let matches = self
            .digests
            .iter()
            .fold(Choice::from(0), |any, known| any | known.ct_eq(&digest));
        matches.into()
    }
}

/// Passes a request on if it bears a key. It is a middleware.
///
/// # Errors
/// Those of the service behind it.
pub(crate) async fn require_api_key(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    if is_borne(request.request()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    Ok(request.into_response(unauthorized()).map_into_right_body())
}

/// Returns true if a request bears a key.
pub(crate) fn is_borne(request: &HttpRequest) -> bool {
    let header = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let keys = request.app_data::<web::Data<ApiKeys>>();
    header
        .zip(keys)
        .is_some_and(|(value, keys)| match value.strip_prefix(b"Bearer ") {
            Some(key) => keys.accept(key),
            None => password(value).is_some_and(|key| keys.accept(&key)),
        })
}

/// Returns the password of HTTP's Basic scheme (RFC 7617), for any user name. Some callers can only be given a URL with
/// both in it.
fn password(authorization: &[u8]) -> Option<Vec<u8>> {
    let credentials = STANDARD.decode(authorization.strip_prefix(b"Basic ")?).ok()?;
    let colon = credentials.iter().position(|&byte| byte == b':')?;
    credentials.get(colon + 1..).map(<[u8]>::to_vec)
}

/// Makes the answer to a request without a key.
pub(crate) fn unauthorized() -> HttpResponse {
    let detail = "send one of DUNLIN_API_KEYS as `Authorization: Bearer …`";
    let mut response = Problem::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, detail).error_response();
    let challenge = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}
