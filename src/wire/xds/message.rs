//! A whole message between gateways as one JSON value: what a transcript keeps of it.
//!
//! ```json
//! { "soap": "1.2", "transaction": "iti-38", "kind": "response", "contentType": { "media-type": "application/soap+xml" },
//!   "addressing": { "action": "urn:ihe:iti:2007:CrossGatewayQueryResponse", "relatesTo": "urn:uuid:…" },
//!   "mustUnderstand": ["Action"], "securityHeaders": 0, "package": null, "fault": null, "body": { "status": "success" } }
//! ```
//!
//! `transaction` is told by the action, and by the body where the action is none of ours; `body` is the value that the
//! root element of the body says it is, whatever the action says. What cannot be read has `unreadable` instead.

use serde_json::{Map, Value, json};

use super::super::http::{HttpRequest, Url};
use super::super::mime::ContentType;
use super::super::mtom::{Limits, Package, Streamed};
use super::super::soap::{self, Addressing, Fault, Opened, Version};
use super::super::xml::borrowed::{self, Node};
use super::{
    ImagingRequest, LIMITS, QUERY, QueryRequest, QueryResponse, RetrieveRequest, RetrieveResponse, Transaction, XDS,
    XDSI,
};

/// A request of a transaction. `headers` are XML that stands on its own, such as the security header; the answer is wanted on
/// the same connection.
pub fn request(transaction: Transaction, to: &str, headers: &[String], body: &str) -> HttpRequest {
    let id = format!("urn:uuid:{}", uuid::Uuid::new_v4());
    let action = transaction.request_action();
    let addressing = Addressing { to_is_mandatory: true, ..Addressing::request(action, to, &id) };
    let text = soap::write(Version::V12, &addressing, headers, body);
    let target = Url::parse(to).map_or_else(|| "/".to_owned(), |url| url.target);
    HttpRequest { method: "POST".to_owned(), target, ..HttpRequest::default() }
        .with_body(&soap::content_type(Version::V12, Some(action)).to_string(), text.into_bytes())
}

/// The JSON form of a message of these transactions; `None` when it is no package and its body is no body of them, unless
/// its action is one.
pub fn describe(content_type: &str, body: &[u8]) -> Option<Value> {
    let package = match Package::read(content_type, body, &Limits::default()) {
        Ok(package) => package,
        Err(fault) => {
            let multipart = ContentType::parse(content_type).is_ok_and(|t| t.media_type == "multipart/related");
            return multipart.then(|| json!({ "unreadable": fault.to_string(), "fault": fault.name() }));
        }
    };
    told_of(&Message::Whole(&package))
}

/// The same of a package that was read piece by piece; `contents` has for each part what [`super::super::document::describe`]
/// says of it.
pub fn describe_stream(streamed: &Streamed, contents: &[Value]) -> Option<Value> {
    told_of(&Message::Passed(streamed, contents))
}

/// A message with its parts, however it was read.
enum Message<'m> {
    Whole(&'m Package),
    Passed(&'m Streamed, &'m [Value]),
}

impl Message<'_> {
    fn content_type(&self) -> &ContentType {
        match self {
            Self::Whole(package) => &package.content_type,
            Self::Passed(streamed, _) => &streamed.content_type,
        }
    }

    fn envelope(&self) -> &[u8] {
        match self {
            Self::Whole(package) => &package.envelope,
            Self::Passed(streamed, _) => &streamed.envelope,
        }
    }

    /// The parts; `None` of a plain message.
    fn package(&self) -> Option<Value> {
        match self {
            Self::Whole(package) => package.is_package().then(|| package.to_json()),
            Self::Passed(streamed, _) => Some(streamed.to_json()),
        }
    }

    fn documents(&self, answer: &RetrieveResponse) -> Value {
        match self {
            Self::Whole(package) => answer.to_json(package),
            Self::Passed(streamed, contents) => answer.to_json_of_stream(streamed, contents),
        }
    }
}

fn told_of(message: &Message<'_>) -> Option<Value> {
    let unreadable =
        |reason: String| message.package().map(|package| json!({ "unreadable": reason, "package": package }));
    let text = match borrowed::text(message.envelope(), &LIMITS) {
        Ok(text) => text,
        Err(fault) => return unreadable(fault.to_string()),
    };
    let tree = match borrowed::read_text(&text, &LIMITS) {
        Ok(tree) => tree,
        Err(fault) => return unreadable(fault.to_string()),
    };
    let opened = match soap::open(&tree) {
        Ok(opened) => opened,
        Err(fault) => return unreadable(fault.to_string()),
    };
    let typed = opened.body.and_then(|b| typed(b, message));
    let by_action = opened.addressing.action.as_deref().and_then(told);
    let package = message.package();
    if typed.is_none() && by_action.is_none() && package.is_none() {
        return None;
    }
    Some(whole(message.content_type(), package, &opened, by_action, typed))
}

