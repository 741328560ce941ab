//! One normative clause: what it says, who says so, and how serious a deviation is.

mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::id::RequirementId;
use crate::base::text::Text;
use crate::check::Verdict;

pub use words::{
    Authority, BindingFrom, Enforcement, Function, Level, Maturity, Party, PlateauBasis, Role, Subject, Verification,
};

/// What the source itself prescribes for a condition, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Official {
    /// How strong the source calls it, for example `Verplicht`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prescription: Option<String>,
    /// How the source has it assessed, for example `Validatie`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toetsing: Option<String>,
}

/// Where a clause is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Source {
    /// Title of the page or document.
    pub title: String,
    /// Path or URL; `n/a` when there is none.
    pub path: String,
    /// Version that was read.
    pub version: String,
}

/// What the source writes under `Toetsing` for a duty of the participant.
const PARTICIPANT_DUTY: &str = "Eis aan deelnemer";

/// One normative clause.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Requirement {
    /// Id, as the publisher writes it.
    pub id: RequirementId,
    /// Title.
    pub title: Text,
    /// What it demands, paraphrased.
    pub statement: Text,
    /// How the harness looks at it.
    pub how: Text,
    /// How strong it is.
    pub level: Level,
    /// Who says so.
    pub authority: Authority,
    /// How far the text got.
    pub maturity: Maturity,
    /// Releases whose text was read.
    pub releases: Vec<String>,
    /// Releases that inherit the older text because no newer one could be read.
    #[serde(default)]
    pub inherited_by: Vec<String>,
    /// Parties that it binds.
    pub roles: Vec<Party>,
    /// Function.
    pub function: Function,
    /// Zorgtoepassing, or `generic`: a word of `profiles/zorgtoepassingen.yaml`.
    pub zorgtoepassing: String,
    /// Transactions.
    #[serde(default)]
    pub transactions: Vec<String>,
    /// Plateaus that it binds on; not cumulative.
    #[schemars(inner(range(min = 1, max = 4)), extend("uniqueItems" = true))]
    pub plateaus: Vec<u8>,
    /// Where these come from.
    pub plateau_basis: PlateauBasis,
    /// Where a verdict can come from.
    pub verification: Verification,
    /// Where it is written.
    pub source: Source,
    /// Id that Twiin itself uses.
    #[serde(default)]
    pub official_id: Option<String>,
    /// Known error in the source.
    #[serde(default)]
    pub erratum: Option<String>,
    /// Requirements of a lower or the same plateau that it makes stricter.
    #[serde(default)]
    pub tightens: Vec<RequirementId>,
    /// What becomes stricter on a higher plateau, by plateau.
    #[serde(default)]
    pub stricter: BTreeMap<u8, Text>,
    /// Condition under which it applies.
    #[serde(default)]
    pub applies_when: Option<Text>,
    /// From when it binds.
    #[serde(default)]
    pub binding_from: Option<BindingFrom>,
    /// What the source itself prescribes.
    #[serde(default)]
    pub official: Option<Official>,
    /// A remark or warning about the source.
    #[serde(default)]
    pub note: Option<Text>,
    /// Cap on deviations.
    #[serde(default)]
    pub enforcement: Option<Enforcement>,
    /// Why that cap.
    #[serde(default)]
    pub enforcement_reason: Option<Text>,
    /// Why nothing shows it.
    #[serde(default)]
    pub not_tested: Option<String>,
    /// Whether a document of the dossier can show what no capture shows, for `observed` rows; every `attested` row can be
    /// shown so.
    #[serde(default)]
    pub attestable: bool,
    /// Tests of this tool that show it, for rules about the tool or the package of evidence: `it::<file>::<test>` in
    /// `tests/it/`, `lib::<module>::<test>` in `src/`, `bin::<module>::<test>` in `src/cli/`.
    #[serde(default)]
    pub shown_by_test: Vec<String>,
}

/// What a deviation amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// It is recorded and never counts.
    Information,
    /// It warns.
    Warns,
    /// It fails.
    Fails,
}

