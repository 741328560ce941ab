//! Images, manifests and reports beside the software of others: dcmtk, dicom3tools and pydicom read ours, and an Orthanc server keeps
//! ours, gives them back, and makes its own that a folder of ours takes.
#![allow(clippy::unwrap_used)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use twiin_harness::simulator::imaging::Archive;
use twiin_harness::wire::dicom::manifest::Manifest;
use twiin_harness::wire::dicom::{Facts, read_bytes};
use twiin_harness::wire::metadata::{EntryKind, MetadataProfile};

use super::outside::Outside;
use super::support::{self, Server};

/// UIDs of the reference data lie below the arc for examples on purpose, which dicom3tools calls inappropriate.
const EXAMPLE_ROOT: &str = "Inappropriate example root for UID - \"2.999.";

fn profile() -> MetadataProfile {
    let path = "profiles/beeldbeschikbaarheid/metadata/nictiz-bbs-1.0.0-alpha2.yaml";
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// Every DICOM file of the reference data, in every transfer syntax, the original of an instance first.
fn files() -> Vec<(String, Vec<u8>)> {
    let archive = Archive::reference(&profile()).unwrap();
    let mut files = Vec::new();
    for community in &archive.communities {
        for instance in &community.instances {
            for form in &instance.forms {
                let name = format!("{}-{}.dcm", instance.sop_instance, form.transfer_syntax);
                files.push((name, form.content.bytes().unwrap().to_vec()));
            }
        }
        for document in community.documents.iter().filter(|d| d.entry.kind == EntryKind::Images) {
            files.push((format!("{}.dcm", document.entry.unique_id), document.content.bytes().unwrap().to_vec()));
        }
    }
    files
}

/// The files in a folder that vanishes.
fn poured() -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |(name, bytes): (String, Vec<u8>)| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let paths = files().into_iter().map(write).collect();
    (folder, paths)
}

fn facts(bytes: &[u8]) -> Facts {
    read_bytes(bytes).unwrap().facts()
}

#[test]
fn dcmtk_reads_every_file_and_finds_the_same_identifiers() {
    let dcmdump = support::program("dcmdump", "the Debian package dcmtk");
    let (_folder, paths) = poured();
    for path in paths {
        let said =
            support::text_of(Command::new(&dcmdump).args(["-q", "+P", "0008,0018", "+P", "0020,000d"]).arg(&path));
        let ours = facts(&std::fs::read(&path).unwrap());
        for uid in [ours.sop_instance.unwrap(), ours.study.unwrap()] {
            assert!(said.contains(&format!("[{uid}]")), "{}: {said}", path.display());
        }
    }
    let broken = tempfile::NamedTempFile::new().unwrap();
    let whole = files().remove(0).1;
    std::fs::write(broken.path(), &whole[..whole.len() - 100]).unwrap();
    assert!(read_bytes(&whole[..whole.len() - 100]).is_err());
    assert!(!support::run(Command::new(&dcmdump).arg("-q").arg(broken.path())).status.success(), "cut off");
}

#[test]
fn dicom3tools_finds_every_object_whole() {
    let dciodvfy = support::program("dciodvfy", "the Debian package dicom3tools");
    let (_folder, paths) = poured();
    for path in paths {
        let output = support::run(Command::new(&dciodvfy).arg(&path));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let faults: Vec<_> = said
            .lines()
            .filter(|line| (line.starts_with("Error") || line.starts_with("Warning")) && !line.contains(EXAMPLE_ROOT))
            .collect();
        assert_eq!(faults, [""; 0], "{}", path.display());
        assert!(said.lines().any(|line| !line.contains(' ')), "the kind of object is told: {said}");
    }
}

