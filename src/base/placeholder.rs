//! `${name}` in a text: the one way in which scenarios and templates name values.

/// The names in a text, in order; an opening that is never closed names nothing.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// The text with its values filled in.
///
/// # Errors
/// The first name that has no value, or what follows an opening that is never closed.
pub fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').ok_or(after)?;
        out.push_str(before);
        out.push_str(&value(name).ok_or(name)?);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str) -> Option<String> {
        (name == "a.b").then(|| "1".to_owned())
    }

    #[test]
    fn known_values_are_filled_in_wherever_they_stand() {
        assert_eq!(fill("x${a.b}y${a.b}", known), Ok("x1y1".to_owned()));
        assert_eq!(fill("plain", known), Ok("plain".to_owned()));
        assert_eq!(names("x${a.b}y${c}").collect::<Vec<_>>(), ["a.b", "c"]);
    }

    #[test]
    fn what_has_no_value_and_what_is_not_closed_is_named() {
        assert_eq!(fill("${c}", known), Err("c".to_owned()));
        assert_eq!(fill("${a.b", known), Err("a.b".to_owned()));
        assert_eq!(names("${a.b").count(), 0);
    }
}
