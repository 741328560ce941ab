//! Documents that were given: whether they are what they should be, what the index said, and what was asked for
//! (30-beeldbeschikbaarheid sections 7 to 9).
//!
//! These look at the JSON form of an answer to ITI-39 or RAD-75: `body.documents`, each with its ids, `length`, `sha1`, and as
//! `content` what [`crate::wire::document`] says of its bytes. Entries of an answer to ITI-38 stand in `body.documents` too.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::subject::fault_judged;
use super::{Answer, Context, Judged, each, following};
use crate::base::id::StepId;
use crate::base::text::Text;
use crate::transcript::{Body, Direction, Endpoint, Exchange};

/// Hash of a document of no bytes, by which an index announces one that is made when it is asked for (section 8).
const DELAYED: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

/// What a document can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ContentKind {
    /// PDF.
    Pdf,
    /// CDA R2.
    Cda,
    /// A DICOM object that is no manifest.
    Dicom,
    /// A Key Object Selection.
    Manifest,
}

/// Every document that was given is of one of these kinds, whole, and of the media type that goes with it.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentContent {
    /// The kinds.
    pub one_of: Vec<ContentKind>,
    /// Whether a PDF has to say that it is PDF/A (ISO 19005).
    #[serde(default)]
    pub archival: bool,
}

/// Size, hash and media type of every document are those of its entry in the index.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DocumentAsIndexed {
    /// The step that asked the index.
    pub of: StepId,
}

/// Every instance that was given was asked for, in its study and series, and stands in a transfer syntax of the list.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ImagesAsAsked {
    /// Whether everything that was asked for has to be given.
    #[serde(default)]
    pub all: bool,
}

/// Every manifest that was given is a manifest of one study.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ManifestContent {
    /// Codes of faults that are looked at by another expectation.
    #[serde(default)]
    pub except: Vec<String>,
    /// The step that asked the index: accession number and study stand among the references of the entry.
    #[serde(default)]
    pub referred_in: Option<StepId>,
}

/// What an exchange holds for these checks.
pub(super) struct Given<'a> {
    /// The body of the request, if it could be read.
    asked: Option<&'a Value>,
    pub(super) documents: &'a [Value],
}

/// The documents that the candidate gave.
pub(super) fn given(exchange: &Exchange) -> Result<Given<'_>, Judged> {
    if let Some(fault) = &exchange.fault {
        return Err(fault_judged(fault));
    }
    if exchange.direction == Direction::FromCandidate {
        return Err(Judged::Undecided("the documents were ours".into()));
    }
    let answer = exchange.response.as_ref().and_then(|r| r.body.json());
    let documents = answer.and_then(documents_of).filter(|all| !all.is_empty());
    let documents = documents.ok_or_else(|| match exchange.status() {
        // Who reads a document by FHIR and is answered has been given one, or something else.
        Some(200..300) if exchange.endpoint == Endpoint::Read => Judged::NotMet("what was given is no document".into()),
        _ => Judged::Undecided("no document was given".into()),
    })?;
    let asked = exchange.request.as_ref().map(|r| &r.body).and_then(Body::json).map(|request| &request["body"]);
    Ok(Given { asked, documents })
}

/// Documents, or entries of the index, of a message in its JSON form; the one document of an answer by FHIR.
fn documents_of(message: &Value) -> Option<&[Value]> {
    let of_fhir = || message["document"].is_object().then(|| std::slice::from_ref(&message["document"]));
    message["body"]["documents"].as_array().map(Vec::as_slice).or_else(of_fhir)
}

/// Judges each document of each exchange by `one`, which gives what is wrong, or what was seen.
fn every(context: Context<'_>, one: impl Fn(&Given<'_>, &Value) -> Result<String, Judged>) -> Answer {
    each(context, |exchange| {
        let given = match given(exchange) {
            Ok(given) => given,
            Err(judged) => return judged,
        };
        let judged = given.documents.iter().map(|document| (document, one(&given, document)));
        let (mut seen, mut open) = (Vec::new(), None);
        for (document, result) in judged {
            match result {
                Ok(what) => seen.push(what),
                Err(Judged::NotMet(what)) => return Judged::NotMet(format!("{}: {what}", name_of(document))),
                Err(judged) => open = Some(judged),
            }
        }
        match open {
            Some(judged) if seen.is_empty() => judged,
            _ => Judged::Met(format!("{} documents: {}", seen.len(), seen.first().cloned().unwrap_or_default())),
        }
    })
}

