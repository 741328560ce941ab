//! Verifying: signature, certificate, digests, and that the verdicts follow from the transcript. It opens no socket.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::assemble::{as_version_1, as_version_2, differences};
use super::folder::{self, Tool};
use super::model::{Conclusion, Evidence, Kind, SCHEMA, SCHEMA_1, SCHEMA_2};
use super::sign::{content_type, written};
use crate::base::digest::sha256;
use crate::wire::jose::{self, Algorithm, Flattened, VerifyingKey};
use crate::wire::x509::{ChainVerdict, Usage, explain_chain_for};

/// Signature algorithms that evidence may have.
const ALGORITHMS: [Algorithm; 6] =
    [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512, Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512];
/// Members of the protected header, all of them needed and no others known.
const HEADER: [&str; 6] = ["alg", "cty", "iat", "typ", "x5c", "x5t#S256"];

/// What verification concludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// Authentic, and the candidate was conformant.
    Conformant,
    /// Authentic, and the candidate was conformant but for failures that a declared deviation covers.
    ConformantWithWaivers,
    /// Authentic, and the candidate was not shown to be conformant.
    NotConformant,
    /// Whole, but the signer is not one that was said to be trusted.
    NotTrusted,
    /// Changed, incomplete, or not what it says.
    Invalid,
    /// Authentic, and a self-test: it proves nothing to anyone but its maker.
    SelfTest,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What.
    pub what: &'static str,
    /// Whether it is in order.
    pub good: bool,
    /// In words.
    pub text: String,
}

/// The result of a verification.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Line by line.
    pub lines: Vec<Line>,
    /// The conclusion.
    pub status: Status,
    /// The evidence, when its signature held.
    pub evidence: Option<Evidence>,
}

/// Could not even begin: the file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("read {path}: {source}")]
pub struct Unreadable {
    path: PathBuf,
    source: std::io::Error,
}

/// The signed file of a path: the path itself, or the signed evidence in a run folder.
fn signed_file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(folder::SIGNED) } else { path.to_owned() }
}

/// Verifies signed evidence and the run folder that it lies in. `anchors` are the certificates that signers must lead to.
///
/// # Errors
/// When the file cannot be read.
pub fn verify(path: &Path, anchors: &[Vec<u8>]) -> Result<Verified, Unreadable> {
    let file = signed_file(path);
    let bytes = std::fs::read(&file).map_err(|source| Unreadable { path: file.clone(), source })?;
    let mut lines = Vec::new();
    let evidence = match signature(&bytes, anchors, &mut lines) {
        Ok(evidence) => evidence,
        Err(text) => {
            lines.push(Line { what: "signature", good: false, text });
            return Ok(Verified { lines, status: Status::Invalid, evidence: None });
        }
    };
    let dir = file.parent().map(Path::to_owned).unwrap_or_default();
    inputs(&dir, &evidence, &bytes, &mut lines);
    let whole = lines.iter().filter(|l| l.what != "signer").all(|l| l.good);
    let trusted = lines.iter().any(|l| l.what == "signer" && l.good);
    let status = match (whole, evidence.kind, trusted, evidence.conclusion) {
        (false, ..) => Status::Invalid,
        (true, Kind::SelfTest, ..) => Status::SelfTest,
        (true, _, false, _) => Status::NotTrusted,
        (true, _, true, Conclusion::Conformant) => Status::Conformant,
        (true, _, true, Conclusion::ConformantWithWaivers) => Status::ConformantWithWaivers,
        _ => Status::NotConformant,
    };
    Ok(Verified { lines, status, evidence: Some(evidence) })
}

/// Checks the signature and gives the evidence that it covers.
fn signature(bytes: &[u8], anchors: &[Vec<u8>], lines: &mut Vec<Line>) -> Result<Evidence, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_owned())?;
    let jws = Flattened::parse(text, jose::Limits::EVIDENCE).map_err(|e| e.to_string())?;
    if written(&jws) != bytes {
        return Err("the file is not written as it was: something outside the signature was changed".into());
    }
    let header = jws.header_unverified().map_err(|e| e.to_string())?;
    if !header.keys().map(String::as_str).eq(HEADER) {
        return Err("the protected header has other members than it should".into());
    }
    let chain = chain(&header)?;
    let leaf = chain.first().ok_or("there is no certificate")?;
    if header.get("x5t#S256").and_then(Value::as_str) != Some(jose::x5t_s256(leaf).as_str()) {
        return Err("x5t#S256 is of another certificate".into());
    }
    let key = VerifyingKey::from_certificate(leaf).map_err(|e| e.to_string())?;
    let verified = jose::verify_flattened(&jws, &key, &ALGORITHMS).map_err(|e| e.to_string())?;
    let evidence: Evidence =
        serde_json::from_slice(&verified.payload).map_err(|e| format!("the payload is no evidence: {e}"))?;
    if ![SCHEMA, SCHEMA_2, SCHEMA_1].contains(&evidence.schema.as_str()) {
        return Err(format!("unknown schema {}", evidence.schema));
    }
    if header.get("cty").and_then(Value::as_str) != Some(content_type(evidence.kind)) {
        return Err("the content type is of another kind of document".into());
    }
    lines.push(Line {
        what: "signature",
        good: true,
        text: format!("holds ({})", header["alg"].as_str().unwrap_or_default()),
    });
    lines.push(signer(&header, &chain, anchors, evidence.kind));
    Ok(evidence)
}

