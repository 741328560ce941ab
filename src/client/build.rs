//! Requests of a client as plain values.

use serde_json::Value;

use super::words::Format;
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, QueryEncoding, Url, encode_query};

/// A search below a FHIR base (Twiin-04). An absolute query must already have been brought below it.
pub fn search(base: &Url, query: &str, encoding: QueryEncoding, format: Format) -> HttpRequest {
    let target = format!("{}/{}", base.target, encode_query(query, encoding));
    HttpRequest::get(target).with_header("accept", format.media_type())
}

/// A read below a FHIR base (Twiin-03, Twiin-05).
pub fn read(base: &Url, reference: &str, format: Option<Format>) -> HttpRequest {
    let request = HttpRequest::get(format!("{}/{reference}", base.target));
    match format {
        Some(format) => request.with_header("accept", format.media_type()),
        None => request,
    }
}

/// A notification (Twiin-01).
///
/// # Errors
/// When the Task cannot be written as XML.
pub fn notification(base: &Url, task: &Value, format: Format) -> Result<HttpRequest, fhir::FhirFault> {
    let request =
        HttpRequest { method: "POST".into(), target: format!("{}/Task", base.target), ..HttpRequest::default() };
    Ok(request.with_header("accept", "application/fhir+json").with_body(format.media_type(), written(task, format)?))
}

/// A resource in a format.
///
/// # Errors
/// When it cannot be written as XML.
pub fn written(resource: &Value, format: Format) -> Result<Vec<u8>, fhir::FhirFault> {
    Ok(match format {
        Format::Json => resource.to_string().into_bytes(),
        Format::Xml => fhir::to_xml(resource)?.into_bytes(),
    })
}
