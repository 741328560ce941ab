//! Time-stamps and revocation values over real sockets: a TSA, a responder and distribution points that answer well, and in
//! every wrong way. What was sealed is never lost.

mod desk;

use serde_json::Value;
use twiin_harness::base::clock;
use twiin_harness::net::Limits;
use twiin_harness::net::pki::{SealFlaw, SealKeys, SealPki, SealSpec, Stamp};
use twiin_harness::seal::TsaClient;
use twiin_harness::seal::tsa::revocation_values;
use twiin_harness::wire::x509::path::{self, Demands, Path, Revocation};

use super::bewijs::{KEY, Office, VALIDATE, run};
use desk::{Desk, GOOD, Way, Ways};

/// An office whose certificates say that their status is at the desk, and a policy for each level.
fn office(desk: &Desk) -> Office {
    let office = Office::of(&desk.pki);
    run(office.path(), "good", true, &[]);
    office.trusts_pack_of("good");
    let text = std::fs::read_to_string(office.path().join("policy.yaml")).unwrap();
    let put = |name: &str, text: &str| std::fs::write(office.path().join(name), text).unwrap();
    let timed = format!("{text}time-stamps: {{ anchors: [{{ file: pki/root.pem }}] }}\n");
    put("timed.yaml", &timed.replace("min-level: B-B", "min-level: B-T"));
    let lasting = timed.replace("min-level: B-B", "min-level: B-LT");
    put("lasting.yaml", &lasting.replace("revocation: off", "revocation: embedded-or-fail"));
    office
}

/// Verifies by a policy; the lines of the report with their state.
fn verified(office: &Office, file: &str, policy: &str) -> (i32, Value) {
    let did = office.does(&format!("verify {file} --policy {policy} --format json"));
    (did.code, serde_json::from_str(&did.out).unwrap_or_else(|_| panic!("{}{}", did.out, did.err)))
}

#[test]
fn a_bewijs_is_stamped_and_made_to_last_over_http() {
    for keys in [SealKeys::Ec, SealKeys::Rsa] {
        let desk = Desk::open(keys);
        let office = office(&desk);
        let tsa = desk.tsa();
        let issued = office.does(&format!("bewijs issue good {VALIDATE} {KEY} --tsa {tsa} --out a.twiinbewijs"));
        assert_eq!(issued.code, 0, "{}", issued.err);
        assert_eq!(desk.asked(), ["/tsa"]);
        let (code, told) = verified(&office, "a.twiinbewijs", "timed.yaml");
        assert_eq!((code, &told["lines"]["tijd"]["state"]), (0, &"good".into()), "{told:#}");
        assert_eq!(verified(&office, "a.twiinbewijs", "lasting.yaml").0, 3, "nothing is known of revocation yet");

        let lasting = "bewijs augment a.twiinbewijs --long-term --policy lasting.yaml --out lt.twiinbewijs";
        let done = office.does(lasting);
        assert_eq!((done.code, done.err.as_str()), (0, ""), "{}", done.out);
        let asked = desk.asked();
        // The TSA, the issuing CA (known by then), and the seal; a CA has no responder.
        assert!(
            asked.contains(&"/status/ocsp".to_owned()) && asked.contains(&"/status/root.crl".to_owned()),
            "{asked:?}"
        );
        assert!(!asked.contains(&"/status/issuing.crl".to_owned()), "the responder has told enough: {asked:?}");
        let (code, told) = verified(&office, "lt.twiinbewijs", "lasting.yaml");
        assert_eq!(code, 0, "{told:#}");
        for line in ["ondertekenaar", "tijd", "intrekking"] {
            assert_eq!(told["lines"][line]["state"], "good", "{line}: {told:#}");
        }
        assert_eq!(desk.asked(), [""; 0], "verify asks nobody");
        // Once more gives the same: what is there already is not fetched or said twice.
        let again =
            office.does("bewijs augment lt.twiinbewijs --long-term --policy lasting.yaml --out again.twiinbewijs");
        assert_eq!((again.code, desk.asked().len()), (0, 0), "{}", again.err);
        let bytes = |name: &str| std::fs::read(office.path().join(name)).unwrap();
        assert_eq!(bytes("again.twiinbewijs"), bytes("lt.twiinbewijs"));
        // Both in one go.
        let plain = office.does(&format!("bewijs issue good {VALIDATE} {KEY} --out b.twiinbewijs"));
        assert_eq!(plain.code, 0, "{}", plain.err);
        let done = office.does(&format!("bewijs augment b.twiinbewijs --tsa {tsa} --long-term --policy lasting.yaml"));
        assert_eq!(done.code, 0, "{}", done.err);
        assert_eq!(verified(&office, "b.twiinbewijs", "lasting.yaml").0, 0);
    }
}

