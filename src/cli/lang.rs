//! `--lang`: the language of what a command prints.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use twiin_harness::base::text::Language;

/// The language that is asked for.
#[derive(Debug, Clone, Copy, Args)]
pub struct Lang {
    /// Language of what is printed
    #[arg(
        id = "lang",
        long = "lang",
        value_name = "LANG",
        default_value = "nl",
        value_parser = PossibleValuesParser::new(["nl", "en"]).try_map(|name| name.parse::<Language>()),
    )]
    pub language: Language,
}