fn name_of(document: &Value) -> &str {
    document["document"].as_str().unwrap_or("the document")
}

fn not_met<T>(what: impl Into<String>) -> Result<T, Judged> {
    Err(Judged::NotMet(what.into()))
}

/// What is known of the bytes of a document.
fn content(document: &Value) -> Result<&Value, Judged> {
    if let Some(fault) = document["fault"].as_str() {
        return not_met(format!("its content cannot be had ({fault})"));
    }
    match &document["content"] {
        Value::Object(_) => Ok(&document["content"]),
        _ => Err(Judged::Undecided("nothing is known of its content".into())),
    }
}

impl DocumentContent {
    pub(super) fn expected(&self) -> Text {
        let kinds = self.one_of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let (nl, en) = if self.archival { (", een PDF als PDF/A", ", a PDF as PDF/A") } else { ("", "") };
        Text::new(format!("documenten van soort {kinds}{nl}"), format!("documents of kind {kinds}{en}"))
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        every(context, |_, document| self.of(document))
    }

    fn of(&self, document: &Value) -> Result<String, Judged> {
        let content = content(document)?;
        let kind = content["kind"].as_str().unwrap_or_default();
        if let Some(reason) = content["reason"].as_str() {
            return not_met(format!("it cannot be read: {reason}"));
        }
        if !self.one_of.iter().any(|wanted| wanted.to_string() == kind) {
            return not_met(format!("it is {kind}"));
        }
        let told = document["mimeType"].as_str().unwrap_or_default();
        if media_type(kind) != told.split(';').next().unwrap_or_default().trim() {
            return not_met(format!("it is {kind}, and its media type says `{told}`"));
        }
        if kind == "pdf" && content["complete"] == false {
            return not_met("the PDF has no end");
        }
        if kind == "pdf" && self.archival && content["archival"].is_null() {
            return not_met("the PDF does not say that it is PDF/A");
        }
        Ok(kind.to_owned())
    }
}

/// The media type of a kind of document (section 7.3).
fn media_type(kind: &str) -> &'static str {
    match kind {
        "pdf" => "application/pdf",
        "cda" => "text/xml",
        _ => "application/dicom",
    }
}

/// Entries of the index in the answers of a step, by unique id.
fn entries<'a>(context: Context<'a>, step: &StepId) -> BTreeMap<&'a str, &'a Value> {
    let exchanges = context.other(step).into_iter().flat_map(|step| &step.exchanges);
    let answers = exchanges.filter_map(|(_, e)| e.response.as_ref()?.body.json());
    let listed = answers.filter_map(documents_of).flatten();
    listed.filter_map(|entry| Some((entry["uniqueId"].as_str()?, entry))).collect()
}

impl DocumentAsIndexed {
    pub(super) fn expected(&self) -> Text {
        let of = &self.of;
        Text::new(
            format!("grootte, hash en mediatype zoals in de index bij `{of}`"),
            format!("size, hash and media type as the index said in `{of}`"),
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        if let Some(attachments) = following::attachments(context, &self.of) {
            return each(context, |exchange| following::as_told(exchange, &attachments, &self.of));
        }
        let entries = entries(context, &self.of);
        every(context, |_, document| match entries.get(name_of(document)) {
            Some(entry) => as_indexed(document, entry),
            None => Err(Judged::Undecided(format!("`{}` listed no such document", self.of))),
        })
    }
}

pub(super) fn as_indexed(document: &Value, entry: &Value) -> Result<String, Judged> {
    if let Some(fault) = document["fault"].as_str() {
        return not_met(format!("its content cannot be had ({fault})"));
    }
    let (told, is) = (&entry["mimeType"], &document["mimeType"]);
    if told != is {
        return not_met(format!("its media type is {is}, the index says {told}"));
    }
    let (size, hash) = (entry["size"].as_str(), entry["hash"].as_str().map(str::to_lowercase));
    if size == Some("0") && hash.as_deref() == Some(DELAYED) {
        return Ok("made when asked for".into());
    }
    let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) else {
        return Err(Judged::Undecided("the index has no size".into()));
    };
    if document["length"] != size {
        return not_met(format!("it has {} bytes, the index says {size}", document["length"]));
    }
    match (hash, document["sha1"].as_str()) {
        (Some(hash), Some(is)) if hash == is => Ok(format!("{size} bytes, {hash}")),
        (Some(hash), Some(is)) => not_met(format!("its hash is {is}, the index says {hash}")),
        _ => Err(Judged::Undecided("the index has no hash".into())),
    }
}

