//! `list`: what the suite holds, in tables or as JSON.

use std::path::Path;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use serde_json::{Value, json};
use strum::VariantNames as _;
use twiin_harness::base::nearest::nearest;
use twiin_harness::base::text::Language;
use twiin_harness::evidence::coverage::model::{RequirementCoverage, Tally};
use twiin_harness::evidence::coverage::{Coverage, State, assemble};
use twiin_harness::report::words::catalogue;
use twiin_harness::report::words::codes;
use twiin_harness::suite::Suite;
use twiin_harness::suite::requirement::{Authority, Function, Level, Party, Verification};

use super::exit::{Exit, Problem};
use super::lang::Lang;
use super::page::Screen;
use super::select::plateaus;
use super::vocabulary::{self, Kind};
use super::{explain, files};

/// What can be listed.
#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Requirements of the catalogue, filtered
    #[command(after_help = COVERAGE_WORDS)]
    Requirements(RequirementArguments),
    /// Scenarios
    Scenarios(Output),
    /// Check words
    Checks(Output),
    /// Action words
    Actions(Output),
    /// Deliberate wrongs of the reference GtK
    Deviations(Output),
    /// Profiles: zorgtoepassingen that can be tested
    Profiles(Output),
    /// Known errors in the sources, and how we read them
    Errata(Output),
    /// What the sources leave open
    Gaps(Output),
}

const COVERAGE_WORDS: &str = "\
Words for --coverage:
  tested      a scenario shows it: proved, not-proved or recorded
  proved      tested, and a deliberate wrong of the reference GtK turns it red
  not-proved  tested, and no deliberate wrong turns it red
  recorded    tested, but a deviation counts on no plateau
  attestable  a document in the dossier of a candidate shows it (see attest)
  own-tests   a rule about the tool or the package of evidence, shown by the tool's own tests
  not-tested  nothing shows it, and it says why: planned or left-out
  planned     not tested yet; the reason names the work to come
  left-out    not tested, for the reason given

A requirement is listed when it satisfies every filter; within one filter one of the values is enough.
--role sending also lists what binds every GtK.

Examples:
  twiin-harness list requirements --zorgtoepassing bgz,generic --role sending --plateau 4 --coverage tested
  twiin-harness list requirements --function logging --function toestemming --coverage not-tested
  twiin-harness list requirements --level must --authority afsprakenstelsel --format json";

/// How a list is printed.
#[derive(Debug, Clone, Args)]
pub struct Output {
    /// Format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    lang: Lang,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table that fits the terminal; one line a row when it goes elsewhere
    #[value(alias = "terminal")]
    Table,
    /// JSON, in the shape of the coverage document
    Json,
}

/// Which requirements.
#[derive(Debug, Args)]
pub struct RequirementArguments {
    /// Zorgtoepassing, for example bgz; generic for what holds for all
    #[arg(long, value_name = "Z,..", value_delimiter = ',')]
    zorgtoepassing: Vec<String>,
    /// Function of the trust model or groeimodel
    #[arg(long, value_name = "F,..", value_delimiter = ',', value_parser = PossibleValuesParser::new(Function::VARIANTS), hide_possible_values = true)]
    function: Vec<String>,
    /// Plateaus of the groeimodel, as 4 or 1..4 or 2,3
    #[arg(long, value_name = "1..4,..")]
    plateau: Option<String>,
    /// Whom it binds
    #[arg(long, value_name = "R,..", value_delimiter = ',', value_parser = PossibleValuesParser::new(Party::VARIANTS))]
    role: Vec<String>,
    /// How strong it is
    #[arg(long, value_name = "L,..", value_delimiter = ',', value_parser = PossibleValuesParser::new(Level::VARIANTS))]
    level: Vec<String>,
    /// Who says so
    #[arg(long, value_name = "A,..", value_delimiter = ',', value_parser = PossibleValuesParser::new(Authority::VARIANTS))]
    authority: Vec<String>,
    /// Where a verdict can come from
    #[arg(long, value_name = "V,..", value_delimiter = ',', value_parser = PossibleValuesParser::new(Verification::VARIANTS))]
    verification: Vec<String>,
    /// How far it is covered
    #[arg(long, value_name = "C,..", value_delimiter = ',', value_parser = PossibleValuesParser::new(COVERAGE))]
    coverage: Vec<String>,
    #[command(flatten)]
    output: Output,
}

