//! `man`: manual pages, made from the same definitions as `--help`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;

use super::Cli;
use super::exit::{Exit, Problem};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Folder for one page a command; default: print the page of the tool itself
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    match &arguments.out {
        Some(dir) => {
            std::fs::create_dir_all(dir).map_err(|e| Problem::evidence(format!("write {}: {e}", dir.display())))?;
            write(dir, &command, "twiin-harness")?;
        }
        // A reader that closes the pipe early has seen enough.
        None => drop(std::io::stdout().write_all(&page(&command, "twiin-harness")?)),
    }
    Ok(Exit::Good)
}

/// The pages of a command and of those below it.
fn write(dir: &Path, command: &Command, name: &str) -> Result<(), Problem> {
    let path = dir.join(format!("{name}.1"));
    std::fs::write(&path, page(command, name)?)
        .map_err(|e| Problem::evidence(format!("write {}: {e}", path.display())))?;
    command.get_subcommands().try_for_each(|below| write(dir, below, &format!("{name}-{}", below.get_name())))
}

fn page(command: &Command, name: &str) -> Result<Vec<u8>, Problem> {
    let mut page = Vec::new();
    let command = command.clone().display_name(name.to_owned());
    Man::new(command)
        .title(name.to_uppercase())
        .manual("Twiin")
        .render(&mut page)
        .map_err(|e| Problem::usage(format!("write the page of {name}: {e}")))?;
    Ok(page)
}
