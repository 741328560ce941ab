//! The vocabulary of judging: one word a fact, pure, the same word for a request and for a response.
//!
//! A check reads the half of an exchange that the candidate wrote: the request when it was the client, the response
//! when it was the server. It says whether the expectation is met, not met, or cannot be told; how serious that is
//! comes from the requirement, elsewhere.

mod access;
mod bundle;
mod changes;
mod claims;
mod composition;
mod connection;
mod content;
mod datatypes;
mod discovery;
mod documents;
mod elsewhere;
mod entries;
mod fhir;
mod following;
mod http;
mod identification;
mod occurrence;
mod reconcile;
mod reduced_profile;
mod release;
mod saml;
pub mod structure;
mod subject;
mod tls;
mod vacuous;
mod value;
mod verdict;
mod xml_value;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;

pub use access::{Access, Deciding, ObeysMatrix};
pub use bundle::{BundleTotal, EntryFullUrls, EntryIds, EntryProfiles, Searchset, SelfLink};
pub use changes::{EmptyBody, OnlyChanges};
pub use claims::{ConformsToClaims, FHIR_PACKAGES};
pub use composition::{
    CompositionSections, CompositionTable, DocumentBundle, DocumentFact, DocumentSubject, EntryRule, ExtensionRule,
    SectionFact, SectionRule,
};
pub use connection::{KeysDiffer, PeerCertificate, TlsOffer, TlsRefusal, TlsVersion};
pub use content::{OnePatient, QueryEncoding, RequestsCover, ResourceCounts, SameResult};
pub use datatypes::{CodeableConcepts, CodingSystems, Codings, Identifiers, References};
pub use discovery::ServerMetadata;
pub use documents::{ContentKind, DocumentAsIndexed, DocumentContent, ImagesAsAsked, ManifestContent};
pub use elsewhere::Elsewhere;
pub use entries::{CodeAttribute, EntriesOnce, EntryCodes, EntryReferences, ReferenceFact};
pub use fhir::{FhirShape, OperationOutcome};
pub use following::{Following, FollowsOffer};
pub use http::{Clock, HttpHeader, HttpStatus, RequestLine, RetryAfter};
pub use identification::{CertificateUra, Identification, Organisation, Professional, RoleCode};
pub use occurrence::{Before, NoRepeats, NotSeen, Seen};
pub use reconcile::{AssignedLog, AuditRecord, FieldGroup, FieldGroups, Reconciled, assign};
pub use reduced_profile::{QueryFitsProfile, ReducedProfile, ReducedProfileRule};
pub use release::{Apart, MessageIds, PatientData};
pub use saml::SamlAssertion;
pub use tls::{TlsGrade, TlsOrder, TlsSurveyFlag};
pub use value::{Bsn, JwtAudience, JwtTimes, OauthError, Path, SameValue, Value};
pub use verdict::Verdict;
pub use xml_value::XmlValue;

use crate::base::id::StepId;
use crate::base::text::Text;
use crate::transcript::Exchange;
use crate::transcript::select::{CaseView, StepView};
use crate::wire::audit::log::Log;
use crate::wire::authorization::AuthorizationMatrix;
use crate::wire::metadata::MetadataProfile;
use crate::wire::oauth::ClaimNames;
use crate::wire::query::QuerySet;
use crate::wire::task::InputCodes;
use crate::wire::tls::guideline::Guideline;

/// Data of the profile and of the candidate that checks look things up in.
#[derive(Debug, Clone, Default)]
pub struct CheckData {
    /// Query sets by id.
    pub query_sets: BTreeMap<String, QuerySet>,
    /// The set that the candidate file chooses.
    pub query_set: Option<String>,
    /// What the reduced profile check demands, by canonical.
    pub reduced_profiles: BTreeMap<String, ReducedProfileRule>,
    /// Kinds of Composition.
    pub compositions: Vec<CompositionTable>,
    /// Expected number of matches and includes by query id and resource type, as the candidate file declares them.
    pub expected_counts: BTreeMap<String, BTreeMap<String, u64>>,
    /// Codes of `Task.input.type` of the release.
    pub input_codes: Option<InputCodes>,
    /// Guidelines for TLS by name.
    pub tls_guidelines: BTreeMap<String, Guideline>,
    /// The guideline for TLS that the release follows.
    pub tls_guideline: Option<String>,
    /// Values of the candidate file that a check can name, for example `candidate.ura`.
    pub values: BTreeMap<String, String>,
    /// Names of claims in token requests.
    pub claims: Option<ClaimNames>,
    /// What the audit log of the candidate is judged by.
    pub audit: AuditData,
    /// How organisations and professionals are identified.
    pub identification: Option<Identification>,
    /// Metadata profiles of timeline entries by id.
    pub metadata: BTreeMap<String, MetadataProfile>,
    /// The authorization matrix, and on whom it decides.
    pub authorization: Option<Deciding>,
}