#[test]
fn what_a_tsa_answers_wrong_is_told_and_the_seal_is_kept() {
    let desk = Desk::open(SealKeys::Ec);
    let office = office(&desk);
    let tsa = desk.tsa();
    let file = office.path().join("a.twiinbewijs");
    let answers = |way| desk.answers(Ways { tsa: way, ..GOOD });
    answers(Way::Refuses);
    let issued = office.does(&format!("bewijs issue good {VALIDATE} {KEY} --tsa {tsa} --out a.twiinbewijs"));
    assert_eq!(issued.code, 4, "{}", issued.out);
    for words in ["refuses (status 2, badRequest) TEST SIM: not today", "a.twiinbewijs is sealed", "bewijs augment"] {
        assert!(issued.err.contains(words), "{words}: {}", issued.err);
    }
    let sealed = std::fs::read(&file).unwrap();
    assert_eq!(verified(&office, "a.twiinbewijs", "policy.yaml").0, 0, "the seal alone is good");
    let cases: [(Way, &str, &str); 15] = [
        (Way::Refuses, "", "refuses (status 2, badRequest)"),
        (Way::OtherNonce, "", "answers another request"),
        (Way::Token(Stamp::OtherBytes), "", "is about other bytes"),
        (Way::Token(Stamp::UsageNotCritical), "", "is not critical"),
        (Way::Token(Stamp::WrongUsage), "", "is not for time-stamps alone"),
        (Way::Token(Stamp::OtherCertificateBound), "", "is not part of what is signed"),
        (Way::Token(Stamp::Damaged), "", "the signature of the time-stamp does not hold"),
        (Way::NoToken, "", "gives no token"),
        (Way::WrongType, "", "of type \"text/html\", application/timestamp-reply expected"),
        (Way::TooLarge, "", "more than 262144 bytes"),
        (Way::Rubbish, "", "cannot be read (TimeStampResp)"),
        (Way::Down, "", "status 503"),
        (Way::Closes, "", "ended without an answer"),
        (Way::Hangs, " --tsa-timeout 1", "no answer within 1 s"),
        (Way::Good, " --tsa-policy 1.2.3.4", "1.2.3.4 was asked for"),
    ];
    for (way, extra, words) in cases {
        answers(way);
        let did = office.does(&format!("bewijs augment a.twiinbewijs --tsa {tsa}{extra}"));
        assert_eq!(did.code, 4, "{way:?}: {}", did.out);
        assert!(did.err.contains(words), "{way:?}: {}", did.err);
        assert!(std::fs::read(&file).unwrap() == sealed, "{way:?}: the file was changed");
    }
    let nobody = office.does("bewijs augment a.twiinbewijs --tsa http://127.0.0.1:1/");
    assert_eq!(nobody.code, 4);
    assert!(nobody.err.contains("nobody listens there"), "{}", nobody.err);
    // What cannot be asked at all is told before anything is sealed.
    for wrong in ["--tsa ftp://127.0.0.1/", &format!("--tsa {tsa} --tsa-policy none")] {
        let did = office.does(&format!("bewijs issue good {VALIDATE} {KEY} {wrong} --out never.twiinbewijs"));
        assert_eq!(did.code, 2, "{wrong}: {}", did.err);
        assert!(!office.path().join("never.twiinbewijs").exists(), "{wrong}");
    }
    // A TSA that nobody trusts stamps in good order; the policy of the verifier says that it counts for nothing.
    answers(Way::Token(Stamp::UntrustedTsa));
    let did = office.does(&format!("bewijs augment a.twiinbewijs --tsa {tsa} --out b.twiinbewijs"));
    assert_eq!(did.code, 0, "{}", did.err);
    let (code, told) = verified(&office, "b.twiinbewijs", "timed.yaml");
    assert_eq!(code, 3);
    assert!(told.to_string().contains("time-stamp-path-unknown-issuer"), "{told:#}");
    // In the end the TSA is well, and the file of the first try is stamped.
    answers(Way::Good);
    assert_eq!(office.does(&format!("bewijs augment a.twiinbewijs --tsa {tsa}")).code, 0);
    assert_eq!(verified(&office, "a.twiinbewijs", "timed.yaml").0, 0);
}

#[test]
fn what_is_not_known_of_revocation_is_told_and_what_there_is_is_kept() {
    let desk = Desk::open(SealKeys::Ec);
    let office = office(&desk);
    let issued = office.does(&format!("bewijs issue good {VALIDATE} {KEY} --tsa {} --out a.twiinbewijs", desk.tsa()));
    assert_eq!(issued.code, 0, "{}", issued.err);
    let lasting = "bewijs augment a.twiinbewijs --long-term --policy lasting.yaml --out lt.twiinbewijs";
    // The list is as good as the responder.
    desk.answers(Ways { ocsp: Way::Down, ..GOOD });
    let done = office.does(lasting);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("/status/ocsp: the answer has status 503"), "{}", done.err);
    assert_eq!(verified(&office, "lt.twiinbewijs", "lasting.yaml").0, 0);
    // Nobody tells anything.
    desk.answers(Ways { ocsp: Way::Closes, crl: Way::Down, ..GOOD });
    let done = office.does(lasting);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("it is not known whether it was revoked"), "{}", done.err);
    let (code, told) = verified(&office, "lt.twiinbewijs", "lasting.yaml");
    assert_eq!(code, 3);
    assert!(told.to_string().contains("revocation-unknown"), "{told:#}");
    assert_eq!(verified(&office, "lt.twiinbewijs", "timed.yaml").0, 0, "it is still as good as it was");
    // Revoked before it was sealed.
    desk.answers(Ways { ocsp: Way::Revoked, ..GOOD });
    let done = office.does(lasting);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("was revoked"), "{}", done.err);
    assert_eq!(verified(&office, "lt.twiinbewijs", "lasting.yaml").0, 3);
}

