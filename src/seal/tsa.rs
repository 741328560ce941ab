//! Asking a TSA for a time-stamp over HTTP (RFC 3161 section 3.4), and gathering what is needed to judge a chain later.

use crate::net::Limits;
use crate::net::connect::{ClientTls, Versions, exchange};
use crate::transcript::Fault;
use crate::wire::http::{HttpRequest, Url, header, media_type};
use crate::wire::status::{StatusPoints, crl, ocsp};
use crate::wire::tsp::{self, Request, Token, TspFault};
use crate::wire::x509::path::{Path, RevocationValues};

const NO_URL: &str = "this is no http or https URL";

/// A TSA and what is asked of it.
#[derive(Debug, Clone)]
pub struct TsaClient {
    /// Its address, `http` or `https`.
    pub url: String,
    /// OID of the policy to ask for, with dots; `None` takes that of the TSA.
    pub policy: Option<String>,
    /// Limits of the exchange.
    pub limits: Limits,
}

/// There is no time-stamp.
#[derive(Debug, thiserror::Error)]
pub enum TsaError {
    /// The TSA cannot be reached, or does not answer as one.
    #[error("ask {url} for a time-stamp: {reason}")]
    Call {
        /// Its address.
        url: String,
        /// Why.
        reason: String,
    },
    /// Its answer is not to be believed.
    #[error("use the time-stamp of {url}: {fault}")]
    Token {
        /// Its address.
        url: String,
        /// Why.
        fault: TspFault,
    },
}

impl TsaClient {
    /// A TSA at an address, with limits that fit a small question.
    pub fn new(url: impl Into<String>) -> Self {
        let limits = Limits { total_ms: 20_000, body_bytes: tsp::MAX_BYTES, ..Limits::default() };
        Self { url: url.into(), policy: None, limits }
    }

    /// Whether the question can be asked at all.
    ///
    /// # Errors
    /// When the address or the policy is none.
    pub fn check(&self) -> Result<(), TsaError> {
        let unusable = |reason: &str| TsaError::Call { url: self.url.clone(), reason: reason.to_owned() };
        if Url::parse(&self.url).is_none() {
            return Err(unusable(NO_URL));
        }
        match &self.policy {
            Some(policy) if Request::new(b"", [0; 16]).under(policy).is_err() => {
                Err(unusable("the policy to ask for is no OID with dots"))
            }
            _ => Ok(()),
        }
    }

    /// Asks for a time-stamp over bytes. The token itself tells whether it may be believed, so that the certificate of an
    /// `https` server is not looked at.
    ///
    /// # Errors
    /// When none comes, or it is not about these bytes or this request, or not signed in good order.
    pub async fn stamp(&self, imprinted: &[u8]) -> Result<Token, TsaError> {
        let wrong = |fault| TsaError::Token { url: self.url.clone(), fault };
        let request = Request::new(imprinted, *uuid::Uuid::new_v4().as_bytes());
        let request = match &self.policy {
            Some(policy) => request.under(policy).map_err(wrong)?,
            None => request,
        };
        let body = post(&self.url, tsp::QUERY, tsp::REPLY, request.to_der().map_err(wrong)?, &self.limits).await;
        let body = body.map_err(|reason| TsaError::Call { url: self.url.clone(), reason })?;
        request.read(&body).map_err(wrong)
    }
}

async fn post(url: &str, sent: &str, wanted: &str, body: Vec<u8>, limits: &Limits) -> Result<Vec<u8>, String> {
    let to = Url::parse(url).ok_or_else(|| NO_URL.to_owned())?;
    let mut request = HttpRequest::get(to.target.clone()).with_header("accept", wanted).with_body(sent, body);
    request.method = "POST".into();
    let response = answered(&to, &request, limits).await?;
    let found = header(&response.headers, "content-type").map(media_type).unwrap_or_default();
    if found != wanted {
        return Err(format!("the answer is of type {found:?}, {wanted} expected"));
    }
    Ok(response.body)
}

async fn answered(to: &Url, request: &HttpRequest, limits: &Limits) -> Result<crate::wire::http::HttpResponse, String> {
    let tls = ClientTls { versions: Versions::Both, ..ClientTls::default() };
    let outcome = exchange(to, request, &tls, limits).await.map_err(|e| e.to_string())?;
    match (outcome.response, outcome.fault) {
        (Some(response), _) if response.status == 200 => Ok(response),
        (Some(response), _) => Err(format!("the answer has status {}", response.status)),
        (None, Some(fault)) => Err(told(&fault)),
        (None, None) => Err("there is no answer".to_owned()),
    }
}

/// What came in the way, in words.
fn told(fault: &Fault) -> String {
    match fault {
        Fault::NameNotFound { host } => format!("{host} has no address"),
        Fault::ConnectionRefused => "nobody listens there".to_owned(),
        Fault::Timeout { limit_ms, .. } => format!("no answer within {} s", limit_ms.div_ceil(1000)),
        Fault::TooLarge { part, limit } => format!("the {part} of the answer has more than {limit} bytes"),
        Fault::Closed { .. } => "the connection ended without an answer".to_owned(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// Fetches what tells the status of every certificate of a path below its anchor: the OCSP answer or else the list of its
/// issuer. Gives also what could not be had, one line each; whether what there is suffices is judged elsewhere.
pub async fn revocation_values(path: &Path, limits: &Limits) -> (RevocationValues, Vec<String>) {
    let limits = Limits { body_bytes: crl::MAX_BYTES, ..limits.clone() };
    let (mut values, mut missing) = (RevocationValues::default(), Vec::new());
    for pair in path.certificates.windows(2) {
        let [certificate, issuer] = pair else { continue };
        let points = StatusPoints::of(certificate);
        if points.is_empty() {
            missing.push("a certificate names neither an OCSP responder nor a list".to_owned());
        }
        let mut had = false;
        for url in &points.ocsp {
            match ask_responder(url, certificate, issuer, &limits).await {
                Ok(answer) => {
                    values.ocsp.push(answer);
                    had = true;
                    break;
                }
                Err(reason) => missing.push(format!("{url}: {reason}")),
            }
        }
        for url in points.crl.iter().take_while(|_| !had) {
            match fetch_list(url, certificate, issuer, &limits).await {
                Ok(list) => {
                    if !values.crls.contains(&list) {
                        values.crls.push(list);
                    }
                    break;
                }
                Err(reason) => missing.push(format!("{url}: {reason}")),
            }
        }
    }
    (values, missing)
}

async fn ask_responder(url: &str, certificate: &[u8], issuer: &[u8], limits: &Limits) -> Result<Vec<u8>, String> {
    let nonce = *uuid::Uuid::new_v4().as_bytes();
    let request = ocsp::request(certificate, issuer, &nonce).map_err(|e| e.to_string())?;
    let answer = post(url, ocsp::REQUEST, ocsp::RESPONSE, request, limits).await?;
    ocsp::told(&answer, certificate, issuer).map_err(|e| e.to_string())?;
    Ok(answer)
}

async fn fetch_list(url: &str, certificate: &[u8], issuer: &[u8], limits: &Limits) -> Result<Vec<u8>, String> {
    let to = Url::parse(url).ok_or_else(|| NO_URL.to_owned())?;
    let list = answered(&to, &HttpRequest::get(to.target.clone()), limits).await?.body;
    crl::told(&list, certificate, issuer).map_err(|e| e.to_string())?;
    Ok(list)
}
