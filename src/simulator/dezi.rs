//! DEZI as the harness plays it: it makes statements about fictitious professionals and publishes the keys that sign them, at
//! an address of the harness. Another set, at another address, is there to see who believes any source.

use std::sync::LazyLock;

use serde_json::Value;

use crate::base::clock;
use crate::deviation::Deviation;
use crate::net::Identity;
use crate::wire::dezi::{StatementInputs, statement};
use crate::wire::jose::{Algorithm, JoseFault, Jwks, SigningKey};
use crate::wire::nuts::signed_statement;

/// Where the keys of DEZI are, below the address of the harness.
const SOURCE: &str = "/dezi/jwks.json";
/// Where the keys of a stranger are.
const ELSEWHERE: &str = "/dezi/elsewhere/jwks.json";
/// Id of either key.
const KEY_ID: &str = "sim-dezi-1";
/// Role code of a professional whose role is not known: a fictitious doctor.
const ROLE: &str = "01.015";

struct SigningKeys {
    dezi: SigningKey,
    stranger: SigningKey,
}

/// DEZI signs by RS256. An RSA key takes a while, so a process makes each of them once, when it is first asked for.
static KEYS: LazyLock<Result<SigningKeys, JoseFault>> = LazyLock::new(|| {
    let rsa = || SigningKey::generate(Algorithm::Ps256);
    Ok(SigningKeys { dezi: rsa()?, stranger: rsa()? })
});

/// The place of the keys of DEZI, where the harness is at this address.
pub fn source(origin: &str) -> String {
    format!("{origin}{SOURCE}")
}

/// The key set at a path; `None` when there is none.
pub fn key_set(path: &str) -> Option<Jwks> {
    let key = |keys: &'static SigningKeys| match path {
        SOURCE => Some(&keys.dezi),
        ELSEWHERE => Some(&keys.stranger),
        _ => None,
    };
    if path != SOURCE && path != ELSEWHERE {
        return None;
    }
    let mut jwk = key(KEYS.as_ref().ok()?)?.public_jwk(KEY_ID);
    jwk.alg = Some(Algorithm::Rs256.name().to_owned());
    Some(Jwks::new(vec![jwk]))
}

/// A signed statement about the professional of an identity, and its claims.
///
/// # Errors
/// When the keys cannot be made or cannot sign.
pub fn issue(
    origin: &str,
    who: &Identity,
    assurance: &str,
    deviation: Option<Deviation>,
) -> Result<(String, Value), JoseFault> {
    let keys = KEYS.as_ref().map_err(Clone::clone)?;
    let elsewhere = deviation == Some(Deviation::DeziFromOtherSource);
    let (place, key) = if elsewhere { (ELSEWHERE, &keys.stranger) } else { (SOURCE, &keys.dezi) };
    let inputs = StatementInputs {
        jku: &format!("{origin}{place}"),
        key_id: KEY_ID,
        ura: &who.ura,
        number: who.user.rsplit('|').next().unwrap_or_default(),
        role: who.role.as_deref().unwrap_or(ROLE),
        assurance,
        now: clock::now(),
    };
    let mut made = statement(&inputs);
    if let Some(deviation) = deviation {
        deviation.edit_statement(&mut made);
    }
    signed_statement(made, key)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::net::identity::Parts;
    use crate::wire::dezi::{Demands, DeziFault, faults};

    const HIGH: &str = "http://eidas.europa.eu/LoA/high";

    #[test]
    fn a_statement_is_believed_by_its_own_source_and_not_by_another() {
        let who = Identity::new(Parts::bare("partner", "90000002"));
        let (sources, assurance) = ([source("https://sim.example")], [HIGH.to_owned()]);
        let demands = Demands {
            sources: &sources,
            assurance: &assurance,
            ura: "90000002",
            audiences: &[],
            skew_s: 5,
            now: clock::now(),
        };
        let (own, other) = (key_set(SOURCE).unwrap(), key_set(ELSEWHERE).unwrap());
        let (good, _) = issue("https://sim.example", &who, HIGH, None).unwrap();
        assert_eq!(faults(&good, Some(&own), &demands), []);
        assert_eq!(faults(&good, Some(&other), &demands), [DeziFault::Signature]);
        let judged = |deviation, keys| {
            let (token, _) = issue("https://sim.example", &who, HIGH, Some(deviation)).unwrap();
            faults(&token, Some(keys), &demands)
        };
        assert_eq!(judged(Deviation::DeziFromOtherSource, &other), [DeziFault::Source]);
        assert_eq!(judged(Deviation::DeziWithWrongSignature, &own), [DeziFault::Signature]);
        assert_eq!(judged(Deviation::DeziExpired, &own), [DeziFault::Validity]);
        assert_eq!(judged(Deviation::DeziWithLowAssurance, &own), [DeziFault::Assurance]);
        assert_eq!(judged(Deviation::DeziOfOtherOrganisation, &own), [DeziFault::Organisation]);
        assert!(key_set("/dezi").is_none());
    }
}
