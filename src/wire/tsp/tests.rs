//! Tests of time-stamps, each fault with what has none.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::base::text::Language;

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>) {
        prop_assert!(Token::read(&bytes).is_err());
        prop_assert!(Request::new(b"x", [1; 16]).read(&bytes).is_err());
        prop_assert_eq!(asked(&bytes), None);
    }
}

#[test]
fn a_request_says_what_is_asked() {
    let request = Request::new(b"bewijs", [0xff; 16]);
    let (digest, nonce) = asked(&request.to_der().unwrap()).unwrap();
    assert_eq!(digest, super::digest(&SHA256, b"bewijs").unwrap());
    // Positive, and without a zero byte in front.
    assert_eq!(nonce.unwrap()[0], 0x7f);
    assert!(Request::new(b"bewijs", [1; 16]).under("none").is_err());
}

#[test]
fn a_refusal_carries_the_words_of_the_tsa_without_control_characters() {
    let response = failure("not\u{7} today").unwrap();
    let fault = Request::new(b"x", [1; 16]).read(&response).unwrap_err();
    assert_eq!(fault, TspFault::Refused { status: 2, reason: Some("badRequest"), said: "not today".to_owned() });
    assert_eq!(fault.to_string(), "the time-stamping authority refuses (status 2, badRequest) not today");
    assert_eq!(Token::read(&response).unwrap_err(), TspFault::ResponseInsteadOfToken);
    assert!(fault.text().get(Language::Nl).contains("weigert"));
}

#[test]
fn what_is_too_large_is_not_read() {
    let large = vec![0; MAX_BYTES + 1];
    assert_eq!(Token::read(&large).unwrap_err(), TspFault::TooLarge(large.len()));
}

#[test]
fn weak_digests_are_unknown() {
    let sha1 = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
    assert_eq!(digest(&sha1, b"x"), None);
    assert_eq!(digest(&SHA512, b"x").unwrap().len(), 64);
}
