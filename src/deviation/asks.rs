//! What a requesting gateway of Beeldbeschikbaarheid does wrong. What can be done to a value before it is written is done
//! here; the rest is the business of whoever plays the requester.

use time::Duration;

use crate::wire::saml::names::{
    self, MANDATED, NPI, ORGANIZATION, ORGANIZATION_ID, PROVIDER_IDENTIFIER, PROVIDER_INSTITUTION, PURPOSE_OF_USE,
    RESOURCE_ID, ROLE,
};
use crate::wire::saml::{Assertion, Attribute, Value};
use crate::wire::soap::{Addressing, Version};
use crate::wire::xds::{
    Cx, DocumentId, ImagingRequest, QueryRequest, RetrieveRequest, Transaction, write_list, write_text,
};

/// Somebody else, fictitious.
const OTHER_PATIENT: &str = "999911120";
const OTHER_ORGANISATION: &str = "90000099";
/// An arc for examples.
const OTHER_SYSTEM: &str = "2.999.1.60";
/// A number that fails the eleven test.
const WRONG_NUMBER: &str = "999911121";
/// A community, without `urn:oid:`.
const BARE_HOME: &str = "2.999.1.1";
/// Where nobody waits for an answer.
const ELSEWHERE: &str = "https://localhost/later";

/// A deliberate wrong of a requesting gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumIter)]
pub enum Asks {
    /// The assertion holds from half a minute after its issue on.
    LaterStart,
    /// The assertion has no subject.
    NoSubject,
    /// The subject has no confirmation.
    NoConfirmation,
    /// The responsible professional is not named.
    NoProfessional,
    /// The responsible professional is named as text.
    ProfessionalAsText,
    /// The person who acts under a mandate is not named.
    NoMandated,
    /// The role is not named.
    NoRole,
    /// The role is of another code system.
    RoleOfOtherSystem,
    /// The organisation is not named.
    NoOrganisation,
    /// The organisation is named under another root.
    OtherOrganisationRoot,
    /// The purpose is not named.
    NoPurpose,
    /// The purpose has no code system.
    PurposeWithoutSystem,
    /// Name and id of the organisation are those of two.
    OtherOrganisationId,
    /// The number of the care provider is an instance identifier.
    MalformedProviderNumber,
    /// The assertion names another patient than the query.
    OtherPatient,
    /// Plateau 3: another trusted organisation signs. For whoever plays the requester.
    OrganisationOfStranger,
    /// Plateau 4: the assertion of the means is left out. For whoever plays the requester.
    NoMeans,
    /// Plateau 4: the assertion of the means is about another user. For whoever plays the requester.
    MeansOfOtherUser,
    /// Messages are SOAP 1.1.
    Soap11,
    /// The answer is wanted elsewhere.
    ForLaterAnswers,
    /// The action is that of the transaction behind a gateway.
    InnerAction,
    /// The number of the patient fails the eleven test.
    WrongNumber,
    /// A query names a home, as a bare OID.
    QueryWithBareHome,
    /// All gateways that are known are queried, and nobody is asked where data are. For whoever plays the requester.
    Everybody,
    /// A query names local codes.
    LocalCodes,
    /// ITI-39 has no home.
    RetrievalWithoutHome,
    /// ITI-39 has no repository.
    RetrievalWithoutRepository,
    /// RAD-75 for the study of an entry goes out without its manifest: series and instances are guessed from the study. For
    /// whoever plays the requester.
    ImagesWithoutManifest,
    /// RAD-75 names no transfer syntax.
    ImagesWithoutSyntaxes,
    /// RAD-75 has no home.
    ImagesWithoutHome,
    /// RAD-75 has no Series Instance UID.
    ImagesWithoutSeries,
    /// RAD-75 names the repository of the manifest as the source.
    ImagesFromRepository,
    /// Hash and size are not looked at. This and all below is for whoever plays the requester.
    IgnoresHash,
    /// A document that is made later is taken for a broken one.
    RefusesDelayed,
    /// Documents in base64 within the message are not taken.
    RefusesInline,
    /// Packages with their root last, without `start` or in base64 are not taken.
    RefusesOddPackages,
    /// Reports as CDA are not taken.
    RefusesCda,
    /// Reports as PDF are not taken.
    RefusesPdf,
    /// Entries with slots that nobody knows are not taken.
    RefusesUnknownSlots,
    /// The user is told `XDSUnknownPatientId`.
    TellsUnknownPatient,
    /// With an error of one gateway the data of the others is dropped.
    DropsDataBesideErrors,
    /// With data of one gateway the errors of the others are dropped.
    DropsErrorsBesideData,
    /// Entries without home are shown, without an error.
    TakesEntriesWithoutHome,
    /// A warning about a community that is not known is a failure.
    UnknownTargetIsFailure,
}

