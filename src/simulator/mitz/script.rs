//! What the simulator answers, as a scenario writes it.

use serde::Deserialize;

use super::open::ScriptedHolder;
use crate::simulator::interference::Interference;
use crate::wire::xacml::{Decision, Question};

/// Answers of the simulator.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Script {
    /// What it decides where no other decision fits.
    #[serde(default)]
    pub decision: Decision,
    /// What it decides otherwise. The first that fits counts.
    #[serde(default)]
    pub decisions: Vec<Rule>,
    /// The open question: where data of a patient may be. Nowhere when empty.
    #[serde(default)]
    pub holders: Vec<ScriptedHolder>,
    /// What is wrong with its answers to closed questions.
    #[serde(default)]
    pub fault: Option<Fault>,
    /// Answers that are replaced, delayed or broken off, also those to subscriptions.
    #[serde(default)]
    pub answers: Vec<Interference>,
}

/// A decision about some questions.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// The patient that is asked about.
    #[serde(default)]
    pub patient: Option<Who>,
    /// Identity of the harness whose organisation consults.
    #[serde(default)]
    pub requester: Option<String>,
    /// Type of the organisation that consults.
    #[serde(default)]
    pub organisation_type: Option<String>,
    /// Role of the professional.
    #[serde(default)]
    pub role: Option<String>,
    /// Data category.
    #[serde(default)]
    pub category: Option<String>,
    /// The decision.
    pub decision: Decision,
}

/// One of the fictitious patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// The patient of the referrals.
    OfReferral,
    /// Another one.
    Other,
}

/// Something that is wrong with an answer to a closed question (50-generic-facilities section 9, SIM-MITZ-CLOSED).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The result for the last category is left out.
    MissingResult,
    /// The results are about another patient.
    SwappedPatient,
    /// The results are about another holder.
    SwappedHolder,
    /// The results are about another category.
    SwappedCategory,
    /// A SOAP fault.
    SoapFault,
    /// Status 401.
    Unauthorized,
    /// Status 429.
    TooManyRequests,
    /// Status 500.
    ServerError,
    /// The right answer under a content type that is not its own.
    WrongContentType,
    /// XML that ends too early.
    InvalidXml,
    /// The connection is broken off.
    Dropped,
    /// No answer until the deadline `silence` of the profile.
    Silent,
}

/// What rules can name.
pub(super) struct Names<'a> {
    pub(super) patient: &'a str,
    pub(super) other_patient: Option<&'a str>,
    pub(super) uras: &'a std::collections::BTreeMap<String, String>,
}

impl Script {
    /// Name of a deadline that it needs.
    pub fn deadline(&self) -> Option<&str> {
        self.answers.iter().find_map(Interference::deadline)
    }

    /// The decision about one category of a question.
    pub(super) fn decide(&self, question: &Question, category: &str, names: &Names<'_>) -> Decision {
        let fits = |rule: &&Rule| rule.fits(question, category, names);
        self.decisions.iter().find(fits).map_or(self.decision, |r| r.decision)
    }
}

impl Rule {
    fn fits(&self, question: &Question, category: &str, names: &Names<'_>) -> bool {
        let said =
            |value: &Option<crate::wire::xacml::Hl7>| value.as_ref().map(|v| v.value.clone()).unwrap_or_default();
        let is = |wanted: Option<&str>, found: String| wanted.is_none_or(|w| w == found);
        let patient = self.patient.map(|who| match who {
            Who::OfReferral => names.patient,
            Who::Other => names.other_patient.unwrap_or_default(),
        });
        let requester = self.requester.as_ref().map(|name| names.uras.get(name).map_or("", String::as_str));
        is(patient, said(&question.patient))
            && is(requester, said(&question.institution))
            && is(self.organisation_type.as_deref(), said(&question.institution_type))
            && is(self.role.as_deref(), said(&question.role))
            && is(self.category.as_deref(), category.to_owned())
    }
}
