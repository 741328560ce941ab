//! Where another party is: by an address book where there is one, else by the own table (20-technical-core section 9,
//! 50-generic-facilities section 2).
//!
//! Of a directory by mCSD the reference GtK keeps a replica, brought up to date by `_history` when it is older than the
//! refresh time of the profile; where that is not served it looks organisations up in ZORG-AB by URA. A book that cannot
//! be reached leaves the own table. What a book says is no proof of who is there: the certificate has to name the URA.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Addresses, Facility, Gtk, Peer};
use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::connect::exchange;
use crate::wire::fhir::bundle::entries;
use crate::wire::http::{HttpRequest, HttpResponse, Url, encode_component, header};
use crate::wire::jose::Jwks;
use crate::wire::mcsd::{Criteria, TOKENS, URA};

/// Pages of a history that are followed at most.
const MOST_PAGES: usize = 50;
/// Longest wait that a `Retry-After` can ask of us, in seconds.
const LONGEST_WAIT_S: u64 = 2;
/// How often a busy book is asked again.
const MOST_TRIES: usize = 3;

/// The replica of a directory, and who has to be at an address that came from a book.
#[derive(Debug, Default)]
pub(super) struct Directory {
    /// Resources by type and id.
    resources: BTreeMap<(String, String), Value>,
    /// Where the history of a type goes on.
    since: BTreeMap<String, String>,
    /// When the replica was brought up to date.
    refreshed: Option<Instant>,
    /// URA by host and port.
    parties: BTreeMap<(String, u16), String>,
}

/// Why a book gives no answer.
enum Trouble {
    /// It does not serve that interface.
    NotServed,
    /// It cannot be reached, or is out of order.
    Unreachable,
}

impl Gtk {
    /// A party by its URA, with the addresses for a purpose (a payload code). `None` when it is nowhere to be reached.
    pub(super) async fn party(&self, ura: &str, purpose: &str) -> Option<Peer> {
        let known = self.config.peers.get(ura).cloned();
        let Some(book) = self.config.facilities.get(&Facility::Addressing) else { return known };
        let base = Url::parse(book)?;
        let wanted = if self.deviates(Deviation::DropsLeadingZeros) { ura.trim_start_matches('0') } else { ura };
        let addresses = match self.addresses_in(&base, wanted, purpose).await {
            Ok(found) => found?,
            Err(_) => return known,
        };
        self.expect_at(ura, &addresses);
        let stranger = || Peer {
            ura: ura.to_owned(),
            client_id: String::new(),
            addresses: addresses.clone(),
            keys: Jwks::new(Vec::new()),
        };
        Some(Peer { addresses: addresses.clone(), ..known.unwrap_or_else(stranger) })
    }

    /// The URA that the certificate at an address has to name; `None` where the address came from the own table.
    pub(super) fn organisation_at(&self, url: &Url) -> Option<String> {
        self.state().directory.parties.get(&(url.host.clone(), url.port)).cloned()
    }

    fn expect_at(&self, ura: &str, addresses: &Addresses) {
        if self.deviates(Deviation::TrustsTheAddressBook) {
            return;
        }
        let urls = [&addresses.fhir_base, &addresses.token_endpoint].into_iter().filter_map(|u| Url::parse(u));
        self.state().directory.parties.extend(urls.map(|url| ((url.host, url.port), ura.to_owned())));
    }

    async fn addresses_in(&self, base: &Url, ura: &str, purpose: &str) -> Result<Option<Addresses>, Trouble> {
        match self.refresh(base).await {
            Ok(()) => Ok(self.in_replica(ura, purpose)),
            Err(Trouble::NotServed) => self.in_zorgab(base, ura, purpose).await,
            Err(trouble) => Err(trouble),
        }
    }

    /// Brings the replica up to date, unless it is young enough: one type after the other.
    async fn refresh(&self, base: &Url) -> Result<(), Trouble> {
        let age = self.state().directory.refreshed.map(|at| at.elapsed());
        let limit = Duration::from_millis(self.config.deadlines.get("address-refresh").copied().unwrap_or_default());
        if age.is_some_and(|age| age < limit || self.deviates(Deviation::KeepsOldAddresses)) {
            return Ok(());
        }
        for kind in ["Organization", "Endpoint"] {
            self.poll(base, kind).await?;
        }
        self.state().directory.refreshed = Some(Instant::now());
        Ok(())
    }

