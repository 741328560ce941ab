//! Who somebody is towards others: certificate, signing key, and the numbers and names that go into messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::OffsetDateTime;

use super::connect::{ClientTls, Versions};
use super::listen::{ClientPolicy, Overlook, ServerTls};
use super::pki::{Credential, LeafFlaw, weak_chain};
use super::status::StatusRules;
use super::trust::Trust;
use crate::deviation::{ClientShows, Deviation, ServerShows};
use crate::wire::http::HttpRequest;
use crate::wire::jose::{Algorithm, JoseFault, SigningKey};
use crate::wire::nuts::{NutsRules, PresentationDraft, PresentationInputs};
use crate::wire::oauth::{Keys, TokenDraft, TokenInputs, TokenRules};
use crate::wire::tls::Careless;
use crate::wire::x509::facts;

/// An identity. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity(Arc<Parts>);

/// A key and its id.
#[derive(Debug, Clone)]
pub struct NamedKey {
    /// The `kid`.
    pub id: String,
    /// The key.
    pub signing: SigningKey,
}

/// The parts of an identity.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Name in scenarios, for example `partner`.
    pub name: String,
    /// URA of the organisation.
    pub ura: String,
    /// Identifier of the system, `Task.requester.agent`.
    pub system_id: String,
    /// OAuth client id.
    pub client_id: String,
    /// Id of the signing key.
    pub key_id: String,
    /// The professional, as `system|value`.
    pub user: String,
    /// Another professional, written likewise, where there is one.
    pub colleague: Option<String>,
    /// Role code of the professional, where it is known.
    pub role: Option<String>,
    /// Key that signs assertions.
    pub signing: SigningKey,
    /// Keys for other algorithms, by algorithm.
    pub more_keys: BTreeMap<Algorithm, NamedKey>,
    /// Certificates: the good one and those with a flaw, as far as they could be had.
    pub credentials: BTreeMap<LeafFlaw, Credential>,
    /// The kind of certificate that it shows where no deviation says otherwise.
    pub shows: LeafFlaw,
}

impl std::ops::Deref for Identity {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What an identity was asked to show and does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("use a certificate of kind `{flaw:?}`: the identity `{identity}` has none")]
pub struct NoCredential {
    identity: String,
    flaw: LeafFlaw,
}