const COVERAGE: [&str; 9] =
    ["tested", "proved", "not-proved", "recorded", "attestable", "own-tests", "not-tested", "planned", "left-out"];

/// Requirements that every filter lets through.
struct Filter<'a> {
    arguments: &'a RequirementArguments,
    plateaus: Vec<u8>,
}

impl<'a> Filter<'a> {
    fn new(suite: &Suite, arguments: &'a RequirementArguments) -> Result<Self, Problem> {
        let known = || suite.zorgtoepassingen.keys().map(String::as_str);
        if let Some(wrong) = arguments.zorgtoepassing.iter().find(|z| !suite.zorgtoepassingen.contains_key(*z)) {
            let help = match nearest(wrong, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", known().collect::<Vec<_>>().join(", ")),
            };
            return Err(Problem::usage(format!("read --zorgtoepassing {wrong}: unknown zorgtoepassing; {help}")));
        }
        let plateaus = arguments.plateau.as_deref().map(plateaus).transpose()?.unwrap_or_default();
        Ok(Self { arguments, plateaus })
    }

    fn lets_through(&self, r: &RequirementCoverage) -> bool {
        let one_of = |wanted: &[String], value: &str| wanted.is_empty() || wanted.iter().any(|w| w == value);
        let any_of =
            |wanted: &[String], good: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|w| good(w));
        one_of(&self.arguments.zorgtoepassing, &r.zorgtoepassing)
            && one_of(&self.arguments.function, &r.function)
            && one_of(&self.arguments.level, &r.level)
            && one_of(&self.arguments.authority, &r.authority)
            && one_of(&self.arguments.verification, &r.verification)
            && (self.plateaus.is_empty() || r.plateaus.iter().any(|p| self.plateaus.contains(&p.plateau)))
            && any_of(&self.arguments.role, &|w| r.roles.iter().chain(&r.candidate_roles).any(|have| have == w))
            && any_of(&self.arguments.coverage, &|w| is_in(r.state, w))
    }
}

fn is_in(state: State, word: &str) -> bool {
    match word {
        "tested" => state.is_tested(),
        "not-tested" => matches!(state, State::Planned | State::LeftOut),
        other => <&str>::from(state) == other,
    }
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let coverage = assemble(&suite, None);
    let screen = Screen::stdout();
    match arguments {
        Arguments::Requirements(arguments) => requirements(&suite, &coverage, arguments, screen)?,
        Arguments::Scenarios(output) => scenarios(&coverage, output, screen),
        Arguments::Checks(output) => words(&suite, Kind::Check, output, screen),
        Arguments::Actions(output) => words(&suite, Kind::Action, output, screen),
        Arguments::Deviations(output) => deviations(&coverage, output, screen),
        Arguments::Profiles(output) => profiles(&suite, output, screen),
        Arguments::Errata(output) => errata(&coverage, output, screen),
        Arguments::Gaps(output) => gaps(&coverage, output, screen),
    }
    Ok(Exit::Good)
}

impl Output {
    fn language(&self) -> Language {
        self.lang.language
    }

    fn words(&self) -> &'static catalogue::Words {
        catalogue::words(self.language())
    }

    /// Prints JSON and says so, when that is asked for.
    fn json(&self, value: &impl Serialize) -> bool {
        if self.format == Format::Json {
            println!("{:#}", json!(value));
        }
        self.format == Format::Json
    }
}

/// `[1, 2, 3, 4]` as `1-4`, `[1, 2, 4]` as `1,2,4`.
pub fn span(plateaus: &[u8]) -> String {
    match plateaus {
        [first, .., last] if plateaus.len() > 2 && usize::from(last - first) + 1 == plateaus.len() => {
            format!("{first}-{last}")
        }
        _ => plateaus.iter().map(u8::to_string).collect::<Vec<_>>().join(","),
    }
}