/// A rule that can keep a deviation from counting in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Limit {
    /// How strong the clause is.
    Level,
    /// Who says so.
    Authority,
    /// Where its plateaus come from.
    PlateauBasis,
    /// A cap of its own.
    Enforcement,
    /// How far its text got.
    Maturity,
}

impl Severity {
    /// The verdict of a deviation; `None` when it does not count.
    pub fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Information => None,
            Self::Warns => Some(Verdict::Warn),
            Self::Fails => Some(Verdict::Fail),
        }
    }
}

impl Requirement {
    /// How serious a deviation on a plateau is: the one place where that is decided.
    ///
    /// A MUST of the Twiin text, a national standard or a base standard fails; a SHOULD, or a rule known only from an
    /// implementer, warns; a MAY or an assumption never counts. Where the plateau is our own reading, partners below
    /// plateau 4 may have agreed otherwise, so a deviation there warns. A draft warns at most.
    pub fn severity(&self, plateau: u8) -> Severity {
        self.limits(plateau).into_iter().map(|(_, most)| most).min().unwrap_or(Severity::Information)
    }

    /// What each of the five rules allows a deviation on a plateau to amount to at most; the lowest counts.
    pub fn limits(&self, plateau: u8) -> [(Limit, Severity); 5] {
        let by_level = match self.level {
            Level::Must => Severity::Fails,
            Level::Should => Severity::Warns,
            Level::May => Severity::Information,
        };
        let by_authority = match self.authority {
            Authority::Assumption => Severity::Information,
            Authority::Implementer => Severity::Warns,
            _ => Severity::Fails,
        };
        let by_plateau = match self.plateau_basis {
            PlateauBasis::Reading if plateau < 4 => Severity::Warns,
            _ => Severity::Fails,
        };
        let by_cap = match self.enforcement {
            Some(Enforcement::Information) => Severity::Information,
            Some(Enforcement::Advisory) => Severity::Warns,
            None => Severity::Fails,
        };
        // A draft is not in force, and what was superseded is in force no more.
        let by_maturity = match self.maturity {
            Maturity::Normative | Maturity::Derived => Severity::Fails,
            Maturity::Draft => Severity::Warns,
            Maturity::Superseded => Severity::Information,
        };
        [
            (Limit::Level, by_level),
            (Limit::Authority, by_authority),
            (Limit::PlateauBasis, by_plateau),
            (Limit::Enforcement, by_cap),
            (Limit::Maturity, by_maturity),
        ]
    }

    /// Whether the clause binds a candidate in a role.
    pub fn binds(&self, role: Role) -> bool {
        self.roles.iter().any(|party| party.binds(role))
    }

    /// Whether the clause is in scope for a subject that plays these roles. A GtK also carries on the wire what binds
    /// the participant that it speaks for; an organisation answers for what binds itself.
    pub fn binds_subject(&self, subject: Subject, roles: &[Role]) -> bool {
        match subject {
            Subject::Gtk => roles.iter().any(|role| self.binds(*role)),
            Subject::Deelnemer => self.roles.contains(&Party::Deelnemer) || self.is_participant_duty(),
            other => self.roles.contains(&other.party()),
        }
    }

    /// Whether Twiin assesses the clause at the participant and not at the node (`Toetsing`: `Eis aan deelnemer`).
    pub fn is_participant_duty(&self) -> bool {
        self.official.as_ref().and_then(|o| o.toetsing.as_deref()) == Some(PARTICIPANT_DUTY)
    }

    /// Whether a document can show the clause.
    pub fn is_attestable(&self) -> bool {
        self.verification == Verification::Attested || self.attestable
    }

    /// Whether a document in the dossier of this subject can show the clause. What binds an organisation only belongs in
    /// the package of that organisation (PROC-12).
    pub fn takes_document_of(&self, subject: Subject) -> bool {
        let own = match subject {
            Subject::Gtk => !self.is_participant_duty() && self.roles.iter().any(|p| p.is_node()),
            other => self.binds_subject(other, &[]),
        };
        own && self.is_attestable()
    }

