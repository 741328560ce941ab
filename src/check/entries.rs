//! Entries of an index: their codes against a metadata profile, their references to each other, and that each thing is there
//! once (30-beeldbeschikbaarheid sections 3.3, 7.2 to 7.4).
//!
//! These look at the JSON form of an answer to ITI-38: `body.documents`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::subject::fault_judged;
use super::{Answer, Context, Judged, each, following};
use crate::base::text::Text;
use crate::transcript::{Direction, Exchange};
use crate::wire::metadata::{Coded, EntryKind, MetadataProfile, Standing, XdsCode};

/// Type of a reference that is an accession number.
const ACCESSION: &str = "urn:ihe:iti:xds:2013:accession";
/// Type of a reference that is a study.
const STUDY: &str = "urn:ihe:iti:xds:2016:studyInstanceUID";

/// An attribute that holds codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum CodeAttribute {
    /// Class code: exactly one.
    Class,
    /// Type code.
    Type,
    /// Format code.
    Format,
    /// A modality in the event code list.
    Modality,
    /// Confidentiality code.
    Confidentiality,
    /// Healthcare facility type code.
    Facility,
    /// Practice setting code.
    PracticeSetting,
}

/// The codes of an attribute are those of a metadata profile.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EntryCodes {
    /// The attribute.
    pub attribute: CodeAttribute,
    /// Kinds of entries that are looked at; all of them when none is named.
    #[serde(default)]
    pub of: Vec<EntryKind>,
    /// Whether codes of the other metadata profile are right too.
    #[serde(default)]
    pub alternatives: bool,
    /// The metadata profile, by its id; the one that prevails when none is named.
    #[serde(default)]
    pub profile: Option<String>,
}

/// A fact about references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceFact {
    /// Where one entry of a study has an accession number, all have it.
    Accession,
    /// Every entry has its study.
    Study,
    /// Every accession number says who gave it out.
    Authority,
    /// Images and reports are separate entries that share a reference.
    Counterpart,
}

/// What entries refer to.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct EntryReferences {
    /// The fact.
    pub have: ReferenceFact,
}

/// No document and no study of images is in the index twice.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntriesOnce {}

/// The entries that the candidate gave.
fn entries(exchange: &Exchange) -> Result<&[Value], Judged> {
    if let Some(fault) = &exchange.fault {
        return Err(fault_judged(fault));
    }
    if exchange.direction == Direction::FromCandidate {
        return Err(Judged::Undecided("the entries were ours".into()));
    }
    let answer = exchange.response.as_ref().and_then(|r| r.body.json());
    let listed = answer.and_then(|message| message["body"]["documents"].as_array()).filter(|all| !all.is_empty());
    listed.map(Vec::as_slice).ok_or_else(|| Judged::Undecided("no entry was given".into()))
}

fn name_of(entry: &Value) -> &str {
    entry["uniqueId"].as_str().unwrap_or("an entry without unique id")
}

fn codes(entry: &Value, member: &str) -> Vec<XdsCode> {
    let text = |code: &Value, name: &str| code[name].as_str().unwrap_or_default().to_owned();
    let code =
        |code: &Value| XdsCode { code: text(code, "code"), scheme: text(code, "scheme"), display: String::new() };
    entry[member].as_array().into_iter().flatten().map(code).collect()
}

fn kind(entry: &Value, profile: &MetadataProfile) -> Option<EntryKind> {
    let class = codes(entry, "classCode");
    profile.kind_of(entry["mimeType"].as_str()?, class.first()?)
}

