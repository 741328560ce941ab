//! A message as it came in, with its parts.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use super::super::mime::{self, ContentType, Message, MimeFault, Oddity, Part};
use super::super::xml::borrowed::Node;
use super::{MtomFault, ROOT, XOP};
use crate::base::digest::{hex, sha256};

/// Limits of a message that somebody else wrote.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of the body and its parts.
    pub mime: mime::Limits,
    /// Bytes of the root part.
    pub root: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { mime: mime::Limits::default(), root: 96 * 1024 * 1024 }
    }
}

/// Something about a package that differs from what the specifications say, and does not keep it from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Remark {
    /// The root part is not the first; legal, because `start` names it (RFC 2387 section 3.2).
    RootNotFirst,
    /// There is no `start`; the first part is the root then.
    NoStart,
    /// `type` is missing or something else than `application/xop+xml`.
    Type,
    /// `start-info` is missing or something else than the type of the envelope.
    StartInfo,
    /// The root part has another media type than `application/xop+xml`.
    RootType,
    /// A content id without angle brackets.
    BareContentId,
    /// A part with a transfer encoding other than `binary`, `8bit` or `7bit`.
    Encoded,
}

/// Size and digests of content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Bytes.
    pub length: u64,
    /// SHA-1 as lower-case hex: what the metadata of a document calls `hash`.
    pub sha1: String,
    /// SHA-256 as lower-case hex.
    pub sha256: String,
}

impl Facts {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, sha1: hex(&Sha1::digest(bytes)), sha256: sha256(bytes).0 }
    }
}

/// Content of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it is.
    pub bytes: Vec<u8>,
    /// The part that it travelled in; `None` when it stood in the element as base64.
    pub part: Option<usize>,
}

/// A message with its parts; a plain message is its own only part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its content type.
    pub content_type: ContentType,
    /// The parts in order.
    pub parts: Vec<Part>,
    /// Which of them is the root.
    pub root: usize,
    /// The envelope: the root part with its transfer encoding undone.
    pub envelope: Vec<u8>,
    /// What is unusual about the body.
    pub oddities: Vec<Oddity>,
    /// What is unusual about the package.
    pub remarks: Vec<Remark>,
}

impl Package {
    /// Reads a message by its content type.
    ///
    /// # Errors
    /// When the content type or the body cannot be read, or the root part is missing.
    pub fn read(content_type: &str, body: &[u8], limits: &Limits) -> Result<Self, MtomFault> {
        let content_type = ContentType::parse(content_type)?;
        if !content_type.media_type.starts_with("multipart/") {
            return Ok(Self::plain(content_type, body, limits)?);
        }
        let message = Message::read(&content_type, body, limits.mime)?;
        let ids: Vec<_> = message.parts.iter().map(|p| p.content_id().map(str::to_owned)).collect();
        let root = root_of(&content_type, &ids)?;
        let headers: Vec<_> = message.parts.iter().map(|p| p.headers.as_slice()).collect();
        let remarks = remarks(&content_type, &headers, root);
        let transfer = |what| MimeFault::Transfer { part: root, what };
        let envelope = message.parts.get(root).map(Part::decoded).transpose().map_err(transfer)?.unwrap_or_default();
        limited(envelope.len(), limits.root)?;
        Ok(Self { content_type, parts: message.parts, root, envelope, oddities: message.oddities, remarks })
    }

    fn plain(content_type: ContentType, body: &[u8], limits: &Limits) -> Result<Self, MimeFault> {
        limited(body.len(), limits.root)?;
        let parts = vec![Part { headers: Vec::new(), raw: Vec::new() }];
        Ok(Self { content_type, parts, root: 0, envelope: body.to_vec(), oddities: Vec::new(), remarks: Vec::new() })
    }

    /// Whether it came as a package; otherwise it is a plain message.
    pub fn is_package(&self) -> bool {
        self.content_type.media_type.starts_with("multipart/")
    }

