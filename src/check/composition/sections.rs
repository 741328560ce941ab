//! The sections of a Composition, held against the table of its kind.

use serde::Deserialize;
use serde_json::Value;

use super::table::{CompositionTable, EntryRule, SectionRule};
use super::{composition_in, resolve};
use crate::base::text::Text;
use crate::check::subject;
use crate::check::{Answer, Context, Judged, each};
use crate::wire::fhir::composition::{all_sections, section_references, sections_of};

/// A fact about sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum SectionFact {
    /// They are there as often as they should.
    Presence,
    /// They refer to what they should.
    Entries,
    /// They say by extensions what they should.
    Extensions,
    /// There are no sections and no entries that this kind of Composition does not have.
    NothingElse,
}

/// Sections of a Composition, alone or in a document, are as the table of its kind says.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompositionSections {
    /// The facts.
    pub have: Vec<SectionFact>,
    /// Names of the sections that are looked at; all of them when none is named.
    #[serde(default)]
    pub sections: Vec<String>,
    /// Kinds of Composition that it is about, by the names of their tables; all kinds when none is named.
    #[serde(default)]
    pub of: Vec<String>,
}

impl CompositionSections {
    pub(in crate::check) fn cannot_fail(&self) -> Option<&'static str> {
        self.have.is_empty().then_some("no fact is asked for")
    }

    pub(in crate::check) fn expected(&self) -> Text {
        let all = |nl: &str| if self.sections.is_empty() { nl.to_owned() } else { self.sections.join(", ") };
        let facts = |nl: bool| {
            let word = |fact: &SectionFact| match (fact, nl) {
                (SectionFact::Presence, true) => "aanwezigheid",
                (SectionFact::Presence, false) => "presence",
                (SectionFact::Entries, true) => "inhoud",
                (SectionFact::Entries, false) => "entries",
                (SectionFact::Extensions, true) => "extensies",
                (SectionFact::Extensions, false) => "extensions",
                (SectionFact::NothingElse, true) => "niets anders",
                (SectionFact::NothingElse, false) => "nothing else",
            };
            self.have.iter().map(word).collect::<Vec<_>>().join(", ")
        };
        Text::new(
            format!("secties volgens het documenttype ({}): {}", facts(true), all("alle")),
            format!("sections by the kind of document ({}): {}", facts(false), all("all")),
        )
    }

    pub(in crate::check) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |exchange| {
            let good = exchange.status().is_some_and(|s| (200..300).contains(&s));
            match subject::json_body(exchange) {
                Ok(body) if good => self.one(body, &context.data.compositions),
                Ok(_) => Judged::Undecided("no answer to look into".into()),
                Err(judged) => judged,
            }
        })
    }

    pub(super) fn one(&self, body: &Value, tables: &[CompositionTable]) -> Judged {
        let Some(composition) = composition_in(body) else {
            return Judged::Undecided("there is no Composition".into());
        };
        let claims: Vec<&str> =
            composition["meta"]["profile"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let Some(table) = tables.iter().find(|table| claims.contains(&table.profile.as_str())) else {
            return Judged::Undecided("the Composition claims no profile that is known".into());
        };
        if !self.of.is_empty() && !self.of.contains(&table.id) {
            return Judged::Undecided(format!("the Composition is of another kind: {}", table.id));
        }
        let mut look = Look { check: self, body, system: &table.system, seen: 0, fault: None };
        look.level(&table.sections, composition, false);
        if self.have.contains(&SectionFact::NothingElse) {
            look.nothing_else(table, composition);
        }
        match look {
            Look { fault: Some(fault), .. } => Judged::NotMet(fault),
            Look { seen: 0, .. } => Judged::Undecided("there are no such sections to look at".into()),
            Look { seen, .. } => Judged::Met(format!("{}: {seen} sections as they should", table.id)),
        }
    }
}

/// One walk along the table.
struct Look<'a> {
    check: &'a CompositionSections,
    body: &'a Value,
    system: &'a str,
    seen: usize,
    /// The first fault.
    fault: Option<String>,
}

