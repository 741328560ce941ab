//! The words with their parameters.

use serde::{Deserialize, Serialize};

use crate::base::id::StepId;
use crate::client::Patient;
use crate::wire::saml::Oddity;
use crate::wire::xds::Transaction;

/// ITI-38: a query.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GatewayQuery {
    /// Name of the stored query, such as `FindDocuments`; or the id of one that nobody knows.
    #[serde(default = "find_documents")]
    pub stored_query: String,
    /// The patient that is asked about, where the query is about one.
    #[serde(default)]
    pub patient: Patient,
    /// Community that is named in `home`.
    #[serde(default)]
    pub home: Option<String>,
    /// What the answer has for each entry.
    #[serde(default)]
    pub returns: Returns,
    /// Parameters besides patient and status.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Parameters that are left out, by name.
    #[serde(default)]
    pub without: Vec<String>,
    /// Communities of `$targetCommunityIdList`; an empty list is sent as such.
    #[serde(default)]
    pub target_communities: Option<Vec<String>>,
    /// What is odd about the message.
    #[serde(default)]
    pub message: MessageForm,
}

impl Default for GatewayQuery {
    /// The timeline of the patient.
    fn default() -> Self {
        Self {
            stored_query: find_documents(),
            patient: Patient::default(),
            home: None,
            returns: Returns::default(),
            parameters: Vec::new(),
            without: Vec::new(),
            target_communities: None,
            message: MessageForm::default(),
        }
    }
}

fn find_documents() -> String {
    "FindDocuments".to_owned()
}

/// What an answer has for each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Returns {
    /// All metadata (`LeafClass`).
    #[default]
    Metadata,
    /// Ids (`ObjectRef`).
    References,
}

/// A parameter of a query.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Parameter {
    /// Its name, with `$`.
    pub name: String,
    /// Alternatives, as text; a name twice makes conditions that all count.
    #[serde(default)]
    pub any_of: Vec<String>,
    /// A value as it stands on the wire instead: for times, which have no quotes, and for wrong syntax.
    #[serde(default)]
    pub written: Option<String>,
}

/// ITI-39: documents.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GatewayRetrieve {
    /// Which.
    pub documents: Vec<WantedDocument>,
    /// What is odd about the message.
    #[serde(default)]
    pub message: MessageForm,
}

/// A document that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WantedDocument {
    /// Its community; left out of the message when absent.
    #[serde(default)]
    pub home: Option<String>,
    /// Its repository.
    #[serde(default)]
    pub repository: Option<String>,
    /// Its unique id.
    #[serde(default)]
    pub document: Option<String>,
}

/// RAD-75: images.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GatewayImages {
    /// Which, in the order of the request; those of one study and series stand together.
    #[serde(default)]
    pub images: Vec<ImageOf>,
    /// Instead: everything that the manifest refers to which was given in this step.
    #[serde(default)]
    pub manifest: Option<StepId>,
    /// Community of what a manifest refers to: the one of its entry.
    #[serde(default)]
    pub home: Option<String>,
    /// Transfer syntaxes in order of preference.
    #[serde(default = "explicit")]
    pub transfer_syntaxes: Vec<String>,
    /// What is odd about the message.
    #[serde(default)]
    pub message: MessageForm,
}

/// Explicit VR little endian, which whoever knows DICOM can give.
fn explicit() -> Vec<String> {
    vec!["1.2.840.10008.1.2.1".to_owned()]
}

/// An image that is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ImageOf {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// Its community; left out of the message when absent.
    #[serde(default)]
    pub home: Option<String>,
    /// Its imaging document source.
    pub source: String,
    /// SOP Instance UID.
    pub instance: String,
}

/// What is odd about a message. All of it together is a conformant message when nothing is given.
#[derive(Debug, Clone, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MessageForm {
    /// What is odd about the assertion.
    #[serde(default)]
    pub assertion: Option<Oddity>,
    /// The patient that the assertion names, when another than the one that is asked about (BB-N-32).
    #[serde(default)]
    pub assertion_about: Option<Patient>,
    /// Identity of the harness that signs, when another than the one that the assertion names (BB-N-33).
    #[serde(default)]
    pub sign_as: Option<String>,
    /// What the issuer of the means of authentication says.
    #[serde(default)]
    pub means: Means,
    /// Whether somebody acts under a mandate of the responsible professional (BB-SAML-010).
    #[serde(default)]
    pub mandated: bool,
    /// The action of another transaction (BB-XCA-002).
    #[serde(default)]
    pub action: Option<Transaction>,
    /// An envelope of SOAP 1.1 (BB-N-30).
    #[serde(default)]
    pub soap_11: bool,
    /// A header block that nobody knows and that has to be understood.
    #[serde(default)]
    pub strange_header: bool,
    /// Where the answer is wanted, when not on the same connection (BB-XCA-020).
    #[serde(default)]
    pub reply_to: Option<String>,
    /// The message as a package of MTOM, which is legal.
    #[serde(default)]
    pub packaged: bool,
    /// XML that does harm, or looks like it.
    #[serde(default)]
    pub hostile: Option<Hostile>,
}

/// Whether the issuer of the means of authentication says who the user is, besides the organisation (section 5.4). In which form
/// it would is not specified; here it is a second assertion in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// It says nothing.
    #[default]
    Silent,
    /// A second assertion is about the same user.
    OfUser,
    /// A second assertion is about another user (BB-N-34).
    OtherUser,
}

/// XML that does harm, or looks like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum Hostile {
    /// A document type that names a file of the server as an entity (BB-N-35).
    ExternalEntity,
    /// Entities that make a gigabyte of a few lines (BB-N-35).
    EntityBomb,
    /// Ten thousand elements within each other.
    Depth,
    /// A message that ends too early.
    Truncated,
    /// The same message in UTF-16, which is legal.
    Utf16,
}

/// What a word asks for, as the body of a message.
pub trait Body {
    /// The transaction.
    fn transaction(&self) -> Transaction;
    /// The body. `patient` is the BSN that is asked about.
    fn body(&self, patient: &str) -> String;
    /// What is odd about the message.
    fn form(&self) -> &MessageForm;
}
