//! Making what a recipe says.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use time::{Duration, OffsetDateTime};
use twiin_harness::base::clock;
use twiin_harness::base::digest::sha256;
use twiin_harness::evidence::bewijs::statement::Oordeel;
use twiin_harness::evidence::bewijs::verify::{Options, Packs, Report};
use twiin_harness::evidence::bewijs::{BewijsCheck, Bundle, IssueRequest, Policy, SEAL, Soort, assemble, verify};
use twiin_harness::net::pki::{Credential, SealFlaw, SealKeys, SealPki, SealSpec, Stamp, TSA_POLICY};
use twiin_harness::seal::{FileKey, SealingKey as _};
use twiin_harness::wire::jades::{Draft, Jades, Signature, signing_input};
use twiin_harness::wire::status::ocsp::CertState;
use twiin_harness::wire::x509::path::RevocationValues;
use twiin_harness::wire::x509::pem;

use super::super::support::{folder, harness, resign, root};
use super::recipe::{Case, ContainerEdit, From, MemberEdit, Replace, SignatureEdit, Signer, StampEdit, Values};

type Members = BTreeMap<String, Vec<u8>>;

/// A bewijs without its seal.
pub struct Base {
    members: Members,
    statement: Value,
}

/// What every case starts from.
pub struct World {
    bases: BTreeMap<From, Base>,
    pki: SealPki,
    good: Credential,
    at: OffsetDateTime,
    policy: Value,
    packs: Packs,
}

/// A run of one requirement in a folder.
fn run(dir: &Path, name: &str, extra: &[&str]) -> std::path::PathBuf {
    let out = dir.join(name);
    let mut arguments = vec!["run", "--quiet", "--only", "TK-07-09", "--out", out.to_str().unwrap()];
    arguments.extend(extra);
    let did = harness(&root(), &arguments);
    assert!([0, 1].contains(&did.code), "{}{}", did.out, did.err);
    out
}