impl EntryCodes {
    pub(super) fn expected(&self) -> Text {
        let (attribute, profile) = (self.attribute, self.profile.as_deref().unwrap_or("Nictiz"));
        Text::new(
            format!("{attribute} volgens het metadataprofiel {profile}"),
            format!("{attribute} by the metadata profile {profile}"),
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let mut profiles = context.data.metadata.values();
        let wanted = |p: &&MetadataProfile| self.profile.as_ref().map_or(p.prevails, |id| *id == p.id);
        let Some(profile) = profiles.find(wanted) else {
            return Answer::new(Judged::Undecided("there is no such metadata profile".into()), Vec::new());
        };
        each(context, |exchange| match entries(exchange) {
            Ok(entries) => self.all(entries, profile),
            Err(judged) => judged,
        })
    }

    fn all(&self, entries: &[Value], profile: &MetadataProfile) -> Judged {
        let mut seen = Vec::new();
        for entry in entries {
            match self.one(entry, profile) {
                Ok(Some(what)) => seen.push(what),
                Ok(None) => {}
                Err(what) => return Judged::NotMet(format!("{}: {what}", name_of(entry))),
            }
        }
        match seen.first() {
            Some(first) => Judged::Met(format!("{} entries: {first}", seen.len())),
            None => Judged::Undecided("no entry of this kind was given".into()),
        }
    }

    /// What an entry says; `None` when it is of another kind, an error when it is wrong.
    fn one(&self, entry: &Value, profile: &MetadataProfile) -> Result<Option<String>, String> {
        let kind = kind(entry, profile);
        if self.attribute == CodeAttribute::Class {
            return self.class(entry, kind, profile);
        }
        let Some(kind) = kind.filter(|kind| self.of.is_empty() || self.of.contains(kind)) else { return Ok(None) };
        let (member, coded) = match self.attribute {
            CodeAttribute::Modality => return modality(entry, kind, profile, self.alternatives),
            CodeAttribute::Type => ("typeCode", &profile.entries[&kind].kind),
            CodeAttribute::Format => ("formatCode", &profile.entries[&kind].format),
            CodeAttribute::Confidentiality => ("confidentialityCode", &profile.common.confidentiality),
            CodeAttribute::Facility => ("healthcareFacilityTypeCode", &profile.common.facility),
            CodeAttribute::Class | CodeAttribute::PracticeSetting => {
                ("practiceSettingCode", &profile.common.practice_setting)
            }
        };
        let codes = codes(entry, member);
        if codes.is_empty() {
            return Err(format!("it has no {member}"));
        }
        codes
            .iter()
            .map(|code| self.weighed(code, coded))
            .collect::<Result<Vec<_>, _>>()
            .map(|all| all.into_iter().next())
    }

    /// The class says what an entry is, so that one without a known class is wrong whatever kinds are looked at.
    fn class(
        &self,
        entry: &Value,
        kind: Option<EntryKind>,
        profile: &MetadataProfile,
    ) -> Result<Option<String>, String> {
        let codes = codes(entry, "classCode");
        let [code] = codes.as_slice() else { return Err(format!("it has {} class codes", codes.len())) };
        match kind {
            None => Err(format!("{} in {} with {} is no class of an entry", code.code, code.scheme, entry["mimeType"])),
            Some(kind) if !self.of.is_empty() && !self.of.contains(&kind) => Ok(None),
            Some(kind) => self.weighed(code, &profile.entries[&kind].class).map(Some),
        }
    }

    fn weighed(&self, code: &XdsCode, coded: &Coded) -> Result<String, String> {
        let named = format!("{} in {}", code.code, code.scheme);
        match coded.standing(code) {
            Standing::Right => Ok(named),
            Standing::Open if !code.code.is_empty() && !code.scheme.is_empty() => {
                Ok(format!("{named}; the attribute is open"))
            }
            Standing::Alternative if self.alternatives => Ok(format!("{named}, of another metadata profile")),
            Standing::Alternative => Err(format!("{named} is of another metadata profile")),
            Standing::Open | Standing::Wrong => Err(format!("{named} is none of its codes")),
        }
    }
}

/// Images list their modalities; reports need none.
fn modality(
    entry: &Value,
    kind: EntryKind,
    profile: &MetadataProfile,
    alternatives: bool,
) -> Result<Option<String>, String> {
    if kind != EntryKind::Images {
        return Ok(None);
    }
    let fits = |scheme: &String| {
        *scheme == profile.modality.scheme || alternatives && profile.modality.alternatives.contains(scheme)
    };
    let found = codes(entry, "eventCodeList").into_iter().find(|code| fits(&code.scheme) && !code.code.is_empty());
    match found {
        Some(code) => Ok(Some(format!("{} in {}", code.code, code.scheme))),
        None => Err(format!("it lists no modality of scheme {}", profile.modality.scheme)),
    }
}

/// A reference: id, who gave it out, type.
struct Reference<'a> {
    id: &'a str,
    authority: &'a str,
    kind: &'a str,
}

fn references(entry: &Value) -> Vec<Reference<'_>> {
    let listed = entry["referenceIdList"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let read = |text| {
        let parts: Vec<&str> = str::split(text, '^').collect();
        let part = |at: usize| parts.get(at).copied().unwrap_or_default();
        Reference { id: part(0), authority: part(3), kind: part(4) }
    };
    listed.map(read).collect()
}

fn id_of<'a>(entry: &'a Value, kind: &str) -> Option<&'a str> {
    references(entry).into_iter().find(|r| r.kind == kind && !r.id.is_empty()).map(|r| r.id)
}

impl EntryReferences {
    pub(super) fn expected(&self) -> Text {
        match self.have {
            ReferenceFact::Accession => Text::new(
                "het accessionnummer bij alle entries van een onderzoek",
                "the accession number on all entries of a study",
            ),
            ReferenceFact::Study => Text::new("een verwijzing naar het onderzoek", "a reference to the study"),
            ReferenceFact::Authority => {
                Text::new("wie het accessionnummer uitgaf", "who gave out the accession number")
            }
            ReferenceFact::Counterpart => {
                Text::new("beelden en verslag die naar elkaar verwijzen", "images and report that refer to each other")
            }
        }
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let profile = context.data.metadata.values().find(|p| p.prevails);
        each(context, |exchange| match entries(exchange) {
            Ok(entries) => match self.have {
                ReferenceFact::Accession => accession(entries),
                ReferenceFact::Study => every(entries, |e| {
                    id_of(e, STUDY).map(str::to_owned).ok_or_else(|| "it does not refer to its study".to_owned())
                }),
                ReferenceFact::Authority => authority(entries),
                ReferenceFact::Counterpart => match profile {
                    Some(profile) => counterpart(entries, profile),
                    None => Judged::Undecided("there is no metadata profile".into()),
                },
            },
            Err(judged) => judged,
        })
    }
}

