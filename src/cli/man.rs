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
    let text = command.get_after_help().map(ToString::to_string);
    let command = command.clone().display_name(name.to_owned()).after_help("");
    let man = Man::new(command.clone())
        .title(name.to_uppercase())
        .source(concat!("twiin-harness ", env!("CARGO_PKG_VERSION")))
        .manual("Twiin");
    let written =
        [Man::render_title, Man::render_name_section, Man::render_synopsis_section, Man::render_description_section]
            .into_iter()
            .try_for_each(|part| part(&man, &mut page))
            .and_then(|()| man.render_options_section(&mut page))
            .and_then(|()| if command.has_subcommands() { man.render_subcommands_section(&mut page) } else { Ok(()) });
    written.map_err(|e| Problem::usage(format!("write the page of {name}: {e}")))?;
    page.extend(text.map(|text| notes(&text)).unwrap_or_default().into_bytes());
    Ok(page)
}

/// What stands below the options in `--help`. Its columns and lines stay as they are, which the library's own section
/// for it does not do.
fn notes(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let escaped = line.replace('\\', "\\e").replace('-', "\\-");
        // A line that begins with one of these would be an instruction.
        if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}\n") } else { format!("{escaped}\n") }
    });
    format!(".SH NOTES\n.nf\n{}.fi\n", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_keep_their_lines_and_give_no_instructions() {
        assert_eq!(notes("a  b\n.x --y\n"), ".SH NOTES\n.nf\na  b\n\\&.x \\-\\-y\n.fi\n");
    }
}
