//! The deviation matrix over real sockets: against each deviation exactly the listed requirements fail or warn.

use std::sync::Arc;

use twiin_harness::judge::Decision;
use twiin_harness::plan::{Plan, Selection};
use twiin_harness::proof::prove;
use twiin_harness::run::self_test_kit;

use super::support::{reference, suite};

#[test]
fn each_deviation_breaks_exactly_the_requirements_that_the_matrix_lists() {
    twiin_harness::net::install_crypto();
    let suite = suite();
    let candidate = reference();
    let selection = Selection::everything(&suite);
    let plan = Plan::new(&suite, &candidate, selection).unwrap();
    let (kit, _pki) = self_test_kit(&suite, "bgz", &plan.selection.release, &candidate, None).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let proof = runtime.block_on(prove(&suite, &plan, &candidate, &Arc::new(kit), 8, |_| {})).unwrap();
    let differences: Vec<String> = proof.differences.iter().map(|d| format!("{}: {}", d.deviation, d.text)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(proof.unkilled_requirements.is_empty(), "nothing kills {:?}", proof.unkilled_requirements);
    assert!(proof.unkilled_words.is_empty(), "nothing kills {:?}", proof.unkilled_words);

    let decisions = |row: &twiin_harness::proof::Measured| (row.fails.is_empty(), row.warns.is_empty(), row.decision);
    for row in &proof.rows {
        let wanted = match decisions(row) {
            (false, _, _) => Decision::NotConformant,
            _ => Decision::Conformant,
        };
        assert_eq!(row.decision, wanted, "{:?}: open {:?}", row.deviation, row.open);
    }
    let breaking = proof.rows.iter().filter(|r| !r.fails.is_empty() || !r.warns.is_empty()).count();
    let failing = proof.rows.iter().filter(|r| !r.fails.is_empty()).count();
    assert!(failing * 10 >= breaking * 9, "{failing} of {breaking} fail");
}
