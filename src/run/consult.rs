//! Asking for tokens, and consulting on role and patient: what a source decides on where there is no authorization base.

use serde_json::Value;

use super::bench::Kit;
use super::case::Context;
use super::steps::{self, Done, Obstacle, Work, done, endpoint_url, fhir_base, ours, patient};
use crate::base::clock;
use crate::client::{self, EndpointName, KeyChoice, Purpose};
use crate::deviation::present_token;
use crate::net::identity::NamedKey;
use crate::simulator::dezi;
use crate::suite::requirement::Role;
use crate::transcript::Endpoint;
use crate::wire::authorization::TREATMENT;
use crate::wire::http::{HttpResponse, Url};
use crate::wire::jose::{Algorithm, SigningKey};
use crate::wire::oauth::Scopes;
use crate::wire::query::{NormalSearch, Query};

/// Role codes and searches to try the authorization matrix with, by the names that scenarios use.
pub(super) fn trial_values(kit: &Kit) -> Vec<(&'static str, String)> {
    let gtk = &kit.gtk;
    let Some(matrix) = &gtk.matrix else { return Vec::new() };
    let roles = matrix.trial_roles(&gtk.role_codes, TREATMENT);
    let kind = |q: &Query| NormalSearch::of(&q.search).path.split('/').next().unwrap_or_default().to_owned();
    let search = |fits: &dyn Fn(&str) -> bool| {
        let queries = gtk.offering.queries.queries.iter();
        queries.filter(|q| !q.search.contains('$')).find(|q| fits(&kind(q))).map(|q| q.search_for(&gtk.patient))
    };
    let permits = |role: &Option<String>, kind: &str| role.as_ref().is_some_and(|r| matrix.permits(r, kind, TREATMENT));
    let denied_to_some = |kind: &str| permits(&roles.permitted, kind) && !permits(&roles.partial, kind);
    let query = search(&denied_to_some).or_else(|| search(&|kind| permits(&roles.permitted, kind)));
    let permitted = search(&|kind| permits(&roles.partial, kind));
    let forbidden = roles.partial.as_ref().and_then(|_| search(&|kind| !permits(&roles.partial, kind)));
    let values = [
        ("matrix.permitted-role", roles.permitted),
        ("matrix.forbidden-role", roles.forbidden),
        ("matrix.partial-role", roles.partial),
        ("matrix.unknown-role", gtk.role_codes.unknown_code()),
        ("matrix.query", query),
        ("matrix.permitted-query", permitted),
        ("matrix.forbidden-query", forbidden),
    ];
    values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The access token of an answer.
fn access_token(response: Option<&HttpResponse>) -> Option<String> {
    let body: Value = serde_json::from_slice(&response?.body).ok()?;
    body["access_token"].as_str().map(str::to_owned)
}

/// The scope of what a token is asked for.
fn scope_of(scopes: &Scopes, purpose: Purpose, role: Role) -> &str {
    match (purpose, role) {
        (Purpose::Notification, _) | (Purpose::OfRole, Role::Receiving) => &scopes.notification,
        // The other roles have no token endpoint, so nothing is asked of it.
        (Purpose::Pull, _) | (Purpose::OfRole, _) => &scopes.pull,
        (Purpose::Consultation, _) => &scopes.consultation,
    }
}

impl Work {
    pub(super) async fn request_token(
        &self,
        context: &mut Context<'_>,
        wish: &client::RequestToken,
    ) -> Result<Done, Obstacle> {
        if let Some(presentation) = &wish.presentation {
            return self.present(context, wish.purpose, presentation).await;
        }
        let key = wish.key.map(|choice| self.key(context, choice)).transpose()?;
        let endpoint = endpoint_url(context, EndpointName::Token)?;
        let rules = &context.bench.kit.gtk.rules;
        let scope = scope_of(&rules.scopes, wish.purpose, context.case.role);
        let about = wish.patient.map(|which| patient(context, which)).transpose()?;
        let base = wish.base.as_ref().map(|b| context.variables.fill(b)).transpose()?;
        let mut inputs = self.identity.token_inputs(&context.stand.candidate.token_endpoint, scope, clock::now());
        inputs.authorization_base = base.as_deref();
        inputs.patient = about.as_deref();
        inputs.organisation_type = wish.organisation_type.as_deref();
        inputs.role = wish.role.as_deref();
        inputs.mandated = wish.mandated.as_deref();
        inputs.user = wish.user.as_deref().unwrap_or(inputs.user);
        let signing = key.as_ref().map_or(&self.identity.signing, |key| &key.signing);
        inputs.key_id = key.as_ref().map_or(inputs.key_id, |key| &key.id);
        let request = self.identity.token_request_by(signing, &inputs, rules, self.deviation, &endpoint.target);
        let request = request.map_err(|e| ours(&e))?;
        Ok(done(vec![self.send(context, Endpoint::Token, &endpoint, request).await?]))
    }

    /// Asks for a token with a presentation of Nuts.
    async fn present(
        &self,
        context: &Context<'_>,
        purpose: Purpose,
        wish: &client::Presentation,
    ) -> Result<Done, Obstacle> {
        let endpoint = endpoint_url(context, EndpointName::Token)?;
        let kit = &context.bench.kit;
        let rules = &kit.gtk.rules;
        let candidate = &context.stand.candidate;
        let server = candidate.issuer.as_ref().unwrap_or(&candidate.token_endpoint);
        let scope = scope_of(&rules.scopes, purpose, context.case.role);
        let ours = Url::parse(&context.stand.counterpart.config().addresses.token_endpoint).map(|url| url.origin());
        let inputs = self.identity.token_inputs(server, scope, clock::now());
        let statement = wish
            .dezi
            .as_deref()
            .zip(ours.as_deref())
            .map(|(assurance, origin)| dezi::issue(origin, &self.identity, assurance, self.deviation));
        let statement = statement.transpose().map_err(|e| steps::ours(&e))?;
        let deviation = self.deviation;
        let request = self.identity.presentation_request(
            &inputs,
            &rules.nuts,
            &kit.trust,
            statement,
            deviation,
            &endpoint.target,
        );
        let request = request.map_err(|e| steps::ours(&e))?;
        Ok(done(vec![self.send(context, Endpoint::Token, &endpoint, request).await?]))
    }

    /// A key of the identity other than the usual one. A rotated one is made once a case, and published at once.
    fn key(&self, context: &mut Context<'_>, choice: KeyChoice) -> Result<NamedKey, Obstacle> {
        if let Some(algorithm) = choice.algorithm() {
            let missing = || Obstacle::Error(format!("failed to sign by {}: there is no such key", algorithm.name()));
            return self.identity.more_keys.get(&algorithm).cloned().ok_or_else(missing);
        }
        if let Some(key) = &context.memory.rotated {
            return Ok(key.clone());
        }
        let signing = SigningKey::generate(Algorithm::Es256).map_err(|e| ours(&e))?;
        let key = NamedKey { id: format!("{}-{}", self.identity.key_id, uuid::Uuid::new_v4().simple()), signing };
        context.stand.counterpart.publish_key(key.signing.public_jwk(&key.id));
        context.memory.rotated = Some(key.clone());
        Ok(key)
    }

    pub(super) async fn consult(&self, context: &Context<'_>, wish: &client::Consult) -> Result<Done, Obstacle> {
        let queries: Vec<String> =
            wish.queries.iter().map(|query| context.variables.fill(query)).collect::<Result<_, _>>()?;
        let role = wish.role.as_ref().map(|role| context.variables.fill(role)).transpose()?;
        let about = wish.patient.map(|which| patient(context, which)).transpose()?;
        let endpoint = endpoint_url(context, EndpointName::Token)?;
        let rules = &context.bench.kit.gtk.rules;
        let audience = &context.stand.candidate.token_endpoint;
        let mut inputs = self.identity.token_inputs(audience, &rules.scopes.consultation, clock::now());
        inputs.patient = about.as_deref();
        inputs.role = role.as_deref();
        inputs.mandated = wish.mandated.as_deref();
        inputs.user = wish.user.as_deref().unwrap_or(inputs.user);
        let request =
            self.identity.token_request(&inputs, rules, self.deviation, &endpoint.target).map_err(|e| ours(&e))?;
        let answered = self.send(context, Endpoint::Token, &endpoint, request).await?;
        let token = access_token(answered.response.as_ref());
        let mut exchanges = vec![answered];
        // Without a token there is nothing to ask with: that is a decision of the candidate, and the step is done.
        let Some(token) = token else { return Ok(done(exchanges)) };
        let base = fhir_base(context)?;
        for query in &queries {
            let query = super::steps::relative(&base, query);
            let mut request = client::search(&base, &query, Default::default(), client::Format::Json);
            present_token(&mut request, &token, Default::default());
            exchanges.push(self.send(context, Endpoint::Search, &base, request).await?);
        }
        Ok(done(exchanges))
    }
}
