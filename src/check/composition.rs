//! Documents by FHIR as a Bundle with a Composition (hl7.org/fhir/STU3/documents.html): the Bundle itself, whom it is about, and
//! the sections of the Composition by a table of its kind ([`CompositionTable`]).

mod sections;
mod table;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

pub use sections::{CompositionSections, SectionFact};
pub use table::{CompositionTable, EntryRule, ExtensionRule, SectionRule};

use super::bundle::{each_bundle, name};
use super::subject::{self, entries, short};
use super::{Answer, Context, Judged};
use crate::base::id::StepId;
use crate::base::text::Text;
use crate::wire::fhir::composition::section_references;

/// A fact about a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentFact {
    /// It is a Bundle of type document that begins with a Composition.
    Document,
    /// It keeps the rules that FHIR STU3 has for such a Bundle: an identifier, each resource once, nothing that belongs to
    /// searches or transactions.
    Whole,
    /// What the sections of the Composition refer to is in it.
    Closed,
}

/// Facts about a document.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentBundle {
    /// The facts.
    pub is: Vec<DocumentFact>,
}

impl DocumentBundle {
    pub(super) fn cannot_fail(&self) -> Option<&'static str> {
        self.is.is_empty().then_some("no fact is asked for")
    }

    pub(super) fn expected(&self) -> Text {
        let word = |fact: &DocumentFact| match fact {
            DocumentFact::Document => (
                "een Bundle van type document met een Composition vooraan",
                "a Bundle of type document that begins with a Composition",
            ),
            DocumentFact::Whole => (
                "volgens de regels van FHIR STU3 voor een document-Bundle",
                "by the rules of FHIR STU3 for a document Bundle",
            ),
            DocumentFact::Closed => ("waar de secties naar verwijzen zit erin", "what the sections refer to is in it"),
        };
        let (nl, en): (Vec<_>, Vec<_>) = self.is.iter().map(word).unzip();
        Text::new(nl.join("; "), en.join("; "))
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each_bundle(context, |bundle, _| {
            let mut seen = String::new();
            for fact in &self.is {
                let judged = match fact {
                    DocumentFact::Document => document(bundle),
                    DocumentFact::Whole => whole(bundle),
                    DocumentFact::Closed => closed(bundle),
                };
                match judged {
                    Judged::Met(text) => seen = text,
                    other => return other,
                }
            }
            Judged::Met(seen)
        })
    }
}

fn document(bundle: &Value) -> Judged {
    if bundle["type"] != "document" {
        return Judged::NotMet(format!("Bundle of type {}", short(&bundle["type"])));
    }
    match entries(bundle).next() {
        Some((_, first)) if first["resourceType"] == "Composition" => {
            Judged::Met(format!("a document of {} entries", entries(bundle).count()))
        }
        Some((_, first)) => Judged::NotMet(format!("it begins with {}", name(first))),
        None => Judged::NotMet("the Bundle is empty".into()),
    }
}

/// Invariants bdl-1 to bdl-9 of STU3, as far as they are about documents.
fn whole(bundle: &Value) -> Judged {
    let identifier = &bundle["identifier"];
    if !identifier["system"].is_string() || !identifier["value"].is_string() {
        return Judged::NotMet("no identifier with system and value (bdl-9)".into());
    }
    if bundle.get("total").is_some() {
        return Judged::NotMet("a total (bdl-1)".into());
    }
    let mut known = BTreeSet::new();
    for (entry, resource) in entries(bundle) {
        if let Some(odd) = ["search", "request", "response"].iter().find(|part| entry.get(**part).is_some()) {
            return Judged::NotMet(format!("{}: entry.{odd} (bdl-2 to bdl-4)", name(resource)));
        }
        if !resource["resourceType"].is_string() {
            return Judged::NotMet("an entry without resource (bdl-5)".into());
        }
        let Some(url) = entry["fullUrl"].as_str() else {
            return Judged::NotMet(format!("{}: no fullUrl", name(resource)));
        };
        if url.contains("/_history/") {
            return Judged::NotMet(format!("{url}: fullUrl of one version (bdl-8)"));
        }
        let version = resource["meta"]["versionId"].as_str().unwrap_or_default();
        if !known.insert((url, version)) {
            return Judged::NotMet(format!("{url} stands twice (bdl-7)"));
        }
    }
    Judged::Met(format!("{} entries", known.len()))
}