    async fn poll(&self, base: &Url, kind: &str) -> Result<(), Trouble> {
        let since = self.state().directory.since.get(kind).map(|s| format!("?_since={}", encode_component(s)));
        let mut target = format!("{}/mcsd/{kind}/_history{}", root(base), since.unwrap_or_default());
        let mut first = None;
        for _ in 0..MOST_PAGES {
            let page = self.ask_book(base, HttpRequest::get(target.clone())).await?;
            // The next history begins where this one did: what changes while pages are read is not missed.
            first = first.or_else(|| page["meta"]["lastUpdated"].as_str().map(str::to_owned));
            self.enter(kind, &page);
            match next(base, &page) {
                Some(next) if next != target => target = next,
                _ => break,
            }
        }
        if let Some(first) = first {
            self.state().directory.since.insert(kind.to_owned(), first);
        }
        Ok(())
    }

    fn enter(&self, kind: &str, page: &Value) {
        let resources = entries(page).map(|(_, resource)| resource);
        let named = resources.filter(|r| r["resourceType"] == kind).filter_map(|r| {
            let id = r["id"].as_str()?.to_owned();
            Some(((kind.to_owned(), id), r.clone()))
        });
        self.state().directory.resources.extend(named);
    }

    /// One request to the book. Who is told to wait waits, and asks again.
    async fn ask_book(&self, base: &Url, request: HttpRequest) -> Result<Value, Trouble> {
        for _ in 0..MOST_TRIES {
            let response = self.send_to_book(base, &request).await.ok_or(Trouble::Unreachable)?;
            match response.status {
                200 => return serde_json::from_slice(&response.body).map_err(|_| Trouble::Unreachable),
                404 => return Err(Trouble::NotServed),
                429 | 503 => {
                    let asked = header(&response.headers, "retry-after").and_then(|v| v.parse().ok());
                    let seconds = asked.filter(|s: &u64| *s <= LONGEST_WAIT_S).ok_or(Trouble::Unreachable)?;
                    if !self.deviates(Deviation::IgnoresRetryAfter) {
                        tokio::time::sleep(Duration::from_secs(seconds)).await;
                    }
                }
                _ => return Err(Trouble::Unreachable),
            }
        }
        Err(Trouble::Unreachable)
    }

    async fn send_to_book(&self, base: &Url, request: &HttpRequest) -> Option<HttpResponse> {
        let tls = self.config.identity.client_tls(&self.config.trust, self.config.deviation, true).ok()?;
        let request = request.clone().with_header("accept", "application/fhir+json, application/json");
        exchange(base, &request, &tls, &self.config.limits).await.ok()?.response
    }

    fn in_replica(&self, ura: &str, purpose: &str) -> Option<Addresses> {
        let state = self.state();
        let resources = &state.directory.resources;
        let named = |r: &Value| {
            let mut identifiers = r["identifier"].as_array().into_iter().flatten();
            r["resourceType"] == "Organization" && identifiers.any(|i| i["system"] == URA && i["value"] == ura)
        };
        let organisation = resources.values().find(|r| named(r) && r["active"] != false)?;
        let references = organisation["endpoint"].as_array().into_iter().flatten();
        let ids = references.filter_map(|r| r["reference"].as_str()?.strip_prefix("Endpoint/"));
        let endpoints: Vec<&Value> =
            ids.filter_map(|id| resources.get(&("Endpoint".to_owned(), id.to_owned()))).collect();
        let criteria = self.criteria();
        let now = clock::now();
        let address = |payload: &str, criteria: Criteria| {
            let found = endpoints.iter().find(|e| criteria.fit(e, payload, now))?;
            found["address"].as_str().map(|a| a.trim_end_matches('/').to_owned())
        };
        Some(Addresses {
            fhir_base: address(purpose, criteria)?,
            // What is for tokens is always looked at: an address for something else gives none.
            token_endpoint: address(TOKENS, Criteria { payload: true, ..criteria })?,
            r4_base: None,
            handoff_notifications: None,
            issuer: None,
            gateway: None,
        })
    }

    fn criteria(&self) -> Criteria {
        let keeps = |deviation| !self.deviates(deviation);
        Criteria {
            status: keeps(Deviation::IgnoresEndpointStatus),
            period: keeps(Deviation::IgnoresEndpointPeriod),
            connection: keeps(Deviation::IgnoresConnectionType),
            payload: keeps(Deviation::IgnoresPayloadType),
            version: keeps(Deviation::IgnoresFhirVersion),
        }
    }

