//! Holdings that are wrong on purpose: entries, reports, manifests and what is missing (30-beeldbeschikbaarheid sections 7
//! and 9.1).

use bytes::Bytes;

use super::holdings::{Community, Content, Holding, Holdings};
use crate::deviation::Deviation;
use crate::wire::dicom::spoil::{ManifestFlaw, joined, spoilt as spoilt_manifest};
use crate::wire::mtom::Facts;
use crate::wire::xds::entry::{ACCESSION, STUDY};
use crate::wire::xds::{Code, Cx, DocumentEntry, Xon};

/// A code system that nobody else has, in the arc for examples.
const OTHER_SCHEME: &str = "2.999.1.60";

/// The holdings of a gateway that deviates in what it holds, if it is of that kind.
pub(super) fn spoilt(holdings: &Holdings, deviation: Deviation) -> Option<Holdings> {
    let mut all = holdings.clone();
    let mut changed = false;
    for community in &mut all.communities {
        changed |= whole(community, deviation);
        for holding in &mut community.documents {
            changed |= entry(&mut holding.entry, deviation) || document(holding, deviation);
        }
    }
    changed.then_some(all)
}

/// What an entry leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leads {
    Images,
    Pdf,
    Cda,
}

fn leads(entry: &DocumentEntry) -> Option<Leads> {
    match entry.mime_type.as_deref()? {
        "application/dicom" => Some(Leads::Images),
        "application/pdf" => Some(Leads::Pdf),
        "text/xml" => Some(Leads::Cda),
        _ => None,
    }
}

/// Spoils what a community has as a whole. Returns whether anything changed.
fn whole(community: &mut Community, deviation: Deviation) -> bool {
    let images = |h: &Holding| leads(&h.entry) == Some(Leads::Images);
    match deviation {
        Deviation::EntriesTwice => {
            let again = community.documents.iter().cloned().map(|mut holding| {
                holding.entry.entry_uuid = format!("urn:uuid:{}", uuid::Uuid::new_v4());
                holding.entry.logical_id = Some(holding.entry.entry_uuid.clone());
                holding
            });
            let again: Vec<_> = again.collect();
            community.documents.extend(again);
        }
        Deviation::StudyWithoutManifest => community.documents.retain(|h| !images(h)),
        Deviation::StudyWithoutReport => community.documents.retain(images),
        Deviation::ImagesAndReportInOneEntry => {
            let report = community.documents.iter().find(|h| !images(h)).map(|h| h.entry.class_code.clone());
            community.documents.retain(images);
            let both = community.documents.iter_mut().map(|h| &mut h.entry.class_code);
            both.for_each(|codes| codes.extend(report.clone().unwrap_or_default()));
        }
        Deviation::ImagesNotAvailable => community.images.clear(),
        Deviation::ManifestOfTwoStudies => join(community),
        _ => return false,
    }
    true
}

/// Every manifest lists the images of another study of the same patient too, where there is one.
fn join(community: &mut Community) {
    let manifests: Vec<Holding> =
        community.documents.iter().filter(|h| leads(&h.entry) == Some(Leads::Images)).cloned().collect();
    for holding in &mut community.documents {
        let own = &holding.entry;
        let other = manifests.iter().find(|m| {
            leads(own) == Some(Leads::Images)
                && m.entry.patient_id == own.patient_id
                && m.entry.unique_id != own.unique_id
        });
        let both = other.and_then(|m| Some((holding.content.bytes().ok()?, m.content.bytes().ok()?)));
        if let Some(bytes) = both.and_then(|(one, other)| joined(&one, &other)) {
            replace(holding, bytes);
        }
    }
}

/// Spoils the document of an entry. Returns whether it changed.
fn document(holding: &mut Holding, deviation: Deviation) -> bool {
    use Deviation as D;
    let (to, flaw) = match deviation {
        D::ReportThatIsNoPdf | D::PdfReportNotArchival => (Leads::Pdf, None),
        D::ManifestOfOtherSopClass => (Leads::Images, Some(ManifestFlaw::OtherSopClass)),
        D::ManifestThatIsNoFile => (Leads::Images, Some(ManifestFlaw::NoPreamble)),
        D::ManifestWithoutEvidence => (Leads::Images, Some(ManifestFlaw::NoEvidence)),
        D::ManifestWithoutLocation => (Leads::Images, Some(ManifestFlaw::NoLocation)),
        D::ManifestOfMissingInstance => (Leads::Images, Some(ManifestFlaw::MissingInstance)),
        _ => return false,
    };
    let Some(bytes) = holding.content.bytes().ok().filter(|_| leads(&holding.entry) == Some(to)) else { return false };
    let other = match (flaw, deviation) {
        (Some(flaw), _) => spoilt_manifest(&bytes, flaw),
        (None, D::ReportThatIsNoPdf) => Some(b"SIM TEST: this is no PDF\n".to_vec()),
        (None, _) => Some(without_claim(&bytes)),
    };
    let Some(other) = other.filter(|other| bytes != *other) else { return false };
    replace(holding, other);
    true
}

