//! The events of a transcript and the facts of one exchange.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::structure::StructureFacts;
use crate::base::id::{ScenarioId, StepId};
use crate::wire::x509::{CertificateFacts, ChainVerdict};

/// One line of the transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Event {
    /// Position in the transcript, from 1, without gaps.
    pub seq: u64,
    /// When it was recorded, RFC 3339 UTC with microseconds.
    pub at: String,
    /// The case it belongs to: scenario and candidate role, for example `bgz/notified-pull/x@sending`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub case: Option<String>,
    /// Which attempt at the case it belongs to, from 1. Only a case that is done again has a second one.
    #[serde(skip_serializing_if = "is_first", default = "first")]
    pub attempt: u32,
    /// What happened.
    pub event: EventKind,
}

/// The number of the first attempt: what a transcript means that names none.
fn first() -> u32 {
    1
}

fn is_first(attempt: &u32) -> bool {
    *attempt == first()
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The run began; what was selected is in the run configuration beside the transcript.
    RunStarted {
        /// Version of the harness.
        harness: String,
    },
    /// A case began.
    CaseStarted {
        /// The scenario.
        scenario: ScenarioId,
        /// The marks that the fictitious patients of the candidate file have in this case, so that a log that is handed in
        /// later can be held against it.
        #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
        patients: BTreeMap<String, String>,
    },
    /// Request and response, or what came instead.
    Exchange(Box<Exchange>),
    /// A step ended; from here a reader knows which exchanges belong to it.
    StepEnded {
        /// The step.
        step: StepId,
        /// How it ended.
        outcome: StepOutcome,
        /// Sequence numbers of the exchanges that belong to the step, in order.
        exchanges: Vec<u64>,
        /// Values taken from the exchanges for later steps, redacted.
        #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
        captured: BTreeMap<String, CapturedValue>,
    },
    /// A case ended.
    CaseEnded {
        /// `None` when all steps were done; otherwise why the rest was not.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        stopped: Option<String>,
    },
    /// The run ended by itself. A transcript without this line is incomplete.
    RunEnded {
        /// False when it was cut short, for example by Ctrl-C.
        complete: bool,
    },
}

/// A value that a step kept for later, after redaction.
pub type CapturedValue = Value;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// It was carried out; what the candidate did is in the exchanges.
    Done,
    /// The wait ended without what was waited for.
    NotSeen {
        /// What was waited for.
        awaited: String,
        /// How long, in milliseconds.
        waited_ms: u64,
    },
    /// The operator declined or did not answer.
    Declined {
        /// What was asked.
        asked: String,
    },
    /// We could not do our work.
    Error {
        /// Why, in our words.
        message: String,
    },
}

/// Who began the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The harness was the client; the candidate wrote the response.
    ToCandidate,
    /// The candidate was the client; it wrote the request.
    FromCandidate,
}

/// Which endpoint an exchange was about.
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
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Endpoint {
    /// Twiin-07, the token endpoint.
    Token,
    /// Metadata of an authorization server.
    Metadata,
    /// Public keys of an authorization server.
    Keys,
    /// Twiin-01, a new notification.
    Notification,
    /// Twiin-02, a cancellation.
    Cancellation,
    /// Twiin-03, the Workflow Task.
    WorkflowTask,
    /// A new status of the Workflow Task, written at its source.
    TaskStatus,
    /// Twiin-04, a search.
    Search,
    /// Twiin-05, a read.
    Read,
    /// A document as a whole, made of its Composition (`$document`).
    Document,
    /// A notification without body, with the id of a Task in its path.
    HandoffNotification,
    /// A request at another address of the harness, which only a Task of ours named.
    Foreign,
    /// A TLS probe without HTTP.
    Probe,
    /// Setting the candidate in motion; never judged.
    Trigger,
    /// Anything else.
    Other,
    /// A notification on an R4 Subscription.
    R4Notification,
    /// The closed question to Mitz: may this caller see this.
    Consent,
    /// The open question to Mitz: who has data that may be seen.
    Localisation,
    /// A subscription on consent at Mitz.
    ConsentSubscription,
    /// A notification of Mitz to a dossier holder.
    ConsentNotification,
    /// ITI-38, a query from gateway to gateway.
    CrossGatewayQuery,
    /// ITI-39, documents from gateway to gateway.
    CrossGatewayRetrieve,
    /// RAD-75, images from gateway to gateway.
    CrossGatewayImages,
    /// A look-up in an address book.
    Addressing,
    /// An entry that is fed to an address book.
    AddressFeed,
    /// A record for an audit repository.
    Audit,
    /// A revocation list, fetched from the status service of the harness.
    Crl,
    /// A question to the OCSP responder of the harness.
    Ocsp,
    /// A message of HL7 version 3.
    Hl7v3,
}

