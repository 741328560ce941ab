//! A guideline for TLS as data, and the levels that it gives to what a server or client offers.
//!
//! The NCSC knows four levels; which setting has which is in `profiles/tls/*.yaml`. A level is never told without the
//! guideline and its version, for the same setting has another level in another version.

use std::collections::BTreeMap;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::TlsVersion;
use super::client_hello::Offer;
use super::survey::{Flag, Known, Survey};
use crate::base::text::Text;

/// The level of a setting, the worst first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema, strum::Display,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Level {
    /// Onvoldoende.
    Insufficient,
    /// Uit te faseren.
    PhaseOut,
    /// Voldoende.
    Sufficient,
    /// Goed.
    Good,
}

impl Level {
    /// Its name.
    pub fn title(self) -> Text {
        match self {
            Self::Insufficient => Text::new("onvoldoende", "insufficient"),
            Self::PhaseOut => Text::new("uit te faseren", "phase out"),
            Self::Sufficient => Text::new("voldoende", "sufficient"),
            Self::Good => Text::new("goed", "good"),
        }
    }
}

/// What is graded.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::Display,
    strum::EnumIter,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Aspect {
    /// Protocol versions.
    Versions,
    /// Cipher suites.
    Suites,
    /// Groups of the key exchange.
    Groups,
    /// Schemes by which the handshake is signed.
    SignatureSchemes,
    /// Keys of the certificates.
    CertificateKeys,
    /// Algorithms by which the certificates are signed.
    ChainSignatures,
}

/// A pattern for a whole value.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String")]
pub struct Pattern(#[schemars(with = "String")] Regex);

impl TryFrom<String> for Pattern {
    type Error = regex::Error;
    fn try_from(text: String) -> Result<Self, regex::Error> {
        Regex::new(&format!("^(?:{text})$")).map(Self)
    }
}

/// Values of one level.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rule {
    /// The level.
    pub level: Level,
    /// Another level that the sources give as well: the difference never makes a deviation.
    #[serde(default)]
    pub or: Option<Level>,
    /// The values, as regular expressions for the whole of it.
    pub values: Vec<Pattern>,
    /// Only values whose number at the end is at least this.
    #[serde(default)]
    pub at_least: Option<u32>,
    /// What must be known of it.
    #[serde(default)]
    pub note: Option<Text>,
}

/// How one aspect is graded: the first rule that fits decides.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Rules {
    /// The rules.
    pub rules: Vec<Rule>,
    /// The level of what no rule fits; absent when the guideline does not say.
    #[serde(default)]
    pub otherwise: Option<Level>,
}

/// How a property is graded; what the guideline does not grade is left out.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FlagRule {
    /// When it is there.
    #[serde(default)]
    pub present: Option<Level>,
    /// When it is not.
    #[serde(default)]
    pub absent: Option<Level>,
}

/// A guideline.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Guideline {
    /// Its name, for example `ncsc-2025-05`.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Its version.
    pub version: String,
    /// Where it was read, and what remains unsure.
    pub note: Text,
    /// How aspects are graded.
    pub aspects: BTreeMap<Aspect, Rules>,
    /// How properties are graded.
    pub flags: BTreeMap<Flag, FlagRule>,
}

/// A grade: `None` as level when the guideline says nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Grade {
    /// The level; of two that the sources give, the better.
    pub level: Option<Level>,
    /// The other level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub or: Option<Level>,
    /// What must be known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}

impl Grade {
    /// In words, for example `good or sufficient`.
    pub fn text(&self) -> Text {
        let Some(level) = self.level else { return Text::new("niet beoordeeld", "not graded") };
        let (level, other) = (level.title(), self.or.map(Level::title));
        match other {
            Some(other) => Text::new(format!("{} of {}", level.nl, other.nl), format!("{} or {}", level.en, other.en)),
            None => level,
        }
    }
}

