//! A certificate that nobody may show: an RSA key of 1024 bits. Nothing is ever signed with the key, which has no private
//! half; the certificate is shown by hand in a handshake that goes no further (`shows-weak-server-key`).

use rcgen::{CertificateParams, Issuer, KeyPair, PublicKeyData, SignatureAlgorithm};

use super::{CA_ORGANISATION, distinguished_name, random_serial};

struct WeakKey(Vec<u8>);

impl PublicKeyData for WeakKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }
    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

/// The certificate as DER; `None` when it cannot be made.
pub(in crate::net) fn weak_chain() -> Option<Vec<u8>> {
    // Any odd number of 1024 bits will do as modulus.
    let modulus = [0xc5; 128];
    let key = WeakKey(yasna::construct_der(|w| {
        w.write_sequence(|w| {
            w.next().write_bigint_bytes(&modulus, true);
            w.next().write_u32(65_537);
        });
    }));
    let issuer = Issuer::new(CertificateParams::default(), KeyPair::generate().ok()?);
    let mut params = CertificateParams::default();
    params.distinguished_name = distinguished_name(CA_ORGANISATION, "SIM weak key");
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&random_serial()));
    Some(params.signed_by(&key, &issuer).ok()?.der().to_vec())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::wire::x509;

    #[test]
    fn the_key_is_read_as_weak() {
        let facts = x509::facts(&super::weak_chain().unwrap()).unwrap();
        assert_eq!(facts.public_key, "RSA 1024");
    }
}
