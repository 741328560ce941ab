//! Documents that are given by FHIR: as what they are, or in a Binary. A transcript keeps no document; it keeps what its bytes
//! say ([`crate::wire::document`]), with size and hash:
//!
//! ```json
//! { "document": { "mimeType": "application/pdf", "length": 812, "sha1": "…", "content": { "kind": "pdf" } } }
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Redactor;
use crate::wire::document::describe;
use crate::wire::mtom::Facts;

/// Media type of what is told apart as a document, whatever it turns out to be.
pub(super) const PDF: &str = "application/pdf";

impl Redactor {
    /// A document that is the body itself.
    pub(super) fn as_document(&self, media_type: &str, bytes: &[u8]) -> Value {
        json!({ "document": self.told(media_type, bytes) })
    }

    /// The document in a Binary, if the resource is one that can be read.
    pub(super) fn document_of(&self, resource: &Value) -> Option<Value> {
        if resource["resourceType"] != "Binary" {
            return None;
        }
        let text: String = resource["content"].as_str()?.split_ascii_whitespace().collect();
        let told = resource["contentType"].as_str().unwrap_or_default();
        match STANDARD.decode(text) {
            Ok(bytes) => Some(self.told(told, &bytes)),
            Err(_) => Some(json!({ "mimeType": self.text(told), "fault": "no base64" })),
        }
    }

    fn told(&self, media_type: &str, bytes: &[u8]) -> Value {
        let mut content = describe(bytes);
        self.content(&mut content);
        self.value(&mut content);
        let Facts { length, sha1, .. } = Facts::of(bytes);
        json!({ "mimeType": self.text(media_type), "length": length, "sha1": sha1, "content": content })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::transcript::Body;
    use crate::wire::http::HttpResponse;

    const LETTER: &[u8] = b"%PDF-1.7\n<pdfaid:part>2</pdfaid:part>999943145\n%%EOF";

    fn kept(response: &HttpResponse) -> Value {
        let Body::Json { value, .. } = Redactor::new(Vec::new()).response(response, true).body else {
            panic!("{response:?}")
        };
        value
    }

    #[test]
    fn a_pdf_is_kept_as_what_it_is_and_none_of_its_text() {
        let raw = HttpResponse::text(200, "application/pdf", String::from_utf8_lossy(LETTER));
        let binary =
            json!({ "resourceType": "Binary", "contentType": "application/pdf", "content": STANDARD.encode(LETTER) });
        let (raw, binary) = (kept(&raw), kept(&HttpResponse::json(200, "application/fhir+json", &binary)));
        assert_eq!(raw["document"], binary["document"]);
        assert_eq!(raw["document"]["length"], LETTER.len());
        assert_eq!(raw["document"]["content"]["archival"]["part"], "2");
        assert_eq!(binary["resourceType"], "Binary");
        for kept in [raw, binary] {
            assert!(!kept.to_string().contains("999943145") && !kept.to_string().contains("JVBERi"), "{kept}");
        }
    }

    #[test]
    fn whatever_a_binary_holds_is_told_and_never_a_crash() {
        let of = |content: Value| {
            let binary = json!({ "resourceType": "Binary", "contentType": "application/pdf", "content": content });
            kept(&HttpResponse::json(200, "application/fhir+json", &binary))["document"].clone()
        };
        assert_eq!(of(json!("%%%"))["fault"], "no base64");
        assert_eq!(of(json!(STANDARD.encode("<html/>")))["content"]["kind"], "xml");
        assert_eq!(of(json!(""))["length"], 0);
        assert_eq!(of(json!(7)), Value::Null);
        assert_eq!(of(json!("JVBE Ri0x\nLjc="))["content"]["kind"], "pdf");
    }
}
