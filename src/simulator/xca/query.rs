//! ITI-38: the answer to a query.

use super::holdings::{Community, Holdings};
use super::script::{Script, UnknownPatient, Wrong};
use super::{Caller, matching};
use crate::wire::xds::entry::{DEPRECATED, HASH_OF_NOTHING};
use crate::wire::xds::{
    Code, Complaint, Cx, DocumentEntry, ObjectRef, QueryRequest, QueryResponse, RegistryError, ReturnType, Severity,
    Slot, Status, TARGET_COMMUNITIES,
};

/// A community that is not there.
const NOWHERE: &str = "urn:oid:2.999.9";

/// Answers a query.
pub(super) fn answer(holdings: &Holdings, script: &Script, caller: &Caller, request: &QueryRequest) -> QueryResponse {
    let own = holdings.own_home();
    let complaints =
        request.complaints().into_iter().filter(|c| !overlooked(script, c)).chain(objections(script, request));
    // Which code an empty list of communities has is not specified.
    let told = |c: Complaint| RegistryError::new(c.code().unwrap_or("XDSRegistryError"), c.context(), own);
    let errors: Vec<_> = complaints.map(told).collect();
    if !errors.is_empty() {
        return QueryResponse::of(Vec::new(), errors);
    }
    let chosen = match communities(holdings, script, request) {
        Ok(chosen) => chosen,
        Err(error) => return QueryResponse::of(Vec::new(), vec![error]),
    };
    if let Some(error) = unknown_patient(holdings, script, request) {
        return QueryResponse::of(Vec::new(), vec![error]);
    }
    let entries = match entries(holdings, script, caller, request, &chosen.asked) {
        Ok(entries) => entries,
        Err(fault) => {
            let error = RegistryError::new("XDSRegistryError", fault.to_string(), own);
            return QueryResponse::of(Vec::new(), vec![error]);
        }
    };
    let mut response = QueryResponse::of(entries, Vec::new());
    let references = request.return_type == ReturnType::ObjectRef;
    if references && !script.has(Wrong::AlwaysLeafClass) || script.has(Wrong::AlwaysObjectRef) {
        response = response.as_references();
    }
    if !chosen.unknown.is_empty() {
        if script.has(Wrong::FailsOnUnknownTargets) {
            let error = RegistryError::new("XDSUnknownCommunity", chosen.unknown.join(" "), own);
            return QueryResponse::of(Vec::new(), vec![error]);
        }
        response.errors.push(unrecognised(&chosen.unknown, own));
        response.status = Status::PartialSuccess;
    }
    response
}

/// Whether a complaint is one that is overlooked.
fn overlooked(script: &Script, complaint: &Complaint) -> bool {
    let wrong = match complaint {
        Complaint::NoHome => Wrong::OverlooksHome,
        Complaint::NoTarget => Wrong::IgnoresTargetCommunities,
        Complaint::Missing(_) | Complaint::Number(_) => Wrong::OverlooksParameters,
        Complaint::UnknownQuery(_) => Wrong::OverlooksUnknownQuery,
        Complaint::Value(..) => return false,
    };
    script.has(wrong)
}

/// Complaints about what is no wrong.
fn objections(script: &Script, request: &QueryRequest) -> Vec<Complaint> {
    let named = request.stored().map(|q| q.name);
    let about_documents = ["FindDocuments", "FindDocumentsByReferenceId", "GetDocuments"];
    let refused = named == Some("GetDocuments") && script.has(Wrong::NoGetDocuments)
        || named.is_some_and(|n| !about_documents.contains(&n)) && script.has(Wrong::NoFolderQueries);
    let unlisted = script.has(Wrong::NeedsTargetCommunities) && request.target_communities() == Ok(None);
    let refused = refused.then(|| Complaint::UnknownQuery(request.id.clone()));
    refused.into_iter().chain(unlisted.then(|| Complaint::Missing(TARGET_COMMUNITIES.to_owned()))).collect()
}

/// Communities that a query is put to, and those it names that are not here.
struct Chosen<'h> {
    asked: Vec<&'h Community>,
    unknown: Vec<String>,
}

fn communities<'h>(
    holdings: &'h Holdings,
    script: &Script,
    request: &QueryRequest,
) -> Result<Chosen<'h>, RegistryError> {
    let named = request.home.as_deref().filter(|h| !h.is_empty());
    let mut asked: Vec<_> = match named {
        None => holdings.communities.iter().collect(),
        Some(home) => match holdings.community(home) {
            Some(community) if !script.has(Wrong::RefusesOwnHome) => vec![community],
            None if script.has(Wrong::OverlooksUnknownHome) => Vec::new(),
            _ => {
                let context = format!("{home} is not known here");
                return Err(RegistryError::new("XDSUnknownCommunity", context, holdings.own_home()));
            }
        },
    };
    let mut unknown = Vec::new();
    let targets = request.target_communities().ok().flatten().filter(|_| !script.has(Wrong::IgnoresTargetCommunities));
    if let Some(targets) = targets {
        asked.retain(|c| targets.contains(&c.home));
        unknown = targets.into_iter().filter(|t| holdings.community(t).is_none()).collect();
    }
    Ok(Chosen { asked, unknown })
}

/// That communities are not known. Twiin wants them named and gives no code; this is the one whose meaning it has.
fn unrecognised(unknown: &[String], own: &str) -> RegistryError {
    let error = RegistryError::new("XDSUnknownCommunity", unknown.join(" "), own);
    RegistryError { severity: Severity::Warning, ..error }
}