/// Another document under the same entry, with hash and size of its own.
fn replace(holding: &mut Holding, bytes: Vec<u8>) {
    let facts = Facts::of(&bytes);
    holding.entry.hash = Some(facts.sha1);
    holding.entry.size = Some(facts.length.to_string());
    holding.content = Content::Memory(Bytes::from(bytes));
}

/// A PDF that does not say that it is PDF/A: the name of that part of its metadata is another one of the same length.
fn without_claim(pdf: &[u8]) -> Vec<u8> {
    const CLAIM: &[u8] = b"pdfaid";
    let mut other = pdf.to_vec();
    for at in 0..pdf.len().saturating_sub(CLAIM.len() - 1) {
        if &pdf[at..at + CLAIM.len()] == CLAIM {
            other[at..at + CLAIM.len()].copy_from_slice(b"simsim");
        }
    }
    other
}

/// Spoils an entry. Returns whether it changed.
fn entry(entry: &mut DocumentEntry, deviation: Deviation) -> bool {
    let before = entry.clone();
    let Some(to) = leads(entry) else { return false };
    codes(entry, to, deviation);
    references(entry, to, deviation);
    others(entry, to, deviation);
    *entry != before
}

fn codes(entry: &mut DocumentEntry, to: Leads, deviation: Deviation) {
    use Deviation as D;
    let report = to != Leads::Images;
    let sim = || vec![Code::new("SIM-UNKNOWN", OTHER_SCHEME, Some("TEST unknown"))];
    let elsewhere = |codes: &mut Vec<Code>| codes.iter_mut().for_each(|c| OTHER_SCHEME.clone_into(&mut c.scheme));
    match deviation {
        D::EntryOfUnknownClass if report => entry.class_code = sim(),
        D::ReportWithoutType if report => entry.type_code.clear(),
        D::EntryWithLocalCodes => entry.practice_setting_code = vec![Code::new("SIM", "99LOCAL", Some("TEST local"))],
        D::PdfReportOfOtherFormat if to == Leads::Pdf => entry.format_code = sim(),
        D::CdaReportWithoutFormat if to == Leads::Cda => entry.format_code.clear(),
        D::ManifestOfOtherFormat if !report => entry.format_code = sim(),
        D::ImagesWithoutModality if !report => entry.event_code_list.clear(),
        D::ImagesOfUnknownModality if !report => {
            entry.event_code_list.iter_mut().for_each(|c| "SIM".clone_into(&mut c.code));
        }
        D::PracticeSettingOfOtherScheme => elsewhere(&mut entry.practice_setting_code),
        D::FacilityOfOtherScheme => elsewhere(&mut entry.healthcare_facility_type_code),
        D::ConfidentialityOfOtherScheme => elsewhere(&mut entry.confidentiality_code),
        _ => {}
    }
}

fn references(entry: &mut DocumentEntry, to: Leads, deviation: Deviation) {
    use Deviation as D;
    let report = to != Leads::Images;
    let is = |reference: &str, kind: &str| Cx::read(reference).kind.as_deref() == Some(kind);
    let all = &mut entry.reference_id_list;
    let accessions = |change: &dyn Fn(&mut Cx), all: &mut Vec<String>| {
        for reference in all.iter_mut().filter(|r| is(r, ACCESSION)) {
            let mut cx = Cx::read(reference);
            change(&mut cx);
            *reference = cx.write();
        }
    };
    match deviation {
        D::ReportWithoutAccession if report => all.retain(|r| !is(r, ACCESSION)),
        D::ReportOfOtherAccession if report => accessions(&|cx| "SIM99999".clone_into(&mut cx.id), all),
        D::AccessionWithoutAuthority => accessions(&|cx| cx.authority = None, all),
        D::EntriesWithoutStudy => all.retain(|r| !is(r, STUDY)),
        D::ReportWithoutReferences if report => all.clear(),
        _ => {}
    }
}