    /// The part that a reference names.
    ///
    /// # Errors
    /// When it is no reference, or names no part or more than one.
    pub fn referred(&self, href: &str) -> Result<usize, MtomFault> {
        referred(self.parts.iter().map(Part::content_id), href)
    }

    /// The content of a part, its transfer encoding undone.
    ///
    /// # Errors
    /// When it is not in its transfer encoding, or there is no such part.
    pub fn decoded(&self, part: usize) -> Result<Vec<u8>, MtomFault> {
        let found = self.parts.get(part).ok_or_else(|| MtomFault::Unresolvable(part.to_string()))?;
        found.decoded().map_err(|what| MimeFault::Transfer { part, what }.into())
    }

    /// The content of an element: of the part that its `xop:Include` names, or its own base64 text.
    ///
    /// # Errors
    /// When the reference leads nowhere, or the text is no base64.
    pub fn content(&self, element: Node<'_, '_>) -> Result<Content, MtomFault> {
        match element.children().find(|c| c.is(XOP, "Include")) {
            Some(include) => {
                let index = self.referred(include.attribute("href").unwrap_or_default())?;
                Ok(Content { bytes: self.decoded(index)?, part: Some(index) })
            }
            None => Ok(Content { bytes: inline(element.text())?, part: None }),
        }
    }

    /// What keeps parts from being referred to, whether or not something does: missing and doubled content ids.
    pub fn faults(&self) -> Vec<MtomFault> {
        faults(self.parts.iter().map(Part::content_id), self.root)
    }

    /// The JSON form, for a transcript: `package`, `root`, `remarks`, `faults`, and for each part its header fields, size and
    /// digests, but not its content.
    pub fn to_json(&self) -> Value {
        let parts = self.parts.iter().map(|p| match p.decoded() {
            Ok(bytes) => part_json(&p.headers, &Facts::of(&bytes)),
            Err(what) => json!({ "fault": what }),
        });
        let parts: Vec<Value> = if self.is_package() { parts.collect() } else { Vec::new() };
        json!({
            "package": self.is_package(),
            "contentType": self.content_type.to_string(),
            "root": self.root,
            "remarks": self.remarks.iter().map(|r| <&str>::from(*r)).collect::<Vec<_>>(),
            "oddities": self.oddities.iter().map(|o| <&str>::from(*o)).collect::<Vec<_>>(),
            "faults": self.faults().iter().map(MtomFault::name).collect::<Vec<_>>(),
            "parts": parts,
        })
    }
}

/// What is wrong with the content ids of parts, the root of which needs none.
pub(super) fn faults<'p>(ids: impl Iterator<Item = Option<&'p str>>, root: usize) -> Vec<MtomFault> {
    let ids: Vec<_> = ids.collect();
    let mut faults = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        match id {
            None if at != root => faults.push(MtomFault::NoContentId(at)),
            Some(id) if ids[..at].contains(&Some(id)) => faults.push(MtomFault::DoubledContentId((*id).to_owned())),
            _ => {}
        }
    }
    faults
}

/// The envelope of a message: the root part of a package, and otherwise the message itself. `None` when it is a package that
/// cannot be taken apart.
pub fn envelope<'b>(content_type: &str, body: &'b [u8]) -> Option<Cow<'b, [u8]>> {
    let multipart = content_type.trim_start().to_ascii_lowercase().starts_with("multipart/");
    if !multipart {
        return Some(Cow::Borrowed(body));
    }
    Package::read(content_type, body, &Limits::default()).ok().map(|p| Cow::Owned(p.envelope))
}

pub(super) fn part_json(headers: &[(String, String)], facts: &Facts) -> Value {
    let header = |name: &str| mime::header(headers, name);
    json!({
        "contentId": mime::content_id(headers),
        "contentType": header("content-type"),
        "transferEncoding": header("content-transfer-encoding"),
        "length": facts.length,
        "sha1": facts.sha1,
        "sha256": facts.sha256,
    })
}

