//! `tls`: everything that a server accepts, graded by a guideline, in one table.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use twiin_harness::base::diagnostic::SourceFile;
use twiin_harness::base::text::Language;
use twiin_harness::net::connect::{ClientTls, Versions};
use twiin_harness::net::pki::Credential;
use twiin_harness::net::probe::survey;
use twiin_harness::net::{Limits, Outcome};
use twiin_harness::suite::parse_yaml_all;
use twiin_harness::wire::http::Url;
use twiin_harness::wire::tls::guideline::{Aspect, Graded, Guideline, Level};
use twiin_harness::wire::tls::{Known, Survey};

use super::exit::{Exit, Problem};
use super::files;
use super::lang::Lang;
use super::page::Screen;

#[derive(Debug, Args)]
pub struct Arguments {
    /// The server; only this one is contacted
    #[arg(value_name = "HOST:PORT")]
    server: String,
    /// Guideline that grades what is found
    #[arg(long, default_value = "ncsc-2025-05", value_name = "ID")]
    guideline: String,
    /// Format
    #[arg(long, default_value = "table", value_parser = ["table", "json"])]
    format: String,
    /// Certificate chain to show when the server asks for one (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    client_certificate: Option<PathBuf>,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE", requires = "client_certificate")]
    key: Option<PathBuf>,
    #[command(flatten)]
    lang: Lang,
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let url = Url::parse(&format!("https://{}", arguments.server))
        .filter(|url| url.target == "/" && !url.host.is_empty())
        .ok_or_else(|| Problem::usage(format!("read `{}` as host and port", arguments.server)))?;
    let guideline = guideline(suite_dir, &arguments.guideline)?;
    let credential = match (&arguments.client_certificate, &arguments.key) {
        (Some(certificate), Some(key)) => Some(Credential::from_pem_files(certificate, key).map_err(Problem::usage)?),
        _ => None,
    };
    let tls = ClientTls { credential, versions: Versions::Both, ..ClientTls::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Problem::usage)?;
    let began = Instant::now();
    let outcome = runtime.block_on(survey(&url, &tls, &Limits::default())).map_err(Problem::usage)?;
    let seconds = began.elapsed().as_secs_f64();
    let lang = arguments.lang.language;
    let graded = found(&outcome).map(|survey| guideline.grade_survey(survey)).unwrap_or_default();
    match arguments.format.as_str() {
        "json" => println!("{:#}", as_json(&arguments.server, &guideline, &outcome, &graded, seconds)),
        _ => print!("{}", as_table(&arguments.server, &guideline, &outcome, &graded, seconds, lang)),
    }
    Ok(exit(&outcome, &graded))
}

/// One guideline of the suite; the rest of it need not be read.
fn guideline(suite_dir: Option<&Path>, id: &str) -> Result<Guideline, Problem> {
    let files = files::suite_files(suite_dir)?;
    let of = |path: &str| path.strip_prefix("profiles/tls/").and_then(|p| p.strip_suffix(".yaml")).map(str::to_owned);
    let known: Vec<String> = files.iter().filter_map(|(path, _)| of(path)).collect();
    let path = format!("profiles/tls/{id}.yaml");
    let Some(bytes) = files.get(&path).filter(|_| known.iter().any(|k| k == id)) else {
        return Err(Problem::usage(format!("find the guideline `{id}`; there are {}", known.join(", "))));
    };
    let text = String::from_utf8_lossy(bytes).into_owned();
    let source = Arc::new(SourceFile { path: files.shown(&path), text });
    parse_yaml_all(&source).map_err(Problem::faults)
}

/// The survey of a server that speaks TLS.
fn found(outcome: &Outcome) -> Option<&Survey> {
    let survey = outcome.tls.as_ref().and_then(|t| t.survey.as_deref());
    survey.filter(|s| s.accepted().next().is_some())
}

/// Only what is insufficient is wrong: a key of 2048 bits, as the UZI profile prescribes, is to be phased out, and that hybrid
/// groups lack has no level at all.
fn exit(outcome: &Outcome, graded: &[Graded]) -> Exit {
    match found(outcome) {
        None => Exit::Undetermined,
        Some(_) if graded.iter().any(|g| g.grade.level == Some(Level::Insufficient)) => Exit::NotConformant,
        Some(survey) if survey.cut_short.is_some() => Exit::Undetermined,
        Some(_) => Exit::Good,
    }
}

