//! Words for the codes in evidence. A code that is not listed is shown as it stands, so that a report never hides
//! what a later catalogue adds.

use crate::base::text::Language;
use crate::report::plain;

/// Codes of one kind: code, Dutch, English.
pub struct Codes(&'static [(&'static str, &'static str, &'static str)]);

impl Codes {
    /// The word for `code`.
    pub fn name(&self, code: &str, language: Language) -> String {
        self.0.iter().find(|(known, ..)| *known == code).map_or_else(
            || plain::line(code),
            |(_, nl, en)| match language {
                Language::Nl => (*nl).to_owned(),
                Language::En => (*en).to_owned(),
            },
        )
    }
    /// Where `code` stands in the list; unknown codes come last.
    pub fn position(&self, code: &str) -> usize {
        self.0.iter().position(|(known, ..)| *known == code).unwrap_or(self.0.len())
    }
    /// All words in `language`, for a legend.
    pub fn all(&self, language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().map(move |(code, nl, en)| (*code, if language == Language::Nl { *nl } else { *en }))
    }
}

/// How binding a requirement is.
pub const LEVEL: Codes = Codes(&[
    ("must", "MUST, verplicht", "MUST, mandatory"),
    ("should", "SHOULD, aanbevolen", "SHOULD, recommended"),
    ("may", "MAY, toegestaan", "MAY, allowed"),
]);

/// Who says so.
pub const AUTHORITY: Codes = Codes(&[
    ("afsprakenstelsel", "Twiin Afsprakenstelsel", "Twiin Afsprakenstelsel"),
    (
        "afsprakenstelsel-partial",
        "Twiin Afsprakenstelsel, gedeeltelijk gelezen",
        "Twiin Afsprakenstelsel, read in part",
    ),
    ("groeimodel", "Groeimodel", "Groeimodel"),
    ("nictiz", "Nictiz", "Nictiz"),
    ("nen", "NEN-norm", "NEN standard"),
    ("base-standard", "Basisstandaard", "Base standard"),
    ("implementer", "Bekend van implementaties", "Known from implementers"),
    ("assumption", "Eigen aanname", "Assumption of ours"),
]);

/// What the authorities are, for the legend.
pub const AUTHORITY_MEANS: Codes = Codes(&[
    ("afsprakenstelsel", "De tekst van Twiin zelf, gelezen.", "The text of Twiin itself, read."),
    (
        "afsprakenstelsel-partial",
        "De tekst van Twiin, waarvan niet alles te lezen was.",
        "The text of Twiin, of which not everything could be read.",
    ),
    (
        "groeimodel",
        "Groeien met Twiin: een hulpmiddel, geen deel van het Afsprakenstelsel.",
        "Groeien met Twiin: a tool, no part of the Afsprakenstelsel.",
    ),
    (
        "nictiz",
        "Informatiestandaard of implementatiegids van Nictiz.",
        "Information standard or implementation guide of Nictiz.",
    ),
    ("nen", "Nationale norm, zoals NEN 7512 of NEN 7513.", "National standard, such as NEN 7512 or NEN 7513."),
    (
        "base-standard",
        "Internationale standaard waar Twiin naar verwijst, zoals een RFC of FHIR.",
        "International standard that Twiin refers to, such as an RFC or FHIR.",
    ),
    (
        "implementer",
        "Gezien in implementaties; geeft hooguit een waarschuwing.",
        "Seen in implementations; warns at most.",
    ),
    ("assumption", "Onze aanname; wordt alleen vastgelegd.", "Our assumption; recorded only."),
]);

/// How far the source got.
pub const MATURITY: Codes = Codes(&[
    ("normative", "normatief", "normative"),
    ("derived", "afgeleid", "derived"),
    ("draft", "concept", "draft"),
    ("superseded", "vervangen", "superseded"),
]);

/// Functions in the order of the trust model; message exchange and content come last.
pub const FUNCTION: Codes = Codes(&[
    ("identificatie-burger", "Identificatie burger", "Identificatie burger (patient identification)"),
    ("authenticatie", "Authenticatie", "Authenticatie (authentication)"),
    ("autorisatie", "Autorisatie", "Autorisatie (authorization)"),
    ("behandelrelatie", "Behandelrelatie", "Behandelrelatie (treatment relationship)"),
    ("toestemming", "Patiënttoestemming", "Patiënttoestemming (patient consent)"),
    ("lokalisatie", "Lokalisatie", "Lokalisatie (localisation)"),
    ("adressering", "Adressering", "Adressering (addressing)"),
    ("logging", "Logging", "Logging"),
    ("netwerk", "Netwerk", "Netwerk (network)"),
    ("transparantie", "Transparantie", "Transparantie (transparency)"),
    ("beheer", "Beheer", "Beheer (operation)"),
    ("uitwisseling", "Uitwisseling", "Uitwisseling (message exchange)"),
    ("inhoud", "Inhoud", "Inhoud (content)"),
    ("harness", "Testgereedschap", "Test tool"),
]);

