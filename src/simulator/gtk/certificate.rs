//! Who a client is by its certificate (CIBG CPS UZI-register, section 3 of the generic facilities): the URA comes from the
//! otherName of the UZI-register alone, and a token must be of the same organisation.

use super::{Gtk, Peer};
use crate::deviation::Deviation;
use crate::transcript::TlsFacts;
use crate::wire::x509::StringType;

impl Gtk {
    /// Whether a client may ask for tokens on this connection; if not, why.
    ///
    /// A plain PKIoverheid certificate names no URA: then the signed token says who it is (GF-PKI-015).
    pub(super) fn check_certificate(&self, tls: Option<&TlsFacts>, client: Option<&Peer>) -> Result<(), &'static str> {
        use Deviation as D;
        if self.config.lenient {
            return Ok(());
        }
        let Some(leaf) = tls.and_then(|t| t.peer.first()) else { return Ok(()) };
        if leaf.uzi_fault.is_some() {
            let malformed = "the UZI name in the certificate breaks its form";
            return if self.deviates(D::AcceptsMalformedUziNames) { Ok(()) } else { Err(malformed) };
        }
        let Some(name) = &leaf.uzi else {
            let refused = self.deviates(D::RefusesCertificatesWithoutUra);
            return if refused { Err("the certificate names no URA") } else { Ok(()) };
        };
        if self.deviates(D::RefusesUtf8Names) && name.string_type == StringType::UTF8String {
            return Err("the UZI name is no IA5String");
        }
        if !name.is_of_a_system() && !self.deviates(D::AcceptsPersonalCards) {
            return Err("the certificate is that of a person's card");
        }
        let first = leaf.upn.as_deref().and_then(|upn| upn.split_once('@')).map(|(_, ura)| ura);
        let ura = first.filter(|_| self.deviates(D::ReadsFirstOtherName)).unwrap_or(&name.ura);
        let speaks_for_itself = client.is_none_or(|c| c.ura == ura);
        if !speaks_for_itself && !self.deviates(D::IgnoresCertificateOrganisation) {
            return Err("the certificate is of another organisation than the client");
        }
        Ok(())
    }
}