fn others(entry: &mut DocumentEntry, to: Leads, deviation: Deviation) {
    use Deviation as D;
    let anything = || Some("application/octet-stream".to_owned());
    match deviation {
        D::PdfReportOfOtherMediaType if to == Leads::Pdf => entry.mime_type = anything(),
        D::ManifestOfOtherMediaType if to == Leads::Images => entry.mime_type = anything(),
        D::CdaReportAsPdf if to == Leads::Cda => entry.mime_type = Some("application/pdf".to_owned()),
        D::ManifestUnderOtherId if to == Leads::Images => {
            entry.unique_id = entry.unique_id.as_deref().map(|id| format!("2.999.60.{}", id.trim_start_matches("2.")));
        }
        D::EntriesWithoutServiceStart => entry.service_start_time = None,
        D::InstitutionWithoutAuthority => institutions(entry, |xon| xon.authority = None),
        D::InstitutionWithShortUra => institutions(entry, |xon| xon.id = xon.id.chars().skip(1).collect()),
        D::InstitutionWithoutName => institutions(entry, |xon| xon.name.clear()),
        D::InstitutionWithNamespace => institutions(entry, |xon| {
            xon.authority.iter_mut().for_each(|a| "SIM".clone_into(&mut a.namespace));
        }),
        _ => {}
    }
}

