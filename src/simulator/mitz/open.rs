//! The open question: who has data of this patient that I may see (IHE XCPD ITI-56; 50-generic-facilities section 1.5).
//!
//! Either spelling of the action is taken; a question that is no ITI-56 gets a fault. Which was used, and what the
//! assertion says, is in the transcript.

use serde::Deserialize;

use crate::net::listen::Answer;
use crate::simulator::facility::Surroundings;
use crate::transcript::Endpoint;
use crate::wire::http::{HttpRequest, HttpResponse};
use crate::wire::soap::{self, Blame, Envelope, Version};
use crate::wire::xcpd::{self, Holder};
use crate::wire::xml::Limits;

/// Path of the open question, below the base of the facility.
pub const PATH: &str = "openautorisatievraag";

/// A place where data may be, as a scenario writes it.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ScriptedHolder {
    /// Whose: an identity of the harness, or a URA. Without it the answer names no institution, as IHE has it.
    #[serde(default)]
    pub of: Option<String>,
    /// `HomeCommunityId`.
    #[serde(default = "community")]
    pub community: String,
    /// `SourceId`.
    #[serde(default)]
    pub source: Option<String>,
    /// Mitz data categories.
    #[serde(default)]
    pub categories: Vec<String>,
    /// How many times the same answer stands there.
    #[serde(default = "one")]
    pub times: usize,
}

/// The community that sample messages name.
fn community() -> String {
    "urn:oid:2.16.840.1.113883.2.4.6.6.1".to_owned()
}

fn one() -> usize {
    1
}

impl ScriptedHolder {
    fn holder(&self, around: &Surroundings) -> Holder {
        let ura = self.of.as_ref().map(|of| around.uras.get(of).unwrap_or(of).clone());
        Holder {
            community: self.community.clone(),
            source: self.source.clone(),
            ura,
            categories: self.categories.clone(),
        }
    }
}

/// Answers one question.
pub(super) fn answer(holders: &[ScriptedHolder], around: &Surroundings, request: &HttpRequest) -> Answer {
    let answered = match soap::parse(&request.body, &Limits::default()) {
        Ok(envelope) if request.method == "POST" => located(holders, around, &envelope),
        _ => Err("this is no SOAP message"),
    };
    let response = match answered {
        Ok(text) => HttpResponse::text(200, Version::V12.content_type(), text),
        Err(reason) => {
            let fault = soap::Fault::new(Blame::Sender, reason);
            let text = soap::write(Version::V12, &soap::Addressing::default(), &[], &fault.body(Version::V12));
            HttpResponse::text(400, Version::V12.content_type(), text)
        }
    };
    Answer::new(response, Endpoint::Localisation)
}

fn located(holders: &[ScriptedHolder], around: &Surroundings, envelope: &Envelope) -> Result<String, &'static str> {
    let asks = envelope.body.as_ref().filter(|b| b.name == "PatientLocationQueryRequest");
    let patient = asks.and_then(xcpd::patient).ok_or("this is no Patient Location Query")?;
    let known = patient == around.patient || around.other_patient.as_deref() == Some(patient);
    // Of somebody who is not known here nothing is known, which no answer may tell from having no permission.
    let listed = holders.iter().filter(|_| known);
    let all: Vec<Holder> = listed.flat_map(|h| std::iter::repeat_n(h.holder(around), h.times)).collect();
    Ok(xcpd::answer(&envelope.addressing, &xcpd::response(patient, &all)))
}
