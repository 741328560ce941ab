//! FHIR packages: fetched from a registry on the loopback, pinned, and refused when they are not what was pinned.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sha1::Digest as _;

use super::fhir_material::{package, standard, weight};
use super::support::{Did, binary, did, folder};

const OWN: &str = "own.profiles@1.0.0";

/// What a registry on the loopback answers, by path.
type Answers = Vec<(String, Answer)>;

#[derive(Clone)]
enum Answer {
    Body(Vec<u8>),
    Status(u16),
    Moved(String),
    Endless,
    Silent,
}

/// A registry that speaks as npm does, until the test ends.
struct Registry {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    fn begin(answers: impl FnOnce(&str) -> Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers = answers(&url);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = asked.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
                    head.push(byte[0]);
                }
                let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or_default().to_owned();
                let answer = answers.iter().find(|(known, _)| *known == path).map(|(_, answer)| answer.clone());
                seen.lock().unwrap().push(path);
                let begin = |status: &str| format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
                match answer.unwrap_or(Answer::Status(404)) {
                    Answer::Body(body) => {
                        let head = format!("{}content-length: {}\r\n\r\n", begin("200 OK"), body.len());
                        drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)));
                    }
                    Answer::Status(status) => {
                        drop(stream.write_all(format!("{}\r\n", begin(&format!("{status} No"))).as_bytes()));
                    }
                    Answer::Moved(to) => {
                        let text = format!("{}location: {to}\r\ncontent-length: 0\r\n\r\n", begin("302 Found"));
                        drop(stream.write_all(text.as_bytes()));
                    }
                    Answer::Endless => {
                        drop(stream.write_all(format!("{}\r\n", begin("200 OK")).as_bytes()));
                        while stream.write_all(&[b' '; 65_536]).is_ok() {}
                    }
                    Answer::Silent => std::thread::sleep(Duration::from_secs(1)),
                }
            }
        });
        Self { url, asked }
    }
}

fn own() -> Vec<u8> {
    package("own.profiles", "1.0.0", "3.0.2", &weight("3.0.2"))
}

