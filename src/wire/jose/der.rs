//! The little DER that keys need: algorithm identifiers (RFC 5480, 8017), the SubjectPublicKeyInfo of a
//! public key, and PKCS#8 (RFC 5208) around a private key that came without it.

use yasna::{DERWriter, Tag, models::ObjectIdentifier};

pub(super) const EC_PUBLIC_KEY: [u64; 6] = [1, 2, 840, 10045, 2, 1];
pub(super) const RSA_ENCRYPTION: [u64; 7] = [1, 2, 840, 113_549, 1, 1, 1];

/// SubjectPublicKeyInfo of an EC key; the point uncompressed.
pub(super) fn spki_ec(curve: &[u64], point: &[u8]) -> Vec<u8> {
    spki(&EC_PUBLIC_KEY, Some(curve), point)
}

/// SubjectPublicKeyInfo of an RSA key.
pub(super) fn spki_rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = yasna::construct_der(|w| {
        w.write_sequence(|w| {
            w.next().write_bigint_bytes(modulus, true);
            w.next().write_bigint_bytes(exponent, true);
        });
    });
    spki(&RSA_ENCRYPTION, None, &key)
}

/// PKCS#8 around the algorithm's own form of a private key.
pub(super) fn in_pkcs8(algorithm: &[u64], curve: Option<&[u64]>, key: &[u8]) -> Vec<u8> {
    yasna::construct_der(|w| {
        w.write_sequence(|w| {
            w.next().write_u8(0);
            write_algorithm(w.next(), algorithm, curve);
            w.next().write_bytes(key);
        });
    })
}

/// The curve an RFC 5915 private key names inside; PKCS#8 wants it outside as well.
pub(super) fn sec1_curve(der: &[u8]) -> Option<Vec<u64>> {
    let curve = yasna::parse_der(der, |reader| {
        reader.read_sequence(|r| {
            r.next().read_u8()?;
            r.next().read_bytes()?;
            let curve = r.next().read_tagged(Tag::context(0), |r| r.read_oid())?;
            r.read_optional(|r| r.read_der())?;
            Ok(curve)
        })
    });
    curve.ok().map(|oid| oid.components().clone())
}

fn spki(algorithm: &[u64], curve: Option<&[u64]>, key: &[u8]) -> Vec<u8> {
    yasna::construct_der(|w| {
        w.write_sequence(|w| {
            write_algorithm(w.next(), algorithm, curve);
            w.next().write_bitvec_bytes(key, key.len() * 8);
        });
    })
}

fn write_algorithm(writer: DERWriter<'_>, algorithm: &[u64], curve: Option<&[u64]>) {
    writer.write_sequence(|w| {
        w.next().write_oid(&ObjectIdentifier::from_slice(algorithm));
        match curve {
            Some(curve) => w.next().write_oid(&ObjectIdentifier::from_slice(curve)),
            None => w.next().write_null(),
        }
    });
}

pub(super) fn dotted(oid: &[u64]) -> String {
    oid.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

pub(super) fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

pub(super) fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}
