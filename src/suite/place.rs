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
        let suite = self.suite;
        let rows = self.rows.entry(listed.path.clone()).or_insert_with(|| {
            if let Some(rows) = rows_at_sight(suite, &listed.path, &listed.source.text) {
                return rows;
            }
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

/// Lines of the rows of a file as people write them, one `id` a line, found without reading the file as YAML; `None` when
/// those are not exactly the rows of the file, in order.
fn rows_at_sight(suite: &Suite, path: &str, text: &str) -> Option<BTreeMap<String, u64>> {
    let mut ids: Vec<(usize, &str)> =
        suite.requirements.iter().filter(|(_, l)| l.path == path).map(|(id, l)| (l.row, id.as_str())).collect();
    ids.sort_unstable();
    let seen: Vec<(&str, u64)> = (1..).zip(text.lines()).filter_map(|(n, line)| Some((id_of(line)?, n))).collect();
    let same = ids.iter().map(|(_, id)| *id).eq(seen.iter().map(|(id, _)| *id));
    same.then(|| seen.into_iter().map(|(id, n)| (id.to_owned(), n)).collect())
}

/// The id that a line gives, when it begins a row with it.
fn id_of(line: &str) -> Option<&str> {
    let row = line.trim_start().strip_prefix("- ")?.trim_start();
    let value = row.strip_prefix('{').unwrap_or(row).trim_start().strip_prefix("id:")?.trim_start();
    let end = value.find([' ', ',', '}', '#']).unwrap_or(value.len());
    Some(value[..end].trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::suite::embedded_files;

    #[test]
    fn rows_are_found_at_sight_only_where_nothing_else_looks_like_one() {
        let suite = Suite::load(embedded_files()).unwrap();
        let listed = suite.requirements.values().next().unwrap();
        let text = &listed.source.text;
        assert!(rows_at_sight(&suite, &listed.path, text).is_some(), "shipped files are read at sight");
        for other in [format!("{text}\n  - id: X-1\n"), text.replacen("- id:", "-   title: x\n    id:", 1)] {
            assert_eq!(rows_at_sight(&suite, &listed.path, &other), None);
        }
        assert_eq!(id_of("  - { id: \"A-1\", level: must }"), Some("A-1"));
        assert_eq!(id_of("    note: \"- id: A-1\""), None);
    }

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
