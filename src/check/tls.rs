//! What a survey of a server, or the ClientHello of a client, is worth by a guideline for TLS (GF-TLS-007 to -020).

use serde::Deserialize;

use super::{Answer, Context, Judged, each};
use crate::base::text::Text;
use crate::transcript::Exchange;
use crate::wire::tls::guideline::{Aspect, Grade, Guideline, Level, values_of, values_of_offer};
use crate::wire::tls::{Flag, Known, Survey};

/// Everything of one kind that the candidate accepts (in a survey) or offers (in its ClientHello) has at least a level.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsGrade {
    /// What is graded.
    pub of: Aspect,
    /// The lowest level that is allowed.
    #[serde(default)]
    pub at_least: Option<Level>,
    /// A level that is not allowed.
    #[serde(default)]
    pub not: Option<Level>,
    /// Whether it is enough that one has a level that is allowed.
    #[serde(default)]
    pub any: bool,
    /// The guideline; absent for that of the release.
    #[serde(default)]
    pub guideline: Option<String>,
}

/// A property of the server is one of these.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsSurveyFlag {
    /// The property.
    pub flag: Flag,
    /// What it may be; what was not evaluated is never judged.
    pub is: Vec<Known>,
}

/// The server prefers suites of a higher level.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsOrder {
    /// The guideline; absent for that of the release.
    #[serde(default)]
    pub guideline: Option<String>,
}

/// The guideline that a check means: the one it names, else that of the release.
fn guideline<'a>(context: Context<'a>, named: Option<&String>) -> Option<&'a Guideline> {
    let data = context.data;
    named.or(data.tls_guideline.as_ref()).and_then(|id| data.tls_guidelines.get(id))
}

fn by(named: Option<&String>) -> Text {
    match named {
        Some(id) => Text::new(id.clone(), id.clone()),
        None => Text::new("de TLS-richtlijn van de release", "the TLS guideline of the release"),
    }
}

/// The survey of an exchange, or why there is none.
fn survey(exchange: &Exchange) -> Result<&Survey, Judged> {
    let found = exchange.tls.as_ref().and_then(|t| t.survey.as_deref());
    found.ok_or_else(|| {
        let fault = exchange.fault.as_ref().map_or_else(|| "no survey was made".into(), super::subject::describe);
        Judged::Undecided(fault)
    })
}

/// What nothing speaks against, when everything was asked; else it cannot be told.
fn met(survey: Option<&Survey>, seen: String) -> Judged {
    match survey.and_then(|s| s.cut_short.as_ref()) {
        Some(why) => Judged::Undecided(format!("the survey was cut short: {why}")),
        None => Judged::Met(seen),
    }
}

impl TlsGrade {
    pub(super) fn expected(&self) -> Text {
        let by = by(self.guideline.as_ref());
        let (mut nl, mut en) = (Vec::new(), Vec::new());
        for (level, dutch, english) in [(self.at_least, "minstens", "at least"), (self.not, "niet", "not")] {
            if let Some(level) = level.map(Level::title) {
                nl.push(format!("{dutch} {}", level.nl));
                en.push(format!("{english} {}", level.en));
            }
        }
        let one = if self.any { [" (een is genoeg)", " (one is enough)"] } else { ["", ""] };
        Text::new(
            format!("{}: {}{} volgens {}", self.of, nl.join(", "), one[0], by.nl),
            format!("{}: {}{} by {}", self.of, en.join(", "), one[1], by.en),
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let Some(guideline) = guideline(context, self.guideline.as_ref()) else {
            return each(context, |_| Judged::Undecided("no guideline is known".into()));
        };
        each(context, |e| {
            let (survey, values) = match self.values(e) {
                Ok(found) => found,
                Err(undecided) => return undecided,
            };
            if values.is_empty() {
                return Judged::Undecided(format!("nothing was seen of {}", self.of));
            }
            let graded: Vec<_> = values.into_iter().map(|v| (guideline.grade(self.of, &v), v)).collect();
            let told = |(grade, value): &(Grade, String)| format!("{value}: {}", grade.text().en);
            let (wrong, right): (Vec<_>, Vec<_>) =
                graded.iter().partition(|g| g.0.level.is_some_and(|l| self.forbids(l)));
            let list = |of: &[&(Grade, String)]| {
                format!("{} ({})", of.iter().map(|g| told(g)).collect::<Vec<_>>().join(", "), guideline.name())
            };
            match (wrong.is_empty(), right.is_empty()) {
                (true, _) => met(survey, list(&right)),
                (false, false) if self.any => Judged::Met(list(&right)),
                (false, _) => Judged::NotMet(list(&wrong)),
            }
        })
    }

    fn forbids(&self, level: Level) -> bool {
        self.at_least.is_some_and(|least| level < least) || self.not == Some(level)
    }

    /// What is to be graded, and the survey where it comes from one.
    fn values<'a>(&self, exchange: &'a Exchange) -> Result<(Option<&'a Survey>, Vec<String>), Judged> {
        let tls = exchange.tls.as_ref();
        if let Some(survey) = tls.and_then(|t| t.survey.as_deref()) {
            return Ok((Some(survey), values_of(survey, self.of).into_iter().map(|(_, value)| value).collect()));
        }
        let shown = |list: Vec<String>| if list.is_empty() { None } else { Some((None, list)) };
        let peer = || tls.map(|t| &t.peer).filter(|p| !p.is_empty());
        let found = match self.of {
            Aspect::CertificateKeys => peer().and_then(|p| shown(vec![p[0].public_key.clone()])),
            Aspect::ChainSignatures => peer().and_then(|p| {
                shown(p.iter().filter(|c| !c.self_signed).map(|c| c.signature_algorithm.clone()).collect())
            }),
            _ => tls.and_then(|t| t.offered.as_ref()).and_then(|offer| shown(values_of_offer(offer, self.of))),
        };
        found.ok_or_else(|| match survey(exchange) {
            Err(Judged::Undecided(why)) if exchange.fault.is_some() => Judged::Undecided(why),
            _ => Judged::Undecided(format!("nothing was seen of {}", self.of)),
        })
    }
}

