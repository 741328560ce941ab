//! Paths good and bad, and what is wrong with them.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, GeneralSubtree, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, NameConstraints,
};
use time::macros::datetime;

use super::*;

const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

struct Ca {
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = datetime!(2026-01-01 0:00 UTC);
    params.not_after = datetime!(2027-01-01 0:00 UTC);
    params.use_authority_key_identifier_extension = true;
    params
}

fn ca(name: &str, depth: Option<u8>) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(depth.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn root(params: CertificateParams) -> Ca {
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Ca { der, issuer: Issuer::new(params, key) }
}

fn below(above: &Ca, params: CertificateParams) -> Ca {
    let key = KeyPair::generate().unwrap();
    let der = params.signed_by(&key, &above.issuer).unwrap().der().to_vec();
    Ca { der, issuer: Issuer::new(params, key) }
}

fn codes(found: Result<Path, Vec<PathFault>>) -> Vec<&'static str> {
    found.err().unwrap_or_default().iter().map(PathFault::code).collect()
}

fn judged(leaf: &Ca, others: &[&Ca], anchors: &[&Ca]) -> Result<Path, Vec<PathFault>> {
    let ders = |cas: &[&Ca]| cas.iter().map(|ca| ca.der.clone()).collect::<Vec<_>>();
    check(&leaf.der, &ders(others), &ders(anchors), NOW, &Demands::default())
}

proptest! {
    #[test]
    fn any_bytes_are_judged_without_panic(bytes: Vec<u8>) {
        let found = check(&bytes, std::slice::from_ref(&bytes), std::slice::from_ref(&bytes), NOW, &Demands::seal());
        prop_assert!(found.is_err());
    }
}

#[test]
fn a_path_is_found_whatever_the_order_of_the_certificates() {
    let root = root(ca("root", None));
    let middle = below(&root, ca("middle", Some(1)));
    let low = below(&middle, ca("low", Some(0)));
    let leaf = below(&low, params("leaf"));
    for others in [[&low, &middle], [&middle, &low]] {
        let path = judged(&leaf, &others, &[&root]).unwrap();
        assert_eq!(path.certificates, [&leaf, &low, &middle, &root].map(|c| c.der.clone()));
        assert_eq!(path.anchor(), root.der);
    }
    // Nothing in the bundle can extend trust.
    assert_eq!(codes(judged(&leaf, &[&low, &middle, &root], &[])), ["unknown-issuer"]);
    assert_eq!(codes(judged(&leaf, &[&middle], &[&root])), ["unknown-issuer"]);
}

#[test]
fn an_issuer_must_be_a_ca_and_keep_to_its_length() {
    let root = root(ca("root", None));
    let no_ca = below(&root, params("no CA"));
    let leaf = below(&no_ca, params("leaf"));
    assert_eq!(codes(judged(&leaf, &[&no_ca], &[&root])), ["issuer-not-ca"]);
    let short = below(&root, ca("short", Some(0)));
    let more = below(&short, ca("more", Some(0)));
    let leaf = below(&more, params("leaf"));
    assert_eq!(codes(judged(&leaf, &[&more, &short], &[&root])), ["constraint-violated"]);
    let mut silent = ca("silent", None);
    silent.key_usages = vec![KeyUsagePurpose::CrlSign];
    let silent = below(&root, silent);
    let leaf = below(&silent, params("leaf"));
    assert_eq!(codes(judged(&leaf, &[&silent], &[&root])), ["key-usage"]);
}

#[test]
fn a_stranger_with_the_name_of_the_issuer_did_not_sign() {
    let root_ca = root(ca("root", None));
    let namesake = root(ca("root", None));
    let leaf = below(&namesake, params("leaf"));
    assert_eq!(codes(judged(&leaf, &[], &[&root_ca])), ["unknown-issuer"]);
    let mut damaged = below(&root_ca, params("leaf"));
    if let Some(last) = damaged.der.last_mut() {
        *last ^= 1;
    }
    assert_eq!(codes(judged(&damaged, &[], &[&root_ca])), ["bad-signature"]);
    assert_eq!(codes(judged(&root(params("alone")), &[], &[&root_ca])), ["self-signed"]);
    // Both are given: the one who signed counts.
    assert!(judged(&leaf, &[], &[&root_ca, &namesake]).is_ok());
}

