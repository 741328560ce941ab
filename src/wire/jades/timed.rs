//! The unsigned properties that make a signature last: time-stamps over it, certificates and revocation values (TS 119
//! 182-1 clauses 5.3.4, 5.3.5.1 and 5.3.5.2).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{JadesFault, Unsigned};
use crate::wire::x509::path::RevocationValues;

/// Values of one kind that are looked at, at most.
const MOST: usize = 32;

impl Unsigned {
    /// The time-stamp tokens over the signature (`sigTst`), DER. What a token is about is its base64url text.
    ///
    /// # Errors
    /// When a `sigTst` has another shape.
    pub fn time_stamps(&self) -> Result<Vec<Vec<u8>>, JadesFault> {
        let mut all = Vec::new();
        for container in self.named("sigTst") {
            let tokens = container.get("tstTokens").and_then(Value::as_array).ok_or_else(|| wrong("sigTst"))?;
            if tokens.is_empty() {
                return Err(wrong("sigTst"));
            }
            all.extend(vals(tokens, "sigTst")?);
        }
        limited(all, "sigTst")
    }

    /// The certificates (`xVals`), DER.
    ///
    /// # Errors
    /// When an `xVals` has another shape.
    pub fn certificates(&self) -> Result<Vec<Vec<u8>>, JadesFault> {
        let mut all = Vec::new();
        for list in self.named("xVals") {
            for one in list.as_array().ok_or_else(|| wrong("xVals"))? {
                all.push(val(one.get("x509Cert").ok_or_else(|| wrong("xVals"))?, "xVals")?);
            }
        }
        limited(all, "xVals")
    }

    /// The revocation values (`rVals`).
    ///
    /// # Errors
    /// When an `rVals` has another shape.
    pub fn revocation(&self) -> Result<RevocationValues, JadesFault> {
        let mut values = RevocationValues::default();
        for one in self.named("rVals") {
            let one = one.as_object().ok_or_else(|| wrong("rVals"))?;
            for (name, into) in [("ocspVals", &mut values.ocsp), ("crlVals", &mut values.crls)] {
                if let Some(list) = one.get(name) {
                    into.extend(vals(list.as_array().ok_or_else(|| wrong("rVals"))?, "rVals")?);
                }
            }
        }
        Ok(RevocationValues { ocsp: limited(values.ocsp, "rVals")?, crls: limited(values.crls, "rVals")? })
    }

    /// The same with a time-stamp token.
    #[must_use]
    pub fn with_time_stamp(self, token: &[u8]) -> Self {
        self.with("sigTst", json!({ "tstTokens": [written(token)] }))
    }

    /// The same with certificates; unchanged without any.
    #[must_use]
    pub fn with_certificates(self, certificates: &[Vec<u8>]) -> Self {
        if certificates.is_empty() {
            return self;
        }
        self.with("xVals", certificates.iter().map(|der| json!({ "x509Cert": written(der) })).collect())
    }

    /// The same with revocation values; unchanged without any.
    #[must_use]
    pub fn with_revocation(self, values: &RevocationValues) -> Self {
        let mut object = serde_json::Map::new();
        for (name, list) in [("crlVals", &values.crls), ("ocspVals", &values.ocsp)] {
            if !list.is_empty() {
                object.insert(name.to_owned(), list.iter().map(|der| written(der)).collect());
            }
        }
        if object.is_empty() { self } else { self.with("rVals", Value::Object(object)) }
    }
}

/// A value as it is written: plain base64 of DER, which is what an absent encoding means.
fn written(der: &[u8]) -> Value {
    json!({ "val": STANDARD.encode(der) })
}

fn vals(list: &[Value], name: &str) -> Result<Vec<Vec<u8>>, JadesFault> {
    list.iter().map(|one| val(one, name)).collect()
}

fn val(one: &Value, name: &str) -> Result<Vec<u8>, JadesFault> {
    let text = one.get("val").and_then(Value::as_str).ok_or_else(|| wrong(name))?;
    STANDARD.decode(text).map_err(|_| wrong(name))
}

fn limited(list: Vec<Vec<u8>>, name: &str) -> Result<Vec<Vec<u8>>, JadesFault> {
    if list.len() > MOST { Err(wrong(name)) } else { Ok(list) }
}

fn wrong(name: &str) -> JadesFault {
    JadesFault::EtsiU(format!("{name} has another shape, or too much in it"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_beside_a_signature_is_read_back_in_both_ways_of_writing() {
        let values = RevocationValues { ocsp: vec![vec![4]], crls: vec![vec![5], vec![6]] };
        let clear = Unsigned::read(&json!([{ "other": 1 }])).unwrap();
        for start in [Unsigned::default(), clear] {
            let all = start.with_time_stamp(&[1, 2]).with_certificates(&[vec![3]]).with_revocation(&values);
            let header = all.header().unwrap();
            let read = Unsigned::read(&header["etsiU"]).unwrap();
            assert_eq!(read.time_stamps().unwrap(), [[1, 2]]);
            assert_eq!(read.certificates().unwrap(), [[3]]);
            assert_eq!(read.revocation().unwrap(), values);
        }
        let none = Unsigned::default().with_certificates(&[]).with_revocation(&RevocationValues::default());
        assert!(none.is_empty());
    }

    #[test]
    fn another_shape_is_a_fault() {
        let read = |value: Value| Unsigned::read(&json!([value])).unwrap();
        for stamp in [json!(1), json!({}), json!({ "tstTokens": [] }), json!({ "tstTokens": [{ "val": "?" }] })] {
            assert!(read(json!({ "sigTst": stamp })).time_stamps().is_err());
        }
        assert!(read(json!({ "xVals": [{ "otherCert": {} }] })).certificates().is_err());
        assert!(read(json!({ "rVals": { "crlVals": {} } })).revocation().is_err());
    }
}