    /// An organisation in ZORG-AB. How Twiin enters endpoints there is not public; this reads what our simulator writes.
    async fn in_zorgab(&self, base: &Url, ura: &str, purpose: &str) -> Result<Option<Addresses>, Trouble> {
        let target = format!("{}/zab/ura/{}", root(base), encode_component(ura));
        let organisation = match self.ask_book(base, HttpRequest::get(target)).await {
            Ok(found) => found,
            Err(Trouble::NotServed) => return Ok(None),
            Err(trouble) => return Err(trouble),
        };
        let services = organisation["electronicServices"].as_array().into_iter().flatten();
        let active: Vec<&Value> = services.filter(|s| s["status"] == "active").collect();
        let address = |code: &str| {
            let offers =
                |s: &&&Value| s["conformances"].as_array().into_iter().flatten().any(|c| c["interactionId"] == code);
            active.iter().find(offers)?["address"].as_str().map(str::to_owned)
        };
        let found = address(purpose).zip(address(TOKENS));
        let inactive = organisation["active"] == false;
        Ok(found.filter(|_| !inactive).map(|(fhir_base, token_endpoint)| Addresses {
            fhir_base,
            token_endpoint,
            r4_base: None,
            handoff_notifications: None,
            issuer: None,
            gateway: None,
        }))
    }

    /// Its own addresses, as it hands them over for publication.
    pub fn published_record(&self) -> Value {
        let Addresses { fhir_base, token_endpoint, .. } = &self.config.addresses;
        let base = if self.deviates(Deviation::PublishesAnotherEndpoint) {
            "https://moved.twiin-harness.example/fhir"
        } else {
            fhir_base
        };
        let role = json!({"fhir-base": base, "token-endpoint": token_endpoint});
        json!({"ura": self.config.identity.ura, "sending": role, "receiving": role})
    }

    /// Feeds its endpoints to the directory: what is there is read, changed and written back under its version. Where
    /// somebody else was first, it is read again.
    pub(super) async fn publish(&self) -> Option<()> {
        let base = Url::parse(self.config.facilities.get(&Facility::Addressing)?)?;
        self.refresh(&base).await.ok()?;
        let Addresses { fhir_base, token_endpoint, .. } = self.config.addresses.clone();
        for id in self.own_endpoints() {
            for _ in 0..MOST_TRIES {
                let target = format!("{}/mcsd/Endpoint/{}", root(&base), encode_component(&id));
                let read = self.send_to_book(&base, &HttpRequest::get(target.clone())).await?;
                let mut endpoint: Value = serde_json::from_slice(&read.body).ok()?;
                let for_tokens =
                    Criteria { status: false, period: false, connection: false, version: false, payload: true }.fit(
                        &endpoint,
                        TOKENS,
                        clock::now(),
                    );
                endpoint["address"] = json!(if for_tokens { &token_endpoint } else { &fhir_base });
                let request = HttpRequest { method: "PUT".into(), target, ..HttpRequest::default() }
                    .with_header("if-match", header(&read.headers, "etag").unwrap_or("*"))
                    .with_body("application/fhir+json", endpoint.to_string().into_bytes());
                if self.send_to_book(&base, &request).await?.status != 412 {
                    break;
                }
            }
        }
        Some(())
    }

    fn own_endpoints(&self) -> Vec<String> {
        let state = self.state();
        let own = |r: &&Value| {
            let mut identifiers = r["identifier"].as_array().into_iter().flatten();
            identifiers.any(|i| i["value"] == self.config.identity.ura.as_str())
        };
        let organisation = state.directory.resources.values().find(own);
        let references = organisation.and_then(|o| o["endpoint"].as_array()).into_iter().flatten();
        references.filter_map(|r| Some(r["reference"].as_str()?.strip_prefix("Endpoint/")?.to_owned())).collect()
    }
}

/// The path of a base, without slash at the end.
fn root(base: &Url) -> &str {
    base.target.trim_end_matches('/')
}

/// The target of the next page, below the same address.
fn next(base: &Url, page: &Value) -> Option<String> {
    let link = page["link"].as_array()?.iter().find(|l| l["relation"] == "next")?;
    let next = Url::parse(link["url"].as_str()?)?;
    (next.origin() == base.origin()).then_some(next.target)
}
