//! The words of the scenario language in Dutch and English, with the examples that `scenarios/README.md` gives of them.
//!
//! The English sentence stands with the word itself, where its parameters are; the Dutch one stands here.

use twiin_harness::base::text::{Language, Text};
use twiin_harness::check;
use twiin_harness::suite::Suite;
use twiin_harness::suite::scenario::ACTION_WORDS;

/// What kind of word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It judges.
    Check,
    /// It acts.
    Action,
}

/// A word with what it means.
#[derive(Debug, Clone)]
pub struct Word {
    /// Kind.
    pub kind: Kind,
    /// As scenarios write it.
    pub word: String,
    /// What it means.
    pub meaning: Text,
}

/// All words of a kind.
pub fn words(kind: Kind) -> Vec<Word> {
    let (list, dutch) = match kind {
        Kind::Check => (check::WORDS, CHECKS),
        Kind::Action => (ACTION_WORDS, ACTIONS),
    };
    list.iter()
        .map(|(name, english)| {
            let word = kebab(name);
            let en = english.trim().to_owned();
            let nl = dutch.iter().find(|(w, _)| *w == word).map_or_else(|| en.clone(), |(_, nl)| (*nl).to_owned());
            Word { kind, word, meaning: Text::new(nl, en) }
        })
        .collect()
}

/// Checks and actions together.
pub fn all() -> Vec<Word> {
    let mut all = words(Kind::Check);
    all.extend(words(Kind::Action));
    all
}

