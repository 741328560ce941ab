//! Packages made on the spot, sound and damaged, and what is read from them.

use serde_json::{Value, json};

use super::{
    Definitions, Loaded, Max, Membership, PackageFault, PackageLimits, Release, elements, manifest, read_files,
};

fn structure(url: &str, version: &str, fhir: &str) -> Value {
    json!({"resourceType": "StructureDefinition", "url": url, "version": version, "fhirVersion": fhir, "kind": "resource",
        "type": "Thing", "derivation": "constraint", "baseDefinition": "http://base", "text": {"url": "http://inner"}})
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    file.extend(miniz_oxide::deflate::compress_to_vec(bytes, 6));
    file.extend([0; 4]);
    file.extend(u32::try_from(bytes.len()).expect("small").to_le_bytes());
    file
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in files {
        let mut head = [0u8; 512];
        head[..name.len()].copy_from_slice(name.as_bytes());
        head[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
        head[156] = b'0';
        head[257..262].copy_from_slice(b"ustar");
        archive.extend(head);
        archive.extend(*bytes);
        archive.resize(archive.len().div_ceil(512) * 512, 0);
    }
    archive.extend([0; 1024]);
    archive
}

fn load(bytes: Vec<u8>) -> Result<(Definitions, Loaded), PackageFault> {
    let mut definitions = Definitions::new(Release::Stu3);
    let loaded = definitions.add_bytes(bytes, &PackageLimits { bytes: 1 << 20, files: 10 })?;
    Ok((definitions, loaded))
}

#[test]
fn package_is_read_without_its_index_and_examples() {
    let own = serde_json::to_vec_pretty(&structure("http://own", "1", "3.0.2")).expect("json");
    let listing = br#"{"name": "x"}"#;
    let archive =
        tar(&[("package/package.json", listing), ("package/own.json", &own), ("package/examples/e.json", &own)]);
    let (definitions, loaded) = load(gzip(&archive)).expect("a package");
    assert_eq!(loaded, Loaded { structures: 1, ..Loaded::default() });
    let found = definitions.structure("http://own|1").expect("found");
    assert_eq!((found.base, found.type_name, found.derivation), ("http://base", "Thing", "constraint"));
    assert!(definitions.structure("http://inner").is_none());
    assert_eq!(definitions.parse(found.number).expect("parses")["version"], "1");
}

#[test]
fn long_names_in_an_archive_are_read() {
    let own = structure("http://own", "1", "3.0.2").to_string();
    let long = format!("package/{}.json", "a".repeat(120));
    for (kind, name) in [(b'x', format!("140 path={long}\n")), (b'L', long.clone())] {
        let mut archive = tar(&[("PaxHeader", name.as_bytes()), (&long[..99], own.as_bytes())]);
        archive[156] = kind;
        let (definitions, _) = load(gzip(&archive)).expect("a package");
        assert!(definitions.structure("http://own").is_some());
    }
}

#[test]
fn package_says_what_it_is() {
    let listing =
        br#"{"name": "own.package", "version": "1.2.3", "fhirVersions": ["3.0.2"], "dependencies": {"base": "1"}}"#;
    let limits = PackageLimits::default();
    let found = manifest(&gzip(&tar(&[("package/package.json", listing)])), &limits).expect("a package");
    let found = found.expect("a manifest");
    assert_eq!((found.name.as_str(), found.version.as_str()), ("own.package", "1.2.3"));
    assert_eq!((found.releases, found.dependencies), (vec![Release::Stu3], vec![("base".to_owned(), "1".to_owned())]));
    assert_eq!(manifest(b"{}", &limits).expect("lines"), None);
    assert!(manifest(&tar(&[("package/package.json", b"[")]), &limits).is_err());
}

#[test]
fn folder_is_read_in_the_order_of_its_paths() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("b")).expect("a folder");
    let write = |name: &str, url: &str| {
        std::fs::write(folder.path().join(name), structure(url, "1", "3.0.2").to_string()).expect("written");
    };
    write("b/2.json", "http://b");
    write("a.json", "http://a");
    write("c.txt", "http://c");
    let files = read_files(folder.path(), &PackageLimits::default()).expect("files");
    assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a.json", "b/2.json"]);
    let mut definitions = Definitions::new(Release::Stu3);
    let loaded = definitions.add_path(folder.path(), &PackageLimits::default()).expect("definitions");
    assert_eq!(loaded.structures, 2);
    let few = PackageLimits { bytes: 300, files: 10 };
    assert!(matches!(read_files(folder.path(), &few), Err(PackageFault::TooLarge(300))));
}

