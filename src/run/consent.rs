//! Steps in which the harness is Mitz: what it answers from now on, and what it tells dossier holders.

use serde_json::Value;
use time::Duration;

use super::case::Context;
use super::steps::{Done, Obstacle, Work, done, patient};
use crate::base::clock;
use crate::client::{self, Format};
use crate::simulator::mitz::Script;
use crate::suite::scenario::CaptureFrom;
use crate::transcript::Endpoint;
use crate::wire::consent::{Choice, ConsentNotification};
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, Url};

/// Changes what Mitz answers.
pub(super) fn set_mitz(context: &Context<'_>, script: &Script) -> Result<Done, Obstacle> {
    let mitz = context.stand.mitz.as_ref();
    mitz.ok_or_else(|| Obstacle::Error("failed to set Mitz: it takes no part in this scenario".into()))?
        .play(script.clone());
    Ok(done(Vec::new()))
}

/// Where the candidate takes notifications: as its newest subscription says, else as its file does. Hosts that the file
/// does not name are never contacted.
fn endpoint(context: &Context<'_>) -> Result<Url, Obstacle> {
    let subscribed = context.memory.steps.values().flatten().filter_map(|seen| {
        let body = seen.body(CaptureFrom::Body).filter(|b| b["resourceType"] == "Subscription")?;
        let endpoint = body.pointer("/channel/endpoint").and_then(Value::as_str)?.to_owned();
        Some((seen.seq, endpoint))
    });
    let newest = subscribed.max_by_key(|(seq, _)| *seq).map(|(_, endpoint)| endpoint);
    let text = newest.or_else(|| context.bench.kit.consent_notifications.clone());
    let text = text.ok_or_else(|| Obstacle::Nothing("address for notifications of consent".into()))?;
    let url = Url::parse(&text);
    let known = |url: &Url| context.bench.kit.hosts.iter().any(|h| h.eq_ignore_ascii_case(&url.host));
    url.filter(known).ok_or_else(|| {
        Obstacle::Nothing(format!("address for notifications of consent at a host of the candidate file: {text}"))
    })
}

impl Work {
    pub(super) async fn notify_consent(
        &self,
        context: &Context<'_>,
        wish: &client::NotifyConsent,
    ) -> Result<Done, Obstacle> {
        let url = endpoint(context)?;
        let kit = &context.bench.kit;
        let at = clock::rfc3339(clock::now() - Duration::minutes(i64::from(wish.minutes_ago)));
        let choice = |told: &client::ToldChoice| Choice {
            category: told.category.clone(),
            given: told.given,
            consulting: told.consulting.clone(),
            at: at.clone(),
        };
        let holder = wish.holder.as_ref().map(|h| context.variables.fill(h)).transpose()?;
        let told = ConsentNotification {
            bsn: patient(context, wish.patient)?,
            ura: holder.unwrap_or_else(|| kit.candidate_ura.clone()),
            provider_type: kit.gtk.consent.provider_type.clone(),
            choices: wish.choices.iter().map(choice).collect(),
        };
        let bundle = told.bundle();
        let body = match wish.format {
            Format::Json => bundle.to_string(),
            Format::Xml => fhir::r4_xml(&bundle),
        };
        let request = HttpRequest { method: "POST".into(), target: url.target.clone(), ..HttpRequest::default() };
        let request = request.with_body(wish.format.media_type(), body.into_bytes());
        self.call(context, Endpoint::ConsentNotification, &url, request, None).await
    }
}
