//! Compositions as plain JSON values (hl7.org/fhir/STU3/composition.html), whatever they are.

use serde_json::Value;

/// The sections right below a Composition or a section.
pub fn sections_of(part: &Value) -> impl Iterator<Item = &Value> {
    part["section"].as_array().into_iter().flatten()
}

/// All sections, however deep, each before those within it.
pub fn all_sections(part: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for section in sections_of(part) {
        found.push(section);
        found.extend(all_sections(section));
    }
    found
}

/// What the entries of all sections refer to.
pub fn section_references(composition: &Value) -> Vec<&str> {
    let sections = all_sections(composition).into_iter();
    let entries = sections.flat_map(|section| section["entry"].as_array().into_iter().flatten());
    entries.filter_map(|entry| entry["reference"].as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_of_sections_within_sections_are_found() {
        let composition = json!({"section": [{"entry": [{"reference": "A/1"}], "section": [{"entry": [{"reference": "B/2"}, {}]}]}, {}]});
        assert_eq!(section_references(&composition), ["A/1", "B/2"]);
        assert_eq!(all_sections(&composition).len(), 3);
    }
}