/// Zorgtoepassingen.
pub const ZORGTOEPASSING: Codes = Codes(&[
    ("generic", "generiek", "generic"),
    ("bgz", "BgZ", "BgZ"),
    ("beeldbeschikbaarheid", "Beeldbeschikbaarheid", "Beeldbeschikbaarheid"),
    ("correspondentie", "Correspondentie", "Correspondentie"),
    ("eoverdracht", "eOverdracht", "eOverdracht"),
    ("geboortezorg", "Geboortezorg", "Geboortezorg"),
]);

/// How a verdict was reached.
pub const MODE: Codes = Codes(&[
    ("automated", "automatisch", "automated"),
    ("observed", "waargenomen", "observed"),
    ("attested", "verklaard", "attested"),
]);

/// The same where there is little room.
pub const MODE_SHORT: Codes =
    Codes(&[("automated", "aut", "aut"), ("observed", "wgn", "obs"), ("attested", "vkl", "att")]);

/// Roles of the candidate.
pub const ROLE: Codes = Codes(&[
    ("sending", "sturend", "sending"),
    ("receiving", "ontvangend", "receiving"),
    ("requesting", "vragend", "requesting"),
    ("responding", "antwoordend", "responding"),
]);

/// Whom a requirement binds.
pub const PARTY: Codes = Codes(&[
    ("gtk", "elke GtK", "every GtK"),
    ("sending", "sturende GtK", "sending GtK"),
    ("receiving", "ontvangende GtK", "receiving GtK"),
    ("requesting", "vragende GtK", "requesting GtK"),
    ("responding", "antwoordende GtK", "responding GtK"),
    ("deelnemer", "deelnemer", "participant"),
    ("gtk-beheerder", "GtK-beheerder", "manager of the GtK"),
    ("dienstverlener", "dienstverlener", "service provider"),
    ("harness", "dit testgereedschap", "this test tool"),
]);

/// How far a requirement is covered.
pub const STATE: Codes = Codes(&[
    ("proved", "bewezen", "proved"),
    ("not-proved", "niet bewezen", "not proved"),
    ("recorded", "alleen vastgelegd", "recorded only"),
    ("attestable", "met een document", "by a document"),
    ("own-tests", "eigen tests van het gereedschap", "the tool's own tests"),
    ("planned", "gepland", "planned"),
    ("left-out", "bewust niet", "left out"),
]);

/// What the states of coverage mean.
pub const STATE_MEANS: Codes = Codes(&[
    (
        "proved",
        "Een scenario toetst de eis, en ten minste één opzettelijke afwijking van de referentie-GtK laat die toets aantoonbaar zakken of waarschuwen.",
        "A scenario tests the requirement, and at least one deliberate wrong of the reference GtK is shown to turn that test red.",
    ),
    (
        "not-proved",
        "Een scenario toetst de eis, maar geen opzettelijke afwijking laat zien dat de toets kan zakken.",
        "A scenario tests the requirement, but no deliberate wrong shows that the test can fail.",
    ),
    (
        "recorded",
        "Een scenario kijkt ernaar, maar een afwijking telt op geen enkel plateau mee: zij wordt alleen vastgelegd.",
        "A scenario looks at it, but a deviation counts on no plateau: it is recorded only.",
    ),
    (
        "attestable",
        "Een document in het dossier van de kandidaat laat haar zien; de harness vergelijkt alleen de SHA-256.",
        "A document in the dossier of the candidate shows it; the harness compares its SHA-256 only.",
    ),
    (
        "own-tests",
        "Een regel over het gereedschap of het bewijspakket, die het gereedschap zelf afdwingt; zijn eigen tests tonen dat.",
        "A rule about the tool or the package of evidence that the tool itself enforces; its own tests show that.",
    ),
    (
        "planned",
        "Nog geen scenario; de reden noemt het werk dat volgt.",
        "No scenario yet; the reason names the work to come.",
    ),
    ("left-out", "Geen scenario, om de genoemde reden.", "No scenario, for the reason given."),
]);