impl TlsSurveyFlag {
    pub(super) fn expected(&self) -> Text {
        let list: Vec<String> = self.is.iter().map(ToString::to_string).collect();
        Text::new(format!("{}: {}", self.flag, list.join(" of ")), format!("{}: {}", self.flag, list.join(" or ")))
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        each(context, |e| {
            let survey = match survey(e) {
                Ok(survey) => survey,
                Err(undecided) => return undecided,
            };
            let known = survey.flag(self.flag);
            let seen = format!("{}: {known}", self.flag);
            match known {
                Known::NotEvaluated => Judged::Undecided(seen),
                _ if self.is.contains(&known) => Judged::Met(seen),
                _ => Judged::NotMet(seen),
            }
        })
    }
}

impl TlsOrder {
    pub(super) fn expected(&self) -> Text {
        let by = by(self.guideline.as_ref());
        Text::new(
            format!("de server verkiest suites van een hoger niveau volgens {}", by.nl),
            format!("the server prefers suites of a higher level by {}", by.en),
        )
    }

    pub(super) fn judge(&self, context: Context<'_>) -> Answer {
        let Some(guideline) = guideline(context, self.guideline.as_ref()) else {
            return each(context, |_| Judged::Undecided("no guideline is known".into()));
        };
        each(context, |e| {
            let survey = match survey(e) {
                Ok(survey) => survey,
                Err(undecided) => return undecided,
            };
            if survey.accepted().next().is_none() {
                return Judged::Undecided("no version was accepted".into());
            }
            match guideline.order(survey) {
                Ok(()) => met(Some(survey), format!("the higher level comes first ({})", guideline.name())),
                Err(wrong) => Judged::NotMet(format!("{wrong} ({})", guideline.name())),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::super::{Check, CheckData};
    use super::*;
    use crate::transcript::select::{CaseView, StepView};
    use crate::transcript::{Direction, Endpoint, StepOutcome, TlsFacts};
    use crate::wire::tls::{Offer, TlsVersion};

    fn data() -> CheckData {
        let guideline: Guideline = serde_json::from_value(json!({
            "id": "test-1", "title": {"nl": "T", "en": "T"}, "version": "1", "note": {"nl": "n", "en": "n"},
            "aspects": {"suites": {
                "rules": [{"level": "good", "values": ["GOOD.*"]}, {"level": "phase-out", "values": ["OLD.*"]}],
                "otherwise": "insufficient"
            }},
            "flags": {}
        }))
        .unwrap();
        CheckData {
            tls_guidelines: BTreeMap::from([("test-1".to_owned(), guideline)]),
            tls_guideline: Some("test-1".to_owned()),
            ..CheckData::default()
        }
    }

    fn exchange(tls: TlsFacts) -> Exchange {
        Exchange {
            direction: Direction::ToCandidate,
            endpoint: Endpoint::Probe,
            identity: "partner".into(),
            tls: Some(tls),
            request: None,
            response: None,
            fault: None,
            began: String::new(),
            micros: 0,
        }
    }

    fn says(check: Value, tls: TlsFacts) -> Judged {
        let check: Check = serde_json::from_value(check).unwrap();
        let (exchange, outcome) = (exchange(tls), StepOutcome::Done);
        let step = StepView { outcome: &outcome, exchanges: vec![(1, &exchange)], captured: &BTreeMap::new() };
        let case = CaseView::default();
        check.judge(Context { step: &step, case: &case, data: &data() }).judged
    }

    fn with_suites(suites: &[&str], ordered: Known) -> TlsFacts {
        let suites: Vec<String> = suites.iter().map(|s| (*s).to_owned()).collect();
        let survey = Survey {
            versions: [(TlsVersion::Tls12, Known::Yes)].into(),
            suites: [(TlsVersion::Tls12, suites)].into(),
            ordered: [(TlsVersion::Tls12, ordered)].into(),
            flags: [(Flag::Compression, Known::No)].into(),
            ..Survey::default()
        };
        TlsFacts { survey: Some(Box::new(survey)), ..TlsFacts::default() }
    }

    #[test]
    fn what_a_server_accepts_is_graded() {
        let grade = |level: &str| json!({"tls-grade": {"of": "suites", "at-least": level}});
        let facts = || with_suites(&["GOOD_1", "OLD_1"], Known::Yes);
        assert!(matches!(says(grade("phase-out"), facts()), Judged::Met(_)));
        let Judged::NotMet(seen) = says(grade("sufficient"), facts()) else { panic!("it must not be met") };
        assert_eq!(seen, "OLD_1: phase out (T 1)");
        assert!(matches!(says(grade("good"), TlsFacts::default()), Judged::Undecided(_)));
        let not = json!({"tls-grade": {"of": "suites", "not": "phase-out"}});
        assert!(matches!(says(not.clone(), facts()), Judged::NotMet(_)));
        assert!(matches!(says(not, with_suites(&["GOOD_1", "WEAK"], Known::Yes)), Judged::Met(_)));
        let any = json!({"tls-grade": {"of": "suites", "at-least": "good", "any": true}});
        assert!(matches!(says(any.clone(), facts()), Judged::Met(_)));
        assert!(matches!(says(any, with_suites(&["OLD"], Known::Yes)), Judged::NotMet(_)));
        let other = json!({"tls-grade": {"of": "suites", "at-least": "good", "guideline": "test-2"}});
        assert!(matches!(says(other, facts()), Judged::Undecided(_)));
    }

    #[test]
    fn a_survey_that_was_cut_short_shows_no_absence() {
        let grade = || json!({"tls-grade": {"of": "suites", "at-least": "good"}});
        let mut facts = with_suites(&["GOOD_1"], Known::Yes);
        assert!(matches!(says(grade(), facts.clone()), Judged::Met(_)));
        facts.survey.as_mut().unwrap().cut_short = Some("it took too long".into());
        assert!(matches!(says(grade(), facts), Judged::Undecided(_)));
    }

    #[test]
    fn what_a_client_offers_is_graded_without_its_signals() {
        let offer = |suites: &[&str]| TlsFacts {
            offered: Some(Offer {
                cipher_suites: suites.iter().map(|s| (*s).to_owned()).collect(),
                ..Offer::default()
            }),
            ..TlsFacts::default()
        };
        let grade = || json!({"tls-grade": {"of": "suites", "at-least": "good"}});
        assert!(matches!(says(grade(), offer(&["GOOD", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"])), Judged::Met(_)));
        assert!(matches!(says(grade(), offer(&["GOOD", "WEAK"])), Judged::NotMet(_)));
    }

    #[test]
    fn a_property_is_judged_when_it_is_known() {
        let flag = |flag: &str| json!({"tls-survey-flag": {"flag": flag, "is": ["no"]}});
        let facts = || with_suites(&["GOOD"], Known::Yes);
        assert!(matches!(says(flag("compression"), facts()), Judged::Met(_)));
        assert!(matches!(says(flag("early-data"), facts()), Judged::Undecided(_)));
        let mut wrong = facts();
        wrong.survey.as_mut().unwrap().flags.insert(Flag::Compression, Known::Yes);
        assert!(matches!(says(flag("compression"), wrong), Judged::NotMet(_)));
    }

    #[test]
    fn an_order_is_judged() {
        let order = || json!({"tls-order": {}});
        assert!(matches!(says(order(), with_suites(&["GOOD", "OLD"], Known::Yes)), Judged::Met(_)));
        assert!(matches!(says(order(), with_suites(&["OLD", "GOOD"], Known::Yes)), Judged::NotMet(_)));
        assert!(matches!(says(order(), with_suites(&["GOOD", "OLD"], Known::No)), Judged::NotMet(_)));
    }
}