/// Reads files with pydicom: facts of each, and a digest of its pixels as they are seen.
const PYDICOM: &str = r#"
import hashlib, json, sys
import pydicom
from pydicom.filereader import dcmread
answer = []
for path in sys.argv[1:]:
    d = dcmread(path)
    d.walk(lambda dataset, element: element.value)
    text = lambda name: str(getattr(d, name)) if name in d else None
    one = {"transfer-syntax": str(d.file_meta.TransferSyntaxUID), "sop-class": text("SOPClassUID"),
           "sop-instance": text("SOPInstanceUID"), "study": text("StudyInstanceUID"), "series": text("SeriesInstanceUID"),
           "modality": text("Modality"), "patient-id": text("PatientID"), "patient-name": text("PatientName"),
           "accession": text("AccessionNumber"), "study-description": text("StudyDescription")}
    pixels = hashlib.sha256(d.pixel_array.astype("<u2").tobytes()).hexdigest() if "PixelData" in d else None
    references = [[str(s.StudyInstanceUID), str(r.SeriesInstanceUID), str(r.RetrieveLocationUID), str(i.ReferencedSOPClassUID), str(i.ReferencedSOPInstanceUID)]
                  for s in d.get("CurrentRequestedProcedureEvidenceSequence", []) for r in s.ReferencedSeriesSequence for i in r.ReferencedSOPSequence]
    answer.append({"facts": one, "pixels": pixels, "references": references})
print(json.dumps(answer))
"#;

fn python() -> PathBuf {
    let packages = "the PyPI packages pydicom and numpy; TWIIN_PYTHON names a Python that has them";
    std::env::var_os("TWIIN_PYTHON").map_or_else(|| support::program("python3", packages), PathBuf::from)
}

#[test]
fn pydicom_reads_the_same_facts_references_and_pixels() {
    let (_folder, paths) = poured();
    let said = support::text_of(Command::new(python()).args(["-c", PYDICOM]).args(&paths));
    let said: Vec<Value> = serde_json::from_str(&said).unwrap();
    assert_eq!(said.len(), paths.len());
    let mut pixels = std::collections::BTreeMap::new();
    for (theirs, path) in said.iter().zip(&paths) {
        let object = read_bytes(&std::fs::read(path).unwrap()).unwrap();
        let ours = object.facts().json();
        for (name, value) in theirs["facts"].as_object().unwrap() {
            assert_eq!(value, &ours[name], "{} of {}", name, path.display());
        }
        let manifest = Manifest::of(&object).unwrap();
        let references: Vec<_> = manifest
            .references
            .iter()
            .map(|r| json!([r.study, r.series, r.location, r.sop_class, r.sop_instance]))
            .collect();
        assert_eq!(theirs["references"], json!(references));
        // The pixels of an instance are the same in every transfer syntax, RLE included.
        if !theirs["pixels"].is_null() {
            let first = pixels.entry(ours["sop-instance"].to_string()).or_insert_with(|| theirs["pixels"].clone());
            assert_eq!(first, &theirs["pixels"], "{}", path.display());
        }
    }
    assert_eq!(pixels.len(), 9);
}

/// Orthanc with its plugin for DICOMweb, on a loopback port of its own.
fn orthanc() -> Server {
    let program = support::program("Orthanc", "the Debian package orthanc");
    let plugin = Path::new("/usr/share/orthanc/plugins/libOrthancDicomWeb.so");
    assert!(plugin.is_file(), "the plugin for DICOMweb is not there; it is in the Debian package orthanc-dicomweb");
    let folder = tempfile::tempdir().unwrap();
    let port = support::free_port();
    let store = folder.path().join("store");
    let configuration = json!({
        "Name": "TEST", "HttpPort": port, "DicomServerEnabled": false, "RemoteAccessAllowed": false,
        "AuthenticationEnabled": false, "StorageDirectory": store, "IndexDirectory": store, "Plugins": [plugin],
    });
    support::write(folder.path(), "orthanc.json", &configuration.to_string());
    let mut command = Command::new(program);
    command.arg("orthanc.json");
    Server::start(command, port, folder)
}

/// One call; the body of an answer 200.
fn call(server: SocketAddr, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).unwrap();
    let head = format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    assert!(head.split_whitespace().nth(1) == Some("200"), "{method} {path}: {head}");
    answer.split_off(end)
}

fn json_of(server: SocketAddr, method: &str, path: &str, body: &[u8]) -> Value {
    serde_json::from_slice(&call(server, method, path, body)).unwrap()
}

