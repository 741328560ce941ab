//! The coverage page. It holds everything itself; its one script filters what is there and may do nothing else: the
//! content security policy names the script by its digest and forbids every connection.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::Value;
use sha2::{Digest as _, Sha256};

use super::view::View;
use crate::base::text::Language;
use crate::evidence::coverage::Coverage;
use crate::report::ReportError;
use crate::report::html::{STYLE, environment, value};
use crate::report::words::catalogue;

const TEMPLATE: &str = include_str!("../html/coverage.html");
const OWN_STYLE: &str = include_str!("../html/coverage.css");
const SCRIPT: &str = include_str!("../html/coverage.js");

/// The page.
pub fn render(coverage: &Coverage, language: Language) -> Result<Vec<u8>, ReportError> {
    let mut environment = environment()?;
    environment.add_template("coverage.html", TEMPLATE)?;
    let data = minijinja::context! {
        v => value(serde_json::to_value(View::new(coverage, language))?),
        t => value(serde_json::to_value(catalogue::words(language))?),
        // Ours, and without anything that could end the element: the values that are not escaped.
        style => Value::from_safe_string(format!("{STYLE}{OWN_STYLE}")),
        script => Value::from_safe_string(SCRIPT.to_owned()),
        script_digest => Value::from_safe_string(STANDARD.encode(Sha256::digest(SCRIPT))),
    };
    Ok(environment.get_template("coverage.html")?.render(data)?.into_bytes())
}
