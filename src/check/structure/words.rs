//! What findings say to people, in Dutch and in English: what is wrong, and what to do about it.

use super::finding::{Code, Reason};
use crate::base::text::Text;

impl Code {
    /// What is wrong.
    pub fn title(self) -> Text {
        self.words().0
    }

    /// What to do about it.
    pub fn advice(self) -> Text {
        self.words().1
    }

    fn words(self) -> (Text, Text) {
        let (nl, en, todo_nl, todo_en) = match self {
            Self::Unreadable => (
                "dit is niet te lezen als FHIR-resource",
                "this cannot be read as a FHIR resource",
                "lever welgevormde JSON of XML in UTF-8, met elke naam één keer per object",
                "give well-formed JSON or XML in UTF-8, with each name once in an object",
            ),
            Self::Placeholder => (
                "hier staat een plaatshouder die niet is ingevuld",
                "there is a placeholder here that was not filled in",
                "vul de waarde in voordat de resource wordt verstuurd",
                "fill the value in before the resource is sent",
            ),
            Self::WrongRelease => (
                "dit resourcetype bestaat alleen in een andere FHIR-release",
                "only another release of FHIR has this resource type",
                "gebruik het type van deze release, of kies de juiste release",
                "use the type of this release, or choose the right release",
            ),
            Self::NotAResource => (
                "dit is geen resource",
                "this is not a resource",
                "geef een JSON-object met een resourceType",
                "give a JSON object with a resourceType",
            ),
            Self::WrongResourceType => (
                "de resource heeft een ander type",
                "the resource has another type",
                "noem een profiel op dit type, of lever een resource van het type van het profiel",
                "claim a profile on this type, or give a resource of the type of the profile",
            ),
            Self::TooDeep => (
                "de resource is te diep genest",
                "the resource is nested too deeply",
                "breng het aantal niveaus terug",
                "bring the number of levels down",
            ),
            Self::UnknownElement => (
                "dit element bestaat niet in het type",
                "the type does not have this element",
                "verwijder het element of corrigeer de naam; kijk ook of de FHIR-release klopt",
                "remove the element or correct its name; see also whether the FHIR release is right",
            ),
            Self::Empty => (
                "de waarde is leeg",
                "the value is empty",
                "vul een waarde in of laat het element weg",
                "give a value or leave the element out",
            ),
            Self::WrongJsonKind => (
                "de JSON-vorm klopt niet",
                "the JSON form is wrong",
                "schrijf de waarde in de vorm die hier hoort",
                "write the value in the form that is due here",
            ),
            Self::TooFew => (
                "het element komt te weinig voor",
                "there are too few occurrences",
                "vul het ontbrekende element in",
                "add the missing element",
            ),
            Self::TooMany => (
                "het element komt te vaak voor",
                "there are too many occurrences",
                "laat weg wat er te veel is",
                "leave out what is too much",
            ),
            Self::SeveralChoices => (
                "een keuze-element heeft meer dan één type tegelijk",
                "more than one type of a choice is present",
                "houd één van de typen over",
                "keep one of the types",
            ),
            Self::TypeNotAllowed => (
                "het type is hier niet toegestaan",
                "the type is not allowed here",
                "gebruik een type dat de definitie noemt",
                "use a type that the definition names",
            ),
            Self::LexicalForm => (
                "de tekst heeft niet de vorm van het type",
                "the text does not have the form of its type",
                "schrijf de waarde in de vorm van het type",
                "write the value in the form of its type",
            ),
            Self::TooLong => ("de tekst is te lang", "the text is too long", "kort de tekst in", "shorten the text"),
            Self::OutOfRange => (
                "de waarde valt buiten de grenzen",
                "the value is out of range",
                "geef een waarde binnen de grenzen",
                "give a value within the bounds",
            ),
            Self::FixedValue => (
                "de waarde is niet de vaste waarde",
                "the value is not the fixed one",
                "gebruik precies de vaste waarde",
                "use exactly the fixed value",
            ),
            Self::PatternValue => (
                "de waarde bevat niet wat het patroon vraagt",
                "the value does not hold what the pattern asks for",
                "neem op wat het patroon vraagt; meer mag",
                "include what the pattern asks for; more is allowed",
            ),
            Self::UnmatchedSlice => (
                "de waarde past in geen slice, en andere zijn niet toegestaan",
                "the value fits none of the slices, and no other is allowed",
                "maak de waarde passend voor een van de slices of laat haar weg",
                "make the value fit one of the slices or leave it out",
            ),
            Self::SliceOrder => (
                "de slices staan niet op volgorde",
                "the slices are out of order",
                "zet de waarden in de volgorde van de slices",
                "put the values in the order of the slices",
            ),
            Self::ModifierMismatch => (
                "de extensie staat in het verkeerde element",
                "the extension stands in the wrong element",
                "zet de extensie waar de definitie haar wil hebben",
                "put the extension where its definition wants it",
            ),
            Self::Binding => (
                "de code staat niet in de verplichte waardelijst",
                "the code is not in the required value set",
                "gebruik een code uit de waardelijst, met het juiste codesysteem",
                "use a code of the value set, with the right code system",
            ),
            Self::ReferenceType => (
                "de verwijzing gaat naar een type dat niet is toegestaan",
                "the reference leads to a type that is not allowed",
                "verwijs naar een resource van een toegestaan type",
                "refer to a resource of an allowed type",
            ),
            Self::ReferenceProfile => (
                "de resource waarnaar wordt verwezen voldoet aan geen van de gevraagde profielen",
                "the target of the reference conforms to none of the profiles that are asked for",
                "laat de doelresource aan een van de profielen voldoen",
                "let the target conform to one of the profiles",
            ),
            Self::DanglingReference => (
                "de verwijzing leidt nergens heen",
                "the reference leads nowhere",
                "neem de resource op in het document of corrigeer de verwijzing",
                "include the resource in the document or correct the reference",
            ),
            Self::Invariant => (
                "aan een regel van de definitie is niet voldaan",
                "a rule of the definition does not hold",
                "lees de regel en pas de resource aan",
                "read the rule and change the resource",
            ),
            Self::NoProfileFits => (
                "de waarde voldoet aan geen van de profielen van het type",
                "the value conforms to none of the profiles of its type",
                "laat de waarde aan een van de profielen voldoen",
                "let the value conform to one of the profiles",
            ),
        };
        (Text::new(nl, en), Text::new(todo_nl, todo_en))
    }
}

