//! `schema`: the JSON Schema of a kind of file, for editors and for whoever makes such files by program.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use strum::VariantNames as _;
use twiin_harness::suite::schema::FileKind;

use super::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Kind of file
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(FileKind::VARIANTS).map(|name| name.parse::<FileKind>().expect("clap lets only these through")))]
    name: FileKind,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    print!("{}", arguments.name.schema_text());
    Ok(Exit::Good)
}
