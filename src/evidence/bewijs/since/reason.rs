//! The reasons to do something again, in words.

use crate::base::text::Text;

/// A kind of reason. Its name in kebab-case is the code for a program.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::EnumIter, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Why {
    /// The bewijs counts no longer.
    Expired,
    /// It was withdrawn.
    Withdrawn,
    /// Another took its place.
    Superseded,
    /// The product, or its version or supplier, is another.
    OtherProduct,
    /// Something else in the candidate file is.
    OtherCandidate,
    /// The release of the Afsprakenstelsel is another.
    OtherRelease,
    /// The version of the tool is another.
    OtherHarness,
    /// A profile or fixture that everything rests on was changed.
    OtherProfile,
    /// The authorization matrix is another.
    OtherMatrix,
    /// This tool can no longer read what the bewijs was judged by.
    UnreadablePack,
    /// The scenario is new.
    NewScenario,
    /// The scenario was there and was not driven.
    NotDriven,
    /// The scenario was changed.
    ChangedScenario,
    /// A fragment that it begins with was changed.
    ChangedFragment,
    /// The endpoints of its role are others.
    OtherEndpoints,
    /// A capability that it needs is declared otherwise.
    OtherCapability,
    /// The candidate is set in motion in another way.
    OtherTrigger,
    /// It holds resources against FHIR packages, and others are given.
    OtherPackages,
    /// It counts for a plateau that was not looked at.
    OtherPlateau,
    /// It was not passed.
    NotPassed,
    /// The requirement is new.
    NewRequirement,
    /// The row of the requirement was changed.
    ChangedRequirement,
    /// This tool judges the same transcript otherwise.
    JudgedOtherwise,
    /// A waiver that was applied has expired.
    WaiverExpired,
    /// A waiver that was applied is declared no longer, or otherwise.
    WaiverGone,
    /// What documents showed is not shown by them today.
    DocumentGone,
}

impl Why {
    /// The reason, with what it is about.
    pub fn because(self, what: &str) -> Reason {
        Reason { why: self, what: what.to_owned() }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Expired => ("het bewijs telt niet meer", "the bewijs counts no longer"),
            Self::Withdrawn => ("het bewijs is ingetrokken", "the bewijs was withdrawn"),
            Self::Superseded => ("een later bewijs nam zijn plaats in", "a later bewijs took its place"),
            Self::OtherProduct => ("het product is een ander", "the product is another"),
            Self::OtherCandidate => ("het kandidaatbestand is anders", "the candidate file differs"),
            Self::OtherRelease => {
                ("de release van het Afsprakenstelsel is een andere", "the release of the Afsprakenstelsel is another")
            }
            Self::OtherHarness => ("de versie van de tool is een andere", "the version of the tool is another"),
            Self::OtherProfile => (
                "een profiel of gegeven waar alles op rust is gewijzigd",
                "a profile or data that all rests on was changed",
            ),
            Self::OtherMatrix => ("de autorisatiematrix is een andere", "the authorization matrix is another"),
            Self::UnreadablePack => (
                "deze versie van de tool kan niet meer lezen waarmee het bewijs is beoordeeld",
                "this version of the tool can no longer read what the bewijs was judged by",
            ),
            Self::NewScenario => ("het scenario is nieuw", "the scenario is new"),
            Self::NotDriven => ("het scenario is toen niet uitgevoerd", "the scenario was not driven then"),
            Self::ChangedScenario => ("het scenario is gewijzigd", "the scenario was changed"),
            Self::ChangedFragment => {
                ("het begin van het scenario is gewijzigd", "what the scenario begins with was changed")
            }
            Self::OtherEndpoints => ("de endpoints van de rol zijn anders", "the endpoints of the role differ"),
            Self::OtherCapability => ("een capability is anders verklaard", "a capability is declared otherwise"),
            Self::OtherTrigger => {
                ("de kandidaat wordt anders in beweging gezet", "the candidate is set in motion in another way")
            }
            Self::OtherPackages => ("de FHIR-packages zijn andere", "the FHIR packages are others"),
            Self::OtherPlateau => ("er is naar een plateau niet gekeken", "a plateau was not looked at"),
            Self::NotPassed => ("de uitkomst was niet `pass`", "the outcome was not `pass`"),
            Self::NewRequirement => ("de eis is nieuw in dit bereik", "the requirement is new in this scope"),
            Self::ChangedRequirement => ("de eis is gewijzigd", "the requirement was changed"),
            Self::JudgedOtherwise => {
                ("deze tool beoordeelt hetzelfde transcript anders", "this tool judges the same transcript otherwise")
            }
            Self::WaiverExpired => ("de gemelde afwijking is verlopen", "the declared deviation has expired"),
            Self::WaiverGone => {
                ("de gemelde afwijking is er niet meer of is anders", "the declared deviation is gone or differs")
            }
            Self::DocumentGone => ("documenten tonen dit vandaag niet aan", "documents do not show this today"),
        }
    }
}

/// A reason to do something again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// What kind.
    pub why: Why,
    /// What it is about; may be empty.
    pub what: String,
}

impl Reason {
    /// The reason in words.
    pub fn text(&self) -> Text {
        let (nl, en) = self.why.words();
        match self.what.as_str() {
            "" => Text::new(nl, en),
            what => Text::new(format!("{nl}: {what}"), format!("{en}: {what}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_reason_has_words_in_both_languages_and_a_code_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for why in Why::iter() {
            let (bare, about) = (why.because("").text(), why.because("X").text());
            assert!(!bare.nl.is_empty() && !bare.en.is_empty() && bare.nl != bare.en, "{why}");
            assert!(about.nl.ends_with(": X") && about.en.ends_with(": X"), "{why}");
            assert!(seen.insert(bare.en), "{why}");
        }
    }
}
