//! `schema`: the JSON Schema of a kind of file, for editors and for whoever makes such files by program.

use clap::Args;
use clap::builder::PossibleValuesParser;
use strum::VariantNames as _;
use twiin_harness::evidence::bewijs::{Policy, Statement};
use twiin_harness::suite::schema::FileKind;

use super::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Kind of file
    #[arg(value_name = "NAME", value_parser = names())]
    name: String,
}

/// Writes a schema.
type Print = fn() -> String;

/// Schemas of what is not a file of a suite.
const OTHERS: [(&str, Print); 2] =
    [("bewijs-statement", Statement::schema_text), ("bewijs-policy", Policy::schema_text)];

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(FileKind::VARIANTS.iter().copied().chain(OTHERS.map(|(name, _)| name)))
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let other = OTHERS.iter().find(|(name, _)| *name == arguments.name).map(|(_, text)| text());
    let text = other.or_else(|| arguments.name.parse().ok().map(FileKind::schema_text));
    print!("{}", text.expect("clap lets only these through"));
    Ok(Exit::Good)
}
