//! Public keys as JSON: one key, and a set of them (RFC 7517, 7518 section 6, thumbprint RFC 7638).
//! A key in a set that cannot be used is passed over, as RFC 7517 section 5 asks, but remembered with the
//! reason. A private part in a published key is a fault that nobody may overlook.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::VerifyingKey;
use super::{
    Algorithm, JoseFault, Limits, Part, base64url, from_base64url,
    key::{Curve, Public},
    parse_object,
};

/// The members that hold private parts (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// One public key with what its publisher says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    /// Key id.
    pub kid: Option<String>,
    /// The only algorithm it is meant for, as written; it may be one that is not known here.
    pub alg: Option<String>,
    /// What it is meant for: `sig` or `enc`.
    pub usage: Option<String>,
    /// The key itself.
    pub key: VerifyingKey,
}

impl Jwk {
    pub(super) fn for_signatures(kid: &str, key: VerifyingKey, algorithm: Algorithm) -> Self {
        Self { kid: Some(kid.to_owned()), alg: Some(algorithm.name().to_owned()), usage: Some("sig".to_owned()), key }
    }

    /// Reads a key from JSON text.
    ///
    /// # Errors
    /// [`JoseFault`] when it is no strict JSON object, or as [`Jwk::from_object`].
    pub fn parse(text: &str) -> Result<Self, JoseFault> {
        Self::from_object(&envelope(text)?)
    }

    /// Reads a key from a JSON object: `kty` `EC` (P-256, P-384, P-521) or `RSA`.
    ///
    /// # Errors
    /// [`JoseFault::PrivateKeyPublished`] when a private part is there, [`JoseFault::Key`] when the key
    /// is malformed or of another type.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, JoseFault> {
        if let Some(name) = PRIVATE.iter().find(|name| object.contains_key(**name)) {
            return Err(JoseFault::PrivateKeyPublished((*name).to_owned()));
        }
        let key = match text(object, "kty")? {
            "EC" => ec(object)?,
            "RSA" => VerifyingKey::rsa(&number(object, "n")?, &number(object, "e")?)?,
            other => return Err(JoseFault::Key(format!("kty {other:?} is not known"))),
        };
        Ok(Self {
            kid: optional_text(object, "kid")?,
            alg: optional_text(object, "alg")?,
            usage: optional_text(object, "use")?,
            key,
        })
    }

    /// The key as a JSON object.
    pub fn to_value(&self) -> Value {
        let mut value = required_members(&self.key);
        for (name, text) in [("kid", &self.kid), ("alg", &self.alg), ("use", &self.usage)] {
            if let Some(text) = text {
                value[name] = Value::from(text.as_str());
            }
        }
        value
    }

    /// The RFC 7638 thumbprint with SHA-256, base64url: a `kid` that follows from the key.
    pub fn thumbprint(&self) -> String {
        thumbprint(&self.key)
    }

    /// Whether the publisher's remarks allow verifying this algorithm with it.
    pub(super) fn admits(&self, algorithm: Algorithm) -> bool {
        self.key.algorithms().contains(&algorithm)
            && self.alg.as_deref().is_none_or(|alg| alg == algorithm.name())
            && self.usage.as_deref().is_none_or(|usage| usage == "sig")
    }
}

/// A key set (RFC 7517 section 5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jwks {
    /// The keys that can be used.
    pub keys: Vec<Jwk>,
    /// Those that cannot: their place in the set, and why.
    pub ignored: Vec<(usize, JoseFault)>,
}

impl Jwks {
    /// A set of these keys.
    pub fn new(keys: Vec<Jwk>) -> Self {
        Self { keys, ignored: Vec::new() }
    }