/// What the audit log of a candidate is judged by.
#[derive(Debug, Clone, Default)]
pub struct AuditData {
    /// The log that was handed in.
    pub log: Option<Log>,
    /// The same by case, once the transcript is known.
    pub assigned: Option<AssignedLog>,
    /// Whether the candidate says that it feeds an audit repository.
    pub expects_feed: bool,
    /// Largest difference between the time of a record and that of its exchange, in seconds.
    pub tolerance_s: i64,
    /// The fields of a record.
    pub fields: FieldGroups,
}

/// What checks look things up in, by the zorgtoepassing that a case belongs to.
#[derive(Debug, Clone, Default)]
pub struct CheckSets(BTreeMap<String, CheckData>);

/// What is known where nothing is.
static NOTHING: LazyLock<CheckData> = LazyLock::new(CheckData::default);

impl CheckSets {
    /// Sets by zorgtoepassing.
    pub fn new(sets: impl IntoIterator<Item = (String, CheckData)>) -> Self {
        Self(sets.into_iter().collect())
    }

    /// The set of a zorgtoepassing; an empty one where it has none.
    pub fn of(&self, zorgtoepassing: &str) -> &CheckData {
        self.0.get(zorgtoepassing).unwrap_or(&NOTHING)
    }

    /// The audit log that was handed in: one for all.
    pub fn log(&self) -> Option<&Log> {
        self.0.values().find_map(|data| data.audit.log.as_ref())
    }

    /// A value of the candidate file.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.values().find_map(|data| data.values.get(name)).map(String::as_str)
    }

    /// The same, with this audit log.
    #[must_use]
    pub fn with_log(mut self, log: Option<Log>) -> Self {
        self.0.values_mut().for_each(|data| data.audit.log.clone_from(&log));
        self
    }

    /// The same, with the records of the log by case.
    #[must_use]
    pub fn with_assigned(mut self, assigned: &AssignedLog) -> Self {
        self.0.values_mut().for_each(|data| data.audit.assigned = Some(assigned.clone()));
        self
    }

    /// The same, for this candidate: the embedded reference GtK is configured with the matrix that it is judged by, and
    /// `own` is the matrix that was given for this run, if one was.
    #[must_use]
    pub fn deciding(mut self, embedded: bool, own: Option<Arc<AuthorizationMatrix>>) -> Self {
        for deciding in self.0.values_mut().filter_map(|data| data.authorization.as_mut()) {
            deciding.on_all = embedded;
            deciding.matrix = own.clone().unwrap_or_else(|| deciding.matrix.clone());
        }
        self
    }
}

/// What a check may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The step that the expectation is about.
    pub step: &'a StepView<'a>,
    /// The whole case, for checks that compare steps.
    pub case: &'a CaseView<'a>,
    /// Data of profile and candidate.
    pub data: &'a CheckData,
}

impl<'a> Context<'a> {
    /// Another step of the case.
    pub fn other(&self, step: &StepId) -> Option<&'a StepView<'a>> {
        self.case.step(step)
    }
}

/// What one check says of one exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// It is as expected; what was seen.
    Met(String),
    /// It is not; what was seen.
    NotMet(String),
    /// It cannot be told; why.
    Undecided(String),
}

/// What one check says of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The result.
    pub judged: Judged,
    /// Sequence numbers of the exchanges that it rests on: the deviating ones, or all.
    pub at: Vec<u64>,
}

impl Answer {
    fn new(judged: Judged, at: Vec<u64>) -> Self {
        Self { judged, at }
    }
}

