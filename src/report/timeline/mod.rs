//! The exchanges of a run as one page: a timeline by case with filters, and from each requirement the way to what was sent
//! and what came back.
//!
//! It has no script at all: filters are check boxes that the style sheet looks at, details unfold by themselves, and a link
//! to an exchange opens what it stands in. A browser that knows no `:has()` shows everything and no filters.

mod view;

use minijinja::Value;

use super::ReportError;
use super::html::{STYLE, environment, value};
use super::words::timeline::words as own_words;
use super::words::words;
use crate::base::text::Language;
use crate::evidence::Evidence;
use crate::evidence::timeline::Timeline;
use view::View;

const TEMPLATE: &str = include_str!("../html/timeline.html");
const OWN_STYLE: &str = include_str!("../html/timeline.css");

/// Renders the exchanges of a run beside its evidence.
///
/// # Errors
/// When the page cannot be filled in; never because of what happened in the run.
pub fn render_timeline(evidence: &Evidence, timeline: &Timeline, language: Language) -> Result<Vec<u8>, ReportError> {
    let mut environment = environment()?;
    environment.add_template("timeline.html", TEMPLATE)?;
    let view = View::new(evidence, timeline, language);
    let data = minijinja::context! {
        // Ours: names of filters are words of our own lists.
        style => Value::from_safe_string(format!("{STYLE}{OWN_STYLE}{}", view.rules())),
        v => value(serde_json::to_value(view)?),
        t => value(serde_json::to_value(words(language))?),
        o => value(serde_json::to_value(own_words(language))?),
    };
    Ok(environment.get_template("timeline.html")?.render(data)?.into_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::evidence::timeline::{tests::sample, timeline};
    use crate::report::sample as evidence_sample;

    fn page(evidence: &Evidence, language: Language) -> String {
        let mut events = sample();
        // The cases of the transcript are those of the evidence.
        let ids: Vec<String> = evidence.cases.iter().map(|c| c.id.clone()).collect();
        for event in &mut events {
            match event.case.as_deref() {
                Some("a@sending") => event.case = Some(ids[0].clone()),
                Some(_) => event.case = Some(ids[1].clone()),
                None => {}
            }
        }
        String::from_utf8(render_timeline(evidence, &timeline(&events), language).unwrap()).unwrap()
    }

    #[test]
    fn the_page_refers_to_nothing_outside_itself_and_has_no_script() {
        let page = page(&evidence_sample::evidence(), Language::Nl);
        let outside = regex::Regex::new(r#"(?i)(?:href|src|srcset|action|data|poster)\s*=\s*"([^"]*)"|url\s*\(|@import|<(?:link|img|iframe|object|embed|script|base)\b"#).unwrap();
        for found in outside.captures_iter(&page) {
            assert!(found.get(1).is_some_and(|m| m.as_str().starts_with('#')), "{}", &found[0]);
        }
    }

    #[test]
    fn every_link_arrives_and_every_id_is_there_once() {
        let (id, link) =
            (regex::Regex::new(r#" id="([^"]+)""#).unwrap(), regex::Regex::new(r##"href="#([^"]+)""##).unwrap());
        for language in [Language::Nl, Language::En] {
            let page = page(&evidence_sample::evidence(), language);
            let ids: Vec<&str> = id.captures_iter(&page).map(|c| c.extract::<1>().1[0]).collect();
            let mut unique = ids.clone();
            unique.sort_unstable();
            unique.dedup();
            assert_eq!(unique.len(), ids.len());
            for found in link.captures_iter(&page) {
                assert!(ids.contains(&&found[1]), "{}", &found[1]);
            }
        }
    }

    #[test]
    fn every_exchange_is_there_with_what_was_cut_of_it() {
        let page = page(&evidence_sample::evidence(), Language::En);
        for seq in [3, 4, 6] {
            assert!(page.contains(&format!("id=\"x-{seq}\"")), "{seq}");
        }
        assert!(page.contains("2000 bytes") && page.contains("the transcript has all of it"));
    }

    #[test]
    fn canaries_that_went_through_a_transcript_are_in_no_rendering_of_it() {
        use crate::transcript::{Direction, Endpoint, EventKind, Exchange, canary, redact::Redactor};
        let redactor = Redactor::new(vec!["authorization_base".into()]);
        let mut events = sample();
        for (request, response) in canary::planted() {
            let mut event = events[2].clone();
            event.event = EventKind::Exchange(Box::new(Exchange {
                direction: Direction::FromCandidate,
                endpoint: Endpoint::Other,
                identity: "partner".into(),
                tls: None,
                request: Some(redactor.request(&request, "", true)),
                response: Some(redactor.response(&response, true)),
                fault: None,
                began: "2026-11-21T10:15:02Z".into(),
                micros: 1,
            }));
            event.seq = 10 + events.len() as u64;
            events.push(event);
        }
        let evidence = evidence_sample::evidence();
        let page = render_timeline(&evidence, &timeline(&events), Language::Nl).unwrap();
        assert_eq!(canary::found(&page), []);
        assert_eq!(canary::found(&serde_json::to_vec(&events).unwrap()), []);
        let leaked = format!("{}{}", String::from_utf8(page).unwrap(), canary::Place::Cookie.secret());
        assert_eq!(canary::found(leaked.as_bytes()), [canary::Place::Cookie]);
    }

    #[test]
    fn a_filter_stands_for_everything_that_can_be_filtered_and_is_labelled() {
        let page = page(&evidence_sample::evidence(), Language::Nl);
        let boxes = regex::Regex::new(r#"<input type="checkbox" id="(f-[a-z0-9-]+)" checked>"#).unwrap();
        let names: Vec<String> = boxes.captures_iter(&page).map(|c| c[1].to_owned()).collect();
        assert!(names.len() >= 4, "{names:?}");
        for name in names {
            assert!(page.contains(&format!("<label for=\"{name}\">")), "{name}");
            assert!(page.contains(&format!("#{name}:not(:checked)")), "{name}");
        }
    }

    #[test]
    fn markup_and_steering_characters_of_strangers_stay_text() {
        let hostile = evidence_sample::hostile("<script>alert(1)</script>\u{1b}[2J\u{202e}");
        let page = page(&hostile, Language::Nl);
        assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains('\u{202e}'));
    }
}
