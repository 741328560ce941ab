//! What is demanded of a kind of Composition, as data (`profiles/<zorgtoepassing>/compositions.yaml`).

use serde::{Deserialize, Serialize};

use crate::wire::query::Code;

/// A kind of Composition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompositionTable {
    /// Its name, as scenarios write it.
    pub id: String,
    /// Canonical by which it is known.
    pub profile: String,
    /// Code system of the sections.
    pub system: String,
    /// Its sections.
    pub sections: Vec<SectionRule>,
    /// Codes of sections that it does not have.
    #[serde(default)]
    pub without_sections: Vec<Code>,
    /// Canonicals of entries that it does not have.
    #[serde(default)]
    pub without_entries: Vec<String>,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SectionRule {
    /// Its name, as scenarios write it.
    pub name: String,
    /// Its code.
    pub code: String,
    /// How often at least, where the section around it is there.
    #[serde(default)]
    pub at_least: usize,
    /// How often at most; as often as one likes when absent.
    #[serde(default)]
    pub at_most: Option<usize>,
    /// What it refers to.
    #[serde(default)]
    pub entries: Vec<EntryRule>,
    /// What it says by extensions.
    #[serde(default)]
    pub extensions: Vec<ExtensionRule>,
    /// Whether text may stand in the place of the sections within it: `text.status` is then `additional`.
    #[serde(default)]
    pub may_be_text: bool,
    /// Sections within it.
    #[serde(default)]
    pub sections: Vec<SectionRule>,
}

/// Entries of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EntryRule {
    /// Resource type.
    pub resource: String,
    /// Canonicals, one of which a resource of this kind claims; any resource of the type when none is named.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// How many at least.
    #[serde(default)]
    pub at_least: usize,
    /// How many at most; as many as one likes when absent.
    #[serde(default)]
    pub at_most: Option<usize>,
}

/// An extension that is there exactly once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExtensionRule {
    /// Its URL.
    pub url: String,
    /// Element that holds its value, for example `valueDateTime`.
    pub value: String,
}

impl CompositionTable {
    /// Names of all sections, however deep.
    pub fn section_names(&self) -> Vec<&str> {
        fn names<'r>(rules: &'r [SectionRule], found: &mut Vec<&'r str>) {
            for rule in rules {
                found.push(&rule.name);
                names(&rule.sections, found);
            }
        }
        let mut found = Vec::new();
        names(&self.sections, &mut found);
        found
    }
}
