//! The bench: everything that a run needs besides plan and suite, made of a candidate file or of fresh test material.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keys::fresh_keys;
use super::material::{certificates, identity, listen, published, read_text, revocation_lists};
use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::identity::Parts;
use crate::net::pki::{Credential, LeafFlaw, LeafSpec, PkiError, TestPki};
use crate::net::{Identity, Trust};
use crate::plan::Case;
use crate::simulator::imaging::ArchiveFault;
use crate::simulator::records::{OwnData, Records, RecordsError};
use crate::simulator::xca::{GatewayRules, Holdings};
use crate::simulator::{Addresses, AlsoServed, Facility, GtkConfig, Offering, Templates, Trigger};
use crate::suite::candidate::{CandidateFile, TriggerMeans};
use crate::suite::load::LoadedProfile;
use crate::suite::profile::FhirProfile;
use crate::suite::requirement::Role;
use crate::suite::{Profile, Suite};
use crate::transcript::redact::SignatureCheck;
use crate::wire::jose::{self, Algorithm, JoseFault, Jwks, SigningKey};
use crate::wire::oauth::TokenRules;
use crate::wire::query::QuerySet;

/// The embedded reference GtK is the candidate.
#[derive(Debug, Clone, Copy, Default)]
pub struct Embedded {
    /// The one way in which it misbehaves.
    pub deviation: Option<Deviation>,
}

/// Material of both sides.
#[derive(Debug, Clone)]
pub struct Kit {
    /// A GtK of the profile, to be completed for either side.
    pub gtk: GtkConfig,
    /// Who the reference GtK is, when it is the candidate.
    pub candidate: Identity,
    /// URA of the candidate.
    pub candidate_ura: String,
    /// Client id of the candidate.
    pub candidate_client_id: String,
    /// Public keys of the candidate; empty when not known.
    pub candidate_keys: Jwks,
    /// The harness's main identity.
    pub partner: Identity,
    /// All identities of the harness, by name.
    pub identities: BTreeMap<String, Identity>,
    /// Trust in the candidate's certificates, and revocation lists of the test PKI.
    pub trust: Trust,
    /// Where the harness listens.
    pub listen: SocketAddr,
    /// URL under which the candidate reaches it.
    pub base_url: String,
    /// What a gateway of the zorgtoepassing is made of, if it has any.
    pub gateway: Option<GatewayKit>,
    /// Whether the reference GtK answers as one, besides asking.
    pub answers_as_gateway: bool,
    /// The candidate's addresses, by role.
    pub target: BTreeMap<Role, Addresses>,
    /// Hosts that may be contacted.
    pub hosts: Vec<String>,
    /// How the candidate is set in motion.
    pub triggers: BTreeMap<String, TriggerMeans>,
    /// Another address of the harness, which only a Task names.
    pub foreign: Option<(SocketAddr, String)>,
    /// Where the shared facilities that the harness plays listen, and their base URLs.
    pub facilities: BTreeMap<Facility, (SocketAddr, String)>,
    /// Where the candidate takes notifications of consent, when its file says so.
    pub consent_notifications: Option<String>,
    /// What is published of the candidate's addresses, when the candidate file names it.
    pub published: Option<serde_json::Value>,
    /// What begins an exchange, where it is by FHIR.
    pub begins_with: Option<Trigger>,
    /// Query sets of the profile by id.
    pub query_sets: BTreeMap<String, QuerySet>,
    /// Deadlines by name, in milliseconds.
    pub deadlines: BTreeMap<String, u64>,
    /// Another fictitious patient, if there is one.
    pub other_patient: Option<String>,
    /// The fictitious patients of the candidate file, in its order.
    pub fictitious: Vec<String>,
    /// Where the audit repository takes syslog over TLS besides FHIR, when the candidate file says so.
    pub syslog: Option<SocketAddr>,
    /// The patient of our records of whom least is known.
    pub sparse_patient: String,
    /// A fictitious patient of whom the candidate knows nothing, if there is one.
    pub unknown_patient: Option<String>,
    /// Whether commands may be run.
    pub allow_commands: bool,
    /// The CA of our identities, as far as it is ours to sign with.
    pub pki: Option<Arc<TestPki>>,
    /// Where the status of our certificates is told when the candidate is outside: address, and the URL that they name.
    pub status: Option<(SocketAddr, String)>,
}

