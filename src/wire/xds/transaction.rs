//! Transactions with their actions and message bodies (30-beeldbeschikbaarheid section 4).

use super::{QUERY, XDS, XDSI};

/// A transaction.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Transaction {
    /// Cross Gateway Query.
    #[serde(rename = "iti-38")]
    #[strum(serialize = "iti-38")]
    Iti38,
    /// Cross Gateway Retrieve.
    #[serde(rename = "iti-39")]
    #[strum(serialize = "iti-39")]
    Iti39,
    /// Cross Gateway Retrieve Imaging Document Set.
    #[serde(rename = "rad-75")]
    #[strum(serialize = "rad-75")]
    Rad75,
    /// Retrieve Imaging Document Set, behind a gateway.
    #[serde(rename = "rad-69")]
    #[strum(serialize = "rad-69")]
    Rad69,
    /// Registry Stored Query, behind a gateway.
    #[serde(rename = "iti-18")]
    #[strum(serialize = "iti-18")]
    Iti18,
    /// Retrieve Document Set, behind a gateway.
    #[serde(rename = "iti-43")]
    #[strum(serialize = "iti-43")]
    Iti43,
}

impl Transaction {
    /// All of them; those between gateways first.
    pub const ALL: [Self; 6] = [Self::Iti38, Self::Iti39, Self::Rad75, Self::Rad69, Self::Iti18, Self::Iti43];

    /// `Action` of a request.
    pub fn request_action(self) -> &'static str {
        match self {
            Self::Iti38 => "urn:ihe:iti:2007:CrossGatewayQuery",
            Self::Iti39 => "urn:ihe:iti:2007:CrossGatewayRetrieve",
            Self::Rad75 => "urn:ihe:rad:2011:CrossGatewayRetrieveImagingDocumentSet",
            Self::Rad69 => "urn:ihe:rad:2009:RetrieveImagingDocumentSet",
            Self::Iti18 => "urn:ihe:iti:2007:RegistryStoredQuery",
            Self::Iti43 => "urn:ihe:iti:2007:RetrieveDocumentSet",
        }
    }

    /// `Action` of an answer.
    pub fn response_action(self) -> &'static str {
        match self {
            Self::Iti38 => "urn:ihe:iti:2007:CrossGatewayQueryResponse",
            Self::Iti39 => "urn:ihe:iti:2007:CrossGatewayRetrieveResponse",
            Self::Rad75 => "urn:ihe:rad:2011:CrossGatewayRetrieveImagingDocumentSetResponse",
            // The answer to RAD-69 is that of ITI-43.
            Self::Rad69 | Self::Iti43 => "urn:ihe:iti:2007:RetrieveDocumentSetResponse",
            Self::Iti18 => "urn:ihe:iti:2007:RegistryStoredQueryResponse",
        }
    }

    /// Namespace and name of the body of a request.
    pub fn request_root(self) -> (&'static str, &'static str) {
        match self {
            Self::Iti38 | Self::Iti18 => (QUERY, "AdhocQueryRequest"),
            Self::Iti39 | Self::Iti43 => (XDS, "RetrieveDocumentSetRequest"),
            Self::Rad75 | Self::Rad69 => (XDSI, "RetrieveImagingDocumentSetRequest"),
        }
    }

    /// Namespace and name of the body of an answer.
    pub fn response_root(self) -> (&'static str, &'static str) {
        match self {
            Self::Iti38 | Self::Iti18 => (QUERY, "AdhocQueryResponse"),
            _ => (XDS, "RetrieveDocumentSetResponse"),
        }
    }

    /// Whether it goes from gateway to gateway; the others are behind one.
    pub fn is_cross_gateway(self) -> bool {
        matches!(self, Self::Iti38 | Self::Iti39 | Self::Rad75)
    }

    /// The transaction that the action of a request names.
    pub fn of_request(action: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.request_action() == action)
    }
}
