//! Gateways in a run: what they are made of, and the steps in which the harness asks one (ITI-38, ITI-39, RAD-75).

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::bench::{BenchError, GatewayKit, Kit};
use super::case::Context;
use super::steps::{Done, Obstacle, Seen, Work, done, identity, no_such_endpoint, ours, patient};
use super::variables::Variables;
use crate::client::gateway::{Asking, Body, GatewayImages, GatewayQuery, GatewayRetrieve, ImageOf, Means, MessageForm};
use crate::deviation::Deviation;
use crate::net::Identity;
use crate::net::pki::{AssertionKeys, Credential, LeafFlaw, PkiError, TestPki};
use crate::simulator::imaging::Archive;
use crate::simulator::xca::{AssertionRules, Gateway, GatewayRules, Holdings, Script};
use crate::simulator::{Addresses, GatewayAddresses, Requesting, xca};
use crate::suite::candidate::Responding;
use crate::suite::{CandidateFile, Suite};
use crate::transcript::Endpoint;
use crate::wire::dicom::{self, manifest::Manifest};
use crate::wire::http::{Url, header};
use crate::wire::saml::Unsigned;
use crate::wire::xds::{self, Transaction};

/// The addresses of a candidate that answers as a gateway and has no endpoint of FHIR.
pub(super) fn addresses(of: &Responding) -> Addresses {
    let gateway =
        GatewayAddresses { query: of.query.clone(), retrieve: of.retrieve.clone(), images: of.images.clone() };
    Addresses {
        fhir_base: String::new(),
        token_endpoint: String::new(),
        r4_base: None,
        handoff_notifications: None,
        issuer: None,
        gateway: Some(gateway),
    }
}

/// The addresses of the gateway of a simulated GtK.
pub(super) fn simulated(origin: &str) -> GatewayAddresses {
    let url = format!("{origin}{}", xca::PATH);
    GatewayAddresses { query: url.clone(), retrieve: url.clone(), images: url }
}

/// What gateways are made of, for a zorgtoepassing that has any.
pub(super) fn kit(
    suite: &Suite,
    rules: &Option<GatewayRules>,
    file: &CandidateFile,
    data: Option<&Path>,
) -> Result<Option<GatewayKit>, BenchError> {
    let Some(rules) = rules else { return Ok(None) };
    let mut rules = rules.clone();
    if let Some(audience) = file.responding.as_ref().and_then(|r| r.audience.clone()) {
        rules.audience = audience;
    }
    let chosen =
        |p: &&crate::wire::metadata::MetadataProfile| rules.metadata.as_ref().map_or(p.prevails, |id| *id == p.id);
    let name = || rules.metadata.clone().unwrap_or_else(|| "that prevails".to_owned());
    let profile = suite.metadata.values().find(chosen).ok_or_else(|| BenchError::Profile(name()))?;
    let archive = match data {
        Some(dir) => Archive::folder(dir, profile)?,
        None => Archive::reference(profile)?,
    };
    Ok(Some(GatewayKit { rules, holdings: Arc::new(archive.holdings()), means: None }))
}

impl Kit {
    /// The gateway of the reference GtK as a product: strict.
    pub(super) fn product_gateway(&self, deviation: Option<Deviation>) -> Option<Arc<Gateway>> {
        let kit = self.gateway.as_ref().filter(|_| self.answers_as_gateway)?;
        let rules = AssertionRules {
            audiences: vec![kit.rules.audience.clone()],
            anchors: self.assertion_anchors(),
            overlooks: Vec::new(),
            // Organisations vouch for themselves in every message of ours, so this asks nothing more of the lower plateaus.
            plateau: 4,
            lenient: false,
        };
        Some(xca::of_gtk(&kit.holdings, rules, deviation))
    }

    /// Whoever leads to one of these may assert. An assertion carries one certificate, so the CAs between are known beforehand.
    fn assertion_anchors(&self) -> Vec<Vec<u8>> {
        let own = self.candidate.credential(LeafFlaw::None).ok();
        let between = own.into_iter().flat_map(|c| c.chain().iter().skip(1)).map(|der| der.to_vec());
        self.trust.anchors().iter().map(|der| der.to_vec()).chain(between).collect()
    }

    /// How the reference GtK asks other gateways.
    pub(super) fn requesting(&self, plateau: u8) -> Option<Arc<Requesting>> {
        let kit = self.gateway.as_ref()?;
        Some(Arc::new(Requesting { rules: kit.rules.clone(), plateau, means: kit.means.clone() }))
    }

    /// A gateway of ours: it takes everything, and the judge looks later. `homes` are the communities that it answers for.
    pub(super) fn own_gateway(&self, script: Option<&Script>, homes: Homes) -> Option<Arc<Gateway>> {
        let kit = self.gateway.as_ref()?;
        let mut holdings = Holdings::clone(&kit.holdings);
        match homes {
            Homes::All => {}
            Homes::First => holdings.communities.truncate(1),
            Homes::Others => drop(holdings.communities.drain(..1.min(holdings.communities.len()))),
        }
        let rules = AssertionRules { lenient: true, ..AssertionRules::default() };
        Some(Gateway::new(Arc::new(holdings), rules.admission(), script.cloned().unwrap_or_default()))
    }
}

/// Communities of the reference data that a gateway of ours answers for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Homes {
    All,
    First,
    Others,
}

/// A word with its `${…}` filled in.
fn filled<T: Serialize + DeserializeOwned>(variables: &Variables, word: &T) -> Result<T, Obstacle> {
    let value = serde_json::to_value(word).map_err(|e| ours(&e))?;
    serde_json::from_value(variables.fill_value(&value)?).map_err(|e| ours(&e))
}