fn institutions(entry: &mut DocumentEntry, change: impl Fn(&mut Xon)) {
    for institution in entry.author.iter_mut().flat_map(|a| &mut a.institution) {
        let mut xon = Xon::read(institution);
        change(&mut xon);
        *institution = xon.write();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::simulator::imaging::Archive;
    use crate::wire::dicom::manifest::{Manifest, ManifestFault};
    use crate::wire::dicom::read_bytes;

    fn holdings() -> Holdings {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/beeldbeschikbaarheid/metadata/nictiz-bbs-1.0.0-alpha2.yaml");
        let profile = serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Archive::reference(&profile).unwrap().holdings()
    }

    /// The first entry of a kind in the first community.
    fn first(holdings: &Holdings, to: Leads) -> &Holding {
        holdings.communities[0].documents.iter().find(|h| leads(&h.entry) == Some(to)).unwrap()
    }

    /// Names of what differs between two entries.
    fn differences(one: &DocumentEntry, other: &DocumentEntry) -> BTreeSet<String> {
        let (one, other) = (serde_json::to_value(one).unwrap(), serde_json::to_value(other).unwrap());
        let names = one.as_object().unwrap().keys().chain(other.as_object().unwrap().keys());
        names.filter(|name| one.get(name.as_str()) != other.get(name.as_str())).cloned().collect()
    }

    #[test]
    fn a_flaw_of_an_entry_changes_what_it_names_and_nothing_else() {
        use Deviation as D;
        use Leads::{Cda, Images, Pdf};
        let all: &[Leads] = &[Images, Pdf, Cda];
        let reports: &[Leads] = &[Pdf, Cda];
        let flaws: [(Deviation, &[Leads], &str); 25] = [
            (D::EntryOfUnknownClass, reports, "classCode"),
            (D::ReportWithoutType, reports, "typeCode"),
            (D::EntryWithLocalCodes, all, "practiceSettingCode"),
            (D::PdfReportOfOtherFormat, &[Pdf], "formatCode"),
            (D::PdfReportOfOtherMediaType, &[Pdf], "mimeType"),
            (D::CdaReportWithoutFormat, &[Cda], "formatCode"),
            (D::CdaReportAsPdf, &[Cda], "mimeType"),
            (D::ManifestOfOtherFormat, &[Images], "formatCode"),
            (D::ManifestOfOtherMediaType, &[Images], "mimeType"),
            (D::ImagesWithoutModality, &[Images], "eventCodeList"),
            (D::ImagesOfUnknownModality, &[Images], "eventCodeList"),
            (D::ReportWithoutAccession, reports, "referenceIdList"),
            (D::ReportOfOtherAccession, reports, "referenceIdList"),
            (D::AccessionWithoutAuthority, all, "referenceIdList"),
            (D::EntriesWithoutStudy, all, "referenceIdList"),
            (D::ReportWithoutReferences, reports, "referenceIdList"),
            (D::ManifestUnderOtherId, &[Images], "uniqueId"),
            (D::InstitutionWithoutAuthority, all, "author"),
            (D::InstitutionWithShortUra, all, "author"),
            (D::InstitutionWithNamespace, all, "author"),
            (D::InstitutionWithoutName, all, "author"),
            (D::PracticeSettingOfOtherScheme, all, "practiceSettingCode"),
            (D::FacilityOfOtherScheme, all, "healthcareFacilityTypeCode"),
            (D::ConfidentialityOfOtherScheme, all, "confidentialityCode"),
            (D::EntriesWithoutServiceStart, all, "serviceStartTime"),
        ];
        let good = holdings();
        for (deviation, who, what) in flaws {
            let wrong = spoilt(&good, deviation).unwrap();
            for (before, after) in good.communities.iter().zip(&wrong.communities) {
                assert_eq!(before.documents.len(), after.documents.len(), "{deviation}");
                for (before, after) in before.documents.iter().zip(&after.documents) {
                    let expected = who.contains(&leads(&before.entry).unwrap()).then(|| what.to_owned());
                    let found = differences(&before.entry, &after.entry);
                    assert_eq!(found, expected.into_iter().collect(), "{deviation}");
                    assert_eq!(before.content.bytes().unwrap(), after.content.bytes().unwrap(), "{deviation}");
                }
            }
        }
    }

    #[test]
    fn a_flaw_of_a_document_changes_its_bytes_and_what_is_said_of_them() {
        let good = holdings();
        let reports = [Deviation::ReportThatIsNoPdf, Deviation::PdfReportNotArchival];
        let wrong = |deviation| spoilt(&good, deviation).unwrap();
        for deviation in reports {
            let wrong = wrong(deviation);
            let (before, after) = (first(&good, Leads::Pdf), first(&wrong, Leads::Pdf));
            let bytes = after.content.bytes().unwrap();
            assert_ne!(before.content.bytes().unwrap(), bytes);
            assert_eq!(after.entry.hash.as_deref(), Some(Facts::of(&bytes).sha1.as_str()));
            assert!(differences(&before.entry, &after.entry).is_subset(&["hash", "size"].map(str::to_owned).into()));
            assert_eq!(bytes.starts_with(b"%PDF-"), deviation == Deviation::PdfReportNotArchival);
            assert!(!String::from_utf8_lossy(&bytes).contains("pdfaid"));
        }
        let faults = |deviation| {
            let bytes = first(&wrong(deviation), Leads::Images).content.bytes().unwrap();
            read_bytes(&bytes).ok().and_then(|object| Manifest::of(&object)).map(|manifest| manifest.faults())
        };
        let series = "2.999.50.1.1".to_owned();
        assert_eq!(faults(Deviation::ManifestThatIsNoFile), None);
        assert!(matches!(faults(Deviation::ManifestOfOtherSopClass).unwrap()[..], [ManifestFault::SopClass(_)]));
        assert!(faults(Deviation::ManifestWithoutEvidence).unwrap().contains(&ManifestFault::NoReferences));
        assert_eq!(faults(Deviation::ManifestWithoutLocation).unwrap(), [ManifestFault::NoLocation(series)]);
        assert_eq!(faults(Deviation::ManifestOfMissingInstance).unwrap(), []);
        assert_eq!(faults(Deviation::ManifestOfTwoStudies).unwrap(), [ManifestFault::Studies(2)]);
    }

    #[test]
    fn what_a_community_lacks_or_has_twice_is_all_that_differs() {
        let good = holdings();
        let counts = |deviation| {
            let wrong = spoilt(&good, deviation).unwrap();
            let of = |to| wrong.communities[0].documents.iter().filter(|h| leads(&h.entry) == Some(to)).count();
            let images = wrong.communities[0].images.len();
            (of(Leads::Images), of(Leads::Pdf) + of(Leads::Cda), images)
        };
        let all = good.communities[0].images.len();
        assert_eq!(counts(Deviation::EntriesTwice), (6, 6, all));
        assert_eq!(counts(Deviation::StudyWithoutManifest), (0, 3, all));
        assert_eq!(counts(Deviation::StudyWithoutReport), (3, 0, all));
        assert_eq!(counts(Deviation::ImagesAndReportInOneEntry), (3, 0, all));
        assert_eq!(counts(Deviation::ImagesNotAvailable), (3, 3, 0));
    }

    #[test]
    fn a_deviation_of_something_else_leaves_the_holdings_as_they_are() {
        let good = holdings();
        let spoilers = Deviation::iter().filter(|d| spoilt(&good, *d).is_some());
        assert_eq!(spoilers.count(), 25 + 2 + 5 + 6);
    }
}
