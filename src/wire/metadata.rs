//! Codes of timeline entries, which two sources fill in differently: a metadata profile is data and can be chosen.
//!
//! Release 1.2 of Twiin names some codes, the information standard of Nictiz names others, and Twiin says that Nictiz prevails
//! (30-beeldbeschikbaarheid section 7.3). So the profile of Nictiz is the default, and a code of the other is an alternative that
//! is told and not failed. An attribute without codes is open; what the reference writes there is said to be an assumption.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::text::Text;

/// A profile: `profiles/beeldbeschikbaarheid/metadata/*.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MetadataProfile {
    /// The word that chooses it.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// Where its codes come from.
    pub source: String,
    /// Codes by kind of entry.
    pub entries: BTreeMap<EntryKind, EntryCodes>,
    /// Codes that every entry has.
    pub common: CommonCodes,
    /// The modality in the event code list.
    pub modality: Modality,
    /// Whether it is the one that counts where nobody chooses.
    #[serde(default)]
    pub prevails: bool,
}

/// How a modality is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Modality {
    /// Scheme of its code.
    pub scheme: String,
    /// Other names of that scheme, which are told and not failed.
    #[serde(default)]
    pub alternatives: Vec<String>,
}

/// A kind of entry.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum EntryKind {
    /// A manifest of images.
    Images,
    /// A report as PDF.
    ReportPdf,
    /// A report as CDA.
    ReportCda,
}

/// Codes of a kind of entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EntryCodes {
    /// Media type.
    pub media_type: String,
    /// Class code.
    pub class: Coded,
    /// Type code.
    #[serde(rename = "type")]
    pub kind: Coded,
    /// Format code.
    pub format: Coded,
}

/// Codes that every entry has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommonCodes {
    /// Confidentiality code.
    pub confidentiality: Coded,
    /// Healthcare facility type code.
    pub facility: Coded,
    /// Practice setting code.
    pub practice_setting: Coded,
    /// Language code: what the reference writes.
    pub language: String,
}

/// What stands in one attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Coded {
    /// Codes that are right; none when the attribute is open. The reference writes the first.
    #[serde(default)]
    pub codes: Vec<XdsCode>,
    /// What the reference writes in an open attribute: an assumption.
    #[serde(default)]
    pub reference: Option<XdsCode>,
    /// Codes of another profile, which are told and not failed.
    #[serde(default)]
    pub alternatives: Vec<XdsCode>,
    /// The value set that binds, which is not looked into: its contents were not seen.
    #[serde(default)]
    pub value_set: Option<ValueSet>,
}

/// A code with its coding scheme, as XDS metadata carry it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct XdsCode {
    /// Code.
    pub code: String,
    /// Coding scheme.
    pub scheme: String,
    /// Display name.
    #[serde(default)]
    pub display: String,
}

/// A value set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ValueSet {
    /// OID.
    pub oid: String,
    /// Since when this version holds.
    pub effective: String,
    /// Whether codes outside it are allowed.
    pub binding: Binding,
}

/// Whether codes outside a value set are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Binding {
    /// They are not.
    Required,
    /// They are.
    Extensible,
    /// The source does not say.
    NotSpecified,
}

/// How a code stands in an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// One of the codes.
    Right,
    /// One of the alternatives.
    Alternative,
    /// The attribute is open.
    Open,
    /// None of them.
    Wrong,
}

impl XdsCode {
    /// Whether it is the same concept: code and scheme count.
    pub fn is(&self, other: &Self) -> bool {
        self.code == other.code && self.scheme == other.scheme
    }
}

impl Coded {
    /// What the reference writes; `None` when nobody says.
    pub fn written(&self) -> Option<&XdsCode> {
        self.codes.first().or(self.reference.as_ref())
    }

    /// How a code stands here.
    pub fn standing(&self, code: &XdsCode) -> Standing {
        if self.codes.iter().any(|own| own.is(code)) {
            Standing::Right
        } else if self.alternatives.iter().any(|other| other.is(code)) {
            Standing::Alternative
        } else if self.codes.is_empty() {
            Standing::Open
        } else {
            Standing::Wrong
        }
    }
}

impl MetadataProfile {
    /// The kind of an entry, by its media type and class.
    pub fn kind_of(&self, media_type: &str, class: &XdsCode) -> Option<EntryKind> {
        let suits = |codes: &EntryCodes| {
            codes.media_type == media_type
                && matches!(codes.class.standing(class), Standing::Right | Standing::Alternative)
        };
        self.entries.iter().find(|(_, codes)| suits(codes)).map(|(kind, _)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str) -> XdsCode {
        XdsCode { code: code.to_owned(), scheme: "2.999.1".to_owned(), display: String::new() }
    }

    #[test]
    fn a_code_is_right_an_alternative_or_wrong_and_an_open_attribute_takes_all() {
        let coded = Coded { codes: vec![code("A")], alternatives: vec![code("B")], ..Coded::default() };
        assert_eq!(coded.standing(&code("A")), Standing::Right);
        assert_eq!(coded.standing(&code("B")), Standing::Alternative);
        assert_eq!(coded.standing(&code("C")), Standing::Wrong);
        assert_eq!(coded.standing(&XdsCode { scheme: "2.999.2".to_owned(), ..code("A") }), Standing::Wrong);
        let open = Coded { reference: Some(code("R")), ..Coded::default() };
        assert_eq!((open.standing(&code("C")), open.written()), (Standing::Open, Some(&code("R"))));
    }
}
