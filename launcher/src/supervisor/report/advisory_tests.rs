use super::*;
use std::io::Cursor;

#[test]
fn only_a_permission_with_a_resource_is_a_denial() {
    let denial = parse(br#"{"permission":"read","resource":"/etc/passwd","package":"left-pad"}"#);
    let origin = Origin { package: Some("left-pad".into()), ..Origin::default() };
    assert_eq!(denial, Some(Said::Denied(Denial::by_runtime(Permission::Read, "/etc/passwd").explained(origin, None))));
    let others = [
        &b""[..],
        b"{}",
        b"null",
        b"[]",
        b"\xff\xfe",
        br#"{"permission":"fly","resource":"x"}"#,
        br#"{"permission":"read","resource":""}"#,
        br#"{"permission":"read","resource":["x"]}"#,
        br#"{"permission":"read","resource":"x"} {"#,
        br#"{'permission':'read','resource':'x'}"#,
        br#"{"permission":"read","resource":"x",}"#,
    ];
    for line in others {
        assert_eq!(parse(line), None, "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn deep_nesting_is_no_denial_and_no_crash() {
    assert_eq!(parse(&b"[".repeat(LONGEST_LINE)), None);
    assert_eq!(parse(&br#"{"a":"#.repeat(3_000)), None);
}

#[test]
fn long_lines_are_skipped_and_the_next_one_is_read() {
    let mut text = vec![b'x'; 3 * LONGEST_LINE + 5];
    text.extend(b"\nsecond\nlast");
    let mut lines = Cursor::new(text);
    let mut line = Vec::new();
    assert!(next_line(&mut lines, &mut line).unwrap());
    assert!(line.is_empty());
    assert!(next_line(&mut lines, &mut line).unwrap());
    assert_eq!(line, b"second\n");
    assert!(next_line(&mut lines, &mut line).unwrap());
    assert!(line.is_empty());
    assert!(!next_line(&mut lines, &mut line).unwrap());
}
