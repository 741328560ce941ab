//! The grid of functions and plateaus. Reports only show it: what a cell says is decided here.
//!
//! A plateau that was not asked for has cells too: its requirements for context, and no verdict. A verdict is never
//! carried over from another plateau, since the groeimodel is not strictly cumulative (erratum E-02).

use std::collections::{BTreeMap, BTreeSet};

use strum::VariantNames as _;

use crate::base::text::Text;
use crate::check::Verdict;
use crate::evidence::model::{Grid, GridCell, GridRow, ModeCount, RequirementResult};
use crate::plan::Plan;
use crate::suite::Suite;
use crate::suite::requirement::{Function, Requirement, Verification};

/// The rows of the groeimodel, in its own order.
const GROEIMODEL: [Function; 8] = [
    Function::IdentificatieBurger,
    Function::Authenticatie,
    Function::Autorisatie,
    Function::Toestemming,
    Function::Lokalisatie,
    Function::Adressering,
    Function::Logging,
    Function::Netwerk,
];
/// What the trust model has besides; shown in any case.
const BESIDES: [Function; 2] = [Function::Behandelrelatie, Function::Transparantie];
/// What is shown when there is anything to show.
const OTHERS: [Function; 4] = [Function::Beheer, Function::Uitwisseling, Function::Inhoud, Function::Harness];

/// The grid of a run, from the results of its requirements.
pub(super) fn grid(suite: &Suite, plan: &Plan, results: &[RequirementResult]) -> Grid {
    let by_id: BTreeMap<&str, &RequirementResult> = results.iter().map(|r| (r.id.as_str(), r)).collect();
    let row = |function: Function, in_groeimodel: bool| GridRow {
        function: function.to_string(),
        in_groeimodel,
        cells: (1..=4).map(|plateau| Cell { suite, plan, function, plateau }.assemble(&by_id)).collect(),
    };
    let mut rows: Vec<GridRow> = GROEIMODEL.into_iter().map(|f| row(f, true)).collect();
    rows.extend(BESIDES.into_iter().map(|f| row(f, false)));
    rows.extend(OTHERS.into_iter().map(|f| row(f, false)).filter(|r| r.cells.iter().any(|c| c.all > 0)));
    Grid {
        note: Text::new(
            "Het groeimodel (Groeien met Twiin) is een hulpmiddel en geen deel van het Afsprakenstelsel. Alleen plateau 4 is volledige naleving; een hoger plateau omvat niet vanzelf elk lager.",
            "The groeimodel (Groeien met Twiin) is a tool and no part of the Afsprakenstelsel. Only plateau 4 is full compliance; a higher plateau does not by itself include every lower one.",
        ),
        rows,
    }
}

/// What a cell is made from.
struct Cell<'a> {
    suite: &'a Suite,
    plan: &'a Plan,
    function: Function,
    plateau: u8,
}

impl Cell<'_> {
    /// Requirements of the cell that are in scope, or would be if the plateau had been asked for.
    fn requirements(&self) -> BTreeMap<&str, &Requirement> {
        let selection = &self.plan.selection;
        let profiles = selection.zorgtoepassingen.iter().filter_map(|name| self.suite.profiles.get(name));
        profiles
            .flat_map(|loaded| {
                let roles = loaded.roles(&selection.roles);
                let bound = move |r: &&Requirement| r.binds_subject(self.plan.subject, &roles);
                loaded.binding(self.suite, self.plateau).filter(bound)
            })
            .filter(|r| r.function == self.function && r.holds_in(&selection.release))
            .map(|r| (r.id.as_str(), r))
            .collect()
    }

    fn assemble(&self, results: &BTreeMap<&str, &RequirementResult>) -> GridCell {
        let asked = self.plan.selection.plateaus.contains(&self.plateau);
        let requirements = self.requirements();
        let result = |id: &str| results.get(id).copied().filter(|_| asked);
        let verdict = |id: &str| {
            result(id)
                .and_then(|r| r.plateaus.iter().find(|p| p.plateau == self.plateau))
                .map_or(Verdict::NotTested, |p| p.verdict)
        };
        let mut modes: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (id, requirement) in &requirements {
            let mode = result(id).map_or_else(|| requirement.verification.to_string(), |r| r.mode.clone());
            let count = modes.entry(mode).or_default();
            count.0 += u64::from(verdict(id) != Verdict::NotTested);
            count.1 += 1;
        }
        let waived =
            |id: &&&str| result(id).and_then(|r| r.waived.as_ref()).is_some_and(|w| w.plateaus.contains(&self.plateau));
        let errata: BTreeSet<String> = requirements.values().filter_map(|r| r.erratum.clone()).collect();
        let together = Verdict::all(requirements.keys().map(|id| verdict(id)));
        GridCell {
            plateau: self.plateau,
            asked,
            verdict: together,
            shown: modes.values().map(|(shown, _)| shown).sum(),
            all: requirements.len() as u64,
            modes: Verification::VARIANTS
                .iter()
                .map(|mode| (*mode, modes.get(*mode).copied().unwrap_or_default()))
                .map(|(mode, (shown, all))| ModeCount { mode: mode.to_owned(), shown, all })
                .collect(),
            waived: requirements.keys().filter(waived).count() as u64,
            errata: errata.into_iter().collect(),
            requirements: requirements.keys().map(|id| (*id).to_owned()).collect(),
            reason: (together == Verdict::NotTested).then(|| self.reason(asked, &requirements, results)),
        }
    }

    fn reason(
        &self,
        asked: bool,
        requirements: &BTreeMap<&str, &Requirement>,
        results: &BTreeMap<&str, &RequirementResult>,
    ) -> Text {
        let (plateau, subject, all) = (self.plateau, self.plan.subject, requirements.len());
        if requirements.is_empty() {
            return Text::new(
                format!("Geen eis van deze functie geldt op plateau {plateau} voor subject {subject} in dit bereik."),
                format!("No requirement of this function binds a {subject} on plateau {plateau} in this scope."),
            );
        }
        if !asked {
            let elsewhere = requirements.keys().filter(|id| results.contains_key(*id)).count();
            return Text::new(
                format!(
                    "Plateau {plateau} is niet gevraagd: {all} eisen ter informatie, waarvan {elsewhere} ook op een gevraagd plateau gelden en daar hun oordeel hebben."
                ),
                format!(
                    "Plateau {plateau} was not asked for: {all} requirements for information, of which {elsewhere} also bind on a plateau asked for and have their verdict there."
                ),
            );
        }
        let documents = requirements.values().filter(|r| r.takes_document_of(subject)).count();
        let (nl, en) = match documents {
            0 => (String::new(), String::new()),
            n => (
                format!(" Op een document in het dossier wachten er {n}."),
                format!(" {n} wait for a document in the dossier."),
            ),
        };
        Text::new(
            format!("Niets getest van {all} eisen; de reden staat bij elke eis.{nl}"),
            format!("Nothing tested of {all} requirements; the reason stands with each.{en}"),
        )
    }
}