/// The same run as if the candidate were somebody's own: no test of forgery depends on who answered.
fn of_somebody(dir: &Path) {
    let path = dir.join("run.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config["embedded"] = json!(false);
    config["deviation"] = Value::Null;
    std::fs::write(&path, config.to_string()).unwrap();
    resign(dir);
}

pub fn request(soort: Soort, oordeel: Option<Oordeel>) -> IssueRequest {
    IssueRequest {
        soort,
        validator: oordeel.map(|_| "SIM Validator".into()),
        oordeel,
        toelichting: None,
        geldig_tot: None,
        vervangt: Vec::new(),
        locatie: Some("SIM lab".into()),
        uitvoerder: None,
        toezichthouder: None,
        product_version: None,
        dossier: None,
        documents: BTreeMap::new(),
        binary_sha256: "00".repeat(32),
    }
}

fn renderings(_: &twiin_harness::evidence::Evidence) -> Members {
    BTreeMap::from([("bewijs.nl.html".to_owned(), b"<p>SIM</p>\n".to_vec())])
}

impl World {
    pub fn new() -> Self {
        let dir = folder();
        let (good, failed) =
            (run(dir.path(), "good", &[]), run(dir.path(), "failed", &["--deviation", "token-response-without-type"]));
        let base = |dir: &Path, soort, oordeel| {
            let prepared = assemble(dir, &request(soort, oordeel), renderings).unwrap();
            let again = assemble(dir, &request(soort, oordeel), renderings).unwrap();
            assert_eq!(prepared.bundle, again.bundle, "two makings of the same run");
            assert_eq!(prepared.statement, again.statement);
            Base { members: prepared.bundle.members, statement: serde_json::to_value(prepared.statement).unwrap() }
        };
        let zelftest = base(&good, Soort::Zelftest, None);
        of_somebody(&good);
        of_somebody(&failed);
        let bases = BTreeMap::from([
            (From::Zelftest, zelftest),
            (From::Good, base(&good, Soort::Validatiebewijs, Some(Oordeel::Voldoet))),
            (From::Failed, base(&failed, Soort::Validatiebewijs, Some(Oordeel::VoldoetNiet))),
        ]);
        let now = clock::now();
        let pki = SealPki::generate(SealKeys::Ec, now).unwrap();
        let good = pki.issue(&SealSpec::default(), SealFlaw::None).unwrap();
        let statement = &bases[&From::Good].statement["predicate"];
        let policy = json!({
            "version": "1",
            "min-level": "B-B",
            "issuers": [{
                "role": "validator",
                "kinds": ["validatiebewijs"],
                "organization-identifiers": ["NTRNL-90000001"],
                "anchors": [{ "pem": pem("CERTIFICATE", &pki.root()) }],
                "policy-oids": ["1.3.6.1.4.1.32473.1.1"],
                "revocation": "off",
            }],
            "time-stamps": {
                "anchors": [{ "pem": pem("CERTIFICATE", &pki.root()) }],
                "policy-oids": [TSA_POLICY],
                "max-delay-s": 600,
            },
            "packs": { "official": [format!("sha256:{}", statement["configuration"][0]["digest"]["sha256"].as_str().unwrap())] },
            "required": [statement["passedTests"][0]],
            "allow-restricted-scope": true,
        });
        Self { bases, pki, good, at: now + Duration::hours(1), policy, packs: Packs::default() }
    }

    /// The bytes that a recipe makes.
    pub fn forge(&self, case: &Case) -> Vec<u8> {
        let base = &self.bases[&case.from];
        let mut members = base.members.clone();
        case.members.iter().for_each(|edit| edit_member(&mut members, edit));
        let mut statement = base.statement.clone();
        if case.relist {
            relist(&mut statement, &members);
        }
        patch(&mut statement, &filled(&case.statement, &base.statement));
        let mut payload = serde_json::to_vec_pretty(&statement).unwrap();
        payload.push(b'\n');
        if let Some(replace) = &case.statement_text {
            payload = replaced(&payload, replace);
        }
        let original = {
            let mut bytes = serde_json::to_vec_pretty(&base.statement).unwrap();
            bytes.push(b'\n');
            bytes
        };
        let jws = self.jws(case, &payload, &original);
        members.insert(SEAL.to_owned(), jws.clone());
        if case.summary {
            return jws;
        }
        let bytes = write(&members);
        case.container.iter().fold(bytes, edit_container)
    }

    fn key(&self, signer: &Signer) -> FileKey {
        match signer {
            Signer::Good => FileKey::new(self.good.clone(), None).unwrap(),
            Signer::Flawed(flaw) => {
                let flaw: SealFlaw = flaw.parse().unwrap();
                FileKey::new(self.pki.issue(&SealSpec::default(), flaw).unwrap(), None).unwrap()
            }
            Signer::Own => {
                let other = SealPki::generate(SealKeys::Ec, self.at).unwrap();
                FileKey::new(other.issue(&SealSpec::default(), SealFlaw::None).unwrap(), None).unwrap()
            }
            Signer::RevokedLater => {
                let seal = self.pki.issue(&SealSpec::default(), SealFlaw::None).unwrap();
                self.pki.revoke(seal.serial().unwrap(), self.claimed() + Duration::minutes(10));
                FileKey::new(seal, None).unwrap()
            }
        }
    }

    /// The time that every signature claims.
    fn claimed(&self) -> OffsetDateTime {
        (self.at - Duration::hours(1)).replace_nanosecond(0).unwrap()
    }

    fn stamped(&self, mut signature: Signature, stamps: &[StampEdit], values: Option<Values>) -> Signature {
        for stamp in stamps {
            let kind: Stamp = stamp.kind.as_deref().map(|kind| kind.parse().unwrap()).unwrap_or_default();
            let text = signature.signature.as_bytes().to_vec();
            let over = if stamp.raw { URL_SAFE_NO_PAD.decode(&text).unwrap() } else { text };
            let token = self.pki.stamp(&over, self.claimed() + Duration::seconds(stamp.after), kind).unwrap();
            signature.unsigned = signature.unsigned.with_time_stamp(&token);
        }
        if let Some(values) = values {
            signature.unsigned = signature.unsigned.with_revocation(&self.values(values));
        }
        signature
    }

    fn values(&self, values: Values) -> RevocationValues {
        let lists = |pki: &SealPki, at| RevocationValues { ocsp: Vec::new(), crls: pki.crls(at).unwrap() };
        let fresh = || lists(&self.pki, self.claimed() + Duration::minutes(30));
        match values {
            Values::Fresh => fresh(),
            Values::Old => lists(&self.pki, self.claimed() - Duration::days(30)),
            Values::Half => RevocationValues { crls: fresh().crls.drain(..1).collect(), ..RevocationValues::default() },
            Values::OfAnother => lists(&SealPki::generate(SealKeys::Ec, self.at).unwrap(), self.claimed()),
            Values::TsaRevoked => {
                let tsa = self.pki.tsa_certificate().unwrap();
                let revoked = self.pki.ocsp(&tsa, CertState::Revoked, self.claimed() - Duration::hours(1)).unwrap();
                RevocationValues { ocsp: vec![revoked], ..fresh() }
            }
        }
    }

    fn jws(&self, case: &Case, payload: &[u8], original: &[u8]) -> Vec<u8> {
        let key = self.key(&case.signer);
        let soort = if case.from == From::Zelftest { Soort::Zelftest } else { Soort::Validatiebewijs };
        let draft = |payload: &[u8]| {
            Draft::new(key.algorithm(), &soort.content_type(), self.claimed().unix_timestamp(), key.chain(), payload)
        };
        let before = draft(original);
        let mut draft = draft(payload);
        let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&draft.protected).unwrap()).unwrap();
        let fill = |values: &[Value]| {
            filled(values, &json!({ "other": STANDARD.encode(&self.key(&Signer::Good).chain()[1]) }))
        };
        patch(&mut header, &fill(&case.header));
        let mut text = header.to_string().into_bytes();
        if let Some(replace) = &case.header_text {
            text = replaced(&text, replace);
        }
        draft.protected = URL_SAFE_NO_PAD.encode(&text);
        let signed = |edit: SignatureEdit| signature(&key, &draft, &before, edit);
        let mut jades = Jades::sealed(&draft, b"");
        jades.signatures[0].signature = signed(case.signature);
        if let Some(edit) = case.second {
            let mut second = jades.signatures[0].clone();
            second.signature = signed(edit);
            jades.signatures.push(second);
        }
        let signatures = std::mem::take(&mut jades.signatures).into_iter();
        jades.signatures = signatures.map(|signature| self.stamped(signature, &case.stamps, case.values)).collect();
        let mut value: Value = serde_json::from_slice(&jades.written()).unwrap();
        patch(&mut value, &case.jws);
        let mut bytes = value.to_string().into_bytes();
        bytes.push(b'\n');
        case.jws_text.as_ref().map_or(bytes.clone(), |replace| replaced(&bytes, replace))
    }

    /// What the verifier says of a recipe, with checks left out.
    pub fn report(&self, case: &Case, bytes: &[u8], skip: &[BewijsCheck]) -> Report {
        let mut policy = self.policy.clone();
        let base = &self.bases[&case.from].statement;
        patch(&mut policy, &filled(&case.policy, base));
        let policy =
            Policy::read("policy.yaml", &policy.to_string()).unwrap_or_else(|f| panic!("{}: {f:?}", case.name));
        let at = case.at.as_ref().map_or(self.at, |text| clock::parse_rfc3339(text).unwrap());
        let mut options = Options::new((!case.no_policy).then_some(&policy), at);
        options.product_version = case.product_version.as_deref();
        let id = base["predicate"]["id"].as_str().unwrap();
        let named: Vec<(String, String)> =
            case.superseded.iter().map(|(a, b)| (a.replace("$id", id), b.replace("$id", id))).collect();
        options.superseded = &named;
        options.packs = Some(&self.packs);
        options.skip = skip.iter().copied().collect();
        verify(bytes, &options)
    }
}