#[test]
fn orthanc_keeps_our_files_and_gives_them_back_and_a_folder_takes_its_own() {
    let server = orthanc();
    let archive = Archive::reference(&profile()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let first = &archive.communities[0];
    for instance in &first.instances {
        let sent = instance.forms[0].content.bytes().unwrap();
        let stored = json_of(server.address, "POST", "/instances", &sent);
        assert_eq!(stored["Status"], "Success");
        let path = format!("/instances/{}/file", stored["ID"].as_str().unwrap());
        let given = call(server.address, "GET", &path, b"");
        assert_eq!(facts(&given), facts(&sent));
        let study = folder.path().join(&instance.study);
        std::fs::create_dir_all(&study).unwrap();
        std::fs::write(study.join(&instance.sop_instance), given).unwrap();
        // The same instance as Orthanc writes it, in the default transfer syntax.
        let wish = json!({ "Transcode": "1.2.840.10008.1.2", "Keep": ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"], "Force": true });
        let path = path.replace("/file", "/modify");
        let other = call(server.address, "POST", &path, wish.to_string().as_bytes());
        let (ours, theirs) = (facts(&sent), facts(&other));
        assert_eq!(theirs.transfer_syntax.as_deref(), Some("1.2.840.10008.1.2"));
        assert_eq!((theirs.sop_instance, theirs.study, theirs.rows), (ours.sop_instance, ours.study, ours.rows));
    }
    let manifest = first.documents.iter().find(|d| d.entry.kind == EntryKind::Images).unwrap();
    let stored = json_of(server.address, "POST", "/instances", &manifest.content.bytes().unwrap());
    assert_eq!(stored["Status"], "Success", "a manifest");
    let studies = json_of(server.address, "GET", "/dicom-web/studies?PatientID=999943145", b"");
    assert_eq!(studies.as_array().unwrap().len(), 2, "DICOMweb finds both studies of the patient");

    let made = json!({
        "Tags": { "PatientID": "999945270", "PatientName": "Voorbeeld^Bram TEST", "Modality": "OT", "StudyDescription": "TEST", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7" },
        "Content": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    });
    let made = json_of(server.address, "POST", "/tools/create-dicom", made.to_string().as_bytes());
    let theirs = call(server.address, "GET", &format!("/instances/{}/file", made["ID"].as_str().unwrap()), b"");
    std::fs::write(folder.path().join("made-by-orthanc"), &theirs).unwrap();
    let read = Archive::folder(folder.path(), &profile()).unwrap();
    let community = &read.communities[0];
    assert_eq!(community.instances.len(), first.instances.len() + 1);
    let theirs = community.instance(&facts(&theirs).sop_instance.unwrap()).unwrap();
    let manifests = community.documents.iter().filter(|d| d.entry.kind == EntryKind::Images);
    let listed = manifests.filter(|d| {
        let manifest = Manifest::of(&read_bytes(&d.content.bytes().unwrap()).unwrap()).unwrap();
        assert_eq!(manifest.faults(), []);
        manifest.references.iter().any(|r| r.sop_instance == theirs.sop_instance)
    });
    assert_eq!(listed.count(), 1, "a manifest was made for the study of Orthanc");
    answered_from(folder.path());
}

/// A responding gateway gives the files of a folder over its sockets, and every image of its manifests is what it should be.
fn answered_from(files: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let data = files.to_str().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let outside = Outside::begin(dir.path(), &mut support::harness(), root, &["--role", "responding", "--data", data]);
    let out = dir.path().join("run");
    let did = support::harness()
        .args(["run", "--quiet", "--candidate", &outside.candidate, "--zorgtoepassing", "beeldbeschikbaarheid"])
        .args(["--role", "responding", "--only", "*/gives-{all-images-of-a-manifest,the-manifest-of-a-study}", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&did.stdout), String::from_utf8_lossy(&did.stderr));
    let evidence: Value = serde_json::from_slice(&std::fs::read(out.join("evidence.json")).unwrap_or_default())
        .unwrap_or_else(|_| panic!("{told}"));
    let verdict = |id: &str| {
        let all = evidence["requirements"].as_array().unwrap();
        all.iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{id}"))["verdict"].clone()
    };
    for id in ["BB-KOS-001", "BB-KOS-005", "BB-XCAI-006"] {
        assert_eq!(verdict(id), "pass", "{id}: {told}");
    }
}
