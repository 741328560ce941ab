//! A message that is read piece by piece: the root part is kept, the others go on to where they belong.

use std::io;

use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::super::mime::{self, ContentType, Decoder, Encoding, MimeFault, Oddity, Part, Piece, Reader};
use super::package::{faults, limited, part_json, referred, remarks, root_of};
use super::{Facts, Limits, MtomFault, Remark};
use crate::base::digest::hex;

/// Where the content of parts goes: a file for each, or one place for all.
pub trait Attachments {
    /// A part begins; `part` is its place in the body, from 0.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn begins(&mut self, part: usize, headers: &[(String, String)]) -> io::Result<()>;
    /// Content of that part, its transfer encoding undone.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn content(&mut self, part: usize, bytes: &[u8]) -> io::Result<()>;
}

/// A part that passed by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Received {
    /// Header fields in order.
    pub headers: Vec<(String, String)>,
    /// Size and digests of its content.
    pub facts: Facts,
}

/// A message that was read so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streamed {
    /// Its content type.
    pub content_type: ContentType,
    /// All parts in order, the root among them.
    pub parts: Vec<Received>,
    /// Which of them is the root.
    pub root: usize,
    /// The envelope.
    pub envelope: Vec<u8>,
    /// What is unusual about the body.
    pub oddities: Vec<Oddity>,
    /// What is unusual about the package.
    pub remarks: Vec<Remark>,
}

impl Streamed {
    /// The part that a reference names.
    ///
    /// # Errors
    /// When it is no reference, or names no part or more than one.
    pub fn referred(&self, href: &str) -> Result<usize, MtomFault> {
        referred(self.parts.iter().map(|p| mime::content_id(&p.headers)), href)
    }

    /// The JSON form of its parts, as [`super::Package::to_json`] has it.
    pub fn to_json(&self) -> Value {
        let ids = self.parts.iter().map(|p| mime::content_id(&p.headers));
        json!({
            "faults": faults(ids, self.root).iter().map(MtomFault::name).collect::<Vec<_>>(),
            "package": true,
            "contentType": self.content_type.to_string(),
            "root": self.root,
            "remarks": self.remarks.iter().map(|r| <&str>::from(*r)).collect::<Vec<_>>(),
            "oddities": self.oddities.iter().map(|o| <&str>::from(*o)).collect::<Vec<_>>(),
            "parts": self.parts.iter().map(|p| part_json(&p.headers, &p.facts)).collect::<Vec<_>>(),
        })
    }
}

/// The reader: [`push`](Self::push) what arrives, then [`finish`](Self::finish).
///
/// The root must be known when it passes: it is the part that `start` names, or the first.
#[derive(Debug)]
pub struct Stream {
    reader: Reader,
    passing: Passing,
}

#[derive(Debug)]
struct Passing {
    content_type: ContentType,
    limits: Limits,
    parts: Vec<Received>,
    envelope: Vec<u8>,
    decoder: Decoder,
    sha1: Sha1,
    sha256: Sha256,
    length: u64,
}

impl Stream {
    /// A reader of a package of that content type.
    ///
    /// # Errors
    /// When it is no content type of a package.
    pub fn new(content_type: &str, limits: Limits) -> Result<Self, MtomFault> {
        let content_type = ContentType::parse(content_type)?;
        let reader = Reader::new(&content_type, limits.mime)?;
        let passing = Passing {
            content_type,
            limits,
            parts: Vec::new(),
            envelope: Vec::new(),
            decoder: Decoder::default(),
            sha1: Sha1::new(),
            sha256: Sha256::new(),
            length: 0,
        };
        Ok(Self { reader, passing })
    }

    /// Takes the next bytes of the body.
    ///
    /// # Errors
    /// When a limit is exceeded, a part is not what its header says, or content cannot be kept.
    pub fn push(&mut self, bytes: &[u8], to: &mut dyn Attachments) -> Result<(), MtomFault> {
        let Self { reader, passing } = self;
        let mut fault = None;
        reader.push(bytes, &mut |piece| passing.note(&mut fault, piece, to))?;
        fault.map_or(Ok(()), Err)
    }

