use super::*;

fn what(text: &str) -> &'static str {
    read(text).expect_err("refused").what
}

#[test]
fn reads_every_kind_of_value() {
    let node = read(" {\"a\":[null,true,false,-1.5e2,\"x\\u00e9\\ud83d\\ude00\\n\"]} ").expect("JSON");
    let items = node.member("a").expect("a").node.items();
    assert_eq!(items[3].value, Value::Number(-150.0));
    assert_eq!(items[4].string(), Some("xé😀\n"));
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    assert_eq!(read("\u{feff}1").map(|node| node.value), Ok(Value::Number(1.0)));
}

#[test]
fn what_javascript_would_take_and_json_does_not_is_refused() {
    for text in [
        "",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "// x\n1",
        "/*x*/1",
        "{a:1}",
        "'a'",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "NaN",
        "nul",
        "\"\t\"",
        "\"\\x41\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "1 2",
        "[1 2]",
        "\"",
        "\u{feff}\u{feff}1",
        "\u{a0}1",
    ] {
        assert!(read(text).is_err(), "{text:?}");
    }
}

#[test]
fn deep_nesting_is_refused_without_using_up_the_stack() {
    assert_eq!(what(&"[".repeat(1_000_000)), "it is nested too deeply");
    assert_eq!(what(&"{\"a\":".repeat(1_000_000)), "it is nested too deeply");
    let fine = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    assert!(read(&fine).is_ok());
}

#[test]
fn doubles_are_kept_and_the_last_one_is_taken() {
    let node = read("{\"a\":1,\"a\":2,\"__proto__\":3}").expect("JSON");
    assert_eq!(node.member("a").map(|member| &member.node.value), Some(&Value::Number(2.0)));
    assert!(node.member("toString").is_none());
}

#[test]
fn positions_count_lines_and_characters_from_one() {
    let text = "{\n \"é\": x}";
    let wrong = read(text).expect_err("refused");
    assert_eq!(position(text, wrong.at), (2, 7));
}

#[test]
fn quoting_escapes_what_would_change_how_a_line_is_shown() {
    let mut out = String::new();
    quote(&mut out, "a\"\\\n\u{1b}\u{202e}\u{9b}é");
    assert_eq!(out, "\"a\\\"\\\\\\n\\u001b\\u202e\\u009bé\"");
}