#[test]
fn lines_of_json_are_read_and_other_releases_left_out() {
    let lines =
        [structure("http://a", "1", "3.0.1"), structure("http://b", "1", "4.0.1"), json!({"resourceType": "Basic"})];
    let text = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + "\nnonsense\n";
    let (definitions, loaded) = load(gzip(text.as_bytes())).expect("lines");
    assert_eq!(loaded, Loaded { structures: 1, other_release: 1, unusable: 1, ..Loaded::default() });
    assert!(definitions.structure("http://b").is_none());
}

#[test]
fn terminology_goes_with_the_definitions_beside_it() {
    let set = json!({"resourceType": "ValueSet", "url": "http://set"});
    let both = |fhir: &str| format!("{}\n{set}\n", structure("http://a", "1", fhir));
    let mut definitions = Definitions::new(Release::Stu3);
    let other = definitions.add_bytes(both("4.0.1").into_bytes(), &PackageLimits::default());
    assert!(matches!(other, Err(PackageFault::Nothing)) && definitions.is_empty());
    let own = definitions.add_bytes(both("3.0.2").into_bytes(), &PackageLimits::default()).expect("definitions");
    assert_eq!((own.structures, own.value_sets, definitions.len()), (1, 1, 2));
}

#[test]
fn version_is_preferred_but_not_required() {
    let text = [structure("http://a", "1", "3.0.2"), structure("http://a", "2", "3.0.2")]
        .map(|value| value.to_string())
        .join("\n");
    let (definitions, _) = load(text.into_bytes()).expect("lines");
    assert_eq!(definitions.structure("http://a|2").expect("found").version, "2");
    assert_eq!(definitions.structure("http://a|9").expect("found").version, "1");
}

#[test]
fn damaged_and_oversized_packages_are_refused() {
    assert!(matches!(load(vec![0x1f, 0x8b, 8]), Err(PackageFault::Damaged(_))));
    assert!(matches!(load(vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0, 1, 1]), Err(PackageFault::Damaged(_))));
    assert!(matches!(load(gzip(&vec![b' '; 1 << 21])), Err(PackageFault::TooLarge(_))));
    let mut cut = gzip(structure("http://a", "1", "3.0.2").to_string().as_bytes());
    cut.truncate(cut.len() - 12);
    assert!(matches!(load(cut), Err(PackageFault::Damaged(_))));
    let many: Vec<(&str, &[u8])> = vec![("x", b"".as_slice()); 20];
    assert!(matches!(load(tar(&many)), Err(PackageFault::TooLarge(_))));
    assert!(matches!(load(b"hello".to_vec()), Err(PackageFault::Nothing)));
    for text in ["{", "{\"a\"", "{\"resourceType\":\"ValueSet\"", "{\"a\":[[[", "{\"a\":\"\\"] {
        assert!(matches!(load(text.as_bytes().to_vec()), Err(PackageFault::Nothing)), "{text}");
    }
}

#[test]
fn elements_of_both_releases_have_one_shape() {
    let mut stu3 = json!({"snapshot": {"element": [{"path": "Thing.link", "max": "*", "base": {"max": "1"},
        "type": [{"code": "Reference", "targetProfile": "http://a"}, {"code": "Reference", "targetProfile": "http://b"}],
        "binding": {"strength": "required", "valueSetReference": {"reference": "http://vs"}}}]}});
    let mut r4 = json!({"snapshot": {"element": [{"path": "Thing.link", "max": "*", "base": {"max": "1"},
        "type": [{"code": "Reference", "targetProfile": ["http://a", "http://b"]}],
        "binding": {"strength": "required", "valueSet": "http://vs"}}]}});
    let (stu3, r4) = (elements(&mut stu3, "snapshot").expect("found"), elements(&mut r4, "snapshot").expect("found"));
    assert_eq!(stu3[0].types, r4[0].types);
    assert_eq!(stu3[0].binding, r4[0].binding);
    assert_eq!((stu3[0].max, stu3[0].base_max), (Some(Max::Unbounded), Some(Max::Count(1))));
}

#[test]
fn grammars_decide_on_media_types_and_languages() {
    let set = |system: &str| json!({"resourceType": "ValueSet", "url": system.replace("urn", "http"), "compose": {"include": [{"system": system}]}});
    let text = [set("urn:ietf:bcp:13"), set("urn:ietf:bcp:47")].map(|value| value.to_string()).join("\n");
    let (definitions, _) = load(text.into_bytes()).expect("lines");
    for (url, code, expected) in [
        ("http:ietf:bcp:13", "application/pdf", Membership::In),
        ("http:ietf:bcp:13", "pdf", Membership::Out),
        ("http:ietf:bcp:47", "nl-NL", Membership::In),
        ("http:ietf:bcp:47", "Nederlands!", Membership::Out),
    ] {
        assert_eq!(definitions.membership(url, None, code), expected, "{code}");
    }
}
