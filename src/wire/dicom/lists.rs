//! The SOP classes and transfer syntaxes that there are words for: data, `profiles/beeldbeschikbaarheid/dicom.yaml`.

use serde::Deserialize;

use crate::base::text::Text;

/// The lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DicomLists {
    /// Where the lists come from.
    pub source: String,
    /// SOP classes that a requester handles at least.
    pub sop_classes: Vec<SopClass>,
    /// Transfer syntaxes by name. None is prescribed: no mandated subset was found.
    pub transfer_syntaxes: Vec<TransferSyntax>,
}

/// A SOP class.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SopClass {
    /// UID.
    pub uid: String,
    /// What it is called.
    pub title: Text,
    /// Its modality.
    pub modality: String,
}

/// A transfer syntax.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TransferSyntax {
    /// UID.
    pub uid: String,
    /// The word for it in scenarios and candidate files.
    pub name: String,
    /// How its pixel data stand there.
    pub pixel_data: PixelEncoding,
}

/// How pixel data stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PixelEncoding {
    /// As they are.
    Native,
    /// Compressed, in fragments.
    Encapsulated,
    /// As they are, and the data set deflated as a whole.
    Deflated,
}

impl DicomLists {
    /// The SOP class of a UID.
    pub fn sop_class(&self, uid: &str) -> Option<&SopClass> {
        self.sop_classes.iter().find(|class| class.uid == uid)
    }

    /// The transfer syntax of a UID or a name.
    pub fn transfer_syntax(&self, text: &str) -> Option<&TransferSyntax> {
        self.transfer_syntaxes.iter().find(|syntax| syntax.uid == text || syntax.name == text)
    }
}
