//! `simulate`: the reference GtK by itself.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use twiin_harness::net::listen::bind;
use twiin_harness::plan::Selection;
use twiin_harness::run::{self_test_kit, stand_alone};

use super::exit::{Exit, Problem};
use super::files;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Role that it plays; the other role then refuses
    #[arg(long, default_value = "both", value_parser = ["sending", "receiving", "both"])]
    role: String,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8443", value_name = "ADDR")]
    listen: SocketAddr,
    /// URL of the GtK that it exchanges with
    #[arg(long, default_value = "https://localhost:8444", value_name = "URL")]
    peer: String,
    /// URL that certificates name for looking up their status; whoever drives the GtK answers there
    #[arg(long, default_value = "http://localhost:8449", value_name = "URL")]
    status: String,
    /// Folder for the test CA and the certificates, made afresh at every start
    #[arg(long, default_value = "reports/pki", value_name = "DIR")]
    pki: PathBuf,
    /// Misbehave in one named way (see `list deviations`)
    #[arg(long, value_name = "NAME")]
    deviation: Option<String>,
    /// Folder of FHIR STU3 resources as its records
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let candidate = files::reference(&suite, arguments.data.is_some())?;
    let selection = Selection::everything(&suite);
    let zorgtoepassing = selection.zorgtoepassingen.first().cloned().unwrap_or_default();
    let deviation = match &arguments.deviation {
        Some(name) => {
            Some(name.parse().map_err(|_| Problem::usage(format!("misbehave by `{name}`: see `list deviations`")))?)
        }
        None => None,
    };
    let (mut kit, pki) =
        self_test_kit(&suite, &zorgtoepassing, &selection.release, &candidate.file, arguments.data.as_deref())
            .map_err(Problem::usage)?;
    kit.gtk.plays = match arguments.role.as_str() {
        "sending" => (true, false),
        "receiving" => (false, true),
        _ => (true, true),
    };
    files::write_pki(&arguments.pki, &kit, &pki, Some(&arguments.status))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Problem::usage)?;
    runtime.block_on(async {
        let bound =
            bind(arguments.listen).await.map_err(|e| Problem::usage(format!("{e}; choose another --listen")))?;
        let own = format!("https://localhost:{}", bound.address.port());
        let listener = stand_alone(&kit, bound, &own, &arguments.peer, deviation).map_err(Problem::usage)?;
        let told = format!(
            "reference GtK ({}) at {own}/fhir, token endpoint {own}/token\ntest CA: {}\nclient certificates of its partner: {}\n\
             it notifies and pulls at {}\nit looks up the status of certificates at {}\ndrive it: twiin-harness run --candidate {}\n",
            arguments.role,
            arguments.pki.join("root.pem").display(),
            arguments.pki.join("partner").display(),
            arguments.peer,
            arguments.status,
            files::REFERENCE,
        );
        // Whoever reads this may stop reading; the GtK goes on.
        let _ = std::io::stdout().write_all(told.as_bytes());
        let _ = std::io::stdout().flush();
        let _ = tokio::signal::ctrl_c().await;
        drop(listener);
        Ok(Exit::Good)
    })
}