/// What an identity signs assertions with.
fn keys_of(identity: &Identity) -> Result<AssertionKeys, Obstacle> {
    identity.credential(LeafFlaw::None).map_err(|e| ours(&e))?.assertion_keys().map_err(|e| ours(&e))
}

/// Somebody whom nobody trusts, made on the spot.
fn keys_of_nobody() -> Result<AssertionKeys, Obstacle> {
    let made = || -> Result<Credential, PkiError> {
        let pki = TestPki::generate(crate::base::clock::now())?;
        pki.issue(&super::bench::leaf_spec("nobody", "90000008", 98), LeafFlaw::None)
    };
    made().map_err(|e| ours(&e))?.assertion_keys().map_err(|e| ours(&e))
}

impl Work {
    pub(super) async fn gateway_query(&self, context: &Context<'_>, wish: &GatewayQuery) -> Result<Done, Obstacle> {
        let wish = filled(&context.variables, wish)?;
        let about = patient(context, wish.patient)?;
        self.ask(context, &wish, &about).await
    }

    pub(super) async fn gateway_retrieve(
        &self,
        context: &Context<'_>,
        wish: &GatewayRetrieve,
    ) -> Result<Done, Obstacle> {
        let wish = filled(&context.variables, wish)?;
        self.ask(context, &wish, &context.bench.kit.gtk.patient).await
    }

    pub(super) async fn gateway_images(&self, context: &Context<'_>, wish: &GatewayImages) -> Result<Done, Obstacle> {
        let mut wish = filled(&context.variables, wish)?;
        if let Some(step) = &wish.manifest {
            wish.images = listed(context, step.as_str(), wish.home.as_deref())
                .ok_or_else(|| Obstacle::Nothing(format!("manifest from step `{step}`")))?;
        }
        self.ask(context, &wish, &context.bench.kit.gtk.patient).await
    }

    async fn ask(&self, context: &Context<'_>, word: &impl Body, about: &str) -> Result<Done, Obstacle> {
        let kit = &context.bench.kit;
        let candidate = context.stand.candidate.gateway.as_ref().zip(kit.gateway.as_ref());
        let (to, own) = candidate.ok_or_else(|| no_such_endpoint(context.case.role))?;
        let (to, endpoint) = match word.transaction() {
            Transaction::Iti39 => (&to.retrieve, Endpoint::CrossGatewayRetrieve),
            Transaction::Rad75 => (&to.images, Endpoint::CrossGatewayImages),
            _ => (&to.query, Endpoint::CrossGatewayQuery),
        };
        let url = Url::parse(to).ok_or_else(|| Obstacle::Error(format!("failed to read the URL {to}")))?;
        let form = word.form();
        let named = form.assertion_about.map(|which| patient(context, which)).transpose()?;
        let mut requester = own.rules.requester(&self.identity, &kit.gtk.consent, named.as_deref().unwrap_or(about));
        if form.mandated {
            requester.mandated = GatewayRules::mandated(&self.identity, &kit.gtk.consent);
        }
        let signing = match &form.sign_as {
            Some(name) => keys_of(&identity(context, name)?)?,
            None => keys_of(&self.identity)?,
        };
        // It takes keys and certificates, and only odd assertions are forged.
        let stranger = form.assertion.map_or_else(|| keys_of(&self.identity), |_| keys_of_nobody())?;
        let means = self.means(context, form, &requester)?;
        let assertion = requester.assertion();
        let asking = Asking {
            to,
            patient: about,
            assertion: &assertion,
            signer: signing.signer(),
            stranger: stranger.signer(),
            means: means.as_deref(),
        };
        let request = asking.request(word).map_err(|e: Unsigned| ours(&e))?;
        Ok(done(vec![self.send(context, endpoint, &url, request).await?]))
    }

    /// What the issuer of the means says beside the assertion; played by another identity of ours.
    fn means(
        &self,
        context: &Context<'_>,
        form: &MessageForm,
        requester: &crate::wire::saml::Requester,
    ) -> Result<Option<String>, Obstacle> {
        let mut requester = requester.clone();
        match form.means {
            Means::Silent => return Ok(None),
            Means::OfUser => {}
            Means::OtherUser => xca::SOMEBODY_ELSE.clone_into(&mut requester.user),
        }
        let issuer = keys_of(&identity(context, "stranger")?)?;
        requester.of_means(xca::MEANS).signed(Some(issuer.signer())).map(Some).map_err(|e| ours(&e))
    }
}

/// Everything that the manifest of a step refers to.
fn listed(context: &Context<'_>, step: &str, home: Option<&str>) -> Option<Vec<ImageOf>> {
    let seen: &Seen = context.memory.steps.get(step)?.last()?;
    let response = seen.response.as_ref()?;
    let (answer, package) = xds::retrieved(header(&response.headers, "content-type")?, &response.body)?;
    let manifest = answer.documents.iter().find_map(|document| {
        let bytes = document.bytes(&package).ok()?;
        Manifest::of(&dicom::read_bytes(&bytes).ok()?).filter(|m| !m.references.is_empty())
    })?;
    let rows = manifest.rows(home.unwrap_or_default()).into_iter();
    let image = |row: dicom::manifest::Row| ImageOf {
        study: row.study,
        series: row.series,
        home: Some(row.home),
        source: row.repository.unwrap_or_default(),
        instance: row.document,
    };
    Some(rows.map(image).collect())
}