/// `RequestToken` as `request-token`.
fn kebab(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Examples of a word in the page for authors of the suite.
pub fn examples(suite: &Suite, word: &Word) -> Vec<String> {
    let page = suite.files.get("scenarios/README.md").map(String::from_utf8_lossy).unwrap_or_default();
    let fence = match word.kind {
        Kind::Check => "```yaml check\n",
        Kind::Action => "```yaml step\n",
    };
    let uses = |text: &str| {
        let word = format!("{}:", word.word);
        text.lines().any(|l| match l.find(&word) {
            Some(at) => l[..at].ends_with([' ', '{']) || at == 0,
            None => false,
        })
    };
    let blocks = page.split(fence).skip(1).filter_map(|rest| rest.split("```").next());
    let starts = |text: &&str| word.kind == Kind::Action || text.starts_with(&format!("{}:", word.word));
    let found = blocks.filter(|text| uses(text)).filter(starts);
    found.map(|text| text.trim_end().to_owned()).collect()
}

/// What a word means, in a language.
pub fn meaning(word: &Word, language: Language) -> &str {
    word.meaning.get(language)
}

const CHECKS: &[(&str, &str)] = &[
    ("any-of", "Eén van meer controles klopt."),
    ("http-status", "De HTTP-status is er een uit een lijst."),
    ("http-header", "Een header is er, en zegt wat hij moet zeggen."),
    ("request-line", "Methode, pad en query van een verzoek van de kandidaat."),
    ("clock", "De klok van de kandidaat loopt gelijk met de onze."),
    ("tls-refusal", "De verbinding werd geweigerd, in een toegestane vorm."),
    ("tls-version", "De overeengekomen TLS-versie."),
    ("tls-offer", "Wat een kandidaat aanbiedt: als client in zijn ClientHello, als server in een rondvraag."),
    ("tls-grade", "Wat wordt geaccepteerd of aangeboden heeft minstens een niveau van een richtlijn."),
    ("tls-survey-flag", "Een eigenschap van een server waar een rondvraag naar kijkt."),
    ("tls-order", "De server verkiest suites van een hoger niveau."),
    ("peer-certificate", "Het certificaat dat de kandidaat toont."),
    ("keys-differ", "De sleutel die tokens ondertekent is een andere dan de TLS-sleutel."),
    ("value", "Een waarde in een body, formulier, query of token."),
    ("same-value", "Een waarde is gelijk aan die in een andere stap, of juist niet."),
    ("bsn", "Een burgerservicenummer dat aan de elfproef voldoet."),
    ("jwt-times", "De levensduur van een token."),
    ("jwt-audience", "Een token dat de kandidaat ons stuurt is voor ons bedoeld."),
    ("saml-assertion", "De SAML-assertion in de security-header van een verzoek."),
    ("oauth-error", "De foutmelding van een token-endpoint."),
    ("fhir-shape", "De body heeft de vorm die FHIR STU3 aan de resource geeft."),
    ("operation-outcome", "De body is een OperationOutcome met severity en code."),
    ("searchset", "De body is een Bundle van het type searchset."),
    ("entry-ids", "Entries hebben een id."),
    ("entry-profiles", "Entries noemen hun profiel."),
    ("entry-full-urls", "De `fullUrl` van entries."),
    ("bundle-total", "`Bundle.total`."),
    ("self-link", "De self link en zijn parameters."),
    ("codings", "Codings hebben system en code."),
    ("coding-systems", "Geen coding noemt een waardelijst als system."),
    ("codeable-concepts", "Concepten zijn voor mensen leesbaar."),
    ("references", "Verwijzingen zijn voor mensen leesbaar."),
    ("identifiers", "Identifiers zijn compleet."),
    ("resource-counts", "Het aantal resources per type."),
    ("reduced-profile", "De beperkte profielcontrole."),
    ("query-fits-profile", "Query en profiel van een sectie vragen om dezelfde codes."),
    ("one-patient", "Alle resources zijn van één patiënt."),
    ("same-result", "Twee stappen geven dezelfde resources."),
    ("requests-cover", "Alles wat werd aangeboden is opgevraagd."),
    ("xml-value", "Een waarde in een XML-bericht."),
    ("follows-offer", "Wat is aangekondigd wordt opgehaald, en verder niets."),
    ("query-encoding", "Gereserveerde tekens in query's zijn gecodeerd."),
    ("retry-after", "Wie moet wachten, wacht."),
    ("seen", "Wat werd verwacht kwam."),
    ("not-seen", "Wat niet mag komen bleef weg."),
    ("no-repeats", "Hetzelfde verzoek kwam geen twee keer."),
    ("before", "Het kwam voordat een andere stap voorbij was."),
    ("patient-data", "Er worden patiëntgegevens vrijgegeven, of juist geen."),
    ("message-ids", "Een vraag is genummerd met de id van haar bericht."),
    ("apart", "Verzoeken kwamen zo ver na elkaar."),
    ("reconciled", "Wat de kandidaat logde klopt met wat er gebeurde."),
    ("audit-record", "De logregels van de kandidaat zijn wat logregels moeten zijn."),
    ("elsewhere", "Een andere stap van het scenario voldoet aan een controle."),
    ("access", "Een raadpleging werd toegestaan of geweigerd."),
    ("obeys-matrix", "Over een raadpleging is beslist zoals de autorisatiematrix zegt."),
    ("server-metadata", "Metadata van een autorisatieserver."),
    ("role-code", "Een rolcode uit de lijst van het UZI-register."),
    ("professional", "De identificatie van één zorgverlener."),
    ("organisation", "De URA van een organisatie in een autorisatie-assertie."),
    ("certificate-ura", "De URA in het certificaat, als die er is, is die van de autorisatie-assertie."),
    ("document-content", "Documenten zijn van bepaalde soorten, en van het mediatype dat daarbij hoort."),
    ("document-as-indexed", "Grootte, hash en mediatype van documenten zijn die van de index."),
    ("images-as-asked", "Beelden zijn gevraagd, en staan in een gevraagde transfersyntax."),
    ("manifest-content", "Manifesten zijn manifesten van één studie."),
    ("entry-codes", "Codes van entries zijn die van een metadataprofiel."),
    ("entry-references", "Entries verwijzen naar hun studie en naar elkaar."),
    ("conforms-to-claims", "Resources voldoen aan de profielen die zij noemen, voor zover FHIR-packages dat zeggen."),
    ("entries-once", "Elk document en elke studie staat één keer in de index."),
    ("document-bundle", "Een document is een Bundle zoals FHIR die kent, en bevat waar het naar verwijst."),
    ("document-subject", "Een document gaat over de patiënt van een Task."),
    ("composition-sections", "De secties van een Composition zijn zoals het documenttype zegt."),
    ("only-changes", "Een bericht verschilt alleen op bepaalde onderdelen van een ander."),
    ("empty-body", "Het bericht heeft geen body."),
];

const ACTIONS: &[(&str, &str)] = &[
    ("request-token", "Twiin-07: vraagt de kandidaat om een access token."),
    ("protected-call", "Een conforme aanroep van wat de kandidaat beschermt."),
    ("notify", "Twiin-01: notificeert de kandidaat."),
    ("cancel", "Twiin-02: trekt een notificatie in."),
    ("task-status", "Zet de status van een Workflow Task bij de bron."),
    ("search", "Twiin-04: één zoekvraag."),
    ("pull", "Twiin-04: elke query die de kandidaat aanbood."),
    ("read", "Twiin-03 of -05: leest één resource."),
    ("follow", "Twiin-05: alles waar een eerder antwoord naar verwijst."),
    ("consult", "Raadpleegt: vraagt een token op rol en doet er zoekvragen mee, ook als dat geweigerd kan worden."),
    ("gateway-query", "ITI-38: bevraagt een antwoordende gateway."),
    ("gateway-retrieve", "ITI-39: haalt documenten op."),
    ("gateway-images", "RAD-75: haalt beelden op."),
    ("http", "Elk ander HTTP-verzoek."),
    ("tls-probe", "Biedt één TLS-versie aan."),
    ("notify-consent", "Als Mitz: vertelt een dossierhouder wat een patiënt koos."),
    ("set-mitz", "Vanaf nu antwoordt Mitz zo."),
    ("tls-survey", "Vraagt een server naar alles wat hij van TLS accepteert."),
    ("repeat", "Stuurt hetzelfde verzoek nog eens."),
    ("trigger", "Zet de kandidaat in beweging."),
    ("change-addresses", "Verandert het adresboek en geeft de kandidaat de tijd om dat te merken."),
    ("published-addresses", "Legt wat de kandidaat heeft gepubliceerd naast het endpoint onder test."),
    ("operator", "Vraagt iets aan een mens."),
    ("await", "Wacht op verzoeken van de kandidaat."),
    ("await-nothing", "Wacht op iets wat niet mag gebeuren."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_as_scenarios_write_them() {
        assert_eq!(kebab("RequestToken"), "request-token");
        assert_eq!(kebab("Bsn"), "bsn");
    }

    #[test]
    fn every_word_has_a_dutch_sentence_and_no_sentence_lacks_its_word() {
        for (kind, dutch) in [(Kind::Check, CHECKS), (Kind::Action, ACTIONS)] {
            let known: Vec<String> = words(kind).into_iter().map(|w| w.word).collect();
            for word in &known {
                assert!(dutch.iter().any(|(w, _)| w == word), "`{word}` has no Dutch sentence in this file");
            }
            for (word, _) in dutch {
                assert!(known.iter().any(|w| w == word), "`{word}` is no word any more");
            }
        }
    }
}
