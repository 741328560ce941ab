//! Every fixed text of the reports, Dutch and English side by side.
//!
//! The compiler sees to it that no text lacks a language. Words for the codes that evidence uses (levels,
//! authorities, functions and so on) are in [`codes`].

pub mod codes;

use crate::base::text::Language;

macro_rules! texts {
    ($($name:ident { nl: $nl:literal, en: $en:literal })*) => {
        /// The fixed texts in one language; a template knows them as `t`.
        #[derive(Debug, Clone, Copy, serde::Serialize)]
        #[allow(missing_docs)] // The texts speak for themselves.
        pub struct Words {
            $(pub $name: &'static str,)*
        }
        static NL: Words = Words { $($name: $nl,)* };
        static EN: Words = Words { $($name: $en,)* };

        /// The texts in `language`.
        pub fn words(language: Language) -> &'static Words {
            match language {
                Language::Nl => &NL,
                Language::En => &EN,
            }
        }

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $nl, $en),)*];
    };
}

// After the macro, which it uses.
pub mod catalogue;
pub mod timeline;

texts! {
    // What this document is.
    self_test { nl: "Zelftest – geen Bewijs van Validatie", en: "Self-test – not a Bewijs van Validatie" }
    self_test_why {
        nl: "Ondertekend met een sleutel die voor deze run is gemaakt. Het laat zien wat de maker zelf heeft gezien en bewijst niets aan anderen.",
        en: "Signed with a key that was made for this run. It shows what its maker saw and proves nothing to anybody else."
    }
    validation_evidence {
        nl: "Bewijsmateriaal voor validatie – geen Bewijs van Validatie (dat geeft alleen Twiin af)",
        en: "Evidence for validation – not a Bewijs van Validatie (only Twiin issues that)"
    }
    validation_evidence_why {
        nl: "Ondertekend met een opgegeven sleutel en bedoeld voor een validatiedossier. Wie de sleutel vertrouwt, bepaalt de lezer.",
        en: "Signed with a key that was given, and meant for a validation file. Whether that key is to be trusted is for the reader to decide."
    }
    title { nl: "Testrapport Twiin Afsprakenstelsel", en: "Test report Twiin Afsprakenstelsel" }
    not_normative {
        nl: "Dit is een weergave. Alleen het ondertekende document evidence.jws.json telt, en in een bewijs bewijs.jades.json.",
        en: "This is a rendering. Only the signed document evidence.jws.json counts, and in a bewijs bewijs.jades.json."
    }
    only_tested {
        nl: "De uitkomst geldt alleen voor de kandidaat, de versie en het bereik die hier staan.",
        en: "The outcome holds only for the candidate, the version and the scope named here."
    }
    incomplete {
        nl: "De run is afgebroken: wat daarna nog zou komen, is niet getest.",
        en: "The run was cut short: whatever should have followed was not tested."
    }
    embedded {
        nl: "De kandidaat is de referentie-GtK in het gereedschap zelf, geen product van een leverancier.",
        en: "The candidate is the reference GtK inside the tool itself, not the product of a supplier."
    }
    deviation {
        nl: "De referentie-GtK moest met opzet dit fout doen:",
        en: "The reference GtK was told to do this wrong on purpose:"
    }
    contents { nl: "Inhoud", en: "Contents" }
    skip { nl: "Naar de inhoud", en: "Skip to content" }

    // The conclusion.
    conclusion { nl: "Conclusie", en: "Conclusion" }
    conformant { nl: "Conform", en: "Conformant" }
    conformant_why {
        nl: "Niets is afgekeurd, niets staat open of is wisselvallig, de run is compleet en er is iets getest.",
        en: "Nothing failed, nothing is open or flaky, the run is complete and something was tested."
    }
    not_conformant { nl: "Niet conform", en: "Not conformant" }
    not_conformant_why {
        nl: "Ten minste één eis is aantoonbaar niet nagekomen.",
        en: "At least one requirement was seen to be broken."
    }
    undetermined { nl: "Onbepaald", en: "Undetermined" }
    undetermined_why {
        nl: "Niets is afgekeurd, maar er staat iets open, iets is wisselvallig, de run is niet compleet of er is niets getest.",
        en: "Nothing failed, but something is open or flaky, the run is not complete or nothing was tested."
    }
    with_waivers { nl: "Conform, met gemelde afwijkingen", en: "Conformant, with declared deviations" }
    with_waivers_why {
        nl: "Wat niet is nagekomen, is vooraf als afwijking gemeld en nog niet verlopen. Dat is niet hetzelfde als conform.",
        en: "What was broken had been declared as a deviation that is still in force. That is not the same as conformant."
    }
    counts { nl: "Eisen per oordeel", en: "Requirements by verdict" }
    total { nl: "eisen in bereik", en: "requirements in scope" }
    decision_rule { nl: "Beslisregel", en: "Decision rule" }

    seen { nl: "Gezien door de harness", en: "Seen by the harness" }
    attested_counts { nl: "Verklaard met documenten, niet gezien door de harness", en: "Attested by documents, not seen by the harness" }

    // Documents and declared deviations.
    package_of { nl: "Dit pakket gaat over een", en: "This package is about a" }
    package_not_gtk {
        nl: "Het zegt niets over een GtK; die heeft een eigen pakket.",
        en: "It says nothing of a GtK, which has a package of its own."
    }
    awaited { nl: "Eisen die op een document in het dossier wachten:", en: "Requirements that wait for a document in the dossier:" }
    awaited_why {
        nl: "Zolang dat zo is, is dit pakket onbepaald. `attest --list` noemt ze.",
        en: "As long as there are, this package is undetermined. `attest --list` names them."
    }
    only_attested { nl: "alleen met documenten", en: "by documents only" }
    subject { nl: "Soort", en: "Kind" }
    papers { nl: "Documenten en gemelde afwijkingen", en: "Documents and declared deviations" }
    papers_why {
        nl: "Wat alleen een document kan laten zien, verklaart een persoon met naam. De harness heeft van het document de SHA-256 vergeleken en niet de inhoud beoordeeld.",
        en: "What only a document can show is attested by a named person. The harness compared the SHA-256 of the document and did not judge its content."
    }
    no_attestations { nl: "Er zijn geen verklaringen.", en: "There are no attestations." }
    no_waivers { nl: "Er zijn geen afwijkingen gemeld.", en: "No deviations were declared." }
    attestation { nl: "Verklaring", en: "Attestation" }
    attestations { nl: "Verklaringen", en: "Attestations" }
    attested_by { nl: "Verklaard door", en: "Attested by" }
    documents { nl: "Documenten", en: "Documents" }
    standing { nl: "Stand", en: "Standing" }
    on_day { nl: "op", en: "on" }
    until { nl: "geldig tot en met", en: "valid until" }
    attested_for { nl: "verklaard voor versie", en: "attested for version" }
    attested_out_of_scope { nl: "Verklaard en buiten het bereik van deze run:", en: "Attested and out of the scope of this run:" }
    waived { nl: "Gemelde afwijking", en: "Declared deviation" }
    waived_short { nl: "afwijking gemeld:", en: "declared:" }
    waivers { nl: "Gemelde afwijkingen", en: "Declared deviations" }
    decider { nl: "Besloten door", en: "Decided by" }
    all_plateaus { nl: "alle", en: "all" }
    waivers_applied { nl: "Gemelde afwijkingen die een niet nagekomen eis dekken:", en: "Declared deviations that cover a broken requirement:" }
    waivers_applied_why {
        nl: "Het oordeel over die eis blijft staan. Twiin kent gemelde afwijkingen alleen tot de validatie; op plateau 4 is dit geen volledige naleving.",
        en: "The verdict on that requirement stays. Twiin knows declared deviations only until validation; on plateau 4 this is no full compliance."
    }
    waivers_other { nl: "Gemelde afwijkingen die niets dekken:", en: "Declared deviations that cover nothing:" }
    other_versions { nl: "Het dossier bevat verklaringen voor een andere productversie:", en: "The dossier holds attestations for another product version:" }

    // The grid.
    grid { nl: "Functies en plateaus van het groeimodel", en: "Functions and plateaus of the groeimodel" }
    grid_why {
        nl: "Per vakje het sterkste oordeel, van hoeveel eisen er een oordeel is, en op welke wijze. Een vakje is pas helemaal getoond als beide getallen gelijk zijn.",
        en: "Each cell has its strongest verdict, of how many requirements there is one, and in which way. A cell is shown in full only when both numbers are the same."
    }
    grid_groeimodel { nl: "Functies van het groeimodel", en: "Functions of the groeimodel" }
    grid_besides { nl: "Buiten het groeimodel", en: "Besides the groeimodel" }
    grid_signs {
        nl: "aut automatisch, wgn waargenomen, vkl verklaard met documenten: met een oordeel / alle eisen. (n): alleen ter informatie. E-nn: fout in de bron.",
        en: "aut automated, obs observed, att attested by documents: with a verdict / all requirements. (n): for information only. E-nn: error in the source."
    }
    not_asked { nl: "niet gevraagd", en: "not asked for" }
    no_grid { nl: "Dit bewijs is van voor versie 3 en heeft geen vakjes per plateau.", en: "This evidence is from before version 3 and has no cells by plateau." }
    of_all { nl: "van", en: "of" }
    partly { nl: "deels:", en: "in part:" }
    list_of { nl: "eisen", en: "requirements" }

    // Verdicts.
    pass { nl: "voldaan", en: "passed" }
    pass_means { nl: "Alles wat is getest, klopte.", en: "Everything that was tested held." }
    warn { nl: "waarschuwing", en: "warning" }
    warn_means {
        nl: "Iets klopte niet dat hooguit een waarschuwing mag geven: een SHOULD, een regel van implementaties, of een plateau onder 4 waarover partners iets anders kunnen afspreken.",
        en: "Something did not hold that may at most warn: a SHOULD, a rule of implementations, or a plateau below 4 on which partners may agree otherwise."
    }
    fail { nl: "niet voldaan", en: "failed" }
    fail_means { nl: "De kandidaat heeft de eis aantoonbaar niet nagekomen.", en: "The candidate was seen to break the requirement." }
    inconclusive { nl: "onbeslist", en: "inconclusive" }
    inconclusive_means {
        nl: "De kandidaat gaf niets om over te oordelen, bijvoorbeeld omdat een antwoord uitbleef.",
        en: "The candidate gave nothing to judge, for example because no answer came."
    }
    flaky { nl: "wisselvallig", en: "flaky" }
    flaky_means {
        nl: "Het klopte pas bij een latere poging. Dat is niet hetzelfde als voldaan.",
        en: "It held in a later attempt only. That is not the same as passed."
    }
    error { nl: "harnessfout", en: "harness error" }
    error_means {
        nl: "De harness kon zijn werk niet doen. Dit is de kandidaat niet aan te rekenen.",
        en: "The harness could not do its work. The candidate is not to blame."
    }
    not_tested { nl: "niet getest", en: "not tested" }
    not_tested_means { nl: "Er is niets getest. Dat is nooit hetzelfde als voldaan.", en: "Nothing was tested. That is never the same as passed." }

    // Candidate and scope.
    candidate { nl: "Kandidaat", en: "Candidate" }
    product { nl: "Product", en: "Product" }
    version { nl: "Versie", en: "Version" }
    supplier { nl: "Leverancier", en: "Supplier" }
    ura { nl: "URA", en: "URA" }
    environment { nl: "Omgeving", en: "Environment" }
    endpoints { nl: "Endpoints", en: "Endpoints" }
    role { nl: "Rol", en: "Role" }
    kind { nl: "Soort", en: "Kind" }
    url { nl: "URL", en: "URL" }
    certificates { nl: "Geziene certificaten (SHA-256)", en: "Certificates seen (SHA-256)" }
    none_seen { nl: "geen gezien", en: "none seen" }
    capabilities { nl: "Opgegeven mogelijkheden", en: "Declared capabilities" }
    scope { nl: "Bereik", en: "Scope" }
    zorgtoepassingen { nl: "Zorgtoepassingen", en: "Zorgtoepassingen" }
    roles { nl: "Rollen", en: "Roles" }
    plateaus { nl: "Plateaus", en: "Plateaus" }
    plateau { nl: "Plateau", en: "Plateau" }
    release { nl: "Release van het Afsprakenstelsel", en: "Release of the Afsprakenstelsel" }
    release_note { nl: "Over deze release", en: "About this release" }
    only { nl: "Beperkt tot", en: "Restricted to" }
    run { nl: "Run", en: "Run" }
    started { nl: "Begonnen", en: "Started" }
    duration { nl: "Duur", en: "Duration" }

    // The matrix.
    matrix { nl: "Functies en plateaus", en: "Functions and plateaus" }
    matrix_why {
        nl: "Aantallen eisen per oordeel. Het groeimodel met zijn plateaus is een hulpmiddel en geen deel van het Afsprakenstelsel; plateau 4 is volledige naleving. Eén eis kan op meer plateaus meetellen, en een hoger plateau omvat niet vanzelf elk lager.",
        en: "Numbers of requirements by verdict. The groeimodel with its plateaus is a tool and no part of the Afsprakenstelsel; plateau 4 is full compliance. One requirement may count on several plateaus, and a higher plateau does not by itself include every lower one."
    }
    function { nl: "Functie", en: "Function" }
    out_of_scope { nl: "buiten bereik", en: "out of scope" }
    no_requirements { nl: "geen eisen", en: "no requirements" }

    // What needs attention.
    problems { nl: "Afwijkingen en open punten", en: "Deviations and open points" }
    no_problems {
        nl: "Er zijn geen afwijkingen, waarschuwingen of open punten.",
        en: "There are no deviations, warnings or open points."
    }
    statement { nl: "De eis", en: "The requirement" }
    source { nl: "Bron", en: "Source" }
    source_version { nl: "versie", en: "version" }
    authority { nl: "Gezag", en: "Authority" }
    level { nl: "Niveau", en: "Level" }
    maturity { nl: "Rijpheid", en: "Maturity" }
    zorgtoepassing { nl: "Zorgtoepassing", en: "Zorgtoepassing" }
    mode { nl: "Wijze", en: "Mode" }
    official_id { nl: "Nummer bij Twiin", en: "Number at Twiin" }
    inherited { nl: "geërfd", en: "inherited" }
    inherited_why {
        nl: "Van de gekozen release was geen nieuwere tekst van deze eis te lezen; daarom geldt hier de oudere tekst uit de genoemde bron.",
        en: "No newer text of this requirement could be read for the chosen release; the older text of the source named here stands in."
    }
    erratum { nl: "Fout in de bron", en: "Error in the source" }
    erratum_why { nl: "Bekende fout in de bron, in de errata van de harness onder nummer", en: "Known error in the source, in the errata of the harness under number" }
    enforcement { nl: "Telt minder zwaar", en: "Counts for less" }
    more_findings { nl: "Nog meer bevindingen bij deze eis:", en: "More findings on this requirement:" }
    held { nl: "Andere controles van deze eis die wel klopten:", en: "Other checks of this requirement that held:" }
    no_findings { nl: "Geen enkele controle kwam tot een bevinding.", en: "No check came to a finding." }
    case { nl: "Scenario", en: "Case" }
    step { nl: "Stap", en: "Step" }
    check { nl: "Controle", en: "Check" }
    expected { nl: "Verwacht", en: "Expected" }
    actual { nl: "Gezien", en: "Seen" }
    note { nl: "Toelichting", en: "Note" }
    basis { nl: "Verwacht door", en: "Expected by" }
    advice { nl: "Vermoedelijke oorzaak en advies", en: "Likely cause and advice" }
    advice_short { nl: "Advies", en: "Advice" }
    reason_open { nl: "Waarom dit open staat", en: "Why this is open" }
    exchange { nl: "Uitwisseling", en: "Exchange" }
    exchanges { nl: "Uitwisselingen", en: "Exchanges" }
    we_sent { nl: "De harness stuurde", en: "The harness sent" }
    candidate_answered { nl: "De kandidaat antwoordde", en: "The candidate answered" }
    candidate_sent { nl: "De kandidaat stuurde", en: "The candidate sent" }
    we_answered { nl: "De harness antwoordde", en: "The harness answered" }
    identity { nl: "Identiteit van de harness", en: "Identity of the harness" }
    handshake { nl: "Verbinding", en: "Connection" }
    at { nl: "Tijdstip", en: "Time" }
    nothing { nl: "(niets)", en: "(nothing)" }
    shown_above { nl: "hierboven getoond", en: "shown above" }
    only_in_transcript {
        nl: "alleen in het transcript",
        en: "only in the transcript"
    }

    // The lists.
    requirements { nl: "Alle eisen in bereik", en: "All requirements in scope" }
    requirements_why { nl: "Per functie; wat aandacht vraagt staat bovenaan.", en: "By function; what needs attention comes first." }
    requirement { nl: "Eis", en: "Requirement" }
    verdict { nl: "Oordeel", en: "Verdict" }
    cases { nl: "Uitgevoerde scenario's", en: "Scenarios that were driven" }
    no_cases { nl: "Er is geen scenario uitgevoerd.", en: "No scenario was driven." }
    attempt { nl: "Poging", en: "Attempt" }
    flaky_failure { nl: "klopte pas bij poging", en: "held only in attempt" }
    stopped { nl: "Voortijdig gestopt:", en: "Ended early:" }
    exclusions {
        nl: "Niet of niet helemaal uitgevoerd",
        en: "Not driven, or not in full"
    }
    no_exclusions {
        nl: "Alle scenario's binnen het bereik zijn helemaal uitgevoerd.",
        en: "All scenarios in scope were driven in full."
    }
    reason { nl: "Reden", en: "Reason" }
    missing { nl: "Ontbreekt in het kandidaatbestand", en: "Missing from the candidate file" }
    recorded { nl: "Afwijkingen die niet meetellen", en: "Deviations that do not count" }
    recorded_why {
        nl: "Bij deze eisen klopte iets niet, maar het is alleen vastgelegd: de eis laat het toe, of telt op deze plateaus niet mee.",
        en: "Something of these requirements did not hold, but it is recorded only: the requirement allows it, or does not count on these plateaus."
    }
    no_recorded { nl: "Die zijn er niet.", en: "There are none." }
    observations { nl: "Waarnemingen zonder eis", en: "Observations without a requirement" }
    observations_why {
        nl: "De bronnen leggen dit niet vast. Het is alleen opgeschreven en telt nergens mee.",
        en: "The sources do not specify this. It is recorded only and counts for nothing."
    }
    no_observations { nl: "Er zijn geen waarnemingen.", en: "There are no observations." }
    untested { nl: "Niet geteste eisen", en: "Requirements that were not tested" }
    no_untested { nl: "Alle eisen in bereik zijn getest.", en: "All requirements in scope were tested." }
    no_reason { nl: "Geen scenario raakte dit.", en: "No scenario touched this." }

    // Inputs and verification.
    inputs { nl: "Waar dit op rust", en: "What this rests on" }
    inputs_why {
        nl: "SHA-256 van elk bestand in de map van de run waar de oordelen op rusten.",
        en: "SHA-256 of every file in the folder of the run that the verdicts rest on."
    }
    file { nl: "Bestand", en: "File" }
    size { nl: "Bytes", en: "Bytes" }
    harness { nl: "Gereedschap", en: "Tool" }
    binary { nl: "SHA-256 van het programma", en: "SHA-256 of the program" }
    kill_matrix { nl: "SHA-256 van de afwijkingenmatrix", en: "SHA-256 of the deviation matrix" }
    verify { nl: "Zelf controleren", en: "Check it yourself" }
    verify_why {
        nl: "Controleer handtekening en bestanden, en of de oordelen uit het transcript volgen, in de map van de run:",
        en: "Check the signature and the files, and whether the verdicts follow from the transcript, in the folder of the run:"
    }
    verify_by_hand {
        nl: "Zonder dit gereedschap kan het ook, met openssl: zie reports/README.md bij het gereedschap.",
        en: "It can also be done without this tool, with openssl: see reports/README.md that comes with the tool."
    }
    terms { nl: "Hoe dit rapport te lezen", en: "How to read this report" }

    // Terminal and JUnit.
    failing { nl: "Niet voldaan", en: "Failed" }
    open { nl: "Open", en: "Open" }
    flaky_ones { nl: "Wisselvallig", en: "Flaky" }
    warnings { nl: "Waarschuwingen", en: "Warnings" }
    and_more { nl: "en nog meer bevindingen:", en: "and more findings:" }
    hint_exclusions { nl: "redenen in het HTML-rapport", en: "reasons in the HTML report" }
    hint_recorded { nl: "alleen vastgelegd", en: "recorded only" }
    release_short { nl: "Afsprakenstelsel", en: "Afsprakenstelsel" }
    suite_place { nl: "In de scenariobibliotheek", en: "In the suite" }
    expectation { nl: "Verwachting", en: "Expectation" }
    expected_failure { nl: "verwacht", en: "expected" }
    other_requirements { nl: "andere eisen vragen ook aandacht", en: "other requirements need attention too" }
    // Paper.
    page { nl: "Pagina", en: "Page" }
    tested_by { nl: "Getest met", en: "Tested with" }
    short_digest { nl: "Korte code", en: "Short code" }
    match_digest {
        nl: "De code hiernaast en de cijfers hieronder zijn de SHA-256 van evidence.json (in een bewijs: run/result.json): zijn ze gelijk aan die van het document, dan hoort dit blad erbij.",
        en: "The code beside this and the digits below are the SHA-256 of evidence.json (in a bewijs: run/result.json): when they equal that of the document, this sheet belongs to it."
    }
    only_tested_items {
        nl: "De resultaten hebben alleen betrekking op het geteste object: het product, de versie en het bereik die hier staan.",
        en: "The results relate only to the item tested: the product, the version and the scope named here."
    }
    not_twiin {
        nl: "Dit is niet het Bewijs van Validatie; dat geeft alleen Twiin af.",
        en: "This is not the Bewijs van Validatie, which only Twiin issues."
    }
    capped { nl: "afwijking telt niet als fout", en: "deviation does not count as failure" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages() {
        for (name, nl, en) in ALL {
            assert!(!nl.trim().is_empty() && !en.trim().is_empty(), "{name}");
        }
        assert_ne!(words(Language::Nl).conclusion, words(Language::En).conclusion);
    }
}