fn requirements(
    suite: &Suite,
    coverage: &Coverage,
    arguments: &RequirementArguments,
    screen: Screen,
) -> Result<(), Problem> {
    let filter = Filter::new(suite, arguments)?;
    let found: Vec<&RequirementCoverage> = coverage.requirements.iter().filter(|r| filter.lets_through(r)).collect();
    let output = &arguments.output;
    if output.json(&found) {
        return Ok(());
    }
    let (t, language) = (output.words(), output.language());
    let header = [t.id, t.level, t.plateau, t.state, t.authority, t.verification, t.parties, t.title_column];
    let rows = found.iter().map(|r| {
        let plateaus: Vec<u8> = r.plateaus.iter().map(|p| p.plateau).collect();
        vec![
            r.id.clone(),
            r.level.clone(),
            span(&plateaus),
            codes::STATE.name(r.state.into(), language),
            r.authority.clone(),
            r.verification.clone(),
            r.roles.join(","),
            r.title.get(language).to_owned(),
        ]
    });
    print!("{}", screen.table(&header, &[4, 5, 6], rows.collect()));
    println!("{}", closing(&Tally::of(found.iter().copied()), coverage.totals.all, language));
    Ok(())
}

/// So many of so many, tested and openly not.
fn closing(tally: &Tally, all: u64, language: Language) -> String {
    let t = catalogue::words(language);
    let state = |s: State| format!("{} {}", tally.number(s), codes::STATE.name(s.into(), language));
    let list = |states: &[State]| {
        let present: Vec<String> = states.iter().filter(|s| tally.number(**s) > 0).map(|s| state(*s)).collect();
        if present.is_empty() { String::new() } else { format!(" ({})", present.join(", ")) }
    };
    let tested = list(&[State::Proved, State::NotProved, State::Recorded]);
    let untested = list(&[State::Planned, State::LeftOut]);
    let apart: String = [State::Attestable, State::OwnTests]
        .into_iter()
        .filter(|s| tally.number(*s) > 0)
        .map(|s| format!(", {}", state(s)))
        .collect();
    format!(
        "\n{} {} {all} {}: {} {}{tested}{apart}, {} {}{untested}",
        tally.all,
        t.shown_of,
        t.all,
        tally.tested(),
        t.tested,
        tally.not_tested(),
        t.not_tested,
    )
}

fn scenarios(coverage: &Coverage, output: &Output, screen: Screen) {
    if output.json(&coverage.scenarios) {
        return;
    }
    let (t, language) = (output.words(), output.language());
    let rows = coverage.scenarios.iter().map(|s| {
        let title = s.title.get(language).to_owned();
        vec![s.id.clone(), s.roles.join(","), span(&s.plateaus), s.cases.join(","), title]
    });
    let header = [t.scenario, t.candidate, t.plateau, t.cases, t.title_column];
    print!("{}", screen.table(&header, &[1, 3], rows.collect()));
}

fn words(suite: &Suite, kind: Kind, output: &Output, screen: Screen) {
    let (t, language) = (output.words(), output.language());
    let words = vocabulary::words(kind);
    let used = |word: &vocabulary::Word| explain::users(suite, word).len();
    if output.format == Format::Json {
        let values: Vec<Value> = words
            .iter()
            .map(|w| json!({"word": w.word, "meaning": w.meaning, "scenarios": explain::users(suite, w)}))
            .collect();
        output.json(&values);
        return;
    }
    let rows =
        words.iter().map(|w| vec![w.word.clone(), used(w).to_string(), vocabulary::meaning(w, language).to_owned()]);
    print!("{}", screen.table(&[t.word, t.scenarios, t.meaning], &[], rows.collect()));
}