/// One setting with its grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Graded {
    /// What it is.
    pub aspect: String,
    /// In which version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<TlsVersion>,
    /// The setting.
    pub value: String,
    /// Its grade.
    #[serde(flatten)]
    pub grade: Grade,
}

impl Guideline {
    /// The name to print beside every grade, for example `NCSC 2025-05`.
    pub fn name(&self) -> String {
        format!("{} {}", self.title.en, self.version)
    }

    /// Grades one value.
    pub fn grade(&self, aspect: Aspect, value: &str) -> Grade {
        let Some(rules) = self.aspects.get(&aspect) else { return Grade { level: None, or: None, note: None } };
        match rules.rules.iter().find(|rule| rule.fits(value)) {
            Some(rule) => Grade {
                level: Some(rule.or.map_or(rule.level, |or| or.max(rule.level))),
                or: rule.or.map(|or| or.min(rule.level)),
                note: rule.note.clone(),
            },
            None => Grade { level: rules.otherwise, or: None, note: None },
        }
    }

    /// Grades a property.
    pub fn grade_flag(&self, flag: Flag, known: Known) -> Grade {
        let rule = self.flags.get(&flag).copied().unwrap_or_default();
        let level = match known {
            Known::Yes => rule.present,
            Known::No => rule.absent,
            Known::NotApplicable | Known::NotEvaluated => None,
        };
        Grade { level, or: None, note: None }
    }

    /// Grades everything that a survey found, aspect by aspect.
    pub fn grade_survey(&self, survey: &Survey) -> Vec<Graded> {
        use strum::IntoEnumIterator as _;
        let lists = Aspect::iter().flat_map(|aspect| {
            values_of(survey, aspect).into_iter().map(move |(version, value)| {
                let grade = self.grade(aspect, &value);
                Graded { aspect: aspect.to_string(), version, value, grade }
            })
        });
        let flags = survey.flags.iter().map(|(flag, known)| Graded {
            aspect: flag.to_string(),
            version: None,
            value: known.to_string(),
            grade: self.grade_flag(*flag, *known),
        });
        lists.chain(flags).collect()
    }

    /// Whether the server prefers what has the higher level, in every version; else what it does instead.
    ///
    /// # Errors
    /// What is in the wrong order.
    pub fn order(&self, survey: &Survey) -> Result<(), String> {
        for (version, suites) in &survey.suites {
            let levels: Vec<_> = suites.iter().map(|s| self.grade(Aspect::Suites, s).level).collect();
            let several = levels.iter().any(|level| *level != levels[0]);
            if several && survey.ordered.get(version) == Some(&Known::No) {
                return Err(format!("{version}: the client's order decides between suites of different levels"));
            }
            let wrong = levels.windows(2).position(|pair| pair[0] < pair[1]);
            if let Some(at) = wrong {
                return Err(format!("{version}: {} comes before {}", suites[at], suites[at + 1]));
            }
        }
        Ok(())
    }
}

impl Rule {
    fn fits(&self, value: &str) -> bool {
        let number = || {
            let digits = value.len() - value.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            value[value.len() - digits..].parse::<u32>().unwrap_or(0)
        };
        self.values.iter().any(|p| p.0.is_match(value)) && self.at_least.is_none_or(|least| number() >= least)
    }
}

/// The values of a survey under one aspect, with the version where it matters.
pub fn values_of(survey: &Survey, aspect: Aspect) -> Vec<(Option<TlsVersion>, String)> {
    let listed = |lists: &BTreeMap<TlsVersion, Vec<String>>| {
        lists.iter().rev().flat_map(|(v, list)| list.iter().map(|value| (Some(*v), value.clone()))).collect()
    };
    let plain = |list: &[String]| list.iter().map(|value| (None, value.clone())).collect();
    match aspect {
        Aspect::Versions => {
            survey.accepted().map(|v| (None, v.to_string())).collect::<Vec<_>>().into_iter().rev().collect()
        }
        Aspect::Suites => listed(&survey.suites),
        Aspect::Groups => listed(&survey.groups),
        Aspect::SignatureSchemes => listed(&survey.signature_schemes),
        Aspect::CertificateKeys => plain(&survey.certificate_keys),
        Aspect::ChainSignatures => plain(&survey.chain_signatures),
    }
}

