//! Interference: answers of the harness's own endpoints that a scenario replaces, delays, breaks off or changes, to see
//! what a candidate client makes of them (20-technical-core section 14, fault switches; 21-bgz NEG-90 to NEG-97).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use json_patch::Patch;
use serde::Deserialize;
use serde_json::Value;

use crate::net::listen::Answer;
use crate::transcript::Endpoint;
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, HttpResponse, header, media_type};

/// Some answers that differ.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Interference {
    /// To which requests.
    pub to: Endpoint,
    /// From which of these requests on, counted from 1.
    #[serde(default = "one")]
    pub from: usize,
    /// To how many of them.
    #[serde(default = "one")]
    pub times: usize,
    /// What differs.
    #[serde(rename = "do")]
    pub what: What,
}

fn one() -> usize {
    1
}

/// What differs in an answer.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Another answer.
    Respond(Respond),
    /// The connection is broken off.
    Drop {},
    /// The answer comes later; the name of a deadline of the profile.
    Delay(String),
    /// A change of the FHIR answer by JSON Patch (RFC 6902); `${request.url}` is the URL that was asked.
    Edit(Patch),
}

/// An answer as a scenario writes it.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Respond {
    /// Status.
    pub status: u16,
    /// Header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body.
    #[serde(default)]
    pub body: String,
}

impl Interference {
    /// Name of a deadline that it needs.
    pub fn deadline(&self) -> Option<&str> {
        match &self.what {
            What::Delay(name) => Some(name),
            _ => None,
        }
    }
}

/// The interferences of a place that answers, and how often each kind of request was answered there.
#[derive(Debug, Default)]
pub struct Interferer {
    script: Vec<Interference>,
    deadlines: BTreeMap<String, u64>,
    answered: Mutex<BTreeMap<Endpoint, usize>>,
}

impl Interferer {
    /// Interference by a script; `deadlines` are those of the profile, in milliseconds.
    pub fn new(script: Vec<Interference>, deadlines: BTreeMap<String, u64>) -> Self {
        Self { script, deadlines, answered: Mutex::default() }
    }

    /// The answer as the scenario wants it. `origin` stands before the target of the request in `${request.url}`.
    pub async fn interfere(&self, mut answer: Answer, request: &HttpRequest, origin: &str) -> Answer {
        if self.script.is_empty() {
            return answer;
        }
        let count = {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            let count = answered.entry(answer.endpoint).or_default();
            *count += 1;
            *count
        };
        let applies = |i: &&Interference| i.to == answer.endpoint && (i.from..i.from + i.times).contains(&count);
        let Some(interference) = self.script.iter().find(applies) else { return answer };
        match &interference.what {
            What::Respond(wanted) => {
                let headers = wanted.headers.iter().map(|(n, v)| (n.to_ascii_lowercase(), v.clone())).collect();
                answer.response = HttpResponse::new(wanted.status, headers, wanted.body.clone().into_bytes());
            }
            What::Drop {} => answer.breaks_off = true,
            What::Delay(name) => {
                let ms = self.deadlines.get(name).copied().unwrap_or_default();
                tokio::time::sleep(Duration::from_millis(ms)).await;
            }
            What::Edit(patch) => edit(patch, &mut answer.response, &format!("{origin}{}", request.target)),
        }
        answer
    }
}

/// A patch that does not fit the answer leaves it as it is; the transcript shows what was sent.
fn edit(patch: &Patch, response: &mut HttpResponse, url: &str) {
    let filled = serde_json::to_string(patch).map(|t| t.replace("${request.url}", url));
    let patch = filled.and_then(|text| serde_json::from_str::<Patch>(&text));
    let in_xml = header(&response.headers, "content-type").is_some_and(|kind| media_type(kind).ends_with("fhir+xml"));
    let body = if in_xml {
        fhir::parse_xml(&response.body, &fhir::Limits::default()).ok()
    } else {
        serde_json::from_slice::<Value>(&response.body).ok()
    };
    let (Ok(patch), Some(mut body)) = (patch, body) else { return };
    if json_patch::patch(&mut body, &patch).is_err() {
        return;
    }
    let written = if in_xml { fhir::to_xml(&body).ok() } else { Some(body.to_string()) };
    if let Some(written) = written {
        response.body = written.into_bytes();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_changed_in_json_and_in_xml_and_what_does_not_fit_is_left() {
        let patch: Patch = serde_json::from_value(json!([{"op": "remove", "path": "/intent"}])).expect("a patch");
        let task = json!({"resourceType": "Task", "id": "1", "status": "completed", "intent": "order"});
        let answer = |kind: &str, body: String| {
            let mut response = HttpResponse::new(200, vec![("content-type".into(), kind.into())], body.into_bytes());
            edit(&patch, &mut response, "https://localhost/fhir/Task/1");
            String::from_utf8(response.body).expect("text")
        };
        assert!(!answer("application/fhir+json", task.to_string()).contains("intent"));
        let xml = answer("application/fhir+xml; charset=utf-8", fhir::to_xml(&task).expect("xml"));
        assert!(xml.contains("<status value=\"completed\"") && !xml.contains("intent"), "{xml}");
        let none = json!({"resourceType": "Task"}).to_string();
        assert_eq!(answer("application/fhir+json", none.clone()), none);
    }
}
