//! A sample of the deviation matrix over real sockets, by the command that users have. `.ci/run` proves the whole of it
//! with the release binary (`twiin-harness prove`): against each deviation exactly the listed requirements fail or warn,
//! and every check and requirement in use is turned red by some deviation.

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::{harness, root};

/// One of each kind: what it leaves out or changes lies in another part of the code.
const SAMPLE: [&str; 8] = [
    "accepts-no-client-certificate",
    "server-certificate-expired",
    "trusts-any-server",
    "accepts-expired-grant",
    "client-assertion-without-id",
    "notification-without-sender",
    "skips-query",
    "bundle-of-other-type",
];

#[test]
fn a_sample_of_the_deviations_breaks_exactly_the_requirements_that_the_matrix_lists() {
    let mut arguments = vec!["prove", "--quiet", "--format", "json"];
    arguments.extend(SAMPLE);
    let did = harness(&root(), &arguments);
    let proof: Value = serde_json::from_str(&did.out).unwrap_or_else(|e| panic!("{e}: {}", did.err));
    assert_eq!(proof["differences"], serde_json::json!([]), "rows that are not as listed");
    assert_eq!(did.code, 0);
    let rows = proof["rows"].as_array().unwrap();
    assert_eq!(rows.len(), SAMPLE.len() + 1);
    let some = |row: &Value, what: &str| !row[what].as_array().unwrap().is_empty();
    assert_eq!(rows[0]["deviation"], "conformant");
    assert!(!some(&rows[0], "fails") && !some(&rows[0], "open"), "{}", rows[0]);
    let named: BTreeSet<&str> =
        rows[1..].iter().filter(|r| some(r, "fails")).filter_map(|r| r["deviation"].as_str()).collect();
    assert_eq!(named, BTreeSet::from(SAMPLE));
}
