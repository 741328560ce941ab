//! The file: JWS JSON, flattened for one signature and general for more (RFC 7515 section 7.2), written in one way only.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::header::{self, Draft, signing_input};
use super::unsigned::Unsigned;
use super::{Algorithm, JadesFault};
use crate::wire::jose::{base64url, parse_object};

/// How much of a hostile file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest file, in bytes.
    pub file: usize,
    /// Longest protected header, in characters of base64url.
    pub header: usize,
    /// Most signatures.
    pub signatures: usize,
}

impl Limits {
    /// For a bewijs: the statement is a summary, however long the run was.
    pub const BEWIJS: Self = Self { file: 32 * 1024 * 1024, header: 64 * 1024, signatures: 8 };
}

/// Deepest nesting of the JWS itself; what is signed has a limit of its own.
const DEPTH: usize = 20;

/// A signed file.
#[derive(Debug, Clone, PartialEq)]
pub struct Jades {
    /// The payload, base64url.
    pub payload: String,
    /// Its signatures.
    pub signatures: Vec<Signature>,
}

/// One signature.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    /// The protected header, base64url.
    pub protected: String,
    /// The signature, base64url: what a time stamp is over, as ASCII.
    pub signature: String,
    /// What stands beside it.
    pub unsigned: Unsigned,
}

impl Jades {
    /// One signature over a draft.
    pub fn sealed(draft: &Draft, signature: &[u8]) -> Self {
        let one = Signature {
            protected: draft.protected.clone(),
            signature: base64url(signature),
            unsigned: Unsigned::default(),
        };
        Self { payload: draft.payload.clone(), signatures: vec![one] }
    }

    /// Reads a file. What this refuses is no JWS of ours at all; what is wrong with a signature is told by
    /// [`Signature::faults`].
    ///
    /// # Errors
    /// [`JadesFault`] for the first thing that is wrong.
    pub fn read(bytes: &[u8], limits: Limits) -> Result<Self, JadesFault> {
        if bytes.len() > limits.file {
            return Err(JadesFault::JwsTooLarge { found: bytes.len(), limit: limits.file });
        }
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return Err(JadesFault::JwsEncoding("it begins with a byte order mark"));
        }
        if std::str::from_utf8(bytes).is_err() {
            return Err(JadesFault::JwsEncoding("it is not UTF-8"));
        }
        let mut object = parse_object(bytes, DEPTH).map_err(|fault| JadesFault::JwsJson(fault.to_string()))?;
        let payload = text(object.shift_remove("payload"), "payload")?;
        let signatures = match object.shift_remove("signatures") {
            Some(Value::Array(list)) => list
                .into_iter()
                .map(|one| match one {
                    Value::Object(one) => Signature::read(one),
                    _ => Err(JadesFault::JwsJson("a list of signatures that holds something else".into())),
                })
                .collect::<Result<Vec<_>, _>>()?,
            Some(_) => return Err(JadesFault::JwsJson("one whose signatures are no list".into())),
            None => vec![Signature::read(std::mem::take(&mut object))?],
        };
        if let Some(name) = object.keys().next() {
            return Err(JadesFault::JwsMember(name.clone()));
        }
        if signatures.is_empty() || signatures.len() > limits.signatures {
            return Err(JadesFault::JwsSignatures(signatures.len()));
        }
        if let Some(long) = signatures.iter().find(|s| s.protected.len() > limits.header) {
            return Err(JadesFault::HeaderTooLarge { found: long.protected.len(), limit: limits.header });
        }
        let jades = Self { payload, signatures };
        decoded(&jades.payload, "payload")?;
        if jades.written() != bytes {
            return Err(JadesFault::JwsForm);
        }
        Ok(jades)
    }

    /// The one way in which it is written: compact, with a line end.
    pub fn written(&self) -> Vec<u8> {
        let mut object = Map::new();
        object.insert("payload".into(), json!(self.payload));
        match self.signatures.as_slice() {
            [one] => object.extend(one.members()),
            more => {
                let list = more.iter().map(|one| Value::Object(one.members())).collect();
                object.insert("signatures".into(), Value::Array(list));
            }
        }
        let mut bytes = Value::Object(object).to_string().into_bytes();
        bytes.push(b'\n');
        bytes
    }

    /// The bytes that are signed.
    ///
    /// # Errors
    /// When it is not base64url; what [`Jades::read`] gave always is.
    pub fn payload(&self) -> Result<Vec<u8>, JadesFault> {
        decoded(&self.payload, "payload")
    }
}

