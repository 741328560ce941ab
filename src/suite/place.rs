//! Where things stand in the files of the suite: for those who point a reader at the line.

use std::collections::BTreeMap;

use super::load::Suite;
use super::tree;
use crate::base::id::{RequirementId, ScenarioId};

/// A line in a file of the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Path within the suite.
    pub path: String,
    /// Line, from one.
    pub line: u64,
}

/// Lines of rows and expectations. Each file is read when it is first asked for.
#[derive(Debug)]
pub struct Lines<'a> {
    suite: &'a Suite,
    rows: BTreeMap<String, BTreeMap<String, u64>>,
    expectations: BTreeMap<ScenarioId, Vec<u64>>,
}

impl<'a> Lines<'a> {
    /// For a suite.
    pub fn new(suite: &'a Suite) -> Self {
        Self { suite, rows: BTreeMap::new(), expectations: BTreeMap::new() }
    }

    /// The row of a requirement.
    pub fn requirement(&mut self, id: &RequirementId) -> Option<Line> {
        let listed = self.suite.requirements.get(id)?;
        let rows = self.rows.entry(listed.path.clone()).or_insert_with(|| {
            let tree = tree::parse(&listed.source).ok();
            let items = tree.as_ref().and_then(|t| t.get("requirements")?.items()).unwrap_or_default();
            items
                .iter()
                .filter_map(|row| Some((row.get("id")?.text()?.to_owned(), row.get("id")?.line as u64)))
                .collect()
        });
        Some(Line { path: listed.path.clone(), line: *rows.get(id.as_str())? })
    }

    /// The expectation at a position of a scenario.
    pub fn expectation(&mut self, id: &ScenarioId, position: usize) -> Option<Line> {
        let scenario = self.suite.scenarios.get(id)?;
        let lines = self.expectations.entry(id.clone()).or_insert_with(|| {
            let tree = tree::parse(&scenario.source).ok();
            let items = tree.as_ref().and_then(|t| t.get("expect")?.items()).unwrap_or_default();
            items.iter().map(|item| item.line as u64).collect()
        });
        Some(Line { path: scenario.path.clone(), line: *lines.get(position)? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::suite::embedded_files;

    #[test]
    fn every_row_and_every_expectation_of_the_shipped_suite_has_its_line() {
        let suite = Suite::load(embedded_files()).unwrap();
        let mut lines = Lines::new(&suite);
        for (id, listed) in &suite.requirements {
            let at = lines.requirement(id).unwrap();
            let text = listed.source.text.lines().nth(usize::try_from(at.line).unwrap() - 1).unwrap();
            assert!(text.contains("id:") && text.contains(id.as_str()), "{id}: {text}");
        }
        for (id, scenario) in &suite.scenarios {
            for (position, expectation) in scenario.file.expect.iter().enumerate() {
                let at = lines.expectation(id, position).unwrap();
                let rest = scenario.source.text.lines().skip(usize::try_from(at.line).unwrap() - 1);
                let item: String = rest.take(3).collect();
                assert!(item.contains(expectation.of.as_str()), "{id} {position}: {item}");
            }
        }
    }
}
