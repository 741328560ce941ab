//! Fetching a file over HTTP or HTTPS, within limits of size and time: for packages, never for what is judged.
//!
//! The certificate of the server is verified as the operating system does. Redirects are followed, but never from HTTPS
//! to HTTP.

use std::time::Duration;

use super::errand::{ErrandError, reason};

/// How much of an answer is read, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// Most bytes.
    pub bytes: usize,
    /// Longest time for the whole of it.
    pub time: Duration,
}

/// Most redirects that are followed.
const MOST_REDIRECTS: usize = 5;

/// GETs a file.
///
/// # Errors
/// When there is no answer with status 200 within the limits.
pub async fn fetch(url: &str, accept: &str, limits: FetchLimits) -> Result<Vec<u8>, ErrandError> {
    // The client takes the cryptography of the process.
    super::install_crypto();
    let policy = reqwest::redirect::Policy::custom(|attempt| {
        let was_secure = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
        if attempt.previous().len() > MOST_REDIRECTS {
            attempt.error("too many redirects")
        } else if was_secure && attempt.url().scheme() != "https" {
            attempt.error("a redirect from https to http")
        } else {
            attempt.follow()
        }
    });
    let client = reqwest::Client::builder().redirect(policy).timeout(limits.time).build();
    let client = client.map_err(|e| ErrandError::SetUp(reason(&e)))?;
    let failed = |reason: String| ErrandError::Call { url: url.to_owned(), reason };
    let too_long = || failed(format!("the answer has more than {} bytes", limits.bytes));
    let told = |e: &reqwest::Error| match e.is_timeout() {
        true => failed(format!("no whole answer within {} s", limits.time.as_secs())),
        false => failed(reason(e)),
    };
    let mut answer = client.get(url).header("accept", accept).send().await.map_err(|e| told(&e))?;
    if answer.status() != reqwest::StatusCode::OK {
        return Err(failed(format!("the answer has status {}", answer.status().as_u16())));
    }
    if answer.content_length().is_some_and(|length| length > limits.bytes as u64) {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|e| told(&e))? {
        if bytes.len() + piece.len() > limits.bytes {
            return Err(too_long());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