impl Kit {
    /// What a GtK of another zorgtoepassing needs to take part in this one too; `None` when it is not by FHIR.
    pub fn service(&self) -> Option<Arc<AlsoServed>> {
        let GtkConfig { offering, records, references, rules, .. } = self.gtk.clone();
        let consultation_scope = rules.scopes.consultation;
        Some(Arc::new(AlsoServed { begins_with: self.begins_with?, consultation_scope, offering, records, references }))
    }
}

/// What gateways of both sides are made of.
#[derive(Debug, Clone)]
pub struct GatewayKit {
    /// Settings of the zorgtoepassing; the audience is that of the candidate where its file names one.
    pub rules: GatewayRules,
    /// What our gateway answers out of, and in a self-test that of the candidate.
    pub holdings: Arc<Holdings>,
    /// What an issuer of means of authentication signs with, in a self-test.
    pub means: Option<Credential>,
}

/// Everything a run needs besides plan and suite.
#[derive(Debug, Clone)]
pub struct Bench {
    /// Material of the first zorgtoepassing.
    pub kit: Arc<Kit>,
    /// Material of the others, by zorgtoepassing: the same parties, keys and certificates.
    pub others: BTreeMap<String, Arc<Kit>>,
    /// Set when the candidate is the embedded reference GtK.
    pub embedded: Option<Embedded>,
}

impl Bench {
    /// A bench of the kits of one or more zorgtoepassingen, in the order in which they were asked for; `None` without any.
    pub fn new(kits: Kits, embedded: Option<Embedded>) -> Option<Self> {
        let mut kits = kits.into_iter().map(|(name, kit)| (name, Arc::new(kit)));
        let (_, kit) = kits.next()?;
        Some(Self { kit, others: kits.collect(), embedded })
    }

    /// The bench of a case: that of the zorgtoepassing that it belongs to.
    pub(super) fn of(&self, case: &Case) -> Self {
        let kit = self.others.get(&case.zorgtoepassing).unwrap_or(&self.kit).clone();
        Self { kit, others: BTreeMap::new(), embedded: self.embedded }
    }
}

