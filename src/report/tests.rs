//! What holds for every format.

use strum::IntoEnumIterator;

use super::*;
use crate::base::text::Text;

const BOTH: [Language; 2] = [Language::Nl, Language::En];

fn rendered(evidence: &Evidence, format: Format, language: Language) -> String {
    let bytes = render(evidence, format, language, &TerminalOptions::default()).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The PDF holds its text compressed; its own tests look at it.
fn text_formats() -> impl Iterator<Item = Format> {
    Format::iter().filter(|f| *f != Format::Pdf)
}

#[test]
fn every_format_can_be_named() {
    for format in Format::iter() {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert!("docx".parse::<Format>().is_err());
}

#[test]
fn each_format_names_every_requirement_that_needs_attention() {
    let sample = sample::evidence();
    // The table of plateaus is an overview: its cells count.
    let named = text_formats().filter(|f| *f != Format::Plateau);
    for (format, language) in named.flat_map(|f| BOTH.map(|l| (f, l))) {
        let text = rendered(&sample, format, language);
        for requirement in sample.requirements.iter().filter(|r| view::mark::Mark::of(r.verdict).needs_attention()) {
            assert!(text.contains(&requirement.id), "{} is not in {format} {language}", requirement.id);
            for finding in requirement.findings.iter().filter(|f| f.result == "not-met").take(2) {
                for wanted in [&finding.case, &finding.actual] {
                    let there = text.contains(wanted) || text.contains(&escaped(wanted));
                    assert!(there, "{wanted} is not in {format} {language}");
                }
            }
        }
    }
}

#[test]
fn the_page_holds_everything_that_is_in_the_evidence() {
    let sample = sample::evidence();
    let page = rendered(&sample, Format::Html, Language::En);
    let ids = sample.requirements.iter().map(|r| &r.id);
    let cases = sample.cases.iter().map(|c| &c.id);
    let excluded = sample.exclusions.iter().flat_map(|e| e.missing.iter().chain([&e.case, &e.reason.en]));
    let inputs = sample.inputs.iter().flat_map(|i| [&i.path, &i.sha256]);
    let reasons = sample.requirements.iter().filter_map(|r| r.not_tested.as_ref());
    for wanted in ids.chain(cases).chain(excluded).chain(inputs).chain(reasons) {
        assert!(page.contains(&escaped(wanted)), "{wanted}");
    }
}

#[test]
fn a_deviation_that_does_not_count_is_shown_apart_from_problems() {
    let view = view::View::new(&sample::evidence(), Language::En);
    let recorded: Vec<&str> = view.recorded.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(recorded, ["TK-07-10"]);
    assert!(!view.problems.iter().flat_map(|g| &g.problems).any(|p| p.id == "TK-07-10"));
}

#[test]
fn a_self_test_is_labelled_in_every_rendering_and_evidence_for_validation_otherwise() {
    let mut evidence = sample::evidence();
    for (language, self_test, validation) in [
        (
            Language::Nl,
            "Zelftest – geen Bewijs van Validatie",
            "Bewijsmateriaal voor validatie – geen Bewijs van Validatie",
        ),
        (
            Language::En,
            "Self-test – not a Bewijs van Validatie",
            "Evidence for validation – not a Bewijs van Validatie",
        ),
    ] {
        for format in [Format::Html, Format::Junit, Format::Terminal, Format::Github] {
            evidence.kind = crate::evidence::model::Kind::SelfTest;
            assert!(rendered(&evidence, format, language).contains(self_test), "{format}");
            evidence.kind = crate::evidence::model::Kind::ValidationEvidence;
            let text = rendered(&evidence, format, language);
            assert!(text.contains(validation) && !text.contains(self_test), "{format}");
        }
    }
}

#[test]
fn a_preview_says_so_on_every_page() {
    let mut evidence = sample::evidence();
    let told = Text::new("Preview: niet overgenomen.", "Preview: not adopted.");
    assert!(!rendered(&evidence, Format::Html, Language::En).contains("<aside class=\"preview\""));
    evidence.scope.zorgtoepassing_preview = vec![told.clone()];
    for language in [Language::Nl, Language::En] {
        let line = told.get(language);
        let page = rendered(&evidence, Format::Html, language);
        assert!(page.contains(&format!("<aside class=\"preview\">\n<p>{line}</p>")), "{language}");
        assert!(rendered(&evidence, Format::Terminal, language).trim_end().ends_with(line), "{language}");
    }
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    for (format, language) in text_formats().flat_map(|f| BOTH.map(|l| (f, l))) {
        let first = rendered(&sample::evidence(), format, language);
        assert_eq!(first, rendered(&sample::evidence(), format, language), "{format}");
    }
}

#[test]
fn markup_of_strangers_stays_text() {
    let hostile = sample::hostile("<script>alert(1)</script>\" onload='x' ]]> &amp; {{ 7 * 7 }}");
    for language in BOTH {
        let page = rendered(&hostile, Format::Html, language);
        assert!(!page.contains("<script") && !page.contains("onload='x'"));
        assert!(page.contains("&lt;script&gt;") && page.contains("{{ 7 * 7 }}"));
        let xml = rendered(&hostile, Format::Junit, language);
        assert!(!xml.contains("<script") && !xml.contains("]]>"));
        well_formed(&xml);
    }
}

#[test]
fn control_characters_and_escape_sequences_of_strangers_become_visible() {
    let hostile = sample::hostile("\u{1b}[2J\u{1b}]0;title\u{7}\u{0}\u{9b}31m\u{202e}\r\n\u{ffff}");
    for (format, language) in
        [Format::Html, Format::Junit, Format::Terminal, Format::Github].into_iter().flat_map(|f| BOTH.map(|l| (f, l)))
    {
        let text = rendered(&hostile, format, language);
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202e}' | '\u{ffff}'));
        assert_eq!(bad, None, "{format}");
        assert!(text.contains("␛[2J"), "{format}");
    }
    well_formed(&rendered(&hostile, Format::Junit, Language::Nl));
    let json = rendered(&hostile, Format::Json, Language::Nl);
    assert!(!json.contains('\u{1b}'), "JSON escapes control characters by itself");
}

#[test]
fn the_page_refers_to_nothing_outside_itself() {
    let page = rendered(&sample::evidence(), Format::Html, Language::Nl);
    assert!(page.contains(&escaped("https://gtk.example.nl/fhir")), "addresses are there as text");
    let references = regex::Regex::new(r#"(?i)(?:href|src|srcset|action|data|poster)\s*=\s*"([^"]*)"|url\s*\(|@import|<(?:link|img|iframe|object|embed|script|base|form)\b"#).unwrap();
    for found in references.captures_iter(&page) {
        let target = found.get(1).map(|m| m.as_str());
        assert!(target.is_some_and(|t| t.starts_with('#')), "{}", &found[0]);
    }
}

#[test]
fn every_link_of_the_page_arrives() {
    let page = rendered(&sample::evidence(), Format::Html, Language::En);
    let ids: Vec<&str> =
        regex::Regex::new(r#" id="([^"]+)""#).unwrap().captures_iter(&page).map(|c| c.extract::<1>().1[0]).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "an id is there twice");
    for link in regex::Regex::new(r##"href="#([^"]+)""##).unwrap().captures_iter(&page) {
        assert!(ids.contains(&&link[1]), "{}", &link[1]);
    }
}

#[test]
fn a_run_of_nothing_can_be_rendered() {
    let mut empty = sample::evidence();
    empty.requirements.clear();
    empty.cases.clear();
    empty.exclusions.clear();
    empty.observations.clear();
    empty.excerpts.clear();
    empty.inputs.clear();
    empty.candidate.endpoints.clear();
    empty.candidate.capabilities.clear();
    empty.complete = false;
    empty.candidate.embedded = true;
    empty.candidate.deviation = Some("accepts-tls12".into());
    empty.conclusion = crate::evidence::model::Conclusion::Undetermined;
    assert!(render(&empty, Format::Pdf, Language::En, &TerminalOptions::default()).is_ok());
    for (format, language) in text_formats().flat_map(|f| BOTH.map(|l| (f, l))) {
        let text = rendered(&empty, format, language);
        let is_brief = matches!(format, Format::Junit | Format::Github | Format::Gitlab | Format::Plateau);
        assert!(is_brief || text.contains("accepts-tls12"), "{format}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('/', "&#x2f;")
}

fn well_formed(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => break,
            Ok(_) => {}
            Err(error) => panic!("{error}: {xml}"),
        }
    }
}