/// Why a presentation cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum NoPresentation {
    /// The certificate is not there.
    #[error(transparent)]
    Credential(#[from] NoCredential),
    /// There is no CA in its chain, or no name in it to go by.
    #[error("make a presentation: the certificate names neither an organisation nor a CA")]
    Nameless,
    /// A key cannot sign.
    #[error(transparent)]
    Jose(#[from] JoseFault),
}

/// The kind of certificate that a client shows; `None` for none at all.
fn client_flaw(shows: ClientShows, own: LeafFlaw) -> Option<LeafFlaw> {
    Some(match shows {
        ClientShows::Own => own,
        ClientShows::Nothing => return None,
        ClientShows::SelfSigned => LeafFlaw::SelfSigned,
        ClientShows::Expired => LeafFlaw::Expired,
        ClientShows::Untrusted => LeafFlaw::UntrustedIssuer,
        ClientShows::Revoked => LeafFlaw::Revoked,
        ClientShows::ServerOnly => LeafFlaw::WrongUsage,
    })
}

fn server_flaw(shows: ServerShows, own: LeafFlaw) -> LeafFlaw {
    match shows {
        ServerShows::Own => own,
        ServerShows::Expired => LeafFlaw::Expired,
        ServerShows::Untrusted => LeafFlaw::UntrustedIssuer,
        ServerShows::OtherHost => LeafFlaw::WrongHost,
        ServerShows::Revoked => LeafFlaw::Revoked,
    }
}

/// Trust as a deviation leaves it.
fn trust_of(trust: &Trust, deviation: Option<Deviation>) -> Trust {
    match deviation {
        Some(Deviation::IgnoresRevocationOfServers) => trust.without_lists(),
        Some(Deviation::SkipsStatusOfIntermediates) => trust.for_the_leaf_alone(),
        _ => trust.clone(),
    }
}

/// What a server is careless about; a weak key must be made first.
fn careless(deviation: Option<Deviation>) -> Option<Careless> {
    let mut careless = deviation?.careless()?;
    if deviation == Some(Deviation::ShowsWeakServerKey) {
        careless.chain = weak_chain().into_iter().collect();
    }
    Some(careless)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
impl Parts {
    /// An identity with a signing key and nothing else, for tests to build on.
    pub fn bare(name: &str, ura: &str) -> Self {
        Self {
            name: name.to_owned(),
            ura: ura.to_owned(),
            system_id: String::new(),
            client_id: String::new(),
            key_id: String::new(),
            user: String::new(),
            colleague: None,
            role: None,
            signing: SigningKey::generate(crate::wire::jose::Algorithm::Es256).unwrap(),
            more_keys: BTreeMap::new(),
            credentials: BTreeMap::new(),
            shows: LeafFlaw::None,
        }
    }
}

impl Identity {
    /// An identity of its parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The same identity with another certificate of a kind.
    #[must_use]
    pub fn with_credential(&self, kind: LeafFlaw, credential: Credential) -> Self {
        let mut parts = Parts::clone(&self.0);
        parts.credentials.insert(kind, credential);
        Self::new(parts)
    }

    /// The same identity, showing its certificate of a kind.
    #[must_use]
    pub fn showing(&self, kind: LeafFlaw) -> Self {
        Self::new(Parts { shows: kind, ..Parts::clone(&self.0) })
    }

    /// The certificate of a kind.
    ///
    /// # Errors
    /// When the identity has none of that kind.
    pub fn credential(&self, flaw: LeafFlaw) -> Result<&Credential, NoCredential> {
        self.credentials.get(&flaw).ok_or_else(|| NoCredential { identity: self.name.clone(), flaw })
    }

    /// How this identity connects. `enforce` breaks off at a wrong server, as a product does; the harness goes on.
    ///
    /// # Errors
    /// When the deviation asks for a certificate that the identity does not have.
    pub fn client_tls(
        &self,
        trust: &Trust,
        deviation: Option<Deviation>,
        enforce: bool,
    ) -> Result<ClientTls, NoCredential> {
        let shows = deviation.map(Deviation::client_shows).unwrap_or_default();
        let flaw = client_flaw(shows, self.shows);
        Ok(ClientTls {
            credential: flaw.map(|f| self.credential(f).cloned()).transpose()?,
            trust: trust_of(trust, deviation),
            status: StatusRules::of_client(deviation),
            enforce: enforce && deviation != Some(Deviation::TrustsAnyServer),
            ignore_name: deviation == Some(Deviation::IgnoresServerName),
            organisation: None,
            versions: if deviation == Some(Deviation::OffersTls12) { Versions::Tls12 } else { Versions::Tls13 },
            lacks_chacha20: deviation == Some(Deviation::OffersNoChacha20),
        })
    }

    /// How this identity listens. `enforce` refuses wrong clients; the harness takes all and notes what it saw.
    ///
    /// # Errors
    /// When the deviation asks for a certificate that the identity does not have.
    pub fn server_tls(
        &self,
        trust: &Trust,
        deviation: Option<Deviation>,
        enforce: bool,
    ) -> Result<ServerTls, NoCredential> {
        use Deviation as D;
        let credential = self
            .credential(server_flaw(deviation.map(Deviation::server_shows).unwrap_or_default(), self.shows))?
            .clone();
        let overlook = match deviation {
            Some(D::AcceptsSelfSignedClientCertificate) => vec![Overlook::SelfSigned],
            Some(D::AcceptsExpiredClientCertificate) => vec![Overlook::Expired],
            Some(D::AcceptsUntrustedClientCertificate) => vec![Overlook::UnknownIssuer],
            Some(D::AcceptsRevokedClientCertificate) => vec![Overlook::Revoked],
            Some(D::AcceptsWeakClientKeys) => vec![Overlook::WeakKey],
            Some(D::AcceptsSha1Certificates) => vec![Overlook::Sha1],
            _ => Vec::new(),
        };
        let tls12 = !enforce || matches!(deviation, Some(D::AcceptsTls12 | D::LetsClientsRenegotiate));
        Ok(ServerTls {
            credential,
            client: ClientPolicy {
                trust: trust_of(trust, deviation.filter(|d| *d != D::IgnoresRevocationOfServers)),
                status: StatusRules::of_server(deviation),
                enforce,
                mandatory: enforce && deviation != Some(D::AcceptsNoClientCertificate),
                overlook,
            },
            versions: if tls12 { Versions::Both } else { Versions::Tls13 },
            answers_plain_http: deviation == Some(D::AnswersPlainHttp),
            careless: careless(deviation),
            staples: deviation != Some(D::NoOcspStapling),
            takes_early_data: deviation == Some(D::AcceptsEarlyData),
            follows_client_order: deviation == Some(D::FollowsClientOrder),
            lacks_chacha20: deviation == Some(D::TakesNoChacha20),
            renegotiates: deviation == Some(D::LetsClientsRenegotiate),
        })
    }

    /// What goes into a token request of this identity.
    pub fn token_inputs<'a>(&'a self, audience: &'a str, scope: &'a str, now: OffsetDateTime) -> TokenInputs<'a> {
        TokenInputs {
            client_id: &self.client_id,
            key_id: &self.key_id,
            ura: &self.ura,
            organisation_type: None,
            user: &self.user,
            role: None,
            mandated: None,
            patient: None,
            authorization_base: None,
            audience,
            scope,
            now,
        }
    }

    /// A signed token request to the path `target`, with a deviation if one is asked for.
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn token_request(
        &self,
        inputs: &TokenInputs<'_>,
        rules: &TokenRules,
        deviation: Option<Deviation>,
        target: &str,
    ) -> Result<HttpRequest, JoseFault> {
        self.token_request_by(&self.signing, inputs, rules, deviation, target)
    }

    /// The same, signed with another key; `inputs` names its id.
    ///
    /// # Errors
    /// When a key cannot sign.
    pub fn token_request_by(
        &self,
        own: &SigningKey,
        inputs: &TokenInputs<'_>,
        rules: &TokenRules,
        deviation: Option<Deviation>,
        target: &str,
    ) -> Result<HttpRequest, JoseFault> {
        let mut draft = TokenDraft::new(inputs, rules);
        if let Some(deviation) = deviation {
            deviation.edit_token_request(&mut draft, rules);
        }
        let tls = match self.credentials.get(&LeafFlaw::None) {
            Some(credential) => credential.signing_key()?,
            None => &self.signing,
        };
        draft.into_request(target, Keys { own, tls })
    }

    /// A token request of Nuts to the path `target`: a presentation signed by the usual key, with a credential of the
    /// organisation by the key of the certificate, and a statement of DEZI where there is one.
    ///
    /// # Errors
    /// When the certificate that the credential is made of is not there, names nobody, or has a key that cannot sign.
    pub fn presentation_request(
        &self,
        inputs: &TokenInputs<'_>,
        rules: &NutsRules,
        trust: &Trust,
        statement: Option<(String, serde_json::Value)>,
        deviation: Option<Deviation>,
        target: &str,
    ) -> Result<HttpRequest, NoPresentation> {
        let credential = self.credential(deviation.map(Deviation::credential_flaw).unwrap_or_default())?;
        let inputs = PresentationInputs {
            holder: self.signing.verifying_key(),
            chain: &with_root(credential, trust),
            audience: inputs.audience,
            scope: inputs.scope,
            statement,
            now: inputs.now,
        };
        let mut draft = PresentationDraft::new(&inputs, rules).ok_or(NoPresentation::Nameless)?;
        if let Some(deviation) = deviation {
            deviation.edit_presentation(&mut draft);
        }
        Ok(draft.into_request(target, Keys { own: &self.signing, tls: credential.signing_key()? })?)
    }
}

/// A chain with the root that it leads to by name: over the wire of TLS the root is left out, in an `x5c` of Nuts it is not.
fn with_root(credential: &Credential, trust: &Trust) -> Vec<Vec<u8>> {
    let mut chain: Vec<Vec<u8>> = credential.chain().iter().map(|der| der.to_vec()).collect();
    let issuer = chain.last().and_then(|der| facts(der).ok()).filter(|last| !last.self_signed).map(|last| last.issuer);
    let is_issuer = |der: &&rustls::pki_types::CertificateDer<'_>| {
        facts(der).is_ok_and(|anchor| Some(&anchor.subject) == issuer.as_ref())
    };
    chain.extend(trust.anchors().iter().find(is_issuer).map(|der| der.to_vec()));
    chain
}
