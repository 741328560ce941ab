//! Errors of registries and repositories (30-beeldbeschikbaarheid sections 6.3 and 12).

use serde::{Deserialize, Serialize};

use super::super::xml::borrowed::Node;
use super::super::xml::escape;
use super::{Transaction, attribute};

/// Root of the severities of ebRS.
const SEVERITY: &str = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:";

/// How severe an error is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// An error.
    #[default]
    Error,
    /// A warning.
    Warning,
    /// Some other text.
    Other(String),
    /// Nothing said; the schema has it an error then.
    Missing,
}

impl Severity {
    fn read(text: Option<&str>) -> Self {
        match text {
            None => Self::Missing,
            Some(text) => match text.strip_prefix(SEVERITY) {
                Some("Error") => Self::Error,
                Some("Warning") => Self::Warning,
                _ => Self::Other(text.to_owned()),
            },
        }
    }

    fn urn(&self) -> Option<String> {
        match self {
            Self::Error => Some(format!("{SEVERITY}Error")),
            Self::Warning => Some(format!("{SEVERITY}Warning")),
            Self::Other(text) => Some(text.clone()),
            Self::Missing => None,
        }
    }
}

/// One error of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistryError {
    /// `errorCode`.
    pub code: String,
    /// `codeContext`: for people.
    pub context: String,
    /// `severity`.
    pub severity: Severity,
    /// `location`: between gateways a community of the gateway that answers, and mandatory.
    pub location: Option<String>,
}

impl RegistryError {
    /// An error of a community.
    pub fn new(code: &str, context: impl Into<String>, location: &str) -> Self {
        let location = Some(location.to_owned());
        Self { code: code.to_owned(), context: context.into(), severity: Severity::Error, location }
    }

    fn read(node: Node<'_, '_>) -> Self {
        let text = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
        Self {
            code: text("errorCode"),
            context: text("codeContext"),
            severity: Severity::read(node.attribute("severity")),
            location: node.attribute("location").map(str::to_owned),
        }
    }

    /// The errors below an answer.
    pub(super) fn all(answer: Node<'_, '_>) -> Vec<Self> {
        let list = answer.child("RegistryErrorList");
        list.into_iter().flat_map(Node::children).filter(|e| e.name() == "RegistryError").map(Self::read).collect()
    }

    /// The list of errors; nothing when there is none.
    pub(super) fn list(errors: &[Self]) -> String {
        if errors.is_empty() {
            return String::new();
        }
        let one = |e: &Self| {
            format!(
                r#"<rs:RegistryError errorCode="{}" codeContext="{}"{}{}/>"#,
                escape(&e.code),
                escape(&e.context),
                attribute("severity", e.severity.urn().as_deref()),
                attribute("location", e.location.as_deref())
            )
        };
        format!("<rs:RegistryErrorList>{}</rs:RegistryErrorList>", errors.iter().map(one).collect::<String>())
    }
}

/// A code, and where it is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// The code.
    pub code: &'static str,
    /// Transactions between gateways whose answer may have it; empty for codes that only the local side uses.
    pub valid_in: &'static [Transaction],
}

const ITI_38: &[Transaction] = &[Transaction::Iti38];
const QUERY_AND_RETRIEVE: &[Transaction] = &[Transaction::Iti38, Transaction::Iti39];
const RETRIEVE: &[Transaction] = &[Transaction::Iti39, Transaction::Rad75];

const fn code(code: &'static str, valid_in: &'static [Transaction]) -> ErrorCode {
    ErrorCode { code, valid_in }
}

/// The codes of section 12, and two of section 9.3.
pub const ERROR_CODES: [ErrorCode; 19] = [
    code("XDSUnknownPatientId", ITI_38),
    code("XDSMissingHomeCommunityId", QUERY_AND_RETRIEVE),
    code("XDSUnknownCommunity", QUERY_AND_RETRIEVE),
    // A gateway says this to its own side about another that did not answer.
    code("XDSUnavailableCommunity", &[]),
    code("XDSUnknownStoredQuery", ITI_38),
    code("XDSStoredQueryMissingParam", ITI_38),
    code("XDSStoredQueryParamNumber", ITI_38),
    code("XDSTooManyResults", ITI_38),
    code("XDSRegistryError", ITI_38),
    code("XDSRegistryBusy", ITI_38),
    code("XDSRegistryOutOfResources", ITI_38),
    code("XDSUnknownRepositoryId", RETRIEVE),
    code("XDSDocumentUniqueIdError", RETRIEVE),
    code("XDSRepositoryError", RETRIEVE),
    code("XDSRepositoryBusy", RETRIEVE),
    code("XDSRepositoryOutOfResources", RETRIEVE),
    code("XDSResultNotSinglePatient", &[]),
    // These two were seen in a test kit only (section 9.3).
    code("XDSIUnknownIdsUid", &[Transaction::Rad75]),
    code("XDSIRequestError", &[Transaction::Rad75]),
];

impl ErrorCode {
    /// The row of a code.
    pub fn named(code: &str) -> Option<&'static Self> {
        ERROR_CODES.iter().find(|c| c.code == code)
    }

    /// Whether the answer to a transaction between gateways may have this code; `None` for a code that is not known.
    pub fn fits(code: &str, transaction: Transaction) -> Option<bool> {
        Self::named(code).map(|c| c.valid_in.contains(&transaction))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_valid_where_the_table_says() {
        assert_eq!(ErrorCode::fits("XDSUnknownPatientId", Transaction::Iti38), Some(true));
        assert_eq!(ErrorCode::fits("XDSUnknownPatientId", Transaction::Iti39), Some(false));
        assert_eq!(ErrorCode::fits("XDSUnavailableCommunity", Transaction::Iti38), Some(false));
        assert_eq!(ErrorCode::fits("Nothing", Transaction::Iti38), None);
    }
}