/// Request and response of one exchange, with the facts of its connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Exchange {
    /// Who began.
    pub direction: Direction,
    /// What it was about.
    pub endpoint: Endpoint,
    /// The identity that the harness had in it, for example `partner`.
    pub identity: String,
    /// Handshake facts; absent for plain connections and when no connection came about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tls: Option<TlsFacts>,
    /// The request, as far as it was sent or received.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<Request>,
    /// The response, as far as it was sent or received.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response: Option<Response>,
    /// What ended the exchange before a whole response was there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fault: Option<Fault>,
    /// When it began, RFC 3339 UTC.
    pub began: String,
    /// From the first byte of the connection to the end, in microseconds.
    pub micros: u64,
}

impl Endpoint {
    /// Whether it is a transaction between gateways.
    pub fn is_gateway(self) -> bool {
        matches!(self, Self::CrossGatewayQuery | Self::CrossGatewayRetrieve | Self::CrossGatewayImages)
    }
}

impl Exchange {
    /// Whether it is an exchange between the GtKs themselves, of which both keep a record. Calls on shared facilities and
    /// what sets the candidate in motion are none.
    pub fn is_between_gtks(&self) -> bool {
        !matches!(
            self.endpoint,
            Endpoint::Trigger
                | Endpoint::Foreign
                | Endpoint::Consent
                | Endpoint::Localisation
                | Endpoint::ConsentSubscription
                | Endpoint::ConsentNotification
                | Endpoint::Addressing
                | Endpoint::Audit
        )
    }

    /// Status of the response, if there is one.
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|r| r.status)
    }
}

/// What the handshake agreed and who showed which certificate.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsFacts {
    /// Negotiated version, for example `TLSv1.3`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<String>,
    /// Negotiated cipher suite.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cipher_suite: Option<String>,
    /// Negotiated key exchange group.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
    /// What the client offered: protocol versions, suites, groups (from its ClientHello).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offered: Option<crate::wire::tls::Offer>,
    /// Everything that the server accepts, where it was asked for all of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub survey: Option<Box<crate::wire::tls::Survey>>,
    /// The certificate that we showed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub own: Option<CertificateFacts>,
    /// The chain that the candidate showed, leaf first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub peer: Vec<CertificateFacts>,
    /// Whether that chain leads to a trust anchor of the candidate file, for this usage, now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub peer_verdict: Option<ChainVerdict>,
    /// Whether the server's certificate names the host that was asked for (client side only).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name_matches: Option<bool>,
    /// Whether the server asked for a client certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client_certificate_requested: Option<bool>,
}

/// A request after redaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Path and query as they stood on the wire, redacted.
    pub target: String,
    /// The base that the path is relative to, for example the FHIR base; empty when unknown.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub base: String,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// Decoded tokens of the request: JSON Web Tokens by form parameter, and SAML assertions as `saml`, `saml-2` and so on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub jwt: BTreeMap<String, JwtFacts>,
}

