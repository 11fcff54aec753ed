use super::*;
use crate::denial::Origin;
use crate::policy::Permission;
use std::io::{Read, Seek, SeekFrom, Write};

fn temporary_file() -> File {
    let name =
        std::env::temp_dir().join(format!("cordon-report-{}-{:?}", std::process::id(), std::thread::current().id()));
    let file = File::options().read(true).append(true).create_new(true).open(&name).unwrap();
    std::fs::remove_file(name).unwrap();
    file
}

fn started() -> (Reports, File) {
    let file = temporary_file();
    let places = Places { quiet: true, json: Some(file.try_clone().unwrap()), ..Places::default() };
    (Reports::new(places), file)
}

fn written(reports: &Reports, file: &mut File) -> Vec<String> {
    reports.flush(Duration::from_secs(5));
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_denial_is_told_once_for_each_permission_and_resource() {
    let (reports, mut file) = started();
    for _ in 0..1000 {
        reports.tell(Denial::by_broker(Permission::Read, "/a"));
        reports.tell(Denial::by_broker(Permission::Write, "/a"));
        reports.tell(Denial::by_runtime(Permission::Read, "/a"));
    }
    assert_eq!(
        written(&reports, &mut file),
        [
            r#"{"trusted":true,"permission":"read","resource":"/a"}"#,
            r#"{"trusted":true,"permission":"write","resource":"/a"}"#
        ]
    );
}

#[test]
fn made_up_names_do_not_grow_the_report_without_end() {
    let (reports, mut file) = started();
    for number in 0..30_000 {
        reports.tell(Denial::by_broker(Permission::Net, format!("host-{number}:80")));
        if number % 500 == 0 {
            reports.flush(Duration::from_secs(5));
        }
    }
    let lines = written(&reports, &mut file);
    assert_eq!(lines.len(), 10_001);
    assert_eq!(lines.last().unwrap(), r#"{"trusted":true,"more":true}"#);
}

#[test]
fn the_runtime_cannot_use_up_the_brokers_room() {
    let mut seen = Seen::default();
    for number in 0..20_000 {
        seen.add(&Denial::by_runtime(Permission::Read, format!("/{number}")));
    }
    assert_eq!(seen.add(&Denial::by_broker(Permission::Read, "/secret")), News::New);
}

#[test]
fn what_the_runtime_says_is_marked() {
    let (reports, mut file) = started();
    let (reader, mut writer) = pipe();
    let reading = reports.listen_to_runtime(reader).unwrap();
    writeln!(writer, r#"{{"permission":"read","resource":"/b"}}"#).unwrap();
    writeln!(writer, r#"{{"trusted":true,"permission":"read","resource":"/c"}}"#).unwrap();
    drop(writer);
    reading.finish(Duration::from_secs(5));
    let lines = written(&reports, &mut file);
    assert_eq!(
        lines,
        [
            r#"{"trusted":false,"permission":"read","resource":"/b"}"#,
            r#"{"trusted":false,"permission":"read","resource":"/c"}"#
        ]
    );
}

fn pipe() -> (OwnedFd, File) {
    let (reader, writer) = std::io::pipe().unwrap();
    (reader.into(), File::from(OwnedFd::from(writer)))
}

fn told_by_the_runtime(resource: &str, package: &str, grant: Option<&str>) -> Denial {
    let origin = Origin { package: Some(package.into()), ..Origin::default() };
    Denial::by_runtime(Permission::Run, resource).explained(origin, grant.map(str::to_owned))
}

#[test]
fn what_the_runtime_knows_completes_what_the_broker_refused() {
    let (reports, mut file) = started();
    reports.tell(Denial::by_broker(Permission::Run, "a new process"));
    reports.tell(told_by_the_runtime("a new process", "left-pad", Some("git")));
    reports.tell(told_by_the_runtime("a new process", "left-pad", Some("git")));
    reports.tell(told_by_the_runtime("a new process", "right-pad", Some("curl")));
    assert_eq!(
        written(&reports, &mut file),
        [
            r#"{"trusted":true,"permission":"run","resource":"a new process","grant":"git","package":"left-pad"}"#,
            r#"{"trusted":false,"permission":"run","resource":"curl","grant":"curl","package":"right-pad"}"#
        ]
    );
}

#[test]
fn the_broker_does_not_wait_for_the_runtime_for_long() {
    let (reports, mut file) = started();
    reports.tell(Denial::by_broker(Permission::Net, "example.org"));
    std::thread::sleep(Duration::from_millis(400));
    reports.tell(told_by_the_runtime("x", "left-pad", None));
    let lines = written(&reports, &mut file);
    assert_eq!(lines[0], r#"{"trusted":true,"permission":"net","resource":"example.org"}"#);
    assert_eq!(lines.len(), 2);
}
