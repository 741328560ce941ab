//! Suite, candidate file and material: what most commands begin with.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use strum::IntoEnumIterator as _;
use twiin_harness::base::clock;
use twiin_harness::base::day::Day;
use twiin_harness::base::diagnostic::SourceFile;
use twiin_harness::base::digest::sha256_of;
use twiin_harness::base::files::FileSet;
use twiin_harness::evidence::folder;
use twiin_harness::net::Identity;
use twiin_harness::net::pki::{LeafFlaw, PkiError, TestPki};
use twiin_harness::plan::Plan;
use twiin_harness::run::{Kit, leaf_spec};
use twiin_harness::simulator::records::OwnData;
use twiin_harness::suite::{CandidateFile, Suite, embedded_files};
use twiin_harness::wire::audit::table::Mapping;
use twiin_harness::wire::authorization::AuthorizationMatrix;

use super::exit::{Exit, Problem};

/// Path of the reference candidate within the suite.
pub const REFERENCE: &str = "profiles/candidates/reference.yaml";

/// The files of the suite: a folder that was named, the current folder, or what is built in.
pub fn suite_files(named: Option<&Path>) -> Result<FileSet, Problem> {
    let dir = match named {
        Some(dir) if !dir.join("scenarios").is_dir() || !dir.join("profiles").is_dir() => {
            return Err(Problem::usage(format!("load the suite: {} has no scenarios/ and profiles/", dir.display())));
        }
        Some(dir) => Some(dir.to_owned()),
        None => {
            let here = PathBuf::from(".");
            (here.join("scenarios").is_dir() && here.join("profiles").is_dir()).then_some(here)
        }
    };
    match dir {
        Some(dir) => FileSet::from_dir(&dir, &["scenarios", "profiles"]).map_err(Problem::usage),
        None => Ok(embedded_files()),
    }
}

/// The folder of the suite as evidence names it: relative to the current folder, with `/` at its end; `None` for what is
/// built in, and for a folder elsewhere, of which nothing needs to be told.
pub fn suite_folder(named: Option<&Path>) -> Option<String> {
    let here = std::env::current_dir().ok()?;
    let dir = match named {
        Some(dir) if dir.is_absolute() => dir.strip_prefix(&here).ok()?.to_owned(),
        Some(dir) => dir.to_owned(),
        None if here.join("scenarios").is_dir() && here.join("profiles").is_dir() => PathBuf::new(),
        None => return None,
    };
    let parts = dir.components().filter(|part| *part != std::path::Component::CurDir);
    let names: Option<Vec<String>> = parts
        .map(|part| match part {
            std::path::Component::Normal(name) => Some(format!("{}/", name.to_string_lossy())),
            _ => None,
        })
        .collect();
    Some(names?.concat())
}

/// The suite, loaded and checked.
pub fn suite(named: Option<&Path>) -> Result<Suite, Problem> {
    Suite::load(suite_files(named)?).map_err(Problem::faults)
}

/// A candidate file with its text and the folder that its paths are relative to.
pub struct Candidate {
    /// The file.
    pub file: CandidateFile,
    /// Its text.
    pub text: String,
    /// The folder.
    pub dir: PathBuf,
}

/// Reads a candidate file.
pub fn candidate(path: &Path) -> Result<Candidate, Problem> {
    let text = std::fs::read_to_string(path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))?;
    let file = folder::candidate(&path.display().to_string(), &text, false).map_err(|d| Problem::faults(vec![*d]))?;
    Ok(Candidate { file, text, dir: path.parent().map(Path::to_owned).unwrap_or_default() })
}

/// Reads what the columns of an audit log hold.
pub fn mapping(path: &Path) -> Result<Mapping, Problem> {
    let text = std::fs::read_to_string(path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))?;
    let source = Arc::new(SourceFile { path: path.display().to_string(), text });
    twiin_harness::suite::parse_yaml(&source).map_err(|d| Problem::faults(vec![*d]))
}

/// An authorization matrix that was given for a run.
pub struct GivenMatrix {
    /// The matrix.
    pub matrix: Arc<AuthorizationMatrix>,
    /// Its text.
    pub text: String,
}

/// The matrix of the command line, else of the candidate file; `None` leaves it to the profile.
pub fn matrix(
    suite: &Suite,
    plan: &Plan,
    candidate: &Candidate,
    named: Option<&Path>,
) -> Result<Option<GivenMatrix>, Problem> {
    let of_file = candidate.file.authorization_matrix.as_ref().map(|path| candidate.dir.join(path));
    let Some(path) = named.map(Path::to_owned).or(of_file) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|e| Problem::usage(format!("read {}: {e}", path.display())))?;
    let matrix = folder::matrix(&path.display().to_string(), &text).map_err(|d| Problem::faults(vec![*d]))?;
    let profile = plan.selection.zorgtoepassingen.first().and_then(|name| suite.profiles.get(name));
    match profile.and_then(|p| matrix.faults(&p.role_codes).into_iter().next()) {
        Some(fault) => Err(Problem::usage(format!("use {}: {fault}", path.display()))),
        None => Ok(Some(GivenMatrix { matrix: Arc::new(matrix), text })),
    }
}

/// A day of the command line.
pub fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write it as year, month, day: 2027-03-31".to_owned())
}

