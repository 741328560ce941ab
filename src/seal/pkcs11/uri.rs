//! Naming a key on a token: the URI of RFC 7512.

use std::path::PathBuf;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use crate::seal::pin::PinSource;

/// Which key on which token, by which module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenUri {
    /// The library of the maker (`module-path`).
    pub module: Option<PathBuf>,
    /// Label of the token.
    pub token: Option<String>,
    /// Serial number of the token.
    pub serial: Option<String>,
    /// Number of the slot (`slot-id`).
    pub slot: Option<u64>,
    /// Label of the key (`object`).
    pub object: Option<String>,
    /// Id of the key.
    pub id: Option<Vec<u8>>,
    /// Where the PIN comes from (`pin-source`).
    pub pin: Option<PinSource>,
}

/// Why a text is no URI of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriFault {
    /// It does not begin with `pkcs11:`.
    #[error("a PKCS#11 URI begins with `pkcs11:`")]
    Scheme,
    /// A part that is not `name=value`, is there twice, or is not known.
    #[error("`{0}` in the PKCS#11 URI is not known, or there twice")]
    Part(String),
    /// A value that cannot be read.
    #[error("the value of `{0}` in the PKCS#11 URI cannot be read")]
    Value(String),
    /// The PIN itself stands in the URI.
    #[error("a PIN in a PKCS#11 URI can be read by every user of the machine; use pin-source")]
    PinValue,
}

impl FromStr for TokenUri {
    type Err = UriFault;

    fn from_str(text: &str) -> Result<Self, UriFault> {
        let rest = text.strip_prefix("pkcs11:").ok_or(UriFault::Scheme)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self::default();
        for part in path.split(';').chain(query.split('&')).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| UriFault::Part(part.to_owned()))?;
            uri.set(name, value)?;
        }
        Ok(uri)
    }
}

impl TokenUri {
    fn set(&mut self, name: &str, value: &str) -> Result<(), UriFault> {
        let bytes: Vec<u8> = percent_decode_str(value).collect();
        let text = || String::from_utf8(bytes.clone()).map_err(|_| UriFault::Value(name.to_owned()));
        let again = match name {
            "token" => self.token.replace(text()?).is_some(),
            "serial" => self.serial.replace(text()?).is_some(),
            "object" => self.object.replace(text()?).is_some(),
            "id" => self.id.replace(bytes.clone()).is_some(),
            "slot-id" => {
                let number = text()?.parse().map_err(|_| UriFault::Value(name.to_owned()))?;
                self.slot.replace(number).is_some()
            }
            "module-path" => self.module.replace(PathBuf::from(text()?)).is_some(),
            "pin-source" => {
                let place = text()?;
                // RFC 7512 has a bare path or a file URI here; ours may name the environment too.
                let place = match place.strip_prefix("file://") {
                    Some(path) => format!("file:{path}"),
                    None if place.starts_with('/') => format!("file:{place}"),
                    None => place,
                };
                let place = place.parse().map_err(|_| UriFault::Value(name.to_owned()))?;
                self.pin.replace(place).is_some()
            }
            "type" => text()? != "private",
            "pin-value" => return Err(UriFault::PinValue),
            _ => true,
        };
        if again { Err(UriFault::Part(name.to_owned())) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_read() {
        let text = "pkcs11:token=SIM%20zegel;object=seal;id=%01%ff;slot-id=3;type=private\
                    ?module-path=/usr/lib/x.so&pin-source=file:///run/pin";
        let expected = TokenUri {
            module: Some("/usr/lib/x.so".into()),
            token: Some("SIM zegel".into()),
            serial: None,
            slot: Some(3),
            object: Some("seal".into()),
            id: Some(vec![1, 0xff]),
            pin: Some(PinSource::File("/run/pin".into())),
        };
        assert_eq!(text.parse(), Ok(expected));
    }

    #[test]
    fn what_is_not_known_twice_there_or_secret_is_refused() {
        let fault = |text: &str| text.parse::<TokenUri>().err();
        assert_eq!(fault("file:x"), Some(UriFault::Scheme));
        assert_eq!(fault("pkcs11:token=a;token=b"), Some(UriFault::Part("token".into())));
        assert_eq!(fault("pkcs11:colour=red"), Some(UriFault::Part("colour".into())));
        assert_eq!(fault("pkcs11:type=cert"), Some(UriFault::Part("type".into())));
        assert_eq!(fault("pkcs11:slot-id=x"), Some(UriFault::Value("slot-id".into())));
        assert_eq!(fault("pkcs11:token=a?pin-value=1234"), Some(UriFault::PinValue));
    }
}
