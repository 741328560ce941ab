//! Data types anywhere in an answer, contained and included resources too: assertions T9 to T13 (21-bgz section 6.3).

use serde::Deserialize;
use serde_json::Value;

use super::bundle::each_bundle;
use super::{Answer, Context, Judged};
use crate::base::text::Text;
use crate::wire::fhir;

/// Root of the OIDs of zib value sets: a value set is no code system.
const ZIB_VALUE_SETS: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.2";

/// Judges every value of one FHIR type; the first wrong ones are shown with their path.
fn every(context: Context<'_>, type_name: &str, wrong: impl Fn(&Value) -> Option<&'static str>) -> Answer {
    each_bundle(context, |bundle, _| {
        let mut count = 0;
        let mut bad = Vec::new();
        for node in fhir::descendants(bundle).into_iter().filter(|n| n.type_name == type_name) {
            count += 1;
            if let Some(why) = wrong(node.value) {
                bad.push(format!("{}: {why}", node.path));
            }
        }
        match (count, bad.as_slice()) {
            (0, _) => Judged::Undecided(format!("no {type_name} in the answer")),
            (_, []) => Judged::Met(format!("{count} × {type_name}")),
            (_, bad) => Judged::NotMet(format!("{} of {count} × {type_name}, first {}", bad.len(), bad[0])),
        }
    })
}

fn has_extension(value: &Value) -> bool {
    value["extension"].as_array().is_some_and(|e| !e.is_empty())
}

macro_rules! datatype_check {
    ($(#[$doc:meta])* $name:ident, $type:literal, $nl:literal, $en:literal, $wrong:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct $name {}

        impl $name {
            pub(super) fn expected(&self) -> Text {
                Text::new($nl, $en)
            }
            pub(super) fn judge(&self, context: Context<'_>) -> Answer {
                every(context, $type, $wrong)
            }
        }
    };
}

datatype_check!(
    /// Every Coding has system and code (T9).
    Codings, "Coding", "elke Coding heeft system en code", "every Coding has system and code",
    |coding| (!coding["system"].is_string() || !coding["code"].is_string()).then_some("system or code missing")
);
datatype_check!(
    /// No Coding names a zib value set as its system (T10).
    CodingSystems, "Coding", "geen Coding.system met de OID van een zib-waardelijst", "no Coding.system with the OID of a zib value set",
    |coding| coding["system"].as_str().is_some_and(|s| s.starts_with(ZIB_VALUE_SETS)).then_some("value set as system")
);
datatype_check!(
    /// Every CodeableConcept has a display, a text or an extension (T11).
    CodeableConcepts, "CodeableConcept", "elk CodeableConcept heeft display, text of een extensie", "every CodeableConcept has display, text or an extension",
    |concept| {
        let display = concept["coding"].as_array().is_some_and(|c| c.iter().any(|c| c["display"].is_string()));
        (!display && !concept["text"].is_string() && !has_extension(concept)).then_some("neither display nor text")
    }
);
datatype_check!(
    /// Every Reference has a display or says why not (T12).
    References, "Reference", "elke Reference heeft een display", "every Reference has a display",
    |reference| (!reference["display"].is_string() && !has_extension(reference)).then_some("no display")
);
datatype_check!(
    /// Every Identifier has system or type, and value (T13).
    Identifiers, "Identifier", "elke Identifier heeft system of type, en value", "every Identifier has system or type, and value",
    |identifier| {
        let known = identifier["system"].is_string() || identifier["type"].is_object();
        (!known || !identifier["value"].is_string()).then_some("system, type or value missing")
    }
);