impl Asks {
    /// The version of SOAP of a message.
    pub fn version(self) -> Version {
        if self == Self::Soap11 { Version::V11 } else { Version::V12 }
    }

    /// Edits the addressing of a request of a transaction.
    pub fn edit_addressing(self, transaction: Transaction, addressing: &mut Addressing) {
        let inner = match transaction {
            Transaction::Iti39 => Transaction::Iti43,
            Transaction::Rad75 => Transaction::Rad69,
            _ => Transaction::Iti18,
        };
        match self {
            Self::InnerAction => addressing.action = Some(inner.request_action().to_owned()),
            Self::ForLaterAnswers => addressing.reply_to = Some(ELSEWHERE.to_owned()),
            _ => {}
        }
    }

    /// Edits the assertion of the organisation before it is signed.
    pub fn edit_assertion(self, assertion: &mut Assertion) {
        match self {
            Self::LaterStart => {
                if let Some((conditions, at)) = assertion.conditions.as_mut().zip(assertion.issued.at) {
                    conditions.not_before = Some((at + Duration::seconds(30)).into());
                }
            }
            Self::NoSubject => assertion.subject = None,
            Self::NoConfirmation => assertion.subject.iter_mut().for_each(|s| s.confirmations.clear()),
            Self::NoProfessional => assertion.remove(PROVIDER_IDENTIFIER),
            Self::ProfessionalAsText => {
                each(assertion, PROVIDER_IDENTIFIER, |v| {
                    Value::text(PROVIDER_IDENTIFIER, v.value().unwrap_or_default())
                });
            }
            Self::NoMandated => assertion.remove(MANDATED),
            Self::NoRole => assertion.remove(ROLE),
            Self::RoleOfOtherSystem => each(assertion, ROLE, |_| Value::code(ROLE, "SIM", OTHER_SYSTEM, None)),
            Self::NoOrganisation => assertion.remove(PROVIDER_INSTITUTION),
            Self::OtherOrganisationRoot => each(assertion, PROVIDER_INSTITUTION, |v| {
                Value::instance(PROVIDER_INSTITUTION, OTHER_SYSTEM, v.value().unwrap_or_default(), None)
            }),
            Self::NoPurpose => assertion.remove(PURPOSE_OF_USE),
            Self::PurposeWithoutSystem => each(assertion, PURPOSE_OF_USE, |v| match v.clone() {
                Value::Typed(mut typed) => {
                    typed.attributes.retain(|(name, _)| name != "codeSystem");
                    Value::Typed(typed)
                }
                other => other,
            }),
            Self::OtherOrganisationId => {
                assertion.remove(ORGANIZATION_ID);
                let id = format!("urn:oid:{}.{OTHER_ORGANISATION}", names::oid::URA);
                let mut more = vec![Attribute::new(ORGANIZATION_ID, Value::text(ORGANIZATION_ID, &id))];
                if assertion.values(ORGANIZATION).next().is_none() {
                    more.push(Attribute::new(ORGANIZATION, Value::text(ORGANIZATION, "SIM Ziekenhuis")));
                }
                add(assertion, more);
            }
            Self::MalformedProviderNumber => {
                let value = Value::instance(PROVIDER_IDENTIFIER, OTHER_SYSTEM, OTHER_ORGANISATION, None);
                assertion.remove(NPI);
                add(assertion, vec![Attribute::new(NPI, value)]);
            }
            Self::OtherPatient => {
                let value = Value::cx(RESOURCE_ID, OTHER_PATIENT, crate::base::bsn::OID);
                assertion.remove(RESOURCE_ID);
                add(assertion, vec![Attribute::new(RESOURCE_ID, value)]);
            }
            _ => {}
        }
    }