/// Where the plateaus of a requirement come from.
pub const PLATEAU_BASIS: Codes = Codes(&[
    ("reading", "onze lezing; Twiin wijst er geen aan", "our reading; Twiin assigns none"),
    ("groeimodel", "een cel van het groeimodel", "a cell of the groeimodel"),
    ("source", "de bron zelf", "the source itself"),
]);

/// What a deviation amounts to.
pub const WEIGHT: Codes = Codes(&[
    ("fails", "niet voldaan", "fails"),
    ("warns", "waarschuwing", "warns"),
    ("information", "alleen vastgelegd", "recorded only"),
]);

/// Why a deviation amounts to no more than that.
pub const BECAUSE: Codes = Codes(&[
    ("level", "de eis is geen MUST", "the requirement is no MUST"),
    (
        "authority",
        "de regel is alleen bekend van implementaties of is een aanname",
        "the rule is known only from implementers, or is an assumption",
    ),
    (
        "plateau-basis",
        "het plateau is onze lezing; onder plateau 4 kunnen partners iets anders hebben afgesproken",
        "the plateau is our reading; below plateau 4 partners may have agreed otherwise",
    ),
    ("enforcement", "begrensd, zie daar", "capped, see there"),
    ("maturity", "nog een concept, of vervallen", "still a draft, or superseded"),
]);

/// From which moment a requirement binds.
pub const BINDING: Codes = Codes(&[
    ("signing", "ondertekening", "signing"),
    ("validation", "validatie", "validation"),
    ("unknown", "ondertekening of validatie: niet te lezen", "signing or validation: could not be read"),
]);

/// Reasons that the catalogue gives for what is not tested yet. Other reasons stand as they were written.
pub const REASON: Codes = Codes(&[
    ("planned: attested dossier", "gepland: dossier met verklaringen", "planned: attested dossier"),
    (
        "planned: trust model suite (network and PKI)",
        "gepland: scenario's voor het vertrouwensmodel (netwerk en PKI)",
        "planned: trust model suite (network and PKI)",
    ),
    (
        "planned: trust model suite (consent, Mitz)",
        "gepland: scenario's voor het vertrouwensmodel (toestemming, Mitz)",
        "planned: trust model suite (consent, Mitz)",
    ),
    (
        "planned: trust model suite (localisation and addressing)",
        "gepland: scenario's voor het vertrouwensmodel (lokalisatie en adressering)",
        "planned: trust model suite (localisation and addressing)",
    ),
    (
        "planned: trust model suite (logging)",
        "gepland: scenario's voor het vertrouwensmodel (logging)",
        "planned: trust model suite (logging)",
    ),
    (
        "planned: trust model suite (authentication and authorisation)",
        "gepland: scenario's voor het vertrouwensmodel (authenticatie en autorisatie)",
        "planned: trust model suite (authentication and authorisation)",
    ),
    (
        "planned: Beeldbeschikbaarheid suite",
        "gepland: scenario's voor Beeldbeschikbaarheid",
        "planned: Beeldbeschikbaarheid suite",
    ),
    ("planned: Correspondentie suite", "gepland: scenario's voor Correspondentie", "planned: Correspondentie suite"),
    ("planned: eOverdracht suite", "gepland: scenario's voor eOverdracht", "planned: eOverdracht suite"),
    ("planned: Geboortezorg suite", "gepland: scenario's voor Geboortezorg", "planned: Geboortezorg suite"),
    (
        "harness: a rule for this tool, not for a candidate",
        "harness: een regel voor dit testgereedschap, niet voor een kandidaat",
        "harness: a rule for this tool, not for a candidate",
    ),
]);

/// What a run amounts to.
pub const CONCLUSION: Codes = Codes(&[
    ("conformant", "Conform", "Conformant"),
    ("conformant-with-waivers", "Conform, met gemelde afwijkingen", "Conformant, with declared deviations"),
    ("not-conformant", "Niet conform", "Not conformant"),
    ("undetermined", "Onbepaald", "Undetermined"),
]);

