//! The deviation matrix over real sockets, by the command that users have: against each deviation exactly the listed
//! requirements fail or warn, and every check and requirement in use is turned red by some deviation.

use serde_json::Value;

use super::support::{harness, root};

#[test]
fn each_deviation_breaks_exactly_the_requirements_that_the_matrix_lists() {
    let did = harness(&root(), &["prove", "--quiet", "--format", "json"]);
    let proof: Value = serde_json::from_str(&did.out).unwrap_or_else(|e| panic!("{e}: {}", did.err));
    assert_eq!(proof["differences"], serde_json::json!([]), "rows that are not as listed");
    assert_eq!(proof["unkilled-requirements"], serde_json::json!([]), "requirements that nothing kills");
    assert_eq!(proof["unkilled-checks"], serde_json::json!([]), "checks that nothing kills");
    assert_eq!(proof["holds"], true);
    assert_eq!(did.code, 0);

    let rows = proof["rows"].as_array().unwrap();
    let some = |row: &Value, what: &str| !row[what].as_array().unwrap().is_empty();
    for row in rows {
        let wanted = if some(row, "fails") { "1" } else { "0" };
        assert_eq!(row["exit"], wanted, "{row}");
    }
    let breaking = rows.iter().filter(|r| some(r, "fails") || some(r, "warns")).count();
    assert!(breaking > 150, "{breaking} deviations break something");
    let base = &rows[0];
    assert_eq!(
        (base["deviation"].as_str(), some(base, "fails"), some(base, "open")),
        (Some("conformant"), false, false)
    );
}
