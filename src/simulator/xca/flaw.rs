//! The gateway of the reference GtK: conformant, or with one deviation, in what it takes, in how it answers or in what it
//! holds.

use std::sync::Arc;

use super::admission::AssertionRules;
use super::holdings::Holdings;
use super::script::{Script, Wrong};
use super::{Gateway, spoil};
use crate::deviation::Deviation;

/// The gateway of the reference GtK with these holdings, which lets in by these rules.
pub fn of_gtk(holdings: &Arc<Holdings>, rules: AssertionRules, deviation: Option<Deviation>) -> Arc<Gateway> {
    let overlooks = deviation.map(Deviation::overlooks).unwrap_or_default();
    let rules = AssertionRules { overlooks: overlooks.to_vec(), ..rules };
    let spoilt = deviation.and_then(|d| spoil::spoilt(holdings, d)).map(Arc::new);
    let script = Script { wrong: deviation.and_then(wrong).into_iter().collect(), ..Script::default() };
    Gateway::new(spoilt.unwrap_or_else(|| holdings.clone()), rules.admission(), script)
}

/// What is wrong with the answers of a gateway that deviates, if it is of that kind.
fn wrong(deviation: Deviation) -> Option<Wrong> {
    use Deviation as D;
    Some(match deviation {
        D::ReadsOneStatementAlone => Wrong::OneStatement,
        D::RefusesUnknownAttributes => Wrong::KnownAttributesAlone,
        D::RefusesWithoutFault => Wrong::RefusesWithoutFault,
        D::IgnoresPatientOfAssertion => Wrong::IgnoresAssertedPatient,
        D::GivesWithoutConsent => Wrong::IgnoresConsent,
        D::AnswersInSoap11 => Wrong::Soap11,
        D::AcceptsSoap11 => Wrong::TakesSoap11,
        D::AnswersWithInnerAction => Wrong::InnerAction,
        D::AnswersToOtherMessage => Wrong::OtherRelatesTo,
        D::IgnoresActionOfRequest => Wrong::TakesAnyAction,
        D::IgnoresMandatoryHeaders => Wrong::IgnoresMustUnderstand,
        D::AcceptsDocumentTypes => Wrong::TakesDocumentTypes,
        D::DocumentsWithinTheMessage => Wrong::Inline,
        D::PartsWithoutContentId => Wrong::NoContentIds,
        D::PartsWithSameContentId => Wrong::DoubledContentId,
        D::PartLeftOut => Wrong::MissingPart,
        D::MessageCutOff => Wrong::Truncated,
        D::EntriesWithoutHome => Wrong::NoHome,
        D::EntriesOfForeignHome => Wrong::ForeignHome,
        D::RefusesOwnHome => Wrong::RefusesOwnHome,
        D::ErrorsWithoutLocation => Wrong::NoLocation,
        D::ErrorsOfForeignLocation => Wrong::ForeignLocation,
        D::ErrorsWithOtherCodes => Wrong::OneErrorCode,
        D::OverlooksMissingHome => Wrong::OverlooksHome,
        D::OverlooksUnknownHome => Wrong::OverlooksUnknownHome,
        D::OverlooksMissingParameters => Wrong::OverlooksParameters,
        D::OverlooksUnknownQueries => Wrong::OverlooksUnknownQuery,
        D::KnowsNoGetDocuments => Wrong::NoGetDocuments,
        D::RefusesFolderQueries => Wrong::NoFolderQueries,
        D::UnknownPatientIsAnError => Wrong::BrokenForUnknownPatient,
        D::UnknownPatientGetsOthers => Wrong::OthersForUnknownPatient,
        D::NeedsTargetCommunities => Wrong::NeedsTargetCommunities,
        D::IgnoresTargetCommunities => Wrong::IgnoresTargetCommunities,
        D::FailsOnUnknownTargets => Wrong::FailsOnUnknownTargets,
        D::PartlySucceedsAlways => Wrong::PartialSuccess,
        D::PartialSuccessUnderOtherRoot => Wrong::PartialSuccessOfEbxml,
        D::IgnoresFiltersOfQuery => Wrong::IgnoresFilters,
        D::GivesAllMetadata => Wrong::AlwaysLeafClass,
        D::GivesReferencesAlone => Wrong::AlwaysObjectRef,
        D::MissesInSilence => Wrong::SilentMisses,
        D::FailsOnAnyMiss => Wrong::AllOrNothing,
        D::GivesOtherDocumentId => Wrong::OtherDocument,
        D::GivesOtherMediaType => Wrong::OtherMediaType,
        D::HashOfOtherDocument => Wrong::OtherHash,
        D::SizeOfOtherDocument => Wrong::OtherSize,
        D::ImagesInOtherSyntax => Wrong::OtherTransferSyntax,
        D::ImagesOfOtherInstance => Wrong::OtherInstance,
        D::ImagesOfOtherStudy => Wrong::OtherStudy,
        D::KnowsOneImagingSource => Wrong::OneImagingSource,
        D::EntryOfTwoClasses => Wrong::TwoClassCodes,
        D::DeprecatedEntries => Wrong::Deprecated,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::deviation::Reach;
    use crate::simulator::xca::Holding;
    use crate::wire::saml::{Oddity, Requester, Signer, security_header};
    use crate::wire::soap::{self, Addressing, Version};

    /// Something of everything that a deviation can spoil.
    fn holdings() -> Arc<Holdings> {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/beeldbeschikbaarheid/metadata/nictiz-bbs-1.0.0-alpha2.yaml");
        let profile = serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Arc::new(crate::simulator::imaging::Archive::reference(&profile).unwrap().holdings())
    }

    #[test]
    fn every_deviation_of_a_responding_gateway_does_something_and_no_other_does() {
        let holdings = holdings();
        for deviation in Deviation::iter() {
            let ways = [
                !deviation.overlooks().is_empty(),
                wrong(deviation).is_some(),
                spoil::spoilt(&holdings, deviation).is_some(),
            ];
            let expected = usize::from(deviation.reach() == Reach::Responding);
            assert_eq!(ways.into_iter().filter(|way| *way).count(), expected, "{deviation}");
        }
    }

    #[test]
    fn holdings_without_flaw_are_shared_and_those_with_one_are_not() {
        let holdings = holdings();
        let of = |deviation| of_gtk(&holdings, AssertionRules::default(), deviation).holdings.clone();
        assert!(Arc::ptr_eq(&of(None), &holdings) && Arc::ptr_eq(&of(Some(Deviation::AcceptsSoap11)), &holdings));
        let twice = of(Some(Deviation::EntriesTwice));
        let count =
            |all: &Holdings| all.communities.iter().flat_map(|c| &c.documents).map(|_: &Holding| 1).sum::<i32>();
        assert_eq!(count(&twice), 2 * count(&holdings));
    }

    #[test]
    fn who_overlooks_something_lets_exactly_that_in() {
        let own = || {
            let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
            let made = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
            (key.serialize_pem(), made.der().to_vec())
        };
        let ((key, certificate), (other_key, other)) = (own(), own());
        let signer = Signer { key_pem: &key, certificate: &certificate };
        let stranger = Signer { key_pem: &other_key, certificate: &other };
        let requester = Requester {
            issuer: "urn:oid:2.999.2".into(),
            audience: "urn:oid:2.999.1".into(),
            user: "SIM-arts".into(),
            ura: "90000002".into(),
            professional: ("2.999.3".into(), "E-17".into()),
            role: "01.015".into(),
            purpose: "TREAT".into(),
            ..Requester::default()
        };
        let message = |oddity: Oddity| {
            let sent = oddity.send(&requester.assertion(), signer, stranger).unwrap();
            let headers: Vec<_> = sent.security.iter().map(|s| security_header(s)).chain(sent.beside).collect();
            let addressing = Addressing::request("urn:x", "https://localhost/", "urn:uuid:1");
            soap::write(Version::V12, &addressing, &headers, "<q/>").into_bytes()
        };
        let rules = || AssertionRules {
            audiences: vec!["urn:oid:2.999.1".into()],
            anchors: vec![certificate.clone()],
            ..AssertionRules::default()
        };
        let lets_in = |overlooks: &[crate::wire::saml::Refusal]| -> Vec<Oddity> {
            let admission = AssertionRules { overlooks: overlooks.to_vec(), ..rules() }.admission();
            Oddity::iter().filter(|o| o.must_be_refused() && admission(&message(*o)).is_ok()).collect()
        };
        // What is known of classes of authentication is not enough to refuse one.
        let always = [Oddity::UnknownClass];
        assert_eq!(lets_in(&[]), always);
        use Deviation as D;
        use Oddity as O;
        let wrapped = [O::WrappedBeside, O::WrappedSameId, O::WrappedInSignature, O::WrappedAround];
        let expected: [(Deviation, &[Oddity]); 13] = [
            (D::LetsInExpiredAssertions, &[O::Expired]),
            (D::LetsInEarlyAssertions, &[O::NotYetValid]),
            (D::LetsInUnsignedAssertions, &[O::Unsigned]),
            (D::LetsInChangedAssertions, &[O::ChangedAttribute]),
            (D::LetsInAssertionsOfAnyIssuer, &[O::UntrustedIssuer]),
            (D::LetsInAssertionsForOthers, &[O::OtherAudience]),
            (D::LetsInAssertionsWithoutAudience, &[O::NoAudience]),
            (D::LetsInAssertionsWithoutAuthentication, &[O::NoAuthnStatement]),
            (D::LetsInLongLivedAssertions, &[O::TooLong]),
            (D::LetsInRequestsWithoutAssertion, &[O::NoSecurityHeader]),
            (D::LetsInSha1Assertions, &[O::Sha1]),
            (D::LetsInWrappedAssertions, &wrapped),
            (D::LetsInSeveralAssertions, &[O::ForgedBefore]),
        ];
        for (deviation, oddities) in expected {
            let found: Vec<_> = lets_in(deviation.overlooks()).into_iter().filter(|o| !always.contains(o)).collect();
            assert_eq!(found, oddities, "{deviation}");
        }
    }
}