/// What requirements are counted by.
pub const DIMENSION: Codes = Codes(&[
    ("zorgtoepassing", "Zorgtoepassing", "Zorgtoepassing"),
    ("function", "Functie", "Function"),
    ("plateau", "Plateau", "Plateau"),
    ("verification", "Wijze van toetsen", "Verification"),
    ("authority", "Gezag", "Authority"),
    ("level", "Niveau", "Level"),
    ("role", "Voor wie", "Whom it binds"),
    ("document", "Brondocument", "Source document"),
]);

/// Environments of the candidate.
pub const ENVIRONMENT: Codes = Codes(&[("test", "test", "test"), ("acceptance", "acceptatie", "acceptance")]);

/// Answers in a capability statement.
pub const ANSWER: Codes =
    Codes(&[("yes", "ja", "yes"), ("no", "nee", "no"), ("undeclared", "niet opgegeven", "undeclared")]);

/// What a check says.
pub const RESULT: Codes = Codes(&[
    ("met", "klopt", "met"),
    ("not-met", "klopt niet", "not met"),
    ("undecided", "niet te beoordelen", "undecided"),
    ("error", "harnessfout", "harness error"),
]);

/// Caps on how much a deviation counts.
pub const CAP: Codes = Codes(&[
    ("advisory", "hooguit een waarschuwing", "at most a warning"),
    ("information", "alleen vastgelegd", "recorded only"),
]);

/// Kinds of input.
pub const INPUT: Codes = Codes(&[
    ("transcript", "transcript", "transcript"),
    ("configuration", "configuratie", "configuration"),
    ("candidate", "kandidaat", "candidate"),
    ("scenario", "scenario", "scenario"),
    ("profile", "profiel", "profile"),
    ("requirement", "eisen", "requirements"),
    ("fixture", "testgegevens", "fixture"),
    ("dossier", "dossier", "dossier"),
    ("documents", "controle van documenten", "check of documents"),
    ("waivers", "gemelde afwijkingen", "declared deviations"),
    ("log", "auditlog", "audit log"),
]);

/// What a package of evidence is about.
pub const SUBJECT: Codes = Codes(&[
    ("gtk", "GtK", "GtK"),
    ("deelnemer", "deelnemer", "participant (deelnemer)"),
    ("gtk-beheerder", "GtK-beheerder", "manager of a GtK (GtK-beheerder)"),
    ("dienstverlener", "dienstverlener", "service provider (dienstverlener)"),
]);

/// How an attestation stands on the day of the run.
pub const STANDING: Codes = Codes(&[
    ("valid", "geldig", "valid"),
    ("expired", "verlopen", "expired"),
    ("not-yet", "nog niet geldig", "not yet valid"),
    ("altered", "document gewijzigd", "document altered"),
    ("missing", "document ontbreekt", "document missing"),
    ("other-subject", "van een ander subject", "of another subject"),
]);

/// What became of a declared deviation.
pub const WAIVER: Codes = Codes(&[
    ("applied", "dekt een niet nagekomen eis", "covers a broken requirement"),
    ("expired", "verlopen, telt niet mee", "expired, counts for nothing"),
    ("superfluous", "overbodig: de eis is niet afgekeurd", "superfluous: the requirement does not fail"),
    ("undecided", "onbeslist: de eis is niet beoordeeld", "undecided: the requirement was not judged"),
    ("out-of-scope", "buiten het bereik van de run", "out of the scope of the run"),
]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_have_words_and_unknown_ones_stay_as_they_are() {
        assert_eq!(LEVEL.name("must", Language::Nl), "MUST, verplicht");
        assert_eq!(LEVEL.name("must", Language::En), "MUST, mandatory");
        assert_eq!(FUNCTION.name("iets\u{1b}nieuws", Language::Nl), "iets␛nieuws");
    }

    #[test]
    fn every_code_has_words_in_both_languages_once() {
        for codes in [
            LEVEL,
            AUTHORITY,
            AUTHORITY_MEANS,
            MATURITY,
            FUNCTION,
            MODE,
            MODE_SHORT,
            ROLE,
            PARTY,
            ANSWER,
            RESULT,
            CAP,
            INPUT,
            SUBJECT,
            STANDING,
            WAIVER,
            STATE,
            STATE_MEANS,
            PLATEAU_BASIS,
            WEIGHT,
            BECAUSE,
            BINDING,
            DIMENSION,
        ] {
            for (at, (code, nl, en)) in codes.0.iter().enumerate() {
                assert!(!nl.is_empty() && !en.is_empty(), "{code}");
                assert_eq!(codes.position(code), at, "{code} is listed twice");
            }
        }
    }
}
