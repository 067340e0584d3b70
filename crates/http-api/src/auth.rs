//! API authentication: a bearer of one of the configured keys, or a caller with one as password.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, HeaderValue, WWW_AUTHENTICATE};
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

/// Returns true if a request bears a key.
pub(crate) fn is_borne(request: &HttpRequest) -> bool {
    let header = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let keys = request.app_data::<web::Data<ApiKeys>>();
    header.and_then(key).zip(keys).is_some_and(|(key, keys)| keys.accept(&key))
}

/// Returns the key in this header. The scheme's name is in any case (RFC 9110, section 11.1).
fn key(authorization: &[u8]) -> Option<Cow<'_, [u8]>> {
    let space = authorization.iter().position(|&byte| byte == b' ')?;
    let (scheme, credentials) = authorization.split_at(space);
    let credentials = credentials.trim_ascii_start();
    if scheme.eq_ignore_ascii_case(b"Bearer") {
        return Some(Cow::Borrowed(credentials));
    }
    if scheme.eq_ignore_ascii_case(b"Basic") {
        return password(credentials).map(Cow::Owned);
    }
    None
}

/// Returns the password of HTTP's Basic scheme (RFC 7617), for any user name. Some callers can only be given a URL with
/// both in it.
fn password(credentials: &[u8]) -> Option<Vec<u8>> {
    let credentials = STANDARD.decode(credentials).ok()?;
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
