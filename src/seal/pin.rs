//! Where a PIN or password comes from: asked for, from the environment, or from a file of the owner alone. Never from the
//! command line, where every user of the machine can read it.

use std::path::PathBuf;
use std::str::FromStr;

use super::SealError;
use super::file::refuse_readable;
use crate::base::secret::Secret;

/// Longest secret that is read, in bytes.
const MAX_BYTES: u64 = 4096;

/// A place of a PIN or password.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PinSource {
    /// Ask for it.
    #[default]
    Prompt,
    /// The value of an environment variable.
    Environment(String),
    /// The first line of a file.
    File(PathBuf),
}

impl FromStr for PinSource {
    type Err = String;

    /// `prompt`, `env:NAME` or `file:PATH`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "prompt" => Ok(Self::Prompt),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Environment(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            _ => Err("expected `prompt`, `env:NAME` or `file:PATH`".to_owned()),
        }
    }
}

impl PinSource {
    /// Gets it; `ask` asks the user.
    ///
    /// # Errors
    /// When it is not there, or others can read the file.
    pub fn read(&self, ask: &dyn Fn() -> std::io::Result<String>) -> Result<Secret<String>, SealError> {
        let text = match self {
            Self::Prompt => ask().map_err(|error| SealError::Key(format!("ask for the PIN: {error}")))?,
            Self::Environment(name) => std::env::var(name)
                .map_err(|_| SealError::Key(format!("the environment variable {name} is not set")))?,
            Self::File(path) => {
                refuse_readable(path)?;
                let fail = |why: &dyn std::fmt::Display| SealError::Key(format!("{}: {why}", path.display()));
                if std::fs::metadata(path).map_err(|e| fail(&e))?.len() > MAX_BYTES {
                    return Err(fail(&"too large for a PIN"));
                }
                let text = std::fs::read_to_string(path).map_err(|e| fail(&e))?;
                text.lines().next().unwrap_or_default().to_owned()
            }
        };
        Ok(Secret::new(text))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_a_word_and_never_as_the_secret() {
        assert_eq!("prompt".parse(), Ok(PinSource::Prompt));
        assert_eq!("env:PIN".parse(), Ok(PinSource::Environment("PIN".into())));
        assert_eq!("file:/run/pin".parse(), Ok(PinSource::File("/run/pin".into())));
        for wrong in ["1234", "env:", "file:", "pass:1234"] {
            assert!(wrong.parse::<PinSource>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_first_line_of_a_file_is_the_pin_when_nobody_else_can_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pin");
        std::fs::write(&path, "1234\nrest").unwrap();
        let read = || PinSource::File(path.clone()).read(&|| panic!("nobody is asked"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(read(), Err(SealError::Readable(_))));
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        assert_eq!(read().unwrap().reveal(), "1234");
        let asked = PinSource::Prompt.read(&|| Ok("5678".to_owned())).unwrap();
        assert_eq!(asked.reveal(), "5678");
        assert!(PinSource::Environment("TWIIN_NOT_SET".into()).read(&|| panic!()).is_err());
    }
}
