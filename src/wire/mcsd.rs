//! Endpoints in a directory by IHE mCSD: the codes that say what they are for, and which of them to use.
//!
//! The codes are those of public drafts and running code; Twiin names none (50-generic-facilities section 2.4, 2.5).

use serde_json::Value;
use time::OffsetDateTime;

use crate::base::clock;

/// System of URA numbers.
pub const URA: &str = "http://fhir.nl/fhir/NamingSystem/ura";
/// System of connection types.
pub const CONNECTION_TYPES: &str = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type";
/// System of the payload codes below.
pub const PAYLOADS: &str =
    "http://nuts-foundation.github.io/nl-generic-functions-ig/CodeSystem/nl-gf-data-exchange-capabilities";
/// Takes notifications of Twiin TA.
pub const NOTIFICATIONS: &str = "Twiin-TA-notification";
/// Gives the resources of the BgZ.
pub const RESOURCES: &str = "http://nictiz.nl/fhir/CapabilityStatement/bgz2017-servercapabilities";
/// Gives access tokens.
pub const TOKENS: &str = "Nuts-OAuth";

/// What of an endpoint has to fit before it is used. A criterion that is `false` is left out.
#[derive(Debug, Clone, Copy)]
pub struct Criteria {
    /// It is active.
    pub status: bool,
    /// Its period covers now.
    pub period: bool,
    /// It speaks FHIR over REST.
    pub connection: bool,
    /// It is for what is wanted.
    pub payload: bool,
    /// It speaks FHIR STU3.
    pub version: bool,
}

impl Criteria {
    /// All of them.
    pub const ALL: Self = Self { status: true, period: true, connection: true, payload: true, version: true };

    /// Whether an endpoint (FHIR R4) fits, for a payload code, at a moment.
    pub fn fit(&self, endpoint: &Value, payload: &str, now: OffsetDateTime) -> bool {
        let status = endpoint["status"] == "active";
        let connection = endpoint["connectionType"]["code"] == "hl7-fhir-rest";
        let codings = endpoint["payloadType"].as_array().into_iter().flatten();
        let mut codes = codings.flat_map(|p| p["coding"].as_array().into_iter().flatten());
        let purpose = codes.any(|c| c["code"] == payload);
        let mut kinds = endpoint["payloadMimeType"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let version = kinds.any(|k| k.to_ascii_lowercase().replace(' ', "").contains("fhirversion=3.0"));
        (status || !self.status)
            && (covers(&endpoint["period"], now) || !self.period)
            && (connection || !self.connection)
            && (purpose || !self.payload)
            && (version || !self.version)
    }
}

/// Whether a period covers a moment; one that cannot be read does not.
fn covers(period: &Value, now: OffsetDateTime) -> bool {
    let side = |name: &str| period.get(name).and_then(Value::as_str).map(moment);
    let begun = side("start").is_none_or(|at| at.is_some_and(|at| at <= now));
    let open = side("end").is_none_or(|at| at.is_some_and(|at| at >= now));
    begun && open
}

/// A FHIR dateTime: a moment, or a day that begins at midnight UTC.
fn moment(text: &str) -> Option<OffsetDateTime> {
    clock::parse_rfc3339(text).or_else(|| clock::parse_rfc3339(&format!("{text}T00:00:00Z")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn endpoint() -> Value {
        json!({
            "status": "active", "period": {"start": "2025-01-01"},
            "connectionType": {"code": "hl7-fhir-rest"},
            "payloadType": [{"coding": [{"system": PAYLOADS, "code": NOTIFICATIONS}]}],
            "payloadMimeType": ["application/fhir+json; fhirVersion=3.0"],
        })
    }

    fn fits(endpoint: &Value, criteria: Criteria) -> bool {
        criteria.fit(endpoint, NOTIFICATIONS, clock::now())
    }

    #[test]
    fn every_criterion_alone_keeps_an_endpoint_out_and_only_while_it_counts() {
        assert!(fits(&endpoint(), Criteria::ALL));
        let all = Criteria::ALL;
        for (pointer, value, without) in [
            ("/status", json!("off"), Criteria { status: false, ..all }),
            ("/period", json!({"end": "2025-01-01"}), Criteria { period: false, ..all }),
            ("/period", json!({"start": "soon"}), Criteria { period: false, ..all }),
            ("/connectionType/code", json!("ihe-xca"), Criteria { connection: false, ..all }),
            ("/payloadType/0/coding/0/code", json!(TOKENS), Criteria { payload: false, ..all }),
            ("/payloadMimeType/0", json!("application/fhir+json; fhirVersion=4.0"), Criteria { version: false, ..all }),
        ] {
            let mut other = endpoint();
            if let Some(place) = other.pointer_mut(pointer) {
                *place = value;
            }
            assert!(!fits(&other, all), "{pointer}");
            assert!(fits(&other, without), "{pointer}");
        }
    }
}
