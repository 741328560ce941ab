//! A message that goes out, with its attachments.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::mime::{ContentType, Message, Part, Style};
use super::{ROOT, XOP};

/// Everything that a URL of a content id escapes.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');
/// Content id of the root part.
const ROOT_ID: &str = "root@twiin-harness.test";

/// Binary content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Content id, without angle brackets.
    pub content_id: String,
    /// Media type.
    pub media_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The element that stands in the place of content: a reference to the part with this content id.
pub fn include(content_id: &str) -> String {
    format!(r#"<xop:Include xmlns:xop="{XOP}" href="cid:{}"/>"#, utf8_percent_encode(content_id, ESCAPED))
}

/// How a package is put together; the default is the usual way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Packing {
    /// The content stands in the message as base64, and the message travels alone (un-optimised, legal).
    pub inline: bool,
    /// The root part comes last (legal: `start` names it).
    pub root_last: bool,
    /// There is no `start` (legal when the root comes first).
    pub without_start: bool,
    /// Attachments are in base64 (legal, and not what MTOM is for).
    pub base64: bool,
    /// Attachments have no content id: the references lead nowhere.
    pub without_ids: bool,
    /// The last attachment is there twice, with one content id.
    pub doubled: bool,
    /// The last attachment is left out.
    pub one_missing: bool,
    /// How the body is written; a cut makes a truncated one.
    pub mime: Style,
}

/// A message before it is packed: an envelope that refers to its attachments by [`include`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// The envelope.
    pub envelope: String,
    /// The attachments.
    pub attachments: Vec<Attachment>,
}

impl Outgoing {
    /// Content type and body.
    pub fn pack(&self, packing: &Packing) -> (ContentType, Vec<u8>) {
        if packing.inline {
            let plain = ContentType::new("application/soap+xml").with("charset", "UTF-8");
            return (plain, self.with_content_inline().into_bytes());
        }
        let mut parts: Vec<Part> = self.attachments.iter().map(|a| part(a, packing)).collect();
        if packing.one_missing {
            parts.pop();
        }
        if packing.doubled {
            parts.extend(parts.last().cloned());
        }
        let kind = ContentType::new(ROOT).with("charset", "UTF-8").with("type", "application/soap+xml");
        let root = Part::new(&kind.to_string(), ROOT_ID, self.envelope.clone().into_bytes());
        parts.insert(if packing.root_last { parts.len() } else { 0 }, root);
        let message = Message { parts, oddities: Vec::new() };
        let boundary = message.boundary();
        let mut kind = ContentType::new("multipart/related").with("type", ROOT);
        if !packing.without_start {
            kind = kind.with("start", format!("<{ROOT_ID}>"));
        }
        let body = message.write(&boundary, packing.mime);
        (kind.with("start-info", "application/soap+xml").with("boundary", boundary), body)
    }

    fn with_content_inline(&self) -> String {
        let put = |text: String, a: &Attachment| text.replace(&include(&a.content_id), &STANDARD.encode(&a.bytes));
        self.attachments.iter().fold(self.envelope.clone(), put)
    }
}

fn part(attachment: &Attachment, packing: &Packing) -> Part {
    let mut part = Part::new(&attachment.media_type, &attachment.content_id, attachment.bytes.clone());
    if packing.base64 {
        part = part.in_base64();
    }
    if packing.without_ids {
        part.headers.retain(|(name, _)| name != "Content-ID");
    }
    part
}
