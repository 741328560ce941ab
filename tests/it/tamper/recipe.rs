//! Recipes: how a bewijs is tampered with, and what its verifier has to say. They are data, so that others can hold their own
//! verifier against them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use twiin_harness::base::diagnostic::SourceFile;
use twiin_harness::suite::parse_yaml;

/// A family of recipes.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Family {
    pub family: String,
    pub cases: Vec<Case>,
}

/// One recipe. The steps are carried out in the order of these members, so that a case says what the forger could do: who
/// only holds the file edits members, seal and container; who holds a key edits the statement too and signs it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// In one sentence.
    pub what: String,
    /// The bewijs that it starts from.
    #[serde(default)]
    pub from: From,
    /// A positive control: nothing may be found.
    #[serde(default)]
    pub control: bool,
    #[serde(default)]
    pub members: Vec<MemberEdit>,
    /// Whether the inventory is made again after the members were edited, as whoever holds a key would.
    #[serde(default)]
    pub relist: bool,
    /// JSON Patch (RFC 6902) on the statement.
    #[serde(default)]
    pub statement: Vec<Value>,
    /// Texts replaced in the bytes of the statement, for what a patch cannot say.
    #[serde(default)]
    pub statement_text: Option<Replace>,
    /// The certificate that signs.
    #[serde(default)]
    pub signer: Signer,
    /// JSON Patch on the protected header, before signing.
    #[serde(default)]
    pub header: Vec<Value>,
    #[serde(default)]
    pub header_text: Option<Replace>,
    #[serde(default)]
    pub signature: SignatureEdit,
    /// A second signature.
    #[serde(default)]
    pub second: Option<SignatureEdit>,
    /// Time-stamps over the signature, made while the test runs.
    #[serde(default)]
    pub stamps: Vec<StampEdit>,
    /// Revocation values beside the signature, made while the test runs.
    #[serde(default)]
    pub values: Option<Values>,
    /// JSON Patch on the JWS.
    #[serde(default)]
    pub jws: Vec<Value>,
    #[serde(default)]
    pub jws_text: Option<Replace>,
    #[serde(default)]
    pub container: Vec<ContainerEdit>,
    /// Whether only the sealed statement is verified.
    #[serde(default)]
    pub summary: bool,
    /// JSON Patch on the policy; `null` for none at all.
    #[serde(default = "Vec::new")]
    pub policy: Vec<Value>,
    #[serde(default)]
    pub no_policy: bool,
    #[serde(default)]
    pub at: Option<String>,
    #[serde(default)]
    pub product_version: Option<String>,
    /// What later bewijzen took the place of.
    #[serde(default)]
    pub superseded: BTreeMap<String, String>,
    /// Everything that has to be found, and nothing else.
    #[serde(default)]
    pub codes: Vec<String>,
    pub outcome: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum From {
    /// A validatiebewijs of a conformant candidate.
    #[default]
    Good,
    /// A validatiebewijs of one that failed.
    Failed,
    /// A self-test.
    Zelftest,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// A good seal of the validator.
    #[default]
    Good,
    /// A seal certificate with a flaw.
    Flawed(String),
    /// A self-made certificate.
    Own,
    /// A good seal that is revoked ten minutes after it was set.
    RevokedLater,
}

/// A time-stamp by the TSA of the test.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct StampEdit {
    /// What is wrong with it, by the names of the test PKI; nothing when left out.
    pub kind: Option<String>,
    /// How many seconds after the claimed time it states.
    pub after: i64,
    /// Over the bytes of the signature in place of its base64url text.
    pub raw: bool,
}

/// Revocation values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Values {
    /// Lists of both authorities, half an hour after the claimed time.
    Fresh,
    /// Lists that had ended long before.
    Old,
    /// The list of one authority alone.
    Half,
    /// Lists of authorities of the same names with other keys.
    OfAnother,
    /// Fresh lists, and an answer that the TSA was revoked before it stamped.
    TsaRevoked,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureEdit {
    /// Over what it should be over.
    #[default]
    Right,
    /// That of the bewijs before it was edited.
    Original,
    /// Without its last bytes.
    Truncated,
    /// As a DER sequence.
    Der,
    /// HMAC with the public key as its secret.
    Hmac,
    /// None.
    Empty,
    /// With padding.
    Padded,
    /// In another spelling of the same bytes.
    Respelled,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum MemberEdit {
    Add {
        name: String,
        text: String,
    },
    Remove {
        name: String,
    },
    Replace {
        name: String,
        from: String,
        to: String,
    },
    Append {
        name: String,
        text: String,
    },
    /// Changes the order of two lines, from 0.
    SwapLines {
        name: String,
        one: usize,
        other: usize,
    },
    DropLine {
        name: String,
        line: usize,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContainerEdit {
    /// Bytes behind the end.
    Trailing(String),
    /// Without its last bytes.
    Cut(usize),
    /// Bytes before the beginning.
    Leading(String),
    /// Another name of the same length in the local header alone.
    LocalName { from: String, to: String },
    /// Another name of the same length in both headers.
    Name { from: String, to: String },
    /// A member as a link.
    Link(String),
    /// A time.
    Time(String),
    /// Says that a member becomes this large.
    Size(String, u32),
    /// The media type deflated.
    DeflatedMimetype,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    pub from: String,
    pub to: String,
}

/// All families, in order of name.
pub fn families() -> Vec<Family> {
    let dir = super::super::support::root().join("tests/data/tamper");
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let source = Arc::new(SourceFile { path: path.display().to_string(), text });
            parse_yaml(&source).unwrap_or_else(|fault| panic!("{fault}"))
        })
        .collect()
}