    /// Tells that the body is complete.
    ///
    /// # Errors
    /// When it ends too early, or there is no root.
    pub fn finish(self, to: &mut dyn Attachments) -> Result<Streamed, MtomFault> {
        let Self { reader, mut passing } = self;
        let mut fault = None;
        let oddities = reader.finish(&mut |piece| passing.note(&mut fault, piece, to))?;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let Passing { content_type, parts, envelope, .. } = passing;
        let ids: Vec<_> = parts.iter().map(|p| mime::content_id(&p.headers).map(str::to_owned)).collect();
        let root = root_of(&content_type, &ids)?;
        let headers: Vec<_> = parts.iter().map(|p| p.headers.as_slice()).collect();
        let remarks = remarks(&content_type, &headers, root);
        Ok(Streamed { content_type, root, envelope, oddities, remarks, parts })
    }
}

impl Passing {
    fn note(&mut self, fault: &mut Option<MtomFault>, piece: Piece<'_>, to: &mut dyn Attachments) {
        if fault.is_none() {
            *fault = self.take(piece, to).err();
        }
    }

    fn take(&mut self, piece: Piece<'_>, to: &mut dyn Attachments) -> Result<(), MtomFault> {
        match piece {
            Piece::Begins(raw) => self.begin(raw, to),
            Piece::Content(bytes) => {
                let mut decoder = std::mem::take(&mut self.decoder);
                let mut pieces = Ok(());
                let done = decoder.push(bytes, &mut |decoded| {
                    if pieces.is_ok() {
                        pieces = self.content(decoded, to);
                    }
                });
                self.decoder = decoder;
                self.transferred(done)?;
                pieces
            }
            Piece::Ends => {
                let mut pieces = Ok(());
                let done = std::mem::take(&mut self.decoder).finish(&mut |decoded| {
                    if pieces.is_ok() {
                        pieces = self.content(decoded, to);
                    }
                });
                self.transferred(done)?;
                pieces?;
                let facts = Facts {
                    length: std::mem::take(&mut self.length),
                    sha1: hex(&self.sha1.finalize_reset()),
                    sha256: hex(&self.sha256.finalize_reset()),
                };
                if let Some(part) = self.parts.last_mut() {
                    part.facts = facts;
                }
                Ok(())
            }
        }
    }

    fn transferred(&self, done: Result<(), &'static str>) -> Result<(), MtomFault> {
        let part = self.parts.len().saturating_sub(1);
        done.map_err(|what| MimeFault::Transfer { part, what: what.to_owned() }.into())
    }

    fn begin(&mut self, raw: &[u8], to: &mut dyn Attachments) -> Result<(), MtomFault> {
        let part = self.parts.len();
        let headers = Part::read_headers(part, raw)?;
        let field = mime::header(&headers, "content-transfer-encoding");
        let unknown = || MimeFault::Transfer { part, what: format!("`{}` is no encoding", field.unwrap_or_default()) };
        self.decoder = Decoder::new(Encoding::named(field).ok_or_else(unknown)?);
        self.parts.push(Received { headers, facts: Facts::default() });
        if !self.at_root() {
            to.begins(part, &self.parts[part].headers).map_err(|e| MtomFault::Kept(e.to_string()))?;
        }
        Ok(())
    }

    fn at_root(&self) -> bool {
        match self.content_type.parameter("start").map(mime::unbracketed) {
            None => self.parts.len() == 1,
            Some(start) => self.parts.last().and_then(|p| mime::content_id(&p.headers)) == Some(start),
        }
    }

    fn content(&mut self, bytes: &[u8], to: &mut dyn Attachments) -> Result<(), MtomFault> {
        self.length += bytes.len() as u64;
        self.sha1.update(bytes);
        self.sha256.update(bytes);
        if self.at_root() {
            limited(self.envelope.len() + bytes.len(), self.limits.root)?;
            self.envelope.extend_from_slice(bytes);
            return Ok(());
        }
        to.content(self.parts.len() - 1, bytes).map_err(|e| MtomFault::Kept(e.to_string()))
    }
}