fn every(entries: &[Value], one: impl Fn(&Value) -> Result<String, String>) -> Judged {
    let mut first = None;
    for entry in entries {
        match one(entry) {
            Ok(what) => first = first.or(Some(what)),
            Err(what) => return Judged::NotMet(format!("{}: {what}", name_of(entry))),
        }
    }
    Judged::Met(format!("{} entries: {}", entries.len(), first.unwrap_or_default()))
}

fn accession(entries: &[Value]) -> Judged {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for entry in entries {
        if let (Some(study), Some(number)) = (id_of(entry, STUDY), id_of(entry, ACCESSION)) {
            known.entry(study).or_insert(number);
        }
    }
    if known.is_empty() {
        return Judged::Undecided("no entry has both a study and an accession number".into());
    }
    every(entries, |entry| match id_of(entry, STUDY).and_then(|study| known.get(study)) {
        Some(number) if id_of(entry, ACCESSION) != Some(number) => {
            Err(format!("it lacks accession number {number} of its study"))
        }
        _ => Ok(id_of(entry, ACCESSION).unwrap_or_default().to_owned()),
    })
}

fn authority(entries: &[Value]) -> Judged {
    let numbers: Vec<_> = entries.iter().flat_map(references).filter(|r| r.kind == ACCESSION).collect();
    let issued = |r: &Reference<'_>| r.authority.split('&').nth(1).is_some_and(|oid| !oid.is_empty());
    match numbers.iter().find(|r| !issued(r)) {
        _ if numbers.is_empty() => Judged::Undecided("no entry has an accession number".into()),
        Some(bare) => Judged::NotMet(format!("nobody is named who gave out accession number {}", bare.id)),
        None => Judged::Met(format!("{} accession numbers with who gave them out", numbers.len())),
    }
}

/// Every entry of images shares a reference with a report; a study without a report cannot be told from one whose report does
/// not refer to it, so that reports are looked at.
fn counterpart(entries: &[Value], profile: &MetadataProfile) -> Judged {
    let of = |images: bool| {
        let kinds = entries.iter().filter_map(move |e| Some((e, kind(e, profile)?)));
        kinds.filter(move |(_, kind)| (*kind == EntryKind::Images) == images).map(|(entry, _)| entry)
    };
    let ids = |entry: &Value| references(entry).iter().map(|r| format!("{}^{}", r.id, r.kind)).collect::<BTreeSet<_>>();
    let images: BTreeSet<String> = of(true).flat_map(ids).collect();
    let reports: Vec<&Value> = of(false).collect();
    match reports.iter().find(|report| ids(report).is_disjoint(&images)) {
        _ if reports.is_empty() || of(true).next().is_none() => {
            Judged::Undecided("there are no images and reports beside each other".into())
        }
        Some(alone) => Judged::NotMet(format!("report {} shares no reference with images", name_of(alone))),
        None => Judged::Met(format!("{} reports share references with images", reports.len())),
    }
}

impl EntriesOnce {
    pub(super) fn expected(&self) -> Text {
        Text::new("elk document en elk onderzoek één keer", "each document and each study once")
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let profile = context.data.metadata.values().find(|p| p.prevails);
        each(context, |exchange| match following::master_identifiers(exchange) {
            Some(all) => once_each(&all),
            None => match entries(exchange) {
                Ok(entries) => once(entries, profile),
                Err(judged) => judged,
            },
        })
    }
}

fn once_each(identifiers: &[String]) -> Judged {
    let mut seen = BTreeSet::new();
    match identifiers.iter().find(|id| !seen.insert(*id)) {
        Some(twice) => Judged::NotMet(format!("the master identifier {twice} stands at two documents")),
        None if identifiers.is_empty() => Judged::Undecided("no document has a master identifier".into()),
        None => Judged::Met(format!("{} documents", identifiers.len())),
    }
}

/// Duplicate documents have one unique id, duplicate images one study (section 7.4).
fn once(entries: &[Value], profile: Option<&MetadataProfile>) -> Judged {
    let (mut documents, mut studies) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        if let Some(id) = entry["uniqueId"].as_str()
            && !documents.insert(id)
        {
            return Judged::NotMet(format!("document {id} is there twice"));
        }
        let images = profile.is_some_and(|p| kind(entry, p) == Some(EntryKind::Images));
        if let Some(study) = id_of(entry, STUDY).filter(|_| images)
            && !studies.insert(study)
        {
            return Judged::NotMet(format!("the images of study {study} are there twice"));
        }
    }
    Judged::Met(format!("{} documents, {} studies", documents.len(), studies.len()))
}

#[cfg(test)]
mod tests;
