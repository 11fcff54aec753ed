//! Where the members of an object are in JSON text (RFC 8259): of a list with thousands of versions, few are read.

/// From the first byte of a value to behind its last.
pub type Slice = (usize, usize);

/// In the order of the text.
pub type Members = Vec<(String, Slice)>;

/// The members of the object that `text` is, and those of its member `versions`; `None` where it is none, or has a name twice.
pub fn members(text: &[u8]) -> Option<(Members, Members)> {
    let mut inner = None;
    let (outer, end) = object(text, space(text, 0), |name, start| {
        if name != "versions" || text.get(start) != Some(&b'{') {
            return end_of_value(text, start);
        }
        let (found, end) = object(text, start, |_, start| end_of_value(text, start))?;
        (inner.replace(found).is_none()).then_some(end)
    })?;
    (space(text, end) == text.len()).then_some((outer, inner?))
}

fn object(text: &[u8], start: usize, mut value: impl FnMut(&str, usize) -> Option<usize>) -> Option<(Members, usize)> {
    let mut members = Members::new();
    let mut at = behind(text, start, b'{')?;
    if text.get(at) == Some(&b'}') {
        return Some((members, at + 1));
    }
    loop {
        let end = end_of_string(text, behind_quote(text, at)?)?;
        let name = name(&text[at..end])?;
        let start = behind(text, space(text, end), b':')?;
        let stop = value(&name, start)?;
        members.push((name, (start, stop)));
        at = space(text, stop);
        if text.get(at) == Some(&b'}') {
            return Some((members, at + 1));
        }
        at = behind(text, at, b',')?;
    }
}

fn name(quoted: &[u8]) -> Option<String> {
    serde_json::from_slice(quoted).ok()
}

fn behind_quote(text: &[u8], at: usize) -> Option<usize> {
    (text.get(at) == Some(&b'"')).then_some(at + 1)
}

fn behind(text: &[u8], at: usize, wanted: u8) -> Option<usize> {
    (text.get(at) == Some(&wanted)).then(|| space(text, at + 1))
}

fn space(text: &[u8], start: usize) -> usize {
    start + text[start.min(text.len())..].iter().take_while(|byte| **byte <= b' ').count()
}

/// `start`: behind the quote that opens it.
fn end_of_string(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn end_of_value(text: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, start);
    loop {
        match text.get(at)? {
            b'"' => {
                at = end_of_string(text, at + 1)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b',' | b'}' | b']' if depth == 0 => return (at > start).then_some(at),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_where_they_are() {
        let text = br#" {"name":"a\"}","versions": {"1.0.0":{"x":[1,"]"]} , "2.0.0" : {}},"modified":"now"} "#;
        let (outer, versions) = members(text).expect("an object");
        let shown = |slice: Slice| std::str::from_utf8(&text[slice.0..slice.1]).expect("text").trim().to_owned();
        assert_eq!(outer.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["name", "versions", "modified"]);
        assert_eq!(shown(outer[0].1), r#""a\"}""#);
        assert_eq!(
            versions.iter().map(|(name, slice)| (name.as_str(), shown(*slice))).collect::<Vec<_>>(),
            [("1.0.0", r#"{"x":[1,"]"]}"#.to_owned()), ("2.0.0", "{}".to_owned())]
        );
    }

    #[test]
    fn what_is_no_list_has_no_members() {
        for text in [
            "",
            "[]",
            "{",
            "{}",
            r#"{"versions":[]}"#,
            r#"{"versions":{}"#,
            r#"{"versions":{}}x"#,
            r#"{"versions":{"a":}}"#,
            r#"{"versions":{},"versions":{}}"#,
            r#"{"versions":{"a":"\"#,
            r#"{"a" "b","versions":{}}"#,
        ] {
            assert!(members(text.as_bytes()).is_none(), "{text}");
        }
    }
}
