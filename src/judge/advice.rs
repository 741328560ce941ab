//! Likely causes of a deviation, and what to do, by the word of the check.

use crate::base::text::Text;

/// What usually lies behind a deviation of a check.
pub fn advice(check: &str, actual: &str) -> Text {
    let (nl, en) = by_actual(actual).unwrap_or_else(|| by_word(check));
    Text::new(nl, en)
}

fn by_actual(actual: &str) -> Option<(&'static str, &'static str)> {
    let table = [
        (
            "certificate_required",
            "De server wil een clientcertificaat. Controleer of het certificaat van de client wordt meegestuurd en of de keten compleet is.",
            "The server wants a client certificate. Check that the client sends its certificate and that the chain is complete.",
        ),
        (
            "unknown_ca",
            "De andere kant vertrouwt de uitgever niet. Zet het vertrouwensanker van de wederpartij in de truststore, met tussencertificaten.",
            "The other side does not trust the issuer. Put the peer's trust anchor in the trust store, with intermediates.",
        ),
        (
            "UnknownIssuer",
            "De keten leidt niet naar een vertrouwensanker uit het kandidaatbestand. Stuur de tussencertificaten mee, of vul `trust-anchors` aan.",
            "The chain leads to no trust anchor of the candidate file. Send the intermediates, or complete `trust-anchors`.",
        ),
        (
            "Expired",
            "Het certificaat is verlopen. Vernieuw het en controleer de klok.",
            "The certificate has expired. Renew it and check the clock.",
        ),
        (
            "415",
            "De server neemt dit mediatype niet aan. Ondersteun application/fhir+json en application/fhir+xml.",
            "The server does not take this media type. Support application/fhir+json and application/fhir+xml.",
        ),
    ];
    table.iter().find(|(part, _, _)| actual.contains(part)).map(|(_, nl, en)| (*nl, *en))
}

fn by_word(check: &str) -> (&'static str, &'static str) {
    match check {
        "tls-refusal" => (
            "De server laat een verbinding toe die hij moet weigeren. Zet clientauthenticatie op verplicht, controleer keten, geldigheid en intrekking, en sta alleen de vereiste TLS-versies toe.",
            "The server lets a connection in that it must refuse. Make client authentication mandatory, check chain, validity and revocation, and allow only the required TLS versions.",
        ),
        "tls-version" | "tls-offer" => (
            "De TLS-configuratie laat een versie toe die de release niet toestaat. Beperk client of server tot TLS 1.3.",
            "The TLS configuration allows a version that the release does not. Restrict client or server to TLS 1.3.",
        ),
        "peer-certificate" => (
            "Het getoonde certificaat voldoet niet. Controleer keten, geldigheid, hostnaam en extended key usage.",
            "The certificate that was shown does not satisfy. Check chain, validity, host name and extended key usage.",
        ),
        "oauth-error" | "jwt-times" | "jwt-audience" => (
            "De autorisatieserver controleert een onderdeel van de assertion niet, of meldt de fout anders dan RFC 6749 paragraaf 5.2. Controleer handtekening, aud, exp en de foutcode.",
            "The authorization server does not check a part of the assertion, or reports the error otherwise than RFC 6749 section 5.2. Check signature, aud, exp and the error code.",
        ),
        "saml-assertion" => (
            "De SAML-assertion in wsse:Security wijkt af. Controleer handtekening en algoritme, geldigheid (hooguit 10 minuten), audience, AuthnStatement, en per attribuut naam, namespace, root of codeSystem.",
            "The SAML assertion in wsse:Security differs. Check signature and algorithm, validity (10 minutes at most), audience, AuthnStatement, and of each attribute name, namespace, root or codeSystem.",
        ),
        "http-status" => (
            "De statuscode wijkt af. Kijk in het transcript of het verzoek de applicatie bereikte en welke regel het antwoord gaf.",
            "The status differs. See in the transcript whether the request reached the application and which rule gave the answer.",
        ),
        "http-header" => (
            "Een header ontbreekt of heeft een andere waarde. Vaak voegt een proxy hem toe of haalt hem weg.",
            "A header is missing or has another value. Often a proxy adds or removes it.",
        ),
        "operation-outcome" => (
            "Fouten aan de FHIR-laag horen een OperationOutcome met severity en code te hebben. Controleer ook foutpagina's van proxy en framework.",
            "Errors at the FHIR layer carry an OperationOutcome with severity and code. Check error pages of proxy and framework too.",
        ),
        "fhir-shape" | "value" | "same-value" | "bsn" => (
            "Een element ontbreekt of heeft een andere waarde dan de specificatie vraagt. Let op het verschil tussen STU3 en R4.",
            "An element is missing or has another value than the specification asks for. Mind the difference between STU3 and R4.",
        ),
        "seen" | "requests-cover" => (
            "Een verwacht verzoek bleef uit. Controleer of de actie is uitgevoerd, of het adres van de harness klopt en of de kandidaat een fout logde.",
            "An expected request did not come. Check that the action was carried out, that the harness's address is right and whether the candidate logged an error.",
        ),
        "searchset" | "entry-ids" | "entry-profiles" | "entry-full-urls" | "bundle-total" | "self-link" => (
            "De Bundle wijkt af van wat FHIR STU3 en de TestScripts van Nictiz van een searchset vragen.",
            "The Bundle differs from what FHIR STU3 and the TestScripts of Nictiz ask of a searchset.",
        ),
        "codings" | "coding-systems" | "codeable-concepts" | "references" | "identifiers" | "reduced-profile" => (
            "De inhoud van een resource voldoet niet aan de zib-profielen. Kijk naar de mapping van het bronsysteem.",
            "The content of a resource does not satisfy the zib profiles. Look at the mapping of the source system.",
        ),
        "resource-counts" | "one-patient" | "same-result" => (
            "De bron geeft meer of minder dan verwacht. Controleer zoekparameters, vernauwing tot de patiënt en de opgegeven aantallen.",
            "The source gives more or less than expected. Check search parameters, narrowing to the patient and the declared counts.",
        ),
        _ => (
            "Vergelijk verzoek en antwoord in het transcript met de genoemde bepaling.",
            "Compare request and response in the transcript with the clause.",
        ),
    }
}