impl Signature {
    fn read(mut object: Map<String, Value>) -> Result<Self, JadesFault> {
        let protected = text(object.shift_remove("protected"), "protected header")?;
        let signature = text(object.shift_remove("signature"), "signature")?;
        let unsigned = match object.shift_remove("header") {
            None => Unsigned::default(),
            Some(Value::Object(mut header)) => {
                let unsigned = header.shift_remove("etsiU");
                if let Some(name) = header.keys().next() {
                    return Err(twice_or_unknown(name, &protected));
                }
                Unsigned::read(&unsigned.ok_or_else(|| JadesFault::EtsiU("it is not there".into()))?)?
            }
            Some(_) => return Err(JadesFault::JwsJson("one whose unprotected header is no object".into())),
        };
        match object.keys().next() {
            Some(name) => Err(JadesFault::JwsMember(name.clone())),
            None => Ok(Self { protected, signature, unsigned }),
        }
    }

    fn members(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("protected".into(), json!(self.protected));
        if let Some(header) = self.unsigned.header() {
            object.insert("header".into(), header);
        }
        object.insert("signature".into(), json!(self.signature));
        object
    }

    /// The protected header. Its signature has not been looked at.
    ///
    /// # Errors
    /// When it is not base64url of a strict JSON object.
    pub fn header(&self) -> Result<Map<String, Value>, JadesFault> {
        let bytes = decoded(&self.protected, "protected header")?;
        parse_object(&bytes, 4).map_err(|fault| JadesFault::HeaderJson(fault.to_string()))
    }

    /// The certificates that came along, leaf first; none when they cannot be read.
    pub fn chain(&self) -> Vec<Vec<u8>> {
        self.header().and_then(|header| header::chain(&header)).unwrap_or_default()
    }

    /// The time that the signer claims, in seconds since 1970.
    pub fn claimed_at(&self) -> Option<i64> {
        self.header().ok()?.get("iat")?.as_i64()
    }

    /// The content type of what is signed.
    pub fn content_type(&self) -> Option<String> {
        Some(self.header().ok()?.get("cty")?.as_str()?.to_owned())
    }

    /// Everything that is wrong with this signature over a payload (base64url). Empty: the holder of the key in the
    /// certificate of the header signed it. Whether that holder is anybody is another question.
    pub fn faults(&self, payload: &str, allowed: &[Algorithm]) -> Vec<JadesFault> {
        let header = match self.header() {
            Ok(header) => header,
            Err(fault) => return vec![fault],
        };
        let mut faults = header::faults(&header);
        if header.contains_key("etsiU") {
            faults.push(JadesFault::HeaderTwice("etsiU".into()));
        }
        match decoded(&self.signature, "signature") {
            Ok(signature) => {
                let input = signing_input(&self.protected, payload);
                faults.extend(header::signature_faults(&header, &input, &signature, allowed));
            }
            Err(fault) => faults.push(fault),
        }
        faults
    }
}

/// A member of the unprotected header that should not be there: worse when the protected header has it too.
fn twice_or_unknown(name: &str, protected: &str) -> JadesFault {
    let header = decoded(protected, "protected header").ok().and_then(|bytes| parse_object(&bytes, 4).ok());
    match header {
        Some(header) if header.contains_key(name) => JadesFault::HeaderTwice(name.to_owned()),
        _ => JadesFault::JwsMember(format!("header.{name}")),
    }
}

fn text(value: Option<Value>, what: &'static str) -> Result<String, JadesFault> {
    match value {
        Some(Value::String(text)) => Ok(text),
        _ => Err(JadesFault::JwsJson(format!("one without a text as its {what}"))),
    }
}

fn decoded(text: &str, what: &'static str) -> Result<Vec<u8>, JadesFault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JadesFault::JwsBase64(what))
}