/// Refuses a root part that is too large.
pub(super) fn limited(found: usize, limit: u64) -> Result<(), MimeFault> {
    let found = found as u64;
    if found > limit { Err(MimeFault::Limit { what: "bytes of the root part", found, limit }) } else { Ok(()) }
}

/// Bytes of a base64 text in which blanks may stand.
pub(crate) fn inline(text: &str) -> Result<Vec<u8>, MtomFault> {
    let decoded = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        STANDARD.decode(text.bytes().filter(|b| !b.is_ascii_whitespace()).collect::<Vec<_>>())
    } else {
        STANDARD.decode(text)
    };
    decoded.map_err(|_| MtomFault::Base64)
}

/// Which part is the root: the one that `start` names, or else the first.
pub(super) fn root_of(content_type: &ContentType, ids: &[Option<String>]) -> Result<usize, MtomFault> {
    match content_type.parameter("start").map(mime::unbracketed) {
        None if ids.is_empty() => Err(MtomFault::NoRoot(String::new())),
        None => Ok(0),
        Some(start) => {
            let named = |id: &Option<String>| id.as_deref() == Some(start);
            ids.iter().position(named).ok_or_else(|| MtomFault::NoRoot(start.to_owned()))
        }
    }
}

/// The part that a reference names, by the content ids of all parts.
pub(super) fn referred<'i>(ids: impl Iterator<Item = Option<&'i str>> + Clone, href: &str) -> Result<usize, MtomFault> {
    let href = href.trim();
    let scheme = href.get(..4).filter(|s| s.eq_ignore_ascii_case("cid:"));
    let written = scheme.map(|_| &href[4..]).filter(|id| !id.is_empty());
    let written = written.ok_or_else(|| MtomFault::Reference(href.chars().take(200).collect()))?;
    let decoded = percent_decode_str(written).decode_utf8_lossy();
    // An id is escaped in its URL (RFC 2392); some senders forget that, and some put the angle brackets in too.
    for wanted in [mime::unbracketed(&decoded), mime::unbracketed(written)] {
        let mut found = ids.clone().enumerate().filter(|(_, id)| *id == Some(wanted)).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => return Err(MtomFault::DoubledContentId(wanted.to_owned())),
            (Some(at), None) => return Ok(at),
            _ => {}
        }
    }
    Err(MtomFault::Unresolvable(href.chars().take(200).collect()))
}

/// What is unusual about a package.
pub(super) fn remarks(content_type: &ContentType, parts: &[&[(String, String)]], root: usize) -> Vec<Remark> {
    let is = |name: &str, wanted: &[&str]| {
        let media =
            content_type.parameter(name).map(|v| v.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        media.is_some_and(|m| wanted.contains(&m.as_str()))
    };
    let of_root = parts.get(root).and_then(|h| mime::header(h, "content-type")).unwrap_or_default();
    let root_type = ContentType::parse(of_root).map(|t| t.media_type).unwrap_or_default();
    let bare =
        |headers: &&[(String, String)]| mime::header(headers, "content-id").is_some_and(|id| !id.starts_with('<'));
    let encoded = |headers: &&[(String, String)]| {
        let field = mime::header(headers, "content-transfer-encoding");
        mime::Encoding::named(field) != Some(mime::Encoding::Identity)
    };
    let told = [
        (Remark::RootNotFirst, root != 0),
        (Remark::NoStart, content_type.parameter("start").is_none()),
        (Remark::Type, !is("type", &[ROOT])),
        (Remark::StartInfo, !is("start-info", &["application/soap+xml", "text/xml"])),
        (Remark::RootType, root_type != ROOT),
        (Remark::BareContentId, parts.iter().any(bare)),
        (Remark::Encoded, parts.iter().any(encoded)),
    ];
    told.into_iter().filter(|(_, so)| *so).map(|(remark, _)| remark).collect()
}
