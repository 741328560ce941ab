//! Fixed texts of the page of exchanges.

use crate::base::text::Language;

texts! {
    title { nl: "Uitwisselingen van een run", en: "Exchanges of a run" }
    intro {
        nl: "Alles wat de harness en de kandidaat elkaar stuurden, zoals het in het transcript staat: zonder geheimen en persoonsgegevens, en lange berichten ingekort.",
        en: "All that harness and candidate sent each other, as the transcript has it: without secrets and personal data, and with long messages cut."
    }
    filters { nl: "Toon", en: "Show" }
    filters_why {
        nl: "Haal een vinkje weg om iets te verbergen. Zoeken kan met de zoekfunctie van de browser, die ook ingeklapte delen doorzoekt.",
        en: "Clear a box to hide something. To search, use that of the browser, which looks into folded parts too."
    }
    direction { nl: "Richting", en: "Direction" }
    to_candidate { nl: "harness naar kandidaat", en: "harness to candidate" }
    from_candidate { nl: "kandidaat naar harness", en: "candidate to harness" }
    answer { nl: "Antwoord", en: "Answer" }
    no_answer { nl: "geen antwoord", en: "no answer" }
    ended { nl: "afgebroken", en: "ended early" }
    endpoint { nl: "Onderwerp", en: "Subject" }
    timeline { nl: "Tijdlijn", en: "Timeline" }
    by_requirement { nl: "Van eis naar uitwisseling", en: "From requirement to exchange" }
    by_requirement_why {
        nl: "Per eis waar iets aan is getest: elke controle, en de uitwisselingen waar zij naar keek. Wat niet is getest, staat in het rapport.",
        en: "For each requirement of which something was tested: every check, and the exchanges that it looked at. What was not tested is in the report."
    }
    bytes { nl: "bytes in het bericht", en: "bytes in the message" }
    is_cut { nl: "ingekort; het transcript heeft alles", en: "cut; the transcript has all of it" }
    after { nl: "na", en: "after" }
    took { nl: "duurde", en: "took" }
    shows { nl: "Eisen die hierop rusten", en: "Requirements that rest on this" }
    no_exchange { nl: "geen uitwisseling", en: "no exchange" }
    none { nl: "Er is niets uitgewisseld.", en: "Nothing was exchanged." }
    not_normative {
        nl: "Dit is een weergave van het transcript. Alleen het ondertekende document evidence.jws.json telt, met de bestanden waar het de SHA-256 van noemt.",
        en: "This is a rendering of the transcript. Only the signed document evidence.jws.json counts, with the files whose SHA-256 it names."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages() {
        for (name, nl, en) in ALL {
            assert!(!nl.trim().is_empty() && !en.trim().is_empty(), "{name}");
        }
    }
}