fn signature(key: &FileKey, draft: &Draft, before: &Draft, edit: SignatureEdit) -> String {
    let input = signing_input(&draft.protected, &draft.payload);
    let right = key.sign(&input).unwrap();
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match edit {
        SignatureEdit::Right => text(&right),
        SignatureEdit::Original => text(&key.sign(&before.input()).unwrap()),
        SignatureEdit::Truncated => text(&right[..right.len() - 3]),
        SignatureEdit::Der => {
            let (r, s) = right.split_at(right.len() / 2);
            text(&yasna::construct_der(|w| {
                w.write_sequence(|w| {
                    for number in [r, s] {
                        w.next().write_bigint_bytes(number, true);
                    }
                });
            }))
        }
        SignatureEdit::Hmac => {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key.chain()[0]).unwrap();
            mac.update(&input);
            text(&mac.finalize().into_bytes())
        }
        SignatureEdit::Empty => String::new(),
        SignatureEdit::Padded => format!("{}==", text(&right)),
        SignatureEdit::Respelled => {
            let mut text = text(&right);
            let last = text.pop().unwrap();
            text.push(char::from(last as u8 + 1));
            text
        }
    }
}

/// Fills in what differs from run to run: the place and id of the first requirement that passed or failed, and the id.
fn filled(values: &[Value], base: &Value) -> Vec<Value> {
    let predicate = &base["predicate"];
    let list = |name: &str| predicate[name][0].as_str().unwrap_or_default().to_owned();
    let place = |id: &str| {
        let all = predicate["requirements"].as_array().into_iter().flatten();
        all.clone().position(|r| r["id"] == id).unwrap_or_default().to_string()
    };
    let (passed, failed, untested) = (list("passedTests"), list("failedTests"), list("untestedTests"));
    let text = Value::from(values.to_vec()).to_string();
    let text = [
        ("$passed-at", place(&passed)),
        ("$failed-at", place(&failed)),
        ("$passed", passed.clone()),
        ("$failed", failed.clone()),
        ("$untested", untested),
        ("$id", predicate["id"].as_str().unwrap_or_default().to_owned()),
        ("$other", base["other"].as_str().unwrap_or_default().to_owned()),
        ("$long", "x".repeat(70_000)),
    ]
    .into_iter()
    .fold(text, |text, (mark, with)| text.replace(mark, &with));
    serde_json::from_str(&text).unwrap()
}

