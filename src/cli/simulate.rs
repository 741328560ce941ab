//! `simulate`: the reference GtK by itself.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use twiin_harness::base::day::Day;
use twiin_harness::net::listen::bind;
use twiin_harness::net::pki::TestPki;
use twiin_harness::plan::Selection;
use twiin_harness::run::{Kit, self_test_kits, stand_alone};
use twiin_harness::suite::load::LoadedProfile;
use twiin_harness::suite::{CandidateFile, Suite};

use super::exit::{Exit, Problem};
use super::files;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Role that it plays; the other roles then refuse. `both` plays all of them
    #[arg(long, default_value = "both", value_parser = ["sending", "receiving", "requesting", "responding", "both"])]
    role: String,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8443", value_name = "ADDR")]
    listen: SocketAddr,
    /// URL of the GtK that it exchanges with
    #[arg(long, default_value = "https://localhost:8444", value_name = "URL")]
    peer: String,
    /// URL of the second gateway that it asks for images
    #[arg(long, default_value = "https://localhost:8445", value_name = "URL")]
    second_peer: String,
    /// URL that certificates name for looking up their status; whoever drives the GtK answers there
    #[arg(long, default_value = "http://localhost:8449", value_name = "URL")]
    status: String,
    /// Folder for the test CA and the certificates, made afresh at every start
    #[arg(long, default_value = "reports/pki", value_name = "DIR")]
    pki: PathBuf,
    /// Plateau whose proofs it gives when it asks for images
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    plateau: u8,
    /// Misbehave in one named way (see `list deviations`)
    #[arg(long, value_name = "NAME")]
    deviation: Option<String>,
    /// Folder of FHIR STU3 resources as its records; with `--role responding` a folder of DICOM files and reports
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Day that dates in that folder are counted from, such as `${DATE, T, d, -30}`; today when absent
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = files::day)]
    test_day: Option<Day>,
}

/// One GtK of all zorgtoepassingen, as far as its role goes: it answers by FHIR and as a gateway.
fn one_kit(
    suite: &Suite,
    selection: &Selection,
    file: &CandidateFile,
    arguments: &Arguments,
) -> Result<(Kit, Arc<TestPki>), Problem> {
    let role = arguments.role.as_str();
    let (by_fhir, as_gateway) = match role {
        "sending" | "receiving" => (true, false),
        "requesting" | "responding" => (false, true),
        _ => (true, true),
    };
    let has_gateway = |name: &str| suite.profiles.get(name).is_some_and(LoadedProfile::has_gateway);
    let of = |name: &&String| if has_gateway(name) { as_gateway } else { by_fhir };
    let wanted: Vec<String> = selection.zorgtoepassingen.iter().filter(of).cloned().collect();
    // Records of FHIR and images do not come out of one folder.
    let own = files::own_data(arguments.data.as_deref(), arguments.test_day);
    let data = |name: &str| own.filter(|_| !(has_gateway(name) && by_fhir));
    let (mut kits, pki) = self_test_kits(suite, &wanted, &selection.release, file, &data).map_err(Problem::usage)?;
    let gateway = kits.iter_mut().find_map(|(_, kit)| kit.gateway.take());
    // The one that speaks FHIR takes the gateway of the other.
    kits.sort_by_key(|(name, _)| has_gateway(name));
    let mut kits = kits.into_iter();
    let (_, mut kit) = kits.next().ok_or_else(|| Problem::usage("there is no profile with that role"))?;
    // Whatever else is exchanged by FHIR is begun by a trigger of its own.
    kit.gtk.also = kits.filter_map(|(_, other)| other.service()).collect();
    kit.gateway = gateway;
    kit.answers_as_gateway = role != "requesting";
    if by_fhir {
        kit.gtk.plays = (role != "receiving", role != "sending");
    }
    Ok((kit, pki))
}

pub fn main(suite_dir: Option<&Path>, arguments: &Arguments) -> Result<Exit, Problem> {
    let suite = files::suite(suite_dir)?;
    let candidate = files::reference(&suite, arguments.data.is_some())?;
    let selection = Selection::everything(&suite);
    let deviation = match &arguments.deviation {
        Some(name) => {
            Some(name.parse().map_err(|_| Problem::usage(format!("misbehave by `{name}`: see `list deviations`")))?)
        }
        None => None,
    };
    let (kit, pki) = one_kit(&suite, &selection, &candidate.file, arguments)?;
    files::write_pki(&arguments.pki, &kit, &pki, Some(&arguments.status))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Problem::usage)?;
    runtime.block_on(async {
        let bound =
            bind(arguments.listen).await.map_err(|e| Problem::usage(format!("{e}; choose another --listen")))?;
        let own = format!("https://localhost:{}", bound.address.port());
        let (peer, second) = (&arguments.peer, &arguments.second_peer);
        let listener = stand_alone(&kit, bound, &own, peer, deviation, arguments.plateau, second);
        let listener = listener.map_err(Problem::usage)?;
        let told = format!(
            "reference GtK ({}) at {own}/fhir, token endpoint {own}/token, gateway {own}/xca\ntest CA: {}\nclient certificates of its partner: {}\n\
             it notifies, pulls and asks for images at {}\nit looks up the status of certificates at {}\ndrive it: twiin-harness run --candidate {}\n",
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