/// A response after redaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header fields in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// A body after redaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// No bytes.
    Empty,
    /// JSON, FHIR XML or OCSP brought into a JSON form, or any other XML as a tree of elements.
    Json {
        /// `json`, `xml` (FHIR), `ocsp`, `xds` (a message between gateways, [`crate::wire::xds::describe`]) or
        /// `xml-tree` ([`crate::wire::xml`]): how it stood on the wire.
        format: String,
        /// The value.
        value: Value,
        /// Size on the wire, in bytes.
        bytes: usize,
        /// What the FHIR packages of the user say of it, where some were given and the candidate wrote it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        structure: Option<Box<StructureFacts>>,
    },
    /// A form; repeated names stay repeated.
    Form {
        /// The parameters in order.
        fields: Vec<(String, String)>,
    },
    /// Text of another kind.
    Text {
        /// The text, redacted, cut at a limit.
        text: String,
        /// Size on the wire, in bytes.
        bytes: usize,
    },
    /// A body that says it is JSON or FHIR and cannot be read as such.
    Unreadable {
        /// Why.
        reason: String,
        /// The beginning of it, redacted.
        text: String,
        /// Size on the wire, in bytes.
        bytes: usize,
    },
    /// Other bytes.
    Binary {
        /// Size on the wire, in bytes.
        bytes: usize,
    },
}

impl Body {
    /// A JSON form of which no package says anything.
    pub fn of_json(format: &str, value: Value, bytes: usize) -> Self {
        Self::Json { format: format.to_owned(), value, bytes, structure: None }
    }

    /// The JSON value, if the body is one.
    pub fn json(&self) -> Option<&Value> {
        match self {
            Self::Json { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// What a JSON Web Token says, after redaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JwtFacts {
    /// The protected header.
    pub header: Value,
    /// The claims, redacted.
    pub claims: Value,
    /// `verified`, `wrong`, `unsigned`, `not-checked` (no key known) or `unreadable`.
    pub signature: String,
    /// SHA-256 of the public key (SPKI) that verified it, hex.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key_sha256: Option<String>,
}

/// Where in an exchange something ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultPhase {
    /// Setting up the connection.
    Connect,
    /// The TLS handshake.
    Handshake,
    /// Sending the request or waiting for the first byte of the response.
    FirstByte,
    /// Reading the body.
    Body,
}

/// What ended an exchange. An observation, never an error of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The name has no address.
    NameNotFound {
        /// The host.
        host: String,
    },
    /// Nobody listens.
    ConnectionRefused,
    /// A limit of time ran out.
    Timeout {
        /// Where.
        phase: FaultPhase,
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// A TLS alert from the candidate.
    TlsAlert {
        /// Name of the alert, for example `certificate_required`.
        alert: String,
        /// When: in the handshake, or at the first read (TLS 1.3 client authentication).
        phase: FaultPhase,
    },
    /// TLS could not be agreed and no alert said why.
    TlsFailed {
        /// What our side saw.
        reason: String,
        /// When.
        phase: FaultPhase,
    },
    /// The connection ended without an answer.
    Closed {
        /// When.
        phase: FaultPhase,
    },
    /// A limit of size was reached.
    TooLarge {
        /// Which part: `head` or `body`.
        part: String,
        /// The limit, in bytes.
        limit: usize,
    },
    /// What came is no HTTP.
    NotHttp {
        /// What our parser said.
        reason: String,
    },
}

impl Fault {
    /// Whether the candidate could not be reached at all: then there is nothing to judge.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::NameNotFound { .. } | Self::ConnectionRefused | Self::Timeout { phase: FaultPhase::Connect, .. }
        )
    }
    /// Whether the connection was refused or cut by TLS, in any of its legal forms.
    pub fn is_tls_refusal(&self) -> bool {
        match self {
            Self::TlsAlert { .. } | Self::TlsFailed { .. } => true,
            Self::Closed { phase } => matches!(phase, FaultPhase::Handshake | FaultPhase::FirstByte),
            _ => false,
        }
    }
}