/// The documents of an answer to ITI-39 or RAD-75, with the package that their bytes are in; `None` when it is no such answer.
pub fn retrieved(content_type: &str, body: &[u8]) -> Option<(RetrieveResponse, Package)> {
    answer(content_type, body, |body| RetrieveResponse::read(body).ok())
}

/// The answer to a query; `None` when it is no such answer.
pub fn queried(content_type: &str, body: &[u8]) -> Option<QueryResponse> {
    answer(content_type, body, |body| QueryResponse::read(body).ok()).map(|(answer, _)| answer)
}

/// What the body of a message is read as, with the package that it came in.
fn answer<T>(content_type: &str, body: &[u8], read: impl FnOnce(Node<'_, '_>) -> Option<T>) -> Option<(T, Package)> {
    let package = Package::read(content_type, body, &Limits::default()).ok()?;
    let answer = {
        let text = borrowed::text(&package.envelope, &LIMITS).ok()?;
        let tree = borrowed::read_text(&text, &LIMITS).ok()?;
        read(soap::open(&tree).ok()?.body?)?
    };
    Some((answer, package))
}

/// The transaction that an action names, and whether it is that of a request or of a response.
fn told(action: &str) -> Option<(Transaction, &'static str)> {
    let request = Transaction::of_request(action).map(|t| (t, "request"));
    request.or_else(|| Transaction::ALL.into_iter().find(|t| t.response_action() == action).map(|t| (t, "response")))
}