fn deviations(coverage: &Coverage, output: &Output, screen: Screen) {
    if output.json(&coverage.deviations) {
        return;
    }
    let (t, language) = (output.words(), output.language());
    let rows = coverage.deviations.iter().map(|d| {
        let numbers = [d.fails.len().to_string(), d.warns.len().to_string()];
        let [fails, warns] = numbers;
        vec![d.deviation.clone(), fails, warns, d.title.get(language).to_owned()]
    });
    print!("{}", screen.table(&[t.deviation, t.fails, t.warns, t.title_column], &[], rows.collect()));
}

fn profiles(suite: &Suite, output: &Output, screen: Screen) {
    let (t, language) = (output.words(), output.language());
    if output.format == Format::Json {
        let values: Vec<Value> = suite
            .profiles
            .values()
            .map(|loaded| {
                let p = &loaded.profile;
                let plateaus: serde_json::Map<String, Value> = p
                    .plateaus
                    .iter()
                    .map(|(n, plateau)| {
                        let binding: Vec<_> = loaded.binding(suite, *n).map(|r| &r.id).collect();
                        (n.to_string(), json!({"title": plateau.title, "requirements": binding}))
                    })
                    .collect();
                json!({"zorgtoepassing": p.zorgtoepassing, "title": p.title, "default-release": p.default_release,
                       "binds": p.binds, "plateaus": plateaus, "capabilities": p.capabilities.keys().collect::<Vec<_>>()})
            })
            .collect();
        output.json(&values);
        return;
    }
    let rows = suite.profiles.values().map(|loaded| {
        let p = &loaded.profile;
        let counts: Vec<String> =
            p.plateaus.keys().map(|n| format!("{n}: {}", loaded.binding(suite, *n).count())).collect();
        vec![p.zorgtoepassing.clone(), p.default_release.clone(), counts.join("  "), p.title.get(language).to_owned()]
    });
    print!("{}", screen.table(&[t.profile, t.default_release, t.binds, t.title_column], &[1], rows.collect()));
}

fn errata(coverage: &Coverage, output: &Output, screen: Screen) {
    if output.json(&coverage.errata) {
        return;
    }
    let (t, language) = (output.words(), output.language());
    let rows = coverage
        .errata
        .iter()
        .map(|e| vec![e.id.clone(), e.requirements.len().to_string(), e.finding.get(language).to_owned()]);
    print!("{}", screen.table(&[t.id, t.requirements_short, t.finding], &[1], rows.collect()));
}

fn gaps(coverage: &Coverage, output: &Output, screen: Screen) {
    if output.json(&coverage.gaps) {
        return;
    }
    let (t, language) = (output.words(), output.language());
    let rows = coverage.gaps.iter().map(|g| vec![g.id.clone(), g.document.clone(), g.about.get(language).to_owned()]);
    print!("{}", screen.table(&[t.id, t.document, t.gap], &[1], rows.collect()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plateaus_in_a_row_become_a_span() {
        assert_eq!(span(&[1, 2, 3, 4]), "1-4");
        assert_eq!(span(&[3, 4]), "3,4");
        assert_eq!(span(&[1, 2, 4]), "1,2,4");
        assert_eq!(span(&[2]), "2");
        assert_eq!(span(&[]), "");
    }

    #[test]
    fn each_state_is_tested_or_not_and_answers_to_its_own_name() {
        use strum::IntoEnumIterator as _;
        for state in State::iter() {
            let apart = matches!(state, State::Attestable | State::OwnTests);
            assert_eq!(is_in(state, "tested") == is_in(state, "not-tested"), apart, "{state}");
            assert!(is_in(state, <&str>::from(state)) && COVERAGE.contains(&state.into()), "{state}");
        }
        assert!(!is_in(State::Planned, "left-out"));
    }

    #[test]
    fn the_closing_line_says_so_many_of_so_many() {
        let tally = Tally { all: 6, proved: 2, recorded: 1, attestable: 1, planned: 2, ..Tally::default() };
        let text = closing(&tally, 9, Language::En);
        let says =
            "6 of 9 requirements: 3 tested (2 proved, 1 recorded only), 1 by a document, 2 not tested (2 planned)";
        assert_eq!(text.trim(), says);
    }
}
