//! `packages`: FHIR packages, fetched and pinned by digest, and what other commands take of them.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use twiin_harness::packages::{Origin, PackageId, PackagesError, Pin, REGISTRY, Registry, Store, Wanted};

use super::exit::{Exit, Problem};
use super::page::Screen;

/// Where packages are kept, as both helps tell it.
macro_rules! with_where {
    ($before:literal) => {
        concat!(
            $before,
            "\
Where packages are kept:
  --packages DIR, else $XDG_DATA_HOME/twiin-harness/packages, else ~/.local/share/twiin-harness/packages
  (Windows: %LOCALAPPDATA%\\twiin-harness\\packages). pins.json in that folder holds the SHA-256 of each; a file that
  is not the one that was pinned is refused. Nothing is fetched but by `packages add`."
        )
    };
}

const WHERE: &str = with_where!("");
const ADD_HELP: &str = with_where!(
    "\
Examples:
  twiin-harness packages add hl7.fhir.r3.core@3.0.2
  twiin-harness packages add nictiz.fhir.nl.stu3.zib2017@2.2.18 --registry https://packages.simplifier.net
  twiin-harness packages add own.profiles@1.0.0 --from own-profiles.tgz

"
);

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Fetch a package, look whether it is what it should be, and pin it
    Add(Add),
    /// List what is pinned, and whether each file is still the one that was
    List(List),
}

#[derive(Debug, Args)]
#[command(after_help = ADD_HELP)]
pub struct Add {
    /// The package
    #[arg(value_name = "NAME@VERSION")]
    package: PackageId,
    /// Take it from here instead of the registry
    #[arg(long, value_name = "FILE-OR-URL", conflicts_with = "registry")]
    from: Option<String>,
    /// Registry that speaks as npm does
    #[arg(long, default_value = REGISTRY, value_name = "URL")]
    registry: String,
    /// The SHA-256 that it must have
    #[arg(long, value_name = "HEX")]
    sha256: Option<String>,
    /// Pin it although it is pinned with another digest
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    kept: Kept,
}

#[derive(Debug, Args)]
#[command(after_help = WHERE)]
pub struct List {
    /// Format
    #[arg(long, default_value = "table", value_parser = ["table", "json"])]
    format: String,
    #[command(flatten)]
    kept: Kept,
}

/// Where packages are kept.
#[derive(Debug, Args)]
pub struct Kept {
    /// Folder of pinned packages; default: twiin-harness/packages in the data folder of the user
    #[arg(long = "packages", value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Kept {
    /// The store.
    pub fn store(&self) -> Result<Store, Problem> {
        if let Some(dir) = &self.dir {
            return Ok(Store::new(dir));
        }
        // The XDG base directory specification has relative paths ignored.
        let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let data = set("XDG_DATA_HOME")
            .or_else(|| set("LOCALAPPDATA"))
            .or_else(|| Some(set("HOME")?.join(".local").join("share")));
        match data {
            Some(data) => Ok(Store::new(data.join("twiin-harness").join("packages"))),
            None => Err(Problem::usage(
                "find the folder of packages: neither XDG_DATA_HOME nor HOME is set; name --packages",
            )),
        }
    }
}

/// Definitions that a command is given.
#[derive(Debug, Args)]
pub struct Given {
    /// FHIR package: a file (.tgz, .ndjson.gz, .json), a folder, or NAME@VERSION of a pinned one; may be repeated
    #[arg(long = "fhir-package", value_name = "FILE|DIR|NAME@VERSION")]
    pub packages: Vec<Wanted>,
    #[command(flatten)]
    pub kept: Kept,
}

pub fn main(arguments: &Arguments) -> Result<Exit, Problem> {
    match arguments {
        Arguments::Add(add) => self::add(add),
        Arguments::List(list) => self::list(list),
    }
}

fn add(arguments: &Add) -> Result<Exit, Problem> {
    let store = arguments.kept.store()?;
    let origin = arguments.from.as_deref().map_or(Origin::Registry, Origin::of);
    let registry = Registry::new(&arguments.registry);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Problem::usage)?;
    let id = &arguments.package;
    let adding = store.add(id, &origin, &registry, arguments.sha256.as_deref(), arguments.replace);
    let added = runtime.block_on(adding).map_err(Problem::usage)?;
    let Pin { sha256, size, fhir, origin } = &added.pin;
    println!("{id}: {}", if added.known { "was pinned already" } else { "pinned" });
    println!("  sha256  {sha256}");
    println!("  size    {size} bytes");
    println!("  FHIR    {}", releases(fhir));
    println!("  from    {origin}");
    println!("  in      {}", store.pins_path().display());
    for need in &added.lacking {
        println!("It builds on {need}, which is not pinned: twiin-harness packages add {need}");
    }
    Ok(Exit::Good)
}

fn releases(fhir: &[twiin_harness::wire::fhir::definitions::Release]) -> String {
    fhir.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn list(arguments: &List) -> Result<Exit, Problem> {
    let store = arguments.kept.store()?;
    let pins = store.pins().map_err(Problem::usage)?;
    let found: Vec<(&PackageId, &Pin, Result<(), PackagesError>)> =
        pins.iter().map(|(id, pin)| (id, pin, store.open(id).map(drop))).collect();
    match arguments.format.as_str() {
        "json" => println!("{:#}", as_json(store.dir(), &found)),
        _ => print!("{}", as_table(&store, &found)),
    }
    for fault in found.iter().filter_map(|(_, _, state)| state.as_ref().err()) {
        eprintln!("twiin-harness: failed to {fault}");
    }
    Ok(if found.iter().all(|(_, _, state)| state.is_ok()) { Exit::Good } else { Exit::NotConformant })
}

fn state(state: &Result<(), PackagesError>) -> &'static str {
    match state {
        Ok(()) => "as pinned",
        Err(PackagesError::Changed { .. }) => "changed",
        Err(_) => "cannot be read",
    }
}

fn as_json(dir: &Path, found: &[(&PackageId, &Pin, Result<(), PackagesError>)]) -> serde_json::Value {
    let packages = found.iter().map(|(id, pin, kept)| {
        json!({
            "name": id.name(), "version": id.version(), "sha256": pin.sha256, "size": pin.size, "fhir": pin.fhir,
            "origin": pin.origin, "state": state(kept),
        })
    });
    json!({ "folder": dir.display().to_string(), "packages": packages.collect::<Vec<_>>() })
}

fn as_table(store: &Store, found: &[(&PackageId, &Pin, Result<(), PackagesError>)]) -> String {
    if found.is_empty() {
        return format!(
            "nothing is pinned in {}\nadd a package: twiin-harness packages add hl7.fhir.r3.core@3.0.2\n",
            store.pins_path().display()
        );
    }
    let rows = found.iter().map(|(id, pin, kept)| {
        vec![
            id.name().to_owned(),
            id.version().to_owned(),
            releases(&pin.fhir),
            pin.size.to_string(),
            state(kept).to_owned(),
            pin.sha256.clone(),
        ]
    });
    let table =
        Screen::stdout().table(&["package", "version", "FHIR", "bytes", "state", "sha256"], &[], rows.collect());
    format!("{table}\n{}\n", store.pins_path().display())
}
