//! The rules for XHTML in a narrative.
//!
//! Clause: hl7.org/fhir/R4/narrative.html (txt-1, txt-2): basic formatting only, no scripts, no forms, some content.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

const ELEMENTS: [&str; 61] = [
    "a",
    "abbr",
    "acronym",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "map",
    "area",
    "object",
    "ol",
    "p",
    "param",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "font",
    "center",
];

/// Whether a narrative is one well-formed `div` of allowed elements with some content.
pub(super) fn is_sound(xhtml: &str) -> bool {
    if !xhtml.trim_start().starts_with("<div") {
        return false;
    }
    let mut reader = Reader::from_str(xhtml);
    reader.config_mut().expand_empty_elements = true;
    let (mut depth, mut has_content) = (0usize, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                depth += 1;
                if depth > 100 || !is_allowed(&start) {
                    return false;
                }
                has_content |= start.local_name().as_ref() == "img";
            }
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Text(text)) => has_content |= !text.trim().is_empty(),
            Ok(Event::CData(_) | Event::GeneralRef(_)) => has_content = true,
            Ok(Event::DocType(_)) | Err(_) => return false,
            Ok(Event::Eof) => return depth == 0 && has_content,
            Ok(_) => {}
        }
    }
}

fn is_allowed(start: &BytesStart<'_>) -> bool {
    let element = start.local_name();
    let attributes = start.attributes().all(|attribute| {
        attribute.is_ok_and(|attribute| !attribute.key.local_name().as_ref().to_ascii_lowercase().starts_with("on"))
    });
    attributes && ELEMENTS.contains(&element.as_ref())
}

#[cfg(test)]
mod tests {
    use super::is_sound;

    #[test]
    fn narrative_is_one_div_of_allowed_elements_with_content() {
        for sound in
            ["<div>a</div>", "<div xmlns=\"http://www.w3.org/1999/xhtml\"><table><tr><td>x</td></tr></table></div>"]
        {
            assert!(is_sound(sound), "{sound}");
        }
        for faulty in [
            "a",
            "<div> </div>",
            "<p>a</p>",
            "<div>a",
            "<div>a</div><div>b</div>x<",
            "<div><script>a</script></div>",
            "<div onclick=\"x\">a</div>",
            "<!DOCTYPE x><div>a</div>",
            "<div><form>a</form></div>",
        ] {
            assert!(!is_sound(faulty), "{faulty}");
        }
    }
}
