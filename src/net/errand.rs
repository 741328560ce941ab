//! Side errands: HTTP calls whose connection proves nothing, such as setting a candidate in motion.

use std::time::Duration;

use super::connect::ClientTls;

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

/// POSTs a JSON body with a client certificate; gives the status.
///
/// # Errors
/// When the call cannot be made or is not answered in time.
pub async fn post_json(
    url: &str,
    body: &serde_json::Value,
    tls: &ClientTls,
    limit: Duration,
) -> Result<u16, ErrandError> {
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
    let answer = call.send().await.map_err(|e| ErrandError::Call { url: url.to_owned(), reason: reason(&e) })?;
    Ok(answer.status().as_u16())
}

/// The innermost cause: the outer ones only say that a request failed.
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