#[test]
fn name_constraints_are_left_to_webpki_and_count() {
    let mut narrow = ca("root", None);
    narrow.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("sim.example".into())],
        excluded_subtrees: vec![],
    });
    let middle_of = |root: &Ca, name: &str| {
        let mut leaf = params("leaf");
        leaf.subject_alt_names = vec![rcgen::SanType::DnsName(name.try_into().unwrap())];
        below(root, leaf)
    };
    let root = root(ca("top", None));
    let narrow = below(&root, narrow);
    assert!(judged(&middle_of(&narrow, "a.sim.example"), &[&narrow], &[&root]).is_ok());
    assert_eq!(codes(judged(&middle_of(&narrow, "elsewhere.example"), &[&narrow], &[&root])), ["second-opinion"]);
}

#[test]
fn a_critical_extension_must_be_understood() {
    let root = root(ca("root", None));
    let mut leaf = params("leaf");
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(true);
    leaf.custom_extensions = vec![extension];
    assert_eq!(codes(judged(&below(&root, leaf), &[], &[&root])), ["unknown-critical-extension"]);
}

fn policy(oid: &[u64]) -> CustomExtension {
    let content = yasna::construct_der(|w| {
        w.write_sequence(|list| {
            let oid = yasna::models::ObjectIdentifier::from_slice(oid);
            list.next().write_sequence(|policy| policy.next().write_oid(&oid));
        });
    });
    CustomExtension::from_oid_content(&[2, 5, 29, 32], content)
}

#[test]
fn a_policy_must_be_named_by_the_leaf_and_allowed_by_every_ca() {
    let root = root(ca("root", None));
    let asked = Demands { policies: vec!["1.2.3.4".into()], ..Demands::default() };
    let found = |of_ca: Option<&[u64]>, of_leaf: &[u64]| {
        let mut middle = ca("middle", None);
        middle.custom_extensions = of_ca.map(policy).into_iter().collect();
        let middle = below(&root, middle);
        let mut leaf = params("leaf");
        leaf.custom_extensions = vec![policy(of_leaf)];
        let leaf = below(&middle, leaf);
        codes(check(&leaf.der, &[middle.der], std::slice::from_ref(&root.der), NOW, &asked))
    };
    const ANY: &[u64] = &[2, 5, 29, 32, 0];
    assert_eq!(found(Some(ANY), &[1, 2, 3, 4]), [""; 0]);
    assert_eq!(found(Some(&[1, 2, 3, 4]), &[1, 2, 3, 4]), [""; 0]);
    assert_eq!(found(Some(ANY), &[1, 2, 3, 5]), ["policy"]);
    assert_eq!(found(Some(&[1, 2, 3, 5]), &[1, 2, 3, 4]), ["policy"]);
    assert_eq!(found(None, &[1, 2, 3, 4]), ["policy"]);
    assert_eq!(found(Some(ANY), ANY), ["policy"]);
}

#[test]
fn certificates_that_sign_each_other_end_the_search() {
    let first = root(ca("first", None));
    let second_key = KeyPair::generate().unwrap();
    let second_params = ca("second", None);
    let second_by_first = second_params.signed_by(&second_key, &first.issuer).unwrap().der().to_vec();
    let second = Ca { der: second_by_first, issuer: Issuer::new(second_params, second_key) };
    let first_by_second = ca("first", None).signed_by(first.issuer.key(), &second.issuer).unwrap().der().to_vec();
    let leaf = below(&second, params("leaf"));
    let others = [second.der.clone(), first_by_second];
    assert_eq!(codes(check(&leaf.der, &others, &[], NOW, &Demands::default())), ["unknown-issuer"]);
}