impl Look<'_> {
    fn wrong(&mut self, text: String) {
        self.fault.get_or_insert(text);
    }

    fn wants(&self, rule: &SectionRule) -> bool {
        self.check.sections.is_empty() || self.check.sections.contains(&rule.name)
    }

    /// The sections within a part; `text` says that text stands in their place.
    fn level(&mut self, rules: &[SectionRule], part: &Value, text: bool) {
        for rule in rules {
            let found: Vec<&Value> = sections_of(part).filter(|s| has_code(s, self.system, &rule.code)).collect();
            if self.wants(rule) {
                self.section(rule, &found, text);
            }
            for section in found {
                let text = rule.may_be_text && section["text"]["status"] == "additional";
                self.level(&rule.sections, section, text);
            }
            // Of what is within a section that must be there and is not, nothing can be told: it is not there either.
            if rule.at_least > 0 && sections_of(part).all(|s| !has_code(s, self.system, &rule.code)) {
                self.level_without_parent(&rule.sections);
            }
        }
    }

    fn level_without_parent(&mut self, rules: &[SectionRule]) {
        for rule in rules {
            let presence = self.check.have.contains(&SectionFact::Presence);
            if rule.at_least > 0 && presence && self.wants(rule) {
                self.wrong(format!("{} is not there", rule.name));
            }
        }
    }

    fn section(&mut self, rule: &SectionRule, found: &[&Value], text: bool) {
        if self.check.have.contains(&SectionFact::Presence) && !(text && found.is_empty()) {
            self.seen += 1;
            if found.len() < rule.at_least {
                self.wrong(format!("{} is not there", rule.name));
            }
            if rule.at_most.is_some_and(|most| found.len() > most) {
                self.wrong(format!("{} is there {} times", rule.name, found.len()));
            }
        }
        for section in found {
            if self.check.have.contains(&SectionFact::Entries) && !rule.entries.is_empty() {
                self.seen += 1;
                rule.entries.iter().for_each(|entry| self.entries(rule, entry, section));
            }
            if self.check.have.contains(&SectionFact::Extensions) {
                for wanted in &rule.extensions {
                    self.seen += 1;
                    let all = section["extension"].as_array().into_iter().flatten();
                    let there = all.filter(|e| e["url"] == wanted.url.as_str() && e[&wanted.value].is_string()).count();
                    if there != 1 {
                        self.wrong(format!("{}: {} is there {there} times", rule.name, wanted.url));
                    }
                }
            }
        }
    }

    fn entries(&mut self, rule: &SectionRule, wanted: &EntryRule, section: &Value) {
        let listed = section["entry"].as_array().into_iter().flatten();
        let there = listed.filter_map(|e| e["reference"].as_str()).filter(|r| self.fits(r, wanted)).count();
        let named = wanted.profiles.first().and_then(|p| p.rsplit('/').next()).unwrap_or(&wanted.resource);
        if there < wanted.at_least {
            self.wrong(format!("{}: {there} of {named}, at least {} are needed", rule.name, wanted.at_least));
        }
        if let Some(most) = wanted.at_most.filter(|most| there > *most) {
            self.wrong(format!("{}: {there} of {named}, at most {most} are allowed", rule.name));
        }
    }

    /// Whether an entry is of a kind: by what it claims where the resource is at hand, else by its type alone.
    fn fits(&self, reference: &str, wanted: &EntryRule) -> bool {
        let Some(resource) = resolve(self.body, reference) else {
            return reference.split('/').rev().nth(1) == Some(wanted.resource.as_str());
        };
        let claims = resource["meta"]["profile"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_one = |claim: &Value| wanted.profiles.iter().any(|p| claim == p.as_str());
        resource["resourceType"] == wanted.resource.as_str()
            && (wanted.profiles.is_empty() || claims.is_empty() || claims.iter().any(is_one))
    }

    fn nothing_else(&mut self, table: &CompositionTable, composition: &Value) {
        let all = all_sections(composition);
        self.seen += all.len();
        for code in &table.without_sections {
            if all.iter().any(|section| has_code(section, &code.system, &code.code)) {
                self.wrong(format!("a section {}, which {} does not have", code.code, table.id));
            }
        }
        for reference in section_references(composition) {
            let claims = resolve(self.body, reference).map(|r| r["meta"]["profile"].clone()).unwrap_or_default();
            let odd = |claim: &&Value| table.without_entries.iter().any(|w| **claim == w.as_str());
            if let Some(odd) = claims.as_array().into_iter().flatten().find(odd) {
                self.wrong(format!("an entry of {odd}, which {} does not have", table.id));
            }
        }
    }
}

fn has_code(section: &Value, system: &str, code: &str) -> bool {
    let mut codings = section["code"]["coding"].as_array().into_iter().flatten();
    codings.any(|coding| coding["system"] == system && coding["code"] == code)
}