    /// Edits a query before it is written.
    pub fn edit_query(self, query: &mut QueryRequest) {
        match self {
            Self::WrongNumber => {
                let name = query.stored().and_then(|stored| stored.patient_parameter());
                for slot in query.parameters.iter_mut().filter(|slot| Some(slot.name.as_str()) == name) {
                    slot.values = vec![write_text(&Cx::bsn(WRONG_NUMBER).write())];
                }
            }
            Self::QueryWithBareHome => {
                let home = query.home.as_deref().and_then(|home| home.strip_prefix("urn:oid:"));
                query.home = Some(home.unwrap_or(BARE_HOME).to_owned());
            }
            Self::LocalCodes => {
                let codes = ["IMAGES^^1.3.6.1.4.1.19376.1.2.6.1", "REPORTS^^1.3.6.1.4.1.19376.1.2.6.1", "SIM^^99LOCAL"];
                if query.stored().is_some_and(|stored| stored.name == "FindDocuments") {
                    *query = std::mem::take(query).with("$XDSDocumentEntryClassCode", &[write_list(&codes)]);
                }
            }
            _ => {}
        }
    }

    /// Edits ITI-39 before it is written.
    pub fn edit_retrieval(self, request: &mut RetrieveRequest) {
        match self {
            Self::RetrievalWithoutHome => request.documents.iter_mut().for_each(|d| d.home = None),
            Self::RetrievalWithoutRepository => request.documents.iter_mut().for_each(|d| d.repository = None),
            _ => {}
        }
    }

    /// Edits RAD-75 before it is written. `manifest` is where the manifest came from.
    pub fn edit_images(self, request: &mut ImagingRequest, manifest: &DocumentId) {
        if self == Self::ImagesWithoutSyntaxes {
            request.transfer_syntaxes.clear();
        }
        for series in request.studies.iter_mut().flat_map(|study| &mut study.series) {
            match self {
                Self::ImagesWithoutSeries => series.uid.clear(),
                Self::ImagesWithoutHome => series.documents.iter_mut().for_each(|d| d.home = None),
                Self::ImagesFromRepository => {
                    series.documents.iter_mut().for_each(|d| d.repository.clone_from(&manifest.repository));
                }
                _ => {}
            }
        }
    }
}

/// Puts another value in the place of each of an attribute.
fn each(assertion: &mut Assertion, name: &str, change: impl Fn(&Value) -> Value) {
    let own = assertion.statements.iter_mut().flatten().filter(|a| a.name == name);
    own.flat_map(|a| &mut a.values).for_each(|value| *value = change(value));
}