macro_rules! words {
    ($(#[doc = $doc:literal] $word:ident($params:ty)),* $(,)?) => {
        /// One word of the vocabulary with its parameters.
        #[derive(Debug, Clone, Deserialize, schemars::JsonSchema, strum::VariantNames, strum::IntoStaticStr)]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum Check {
            $(#[doc = $doc] $word($params),)*
            /// Several allowed outcomes: one of them must be met.
            AnyOf(Vec<Check>),
        }

        /// All words with what they say, for those who browse.
        pub const WORDS: &[(&str, &str)] = &[$((stringify!($word), $doc),)* ("AnyOf", " Several allowed outcomes: one of them must be met.")];

        impl Check {
            /// What the check expects, in words.
            pub fn expected(&self) -> Text {
                match self {
                    $(Self::$word(check) => check.expected(),)*
                    Self::AnyOf(checks) => any_expected(checks),
                }
            }

            /// Judges a step.
            pub fn judge(&self, context: Context<'_>) -> Answer {
                match self {
                    $(Self::$word(check) => check.judge(context),)*
                    Self::AnyOf(checks) => judge_any(checks, context),
                }
            }
        }
    };
}

words! {
    /// The HTTP status is one of a list.
    HttpStatus(HttpStatus),
    /// A header field is there and says what it should.
    HttpHeader(HttpHeader),
    /// Method, path and query of a request of the candidate.
    RequestLine(RequestLine),
    /// The candidate's clock agrees with ours.
    Clock(Clock),
    /// The connection was refused, in any legal form.
    TlsRefusal(TlsRefusal),
    /// The negotiated TLS version.
    TlsVersion(TlsVersion),
    /// What a candidate client offers in its ClientHello.
    TlsOffer(TlsOffer),
    /// What is accepted or offered has at least a level of a guideline.
    TlsGrade(TlsGrade),
    /// A property of a server that a survey looks at.
    TlsSurveyFlag(TlsSurveyFlag),
    /// The server prefers suites of a higher level.
    TlsOrder(TlsOrder),
    /// The certificate that the candidate shows.
    PeerCertificate(PeerCertificate),
    /// The key that signs tokens is another than the TLS key.
    KeysDiffer(KeysDiffer),
    /// A value in a body, form, query or token.
    Value(Value),
    /// A value equals, or differs from, one in another step.
    SameValue(SameValue),
    /// A citizen service number that passes the eleven test.
    Bsn(Bsn),
    /// A value in an XML message.
    XmlValue(XmlValue),
    /// Lifetime of a token.
    JwtTimes(JwtTimes),
    /// A token that the candidate sends us is meant for us.
    JwtAudience(JwtAudience),
    /// The SAML assertion in the security header of a request.
    SamlAssertion(SamlAssertion),
    /// The error of a token endpoint.
    OauthError(OauthError),
    /// The body has the shape that FHIR STU3 gives the resource.
    FhirShape(FhirShape),
    /// The body is an OperationOutcome with severity and code.
    OperationOutcome(OperationOutcome),
    /// The body is a Bundle of type searchset.
    Searchset(Searchset),
    /// Entries have ids.
    EntryIds(EntryIds),
    /// Entries claim profiles.
    EntryProfiles(EntryProfiles),
    /// `fullUrl` of entries.
    EntryFullUrls(EntryFullUrls),
    /// `Bundle.total`.
    BundleTotal(BundleTotal),
    /// The self link and its parameters.
    SelfLink(SelfLink),
    /// Codings have system and code.
    Codings(Codings),
    /// No coding names a value set as its system.
    CodingSystems(CodingSystems),
    /// Concepts can be read.
    CodeableConcepts(CodeableConcepts),
    /// References can be read.
    References(References),
    /// Identifiers are whole.
    Identifiers(Identifiers),
    /// Number of resources per type.
    ResourceCounts(ResourceCounts),
    /// The reduced profile check.
    ReducedProfile(ReducedProfile),
    /// Query and profile of a section ask for the same codes.
    QueryFitsProfile(QueryFitsProfile),
    /// All resources are of one patient.
    OnePatient(OnePatient),
    /// Two steps give the same resources.
    SameResult(SameResult),
    /// Everything that was offered was asked for.
    RequestsCover(RequestsCover),
    /// What was announced is fetched, and nothing else.
    FollowsOffer(FollowsOffer),
    /// Reserved characters in queries are encoded.
    QueryEncoding(QueryEncoding),
    /// Who is told to wait waits.
    RetryAfter(RetryAfter),
    /// What was waited for came.
    Seen(Seen),
    /// What must not come did not.
    NotSeen(NotSeen),
    /// The same request did not come twice.
    NoRepeats(NoRepeats),
    /// It came before another step was over.
    Before(Before),
    /// Data of a patient are released, or none are.
    PatientData(PatientData),
    /// A question is numbered by the id of its message.
    MessageIds(MessageIds),
    /// Requests came so far apart.
    Apart(Apart),
    /// What the candidate logged agrees with what happened.
    Reconciled(Reconciled),
    /// The records of the candidate are what records must be.
    AuditRecord(AuditRecord),
    /// Another step of the case meets a check.
    Elsewhere(Elsewhere),
    /// A consultation was granted or refused.
    Access(Access),
    /// A consultation was decided as the authorization matrix says.
    ObeysMatrix(ObeysMatrix),
    /// Metadata of an authorization server.
    ServerMetadata(ServerMetadata),
    /// A role code of the list of the UZI-register.
    RoleCode(RoleCode),
    /// The identifier of one professional.
    Professional(Professional),
    /// The URA of an organisation in a grant.
    Organisation(Organisation),
    /// The URA in the certificate, where there is one, is that of the grant.
    CertificateUra(CertificateUra),
    /// Documents are of certain kinds, and of the media type that goes with them.
    DocumentContent(DocumentContent),
    /// Size, hash and media type of documents are those of the index.
    DocumentAsIndexed(DocumentAsIndexed),
    /// Images were asked for, and stand in a transfer syntax that was.
    ImagesAsAsked(ImagesAsAsked),
    /// Manifests are manifests of one study.
    ManifestContent(ManifestContent),
    /// Codes of entries are those of a metadata profile.
    EntryCodes(EntryCodes),
    /// Entries refer to their study and to each other.
    EntryReferences(EntryReferences),
    /// Every document and every study is in the index once.
    EntriesOnce(EntriesOnce),
    /// A document is a Bundle as FHIR has it, and holds what it refers to.
    DocumentBundle(DocumentBundle),
    /// A document is about the patient of a Task.
    DocumentSubject(DocumentSubject),
    /// Sections of a Composition are as its kind says.
    CompositionSections(CompositionSections),
    /// A message differs from another in some members alone.
    OnlyChanges(OnlyChanges),
    /// The message has no body.
    EmptyBody(EmptyBody),
    /// Resources conform to the profiles that they claim, as far as FHIR packages tell.
    ConformsToClaims(ConformsToClaims),
}

impl Check {
    /// The word itself.
    pub fn word(&self) -> &'static str {
        self.into()
    }
    /// This word and those within it.
    pub fn words(&self) -> Vec<&'static str> {
        match self {
            Self::AnyOf(checks) => std::iter::once(self.word()).chain(checks.iter().flat_map(Self::words)).collect(),
            Self::Elsewhere(c) => std::iter::once(self.word()).chain(c.that.words()).collect(),
            _ => vec![self.word()],
        }
    }
    /// Steps that the check refers to besides its own.
    pub fn steps(&self) -> Vec<&StepId> {
        match self {
            Self::AnyOf(checks) => checks.iter().flat_map(Self::steps).collect(),
            Self::SameValue(c) => vec![&c.as_in.of],
            Self::SameResult(c) => vec![&c.of],
            Self::RequestsCover(c) => c.offered_in.iter().collect(),
            Self::FollowsOffer(c) => vec![&c.offered_in],
            Self::Before(c) => vec![&c.of],
            Self::Elsewhere(c) => std::iter::once(&c.of).chain(c.that.steps()).collect(),
            Self::Access(c) => c.like.iter().collect(),
            Self::Professional(c) => c.other_step().into_iter().collect(),
            Self::DocumentAsIndexed(c) => vec![&c.of],
            Self::DocumentSubject(c) => vec![&c.of],
            Self::OnlyChanges(c) => vec![&c.of],
            Self::ManifestContent(c) => c.other_step().into_iter().collect(),
            _ => Vec::new(),
        }
    }
    /// Whether the check compares a step with another one that is the same.
    pub fn compares_with(&self, step: &StepId) -> bool {
        match self {
            Self::AnyOf(checks) => checks.iter().any(|c| c.compares_with(step)),
            Self::SameResult(c) => c.of == *step,
            Self::Before(c) => c.of == *step,
            Self::Access(c) => c.like.as_ref() == Some(step),
            Self::Professional(c) => c.other_step() == Some(step),
            Self::SameValue(c) => {
                c.as_in.of == *step && c.within == c.as_in.within && c.path.to_string() == c.as_in.path.to_string()
            }
            _ => false,
        }
    }
    /// Texts that may be `${…}`.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::AnyOf(checks) => checks.iter().flat_map(Self::texts).collect(),
            Self::Elsewhere(c) => c.that.texts(),
            Self::Value(c) => c.texts(),
            Self::SamlAssertion(c) => c.texts(),
            _ => Vec::new(),
        }
    }
    /// Which data of the candidate file the check cannot do without, by the name that the file gives it.
    pub fn needs(&self) -> Option<String> {
        match self {
            Self::ResourceCounts(c) => {
                let declared = c.declared.iter().map(|name| format!(".{name}"));
                Some(std::iter::once("expected-counts".to_owned()).chain(declared).collect())
            }
            Self::ConformsToClaims(_) => Some(FHIR_PACKAGES.to_owned()),
            Self::Elsewhere(c) => c.that.needs(),
            _ => None,
        }
    }
    /// Why the check cannot fail, if it cannot: such a check is a fault of its author.
    pub fn cannot_fail(&self) -> Option<&'static str> {
        vacuous::why(self)
    }
}

