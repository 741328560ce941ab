//! Carrying out one step.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::case::{Context, sent};
use super::inbox::Received;
use super::variables::NoValue;
use crate::client::{self, EndpointName, Patient, SendError};
use crate::deviation::{AccessTokenUse, Deviation, present_token};
use crate::net::errand::post_json;
use crate::net::identity::NamedKey;
use crate::net::{Identity, RawExchange};
use crate::simulator::Trigger;
use crate::suite::Action;
use crate::suite::candidate::TriggerMeans;
use crate::suite::requirement::Role;
use crate::suite::scenario::{CaptureFrom, Step};
use crate::transcript::{Direction, Endpoint, Fault, StepOutcome};
use crate::wire::fhir;
use crate::wire::http::{HttpRequest, HttpResponse, Url, header, media_type, target_parts};
use crate::wire::oauth::well_known;
use crate::wire::task::read_offer;
use crate::wire::xds;

/// One exchange as later steps see it: before redaction, in memory alone.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub seq: u64,
    pub request: Option<HttpRequest>,
    pub response: Option<HttpResponse>,
    /// Whether the harness was the client.
    pub ours: bool,
    /// Where it was sent, when the harness was the client.
    pub base: Option<Url>,
    /// What ended it without an answer.
    pub fault: Option<Fault>,
}

impl Seen {
    pub(super) fn received(received: Received) -> Self {
        Self {
            seq: received.seq,
            request: received.request,
            response: received.response,
            ours: false,
            base: None,
            fault: None,
        }
    }

    /// The body of the candidate's half, or of ours.
    pub(super) fn body(&self, whose: CaptureFrom) -> Option<Value> {
        if whose == CaptureFrom::Target {
            return self.request.as_ref().map(|request| target_parts(&request.target));
        }
        if self.ours != (whose == CaptureFrom::Body) {
            let request = self.request.as_ref()?;
            return parse_body(&request.headers, &request.body);
        }
        let response = self.response.as_ref()?;
        match &response.passed {
            Some(passed) => passed.value.clone(),
            None => parse_body(&response.headers, &response.body),
        }
    }
}

fn parse_body(headers: &[(String, String)], body: &[u8]) -> Option<Value> {
    let told = header(headers, "content-type").unwrap_or_default();
    if let Some(message) = xds::describe(told, body) {
        return Some(message);
    }
    let kind = media_type(told);
    let limits = fhir::Limits::default();
    if kind.ends_with("fhir+xml") { fhir::parse_xml(body, &limits).ok() } else { serde_json::from_slice(body).ok() }
}

/// What the steps so far left behind.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// Exchanges by step.
    pub steps: BTreeMap<String, Vec<Seen>>,
    /// Captured values, for what is kept between cases.
    pub values: BTreeMap<String, String>,
    /// Referrals that the harness opened, by the step that did.
    pub referrals: BTreeMap<String, crate::simulator::Referral>,
    /// The key that this case rotated to.
    pub rotated: Option<NamedKey>,
}

/// What came of a step.
pub(super) struct Done {
    pub outcome: StepOutcome,
    pub exchanges: Vec<Seen>,
}

/// Why a step could not be carried out.
pub(super) enum Obstacle {
    /// Ours.
    Error(String),
    /// An earlier step gave nothing to go on with: the candidate's doing.
    Nothing(String),
}

impl From<SendError> for Obstacle {
    fn from(error: SendError) -> Self {
        Self::Error(format!("failed to {error}"))
    }
}

impl From<NoValue> for Obstacle {
    fn from(error: NoValue) -> Self {
        Self::Nothing(error.to_string())
    }
}

pub(super) fn ours(error: &dyn std::fmt::Display) -> Obstacle {
    Obstacle::Error(format!("failed to {error}"))
}

