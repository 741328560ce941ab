//! Fixed texts about the catalogue of requirements and its coverage: the coverage page, and the commands that browse.

use crate::base::text::Language;

texts! {
    // The coverage page.
    title { nl: "Dekking van de eisen", en: "Coverage of the requirements" }
    kicker { nl: "Twiin Afsprakenstelsel en bijbehorende standaarden", en: "Twiin Afsprakenstelsel and the standards that go with it" }
    lead {
        nl: "Per eis welke scenario's en controles haar toetsen, welke opzettelijke afwijkingen die toets laten zakken, of waarom er openlijk niets is getest.",
        en: "For each requirement which scenarios and checks test it, which deliberate wrongs make that test fail, or why openly nothing was tested."
    }
    without_run {
        nl: "Alleen de eisen en scenario's: er is geen run bij. Dit zegt wat getest kan worden, niet wat een product doet.",
        en: "The requirements and scenarios alone, without a run. This says what can be tested, not what a product does."
    }
    with_run { nl: "Met de oordelen van run", en: "With the verdicts of run" }
    only_rendering {
        nl: "De oordelen zijn overgenomen uit evidence.json van de run; alleen het ondertekende document evidence.jws.json telt.",
        en: "The verdicts were taken from evidence.json of the run; only the signed document evidence.jws.json counts."
    }
    outside_scope { nl: "buiten het bereik van de run", en: "out of the scope of the run" }
    totals { nl: "Stand", en: "Where it stands" }
    all { nl: "eisen", en: "requirements" }
    tested { nl: "getest", en: "tested" }
    not_tested { nl: "niet getest", en: "not tested" }
    share { nl: "Aandeel", en: "Share" }
    breakdowns { nl: "Aantallen", en: "Numbers" }
    breakdowns_why {
        nl: "Getest is: een scenario toetst de eis. Per plateau en per partij telt een eis mee in elke rij waar zij bij hoort.",
        en: "Tested is: a scenario tests the requirement. By plateau and by party a requirement counts in every row that it belongs to."
    }
    states { nl: "Wat de standen betekenen", en: "What the states mean" }
    requirements { nl: "Alle eisen", en: "All requirements" }
    requirements_why { nl: "Per zorgtoepassing en functie. Klap een eis open voor alles wat erbij hoort.", en: "By zorgtoepassing and function. Open a requirement for everything that belongs to it." }
    filter { nl: "Filteren", en: "Filter" }
    search { nl: "Zoeken", en: "Search" }
    any { nl: "alle", en: "all" }
    clear { nl: "Wissen", en: "Clear" }
    shown_of { nl: "van", en: "of" }
    shown_requirements { nl: "eisen getoond", en: "requirements shown" }
    open_all { nl: "Alles openklappen", en: "Open all" }
    close_all { nl: "Alles dichtklappen", en: "Close all" }
    untested { nl: "Openlijk niet getest", en: "Openly not tested" }
    untested_why {
        nl: "Wat geen scenario toetst, met de reden. Dat is nooit hetzelfde als voldaan.",
        en: "What no scenario tests, with the reason. That is never the same as passed."
    }
    no_untested { nl: "Alle eisen worden getest.", en: "All requirements are tested." }
    errata { nl: "Fouten in de bronnen", en: "Errors in the sources" }
    errata_why { nl: "Bekende fouten en tegenspraken in de bronteksten, en hoe wij ze lezen.", en: "Known errors and contradictions in the source texts, and how we read them." }
    gaps { nl: "Wat de bronnen openlaten", en: "What the sources leave open" }
    gaps_why { nl: "Wat in geen bron te lezen was, en wat dat betekent voor het testen.", en: "What could be read in no source, and what that means for testing." }
    none { nl: "Die zijn er niet.", en: "There are none." }
    documents { nl: "Brondocumenten", en: "Source documents" }
    licence { nl: "Licentie", en: "Licence" }
    finding { nl: "Bevinding", en: "Finding" }
    ruling { nl: "Onze lezing", en: "Our reading" }
    consequence { nl: "Gevolg", en: "Consequence" }
    touches { nl: "Raakt", en: "Touches" }

    // One requirement.
    state { nl: "Dekking", en: "Coverage" }
    verdict { nl: "Oordeel", en: "Verdict" }
    how { nl: "Hoe de harness kijkt", en: "How the harness looks" }
    applies_when { nl: "Geldt als", en: "Applies when" }
    level { nl: "Niveau", en: "Level" }
    authority { nl: "Gezag", en: "Authority" }
    maturity { nl: "Rijpheid", en: "Maturity" }
    source { nl: "Bron", en: "Source" }
    document { nl: "Document", en: "Document" }
    version { nl: "versie", en: "version" }
    official_id { nl: "Nummer bij Twiin", en: "Number at Twiin" }
    official { nl: "Bij Twiin", en: "At Twiin" }
    releases { nl: "Releases", en: "Releases" }
    read_in { nl: "gelezen in", en: "read in" }
    inherited_by { nl: "geërfd door", en: "inherited by" }
    parties { nl: "Voor wie", en: "Whom it binds" }
    function { nl: "Functie", en: "Function" }
    zorgtoepassing { nl: "Zorgtoepassing", en: "Zorgtoepassing" }
    transactions { nl: "Transacties", en: "Transactions" }
    plateau { nl: "Plateau", en: "Plateau" }
    plateaus { nl: "Plateaus", en: "Plateaus" }
    plateau_basis { nl: "Herkomst plateaus", en: "Basis of plateaus" }
    verification { nl: "Wijze van toetsen", en: "Verification" }
    weight { nl: "Een afwijking is", en: "A deviation is" }
    because { nl: "want", en: "because" }
    stricter { nl: "Wordt strenger", en: "Becomes stricter" }
    tightens { nl: "Verscherpt", en: "Tightens" }
    tightened_by { nl: "Verscherpt door", en: "Tightened by" }
    binding_from { nl: "Bindt vanaf", en: "Binds from" }
    enforcement { nl: "Begrensd", en: "Capped" }
    erratum { nl: "Fout in de bron", en: "Error in the source" }
    note { nl: "Opmerking", en: "Remark" }
    reason { nl: "Reden", en: "Reason" }
    why_not { nl: "Waarom niet getest", en: "Why it is not tested" }
    shown_by { nl: "Scenario's en controles", en: "Scenarios and checks" }
    killed_by { nl: "Afwijkingen die de toets laten zakken", en: "Deviations that turn the test red" }
    no_killers { nl: "Geen enkele.", en: "None." }
    open_in_sources { nl: "Open in dit document", en: "Open in this document" }

    // Scenarios, words, deviations, profiles.
    scenario { nl: "Scenario", en: "Scenario" }
    scenarios { nl: "Scenario's", en: "Scenarios" }
    cases { nl: "Gevallen", en: "Cases" }
    case { nl: "Geval", en: "Case" }
    candidate { nl: "Kandidaat", en: "Candidate" }
    needs { nl: "Nodig", en: "Needs" }
    file { nl: "Bestand", en: "File" }
    counterpart { nl: "Onze endpoints", en: "Our endpoints" }
    page_size { nl: "bladzijden van", en: "pages of" }
    first { nl: "Eerst", en: "First" }
    steps { nl: "Stappen", en: "Steps" }
    expectations { nl: "Verwachtingen", en: "Expectations" }
    expected_of { nl: "van stap", en: "of step" }
    only_for { nl: "alleen", en: "only" }
    as_identity { nl: "als", en: "as" }
    wrong_on_purpose { nl: "opzettelijk fout:", en: "wrong on purpose:" }
    keeps { nl: "bewaart", en: "keeps" }
    shows { nl: "Toetst", en: "Shows" }
    expected_by { nl: "verwacht door", en: "expected by" }
    not_specified { nl: "niet vastgelegd, alleen opgeschreven:", en: "not specified, recorded only:" }
    seen_by { nl: "Wordt rood door", en: "Turned red by" }
    check { nl: "Controlewoord", en: "Check word" }
    action { nl: "Actiewoord", en: "Action word" }
    deviation { nl: "Afwijking", en: "Deviation" }
    example { nl: "Voorbeeld", en: "Example" }
    used_by { nl: "Gebruikt door", en: "Used by" }
    not_used { nl: "Geen scenario gebruikt dit.", en: "No scenario uses this." }
    and_more { nl: "en nog", en: "and" }
    more { nl: "meer", en: "more" }
    clause { nl: "Bepaling", en: "Clause" }
    fails { nl: "Niet voldaan", en: "Fails" }
    warns { nl: "Waarschuwing", en: "Warns" }
    harmless { nl: "Raakt geen eis", en: "Breaks no requirement" }
    profile { nl: "Profiel", en: "Profile" }
    default_release { nl: "Release, tenzij gevraagd", en: "Release unless asked" }
    capabilities { nl: "Mogelijkheden", en: "Capabilities" }
    mandatory { nl: "verplicht", en: "mandatory" }
    optional { nl: "vrijwillig", en: "voluntary" }
    deadlines { nl: "Termijnen", en: "Deadlines" }
    binds { nl: "Bindend per plateau", en: "Binding by plateau" }
    query_set { nl: "Queryset, tenzij gevraagd", en: "Query set unless asked" }
    requirements_short { nl: "Eisen", en: "Requirements" }
    gap { nl: "Open punt", en: "Open point" }
    id { nl: "Id", en: "Id" }
    word { nl: "Woord", en: "Word" }
    meaning { nl: "Betekenis", en: "Meaning" }
    place { nl: "Waar", en: "Where" }
    title_column { nl: "Titel", en: "Title" }
    roles { nl: "Rollen", en: "Roles" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages() {
        for (name, nl, en) in ALL {
            assert!(!nl.trim().is_empty() && !en.trim().is_empty(), "{name}");
        }
        assert_ne!(words(Language::Nl).title, words(Language::En).title);
    }
}
