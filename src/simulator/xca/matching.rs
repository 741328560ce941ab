//! Which entries a query is after (ITI TF-2 3.18.4.1.2.3.7.1; 30-beeldbeschikbaarheid sections 6.1 and 6.2).

use crate::wire::xds::entry::STABLE;
use crate::wire::xds::{Cx, DocumentEntry, Kind, Literal, QueryRequest, ValueFault};

use super::holdings::same_patient;

/// Parameters of code attributes.
const CODES: [(&str, Kind); 7] = [
    ("$XDSDocumentEntryClassCode", Kind::ClassCode),
    ("$XDSDocumentEntryTypeCode", Kind::TypeCode),
    ("$XDSDocumentEntryPracticeSettingCode", Kind::PracticeSettingCode),
    ("$XDSDocumentEntryHealthcareFacilityTypeCode", Kind::HealthcareFacilityTypeCode),
    ("$XDSDocumentEntryEventCodeList", Kind::EventCodeList),
    ("$XDSDocumentEntryConfidentialityCode", Kind::ConfidentialityCode),
    ("$XDSDocumentEntryFormatCode", Kind::FormatCode),
];

/// Whether an entry is of the patient and status that were asked for.
pub(super) fn of_patient(request: &QueryRequest, entry: &DocumentEntry) -> Result<bool, ValueFault> {
    let patient = request.patient().map(|p| Cx::read(&p));
    let own = entry.patient_id.as_deref().map(Cx::read);
    let same = patient.zip(own).is_some_and(|(wanted, own)| same_patient(&wanted, &own));
    let status = request.texts("$XDSDocumentEntryStatus")?;
    Ok(same && entry.availability_status.as_ref().is_some_and(|s| status.contains(s)))
}

/// Whether an entry passes all other parameters of a query for documents.
pub(super) fn passes(request: &QueryRequest, entry: &DocumentEntry) -> Result<bool, ValueFault> {
    for (name, kind) in CODES {
        let own: Vec<String> = entry.codes(kind).iter().map(|c| c.query_value()).collect();
        if !all_groups(request, name, |value| own.iter().any(|o| o == value))? {
            return Ok(false);
        }
    }
    let references = &entry.reference_id_list;
    let persons = || entry.author.iter().flat_map(|a| &a.person);
    Ok(times(request, entry)?
        && all_groups(request, "$XDSDocumentEntryReferenceIdList", |v| references.iter().any(|r| r == v))?
        && all_groups(request, "$XDSDocumentEntryAuthorPerson", |v| persons().any(|p| like(v, p)))?
        && of_type(request, entry)?)
}

/// Whether an entry is one of those that are asked for by id.
pub(super) fn is_named(request: &QueryRequest, entry: &DocumentEntry) -> Result<bool, ValueFault> {
    let ids = request.texts("$XDSDocumentEntryEntryUUID")?;
    let unique = request.texts("$XDSDocumentEntryUniqueId")?;
    Ok(ids.contains(&entry.entry_uuid) || entry.unique_id.as_ref().is_some_and(|u| unique.contains(u)))
}

/// Whether each slot of that name has a value that fits; true when there is none.
fn all_groups(request: &QueryRequest, name: &str, fits: impl Fn(&str) -> bool) -> Result<bool, ValueFault> {
    let groups = request.groups(name)?;
    Ok(groups.iter().all(|group| group.iter().map(Literal::as_str).any(&fits)))
}

/// Without the parameter only stable documents are meant.
fn of_type(request: &QueryRequest, entry: &DocumentEntry) -> Result<bool, ValueFault> {
    let wanted = request.texts("$XDSDocumentEntryType")?;
    let own = entry.object_type.as_deref().unwrap_or(STABLE);
    Ok(if wanted.is_empty() { own == STABLE } else { wanted.iter().any(|w| w == own) })
}

/// From is included, to is not.
fn times(request: &QueryRequest, entry: &DocumentEntry) -> Result<bool, ValueFault> {
    for (name, own) in [
        ("CreationTime", &entry.creation_time),
        ("ServiceStartTime", &entry.service_start_time),
        ("ServiceStopTime", &entry.service_stop_time),
    ] {
        let bound = |end: &str| Ok(request.texts(&format!("$XDSDocumentEntry{name}{end}"))?.first().map(|t| moment(t)));
        let (from, to) = (bound("From")?, bound("To")?);
        if from.is_none() && to.is_none() {
            continue;
        }
        let Some(own) = own.as_deref().map(moment) else { return Ok(false) };
        if from.is_some_and(|f| own < f) || to.is_some_and(|t| own >= t) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A time of any precision as its first moment, in fourteen digits: months and days begin at one.
fn moment(text: &str) -> String {
    let digits: String = text.chars().take_while(char::is_ascii_digit).take(14).collect();
    let rest = "00000101000000".get(digits.len()..).unwrap_or_default();
    digits + rest
}

/// Text with the wildcards of SQL: `%` for anything, `_` for one character.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '_' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_any_precision_compare() {
        assert_eq!(moment("2026"), "20260101000000");
        assert_eq!(moment("202603011"), "20260301100000");
        assert_eq!(moment("20260301093000+0100"), "20260301093000");
        assert!(moment("2025") < moment("20250102"));
    }

    #[test]
    fn wildcards_are_those_of_sql() {
        assert!(like("%TEST%", "1^TEST^Sim") && like("_^TEST^Sim", "1^TEST^Sim") && like("%", ""));
        assert!(!like("TEST", "1^TEST") && !like("_", "") && !like("%x", "xy"));
    }
}
