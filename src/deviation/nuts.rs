//! Deviations of the token request of Nuts: presentations (RFC021), credentials of organisations (RFC023) and statements of
//! DEZI, as they are made and as they are taken.

use serde_json::{Value, json};

use super::{Deviation, LeafFlaw};
use crate::wire::dezi::DeziFault;
use crate::wire::did_x509::Policy;
use crate::wire::nuts::{CredentialFault, PresentationDraft, PresentationFault};
use crate::wire::oauth::{Assertion, Signing};

/// A minute, in seconds.
const MINUTE: i64 = 60;
/// The URA of somebody else.
const OTHER_URA: &str = "90000009";

impl Deviation {
    /// Edits a presentation before it is signed.
    pub fn edit_presentation(self, draft: &mut PresentationDraft) {
        match self {
            Self::PresentationLongLived => {
                let expires = &mut draft.presentation.claims["exp"];
                *expires = json!(expires.as_i64().unwrap_or_default() + MINUTE);
            }
            Self::PresentationWithSameNonce => {
                for name in ["nonce", "jti"] {
                    draft.presentation.claims.insert(name.into(), json!("always-the-same-value"));
                }
            }
            Self::CredentialWithOtherName => {
                for policy in &mut draft.organisation.policies {
                    if let Policy::San(kind, value) = policy
                        && kind == "otherName"
                    {
                        *value = with_other_ura(value);
                    }
                }
            }
            Self::CredentialSignedByStranger => draft.credential.signing = Signing::Stranger,
            _ => {}
        }
    }

    /// The kind of certificate that the credential of the organisation is made with.
    pub fn credential_flaw(self) -> LeafFlaw {
        if self == Self::CredentialOfUntrustedCa { LeafFlaw::UntrustedIssuer } else { LeafFlaw::None }
    }

    /// Edits a statement of DEZI before it is signed.
    pub fn edit_statement(self, statement: &mut Assertion) {
        let claims = &mut statement.claims;
        match self {
            Self::DeziExpired => {
                for name in ["nbf", "exp"] {
                    let at = claims.get(name).and_then(Value::as_i64).unwrap_or_default();
                    claims.insert(name.into(), json!(at - 1440 * MINUTE));
                }
            }
            Self::DeziOfOtherOrganisation => drop(claims.insert("abonnee_nummer".into(), json!(OTHER_URA))),
            Self::DeziWithLowAssurance => {
                drop(claims.insert("loa_dezi".into(), json!("http://eidas.europa.eu/LoA/low")));
            }
            Self::DeziWithWrongSignature => statement.signing = Signing::Tampered,
            _ => {}
        }
    }

    /// What is not looked at in a presentation.
    pub fn overlooks_in_presentation(self) -> Option<PresentationFault> {
        (self == Self::AcceptsLongLivedPresentations).then_some(PresentationFault::Lifetime)
    }

    /// What is not looked at in the credential of an organisation.
    pub fn overlooks_in_credential(self) -> Option<CredentialFault> {
        Some(match self {
            Self::AcceptsCredentialsWithOtherNames => CredentialFault::Names,
            Self::AcceptsCredentialsSignedByOthers => CredentialFault::Signature,
            Self::AcceptsCredentialsOfAnyCa => CredentialFault::Chain,
            _ => return None,
        })
    }

    /// What is not looked at in a statement of DEZI.
    pub fn overlooks_in_statement(self) -> Option<DeziFault> {
        Some(match self {
            Self::AcceptsDeziFromAnySource => DeziFault::Source,
            Self::AcceptsDeziWithWrongSignature => DeziFault::Signature,
            Self::AcceptsExpiredDezi => DeziFault::Validity,
            Self::AcceptsDeziWithAnyAssurance => DeziFault::Assurance,
            Self::AcceptsDeziOfOthers => DeziFault::Organisation,
            _ => return None,
        })
    }
}

/// An otherName of the UZI-register with another URA in it.
fn with_other_ura(value: &str) -> String {
    let mut fields: Vec<&str> = value.split('-').collect();
    if let Some(ura) = fields.get_mut(4) {
        *ura = OTHER_URA;
    }
    fields.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ura_of_an_other_name_is_changed() {
        let name = "2.16.528.1.1007.99.2110-1-900000002-S-90000002-00.000-00000000";
        let other = "2.16.528.1.1007.99.2110-1-900000002-S-90000009-00.000-00000000";
        assert_eq!(with_other_ura(name), other);
        assert_eq!(with_other_ura("no-name"), "no-name");
    }
}
