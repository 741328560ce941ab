//! The body of an answer as it arrives: kept up to a limit, and beyond that read piece by piece when it is a package of
//! documents. Each part then goes to a file that nobody else can open, is looked into when it is complete, and makes room for
//! the next; neither memory nor disk holds more than one of them.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::sync::Arc;

use serde_json::{Value, json};

use super::limits::Limits;
use crate::wire::http::{Passed, media_type};
use crate::wire::mtom::{self, Attachments, MtomFault, Stream};
use crate::wire::{document, xds};

/// Bytes of the root part of a package that is not kept: an answer names thousands of documents in them.
const ROOT: u64 = 16 << 20;

/// A body that is arriving.
pub(super) struct Body {
    bytes: Vec<u8>,
    /// All that arrived.
    length: usize,
    /// The content type of a package.
    package: Option<String>,
    passing: Option<Passing>,
    kept: usize,
    most: usize,
}

/// A package that is too large to be kept.
struct Passing {
    /// `None` behind a fault.
    stream: Option<Stream>,
    fault: Option<MtomFault>,
    parts: Parts,
}

impl Body {
    /// Nothing yet of a body with this content type.
    pub(super) fn new(content_type: Option<&str>, limits: &Limits) -> Self {
        let package = content_type.filter(|t| media_type(t) == "multipart/related").map(str::to_owned);
        let most = if package.is_some() { limits.package_bytes.max(limits.body_bytes) } else { limits.body_bytes };
        Self { bytes: Vec::new(), length: 0, package, passing: None, kept: limits.body_bytes, most }
    }

    /// Takes what arrived.
    ///
    /// # Errors
    /// The limit in bytes, when it is exceeded.
    pub(super) fn push(&mut self, data: &[u8]) -> Result<(), usize> {
        self.length += data.len();
        if self.length > self.most {
            return Err(self.most);
        }
        if let Some(passing) = &mut self.passing {
            passing.push(data);
            return Ok(());
        }
        self.bytes.extend_from_slice(data);
        if self.bytes.len() > self.kept
            && let Some(content_type) = &self.package
        {
            let mut passing = Passing::new(content_type);
            passing.push(&std::mem::take(&mut self.bytes));
            self.passing = Some(passing);
        }
        Ok(())
    }

    /// What arrived: the bytes, or what a package says that was not kept.
    pub(super) fn finish(self) -> (Vec<u8>, Option<Arc<Passed>>) {
        let passed = self.passing.map(|passing| Arc::new(Passed { value: passing.finish(), bytes: self.length }));
        (self.bytes, passed)
    }
}

impl Passing {
    fn new(content_type: &str) -> Self {
        let limits = mtom::Limits { root: ROOT, ..mtom::Limits::default() };
        let (stream, fault) = match Stream::new(content_type, limits) {
            Ok(stream) => (Some(stream), None),
            Err(fault) => (None, Some(fault)),
        };
        Self { stream, fault, parts: Parts::default() }
    }

    fn push(&mut self, data: &[u8]) {
        // What stands behind a fault is taken off the connection and not looked at.
        if let Some(stream) = &mut self.stream
            && let Err(fault) = stream.push(data, &mut self.parts)
        {
            (self.stream, self.fault) = (None, Some(fault));
        }
    }

    fn finish(self) -> Option<Value> {
        let Self { stream, fault, mut parts } = self;
        let told = match (stream, fault) {
            (Some(stream), _) => stream.finish(&mut parts).and_then(|streamed| {
                parts.look().map_err(|error| MtomFault::Kept(error.to_string()))?;
                Ok(xds::describe_stream(&streamed, &parts.contents))
            }),
            (None, Some(fault)) => Err(fault),
            (None, None) => Ok(None),
        };
        told.unwrap_or_else(|fault| Some(json!({ "unreadable": fault.to_string(), "fault": fault.name() })))
    }
}

/// The parts of a package, one after the other in the same file.
#[derive(Default)]
struct Parts {
    /// The file, and the part that is in it.
    current: Option<(File, usize)>,
    /// What every part is, by its place.
    contents: Vec<Value>,
}

impl Parts {
    /// Looks into the part that is complete.
    fn look(&mut self) -> io::Result<()> {
        let Some((file, part)) = &mut self.current else { return Ok(()) };
        let content = document::describe_file(file)?;
        self.contents.resize(*part, Value::Null);
        self.contents.push(content);
        file.set_len(0)?;
        file.rewind()
    }
}

impl Attachments for Parts {
    fn begins(&mut self, part: usize, _headers: &[(String, String)]) -> io::Result<()> {
        self.look()?;
        let file = match self.current.take() {
            Some((file, _)) => file,
            None => tempfile::tempfile()?,
        };
        self.current = Some((file, part));
        Ok(())
    }

