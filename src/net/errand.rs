//! Side errands: HTTP calls whose connection proves nothing, such as setting a candidate in motion.

use std::time::Duration;

use super::connect::ClientTls;
use crate::wire::http::HttpResponse;

/// An errand failed. The fault may be ours or the candidate's; nothing is judged by it.
#[derive(Debug, thiserror::Error)]
pub enum ErrandError {
    /// The client could not be made.
    #[error("set up the call: {0}")]
    SetUp(String),
    /// The call did not come through.
    #[error("call {url}: {reason}")]
    Call {
        /// The URL.
        url: String,
        /// Why.
        reason: String,
    },
}

/// Longest answer to an errand that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// POSTs a JSON body with a client certificate; gives status and body of the answer.
///
/// # Errors
/// When the call cannot be made or is not answered in time.
pub async fn post_json(
    url: &str,
    body: &serde_json::Value,
    tls: &ClientTls,
    limit: Duration,
) -> Result<HttpResponse, ErrandError> {
    let set_up = |e: &dyn std::fmt::Display| ErrandError::SetUp(e.to_string());
    let config = super::connect::plain_config(tls).map_err(|e| set_up(&e))?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(limit)
        .build()
        .map_err(|e| set_up(&e))?;
    let call = client.post(url).header("content-type", "application/json").body(body.to_string());
    let failed = |e: &dyn std::error::Error| ErrandError::Call { url: url.to_owned(), reason: reason(e) };
    let mut answer = call.send().await.map_err(|e| failed(&e))?;
    let kind = answer.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|e| failed(&e))? {
        body.extend_from_slice(&piece);
        if body.len() > MOST_BYTES {
            let reason = format!("the answer is longer than {MOST_BYTES} bytes");
            return Err(ErrandError::Call { url: url.to_owned(), reason });
        }
    }
    Ok(HttpResponse::new(answer.status().as_u16(), vec![("content-type".to_owned(), kind)], body))
}

/// The innermost cause: the outer ones only say that a request failed.
pub(super) fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