/// The values of a client's offer under one aspect; none where a hello does not tell. Signalling values are no offer.
pub fn values_of_offer(offer: &Offer, aspect: Aspect) -> Vec<String> {
    match aspect {
        Aspect::Versions => offer.versions.clone(),
        Aspect::Suites => offer.cipher_suites.iter().filter(|s| !s.ends_with("_SCSV")).cloned().collect(),
        Aspect::Groups => offer.groups.clone(),
        Aspect::SignatureSchemes => offer.signature_schemes.clone(),
        Aspect::CertificateKeys | Aspect::ChainSignatures => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn guideline() -> Guideline {
        serde_json::from_value(serde_json::json!({
            "id": "test-1", "title": {"nl": "T", "en": "T"}, "version": "1", "note": {"nl": "n", "en": "n"},
            "aspects": {
                "suites": {"rules": [
                    {"level": "good", "values": ["TLS_AES_256_GCM_SHA384"]},
                    {"level": "good", "or": "sufficient", "values": ["TLS_ECDHE_.*_GCM_.*"]},
                    {"level": "phase-out", "values": ["TLS_DHE_.*"]}
                ], "otherwise": "insufficient"},
                "certificate-keys": {"rules": [
                    {"level": "good", "values": ["RSA \\d+"], "at-least": 3072},
                    {"level": "phase-out", "values": ["RSA \\d+"], "at-least": 2048}
                ]}
            },
            "flags": {"compression": {"present": "insufficient", "absent": "good"}}
        }))
        .unwrap()
    }

    #[test]
    fn the_first_rule_that_fits_the_whole_value_decides() {
        let guideline = guideline();
        let level = |aspect, value: &str| guideline.grade(aspect, value).level;
        assert_eq!(level(Aspect::Suites, "TLS_AES_256_GCM_SHA384"), Some(Level::Good));
        assert_eq!(level(Aspect::Suites, "XTLS_AES_256_GCM_SHA384"), Some(Level::Insufficient));
        assert_eq!(level(Aspect::CertificateKeys, "RSA 4096"), Some(Level::Good));
        assert_eq!(level(Aspect::CertificateKeys, "RSA 2048"), Some(Level::PhaseOut));
        assert_eq!(level(Aspect::CertificateKeys, "RSA 1024"), None);
        assert_eq!(level(Aspect::Groups, "x25519"), None);
        let either = guideline.grade(Aspect::Suites, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
        assert_eq!((either.level, either.or), (Some(Level::Good), Some(Level::Sufficient)));
        assert_eq!(either.text().en, "good or sufficient");
        assert_eq!(guideline.grade_flag(Flag::Compression, Known::Yes).level, Some(Level::Insufficient));
        assert_eq!(guideline.grade_flag(Flag::Compression, Known::NotEvaluated).level, None);
    }

    #[test]
    fn an_order_is_wrong_when_the_lower_level_comes_first_or_the_client_decides() {
        let suites = |list: &[&str], own| Survey {
            suites: [(TlsVersion::Tls12, list.iter().map(|s| (*s).to_owned()).collect())].into(),
            ordered: [(TlsVersion::Tls12, own)].into(),
            ..Survey::default()
        };
        let (high, low) = ("TLS_AES_256_GCM_SHA384", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256");
        assert_eq!(guideline().order(&suites(&[high, low], Known::Yes)), Ok(()));
        assert!(guideline().order(&suites(&[low, high], Known::Yes)).is_err());
        assert!(guideline().order(&suites(&[high, low], Known::No)).is_err());
        assert_eq!(guideline().order(&suites(&[low], Known::No)), Ok(()));
    }
}
