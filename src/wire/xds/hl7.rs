//! Data types of HL7 v2 in metadata: CX, CXi, XCN and XON (ITI TF-3 4.2.3.1.7; 30-beeldbeschikbaarheid sections 7.2
//! and 7.4).

use serde::{Deserialize, Serialize};

/// Who gave out an id: the subcomponents of HD.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authority {
    /// Namespace; must be absent.
    pub namespace: String,
    /// Universal id: an OID.
    pub id: String,
    /// Type of the universal id: `ISO`.
    pub kind: String,
}

impl Authority {
    /// An OID.
    pub fn oid(oid: &str) -> Self {
        Self { namespace: String::new(), id: oid.to_owned(), kind: "ISO".to_owned() }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('&').map(unescape);
        let mut next = || parts.next().unwrap_or_default();
        let read = Self { namespace: next(), id: next(), kind: next() };
        (read != Self::default()).then_some(read)
    }

    fn write(&self) -> String {
        [&self.namespace, &self.id, &self.kind].map(|p| escape(p)).join("&").trim_end_matches('&').to_owned()
    }
}

/// The components of a value, between `^`; their escapes stay.
pub fn components(text: &str) -> Vec<&str> {
    text.split('^').collect()
}

/// A component without escapes (HL7 v2 section 2.7).
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let character = match rest.get(at..at + 3) {
            Some("\\S\\") => '^',
            Some("\\T\\") => '&',
            Some("\\F\\") => '|',
            Some("\\R\\") => '~',
            Some("\\E\\") => '\\',
            // What is no escape stays as it stands.
            _ => {
                out.push('\\');
                rest = &rest[at + 1..];
                continue;
            }
        };
        out.push(character);
        rest = &rest[at + 3..];
    }
    out.push_str(rest);
    out
}

fn escape(text: &str) -> String {
    [("\\", "\\E\\"), ("^", "\\S\\"), ("&", "\\T\\"), ("|", "\\F\\"), ("~", "\\R\\")]
        .iter()
        .fold(text.to_owned(), |t, (from, to)| t.replace(from, to))
}

fn join(components: &[String]) -> String {
    components.join("^").trim_end_matches('^').to_owned()
}

/// An id with who gave it out, and in a reference (CXi) what it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cx {
    /// The id.
    pub id: String,
    /// Who gave it out.
    pub authority: Option<Authority>,
    /// What it is, such as `urn:ihe:iti:xds:2013:accession`; only in a reference.
    pub kind: Option<String>,
}

impl Cx {
    /// A BSN (section 6.2).
    pub fn bsn(bsn: &str) -> Self {
        Self { id: bsn.to_owned(), authority: Some(Authority::oid(crate::base::bsn::OID)), kind: None }
    }

    /// Reads a value.
    pub fn read(text: &str) -> Self {
        let parts = components(text);
        let part = |at: usize| parts.get(at).copied().filter(|p| !p.is_empty());
        Self {
            id: part(0).map(unescape).unwrap_or_default(),
            authority: part(3).and_then(Authority::read),
            kind: part(4).map(unescape),
        }
    }

    /// Writes the value.
    pub fn write(&self) -> String {
        let authority = self.authority.as_ref().map(Authority::write).unwrap_or_default();
        let kind = self.kind.as_deref().map(escape).unwrap_or_default();
        join(&[escape(&self.id), String::new(), String::new(), authority, kind])
    }

    /// The id, when it is a BSN by who gave it out.
    pub fn as_bsn(&self) -> Option<&str> {
        let given = self.authority.as_ref().is_some_and(|a| a.id == crate::base::bsn::OID);
        given.then_some(self.id.as_str())
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Xcn {
    /// The id.
    pub id: String,
    /// Family name, given name, further names, suffix, prefix.
    pub name: [String; 5],
    /// Who gave out the id.
    pub authority: Option<Authority>,
}

impl Xcn {
    /// Reads a value.
    pub fn read(text: &str) -> Self {
        let parts = components(text);
        let part = |at: usize| parts.get(at).copied().map(unescape).unwrap_or_default();
        let authority = parts.get(8).and_then(|a| Authority::read(a));
        Self { id: part(0), name: [part(1), part(2), part(3), part(4), part(5)], authority }
    }

    /// Writes the value.
    pub fn write(&self) -> String {
        let authority = self.authority.as_ref().map(Authority::write).unwrap_or_default();
        let mut all = vec![escape(&self.id)];
        all.extend(self.name.iter().map(|n| escape(n)));
        all.extend([String::new(), String::new(), authority]);
        join(&all)
    }
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Xon {
    /// Its name.
    pub name: String,
    /// Who gave out the id.
    pub authority: Option<Authority>,
    /// The id: a URA in eight digits.
    pub id: String,
}

impl Xon {
    /// Reads a value.
    pub fn read(text: &str) -> Self {
        let parts = components(text);
        let part = |at: usize| parts.get(at).copied().map(unescape).unwrap_or_default();
        Self { name: part(0), authority: parts.get(5).and_then(|a| Authority::read(a)), id: part(9) }
    }

    /// Writes the value.
    pub fn write(&self) -> String {
        let mut all = vec![String::new(); 10];
        all[0] = escape(&self.name);
        all[5] = self.authority.as_ref().map(Authority::write).unwrap_or_default();
        all[9] = escape(&self.id);
        join(&all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_values_of_the_specification_read_back() {
        let bsn = "999999990^^^&2.16.840.1.113883.2.4.6.3&ISO";
        assert_eq!((Cx::read(bsn).as_bsn(), Cx::bsn("999999990").write()), (Some("999999990"), bsn.to_owned()));
        let study = "2.999.50.1^^^^urn:ihe:iti:xds:2016:studyInstanceUID";
        assert_eq!((Cx::read(study).authority, Cx::read(study).write()), (None, study.to_owned()));
        let xon = "Ziekenhuis X^^^^^&2.16.528.1.1007.3.3&ISO^^^^00010990";
        let read = Xon::read(xon);
        assert_eq!((read.id.as_str(), read.write()), ("00010990", xon.to_owned()));
        assert_eq!(read.authority, Some(Authority::oid("2.16.528.1.1007.3.3")));
        assert_eq!(Cx::read("1^^^&1.2&ISO").as_bsn(), None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(id in "[ -~]{0,12}", oid in "[0-9.]{1,12}", kind in proptest::option::of("[!-~]{1,12}")) {
            let cx = Cx { id: id.clone(), authority: Some(Authority::oid(&oid)), kind };
            prop_assert_eq!(Cx::read(&cx.write()), cx);
            let xon = Xon { name: id.clone(), authority: Some(Authority::oid(&oid)), id: "1".into() };
            prop_assert_eq!(Xon::read(&xon.write()), xon);
            let xcn = Xcn { id, name: std::array::from_fn(|i| "x".repeat(i)), authority: Some(Authority::oid(&oid)) };
            prop_assert_eq!(Xcn::read(&xcn.write()), xcn);
        }
    }
}
