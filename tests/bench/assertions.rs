//! Signed assertions: read and verified out of a message, 1,000 of them per round.

use criterion::{Criterion, Throughput};
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use time::Duration;
use twiin_harness::wire::saml::{self, Assertion, Attribute, Signer, Value, names, security_header};
use twiin_harness::wire::xml::Limits;

const COUNT: u64 = 1000;

/// A message whose assertion is signed by this key.
fn message(key: &rcgen::KeyPair) -> Vec<u8> {
    let made = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(key).unwrap();
    let role = Value::code(names::ROLE, "01.013", "2.16.840.1.113883.2.4.15.111", None);
    let attributes = vec![Attribute::new(names::ROLE, role)];
    let assertion = Assertion::draft("urn:issuer", "SIM-arts", "urn:us", Duration::minutes(10), attributes);
    let signer = Signer { key_pem: &key.serialize_pem(), certificate: made.der() };
    let header = security_header(&assertion.signed(Some(signer)).unwrap());
    format!(
        r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Header>{header}</e:Header><e:Body/></e:Envelope>"#
    )
    .into_bytes()
}

fn rsa() -> rcgen::KeyPair {
    let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
    rcgen::KeyPair::from_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap()
}

pub fn measure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("assertions");
    group.throughput(Throughput::Elements(COUNT)).sample_size(10);
    let curve = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    for (name, key) in [("RSA 2048", rsa()), ("P-256", curve)] {
        let message = message(&key);
        group.bench_function(format!("verify 1,000, {name}"), |bencher| {
            bencher.iter(|| {
                for _ in 0..COUNT {
                    let header = saml::read(&message, &Limits::default()).unwrap();
                    assert!(header.tokens[0].proven().is_some());
                }
            });
        });
    }
    group.finish();
}