    /// Reads a key set from JSON text.
    ///
    /// # Errors
    /// When it is no strict JSON object with an array `keys`, or when a key contains a private part.
    pub fn parse(text: &str) -> Result<Self, JoseFault> {
        let object = envelope(text)?;
        let Some(Value::Array(entries)) = object.get("keys") else {
            return Err(JoseFault::Key("the key set has no array named keys".to_owned()));
        };
        let mut set = Self::default();
        for (index, entry) in entries.iter().enumerate() {
            let read = match entry {
                Value::Object(object) => Jwk::from_object(object),
                _ => Err(JoseFault::Key("not an object".to_owned())),
            };
            match read {
                Ok(key) => set.keys.push(key),
                // A symmetric key (`k`) in a set is as bad as a private one.
                Err(fault @ JoseFault::PrivateKeyPublished(_)) => return Err(fault),
                Err(fault) => set.ignored.push((index, fault)),
            }
        }
        Ok(set)
    }

    /// The set as a JSON object. What was ignored when reading is not written.
    pub fn to_value(&self) -> Value {
        json!({ "keys": self.keys.iter().map(Jwk::to_value).collect::<Vec<_>>() })
    }

    /// The keys that a header with this `kid` and algorithm can mean. Without a `kid`: the only
    /// fitting key there is.
    pub(super) fn candidates(&self, kid: Option<&str>, algorithm: Algorithm) -> Result<Vec<&Jwk>, JoseFault> {
        let fitting = self.keys.iter().filter(|key| key.admits(algorithm));
        let Some(kid) = kid else {
            let fitting: Vec<_> = fitting.collect();
            return match fitting.len() {
                1 => Ok(fitting),
                many => Err(JoseFault::KeyIdMissing(many)),
            };
        };
        let named: Vec<_> = fitting.filter(|key| key.kid.as_deref() == Some(kid)).collect();
        match named.is_empty() {
            true => Err(JoseFault::KeyUnknown(kid.to_owned())),
            false => Ok(named),
        }
    }
}

fn envelope(text: &str) -> Result<Map<String, Value>, JoseFault> {
    let Limits { bytes: limit, depth } = Limits::TOKEN;
    if text.len() > limit {
        return Err(JoseFault::TooLarge { found: text.len(), limit });
    }
    let part = Part::Envelope;
    parse_object(text.as_bytes(), depth).map_err(|fault| JoseFault::Json { part, fault })
}

fn ec(object: &Map<String, Value>) -> Result<VerifyingKey, JoseFault> {
    let name = text(object, "crv")?;
    let curve = Curve::ALL
        .into_iter()
        .find(|curve| curve.name() == name)
        .ok_or_else(|| JoseFault::Key(format!("crv {name:?} is not known")))?;
    let mut point = vec![4];
    for coordinate in ["x", "y"] {
        let bytes = number(object, coordinate)?;
        // RFC 7518 section 6.2.1.2: always the full width, leading zeros included.
        if bytes.len() != curve.width() {
            let found = bytes.len();
            return Err(JoseFault::Key(format!("{coordinate} has {found} bytes, {} expected", curve.width())));
        }
        point.extend_from_slice(&bytes);
    }
    VerifyingKey::ec(curve, &point)
}

fn text<'o>(object: &'o Map<String, Value>, name: &str) -> Result<&'o str, JoseFault> {
    let value = object.get(name).and_then(Value::as_str);
    value.ok_or_else(|| JoseFault::Key(format!("no text named {name}")))
}

fn optional_text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, JoseFault> {
    object.contains_key(name).then(|| text(object, name).map(str::to_owned)).transpose()
}

fn number(object: &Map<String, Value>, name: &str) -> Result<Vec<u8>, JoseFault> {
    from_base64url(text(object, name)?, Part::Envelope)
        .map_err(|_| JoseFault::Key(format!("{name} is not base64url without padding")))
}

/// The members a thumbprint is taken over, in the alphabetical order RFC 7638 section 3.2 demands.
fn required_members(key: &VerifyingKey) -> Value {
    match &key.0 {
        Public::Ec { curve, point } => {
            let (x, y) = point[1..].split_at(curve.width());
            json!({ "crv": curve.name(), "kty": "EC", "x": base64url(x), "y": base64url(y) })
        }
        Public::Rsa { modulus, exponent } => {
            json!({ "e": base64url(exponent), "kty": "RSA", "n": base64url(modulus) })
        }
    }
}