fn as_json(
    server: &str,
    guideline: &Guideline,
    outcome: &Outcome,
    graded: &[Graded],
    seconds: f64,
) -> serde_json::Value {
    let worst = graded.iter().filter_map(|g| g.grade.level).min();
    json!({
        "server": server,
        "guideline": { "id": guideline.id, "name": guideline.name(), "version": guideline.version },
        "seconds": (seconds * 1000.0).round() / 1000.0,
        "worst": worst,
        "fault": outcome.fault,
        "survey": outcome.tls.as_ref().and_then(|t| t.survey.as_ref()),
        "certificates": outcome.tls.as_ref().map(|t| &t.peer),
        "asks-for-client-certificate": outcome.tls.as_ref().and_then(|t| t.client_certificate_requested),
        "graded": graded,
    })
}

fn as_table(
    server: &str,
    guideline: &Guideline,
    outcome: &Outcome,
    graded: &[Graded],
    seconds: f64,
    lang: Language,
) -> String {
    let nl = lang == Language::Nl;
    let pick = |dutch: &'static str, english: &'static str| if nl { dutch } else { english };
    let Some(survey) = found(outcome) else {
        let why = match &outcome.fault {
            Some(fault) => serde_json::to_string(fault).unwrap_or_default(),
            None => pick("geen versie werd geaccepteerd", "no version was accepted").to_owned(),
        };
        return format!("{server}: {} ({why})\n", pick("geen TLS gezien", "no TLS was seen"));
    };
    let header = [
        pick("onderdeel", "aspect"),
        pick("versie", "version"),
        pick("waarde", "value"),
        pick("niveau", "level"),
        pick("opmerking", "note"),
    ];
    let rows = graded.iter().map(|g| {
        vec![
            aspect_title(&g.aspect, nl),
            g.version.map(|v| v.to_string()).unwrap_or_default(),
            value_title(&g.value, nl),
            if g.grade.level.is_some() { g.grade.text().get(lang).to_owned() } else { "–".to_owned() },
            g.grade.note.as_ref().map(|note| note.get(lang).to_owned()).unwrap_or_default(),
        ]
    });
    let mut out = format!("{server}\n{}\n\n", guideline.name());
    out.push_str(&Screen::stdout().table(&header, &[4], rows.collect()));
    let refused: Vec<String> =
        survey.versions.iter().filter(|(_, k)| **k == Known::No).map(|(v, _)| v.to_string()).collect();
    out.push_str(&format!("\n{}: {}\n", pick("geweigerd", "refused"), refused.join(", ")));
    let worst = graded.iter().filter_map(|g| g.grade.level).min();
    if let Some(worst) = worst {
        let text = worst.title();
        out.push_str(&format!(
            "{}: {} ({})\n",
            pick("laagste niveau", "lowest level"),
            text.get(lang),
            guideline.name()
        ));
    }
    if let Some(why) = &survey.cut_short {
        out.push_str(&format!("{}: {why}\n", pick("afgebroken", "cut short")));
    }
    let connections = survey.connections;
    out.push_str(&format!("{connections} {}, {seconds:.2} s\n", pick("verbindingen", "connections")));
    out
}

fn value_title(value: &str, nl: bool) -> String {
    let dutch =
        [("yes", "ja"), ("no", "nee"), ("not-applicable", "niet van toepassing"), ("not-evaluated", "niet bepaald")];
    match dutch.iter().find(|(word, _)| *word == value) {
        Some((_, title)) if nl => (*title).to_owned(),
        Some((word, _)) => word.replace('-', " "),
        None => value.to_owned(),
    }
}

fn aspect_title(aspect: &str, nl: bool) -> String {
    use strum::IntoEnumIterator as _;
    let title = Aspect::iter().find(|a| a.to_string() == aspect).map(|a| match a {
        Aspect::Versions => ("versie", "version"),
        Aspect::Suites => ("cipher suite", "cipher suite"),
        Aspect::Groups => ("groep", "group"),
        Aspect::SignatureSchemes => ("handtekening", "signature scheme"),
        Aspect::CertificateKeys => ("certificaatsleutel", "certificate key"),
        Aspect::ChainSignatures => ("handtekening in keten", "chain signature"),
    });
    match title {
        Some((dutch, english)) => if nl { dutch } else { english }.to_owned(),
        None => aspect.replace('-', " "),
    }
}