fn patch(value: &mut Value, steps: &[Value]) {
    let steps: json_patch::Patch = serde_json::from_value(Value::from(steps.to_vec())).unwrap();
    json_patch::patch(value, &steps).unwrap_or_else(|error| panic!("{error}: {steps}"));
}

fn replaced(bytes: &[u8], replace: &Replace) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(&replace.from), "{} is not there", replace.from);
    text.replacen(&replace.from, &replace.to, 1).into_bytes()
}

fn relist(statement: &mut Value, members: &Members) {
    let list = members
        .iter()
        .map(|(path, bytes)| json!({ "path": path, "size": bytes.len(), "digest": { "sha256": sha256(bytes).0 } }));
    statement["predicate"]["inventaris"] = list.collect();
}

fn edit_member(members: &mut Members, edit: &MemberEdit) {
    let lines = |bytes: &[u8]| -> Vec<String> {
        String::from_utf8(bytes.to_vec()).unwrap().lines().map(|l| format!("{l}\n")).collect()
    };
    match edit {
        MemberEdit::Add { name, text } => drop(members.insert(name.clone(), text.clone().into_bytes())),
        MemberEdit::Remove { name } => drop(members.remove(name).unwrap()),
        MemberEdit::Replace { name, from, to } => {
            let bytes = members.get_mut(name).unwrap();
            *bytes = replaced(bytes, &Replace { from: from.clone(), to: to.clone() });
        }
        MemberEdit::Append { name, text } => members.get_mut(name).unwrap().extend(text.bytes()),
        MemberEdit::SwapLines { name, one, other } => {
            let mut all = lines(&members[name]);
            all.swap(*one, *other);
            members.insert(name.clone(), all.concat().into_bytes());
        }
        MemberEdit::DropLine { name, line } => {
            let mut all = lines(&members[name]);
            all.remove(*line);
            members.insert(name.clone(), all.concat().into_bytes());
        }
    }
}

fn write(members: &Members) -> Vec<u8> {
    Bundle { members: members.clone() }.written().unwrap()
}

/// Where a name stands the n-th time, as the name of a header.
fn place(bytes: &[u8], name: &str, central: bool) -> usize {
    let signature: &[u8] = if central { b"PK\x01\x02" } else { b"PK\x03\x04" };
    let header = if central { 46 } else { 30 };
    (header..bytes.len())
        .find(|at| bytes[*at..].starts_with(name.as_bytes()) && bytes[at - header..].starts_with(signature))
        .unwrap_or_else(|| panic!("{name}"))
}

fn edit_container(mut bytes: Vec<u8>, edit: &ContainerEdit) -> Vec<u8> {
    let mut rename = |from: &str, to: &str, central: bool| {
        assert_eq!(from.len(), to.len(), "{from} {to}");
        let at = place(&bytes, from, central);
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    };
    match edit {
        ContainerEdit::Trailing(text) => bytes.extend(text.bytes()),
        ContainerEdit::Cut(by) => bytes.truncate(bytes.len() - by),
        ContainerEdit::Leading(text) => drop(bytes.splice(0..0, text.bytes())),
        ContainerEdit::LocalName { from, to } => rename(from, to, false),
        ContainerEdit::Name { from, to } => {
            rename(from, to, false);
            rename(from, to, true);
        }
        ContainerEdit::Link(name) => {
            let at = place(&bytes, name, true) - 46;
            bytes[at + 5] = 3;
            bytes[at + 38..at + 42].copy_from_slice(&(0o120_777_u32 << 16).to_le_bytes());
        }
        ContainerEdit::Time(name) => {
            for (central, back) in [(false, 30 - 10), (true, 46 - 12)] {
                let at = place(&bytes, name, central) - back;
                bytes[at] = 1;
            }
        }
        ContainerEdit::Size(name, size) => {
            for (central, back) in [(false, 30 - 22), (true, 46 - 24)] {
                let at = place(&bytes, name, central) - back;
                bytes[at..at + 4].copy_from_slice(&size.to_le_bytes());
            }
        }
        ContainerEdit::DeflatedMimetype => {
            for (central, back) in [(false, 30 - 8), (true, 46 - 10)] {
                let at = place(&bytes, "mimetype", central) - back;
                bytes[at] = 8;
            }
        }
    }
    bytes
}
