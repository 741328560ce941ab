//! The checks, in the order in which they are walked.

use strum::IntoEnumIterator as _;

use super::scene::Scene;
use super::{form, identity, meaning, standing, timing, withdrawal};

/// What one check finds: codes with words.
pub(super) type Found = Vec<(String, String)>;

/// A check.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::EnumIter, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum BewijsCheck {
    /// The container is one that is made here.
    Container,
    /// It says what it is.
    Mimetype,
    /// The seal is a JWS of ours.
    Seal,
    /// Every signature holds.
    Signatures,
    /// The statement is strict JSON of the known shape, written in its one way.
    Statement,
    /// Content type, predicate type and kind say the same.
    Kind,
    /// Every listed member is there.
    MembersMissing,
    /// No other member is there.
    MembersExtra,
    /// Every member is what it was.
    MembersChanged,
    /// The list itself is in order and names nothing twice.
    Inventory,
    /// Requirements are listed once, and in one list of outcomes each.
    Lists,
    /// No pass without an assertion.
    Assertions,
    /// The result is not better than the lists allow.
    ResultRule,
    /// The transcript is whole: numbered without gaps, in order of time.
    Events,
    /// `run/result.json` follows from the transcript.
    ResultFollows,
    /// The statement follows from the transcript.
    StatementFollows,
    /// Documents are those that the dossier names.
    Documents,
    /// Nothing that was to be redacted is there.
    Canaries,
    /// The decision is there and is what the rule concludes.
    Decision,
    /// A validatiebewijs is not about the reference GtK.
    Candidate,
    /// There is a policy.
    Policy,
    /// Certificates of signers lead to an anchor.
    SignerPath,
    /// The signer may issue this kind.
    SignerRole,
    /// Its key is for seals.
    SignerUsage,
    /// It is the organisation that the policy names.
    SignerOrganisation,
    /// Its certificate is of a policy that counts.
    SignerPolicy,
    /// Time-stamps are those of a trusted TSA over this signature, in time.
    TimeStamps,
    /// The certificates of signers were not revoked.
    Revocation,
    /// The signature has the level that is asked.
    Level,
    /// The times of run, claim and verification follow each other.
    Times,
    /// The pack is official.
    Pack,
    /// The binary that judged is known.
    Harness,
    /// Everything that is required was shown, in the whole scope.
    Completeness,
    /// It still counts.
    Expiry,
    /// It was not withdrawn.
    Withdrawn,
    /// It was not superseded, by itself least of all.
    Superseded,
    /// It is about the version that it is shown for.
    Version,
    /// Waivers still count, and were not decided by the candidate itself.
    Waivers,
}

/// The line of the report that a check belongs to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::EnumIter, strum::IntoStaticStr,
)]
#[strum(serialize_all = "kebab-case")]
pub enum Line {
    /// The bytes are those that were sealed.
    Integriteit,
    /// Whose seal it is.
    Ondertekenaar,
    /// Whether that one may.
    Rol,
    /// When.
    Tijd,
    /// Whether its certificate was revoked.
    Intrekking,
    /// Whether the pack is official.
    PackOfficieel,
    /// Whether all was shown that has to be.
    Volledigheid,
    /// Whether the outcome follows from the transcript.
    UitkomstHerberekend,
    /// Whether it still counts.
    Geldigheid,
    /// What declared deviations change.
    Waivers,
}

/// What a fault amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Whole, and not to be relied upon by this policy, now.
    Trust,
    /// Changed, incomplete, or not what it says.
    Integrity,
}

impl BewijsCheck {
    /// All checks in their order.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    pub(super) fn look(self, scene: &Scene<'_>) -> Found {
        match self {
            Self::Container => form::container(scene),
            Self::Mimetype => form::mimetype(scene),
            Self::Seal => form::seal(scene),
            Self::Signatures => form::signatures(scene),
            Self::Statement => form::statement(scene),
            Self::Kind => form::kind(scene),
            Self::MembersMissing => form::missing(scene),
            Self::MembersExtra => form::extra(scene),
            Self::MembersChanged => form::changed(scene),
            Self::Inventory => form::inventory(scene),
            Self::Lists => meaning::lists(scene),
            Self::Assertions => meaning::assertions(scene),
            Self::ResultRule => meaning::result_rule(scene),
            Self::Events => meaning::events(scene),
            Self::ResultFollows => meaning::result_follows(scene),
            Self::StatementFollows => meaning::statement_follows(scene),
            Self::Documents => meaning::documents(scene),
            Self::Canaries => meaning::canaries(scene),
            Self::Decision => meaning::decision(scene),
            Self::Candidate => meaning::candidate(scene),
            Self::Policy => identity::policy(scene),
            Self::SignerPath => identity::path(scene),
            Self::SignerRole => identity::role(scene),
            Self::SignerUsage => identity::usage(scene),
            Self::SignerOrganisation => identity::organisation(scene),
            Self::SignerPolicy => identity::policy_oid(scene),
            Self::TimeStamps => timing::time_stamps(scene),
            Self::Revocation => timing::revocation(scene),
            Self::Level => standing::level(scene),
            Self::Times => standing::times(scene),
            Self::Pack => standing::pack(scene),
            Self::Harness => standing::harness(scene),
            Self::Completeness => standing::completeness(scene),
            Self::Expiry => standing::expiry(scene),
            Self::Withdrawn => withdrawal::withdrawn(scene),
            Self::Superseded => standing::superseded(scene),
            Self::Version => standing::version(scene),
            Self::Waivers => standing::waivers(scene),
        }
    }

    /// The line that it belongs to.
    pub fn line(self) -> Line {
        match self {
            Self::Container
            | Self::Mimetype
            | Self::Seal
            | Self::Signatures
            | Self::Statement
            | Self::Kind
            | Self::MembersMissing
            | Self::MembersExtra
            | Self::MembersChanged
            | Self::Inventory
            | Self::Canaries
            | Self::Documents => Line::Integriteit,
            Self::Policy | Self::SignerPath | Self::SignerUsage | Self::SignerOrganisation | Self::SignerPolicy => {
                Line::Ondertekenaar
            }
            Self::SignerRole | Self::Candidate => Line::Rol,
            Self::TimeStamps | Self::Level | Self::Times => Line::Tijd,
            Self::Revocation => Line::Intrekking,
            Self::Pack | Self::Harness => Line::PackOfficieel,
            Self::Completeness | Self::Version => Line::Volledigheid,
            Self::Lists
            | Self::Assertions
            | Self::ResultRule
            | Self::Events
            | Self::ResultFollows
            | Self::StatementFollows
            | Self::Decision => Line::UitkomstHerberekend,
            Self::Expiry | Self::Withdrawn | Self::Superseded => Line::Geldigheid,
            Self::Waivers => Line::Waivers,
        }
    }

    /// What a fault that it finds amounts to.
    pub fn weight(self) -> Weight {
        match self {
            Self::Policy
            | Self::SignerPath
            | Self::SignerRole
            | Self::SignerUsage
            | Self::SignerOrganisation
            | Self::SignerPolicy
            | Self::TimeStamps
            | Self::Revocation
            | Self::Level
            | Self::Pack
            | Self::Harness
            | Self::Completeness
            | Self::Expiry
            | Self::Withdrawn
            | Self::Superseded
            | Self::Version
            | Self::Waivers => Weight::Trust,
            _ => Weight::Integrity,
        }
    }
}