fn whole(
    of: &ContentType,
    package: Option<Value>,
    opened: &Opened<'_, '_>,
    by_action: Option<(Transaction, &'static str)>,
    typed: Option<(&'static str, Value)>,
) -> Value {
    let kind = match (&opened.fault, by_action, &typed) {
        (Some(_), ..) => Some("fault"),
        (None, _, Some((kind, _))) => Some(*kind),
        (None, Some((_, kind)), None) => Some(kind),
        _ => None,
    };
    json!({
        "soap": match opened.version { Version::V12 => "1.2", Version::V11 => "1.1" },
        "transaction": by_action.map(|(t, _)| <&str>::from(t)),
        "kind": kind,
        "contentType": content_type(of),
        "addressing": addressing(&opened.addressing),
        "mustUnderstand": opened.must_understand.iter().map(|q| &q.name).collect::<Vec<_>>(),
        "securityHeaders": opened.security().count(),
        "package": package,
        "fault": opened.fault.as_ref().map(fault),
        "element": opened.body.map(|b| json!({ "name": b.name(), "namespace": b.namespace() })),
        "body": typed.map(|(_, value)| value),
    })
}

/// What the body of a message is, and whether it asks or answers.
fn typed(body: Node<'_, '_>, message: &Message<'_>) -> Option<(&'static str, Value)> {
    let value = |value: Result<Value, serde_json::Error>| value.unwrap_or_default();
    match (body.namespace(), body.name()) {
        (QUERY, "AdhocQueryRequest") => {
            let request = QueryRequest::read(body).ok()?;
            let mut all = value(serde_json::to_value(&request));
            all["storedQuery"] = request.stored().map(|q| q.name).into();
            Some(("request", all))
        }
        (QUERY, "AdhocQueryResponse") => {
            Some(("response", value(serde_json::to_value(QueryResponse::read(body).ok()?))))
        }
        (XDS, "RetrieveDocumentSetRequest") => {
            Some(("request", value(serde_json::to_value(RetrieveRequest::read(body).ok()?))))
        }
        (XDSI, "RetrieveImagingDocumentSetRequest") => {
            Some(("request", value(serde_json::to_value(ImagingRequest::read(body).ok()?))))
        }
        (XDS, "RetrieveDocumentSetResponse") => {
            Some(("response", message.documents(&RetrieveResponse::read(body).ok()?)))
        }
        _ => None,
    }
}

fn content_type(kind: &ContentType) -> Value {
    let mut all = Map::from_iter([("media-type".to_owned(), json!(kind.media_type))]);
    all.extend(kind.parameters.iter().map(|(name, value)| (name.clone(), json!(value))));
    Value::Object(all)
}

fn addressing(of: &Addressing) -> Value {
    json!({
        "action": of.action, "messageId": of.message_id, "relatesTo": of.relates_to, "to": of.to, "replyTo": of.reply_to,
        "toIsMandatory": of.to_is_mandatory,
    })
}

fn fault(of: &Fault) -> Value {
    let subcodes = of.subcodes.iter().map(|c| json!({ "namespace": c.namespace, "name": c.name }));
    json!({
        "blame": of.blame.map(|b| format!("{b:?}")), "subcodes": subcodes.collect::<Vec<_>>(), "reason": of.reason,
        "isSecurity": of.is_security(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{STORED_QUERIES, Status, entry::DocumentEntry};
    use super::*;
    use crate::wire::mtom::{Outgoing, Packing};
    use crate::wire::soap::Blame;

    fn message(action: &str, body: &str) -> String {
        soap::write(Version::V12, &Addressing::request(action, "https://localhost/", "urn:uuid:1"), &[], body)
    }

    fn described(action: &str, body: &str) -> Option<Value> {
        describe("application/soap+xml; charset=UTF-8", message(action, body).as_bytes())
    }

    #[test]
    fn a_request_names_its_action_twice_and_where_it_goes() {
        let sent = request(Transaction::Iti39, "https://localhost/xca?x=1", &[], &RetrieveRequest::default().xml());
        let kind = crate::wire::http::header(&sent.headers, "content-type").unwrap();
        let value = describe(kind, &sent.body).unwrap();
        assert_eq!(
            (sent.target.as_str(), &value["addressing"]["to"]),
            ("/xca?x=1", &"https://localhost/xca?x=1".into())
        );
        assert_eq!(value["contentType"]["action"], value["addressing"]["action"]);
        assert_eq!(value["mustUnderstand"], json!(["Action", "To"]));
    }

    #[test]
    fn a_query_and_its_answer_are_told_in_one_value() {
        let query = QueryRequest::new(&STORED_QUERIES[0]).xml();
        let value = described(Transaction::Iti38.request_action(), &query).unwrap();
        assert_eq!((&value["transaction"], &value["kind"]), (&"iti-38".into(), &"request".into()));
        assert_eq!((&value["soap"], &value["body"]["storedQuery"]), (&"1.2".into(), &"FindDocuments".into()));
        assert_eq!(value["contentType"]["charset"], "UTF-8");
        let answer = QueryResponse {
            status: Status::Success,
            documents: vec![DocumentEntry::default()],
            ..QueryResponse::default()
        };
        // The action of another transaction does not change what the body is.
        let value = described(Transaction::Iti43.response_action(), &answer.xml()).unwrap();
        assert_eq!((&value["kind"], &value["body"]["status"]), (&"response".into(), &"success".into()));
        assert_eq!((&value["package"], &value["fault"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn a_fault_is_told_with_its_subcodes() {
        let body = Fault::security("FailedCheck", "no").body(Version::V12);
        let value = described(Transaction::Rad75.response_action(), &body).unwrap();
        assert_eq!((&value["kind"], &value["transaction"]), (&"fault".into(), &"rad-75".into()));
        assert_eq!((&value["fault"]["blame"], &value["fault"]["isSecurity"]), (&"Sender".into(), &true.into()));
        let other = Fault::new(Blame::Receiver, "no").body(Version::V12);
        assert_eq!(described("urn:other", &other), None);
    }

    #[test]
    fn a_package_is_told_by_its_parts_and_a_broken_one_by_its_fault() {
        let envelope = message(Transaction::Iti39.response_action(), &RetrieveResponse::default().xml());
        let outgoing = Outgoing { envelope, attachments: Vec::new() };
        let (kind, body) = outgoing.pack(&Packing::default());
        let value = describe(&kind.to_string(), &body).unwrap();
        assert_eq!((&value["package"]["package"], &value["kind"]), (&true.into(), &"response".into()));
        let value = describe(&kind.to_string(), &body[..body.len() - 20]).unwrap();
        assert_eq!(value["fault"], "truncated");
        let (kind, body) = Outgoing { envelope: "<a>".into(), attachments: Vec::new() }.pack(&Packing::default());
        assert!(describe(&kind.to_string(), &body).unwrap()["unreadable"].is_string());
    }

    #[test]
    fn other_messages_are_not_told() {
        assert_eq!(described("urn:x", "<q xmlns=\"urn:q\"/>"), None);
        assert_eq!(describe("application/json", b"{}"), None);
        assert_eq!(describe("text/xml", b"<a/>"), None);
    }
}
