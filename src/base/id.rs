//! Identifiers: parsed once, valid ever after.
//!
//! A requirement keeps the id of its publisher (`NET-5.010`, `BgZ-1-authz-03`); a scenario's id is its path below
//! `scenarios/` without the extension; a step's id is unique within its scenario.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is no identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} `{text}` {why}")]
pub struct IdFault {
    kind: &'static str,
    text: String,
    why: &'static str,
}

fn check(kind: &'static str, text: &str, extra: &str) -> Result<(), IdFault> {
    let fault = |why| IdFault { kind, text: text.chars().take(80).collect(), why };
    if text.is_empty() {
        return Err(fault("is empty"));
    }
    if text.len() > 160 {
        return Err(fault("is longer than 160 characters"));
    }
    if !text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c)) {
        return Err(fault("has a character that ids do not use"));
    }
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return Err(fault("does not start with a letter or digit"));
    }
    Ok(())
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $extra:literal, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(extend("pattern" = $pattern, "maxLength" = 160))]
        pub struct $name(String);

        impl $name {
            /// Parses an id; an [`IdFault`] says what is wrong with the text.
            pub fn parse(text: &str) -> Result<Self, IdFault> {
                check($kind, text, $extra)?;
                Ok(Self(text.to_owned()))
            }
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = IdFault;
            fn try_from(text: String) -> Result<Self, IdFault> {
                Self::parse(&text)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// The id of one normative clause, as its publisher writes it.
    RequirementId, "requirement id", "-._", r"^[A-Za-z0-9_][A-Za-z0-9._-]*$"
);
identifier!(
    /// The id of a scenario: its path below `scenarios/`, without extension.
    ScenarioId, "scenario id", "-_/.", r"^[A-Za-z0-9_][A-Za-z0-9._/-]*$"
);
identifier!(
    /// The id of a step, unique within its scenario.
    StepId, "step id", "-_", r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_of_the_sources_are_accepted() {
        for id in ["NET-5.010", "BgZ-1-authz-03", "NET-5.030-v13", "TW-LA-TA-001", "R4-twiin-st-1"] {
            assert_eq!(RequirementId::parse(id).map(|i| i.to_string()).ok(), Some(id.to_owned()));
        }
    }

    #[test]
    fn empty_spaced_and_overlong_ids_are_refused() {
        for id in ["", "A B", "a/b", "-x", &"a".repeat(161)] {
            assert!(RequirementId::parse(id).is_err(), "{id:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_the_text(text in ".{0,200}") {
            if let Ok(id) = ScenarioId::parse(&text) {
                prop_assert_eq!(id.as_str(), text.as_str());
                prop_assert!(ScenarioId::parse(id.as_str()).is_ok());
            }
        }
    }
}