impl Reason {
    /// Why it was not evaluated.
    pub fn title(self) -> Text {
        self.words().0
    }

    /// What would make it possible to evaluate it.
    pub fn advice(self) -> Text {
        self.words().1
    }

    fn words(self) -> (Text, Text) {
        let (nl, en, todo_nl, todo_en) = match self {
            Self::DefinitionMissing => (
                "de definitie is er niet",
                "the definition is not at hand",
                "geef het pakket dat haar bevat",
                "give the package that holds it",
            ),
            Self::ExtensionUnknown => (
                "de definitie van de extensie is er niet",
                "the definition of the extension is not at hand",
                "geef het pakket dat haar bevat",
                "give the package that holds it",
            ),
            Self::TerminologyMissing => (
                "de waardelijst of het codesysteem is er niet, niet volledig of niet uit te schrijven",
                "the value set or code system is not at hand, not complete or not expandable",
                "geef een pakket dat de codes bevat, of controleer de code met de hand",
                "give a package that holds the codes, or look at the code by hand",
            ),
            Self::ExpressionNotSupported => (
                "de regel kan niet worden uitgerekend",
                "the rule cannot be computed",
                "controleer de regel met de hand",
                "look at the rule by hand",
            ),
            Self::ExpressionFaulty => (
                "de regel zelf is fout: hij noemt een element dat het type niet heeft",
                "the rule itself is at fault: it names an element that the type does not have",
                "meld de fout aan de uitgever van de definitie",
                "tell the publisher of the definition",
            ),
            Self::TargetMissing => (
                "de resource waarnaar wordt verwezen is er niet bij",
                "the target of the reference is not at hand",
                "neem de resource op in de Bundle, of controleer haar apart",
                "include the resource in the Bundle, or check it by itself",
            ),
            Self::SlicingUndecided => (
                "niet te bepalen bij welke slice de waarde hoort",
                "it cannot be told to which slice the value belongs",
                "controleer de slices met de hand",
                "look at the slices by hand",
            ),
            Self::Limit => (
                "er was meer werk nodig dan is toegestaan",
                "more work was needed than is allowed",
                "splits het document",
                "split the document",
            ),
        };
        (Text::new(nl, en), Text::new(todo_nl, todo_en))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::IntoEnumIterator as _;

    use super::{Code, Reason};
    use crate::base::text::Language;

    #[test]
    fn everything_that_can_be_wrong_or_open_says_so_in_words_of_its_own() {
        let titles: Vec<_> = Code::iter().map(Code::title).chain(Reason::iter().map(Reason::title)).collect();
        for language in [Language::Nl, Language::En] {
            let distinct: BTreeSet<&str> = titles.iter().map(|text| text.get(language)).collect();
            assert_eq!(distinct.len(), titles.len());
        }
        let advice: Vec<_> = Code::iter().map(Code::advice).chain(Reason::iter().map(Reason::advice)).collect();
        assert!(titles.iter().chain(&advice).all(|text| text.nl != text.en && !text.nl.is_empty()));
    }
}