fn closed(bundle: &Value) -> Judged {
    let Some(composition) = composition_in(bundle) else { return Judged::Undecided("there is no Composition".into()) };
    let references = section_references(composition);
    let missing: Vec<&str> = references.iter().copied().filter(|r| resolve(bundle, r).is_none()).collect();
    match missing.as_slice() {
        _ if references.is_empty() => Judged::Undecided("the sections refer to nothing".into()),
        [] => Judged::Met(format!("{} references, all of them in the document", references.len())),
        [first, ..] => {
            Judged::NotMet(format!("{} of {} are not in the document: {first}", missing.len(), references.len()))
        }
    }
}

/// The Composition of a document, or the one that a message is.
fn composition_in(body: &Value) -> Option<&Value> {
    let is_one = |resource: &&Value| resource["resourceType"] == "Composition";
    entries(body).map(|(_, resource)| resource).find(is_one).or_else(|| Some(body).filter(is_one))
}

/// A reference without the version that it may name.
fn unversioned(reference: &str) -> &str {
    reference.split_once("/_history/").map_or(reference, |(reference, _)| reference)
}

/// What a reference leads to within a document.
fn resolve<'b>(bundle: &'b Value, reference: &str) -> Option<&'b Value> {
    let reference = unversioned(reference);
    let relative = {
        let mut parts = reference.rsplitn(3, '/');
        let (id, kind) = (parts.next()?, parts.next());
        kind.map(|kind| (kind, id))
    };
    let fits = |(entry, resource): &(&Value, &Value)| {
        entry["fullUrl"] == reference
            || relative.is_some_and(|(kind, id)| resource["resourceType"] == kind && resource["id"] == id)
    };
    entries(bundle).find(fits).map(|(_, resource)| resource)
}

/// A document is about the patient of a Task: its subject is in it, and is the one for whom the Task is.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentSubject {
    /// The step in which the Task was read.
    pub of: StepId,
}

impl DocumentSubject {
    pub(super) fn expected(&self) -> Text {
        Text::new(
            format!("het document gaat over de patiënt van de Task in `{}`", self.of),
            format!("the document is about the patient of the Task in `{}`", self.of),
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let exchanges = context.other(&self.of).into_iter().flat_map(|step| &step.exchanges);
        let mut tasks = exchanges.filter_map(|(_, e)| subject::json_body(e).ok());
        let Some(task) = tasks.rfind(|b| b["resourceType"] == "Task") else {
            return Answer::new(Judged::Undecided(format!("step `{}` gave no Task", self.of)), Vec::new());
        };
        each_bundle(context, |bundle, _| {
            let Some(composition) = composition_in(bundle) else {
                return Judged::Undecided("there is no Composition".into());
            };
            let Some(reference) = composition["subject"]["reference"].as_str() else {
                return Judged::NotMet("the Composition has no subject".into());
            };
            match resolve(bundle, reference) {
                Some(patient) if patient["resourceType"] == "Patient" => same_person(&task["for"], patient),
                Some(other) => Judged::NotMet(format!("the subject is {}", name(other))),
                None => Judged::NotMet(format!("{reference} is not in the document")),
            }
        })
    }
}

/// By the reference, and by an identifier where there is no reference.
fn same_person(whom: &Value, patient: &Value) -> Judged {
    let by_identifier = || {
        let value = whom["identifier"]["value"].as_str()?;
        let mut known = patient["identifier"].as_array().into_iter().flatten();
        Some(known.any(|identifier| identifier["value"] == value))
    };
    let reference = whom["reference"].as_str().and_then(|text| unversioned(text).rsplit('/').next());
    match reference.map(|id| patient["id"] == id).or_else(by_identifier) {
        Some(true) => Judged::Met(name(patient)),
        Some(false) => {
            Judged::NotMet(format!("the document is about {}, the Task is for {}", name(patient), short(whom)))
        }
        None => Judged::Undecided("the Task does not say for whom it is".into()),
    }
}

#[cfg(test)]
mod tests;