impl ImagesAsAsked {
    pub(super) fn expected(&self) -> Text {
        if self.all {
            return Text::new("precies de gevraagde beelden", "exactly the images that were asked for");
        }
        Text::new("alleen gevraagde beelden", "no images but those that were asked for")
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let judged = every(context, |given, document| match given.asked {
            Some(asked) => as_asked(document, asked),
            None => Err(Judged::Undecided("the request cannot be read".into())),
        });
        if !self.all || !matches!(judged.judged, Judged::Met(_)) {
            return judged;
        }
        each(context, |exchange| match given(exchange) {
            Ok(given) => missing(&given),
            Err(judged) => judged,
        })
    }
}

/// Instances that a request names, each with its study and series.
fn instances(asked: &Value) -> BTreeMap<&str, (&str, &str)> {
    let mut found = BTreeMap::new();
    for study in asked["studies"].as_array().into_iter().flatten() {
        for series in study["series"].as_array().into_iter().flatten() {
            for document in series["documents"].as_array().into_iter().flatten() {
                let uids = (study["uid"].as_str().unwrap_or_default(), series["uid"].as_str().unwrap_or_default());
                if let Some(document) = document["document"].as_str() {
                    found.insert(document, uids);
                }
            }
        }
    }
    found
}

fn as_asked(document: &Value, asked: &Value) -> Result<String, Judged> {
    let instances = instances(asked);
    let Some((study, series)) = instances.get(name_of(document)) else { return not_met("it was not asked for") };
    let content = content(document)?;
    if let Some(reason) = content["reason"].as_str() {
        return not_met(format!("it cannot be read: {reason}"));
    }
    let facts = &content["facts"];
    if !facts.is_object() {
        return not_met(format!("it is {}, and no DICOM object", content["kind"]));
    }
    let same = [("sop-instance", name_of(document)), ("study", study), ("series", series)];
    for (fact, wanted) in same {
        // A data set that was not looked into says nothing of its study and series.
        let unread = facts["oddities"].as_array().is_some_and(|all| all.iter().any(|o| o == "unread"));
        if facts[fact] != wanted && !(unread && facts[fact].is_null()) {
            return not_met(format!("its {fact} is {}, and {wanted} was asked for", facts[fact]));
        }
    }
    let syntaxes: Vec<_> = asked["transferSyntaxes"].as_array().into_iter().flatten().collect();
    match syntaxes.contains(&&facts["transfer-syntax"]) {
        true => Ok(format!("in {}", facts["transfer-syntax"])),
        false => not_met(format!("its transfer syntax {} was not asked for", facts["transfer-syntax"])),
    }
}

fn missing(given: &Given<'_>) -> Judged {
    let Some(asked) = given.asked else { return Judged::Undecided("the request cannot be read".into()) };
    let there: BTreeSet<&str> = given.documents.iter().map(name_of).collect();
    let instances = instances(asked);
    match instances.keys().find(|asked| !there.contains(*asked)) {
        Some(missing) => Judged::NotMet(format!("instance {missing} was not given")),
        None => Judged::Met(format!("all {} instances", instances.len())),
    }
}

impl ManifestContent {
    pub(super) fn expected(&self) -> Text {
        Text::new("een manifest van één studie (TID 2010)", "a manifest of one study (TID 2010)")
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let entries = self.referred_in.as_ref().map(|step| entries(context, step));
        every(context, |_, document| {
            let seen = self.of(document)?;
            match &entries {
                None => Ok(seen),
                Some(entries) => match entries.get(name_of(document)) {
                    Some(entry) => referred(document, entry),
                    None => Err(Judged::Undecided("the index listed no such document".into())),
                },
            }
        })
    }

