//! The closed lists of words that a row of the catalogue is written in.

use serde::{Deserialize, Serialize};

/// A role of the candidate.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    strum::EnumString,
    strum::Display,
    strum::VariantNames,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Role {
    /// Source of the data by FHIR: sends notifications, guards the resources.
    Sending,
    /// User of the data by FHIR: receives notifications, fetches the resources.
    Receiving,
    /// User of the data by SOAP and IHE (vragend GtK): queries and retrieves across gateways.
    Requesting,
    /// Source of the data by SOAP and IHE (antwoordend GtK): answers queries and gives documents and images.
    Responding,
}

impl Role {
    /// All roles, in the order in which they are shown.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// Whether what is exchanged in this role goes by FHIR.
    pub fn speaks_fhir(self) -> bool {
        matches!(self, Self::Sending | Self::Receiving)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema, strum::Display, strum::EnumString, strum::VariantNames,
        )]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }
    };
}

words!(
    /// Whom a clause binds. A candidate plays a [`Role`]; the other parties are bound beside or around it.
    Party {
        /// Any GtK, whatever its role.
        Gtk,
        /// Source of the data by FHIR.
        Sending,
        /// User of the data by FHIR.
        Receiving,
        /// The requesting GtK (vragend GtK, SOAP and IHE).
        Requesting,
        /// The responding GtK (antwoordend GtK, SOAP and IHE).
        Responding,
        /// The participant that the GtK speaks for.
        Deelnemer,
        /// Whoever manages the GtK.
        GtkBeheerder,
        /// A service provider.
        Dienstverlener,
        /// This harness: a rule for the tool, not for a candidate.
        Harness,
    }
);

impl Party {
    /// Whether it is a GtK in some role, and not an organisation around it or this harness.
    pub fn is_node(self) -> bool {
        matches!(self, Self::Gtk | Self::Sending | Self::Receiving | Self::Requesting | Self::Responding)
    }

    /// Whether a clause for this party binds a candidate in that role.
    pub fn binds(self, role: Role) -> bool {
        match self {
            Self::Gtk | Self::Deelnemer => true,
            Self::Sending => role == Role::Sending,
            Self::Receiving => role == Role::Receiving,
            Self::Requesting => role == Role::Requesting,
            Self::Responding => role == Role::Responding,
            Self::GtkBeheerder | Self::Dienstverlener | Self::Harness => false,
        }
    }
}

words!(
    /// How strong a clause is.
    Level {
        /// MUST.
        Must,
        /// SHOULD.
        Should,
        /// MAY.
        May,
    }
);
words!(
    /// Who says so.
    Authority {
        /// The Twiin Afsprakenstelsel, read on a published page.
        Afsprakenstelsel,
        /// The same, read in part: qualifiers may follow further down.
        AfsprakenstelselPartial,
        /// The groeimodel, a tool of Twiin that is no part of the Afsprakenstelsel.
        Groeimodel,
        /// Nictiz: guide or TestScripts.
        Nictiz,
        /// A NEN standard.
        Nen,
        /// A base standard that Twiin refers to.
        BaseStandard,
        /// An implementer who says to follow Twiin.
        Implementer,
        /// An assumption of ours.
        Assumption,
    }
);
words!(
    /// How far the text got.
    Maturity {
        /// Normative or formally published.
        Normative,
        /// Derived from other texts.
        Derived,
        /// A draft.
        Draft,
        /// Overtaken by a newer text.
        Superseded,
    }
);
words!(
    /// Where a verdict can come from.
    Verification {
        /// Over the wire.
        Automated,
        /// From a captured exchange or log.
        Observed,
        /// From a signed document.
        Attested,
    }
);
words!(
    /// Function of the trust model or groeimodel that a clause belongs to.
    Function {
        /// Identification of the citizen.
        IdentificatieBurger,
        /// Authentication.
        Authenticatie,
        /// Authorization.
        Autorisatie,
        /// Treatment relation.
        Behandelrelatie,
        /// Consent.
        Toestemming,
        /// Localisation.
        Lokalisatie,
        /// Addressing.
        Adressering,
        /// Logging.
        Logging,
        /// Network.
        Netwerk,
        /// Transparency.
        Transparantie,
        /// Management.
        Beheer,
        /// Exchange of messages (ours: the groeimodel has no row for it).
        Uitwisseling,
        /// Content of resources (ours).
        Inhoud,
        /// This harness itself (ours).
        Harness,
    }
);
words!(
    /// Where the plateaus of a clause come from.
    PlateauBasis {
        /// Our reading: Twiin assigns none. Below plateau 4 partners may have agreed otherwise.
        Reading,
        /// A cell of the groeimodel.
        Groeimodel,
        /// The source catalogue.
        Source,
    }
);
words!(
    /// A cap on how much a deviation counts.
    Enforcement {
        /// At most a warning.
        Advisory,
        /// Recorded only.
        Information,
    }
);

words!(
    /// From when a condition binds.
    BindingFrom {
        /// From the signing of the agreement.
        Signing,
        /// From the validation.
        Validation,
        /// The source does not tell which.
        Unknown,
    }
);

words!(
    /// What a candidate file is about: a node, or an organisation around it. A package of evidence is about one of them
    /// (PROC-12).
    #[derive(Default)]
    Subject {
        /// The node.
        #[default]
        Gtk,
        /// The participant.
        Deelnemer,
        /// Whoever manages the GtK.
        GtkBeheerder,
        /// A service provider.
        Dienstverlener,
    }
);

impl Subject {
    /// The party that it is.
    pub fn party(self) -> Party {
        match self {
            Self::Gtk => Party::Gtk,
            Self::Deelnemer => Party::Deelnemer,
            Self::GtkBeheerder => Party::GtkBeheerder,
            Self::Dienstverlener => Party::Dienstverlener,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_for_any_gtk_or_its_participant_binds_every_role_of_a_candidate() {
        for &role in Role::ALL {
            assert!(Party::Gtk.binds(role) && Party::Deelnemer.binds(role), "{role}");
        }
        assert!(Party::Sending.binds(Role::Sending) && Party::Receiving.binds(Role::Receiving));
        assert!(Party::Requesting.binds(Role::Requesting) && Party::Responding.binds(Role::Responding));
    }

    #[test]
    fn a_clause_for_another_party_binds_no_role_of_a_candidate() {
        use Party::{Dienstverlener, GtkBeheerder, Harness, Requesting, Responding};
        for &role in Role::ALL {
            for party in [Dienstverlener, GtkBeheerder, Harness] {
                assert!(!party.binds(role), "{party} {role}");
            }
        }
        assert!(!Party::Sending.binds(Role::Receiving) && !Party::Receiving.binds(Role::Sending));
        for role in [Role::Sending, Role::Receiving] {
            assert!(!Requesting.binds(role) && !Responding.binds(role), "{role}");
        }
    }
}
