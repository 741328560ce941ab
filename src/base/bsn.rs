//! The citizen service number (BSN): nine digits that pass the eleven test.
//!
//! Weights 9 8 7 6 5 4 3 2 and -1; the sum is divisible by eleven; not all zero (20-technical-core section 8).

/// FHIR system of the BSN.
pub const SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
/// OID of the BSN, as HL7v3 and SAML write it.
pub const OID: &str = "2.16.840.1.113883.2.4.6.3";

/// Whether `text` is nine digits that pass the eleven test.
pub fn passes_eleven_test(text: &str) -> bool {
    const WEIGHTS: [i32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    if text.len() != 9 || !text.bytes().all(|b| b.is_ascii_digit()) || text == "000000000" {
        return false;
    }
    let sum: i32 = text.bytes().zip(WEIGHTS).map(|(b, w)| i32::from(b - b'0') * w).sum();
    sum % 11 == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_test_numbers_pass() {
        for bsn in ["999911120", "999996538", "123456782"] {
            assert!(passes_eleven_test(bsn), "{bsn}");
        }
    }

    #[test]
    fn zeros_short_long_and_wrong_digits_are_refused() {
        for bsn in ["000000000", "99991112", "9999111200", "999911121", "99991112a", ""] {
            assert!(!passes_eleven_test(bsn), "{bsn}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_digit_is_always_noticed(at in 0usize..9, by in 1u8..10) {
            let mut digits = *b"999911120";
            digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
            let text = String::from_utf8(digits.to_vec()).expect("digits are ASCII");
            prop_assert!(!passes_eleven_test(&text));
        }
    }
}