/// A folder of the command line with the day that it is about.
pub fn own_data(dir: Option<&Path>, test_day: Option<Day>) -> Option<OwnData<'_>> {
    Some(OwnData { dir: dir?, test_day: test_day.unwrap_or_else(|| Day::of(clock::now())) })
}

/// The reference candidate of a suite; with other data its declared counts do not hold.
pub fn reference(suite: &Suite, other_data: bool) -> Result<Candidate, Problem> {
    let bytes = suite.files.get(REFERENCE).ok_or_else(|| Problem::usage(format!("find {REFERENCE} in the suite")))?;
    let text = String::from_utf8_lossy(bytes).into_owned();
    let file = folder::candidate(REFERENCE, &text, other_data).map_err(|d| Problem::faults(vec![*d]))?;
    Ok(Candidate { file, text, dir: PathBuf::new() })
}

/// SHA-256 of the running binary; empty when it cannot be read.
pub fn binary_sha256() -> String {
    let path = std::env::current_exe().ok();
    let digest = path.and_then(|p| std::fs::File::open(p).ok()).and_then(|file| sha256_of(file).ok());
    digest.map(|d| d.0).unwrap_or_default()
}

/// Writes the test PKI: anchors, revocation lists, and per identity certificates, signing key and public keys. The main
/// identity gets a certificate of every kind; `status` is the address that those name whose status is told.
pub fn write_pki(dir: &Path, kit: &Kit, pki: &TestPki, status: Option<&str>) -> Result<(), Problem> {
    let fail = |e: &dyn std::fmt::Display| Problem::usage(format!("write the test PKI in {}: {e}", dir.display()));
    let partner = every_kind(&kit.partner, pki, status).map_err(|e| fail(&e))?;
    pki.write_to(&dir.join("ca")).map_err(|e| fail(&e))?;
    let put = |name: &str, text: &str| write_private(&dir.join(name), text).map_err(|e| fail(&e));
    put("root.pem", &pki.root_pem())?;
    let lists = pki.crls().map_err(|e| fail(&e))?;
    let crl_pem = |der: &[u8]| twiin_harness::wire::x509::pem("X509 CRL", der);
    put("crl.pem", &lists.iter().map(|l| crl_pem(l)).collect::<String>())?;
    let others = kit.identities.values().filter(|i| i.name != partner.name);
    let identities = others.map(|i| (i.name.as_str(), i)).chain([("gtk", &kit.candidate), ("partner", &partner)]);
    for (name, identity) in identities {
        for (flaw, credential) in &identity.credentials {
            put(&format!("{name}/{flaw}.pem"), &credential.chain_pem())?;
            put(&format!("{name}/{flaw}.key.pem"), &credential.key_pem())?;
        }
        put(&format!("{name}/signing.key.pem"), &identity.signing.to_pem())?;
        let mut keys = vec![identity.signing.public_jwk(&identity.key_id)];
        for (algorithm, key) in identity.more_keys.iter().filter(|(_, key)| key.id != identity.key_id) {
            let word = algorithm.name().to_ascii_lowercase();
            put(&format!("{name}/signing-{word}.key.pem"), &key.signing.to_pem())?;
            keys.push(key.signing.public_jwk(&key.id));
        }
        let keys = twiin_harness::wire::jose::Jwks::new(keys);
        put(&format!("{name}/jwks.json"), &format!("{:#}\n", keys.to_value()))?;
    }
    Ok(())
}

/// An identity with a certificate of every kind.
fn every_kind(identity: &Identity, pki: &TestPki, status: Option<&str>) -> Result<Identity, PkiError> {
    let mut whole = identity.clone();
    for kind in LeafFlaw::iter().filter(|kind| kind.status().is_none() || status.is_some()) {
        if whole.credential(kind).is_err() {
            let credential = pki.issue_at(&leaf_spec(&whole.name, &whole.ura, 2), kind, status)?;
            whole = whole.with_credential(kind, credential);
        }
    }
    Ok(whole)
}

/// Writes a file that only its owner may read: most of these are keys.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// What comes of files one by one, and why others could not be read: one takes nothing from the others. Of every file one byte
/// more than `most` is taken, which tells whoever parses it that there is too much.
pub fn each<T>(
    paths: &[PathBuf],
    most: usize,
    look: impl Fn(String, Vec<u8>) -> Result<T, String>,
) -> (Vec<T>, Vec<String>) {
    let read = |path: &PathBuf| {
        let mut bytes = Vec::new();
        let taken = std::fs::File::open(path).and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes));
        taken.map(|_| bytes).map_err(|e| format!("read {}: {e}", path.display()))
    };
    let (mut seen, mut unread) = (Vec::new(), Vec::new());
    for path in paths {
        match read(path).and_then(|bytes| look(path.display().to_string(), bytes)) {
            Ok(one) => seen.push(one),
            Err(fault) => unread.push(fault),
        }
    }
    (seen, unread)
}

/// How it ends when every file could be read, and else what could not.
pub fn unless_unread(unread: &[String], exit: Exit) -> Result<Exit, Problem> {
    if unread.is_empty() { Ok(exit) } else { Err(Problem::usage(unread.join("\n"))) }
}
