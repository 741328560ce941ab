//! Status of an answer (30-beeldbeschikbaarheid section 6.3).

use serde::{Deserialize, Serialize};

/// Root of the statuses of ebRS.
const EBXML: &str = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:";
/// Partial success is a status of IHE, and has another root than the other two.
const PARTIAL: &str = "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess";

/// Status of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// All was done.
    Success,
    /// Nothing was done.
    Failure,
    /// There is content and there are errors.
    PartialSuccess,
    /// Some other text, such as a partial success under the root of the other two.
    Other(String),
    /// No status.
    #[default]
    Missing,
}

impl Status {
    /// Reads the attribute.
    pub fn read(text: Option<&str>) -> Self {
        match text {
            None => Self::Missing,
            Some(PARTIAL) => Self::PartialSuccess,
            Some(text) => match text.strip_prefix(EBXML) {
                Some("Success") => Self::Success,
                Some("Failure") => Self::Failure,
                _ => Self::Other(text.to_owned()),
            },
        }
    }

    /// The value of the attribute; `None` when it is missing.
    pub fn urn(&self) -> Option<String> {
        match self {
            Self::Success => Some(format!("{EBXML}Success")),
            Self::Failure => Some(format!("{EBXML}Failure")),
            Self::PartialSuccess => Some(PARTIAL.to_owned()),
            Self::Other(text) => Some(text.clone()),
            Self::Missing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_success_has_a_root_of_its_own() {
        for status in [Status::Success, Status::Failure, Status::PartialSuccess, Status::Missing] {
            assert_eq!(Status::read(status.urn().as_deref()), status);
        }
        let wrong = format!("{EBXML}PartialSuccess");
        assert_eq!(Status::read(Some(&wrong)), Status::Other(wrong.clone()));
        assert_eq!(Status::read(Some("Success")), Status::Other("Success".into()));
    }
}
