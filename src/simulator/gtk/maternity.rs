//! Birth care at the reference GtK (41-geboortezorg): it consults a maternity record by the searches of Nictiz, sends the acute
//! handoff, and takes such a message. How the message is carried no source says: a POST at [`HL7V3`] is a choice of ours.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pull::Session;
use super::trigger::ToReferral;
use super::{Gtk, Trigger};
use crate::base::{clock, placeholder};
use crate::deviation::Deviation;
use crate::simulator::records::{Records, SearchFault, SearchOutcome, SearchQuery};
use crate::wire::http::{HttpRequest, Url};
use crate::wire::mcsd::{NOTIFICATIONS, RESOURCES};

/// Path at which a message of HL7v3 is taken.
pub(super) const HL7V3: &str = "/hl7v3";
/// What stands in a search for the records that were found.
const EPISODES: &str = "{episodes}";
/// Searches of maternity care alone (section 3.3, searches 2 to 4, 10 and 11).
const OF_MATERNITY_CARE: [&str; 5] =
    ["Coverage", "FamilyMemberHistory", "DeviceUseStatement", "CareTeam", "RelatedPerson"];
/// Searches of the ultrasound alone (searches 12 and 13).
const OF_ULTRASOUND: [&str; 2] = ["DiagnosticReport", "ReferralRequest"];
/// Parameters that lead to a record.
const OF_RECORD: [&str; 2] = ["context", "episodeofcare"];

impl Gtk {
    pub(super) fn consult_record_later(self: Arc<Self>, wish: ToReferral) {
        tokio::spawn(async move { self.consult_record(&wish).await });
    }

    /// Asks for the woman and her records, and by these for the rest. Where there is no record nothing else is asked.
    async fn consult_record(&self, wish: &ToReferral) -> Option<()> {
        let patient = self.patient_of(wish);
        let service = self.service_at(self.service_begun_by(Trigger::ConsultMaternityRecord));
        let offering = service.map_or(&self.config.offering, |service| &service.offering);
        let mut session = Session::of(self.party(&wish.receiver, RESOURCES).await?, None, Some(patient.clone()))?;
        session.scope = service.map(|service| service.consultation_scope.clone());
        session.keeps = Some("EpisodeOfCare");
        self.renew(&mut session).await;
        session.token.as_ref()?;
        let queries = offering.queries.queries.iter().map(|query| query.search_for(&patient));
        let (of_record, of_woman): (Vec<String>, Vec<String>) = queries.partition(|query| query.contains(EPISODES));
        for query in of_woman {
            self.pull_query(&mut session, &query).await;
        }
        let ids = session.found.iter().filter_map(|episode| episode["id"].as_str());
        let episodes = ids.map(|id| format!("EpisodeOfCare/{id}")).collect::<Vec<_>>().join(",");
        if episodes.is_empty() && !self.deviates(Deviation::AsksWithoutRecords) {
            return Some(());
        }
        let skips =
            |query: &String| self.deviates(Deviation::LeavesContactsUnasked) && query.contains("context:Encounter");
        for query in of_record.iter().filter(|query| !skips(query)) {
            self.pull_query(&mut session, &query.replace(EPISODES, &episodes)).await;
        }
        Some(())
    }

    pub(super) fn hand_off_later(self: Arc<Self>, wish: ToReferral) {
        tokio::spawn(async move { self.hand_off(&wish).await });
    }

    async fn hand_off(&self, wish: &ToReferral) -> Option<()> {
        let now = clock::now();
        let time = format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            now.year(),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
            now.second()
        );
        let identity = &self.config.identity;
        let values = BTreeMap::from([
            ("message.id", uuid::Uuid::new_v4().to_string()),
            ("message.time", time),
            ("sender.user", identity.user.rsplit('|').next().unwrap_or_default().to_owned()),
            ("sender.ura", identity.ura.clone()),
            ("patient.bsn", self.patient_of(wish)),
        ]);
        let mut text = placeholder::fill(self.message_template()?, |name| values.get(name).cloned()).ok()?;
        if let Some(deviation) = self.config.deviation {
            deviation.edit_handoff(&mut text);
        }
        let peer = self.party(&wish.receiver, NOTIFICATIONS).await?;
        let base = Url::parse(&peer.addresses.fhir_base)?;
        let request = HttpRequest { method: "POST".into(), target: HL7V3.into(), ..HttpRequest::default() };
        self.send(&base, request.with_body("application/xml", text.into_bytes()), None).await.map(drop)
    }

    fn patient_of(&self, wish: &ToReferral) -> String {
        if wish.patient.is_empty() { self.config.patient.clone() } else { wish.patient.clone() }
    }

    fn message_template(&self) -> Option<&str> {
        let offerings = std::iter::once(&self.config.offering).chain(self.config.also.iter().map(|s| &s.offering));
        offerings.filter_map(|offering| offering.templates.message.as_deref()).next()
    }

    /// Whether a message of HL7v3 is taken. The harness's own endpoint takes everything.
    pub(super) fn takes_messages(&self) -> bool {
        self.config.lenient || (self.config.plays.1 && self.message_template().is_some())
    }

    /// Whether a careless source does not have a resource type that belongs to a maternity record.
    pub(super) fn withholds(&self, resource_type: &str) -> bool {
        match self.config.deviation {
            Some(Deviation::LacksMaternityCare) => OF_MATERNITY_CARE.contains(&resource_type),
            Some(Deviation::LacksUltrasounds) => OF_ULTRASOUND.contains(&resource_type),
            _ => false,
        }
    }

    /// What a careless source finds of a maternity record. It says that it applied all parameters.
    pub(super) fn find_of_record_carelessly(
        &self,
        records: &Records,
        query: &SearchQuery,
        patient: Option<&str>,
    ) -> Option<Result<SearchOutcome, SearchFault>> {
        use Deviation as D;
        let deviation = self.config.deviation?;
        let mut asked = query.clone();
        let mut whose = patient.or(Some(""));
        match deviation {
            D::WithholdsTheWoman if query.resource_type == "Patient" => whose = Some(""),
            D::GivesRecordsWithoutIncludes => asked.parameters.retain(|(name, _)| name != "_include"),
            D::IgnoresRecordStatus if query.resource_type == "EpisodeOfCare" => {
                asked.parameters.retain(|(name, _)| name != "status");
            }
            D::IgnoresRecordOfSearch => asked.parameters.retain(|(name, _)| !OF_RECORD.contains(&name.as_str())),
            D::TakesFirstRecordOnly => {
                for (_, value) in asked.parameters.iter_mut().filter(|(name, _)| OF_RECORD.contains(&name.as_str())) {
                    value.truncate(value.find(',').unwrap_or(value.len()));
                }
            }
            D::KnowsNoBareIds => {
                for (_, value) in asked.parameters.iter_mut().filter(|(name, _)| OF_RECORD.contains(&name.as_str())) {
                    if !value.contains('/') {
                        *value = "EpisodeOfCare/none".to_owned();
                    }
                }
            }
            D::IgnoresChains => asked.parameters.retain(|(name, _)| !name.contains('.')),
            D::GivesRecordsOfOthers if query.resource_type != "Patient" => whose = None,
            _ => return None,
        }
        let outcome = records.search(&asked, whose).and_then(|mut outcome| {
            outcome.applied = records.search(query, patient.or(Some("")))?.applied;
            Ok(outcome)
        });
        Some(outcome)
    }
}