    /// The steps that this check refers to.
    pub(super) fn other_step(&self) -> Option<&StepId> {
        self.referred_in.as_ref()
    }

    fn of(&self, document: &Value) -> Result<String, Judged> {
        let content = content(document)?;
        if content["kind"] != "manifest" {
            return not_met(format!("it is {}", content["reason"].as_str().unwrap_or(&content["kind"].to_string())));
        }
        let manifest = &content["manifest"];
        let faults = manifest["faults"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let wrong: Vec<_> = faults.filter(|fault| !self.except.iter().any(|e| e == fault)).collect();
        if !wrong.is_empty() {
            return not_met(format!("it is wrong as a manifest: {}", wrong.join(", ")));
        }
        match manifest["sop-instance"].as_str() {
            Some(uid) if uid == name_of(document) => {
                Ok(format!("{} references", manifest["references"].as_array().map_or(0, Vec::len)))
            }
            other => not_met(format!("its SOP Instance UID is {other:?}, which is not its unique id")),
        }
    }
}

/// Accession number and study of a manifest stand among the references of its entry (section 7.4).
fn referred(document: &Value, entry: &Value) -> Result<String, Judged> {
    let manifest = &document["content"]["manifest"];
    let listed: Vec<&str> =
        entry["referenceIdList"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let has = |id: &str, kind: &str| {
        listed.iter().any(|cxi| cxi.split('^').next() == Some(id) && cxi.rsplit('^').next() == Some(kind))
    };
    let wanted = [
        ("accession", "urn:ihe:iti:xds:2013:accession", "accession number"),
        ("study", "urn:ihe:iti:xds:2016:studyInstanceUID", "study"),
    ];
    for (fact, kind, name) in wanted {
        if let Some(id) = manifest[fact].as_str()
            && !has(id, kind)
        {
            return not_met(format!("its {name} {id} is not among the references of its entry"));
        }
    }
    Ok("accession number and study are among the references".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(result: Result<String, Judged>) -> String {
        match result {
            Err(Judged::NotMet(what)) => what,
            other => panic!("{other:?}"),
        }
    }

    fn open(result: &Result<String, Judged>) -> bool {
        matches!(result, Err(Judged::Undecided(_)))
    }

    fn report(kind: &str, mime: &str) -> Value {
        json!({ "document": "2.25.1", "mimeType": mime, "length": 10, "sha1": "ab", "content": { "kind": kind } })
    }

    #[test]
    fn a_document_is_of_a_wanted_kind_and_of_its_media_type() {
        let check = DocumentContent { one_of: vec![ContentKind::Pdf, ContentKind::Cda], archival: true };
        assert!(check.of(&report("cda", "text/xml")).is_ok());
        assert!(check.of(&report("cda", "text/xml; charset=utf-8")).is_ok());
        assert!(wrong(check.of(&report("cda", "application/pdf"))).contains("media type"));
        assert!(wrong(check.of(&report("dicom", "application/dicom"))).contains("it is dicom"));
        let mut pdf = report("pdf", "application/pdf");
        assert!(wrong(check.of(&pdf)).contains("PDF/A"));
        pdf["content"] = json!({ "kind": "pdf", "archival": { "part": "2" }, "complete": true });
        assert!(check.of(&pdf).is_ok());
        pdf["content"]["complete"] = json!(false);
        assert!(wrong(check.of(&pdf)).contains("no end"));
        assert!(wrong(check.of(&json!({ "fault": "unresolvable" }))).contains("unresolvable"));
        assert!(open(&check.of(&json!({ "document": "2.25.1" }))));
    }

    #[test]
    fn size_hash_and_media_type_are_those_of_the_index() {
        let document = report("pdf", "application/pdf");
        let entry = |size: &str, hash: &str| json!({ "mimeType": "application/pdf", "size": size, "hash": hash });
        assert!(as_indexed(&document, &entry("10", "AB")).is_ok());
        assert!(wrong(as_indexed(&document, &entry("11", "ab"))).contains("bytes"));
        assert!(wrong(as_indexed(&document, &entry("10", "ac"))).contains("hash"));
        assert!(as_indexed(&document, &entry("0", DELAYED)).is_ok());
        assert!(wrong(as_indexed(&document, &json!({ "mimeType": "text/xml" }))).contains("media type"));
        assert!(open(&as_indexed(&document, &json!({ "mimeType": "application/pdf" }))));
    }

    fn image(edit: impl Fn(&mut Value)) -> Value {
        let facts = json!({ "sop-instance": "2.25.1", "study": "2.25.3", "series": "2.25.2", "transfer-syntax": "1.2.840.10008.1.2", "oddities": [] });
        let mut image = json!({ "document": "2.25.1", "content": { "kind": "dicom", "facts": facts } });
        edit(&mut image);
        image
    }

    fn asked() -> Value {
        let series = json!({ "uid": "2.25.2", "documents": [{ "document": "2.25.1" }, { "document": "2.25.9" }] });
        json!({ "studies": [{ "uid": "2.25.3", "series": [series] }], "transferSyntaxes": ["1.2.840.10008.1.2"] })
    }

    #[test]
    fn an_image_was_asked_for_in_its_study_series_and_transfer_syntax() {
        let of = |edit: &dyn Fn(&mut Value)| as_asked(&image(edit), &asked());
        assert!(of(&|_| ()).is_ok());
        assert!(wrong(of(&|i| i["document"] = json!("2.25.4"))).contains("not asked for"));
        for fact in ["sop-instance", "study", "series"] {
            assert!(wrong(of(&|i| i["content"]["facts"][fact] = json!("2.25.77"))).contains(fact));
            assert!(wrong(of(&|i| i["content"]["facts"][fact] = Value::Null)).contains(fact));
        }
        assert!(wrong(of(&|i| i["content"]["facts"]["transfer-syntax"] = json!("1.2"))).contains("transfer syntax"));
        assert!(wrong(of(&|i| i["content"] = json!({ "kind": "pdf" }))).contains("no DICOM"));
        let unread = |i: &mut Value| {
            i["content"]["facts"]["study"] = Value::Null;
            i["content"]["facts"]["series"] = Value::Null;
            i["content"]["facts"]["oddities"] = json!(["unread"]);
        };
        assert!(of(&unread).is_ok(), "what was not looked into says nothing");
    }

    #[test]
    fn what_is_missing_is_told_when_all_is_wanted() {
        let (asked, documents) = (asked(), [image(|_| ())]);
        let given = Given { asked: Some(&asked), documents: &documents };
        assert_eq!(missing(&given), Judged::NotMet("instance 2.25.9 was not given".into()));
        let documents = [image(|_| ()), image(|i| i["document"] = json!("2.25.9"))];
        assert!(matches!(missing(&Given { documents: &documents, ..given }), Judged::Met(_)));
    }

    fn manifest(faults: Value) -> Value {
        let manifest = json!({ "sop-instance": "2.25.1", "study": "2.25.3", "accession": "SIM1", "references": [{}], "faults": faults });
        json!({ "document": "2.25.1", "content": { "kind": "manifest", "facts": {}, "manifest": manifest } })
    }

    #[test]
    fn a_manifest_has_no_faults_and_its_own_unique_id() {
        let check = ManifestContent { except: vec!["no-location".into()], referred_in: None };
        assert!(check.of(&manifest(json!([]))).is_ok());
        assert!(check.of(&manifest(json!(["no-location"]))).is_ok());
        assert!(wrong(check.of(&manifest(json!(["title", "no-location"])))).contains("manifest: title"));
        let mut other = manifest(json!([]));
        other["document"] = json!("2.25.5");
        assert!(wrong(check.of(&other)).contains("unique id"));
        assert!(wrong(check.of(&image(|_| ()))).contains("dicom"));
    }

    #[test]
    fn accession_number_and_study_stand_among_the_references() {
        let entry = |list: Value| json!({ "referenceIdList": list });
        let accession = "SIM1^^^&2.999.1&ISO^urn:ihe:iti:xds:2013:accession";
        let study = "2.25.3^^^^urn:ihe:iti:xds:2016:studyInstanceUID";
        assert!(referred(&manifest(json!([])), &entry(json!([accession, study]))).is_ok());
        assert!(wrong(referred(&manifest(json!([])), &entry(json!([study])))).contains("accession"));
        assert!(wrong(referred(&manifest(json!([])), &entry(json!([accession])))).contains("study"));
    }
}
