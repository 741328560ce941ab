//! What the chain of a peer says, read once per second instead of once per connection.
//!
//! Parties show the same few certificates all day, and reading and judging a chain costs as much as a handshake. Both
//! are pure: facts follow from the bytes, and a verdict from chain, anchors, usage and moment, of which certificates
//! know whole seconds only. So an answer that is kept is the answer that would be given. What is kept is bounded,
//! for a hostile peer can show as many certificates as it likes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::CertificateDer;
use time::OffsetDateTime;

use crate::wire::x509::{self, CertificateFacts, ChainVerdict, Usage};

/// Chains that are remembered.
const KEPT: usize = 64;

/// What is known of a chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    /// Facts of the certificates that can be read, leaf first.
    pub facts: Vec<CertificateFacts>,
    /// Whether it is trusted for the usage.
    pub verdict: ChainVerdict,
}

#[derive(PartialEq)]
struct Question {
    chain: Vec<CertificateDer<'static>>,
    anchors: Vec<CertificateDer<'static>>,
    usage: Usage,
    second: i64,
}

static ANSWERS: Mutex<VecDeque<(Question, Arc<Chain>)>> = Mutex::new(VecDeque::new());

/// Facts and verdict of a chain that is not empty, as things stand at a moment.
pub(super) fn chain(
    chain: &[CertificateDer<'static>],
    anchors: &[CertificateDer<'static>],
    usage: Usage,
    at: OffsetDateTime,
) -> Arc<Chain> {
    let second = at.unix_timestamp();
    let same = |q: &Question| q.second == second && q.usage == usage && q.chain == chain && q.anchors == anchors;
    let kept = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, answer)) = kept.iter().find(|(q, _)| same(q)) {
        return answer.clone();
    }
    // Others go on while this chain is read; that two read the same one does no harm.
    drop(kept);
    let answer = Arc::new(read(chain, anchors, usage, at));
    let question = Question { chain: chain.to_vec(), anchors: anchors.to_vec(), usage, second };
    let mut kept = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
    kept.truncate(KEPT - 1);
    kept.push_front((question, answer.clone()));
    answer
}

fn read(chain: &[CertificateDer<'_>], anchors: &[CertificateDer<'_>], usage: Usage, at: OffsetDateTime) -> Chain {
    let der = |list: &[CertificateDer<'_>]| list.iter().map(|c| c.to_vec()).collect::<Vec<_>>();
    Chain {
        facts: chain.iter().filter_map(|c| x509::facts(c).ok()).collect(),
        verdict: x509::explain_chain_for(&der(chain), &der(anchors), at, &[usage]),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base::clock;
    use crate::net::pki::{LeafFlaw, LeafSpec, TestPki};

    fn pki_and_chain(flaw: LeafFlaw) -> (TestPki, Vec<CertificateDer<'static>>) {
        let pki = TestPki::generate(clock::now()).unwrap();
        let spec = LeafSpec {
            common_name: "localhost".into(),
            organisation: "SIM".into(),
            ura: "90000001".into(),
            uzi_number: "900000001".into(),
            ..LeafSpec::default()
        };
        let chain = pki.issue(&spec, flaw).unwrap().chain().to_vec();
        (pki, chain)
    }

    #[test]
    fn the_same_question_in_the_same_second_is_answered_once_and_a_later_one_anew() {
        let (pki, shown) = pki_and_chain(LeafFlaw::None);
        let anchors = [pki.root_der()];
        let now = clock::now();
        let first = chain(&shown, &anchors, Usage::ClientAuth, now);
        assert_eq!((first.facts.len(), &first.verdict), (3, &ChainVerdict::Trusted));
        assert!(Arc::ptr_eq(&first, &chain(&shown, &anchors, Usage::ClientAuth, now)));
        let expired = chain(&shown, &anchors, Usage::ClientAuth, now + time::Duration::days(100));
        assert!(matches!(expired.verdict, ChainVerdict::Untrusted { .. }));
    }

    #[test]
    fn other_anchors_and_another_usage_are_other_questions() {
        let (pki, shown) = pki_and_chain(LeafFlaw::WrongUsage);
        let (other, _) = pki_and_chain(LeafFlaw::None);
        let now = clock::now();
        let verdict = |anchor, usage| chain(&shown, &[anchor], usage, now).verdict.clone();
        assert_eq!(verdict(pki.root_der(), Usage::ServerAuth), ChainVerdict::Trusted);
        assert_ne!(verdict(pki.root_der(), Usage::ClientAuth), ChainVerdict::Trusted);
        assert_ne!(verdict(other.root_der(), Usage::ServerAuth), ChainVerdict::Trusted);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let (pki, shown) = pki_and_chain(LeafFlaw::None);
        for day in 0..(KEPT as i64 + 10) {
            chain(&shown, &[pki.root_der()], Usage::Signing, clock::now() + time::Duration::days(day));
        }
        assert!(ANSWERS.lock().unwrap().len() <= KEPT);
    }
}
