//! The candidate as a client: we listen for a while, and look at the first connection that it makes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::set_up::Own;
use super::{Diagnosis, Remark, Side, certificates, words};
use crate::base::text::Text;
use crate::net::listen::{Answer, ClientPolicy, Observed, ServerTls, Service, ServiceFuture, bind};
use crate::net::{Incoming, Versions};
use crate::suite::CandidateFile;
use crate::transcript::Endpoint;
use crate::wire::http::HttpResponse;
use crate::wire::x509::ChainVerdict;

/// Answers that nothing is here, and passes on what it saw.
struct Ear(mpsc::UnboundedSender<Observed>);

impl Service for Ear {
    fn call(self: Arc<Self>, _: Incoming) -> ServiceFuture {
        Box::pin(async { Answer::new(HttpResponse::status(503), Endpoint::Other) })
    }
    fn observe(&self, observed: Observed) {
        // Nobody hears it any more when the wait is over.
        let _ = self.0.send(observed);
    }
}

/// Waits for the candidate to call us.
pub(super) async fn examine(diagnosis: &mut Diagnosis, file: &CandidateFile, own: &Own, wait: Duration) {
    let about = format!("harness.base-url: {}", file.harness.base_url);
    let mut say = |remark: Remark| diagnosis.add(Side::Candidate, &about, remark);
    let (Some(credential), Ok(address)) = (own.credential.clone(), file.harness.listen.parse()) else { return };
    let Ok(bound) = bind(address).await else { return };
    let tls = ServerTls {
        credential,
        client: ClientPolicy { trust: own.trust.clone(), ..ClientPolicy::default() },
        versions: Versions::Both,
        answers_plain_http: false,
        careless: None,
        staples: false,
        renegotiates: false,
        takes_early_data: false,
        follows_client_order: false,
        lacks_chacha20: false,
    };
    let (ear, mut heard) = mpsc::unbounded_channel();
    let Ok(_listener) = bound.serve(tls, file.limits.clone(), Arc::new(Ear(ear))) else { return };
    match tokio::time::timeout(wait, heard.recv()).await {
        Ok(Some(observed)) => caller(&observed, file).into_iter().for_each(&mut say),
        _ => say(Remark::notice(
            "nobody-called",
            Text::new(
                format!("binnen {} s belde niemand ons", wait.as_secs()),
                format!("nobody called us within {} s", wait.as_secs()),
            ),
            Text::new(
                "Zet de kandidaat in beweging terwijl er wordt gewacht, of controleer of hij dit adres kan bereiken.",
                "Set the candidate in motion during the wait, or check that it can reach this address.",
            ),
        )),
    }
}

fn caller(observed: &Observed, file: &CandidateFile) -> Vec<Remark> {
    let whose = Text::new("de client van de kandidaat", "the client of the candidate");
    let mut remarks = Vec::new();
    if let Some(fault) = &observed.fault {
        let what = Text::new(
            format!("de kandidaat belt ons, maar breekt af: {}", words::fault_words(fault)),
            format!("the candidate calls us, but breaks off: {}", words::fault_words(fault)),
        );
        let advice = Text::new(
            "Laat hem ons servercertificaat vertrouwen (van `init`: pki/root.pem) onder de naam in `harness.base-url`.",
            "Let it trust our server certificate (from `init`: pki/root.pem) under the name in `harness.base-url`.",
        );
        remarks.push(Remark::wrong("caller-breaks-off", what, advice));
        return remarks;
    }
    let Some(leaf) = observed.tls.as_ref().and_then(|t| t.peer.first()) else {
        remarks.push(Remark::wrong(
            "caller-without-certificate",
            Text::new("de kandidaat toont geen clientcertificaat", "the candidate shows no client certificate"),
            Text::new(
                "Laat zijn client een certificaat tonen (NET-5.020).",
                "Let its client show a certificate (NET-5.020).",
            ),
        ));
        return remarks;
    };
    let shown = observed.tls.as_ref().map_or(0, |t| t.peer.len());
    if let Some(ChainVerdict::Untrusted { reason, certificate }) =
        observed.tls.as_ref().and_then(|t| t.peer_verdict.as_ref())
    {
        remarks.push(words::untrusted(*reason, certificate, shown, &whose));
    } else {
        remarks.push(Remark::good(
            "caller",
            Text::new(
                format!("de kandidaat belt ons als {}", leaf.subject),
                format!("the candidate calls us as {}", leaf.subject),
            ),
        ));
    }
    remarks.extend(certificates::leaf(leaf, &whose));
    remarks.extend(certificates::ura(leaf, &file.organisation.ura, false, &whose));
    remarks
}