    /// Whether the clause holds in a release: read there, or inherited.
    pub fn holds_in(&self, release: &str) -> bool {
        self.releases.iter().chain(&self.inherited_by).any(|r| r == release)
    }

    /// Whether a release only inherits it.
    pub fn is_inherited_by(&self, release: &str) -> bool {
        self.inherited_by.iter().any(|r| r == release)
    }
}

/// A file of requirements.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequirementFile {
    /// The source document.
    pub document: Document,
    /// Its requirements.
    pub requirements: Vec<Requirement>,
}

/// A source document.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Document {
    /// Title.
    pub title: String,
    /// Short name.
    pub file: String,
    /// Licence of the texts.
    pub licence: String,
}

/// A known error in the source texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Erratum {
    /// Id.
    pub id: String,
    /// Where.
    #[serde(rename = "where")]
    pub place: String,
    /// What is wrong.
    pub finding: Text,
    /// How we read it.
    pub ruling: Text,
}

/// The file of errata.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ErrataFile {
    /// The errata.
    pub errata: Vec<Erratum>,
}

/// Something that the public sources do not tell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Gap {
    /// Id.
    pub id: String,
    /// The file of the catalogue that it belongs to.
    pub document: String,
    /// What is missing.
    pub about: Text,
    /// What that means for whoever reads a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consequence: Option<Text>,
}

/// The file of gaps.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GapFile {
    /// The gaps.
    pub gaps: Vec<Gap>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A MUST of the Twiin text on plateau 4, with other members laid over it.
    fn row(over: serde_json::Value) -> Requirement {
        let mut row = serde_json::json!({
            "id": "A-1", "title": {"nl": "a", "en": "a"}, "statement": {"nl": "a", "en": "a"},
            "how": {"nl": "a", "en": "a"}, "level": "must", "authority": "afsprakenstelsel", "maturity": "normative",
            "releases": ["1.5"], "roles": ["gtk"], "function": "beheer", "zorgtoepassing": "generic", "plateaus": [4],
            "plateau-basis": "source", "verification": "attested",
            "source": {"title": "a", "path": "n/a", "version": "1"}
        });
        for (name, value) in over.as_object().unwrap() {
            row[name] = value.clone();
        }
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn an_implementer_warns_at_most_and_an_assumption_never_counts() {
        let severity = |authority: &str| row(serde_json::json!({ "authority": authority })).severity(4);
        for fails in ["afsprakenstelsel", "groeimodel", "nictiz", "nen", "base-standard"] {
            assert_eq!(severity(fails), Severity::Fails, "{fails}");
        }
        assert_eq!(severity("implementer"), Severity::Warns);
        assert_eq!(severity("assumption"), Severity::Information);
    }

    #[test]
    fn a_duty_of_the_participant_takes_no_document_of_a_gtk() {
        let official = serde_json::json!({"prescription": "Verplicht", "toetsing": "Eis aan deelnemer"});
        let duty = row(serde_json::json!({ "official": official }));
        assert!(duty.is_participant_duty() && !duty.takes_document_of(Subject::Gtk));
        assert!(duty.takes_document_of(Subject::Deelnemer));
        let own = row(serde_json::json!({ "official": {"toetsing": "Validatie"} }));
        assert!(own.takes_document_of(Subject::Gtk) && !own.takes_document_of(Subject::Deelnemer));
    }

    #[test]
    fn what_binds_an_organisation_only_belongs_in_its_own_package() {
        let row = row(serde_json::json!({ "roles": ["gtk-beheerder"] }));
        assert!(row.takes_document_of(Subject::GtkBeheerder));
        for other in [Subject::Gtk, Subject::Deelnemer, Subject::Dienstverlener] {
            assert!(!row.takes_document_of(other), "{other}");
            assert!(!row.binds_subject(other, Role::ALL), "{other}");
        }
    }

    #[test]
    fn what_is_seen_on_the_wire_takes_no_document_unless_it_says_so() {
        assert!(!row(serde_json::json!({ "verification": "observed" })).is_attestable());
        assert!(row(serde_json::json!({ "verification": "observed", "attestable": true })).is_attestable());
    }
}