fn add(assertion: &mut Assertion, attributes: Vec<Attribute>) {
    match assertion.statements.last_mut() {
        Some(statement) => statement.extend(attributes),
        None => assertion.statements.push(attributes),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use strum::IntoEnumIterator as _;

    use super::*;
    use crate::wire::saml::Requester;
    use crate::wire::xds::{Series, StoredQuery, Study};

    fn assertion() -> Assertion {
        let requester = Requester {
            issuer: "urn:issuer".into(),
            audience: "urn:us".into(),
            user: "SIM-arts".into(),
            ura: "90000001".into(),
            professional: (names::oid::UZI.into(), "000000012".into()),
            role: "01.013".into(),
            mandated: Some(("2.999.1".into(), "E-17".into())),
            purpose: "TREAT".into(),
            organisation: Some("SIM Ziekenhuis".into()),
            patient: Some("999943145".into()),
            ..Requester::default()
        };
        requester.assertion()
    }

    /// What an edit changed: attributes by name, and the rest of the assertion.
    fn differs(one: &Assertion, other: &Assertion) -> Vec<String> {
        let attributes = |a: &Assertion| a.attributes().map(|a| (a.name.clone(), a.values.clone())).collect::<Vec<_>>();
        let (before, after) = (attributes(one), attributes(other));
        let gone = before.iter().filter(|a| !after.contains(a)).chain(after.iter().filter(|a| !before.contains(a)));
        let mut names: Vec<String> = gone.map(|(name, _)| name.clone()).collect();
        names.sort();
        names.dedup();
        let rest = |a: &Assertion| Assertion { statements: Vec::new(), ..a.clone() };
        names.extend((rest(one) != rest(other)).then(|| "rest".to_owned()));
        names
    }

    #[test]
    fn an_edit_of_the_assertion_changes_one_thing() {
        let good = assertion();
        let mut edited = 0;
        for asks in Asks::iter() {
            let mut assertion = good.clone();
            asks.edit_assertion(&mut assertion);
            let changed = differs(&good, &assertion);
            assert!(changed.len() <= 1, "{asks:?}: {changed:?}");
            edited += changed.len();
        }
        assert_eq!(edited, 15);
    }

    #[test]
    fn an_edit_of_a_request_changes_what_it_names() {
        let home = "urn:oid:2.999.1.1";
        let get =
            QueryRequest { home: Some(home.into()), ..QueryRequest::new(StoredQuery::named("GetDocuments").unwrap()) };
        let edited = |asks: Asks| {
            let mut query = get.clone();
            asks.edit_query(&mut query);
            query.home
        };
        assert_eq!(edited(Asks::Soap11), get.home.clone());
        assert_eq!(edited(Asks::QueryWithBareHome).as_deref(), Some("2.999.1.1"));
        let mut find = QueryRequest::new(StoredQuery::named("FindDocuments").unwrap());
        Asks::LocalCodes.edit_query(&mut find);
        assert_eq!(find.texts("$XDSDocumentEntryClassCode").unwrap().len(), 3);
        find = find.with("$XDSDocumentEntryPatientId", &[write_text(&Cx::bsn("999943145").write())]);
        Asks::WrongNumber.edit_query(&mut find);
        let patient = Cx::read(&find.patient().unwrap());
        assert!(patient.as_bsn().is_some_and(|bsn| !crate::base::bsn::passes_eleven_test(bsn)));

        let manifest = DocumentId::new(home, "2.999.1.1.10", "2.999.50.1.9");
        let mut retrieval = RetrieveRequest::new(vec![manifest.clone()]);
        Asks::RetrievalWithoutHome.edit_retrieval(&mut retrieval);
        Asks::RetrievalWithoutRepository.edit_retrieval(&mut retrieval);
        assert_eq!((&retrieval.documents[0].home, &retrieval.documents[0].repository), (&None, &None));

        let document = DocumentId::new(home, "2.999.1.1.20", "2.999.50.1.1.1");
        let series = vec![Series { uid: "2.999.50.1.1".into(), documents: vec![document] }];
        let studies = vec![Study { uid: "2.999.50.1".into(), series }];
        let images = ImagingRequest { studies, transfer_syntaxes: vec!["1.2.840.10008.1.2.1".into()], in_order: true };
        for asks in Asks::iter() {
            let mut edited = images.clone();
            asks.edit_images(&mut edited, &manifest);
            let own = [Asks::ImagesWithoutSyntaxes, Asks::ImagesWithoutHome, Asks::ImagesWithoutSeries];
            assert_eq!(edited != images, own.contains(&asks) || asks == Asks::ImagesFromRepository, "{asks:?}");
        }

        let mut addressing = Addressing::request(Transaction::Iti39.request_action(), "https://localhost/xca", "urn:1");
        Asks::InnerAction.edit_addressing(Transaction::Iti39, &mut addressing);
        assert_eq!(addressing.action.as_deref(), Some(Transaction::Iti43.request_action()));
        assert_eq!((Asks::Soap11.version(), Asks::NoRole.version()), (Version::V11, Version::V12));
    }
}
