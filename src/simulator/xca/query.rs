//! ITI-38: the answer to a query.

use super::holdings::{Community, Holdings};
use super::script::{Script, UnknownPatient, Wrong};
use super::{Caller, matching};
use crate::wire::xds::{
    Code, Complaint, Cx, DocumentEntry, ObjectRef, QueryRequest, QueryResponse, RegistryError, ReturnType, Severity,
    Slot, Status,
};

/// Answers a query.
pub(super) fn answer(holdings: &Holdings, script: &Script, caller: &Caller, request: &QueryRequest) -> QueryResponse {
    let own = holdings.own_home();
    let complaints = request.complaints().into_iter().filter(|c| {
        !(matches!(c, Complaint::NoHome) && script.has(Wrong::OverlooksHome)
            || matches!(c, Complaint::NoTarget) && script.has(Wrong::IgnoresTargetCommunities))
    });
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
    if request.return_type == ReturnType::ObjectRef && !script.has(Wrong::AlwaysLeafClass) {
        response = response.as_references();
    }
    if !chosen.unknown.is_empty() {
        response.errors.push(unrecognised(&chosen.unknown, own));
        response.status = Status::PartialSuccess;
    }
    response
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
            Some(community) => vec![community],
            None => {
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
    let told = script.unknown_patient == UnknownPatient::Error && !holdings.knows(&patient);
    told.then(|| RegistryError::new("XDSUnknownPatientId", "the patient is not known here", holdings.own_home()))
}

fn entries(
    holdings: &Holdings,
    script: &Script,
    caller: &Caller,
    request: &QueryRequest,
    asked: &[&Community],
) -> Result<Vec<DocumentEntry>, crate::wire::xds::ValueFault> {
    let mut found = Vec::new();
    for holding in asked.iter().flat_map(|c| &c.documents) {
        let entry = &holding.entry;
        let wanted = match request.stored().map(|q| q.name) {
            Some("FindDocuments" | "FindDocumentsByReferenceId") => {
                matching::of_patient(request, entry)?
                    && (script.has(Wrong::IgnoresFilters) || matching::passes(request, entry)?)
            }
            Some("GetDocuments") => matching::is_named(request, entry)?,
            // There are no submission sets, folders or associations here, which is legal.
            _ => false,
        };
        if wanted && (script.has(Wrong::IgnoresConsent) || visible(holdings, caller, entry)) {
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
    named.is_none_or(|named| own == Some(named)) && holdings.shows(entry, caller.ura.as_deref())
}

/// Spoils an answer in the ways of the script.
pub(super) fn spoil(script: &Script, response: &mut QueryResponse) {
    let each = |wrong: Wrong, response: &mut QueryResponse, change: &dyn Fn(&mut DocumentEntry)| {
        if script.has(wrong) {
            response.documents.iter_mut().for_each(change);
        }
    };
    each(Wrong::NoHome, response, &|d| d.home = None);
    each(Wrong::OtherHash, response, &|d| d.hash = Some("0".repeat(40)));
    each(Wrong::OtherSize, response, &|d| d.size = Some("1".to_owned()));
    each(Wrong::ExtraSlots, response, &|d| d.slots.push(Slot::new("urn:sim:nobody-knows", ["SIM", "TEST"])));
    each(Wrong::TwoClassCodes, response, &|d| {
        d.class_code.push(Code::new("IMAGES", "1.3.6.1.4.1.19376.1.2.6.1", None))
    });
    if script.has(Wrong::NoHome) {
        response.references.iter_mut().for_each(|r: &mut ObjectRef| r.home = None);
    }
    spoil_status(script, &mut response.status, &mut response.errors);
    response.has_list |= response.status == Status::PartialSuccess;
}

/// Spoils status and errors.
pub(super) fn spoil_status(script: &Script, status: &mut Status, errors: &mut Vec<RegistryError>) {
    if script.has(Wrong::PartialSuccess) {
        let location = errors.first().and_then(|e| e.location.clone()).unwrap_or_default();
        errors.push(RegistryError::new("XDSRegistryError", "SIM: another source did not answer", &location));
        *status = Status::PartialSuccess;
    }
    if script.has(Wrong::NoLocation) {
        errors.iter_mut().for_each(|e| e.location = None);
    }
    if script.has(Wrong::PartialSuccessOfEbxml) && *status == Status::PartialSuccess {
        *status = Status::Other("urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:PartialSuccess".to_owned());
    }
}