fn unknown_patient(holdings: &Holdings, script: &Script, request: &QueryRequest) -> Option<RegistryError> {
    let patient = Cx::read(&request.patient()?);
    let code = match script.has(Wrong::BrokenForUnknownPatient) {
        true => "XDSRegistryError",
        false if script.unknown_patient == UnknownPatient::Error => "XDSUnknownPatientId",
        false => return None,
    };
    (!holdings.knows(&patient)).then(|| RegistryError::new(code, "the patient is not known here", holdings.own_home()))
}

fn entries(
    holdings: &Holdings,
    script: &Script,
    caller: &Caller,
    request: &QueryRequest,
    asked: &[&Community],
) -> Result<Vec<DocumentEntry>, crate::wire::xds::ValueFault> {
    let mut found = Vec::new();
    let unknown = || request.patient().is_some_and(|patient| !holdings.knows(&Cx::read(&patient)));
    let anybody = script.has(Wrong::OthersForUnknownPatient) && unknown();
    for holding in asked.iter().flat_map(|c| &c.documents) {
        let entry = &holding.entry;
        let wanted = anybody
            || match request.stored().map(|q| q.name) {
                Some("FindDocuments" | "FindDocumentsByReferenceId") => {
                    matching::of_patient(request, entry)?
                        && (script.has(Wrong::IgnoresFilters) || matching::passes(request, entry)?)
                }
                Some("GetDocuments") => matching::is_named(request, entry)?,
                // There are no submission sets, folders or associations here, which is legal.
                _ => false,
            };
        // Whoever gives others' entries looks at nobody's choice.
        if wanted && (anybody || script.has(Wrong::IgnoresConsent) || visible(holdings, caller, entry)) {
            found.push(entry.clone());
        }
    }
    Ok(found)
}

/// Whether the caller may see an entry: by consent, and when the assertion names a patient, only that one.
pub(super) fn visible(holdings: &Holdings, caller: &Caller, entry: &DocumentEntry) -> bool {
    let patient = entry.patient_id.as_deref().map(Cx::read);
    let own = patient.as_ref().and_then(Cx::as_bsn);
    let named = caller.patient.as_deref();
    !caller.is_withheld && named.is_none_or(|named| own == Some(named)) && holdings.shows(entry, caller.ura.as_deref())
}

/// Spoils an answer in the ways of the script.
pub(super) fn spoil(script: &Script, own: &str, response: &mut QueryResponse) {
    let each = |wrong: Wrong, response: &mut QueryResponse, change: &dyn Fn(&mut DocumentEntry)| {
        if script.has(wrong) {
            response.documents.iter_mut().for_each(change);
        }
    };
    each(Wrong::NoHome, response, &|d| d.home = None);
    each(Wrong::ForeignHome, response, &|d| d.home = Some(NOWHERE.to_owned()));
    each(Wrong::Deprecated, response, &|d| d.availability_status = Some(DEPRECATED.to_owned()));
    each(Wrong::Delayed, response, &|d| {
        (d.size, d.hash) = (Some("0".to_owned()), Some(HASH_OF_NOTHING.to_owned()));
    });
    each(Wrong::OtherHash, response, &|d| d.hash = Some("0".repeat(40)));
    each(Wrong::OtherSize, response, &|d| d.size = Some("1".to_owned()));
    each(Wrong::ExtraSlots, response, &|d| d.slots.push(Slot::new("urn:sim:nobody-knows", ["SIM", "TEST"])));
    each(Wrong::TwoClassCodes, response, &|d| {
        d.class_code.push(Code::new("IMAGES", "1.3.6.1.4.1.19376.1.2.6.1", None))
    });
    let home = |r: &mut ObjectRef, home: Option<&str>| r.home = home.map(str::to_owned);
    if script.has(Wrong::NoHome) {
        response.references.iter_mut().for_each(|r| home(r, None));
    }
    if script.has(Wrong::ForeignHome) {
        response.references.iter_mut().for_each(|r| home(r, Some(NOWHERE)));
    }
    spoil_status(script, own, &mut response.status, &mut response.errors);
    response.has_list |= response.status == Status::PartialSuccess;
}

/// Spoils status and errors. `own` is the community that the gateway names as itself.
pub(super) fn spoil_status(script: &Script, own: &str, status: &mut Status, errors: &mut Vec<RegistryError>) {
    if script.has(Wrong::PartialSuccess) {
        errors.push(RegistryError::new("XDSRegistryError", "SIM: another source did not answer", own));
        *status = Status::PartialSuccess;
    }
    if script.has(Wrong::UnknownTarget) {
        errors.push(unrecognised(&[NOWHERE.to_owned()], own));
        *status = Status::PartialSuccess;
    }
    if script.has(Wrong::ForeignLocation) {
        errors.iter_mut().for_each(|e| e.location = Some(NOWHERE.to_owned()));
    }
    if script.has(Wrong::OneErrorCode) {
        errors.iter_mut().for_each(|e| "XDSRegistryError".clone_into(&mut e.code));
    }
    if script.has(Wrong::NoLocation) {
        errors.iter_mut().for_each(|e| e.location = None);
    }
    if script.has(Wrong::PartialSuccessOfEbxml) && *status == Status::PartialSuccess {
        *status = Status::Other("urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:PartialSuccess".to_owned());
    }
}