    fn content(&mut self, _part: usize, bytes: &[u8]) -> io::Result<()> {
        match &mut self.current {
            Some((file, _)) => file.write_all(bytes),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::dicom::make::{Kind, Patient, Picture, Study};
    use crate::wire::dicom::{EXPLICIT_LITTLE_ENDIAN, derived_uid};
    use crate::wire::http::HttpRequest;
    use crate::wire::mtom::{Attachment, Outgoing, Packing};
    use crate::wire::soap::{self, Addressing, Version};
    use crate::wire::xds::{DocumentId, Payload, RetrieveResponse, Retrieved, Transaction};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const MIB: usize = 1 << 20;

    fn instance(pixels: usize) -> Vec<u8> {
        let text = |value: &str| value.to_owned();
        let patient =
            Patient { bsn: text("999943145"), name: text("Verzonnen^SIM"), birth: text("19510412"), sex: text("F") };
        let study = Study {
            uid: derived_uid("study"),
            patient,
            accession: text("SIM1"),
            accession_issuer: text("2.999.1"),
            date: text("20250301"),
            time: text("101500"),
            description: text("CT TEST"),
            institution: text("TEST"),
        };
        let (series, instance) = (derived_uid("series"), derived_uid("instance"));
        let kind = Kind::ComputedTomography(1);
        let picture =
            Picture { kind, study: &study, series: &series, series_number: 1, instance: &instance, number: 1 };
        let mut bytes = picture.file(EXPLICIT_LITTLE_ENDIAN).unwrap();
        // The pixel data are the last element: 64 by 64 pixels of two bytes, behind their length.
        bytes.truncate(bytes.len() - 64 * 64 * 2 - 4);
        bytes.extend(u32::try_from(pixels).unwrap().to_le_bytes());
        bytes.resize(bytes.len() + pixels, 7);
        bytes
    }

    /// An answer to ITI-39 with these documents.
    fn package(documents: &[Vec<u8>]) -> (String, Vec<u8>) {
        let id = |at: usize| format!("{at}@example.org");
        let told = |at| Retrieved {
            id: DocumentId::new("urn:oid:2.999.1", "2.999.2", &format!("2.999.3.{at}")),
            mime_type: Some("application/dicom".to_owned()),
            payload: Payload::Include(format!("cid:{}", id(at))),
        };
        let body = RetrieveResponse::of((0..documents.len()).map(told).collect(), Vec::new()).xml();
        let to = Addressing::request(Transaction::Iti39.response_action(), "https://localhost/", "urn:uuid:1");
        let attached = |(at, bytes): (usize, &Vec<u8>)| Attachment {
            content_id: id(at),
            media_type: "application/dicom".to_owned(),
            bytes: bytes.clone(),
        };
        let outgoing = Outgoing {
            envelope: soap::write(Version::V12, &to, &[], &body),
            attachments: documents.iter().enumerate().map(attached).collect(),
        };
        let (content_type, bytes) = outgoing.pack(&Packing::default());
        (content_type.to_string(), bytes)
    }

    fn arrived(content_type: &str, bytes: &[u8], limits: &Limits) -> Result<(Vec<u8>, Option<Arc<Passed>>), usize> {
        let mut body = Body::new(Some(content_type), limits);
        for piece in bytes.chunks(60_000) {
            body.push(piece)?;
        }
        Ok(body.finish())
    }

    #[test]
    fn a_package_says_the_same_whether_it_is_kept_or_passes() {
        let (content_type, bytes) =
            package(&[instance(9 * MIB), b"%PDF-1.7 x %%EOF".to_vec(), instance(64), Vec::new()]);
        let (kept, none) = arrived(&content_type, &bytes, &Limits::default()).unwrap();
        assert_eq!((kept.len(), none), (bytes.len(), None));
        let small = Limits { body_bytes: 4096, ..Limits::default() };
        let (nothing, passed) = arrived(&content_type, &bytes, &small).unwrap();
        let passed = passed.unwrap();
        assert_eq!((nothing.len(), passed.bytes), (0, bytes.len()));
        assert_eq!(passed.value, xds::describe(&content_type, &kept));
        let documents = &passed.value.as_ref().unwrap()["body"]["documents"];
        assert_eq!(documents[0]["content"]["kind"], "dicom");
        assert_eq!(documents[1]["content"]["kind"], "pdf");
    }

    #[test]
    fn a_package_that_breaks_off_is_told_so() {
        let (content_type, bytes) = package(&[instance(MIB)]);
        let small = Limits { body_bytes: 4096, ..Limits::default() };
        let (_, passed) = arrived(&content_type, &bytes[..bytes.len() - 2000], &small).unwrap();
        assert_eq!(passed.unwrap().value.as_ref().unwrap()["fault"], "truncated");
        let (_, passed) = arrived("multipart/related", &bytes, &small).unwrap();
        assert!(passed.unwrap().value.as_ref().unwrap()["unreadable"].is_string());
    }

    #[test]
    fn both_limits_hold() {
        let (content_type, bytes) = package(&[instance(MIB)]);
        let limits = Limits { body_bytes: 4096, package_bytes: MIB, ..Limits::default() };
        assert_eq!(arrived(&content_type, &bytes, &limits), Err(MIB));
        assert_eq!(arrived("application/json", &bytes, &limits), Err(4096));
        assert!(arrived("application/json", &bytes[..4096], &limits).is_ok());
    }

    #[tokio::test]
    async fn fifty_megabytes_come_over_a_connection_and_are_not_kept() {
        let (content_type, bytes) = package(&[instance(50 * MIB)]);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/xca", listener.local_addr().unwrap());
        let length = bytes.len();
        let told = content_type.clone();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {told}\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
        });
        let url = crate::wire::http::Url::parse(&url).unwrap();
        let tls = crate::net::connect::ClientTls::default();
        let outcome =
            crate::net::connect::exchange(&url, &HttpRequest::get("/xca"), &tls, &Limits::default()).await.unwrap();
        server.await.unwrap();
        let response = outcome.response.unwrap();
        let passed = response.passed.unwrap();
        assert_eq!((response.body.len(), passed.bytes), (0, length));
        let document = &passed.value.as_ref().unwrap()["body"]["documents"][0];
        assert_eq!(document["content"]["kind"], "dicom");
        assert!(document["length"].as_u64().unwrap() > 50 * MIB as u64);
    }
}