/// The path of a fresh seal of the PKI of a desk.
fn path(pki: &SealPki) -> Path {
    let seal = pki.issue(&SealSpec::default(), SealFlaw::None).unwrap();
    let chain: Vec<Vec<u8>> = seal.chain().iter().map(|c| c.to_vec()).collect();
    path::check(&chain[0], &chain[1..], &[pki.root()], clock::now(), &Demands::seal()).unwrap()
}

#[tokio::test]
async fn every_wrong_answer_about_revocation_is_told_and_none_is_taken_for_a_good_one() {
    let desk = Desk::open(SealKeys::Ec);
    let path = path(&desk.pki);
    let limits = Limits { total_ms: 400, ..Limits::default() };
    let (values, missing) = revocation_values(&path, &limits).await;
    assert_eq!((values.ocsp.len(), values.crls.len(), missing), (1, 1, vec![]));
    assert_eq!(path::revocation(&path, &values, clock::now()), Revocation::Good);
    let cases = [
        (Way::Down, "status 503", "status 503"),
        (Way::Rubbish, "the OCSP answer cannot be read", "the revocation list cannot be read"),
        (Way::OfAnother, "", "signature of the revocation list does not hold"),
        (Way::TooLarge, "more than 8388608 bytes", "more than 8388608 bytes"),
        (Way::Closes, "ended without an answer", "ended without an answer"),
        (Way::Hangs, "no answer within 1 s", "no answer within 1 s"),
    ];
    for (way, of_responder, of_list) in cases {
        desk.answers(Ways { ocsp: way, crl: way, ..GOOD });
        let (values, missing) = revocation_values(&path, &limits).await;
        // Of the seal: its responder and its list; of the issuing CA: the list of the root.
        assert_eq!((values.ocsp.len(), values.crls.len(), missing.len()), (0, 0, 3), "{way:?}: {missing:?}");
        assert!(missing[0].contains("/status/ocsp") && missing[0].contains(of_responder), "{way:?}: {missing:?}");
        assert!(missing[1].contains("/status/issuing.crl") && missing[1].contains(of_list), "{way:?}: {missing:?}");
        let known = path::revocation(&path, &values, clock::now());
        assert!(matches!(known, Revocation::Unknown { .. }), "{way:?}: {known:?}");
    }
    // An answer of the wrong media type is none; a list may be of any.
    desk.answers(Ways { ocsp: Way::WrongType, crl: Way::WrongType, ..GOOD });
    let (values, missing) = revocation_values(&path, &limits).await;
    assert_eq!((values.ocsp.len(), values.crls.len(), missing.len()), (0, 2, 1), "{missing:?}");
    // What was right a month ago is taken along and tells nothing of today.
    desk.answers(Ways { ocsp: Way::Stale, crl: Way::Stale, ..GOOD });
    let (values, _) = revocation_values(&path, &limits).await;
    assert!(matches!(path::revocation(&path, &values, clock::now()), Revocation::Unknown { .. }));
    // A certificate that names nobody.
    let silent = SealPki::generate(SealKeys::Ec, clock::now()).unwrap();
    let (values, missing) = revocation_values(&self::path(&silent), &limits).await;
    assert!(values.ocsp.is_empty() && values.crls.is_empty());
    assert!(missing.iter().all(|line| line.contains("names neither")), "{missing:?}");
}

#[tokio::test]
async fn a_tsa_is_asked_as_the_rfc_says_and_within_its_limits() {
    let desk = Desk::open(SealKeys::Ec);
    let client = TsaClient { policy: Some(twiin_harness::net::pki::TSA_POLICY.into()), ..TsaClient::new(desk.tsa()) };
    let token = client.stamp(b"bewijs").await.unwrap();
    assert_eq!(token.verify(b"bewijs").unwrap().policy, twiin_harness::net::pki::TSA_POLICY);
    assert!(token.verify(b"bewijs ").is_err());
    desk.answers(Ways { tsa: Way::Hangs, ..GOOD });
    let mut hasty = client.clone();
    hasty.limits.total_ms = 200;
    let began = std::time::Instant::now();
    let error = hasty.stamp(b"bewijs").await.unwrap_err();
    assert!(began.elapsed().as_secs() < 2 && error.to_string().contains("no answer within"), "{error}");
}