fn thumbprint(key: &VerifyingKey) -> String {
    base64url(&Sha256::digest(required_members(key).to_string()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire::jose::SigningKey;

    // The example of RFC 7638 section 3.1.
    const RSA: &str = concat!(
        r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7"#,
        "aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h",
        "4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q",
        r#"NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"#,
        r#"nqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#
    );

    fn fresh() -> Jwk {
        SigningKey::generate(Algorithm::Es256).unwrap().public_jwk("k1")
    }

    fn with(jwk: &Jwk, name: &str, value: Value) -> String {
        let mut object = jwk.to_value();
        object[name] = value;
        object.to_string()
    }

    #[test]
    fn keys_survive_a_round_trip() {
        for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512] {
            let jwk = SigningKey::generate(algorithm).unwrap().public_jwk("k1");
            assert_eq!(Jwk::parse(&jwk.to_value().to_string()), Ok(jwk));
        }
        let rsa = Jwk::parse(RSA).unwrap();
        assert_eq!(rsa.key.kind(), "RSA 2048");
        assert_eq!(Jwk::parse(&rsa.to_value().to_string()), Ok(rsa));
    }

    #[test]
    fn the_thumbprint_is_that_of_the_rfc() {
        let thumbprint = Jwk::parse(RSA).unwrap().thumbprint();
        assert_eq!(thumbprint, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_private_part_is_never_overlooked() {
        let leaked = with(&fresh(), "d", Value::from("AAAA"));
        let fault = JoseFault::PrivateKeyPublished("d".to_owned());
        assert_eq!(Jwk::parse(&leaked), Err(fault.clone()));
        assert_eq!(Jwks::parse(&format!("{{\"keys\":[{leaked}]}}")), Err(fault));
    }

    #[test]
    fn a_short_coordinate_is_refused() {
        let short = with(&fresh(), "x", Value::from(base64url(&[1; 31])));
        assert!(matches!(Jwk::parse(&short), Err(JoseFault::Key(why)) if why.contains("31 bytes")));
    }

    #[test]
    fn a_point_beside_the_curve_is_refused() {
        let beside = with(&fresh(), "x", Value::from(base64url(&[1; 32])));
        let fault = JoseFault::Key("the point does not lie on its curve".to_owned());
        assert_eq!(Jwk::parse(&beside), Err(fault));
    }

    #[test]
    fn a_small_rsa_key_is_refused() {
        let small = json!({ "kty": "RSA", "n": base64url(&[0xff; 128]), "e": "AQAB" });
        let fault = JoseFault::Key("an RSA key of 1024 bits".to_owned());
        assert_eq!(Jwk::parse(&small.to_string()), Err(fault));
    }

    #[test]
    fn an_unknown_key_in_a_set_is_passed_over_and_remembered() {
        let okp = json!({ "kty": "OKP", "crv": "Ed25519", "x": "AAAA" });
        let set = json!({ "keys": [okp, fresh().to_value()] }).to_string();
        let set = Jwks::parse(&set).unwrap();
        assert_eq!(set.keys.len(), 1);
        assert_eq!(set.ignored[0].0, 0);
    }

    #[test]
    fn a_set_must_have_its_keys() {
        assert!(Jwks::parse(r#"{"keys":[]}"#).is_ok());
        assert!(Jwks::parse(r#"{"keys":{}}"#).is_err());
        assert!(Jwks::parse(r#"{"keys":[],"keys":[]}"#).is_err());
    }

    #[test]
    fn a_key_for_encryption_or_another_algorithm_is_no_candidate() {
        let key = fresh();
        let set = |key: Jwk| Jwks::new(vec![key]);
        assert!(set(key.clone()).candidates(Some("k1"), Algorithm::Es256).is_ok());
        let encryption = Jwk { usage: Some("enc".to_owned()), ..key.clone() };
        assert!(set(encryption).candidates(Some("k1"), Algorithm::Es256).is_err());
        assert!(set(key).candidates(Some("k1"), Algorithm::Ps256).is_err());
    }
}
