use super::super::range::contains;
use super::*;

const ENGINE: Version = (26, 10, 0);

/// Every version has a name and a tarball.
fn read(text: &str) -> Option<List> {
    let text = text.replace(r#"{"version":"#, r#"{"name":"a","dist":{"tarball":"t"},"version":"#);
    List::read(text.into_bytes(), "a")
}

fn list(text: &str) -> List {
    read(text).expect("a list")
}

fn versions(list: &List, choice: Option<Choice>) -> Option<(Vec<&str>, Option<&str>)> {
    let choice = choice?;
    let candidates = choice.candidates.iter().map(|index| list.version(*index)).collect();
    Some((candidates, choice.likely.map(|index| list.version(index))))
}

fn fits(range: &str) -> Option<bool> {
    contains(range, ENGINE)
}

const PLAIN: &str = r#"{"name":"a","dist-tags":{"latest":"1.2.0","next":"2.0.0-rc.1"},"modified":"2020-01-01T00:00:00.000Z","versions":{
    "1.0.0":{"version":"1.0.0"},
    "1.2.0":{"version":"1.2.0"},
    "1.3.0":{"version":"1.3.0","deprecated":"no"},
    "1.4.0":{"version":"1.4.0","engines":{"node":">=99"}},
    "2.0.0-rc.1":{"version":"2.0.0-rc.1"}}}"#;

#[test]
fn npm_s_choice_is_among_the_candidates() {
    let list = list(PLAIN);
    let among = |wanted: &str| versions(&list, list.choose(wanted, None, &fits));
    assert_eq!(among("^1.0.0"), Some((vec!["1.0.0", "1.2.0", "1.3.0", "1.4.0"], Some("1.2.0"))));
    assert_eq!(among("next"), Some((vec!["1.0.0", "1.2.0", "2.0.0-rc.1"], Some("2.0.0-rc.1"))));
    assert_eq!(among("1.3.0"), Some((vec!["1.0.0", "1.2.0", "1.3.0"], Some("1.3.0"))));
    assert_eq!(among("^3"), Some((vec!["1.0.0", "1.2.0"], None)));
    assert_eq!(among("^2.0.0-rc.0"), Some((vec!["1.0.0", "1.2.0", "2.0.0-rc.1"], None)));
    assert_eq!(among("^1.0.0 || ^2.0.0-0").map(|(all, _)| all.contains(&"2.0.0-rc.1")), Some(true));
    assert_eq!(among("^1.0.0-rc.1"), among("^1.0.0"));
    assert_eq!(among("^2.0-rc"), None);
}

#[test]
fn versions_that_are_too_young_are_not_likely_and_still_there_to_be_told_of() {
    let text = r#"{"name":"a","dist-tags":{"latest":"1.2.0"},"time":{"modified":"2026-11-30T00:00:00.000Z","0.9.0":"2020-01-01T00:00:00.000Z",
        "1.0.0":"2020-01-01T00:00:00.000Z","1.1.0":"2020-01-01T00:00:00.000Z","1.2.0":"2026-11-30T00:00:00.000Z"},
        "versions":{"0.9.0":{"version":"0.9.0"},"1.0.0":{"version":"1.0.0"},"1.1.0":{"version":"1.1.0"},"1.2.0":{"version":"1.2.0"}}}"#;
    let list = list(text);
    let limit = time::parse("2026-11-29T12:00:00Z").expect("a time");
    assert!(!list.is_older_than(limit));
    let choice = list.choose("^1.0.0", Some(limit), &fits).expect("foreseen");
    let cut = String::from_utf8(list.cut(&choice.candidates)).expect("text");
    assert_eq!(versions(&list, Some(choice)), Some((vec!["0.9.0", "1.1.0", "1.2.0"], Some("1.1.0"))));
    let value: Value = serde_json::from_str(&cut).expect("JSON");
    assert_eq!(value["time"]["1.1.0"], "2020-01-01T00:00:00.000Z");
    assert!(value["time"].get("1.0.0").is_none() && value["versions"].get("1.0.0").is_none(), "{cut}");
}

#[test]
fn an_unusual_list_is_the_resolver_s() {
    for text in [
        "",
        r#"{"name":"b","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"version":"1.0.0"}}}"#,
        r#"{"name":"a","dist-tags":{},"versions":{"1.0.0":{"version":"1.0.0"}}}"#,
        r#"{"name":"a","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0+x":{"version":"1.0.0+x"}}}"#,
        r#"{"name":"a","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{},"1.0.0":{}}}"#,
        r#"{"name":"a","dist-tags":{"latest":"1.0.0"},"time":{"1.0.0":"yesterday"},"versions":{"1.0.0":{}}}"#,
        r#"{"name":"a","dist-tags":{"latest":"1.0.0"},"time":{"1.0.0":"2020-01-01T00:00:00Z"},"versions":{"1.0.0":{},"1.1.0":{}}}"#,
    ] {
        assert!(read(text).is_none(), "{text}");
    }
    let odd = list(r#"{"name":"a","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"version":"9.9.9"}}}"#);
    assert_eq!(odd.choose("^1.0.0", None, &fits), None);
    let engines = list(
        r#"{"name":"a","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"version":"1.0.0","engines":{"node":">=18-rc"}}}}"#,
    );
    assert_eq!(engines.choose("^1.0.0", None, &fits), None);
}

#[test]
fn a_version_that_the_resolver_passes_over_ends_no_search() {
    for broken in [
        r#""name":"b","dist":{"tarball":"t"}"#,
        r#""name":"a","dist":{}"#,
        r#""name":"a""#,
        r#""name":"a","dist":{"tarball":"t"},"dependencies":{"x":1}"#,
        r#""name":"a","dist":{"tarball":"t"},"peerDependencies":[]"#,
    ] {
        let text = r#"{"name":"a","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"version":"1.0.0"},"1.1.0":{"version":"1.1.0"},"1.2.0":{"#;
        let list = list(&format!(r#"{text}{broken},"version":"1.2.0"}}}}}}"#));
        assert_eq!(list.choose(">1.0.0", None, &fits), None, "{broken}");
    }
}

#[test]
fn a_tag_that_is_a_range_is_a_range() {
    let tagged = r#""dist-tags":{"latest":"3.0.0","1":"1.0.0","v2":"1.0.0"}"#;
    let list = list(&format!(
        r#"{{"name":"a",{tagged},"versions":{{"1.0.0":{{"version":"1.0.0"}},"1.1.0":{{"version":"1.1.0"}},"3.0.0":{{"version":"3.0.0"}}}}}}"#
    ));
    assert_eq!(versions(&list, list.choose("1", None, &fits)).and_then(|(_, likely)| likely), Some("1.1.0"));
    assert_eq!(list.choose("v2", None, &fits), None);
}