fn chain(header: &Map<String, Value>) -> Result<Vec<Vec<u8>>, String> {
    let list = header.get("x5c").and_then(Value::as_array).ok_or("x5c is missing")?;
    list.iter()
        .map(|entry| {
            let text = entry.as_str().ok_or("x5c holds something else than text")?;
            base64::engine::general_purpose::STANDARD.decode(text).map_err(|e| format!("x5c cannot be read: {e}"))
        })
        .collect()
}

fn signer(header: &Map<String, Value>, chain: &[Vec<u8>], anchors: &[Vec<u8>], kind: Kind) -> Line {
    let name = chain.first().and_then(|c| crate::wire::x509::facts(c).ok()).map(|f| f.subject).unwrap_or_default();
    if kind == Kind::SelfTest {
        return Line { what: "signer", good: false, text: format!("{name}: a key made for this run; self-test only") };
    }
    if anchors.is_empty() {
        return Line { what: "signer", good: false, text: format!("{name}: no trust anchor was given (--trust)") };
    }
    let at = header.get("iat").and_then(Value::as_i64).and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok());
    let Some(at) = at else { return Line { what: "signer", good: false, text: "iat cannot be read".into() } };
    match explain_chain_for(chain, anchors, at, &[Usage::Signing]) {
        ChainVerdict::Trusted => {
            Line { what: "signer", good: true, text: format!("{name}, at {at} (time not proven)") }
        }
        ChainVerdict::Untrusted { reason, certificate } => {
            Line { what: "signer", good: false, text: format!("{name}: {reason:?} ({certificate})") }
        }
    }
}

/// Checks the files beside the signed evidence.
fn inputs(dir: &Path, evidence: &Evidence, signed: &[u8], lines: &mut Vec<Line>) {
    let mut wrong = Vec::new();
    for input in &evidence.inputs {
        match folder::read(dir, &input.path) {
            Ok(bytes) if bytes.len() as u64 == input.size && sha256(&bytes).0 == input.sha256 => {}
            Ok(_) => wrong.push(format!("{} was changed", input.path)),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    wrong.extend(extra_files(dir, evidence));
    let text = match wrong.as_slice() {
        [] => format!("{} files are as they were", evidence.inputs.len()),
        some => some.join("; "),
    };
    let whole = wrong.is_empty();
    lines.push(Line { what: "files", good: whole, text });
    lines.push(plain_copy(dir, signed));
    lines.push(if whole {
        judged_again(dir, evidence)
    } else {
        Line { what: "verdicts", good: false, text: "not judged again: files were changed".into() }
    });
}

/// Files in the pack that the evidence does not list.
fn extra_files(dir: &Path, evidence: &Evidence) -> Vec<String> {
    let listed = |path: &str| evidence.inputs.iter().any(|i| i.path == path);
    let found = crate::base::files::FileSet::from_dir(dir, &[folder::PACK, "inputs"]);
    let found = found.map(|set| set.iter().map(|(p, _)| p.to_owned()).collect::<Vec<_>>()).unwrap_or_default();
    found.into_iter().filter(|p| !listed(p)).map(|p| format!("{p} is not listed")).collect()
}

/// The readable copy holds exactly the bytes that were signed.
fn plain_copy(dir: &Path, signed: &[u8]) -> Line {
    let payload = std::str::from_utf8(signed)
        .ok()
        .and_then(|t| Flattened::parse(t, jose::Limits::EVIDENCE).ok())
        .and_then(|jws| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(jws.payload).ok());
    let what = "copy";
    match (folder::read(dir, folder::EVIDENCE), payload) {
        (Ok(copy), Some(payload)) if copy == payload => {
            Line { what, good: true, text: format!("{} is what was signed", folder::EVIDENCE) }
        }
        (Ok(_), _) => Line { what, good: false, text: format!("{} differs from what was signed", folder::EVIDENCE) },
        (Err(error), _) => Line { what, good: false, text: error.to_string() },
    }
}

/// The verdicts follow from the transcript.
fn judged_again(dir: &Path, evidence: &Evidence) -> Line {
    let what = "verdicts";
    let tool = Tool { kind: evidence.kind, binary_sha256: evidence.harness.binary_sha256.clone() };
    let again =
        folder::load(dir).and_then(|judged| judged.evidence(dir, &tool)).map(|again| match evidence.schema.as_str() {
            SCHEMA_1 => as_version_1(again),
            SCHEMA_2 => as_version_2(again),
            _ => again,
        });
    match again {
        Ok(mut again) => {
            again.harness.version.clone_from(&evidence.harness.version);
            match differences(evidence, &again).as_slice() {
                [] => Line { what, good: true, text: "follow from the transcript".into() },
                members => Line {
                    what,
                    good: false,
                    text: format!("judged again, these members differ: {}", members.join(", ")),
                },
            }
        }
        Err(error) => Line { what, good: false, text: format!("cannot be judged again: {}", error) },
    }
}
