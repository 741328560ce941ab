//! The suite: everything under `scenarios/` and `profiles/`, typed and cross-checked. Nothing else reads those files.
//!
//! A loaded [`Suite`] is right by construction: unknown words, dangling references, requirements that nobody shows and
//! checks that cannot fail are faults of its authors, reported all at once with file, line and column.

pub mod candidate;
pub mod cross_check;
pub mod dossier;
pub mod load;
pub mod matrix;
pub mod place;
pub mod profile;
pub mod release;
pub mod requirement;
pub mod scenario;
pub mod schema;
pub mod tree;
pub mod waiver;
mod yaml;

pub use candidate::CandidateFile;
pub use dossier::Dossier;
pub use load::{MATRIX_PATH, Suite, embedded_files};
pub use matrix::Matrix;
pub use profile::{Profile, Release};
pub use requirement::Requirement;
pub use scenario::{Action, Scenario};
pub use waiver::{Waiver, WaiverFile};
pub use yaml::{parse as parse_yaml, parse_all as parse_yaml_all};
