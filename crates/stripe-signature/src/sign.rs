use hmac::Mac;

use crate::Secret;

/// Signs a payload as Stripe does and returns the whole header, `t=<at>,v1=<hex>`. It is for tests, simulators and
/// replay tools.
///
/// `at` is in Unix seconds. A [`Verifier`](crate::Verifier) reads 0 to 99,999,999,999 (the year 5138). Outside that
/// range it calls the header malformed.
pub fn sign(secret: &Secret, payload: &[u8], at: i64) -> String {
    let timestamp = at.to_string();
    let signature = secret.mac(&timestamp, payload).finalize().into_bytes();
    format!("t={timestamp},v1={}", hex::encode(signature))
}