/// Carries out a step.
pub(super) async fn perform(context: &mut Context<'_>, step: &Step) -> Done {
    match carry_out(context, step).await {
        Ok(done) => done,
        Err(Obstacle::Error(message)) => Done { outcome: StepOutcome::Error { message }, exchanges: Vec::new() },
        Err(Obstacle::Nothing(awaited)) => {
            Done { outcome: StepOutcome::NotSeen { awaited, waited_ms: 0 }, exchanges: Vec::new() }
        }
    }
}

pub(super) fn done(exchanges: Vec<Seen>) -> Done {
    Done { outcome: StepOutcome::Done, exchanges }
}

async fn carry_out(context: &mut Context<'_>, step: &Step) -> Result<Done, Obstacle> {
    let acting = identity(context, &step.identity)?;
    let acting = step.certificate.map_or_else(|| acting.clone(), |kind| acting.showing(kind));
    let work = Work { identity: acting, deviation: step.deviation };
    match &step.action {
        Action::RequestToken(a) => work.request_token(context, a).await,
        Action::Consult(a) => work.consult(context, a).await,
        Action::ProtectedCall(a) => work.protected_call(context, a).await,
        Action::Notify(a) => work.notify(context, step, a).await,
        Action::Cancel(a) => work.cancel(context, a).await,
        Action::TaskStatus(a) => work.task_status(context, a).await,
        Action::Search(a) => {
            let base = endpoint_url(context, a.to)?;
            let query = relative(&base, &context.variables.fill(&a.query)?);
            let request = client::search(&base, &query, a.encoding, a.format);
            work.call(context, Endpoint::Search, &base, request, a.token.as_ref()).await
        }
        Action::Pull(a) => work.pull(context, a).await,
        Action::Read(a) => {
            let base = endpoint_url(context, a.to)?;
            let reference = context.variables.fill(&a.reference)?;
            let root = endpoint_text(context, a.to)?;
            let reference = reference.strip_prefix(&format!("{root}/")).unwrap_or(&reference);
            // What an R4 reference names may be anywhere; only what the candidate file names is called.
            if a.to == EndpointName::R4 && Url::parse(reference).is_some() {
                return Err(Obstacle::Nothing(format!("resource below {root}: {reference} is elsewhere")));
            }
            let workflow = a.to == EndpointName::Fhir && reference.starts_with("Task/");
            let endpoint = if workflow { Endpoint::WorkflowTask } else { Endpoint::Read };
            let request = client::read(&base, reference, a.format);
            work.call(context, endpoint, &base, request, a.token.as_ref()).await
        }
        Action::Follow(a) => work.follow(context, a).await,
        Action::GatewayQuery(a) => work.gateway_query(context, a).await,
        Action::GatewayRetrieve(a) => work.gateway_retrieve(context, a).await,
        Action::GatewayImages(a) => work.gateway_images(context, a).await,
        Action::Http(a) => work.http(context, a).await,
        Action::TlsProbe(a) => {
            let base = endpoint_url(context, a.to)?;
            let seq = context.stand.sender.probe(&work.identity, &base, a.version).await?;
            Ok(done(vec![Seen { seq, request: None, response: None, ours: true, base: Some(base), fault: None }]))
        }
        Action::NotifyConsent(a) => work.notify_consent(context, a).await,
        Action::SetMitz(a) => super::consent::set_mitz(context, a),
        Action::TlsSurvey(a) => {
            let base = endpoint_url(context, a.to)?;
            let seq = context.stand.sender.survey(&work.identity, &base, work.deviation).await?;
            Ok(done(vec![Seen { seq, request: None, response: None, ours: true, base: Some(base), fault: None }]))
        }
        Action::Repeat(a) => work.repeat(context, a).await,
        Action::Trigger(a) => work.trigger(context, a).await,
        Action::Operator(a) => {
            let limit = deadline(context, &a.within)?;
            let asked = &a.ask;
            let answered = tokio::task::block_in_place(|| context.shared.options.operator.ask(asked, limit));
            let outcome = if answered { StepOutcome::Done } else { StepOutcome::Declined { asked: a.ask.en.clone() } };
            Ok(Done { outcome, exchanges: Vec::new() })
        }
        Action::Await(a) if a.of_each_exchange => super::audit::await_records(context, a).await,
        Action::Await(a) => {
            let limit = deadline(context, &a.within)?;
            let wanted =
                a.offered_in.as_ref().map_or(a.at_least, |step| count_offered(context, step.as_str(), a.request));
            let received = context.stand.inbox.wait(&[a.request], wanted, limit).await;
            let enough = received.len() >= wanted;
            let word: &'static str = a.request.into();
            let outcome = if enough {
                StepOutcome::Done
            } else {
                let awaited =
                    if wanted == 1 { word.to_owned() } else { format!("{word} number {}", received.len() + 1) };
                StepOutcome::NotSeen { awaited, waited_ms: millis(limit) }
            };
            Ok(Done { outcome, exchanges: received.into_iter().map(Seen::received).collect() })
        }
        Action::ChangeAddresses(a) => {
            let limit = deadline(context, &a.within)?;
            super::addressing::change_addresses(context, limit).await
        }
        Action::PublishedAddresses(_) => super::addressing::published_addresses(context),
        Action::AwaitNothing(a) => {
            let limit = deadline(context, &a.during)?;
            let received = context.stand.inbox.wait(&a.request, 1, limit).await;
            Ok(done(received.into_iter().map(Seen::received).collect()))
        }
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn identity(context: &Context<'_>, name: &str) -> Result<Identity, Obstacle> {
    let found = context.stand.shown.get(name).or_else(|| context.bench.kit.identities.get(name)).cloned();
    found.ok_or_else(|| Obstacle::Error(format!("failed to act as `{name}`: the candidate file has no such identity")))
}

pub(super) fn deadline(context: &Context<'_>, name: &str) -> Result<Duration, Obstacle> {
    let found = context.bench.kit.deadlines.get(name).copied();
    found.map(Duration::from_millis).ok_or_else(|| Obstacle::Error(format!("failed to find the deadline `{name}`")))
}

fn endpoint_text<'a>(context: &'a Context<'_>, name: EndpointName) -> Result<&'a str, Obstacle> {
    let candidate = &context.stand.candidate;
    let is_gateway = name == EndpointName::Gateway;
    if context.case.role.speaks_fhir() == is_gateway {
        return Err(no_such_endpoint(context.case.role));
    }
    match name {
        EndpointName::Gateway => {
            let gateway = candidate.gateway.as_ref().map(|g| g.query.as_str());
            gateway.ok_or_else(|| no_such_endpoint(context.case.role))
        }
        EndpointName::Fhir => Ok(&candidate.fhir_base),
        EndpointName::Token => Ok(&candidate.token_endpoint),
        EndpointName::R4 => candidate
            .r4_base
            .as_deref()
            .ok_or_else(|| Obstacle::Error("failed to find the R4 base: the candidate file has no `r4-base`".into())),
        EndpointName::Metadata => candidate
            .issuer
            .as_deref()
            .ok_or_else(|| Obstacle::Error("failed to find the metadata: the candidate file has no `issuer`".into())),
    }
}

/// A word of FHIR in a case of a role that exchanges nothing by it, or the other way about: a fault of the scenario.
pub(super) fn no_such_endpoint(role: Role) -> Obstacle {
    Obstacle::Error(format!("failed to find the endpoint: a {role} GtK has none of that kind"))
}

pub(super) fn endpoint_url(context: &Context<'_>, name: EndpointName) -> Result<Url, Obstacle> {
    let text = endpoint_text(context, name)?;
    if name == EndpointName::Metadata {
        let place = well_known(text).as_deref().and_then(Url::parse);
        return place.ok_or_else(|| Obstacle::Error(format!("failed to use the issuer {text}: it is no plain URL")));
    }
    Url::parse(text).ok_or_else(|| Obstacle::Error(format!("failed to read the URL {text}")))
}

/// A query as it stands behind a base: an absolute one below that base is brought below it.
pub(super) fn relative(base: &Url, query: &str) -> String {
    base.below(query).unwrap_or_else(|| query.to_owned())
}

pub(super) fn fhir_base(context: &Context<'_>) -> Result<Url, Obstacle> {
    endpoint_url(context, EndpointName::Fhir)
}

/// The BSN of the patient that a step is about.
pub(super) fn patient(context: &Context<'_>, which: Patient) -> Result<String, Obstacle> {
    let kit = &context.bench.kit;
    match which {
        Patient::OfReferral => Ok(kit.gtk.patient.clone()),
        Patient::Sparse => Ok(kit.sparse_patient.clone()),
        Patient::Wrong => Ok(failing_eleven_test(&kit.gtk.patient)),
        Patient::Zeros => Ok("000000000".to_owned()),
        Patient::Unknown => {
            let missing = || Obstacle::Error("failed to choose an unknown patient: name patients.unknown".into());
            kit.unknown_patient.clone().ok_or_else(missing)
        }
        Patient::Other => {
            let missing =
                || Obstacle::Error("failed to choose another patient: name two in patients.fictitious".into());
            kit.other_patient.clone().ok_or_else(missing)
        }
    }
}

/// A number that differs from a BSN in its last digit, so that the eleven test fails and nobody has it.
fn failing_eleven_test(bsn: &str) -> String {
    let mut digits = bsn.to_owned();
    let last = digits.pop().and_then(|c| c.to_digit(10)).unwrap_or_default();
    format!("{digits}{}", (last + 1) % 10)
}

/// The access token that a step obtained.
fn token_of(context: &Context<'_>, step: &crate::base::id::StepId) -> Result<String, Obstacle> {
    let seen = context.memory.steps.get(step.as_str()).and_then(|s| s.last());
    let body = seen.and_then(|s| s.body(CaptureFrom::Body));
    let token = body.as_ref().and_then(|b| b["access_token"].as_str()).map(str::to_owned);
    token.ok_or_else(|| {
        let why = match seen {
            Some(Seen { fault: Some(fault), .. }) => serde_json::to_string(fault).unwrap_or_default(),
            Some(Seen { response: Some(response), .. }) => format!("status {}", response.status),
            _ => "no answer".to_owned(),
        };
        Obstacle::Nothing(format!("access token from step `{step}` ({why})"))
    })
}

/// Who does the step, and in which way it goes wrong on purpose.
pub(super) struct Work {
    pub(super) identity: Identity,
    pub(super) deviation: Option<Deviation>,
}

impl Work {
    pub(super) async fn send(
        &self,
        context: &Context<'_>,
        endpoint: Endpoint,
        base: &Url,
        request: HttpRequest,
    ) -> Result<Seen, Obstacle> {
        Ok(sent(context.stand.sender.send(&self.identity, endpoint, base, request, self.deviation).await?))
    }

    /// Sends a request with the token of a step, presented as the deviation says.
    pub(super) async fn call(
        &self,
        context: &Context<'_>,
        endpoint: Endpoint,
        base: &Url,
        mut request: HttpRequest,
        token: Option<&crate::base::id::StepId>,
    ) -> Result<Done, Obstacle> {
        let how = self.deviation.map(Deviation::access_token_use).unwrap_or_default();
        let token = match (token, how) {
            (_, AccessTokenUse::Random) => Some(String::new()),
            (Some(step), _) => Some(token_of(context, step)?),
            (None, _) => None,
        };
        if let Some(token) = token {
            present_token(&mut request, &token, how);
        }
        Ok(done(vec![self.send(context, endpoint, base, request).await?]))
    }

    async fn pull(&self, context: &Context<'_>, wish: &client::Pull) -> Result<Done, Obstacle> {
        let base = fhir_base(context)?;
        let queries = offered(context, wish.offered_in.as_str())
            .ok_or_else(|| Obstacle::Nothing(format!("Task from step `{}`", wish.offered_in)))?;
        let mut exchanges = Vec::new();
        for query in queries {
            // An absolute query is followed only below the base that the candidate file names.
            let Some(query) = base.below(&query) else { continue };
            let request = client::search(&base, &query, Default::default(), wish.format);
            exchanges.extend(self.call(context, Endpoint::Search, &base, request, Some(&wish.token)).await?.exchanges);
        }
        Ok(done(exchanges))
    }

    async fn repeat(&self, context: &Context<'_>, wish: &client::Repeat) -> Result<Done, Obstacle> {
        let earlier = context.memory.steps.get(wish.step.as_str()).and_then(|s| s.last());
        let (request, base) = match earlier {
            Some(Seen { request: Some(request), base: Some(base), .. }) => (request.clone(), base.clone()),
            _ => return Err(Obstacle::Error(format!("failed to repeat step `{}`: it sent nothing", wish.step))),
        };
        let is_at = |name| endpoint_url(context, name).is_ok_and(|url| url.target == base.target);
        let endpoint = if is_at(EndpointName::Token) {
            Endpoint::Token
        } else if is_at(EndpointName::Gateway) {
            Endpoint::CrossGatewayQuery
        } else {
            Endpoint::Other
        };
        Ok(done(vec![self.send(context, endpoint, &base, request).await?]))
    }

    async fn trigger(&self, context: &Context<'_>, wish: &client::TriggerWish) -> Result<Done, Obstacle> {
        let kit = &context.bench.kit;
        let event = Trigger::meant_by(&wish.event, kit.begins_with);
        let receiver = match &wish.receiver {
            Some(ura) if client::is_ura(ura) => ura.clone(),
            Some(name) if name == client::BOTH => {
                let second = identity(context, "stranger")?.ura.clone();
                format!("{},{second}", identity(context, "partner")?.ura)
            }
            Some(name) => identity(context, name)?.ura.clone(),
            // Who consults without a source that was agreed on finds out where data are.
            None if [Trigger::Consult, Trigger::ShowTimeline].iter().any(|t| wish.event == t.to_string()) => {
                String::new()
            }
            None => self.identity.ura.clone(),
        };
        let mut body = json!({"receiver": receiver, "patient": patient(context, wish.patient)?, "workflow-task": wish.workflow_task});
        if let Some(category) = &wish.category {
            body["category"] = json!(category);
        }
        if let Some(style) = wish.style {
            body["style"] = json!(style);
        }
        if wish.mandated {
            body["mandated"] = json!(true);
        }
        if let Some(document) = &wish.document {
            body["document"] = json!(context.variables.fill(document)?);
        }
        let means = match &context.stand.embedded_triggers {
            Some(origin) => {
                TriggerMeans::Http(crate::suite::candidate::TriggerCall { url: format!("{origin}/trigger/{event}") })
            }
            None => kit
                .triggers
                .get(&event)
                .cloned()
                .ok_or_else(|| Obstacle::Error(format!("failed to find triggers.{event}")))?,
        };
        match means {
            TriggerMeans::Http(call) => {
                let trust = kit.trust.without_lists();
                let tls = self.identity.client_tls(&trust, None, false).map_err(|e| ours(&e))?;
                let limit = Duration::from_millis(kit.gtk.limits.total_ms);
                let began = crate::base::clock::now();
                let answer = post_json(&call.url, &body, &tls, limit).await.map_err(|e| ours(&e))?;
                let status = answer.status;
                if !(200..300).contains(&status) {
                    return Err(Obstacle::Error(format!(
                        "failed to trigger `{event}`: {} answered {status}",
                        call.url
                    )));
                }
                // What the user is shown is looked at; an empty answer shows nothing.
                if !answer.body.is_empty() {
                    return Ok(done(vec![self.shown(context, &call.url, &body, answer, began)]));
                }
            }
            TriggerMeans::Prompt(question) => {
                let limit = deadline(context, "operator")?;
                let answered = tokio::task::block_in_place(|| context.shared.options.operator.ask(&question, limit));
                if !answered {
                    return Ok(Done {
                        outcome: StepOutcome::Declined { asked: question.en.clone() },
                        exchanges: Vec::new(),
                    });
                }
            }
            TriggerMeans::Command(command) => run_command(context, &command, &body).await?,
        }
        Ok(done(Vec::new()))
    }
}

impl Work {
    /// What a trigger answered, as an exchange of its own.
    fn shown(
        &self,
        context: &Context<'_>,
        url: &str,
        wish: &Value,
        answer: HttpResponse,
        began: time::OffsetDateTime,
    ) -> Seen {
        let base = Url::parse(url);
        let target = base.as_ref().map(|u| u.target.clone()).unwrap_or_default();
        let request = HttpRequest { method: "POST".into(), target, ..HttpRequest::default() }
            .with_body("application/json", wish.to_string().into_bytes());
        let seq = context.recorder().exchange(&RawExchange {
            direction: Direction::ToCandidate,
            endpoint: Endpoint::Trigger,
            identity: self.identity.name.clone(),
            base: base.as_ref().map(Url::origin).unwrap_or_default(),
            tls: None,
            request: Some(request.clone()),
            response: Some(answer.clone()),
            fault: None,
            began,
            micros: 0,
        });
        Seen { seq, request: Some(request), response: Some(answer), ours: true, base, fault: None }
    }
}

/// Runs a command of the candidate file; the wish is in its standard input.
async fn run_command(context: &Context<'_>, command: &[String], body: &Value) -> Result<(), Obstacle> {
    use tokio::io::AsyncWriteExt as _;
    let ([program, arguments @ ..], true) = (command, context.bench.kit.allow_commands) else {
        return Err(Obstacle::Error("failed to run a trigger command: give --allow-commands".into()));
    };
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| ours(&format!("start `{program}`: {e}")))?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read its input is within its rights.
        let _ = input.write_all(body.to_string().as_bytes()).await;
    }
    let limit = Duration::from_millis(context.bench.kit.gtk.limits.total_ms);
    match tokio::time::timeout(limit, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(Obstacle::Error(format!("failed to trigger: `{program}` ended with {status}"))),
        Ok(Err(error)) => Err(ours(&format!("wait for `{program}`: {error}"))),
        Err(_) => {
            Err(Obstacle::Error(format!("failed to trigger: `{program}` took longer than {} ms", limit.as_millis())))
        }
    }
}

/// The queries that a Task of the candidate offered in a step.
pub(super) fn offered(context: &Context<'_>, step: &str) -> Option<Vec<String>> {
    let codes = &context.bench.kit.gtk.offering.codes;
    let seen = context.memory.steps.get(step)?;
    let task = seen.iter().rev().find_map(|s| s.body(CaptureFrom::Body).filter(|b| b["resourceType"] == "Task"))?;
    Some(read_offer(&task, codes).queries)
}

/// How many requests of a kind the harness's own Task of a step calls for; at least one.
fn count_offered(context: &Context<'_>, step: &str, request: Endpoint) -> usize {
    let codes = &context.bench.kit.gtk.offering.codes;
    let task = |seen: &Seen| seen.body(CaptureFrom::OurBody).filter(|b| b["resourceType"] == "Task");
    let offer =
        context.memory.steps.get(step).and_then(|s| s.iter().rev().find_map(task)).map(|t| read_offer(&t, codes));
    let count = offer.map_or(1, |o| if request == Endpoint::Read { o.references.len() } else { o.queries.len() });
    count.max(1)
}