fn any_expected(checks: &[Check]) -> Text {
    let join =
        |pick: fn(Text) -> String, or: &str| checks.iter().map(|c| pick(c.expected())).collect::<Vec<_>>().join(or);
    Text::new(join(|t| t.nl, ", of "), join(|t| t.en, ", or "))
}

fn judge_any(checks: &[Check], context: Context<'_>) -> Answer {
    let answers: Vec<Answer> = checks.iter().map(|c| c.judge(context)).collect();
    let met = answers.iter().find(|a| matches!(a.judged, Judged::Met(_)));
    let undecided = answers.iter().find(|a| matches!(a.judged, Judged::Undecided(_)));
    met.or(undecided)
        .or(answers.first())
        .cloned()
        .unwrap_or_else(|| Answer::new(Judged::NotMet("no outcome is allowed".into()), vec![]))
}

/// Judges every exchange of the step by `one` and combines: a deviation anywhere counts, and where nothing was seen
/// there is nothing to judge.
fn each(context: Context<'_>, one: impl Fn(&Exchange) -> Judged) -> Answer {
    let judged: Vec<(u64, Judged)> = context.step.exchanges.iter().map(|(seq, e)| (*seq, one(e))).collect();
    if judged.is_empty() {
        return Answer::new(Judged::Undecided("nothing was seen".into()), Vec::new());
    }
    let pick = |wanted: fn(&Judged) -> bool| judged.iter().filter(|(_, j)| wanted(j)).collect::<Vec<_>>();
    let bad = pick(|j| matches!(j, Judged::NotMet(_)));
    let open = pick(|j| matches!(j, Judged::Undecided(_)));
    let (chosen, total) = match (bad.is_empty(), open.is_empty()) {
        (false, _) => (&bad, judged.len()),
        // Where several answers were judged, those that can be told speak for the step.
        (true, false) if open.len() == judged.len() => (&open, judged.len()),
        _ => {
            let good = pick(|j| matches!(j, Judged::Met(_)));
            let at = good.iter().map(|(seq, _)| *seq).collect();
            return Answer::new(good.first().map_or(Judged::Met(String::new()), |(_, j)| j.clone()), at);
        }
    };
    let at: Vec<u64> = chosen.iter().map(|(seq, _)| *seq).collect();
    let first = chosen[0].1.clone();
    Answer::new(if total > 1 { with_count(first, at.len(), total) } else { first }, at)
}

fn with_count(judged: Judged, count: usize, total: usize) -> Judged {
    let add = |text: String| format!("{text} ({count} of {total} exchanges)");
    match judged {
        Judged::Met(text) => Judged::Met(add(text)),
        Judged::NotMet(text) => Judged::NotMet(add(text)),
        Judged::Undecided(text) => Judged::Undecided(add(text)),
    }
}