fn sha1(bytes: &[u8]) -> String {
    sha1::Sha1::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn metadata(url: &str, shasum: &str) -> Vec<u8> {
    let dist = json!({"tarball": format!("{url}/own.profiles/1.0.0"), "shasum": shasum});
    json!({"name": "own.profiles", "versions": {"1.0.0": {"dist": dist}}}).to_string().into_bytes()
}

fn sound(url: &str) -> Answers {
    vec![
        ("/own.profiles".to_owned(), Answer::Body(metadata(url, &sha1(&own())))),
        ("/own.profiles/1.0.0".to_owned(), Answer::Body(own())),
    ]
}

fn packages(dir: &std::path::Path, arguments: &[&str]) -> Did {
    let mut command = binary();
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    did(command.current_dir(dir).arg("packages").args(arguments).args(["--packages", "store"]).output().unwrap())
}

fn listed(dir: &std::path::Path) -> Value {
    serde_json::from_str(&packages(dir, &["list", "--format", "json"]).out).unwrap()
}

#[test]
fn a_package_is_fetched_from_a_registry_and_pinned() {
    let dir = folder();
    let registry = Registry::begin(sound);
    let added = packages(dir.path(), &["add", OWN, "--registry", &registry.url]);
    assert_eq!(added.code, 0, "{}", added.err);
    assert!(added.out.contains("packages add hl7.fhir.r3.core@3.0.2"), "{}", added.out);
    assert_eq!(*registry.asked.lock().unwrap(), ["/own.profiles", "/own.profiles/1.0.0"]);
    let pinned = &listed(dir.path())["packages"][0];
    assert_eq!((&pinned["name"], &pinned["version"]), (&json!("own.profiles"), &json!("1.0.0")));
    assert_eq!((&pinned["fhir"], &pinned["state"]), (&json!(["stu3"]), &json!("as pinned")));
    assert_eq!(pinned["size"], own().len());
    let sha256 = pinned["sha256"].as_str().unwrap();
    assert!(added.out.contains(sha256));
    let table = packages(dir.path(), &["list"]);
    assert!(table.code == 0 && table.out.contains(sha256) && table.out.contains("STU3"), "{}", table.out);
    let again = packages(dir.path(), &["add", OWN, "--registry", &registry.url, "--sha256", sha256]);
    assert!(again.code == 0 && again.out.contains("was pinned already"), "{}", again.out);
}

#[test]
fn a_registry_that_does_not_hold_its_word_is_refused() {
    let dir = folder();
    let refused = |answers: &dyn Fn(&str) -> Answers, why: &str| {
        let registry = Registry::begin(|url| answers(url));
        let did = packages(dir.path(), &["add", OWN, "--registry", &registry.url]);
        assert!(did.code == 2 && did.err.contains(why), "{why}: {} {}", did.code, did.err);
    };
    let of = |path: &str, answer: Answer| (path.to_owned(), answer);
    let told = |url: &str| of("/own.profiles", Answer::Body(metadata(url, &sha1(&own()))));
    let changed = package("own.profiles", "1.0.0", "3.0.2", &standard("3.0.2"));
    let other = package("other.profiles", "1.0.0", "3.0.2", &weight("3.0.2"));
    refused(&|_| Vec::new(), "status 404");
    refused(&|_| vec![of("/own.profiles", Answer::Body(b"<html>".to_vec()))], "no JSON");
    refused(&|_| vec![of("/own.profiles", Answer::Body(b"{\"versions\": {\"2.0.0\": {}}}".to_vec()))], "2.0.0");
    refused(&|url| vec![told(url)], "status 404");
    refused(&|url| vec![told(url), of("/own.profiles/1.0.0", Answer::Status(500))], "status 500");
    refused(&|url| vec![told(url), of("/own.profiles/1.0.0", Answer::Body(changed.clone()))], "SHA-1");
    refused(&|_| vec![of("/own.profiles", Answer::Endless)], "more than");
    refused(&|_| vec![of("/own.profiles", Answer::Silent)], "call");
    refused(&|url| vec![of("/own.profiles", Answer::Moved(format!("{url}/own.profiles")))], "redirects");
    let honest = |url: &str| {
        let body = metadata(url, &sha1(&other));
        vec![of("/own.profiles", Answer::Body(body)), of("/own.profiles/1.0.0", Answer::Body(other.clone()))]
    };
    refused(&honest, "other.profiles@1.0.0");
    assert_eq!(listed(dir.path())["packages"], json!([]));
    let bad = packages(dir.path(), &["add", "../own@1.0.0"]);
    assert!(bad.code == 2 && bad.err.contains("NAME@VERSION"), "{}", bad.err);
}

#[test]
fn a_package_is_taken_from_a_file_and_another_one_does_not_take_its_place() {
    let dir = folder();
    let file = dir.path().join("own.tgz");
    std::fs::write(&file, own()).unwrap();
    let add = |more: &[&str]| packages(dir.path(), &[&["add", OWN, "--from", "own.tgz"], more].concat());
    let wrong = add(&["--sha256", &"0".repeat(64)]);
    assert!(wrong.code == 2 && wrong.err.contains("was asked for"), "{}", wrong.err);
    assert_eq!(add(&[]).code, 0);
    std::fs::write(&file, package("own.profiles", "1.0.0", "3.0.2", &standard("3.0.2"))).unwrap();
    let differs = add(&[]);
    assert!(differs.code == 2 && differs.err.contains("--replace"), "{}", differs.err);
    assert_eq!(add(&["--replace"]).code, 0);
    std::fs::write(&file, b"nothing of use").unwrap();
    let useless = add(&["--replace"]);
    assert!(useless.code == 2 && useless.err.contains("own.tgz"), "{}", useless.err);
    let missing = packages(dir.path(), &["add", OWN, "--from", "absent.tgz"]);
    assert!(missing.code == 2 && missing.err.contains("absent.tgz"), "{}", missing.err);
}

#[test]
fn a_changed_package_is_refused_and_says_what_to_do() {
    let dir = folder();
    std::fs::write(dir.path().join("own.tgz"), own()).unwrap();
    assert_eq!(packages(dir.path(), &["add", OWN, "--from", "own.tgz"]).code, 0);
    let kept = dir.path().join("store").join(format!("{OWN}.package"));
    let mut bytes = std::fs::read(&kept).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&kept, bytes).unwrap();
    let listing = packages(dir.path(), &["list"]);
    assert!(listing.code == 1 && listing.out.contains("changed"), "{}", listing.out);
    for part in [OWN, "store", "is pinned", "--replace"] {
        assert!(listing.err.contains(part), "{part}: {}", listing.err);
    }
    let resource = dir.path().join("a.json");
    std::fs::write(&resource, "{}").unwrap();
    let mut command = binary();
    let check = command.current_dir(dir.path()).args(["fhir", "check", "a.json", "--packages", "store"]);
    let used = did(check.output().unwrap());
    assert!(used.code == 2 && used.err.contains("was changed or damaged"), "{}", used.err);
    std::fs::write(dir.path().join("store/pins.json"), "{").unwrap();
    let pins = packages(dir.path(), &["list"]);
    assert!(pins.code == 2 && pins.err.contains("pins.json"), "{}", pins.err);
}
