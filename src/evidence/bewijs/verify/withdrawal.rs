//! What was withdrawn: by the policy of the verifier, or by a list that somebody signed who may issue such a bewijs.

use super::check::Found;
use super::form::found;
use super::identity::is_entitled;
use super::scene::Scene;
use crate::evidence::bewijs::withdrawal::{CONTENT_TYPE, Withdrawal};
use crate::wire::jades::{Jades, Limits};

pub(super) fn withdrawn(scene: &Scene<'_>) -> Found {
    let (Some(policy), Some(statement)) = (scene.options.policy, scene.statement()) else { return Vec::new() };
    let id = &statement.predicate.id;
    let mut all = Vec::new();
    if policy.withdrawn.contains(id) {
        all.push(found("withdrawn", "it was withdrawn, by the policy"));
    }
    for bytes in scene.options.withdrawals {
        match read(scene, bytes) {
            Ok(list) => {
                let entry = list.withdrawn.iter().find(|entry| entry.id == *id);
                all.extend(
                    entry.map(|entry| found("withdrawn", format!("withdrawn on {}: {}", list.issued, entry.reason))),
                );
            }
            Err(why) => all.push(found("withdrawal-unusable", format!("a list of withdrawals cannot be used: {why}"))),
        }
    }
    all
}

/// A list, when its seal holds and is of somebody who may issue this kind of bewijs.
fn read(scene: &Scene<'_>, bytes: &[u8]) -> Result<Withdrawal, String> {
    let (Some(policy), Some(statement)) = (scene.options.policy, scene.statement()) else {
        return Err("nothing to hold it against".into());
    };
    let jades = Jades::read(bytes, Limits::BEWIJS).map_err(|fault| fault.to_string())?;
    for signature in &jades.signatures {
        if let Some(fault) = signature.faults(&jades.payload, &policy.algorithms).first() {
            return Err(fault.to_string());
        }
        if signature.content_type().as_deref() != Some(CONTENT_TYPE) {
            return Err("it is another kind of document".into());
        }
        if !is_entitled(scene, signature, statement.predicate.soort) {
            return Err("nobody who may issue such a bewijs signed it".into());
        }
    }
    let payload = jades.payload().map_err(|fault| fault.to_string())?;
    serde_json::from_slice(&payload).map_err(|error| error.to_string())
}