/// The bench cannot be set up: a file of the candidate or of ours is at fault.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file cannot be read.
    #[error("read {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// Certificates or keys.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A signing key.
    #[error("use a signing key: {0}")]
    Jose(#[from] JoseFault),
    /// Records.
    #[error("load the records: {0}")]
    Records(#[from] RecordsError),
    /// The zorgtoepassing has no profile.
    #[error("set up the bench: no profile `{0}`")]
    Profile(String),
    /// Images and reports.
    #[error("load images and reports: {0}")]
    Archive(#[from] ArchiveFault),
    /// A setting of the candidate file cannot be used.
    #[error("use `{setting}` of the candidate file: {reason}")]
    Setting {
        /// Its name.
        setting: String,
        /// Why.
        reason: String,
    },
}

/// Says of compact tokens whether a key of the set verifies them.
pub fn signature_check(keys: &Jwks) -> Option<SignatureCheck> {
    if keys.keys.is_empty() {
        return None;
    }
    let keys = keys.clone();
    Some(Arc::new(move |token: &str| {
        let Ok(jws) = jose::decode_unverified(token, jose::Limits::TOKEN) else {
            return ("unreadable".to_owned(), None);
        };
        if jws.signature.is_empty() {
            return ("unsigned".to_owned(), None);
        }
        match keys.keys.iter().find(|jwk| jose::verify(&jws, &jwk.key, &Algorithm::ALL).is_ok()) {
            Some(jwk) => ("verified".to_owned(), Some(crate::base::digest::sha256(&jwk.key.to_spki_der()).0)),
            None => ("wrong".to_owned(), None),
        }
    }))
}

/// The parts of a GtK that come from the profile.
fn profile_gtk(
    suite: &Suite,
    zorgtoepassing: &str,
    release: &str,
    file: &CandidateFile,
    identity: &Identity,
    data: Option<OwnData<'_>>,
) -> Result<(GtkConfig, Profile), BenchError> {
    let loaded = suite.profiles.get(zorgtoepassing).ok_or_else(|| BenchError::Profile(zorgtoepassing.to_owned()))?;
    let profile = &loaded.profile;
    let codes = suite
        .releases
        .get(release)
        .map(|r| r.input_codes.clone())
        .ok_or_else(|| BenchError::Profile(release.to_owned()))?;
    let fhir = loaded.profile.fhir.as_ref();
    let queries = fhir.map(|fhir| offered(suite, loaded, fhir, file)).transpose()?.unwrap_or_default();
    let templates = loaded.templates.clone().map(|[notification, workflow, cancellation]| Templates {
        notification,
        workflow,
        cancellation,
        r4: loaded.r4_templates.clone(),
        message: loaded.message_template.clone(),
    });
    let rules = fhir.map(|fhir| TokenRules { claims: fhir.token.claims.with(&file.claims), ..fhir.token.clone() });
    let data = data.filter(|_| fhir.is_some());
    let records = match data {
        Some(folder) => Records::load_dir(folder, &numbers(file))?,
        None => Records::from_resources(loaded.records.iter().map(|(_, value)| value.clone()).collect())?,
    };
    if let (Some(OwnData { dir, .. }), Some(bsn)) = (data, wrong_number(&records)) {
        let shown: String = bsn.chars().take(3).collect();
        let reason = format!("there is a patient with the BSN {shown}… in it, which fails the eleven test");
        return Err(BenchError::File { path: dir.to_owned(), reason });
    }
    let patient = patient_of(&records, &file.patients.referral, data.is_some());
    if let Some(OwnData { dir, .. }) = data.filter(|_| records.patient_id_by_bsn(&patient).is_none()) {
        let reason = "there is no patient with a BSN in it, so nobody can be referred".to_owned();
        return Err(BenchError::File { path: dir.to_owned(), reason });
    }
    let references = references_of(&records, &patient);
    let config = GtkConfig {
        identity: identity.clone(),
        addresses: super::stand::addresses("https://localhost"),
        trust: Trust::default(),
        peers: BTreeMap::new(),
        rules: rules.unwrap_or_default(),
        consent: profile.consent.clone(),
        offering: Offering { queries, codes, templates: Arc::new(templates.unwrap_or_default()) },
        role_codes: loaded.role_codes.clone(),
        matrix: loaded.authorization_matrix.clone(),
        records: Arc::new(records),
        patient,
        references,
        also: Vec::new(),
        page_size: None,
        lenient: false,
        pulls: false,
        // Who exchanges nothing by FHIR refuses all of it.
        plays: (fhir.is_some(), fhir.is_some()),
        deviation: None,
        script: Vec::new(),
        shows: None,
        facilities: BTreeMap::new(),
        syslog: None,
        dezi_sources: Vec::new(),
        gateway: None,
        requesting: None,
        deadlines: BTreeMap::new(),
        limits: file.limits.clone(),
    };
    Ok((config, profile.clone()))
}

/// Numbers for patients whose number somebody's own records hide: that of the referrals first, and never that of whom nothing is
/// known.
fn numbers(file: &CandidateFile) -> Vec<String> {
    let patients = &file.patients;
    let others =
        patients.fictitious.iter().filter(|n| **n != patients.referral && Some(*n) != patients.unknown.as_ref());
    std::iter::once(&patients.referral).chain(others).cloned().collect()
}

/// The query set that a sending GtK offers: that of the candidate file, else that of the profile. A set of another
/// zorgtoepassing says nothing of this one.
fn offered(
    suite: &Suite,
    loaded: &LoadedProfile,
    fhir: &FhirProfile,
    file: &CandidateFile,
) -> Result<QuerySet, BenchError> {
    let is_of_another = |id: &&String| {
        !loaded.query_sets.contains_key(*id) && suite.profiles.values().any(|p| p.query_sets.contains_key(*id))
    };
    let chosen = file.query_set.as_ref().filter(|id| !is_of_another(id)).unwrap_or(&fhir.default_query_set);
    loaded.query_sets.get(chosen).cloned().ok_or_else(|| BenchError::Setting {
        setting: "query-set".into(),
        reason: format!(
            "there is no set `{chosen}`; there are {}",
            loaded.query_sets.keys().cloned().collect::<Vec<_>>().join(", ")
        ),
    })
}

/// A number of a patient that cannot be a test BSN: test patients have valid fictitious ones (Voorwaarden Twiin Deelnemer
/// 5.06).
fn wrong_number(records: &Records) -> Option<String> {
    records.patients().into_iter().filter_map(|p| p.bsn).find(|bsn| !crate::base::bsn::passes_eleven_test(bsn))
}

/// The patient of referrals: the one that was asked for when the records know it, else the first with a BSN whose
/// record is largest.
fn patient_of(records: &Records, wanted: &str, other_data: bool) -> String {
    if records.patient_id_by_bsn(wanted).is_some() || !other_data {
        return wanted.to_owned();
    }
    by_size(records).into_iter().next_back().map_or_else(|| wanted.to_owned(), |(_, bsn)| bsn)
}

/// Patients with a BSN, those of whom least is known first.
fn by_size(records: &Records) -> Vec<(usize, String)> {
    let query = crate::simulator::records::SearchQuery::parse("Observation").ok();
    let size = |id: &str| query.as_ref().and_then(|q| records.search(q, Some(id)).ok()).map_or(0, |o| o.matches.len());
    let mut known: Vec<(usize, String)> =
        records.patients().into_iter().filter_map(|p| Some((size(&p.id), p.bsn?))).collect();
    known.sort();
    known
}

/// A patient other than that of the referrals: of the records when the candidate has ours, else of the candidate file.
fn other_patient(gtk: &GtkConfig, file: &CandidateFile, embedded: bool) -> Option<String> {
    let listed: Vec<String> = if embedded && !gtk.records.patients().is_empty() {
        by_size(&gtk.records).into_iter().rev().map(|(_, bsn)| bsn).collect()
    } else {
        file.patients.fictitious.clone()
    };
    listed.into_iter().find(|bsn| *bsn != gtk.patient && Some(bsn) != file.patients.unknown.as_ref())
}

/// Resources that are offered for reading: the patient and a document.
fn references_of(records: &Records, bsn: &str) -> Vec<(String, String)> {
    let Some(id) = records.patient_id_by_bsn(bsn).map(str::to_owned) else { return Vec::new() };
    let mut references = vec![(format!("Patient/{id}"), "patiënt".to_owned())];
    let query = crate::simulator::records::SearchQuery::parse("DocumentReference?status=current");
    let document =
        query.ok().and_then(|q| records.search(&q, Some(&id)).ok()).and_then(|o| o.matches.into_iter().next());
    if let Some(id) = document.as_ref().and_then(|d| d["id"].as_str()) {
        references.push((format!("DocumentReference/{id}"), "document".to_owned()));
    }
    references
}

/// Certificates that an identity of ours gets in a self-test.
const FLAWS: [LeafFlaw; 8] = [
    LeafFlaw::None,
    LeafFlaw::Expired,
    LeafFlaw::SelfSigned,
    LeafFlaw::UntrustedIssuer,
    LeafFlaw::WrongHost,
    LeafFlaw::WrongUsage,
    LeafFlaw::Revoked,
    // Its CA must stand on the lists before they are made.
    LeafFlaw::RevokedIntermediate,
];

/// What the certificates of an identity say; `number` is the end of its UZI number.
pub fn leaf_spec(name: &str, ura: &str, number: usize) -> LeafSpec {
    LeafSpec {
        common_name: "localhost".into(),
        organisation: format!("SIM {name}"),
        ura: ura.to_owned(),
        uzi_number: format!("9000000{number:02}"),
        dns_names: vec!["localhost".into()],
        loopback: true,
    }
}

/// An identity with fresh keys and certificates of the test PKI.
pub(super) fn fresh_identity(
    pki: &TestPki,
    name: &str,
    ura: &str,
    number: usize,
    signing: SigningKey,
) -> Result<Identity, PkiError> {
    let spec = leaf_spec(name, ura, number);
    let credentials =
        FLAWS.into_iter().map(|flaw| Ok((flaw, pki.issue(&spec, flaw)?))).collect::<Result<_, PkiError>>()?;
    Ok(Identity::new(Parts {
        name: name.to_owned(),
        ura: ura.to_owned(),
        system_id: format!("sim-{name}"),
        client_id: format!("https://{name}.twiin-harness.example"),
        key_id: format!("{name}-1"),
        user: "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers|900012345".to_owned(),
        colleague: Some("http://fhir.nl/fhir/NamingSystem/uzi-nr-pers|900054321".to_owned()),
        role: Some("01.015".to_owned()),
        more_keys: fresh_keys(name, &signing)?,
        signing,
        credentials,
        shows: LeafFlaw::None,
    }))
}

/// The kit of a self-test: keys and certificates made afresh, for the candidate described in the reference file.
///
/// # Errors
/// When material cannot be made or records cannot be loaded.
pub fn self_test_kit(
    suite: &Suite,
    zorgtoepassing: &str,
    release: &str,
    file: &CandidateFile,
    data: Option<OwnData<'_>>,
) -> Result<(Kit, Arc<TestPki>), BenchError> {
    let (mut kits, pki) = self_test_kits(suite, &[zorgtoepassing.to_owned()], release, file, &|_| data)?;
    let first = kits.pop().ok_or_else(|| BenchError::Profile(zorgtoepassing.to_owned()))?;
    Ok((first.1, pki))
}

/// Kits by zorgtoepassing, in the order in which they were asked for.
pub type Kits = Vec<(String, Kit)>;

/// The kits of a self-test of several zorgtoepassingen, in their order: the same parties in each. `data` gives the folder of
/// somebody's own data for a zorgtoepassing, if there is one.
///
/// # Errors
/// As [`self_test_kit`].
pub fn self_test_kits<'a>(
    suite: &Suite,
    zorgtoepassingen: &[String],
    release: &str,
    file: &CandidateFile,
    data: &dyn Fn(&str) -> Option<OwnData<'a>>,
) -> Result<(Kits, Arc<TestPki>), BenchError> {
    let pki = Arc::new(TestPki::generate(clock::now())?);
    let key = || SigningKey::generate(Algorithm::Es256);
    let candidate = fresh_identity(&pki, "reference", &file.organisation.ura, 1, key()?)?;
    let mut identities = BTreeMap::new();
    for (number, (name, declared)) in file.harness.identities.iter().enumerate() {
        identities.insert(name.clone(), fresh_identity(&pki, name, &declared.ura, number + 2, key()?)?);
    }
    let trust = Trust::new(vec![pki.root_der()], pki.crls()?);
    let kit = |zorgtoepassing: &String| {
        let (candidate, identities, trust) = (candidate.clone(), identities.clone(), trust.clone());
        let data = data(zorgtoepassing);
        let mut kit = assemble(suite, zorgtoepassing, release, file, data, candidate, identities, trust, None)?;
        if let Some(gateway) = &mut kit.gateway {
            let means = leaf_spec("means", "90000009", 99);
            gateway.means = Some(pki.issue(&means, LeafFlaw::None)?);
        }
        kit.pki = Some(pki.clone());
        Ok::<_, BenchError>((zorgtoepassing.clone(), kit))
    };
    let kits = zorgtoepassingen.iter().map(kit).collect::<Result<_, _>>()?;
    Ok((kits, pki))
}

#[allow(clippy::too_many_arguments, reason = "a constructor of one private place, each part named by its type")]
fn assemble(
    suite: &Suite,
    zorgtoepassing: &str,
    release: &str,
    file: &CandidateFile,
    data: Option<OwnData<'_>>,
    candidate: Identity,
    identities: BTreeMap<String, Identity>,
    trust: Trust,
    keys: Option<Jwks>,
) -> Result<Kit, BenchError> {
    let setting =
        |name: &str, reason: &str| BenchError::Setting { setting: name.to_owned(), reason: reason.to_owned() };
    let partner =
        identities.get("partner").cloned().ok_or_else(|| setting("harness.identities", "there is no `partner`"))?;
    let (mut gtk, profile) = profile_gtk(suite, zorgtoepassing, release, file, &partner, data)?;
    let own_keys = || Jwks::new(vec![candidate.signing.public_jwk(&candidate.key_id)]);
    let embedded = keys.is_none();
    let fhir_is_absent = profile.fhir.is_none();
    let begins_with = profile.fhir.as_ref().map(|fhir| fhir.begins_with);
    let gateway = super::gateway::kit(suite, &profile.gateway, file, data.filter(|_| fhir_is_absent).map(|d| d.dir))?;
    // With other images than ours the questions are about somebody who has some.
    let known = gateway.as_ref().map(|kit| kit.holdings.patients()).unwrap_or_default();
    if !known.is_empty() && !known.contains(&gtk.patient) {
        gtk.patient = known.first().cloned().unwrap_or_default();
    }
    let mut deadlines = profile.deadlines;
    deadlines.extend(file.deadlines.clone());
    gtk.deadlines.clone_from(&deadlines);
    let foreign = file.harness.foreign.as_ref().map(|f| {
        Ok::<_, BenchError>((listen("harness.foreign.listen", &f.listen)?, f.base_url.trim_end_matches('/').to_owned()))
    });
    let foreign = if embedded { None } else { foreign.transpose()? };
    let mut facilities = BTreeMap::new();
    for (facility, at) in &file.harness.facilities {
        let setting = format!("harness.facilities.{facility}.listen");
        facilities.insert(*facility, (listen(&setting, &at.listen)?, at.base_url.trim_end_matches('/').to_owned()));
    }
    let audit = file.harness.facilities.get(&Facility::Audit);
    let syslog = audit
        .and_then(|a| a.syslog_listen.as_ref())
        .map(|address| listen("harness.facilities.audit.syslog-listen", address))
        .transpose()?;
    let query_sets = suite.profiles.get(zorgtoepassing).map(|p| p.query_sets.clone()).unwrap_or_default();
    let address = |e: &crate::suite::candidate::RoleEndpoints| Addresses {
        fhir_base: e.fhir_base.trim_end_matches('/').to_owned(),
        token_endpoint: e.token_endpoint.clone(),
        r4_base: e.r4_base.as_ref().map(|base| base.trim_end_matches('/').to_owned()),
        handoff_notifications: e.handoff_notifications.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
        issuer: e.issuer.clone(),
        gateway: None,
    };
    let fhir = [Role::Sending, Role::Receiving].into_iter().filter_map(|r| Some((r, address(file.endpoints(r)?))));
    let responding = file.responding.iter().map(|e| (Role::Responding, super::gateway::addresses(e)));
    let target = fhir.chain(responding).collect();
    Ok(Kit {
        candidate_ura: file.organisation.ura.clone(),
        candidate_client_id: if embedded { candidate.client_id.clone() } else { file.organisation.client_id.clone() },
        candidate_keys: keys.unwrap_or_else(own_keys),
        candidate,
        partner,
        identities,
        trust,
        listen: listen("harness.listen", &file.harness.listen)?,
        foreign,
        facilities,
        consent_notifications: file
            .sending
            .as_ref()
            .and_then(|e| e.consent_notifications.clone())
            .filter(|_| !embedded),
        published: None,
        query_sets,
        begins_with,
        base_url: file.harness.base_url.trim_end_matches('/').to_owned(),
        target,
        hosts: if embedded { vec!["localhost".to_owned()] } else { file.hosts() },
        triggers: file.triggers.iter().map(|(event, means)| (event.to_string(), means.clone())).collect(),
        deadlines,
        other_patient: other_patient(&gtk, file, embedded),
        sparse_patient: by_size(&gtk.records).first().map_or_else(|| gtk.patient.clone(), |(_, bsn)| bsn.clone()),
        unknown_patient: file.patients.unknown.clone(),
        allow_commands: false,
        pki: None,
        status: None,
        fictitious: file.patients.fictitious.clone(),
        syslog,
        answers_as_gateway: true,
        gateway,
        gtk,
    })
}

/// The kit of a candidate file: everything is read from the files that it names, relative to `dir`.
///
/// # Errors
/// The first file that cannot be used, with what to do.
pub fn kit(
    suite: &Suite,
    zorgtoepassing: &str,
    release: &str,
    file: &CandidateFile,
    dir: &Path,
    data: Option<OwnData<'_>>,
) -> Result<Kit, BenchError> {
    let anchors = certificates(dir, &file.trust_anchors)?;
    let crls = revocation_lists(dir, &file.revocation_lists)?;
    let mut identities = BTreeMap::new();
    for (name, declared) in &file.harness.identities {
        identities.insert(name.clone(), identity(dir, name, declared)?);
    }
    let keys = match &file.organisation.jwks {
        Some(path) => Jwks::parse(&read_text(&dir.join(path))?)?,
        None => Jwks::new(Vec::new()),
    };
    let candidate = identities.get("partner").cloned().ok_or_else(|| BenchError::Setting {
        setting: "harness.identities".into(),
        reason: "there is no `partner`".into(),
    })?;
    let trust = Trust::new(anchors, crls);
    let mut kit = assemble(suite, zorgtoepassing, release, file, data, candidate, identities, trust, Some(keys))?;
    if let Some(status) = &file.harness.status {
        kit.status = Some((listen("harness.status.listen", &status.listen)?, status.base_url.clone()));
        kit.pki = Some(Arc::new(TestPki::load_from(&dir.join(&status.ca), clock::now())?));
    }
    kit.published = file.published_addresses.as_ref().map(|path| published(&dir.join(path))).transpose()?;
    Ok(kit)
}
