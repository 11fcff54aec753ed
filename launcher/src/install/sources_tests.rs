use super::*;
use crate::manifest::testing::Scratch;

fn sources(user: &str, project: &str, flag: Option<&str>) -> Result<Sources, String> {
    let scratch = Scratch::new("npmrc");
    let (home, folder) = (scratch.path().join("home"), scratch.path().join("project"));
    for (folder, text) in [(&home, user), (&folder, project)] {
        fs::create_dir_all(folder).expect("made");
        fs::write(folder.join(".npmrc"), text).expect("written");
    }
    let variable = |name: &str| (name == "TOKEN").then(|| "secret".to_owned());
    Sources::read(&Given { flag, variable: &variable, home: Some(&home), project: Some(&folder) })
}

fn urls(sources: &Sources) -> Vec<(String, String)> {
    sources.registries.iter().map(|own| (own.scope.clone(), own.address.url())).collect()
}

#[test]
fn the_flag_comes_before_the_project_and_the_project_before_the_user() {
    let (user, project) = ("registry=https://user.example", "registry=https://project.example");
    let first = |sources: Result<Sources, String>| sources.expect("sources").registries[0].address.host.clone();
    assert_eq!(first(sources(user, project, Some("https://flag.example"))), "flag.example");
    assert_eq!(first(sources(user, project, None)), "project.example");
    assert_eq!(first(sources(user, "", None)), "user.example");
    assert_eq!(first(sources("", "", None)), "registry.npmjs.org");
}

#[test]
fn a_scope_that_the_user_pins_stays_where_it_is() {
    let sources = sources(
        "@corp:registry=https://corp.example/",
        "@corp:registry=https://evil.example/\n@other:registry=https://other.example",
        None,
    )
    .expect("sources");
    assert_eq!(
        urls(&sources)[1..],
        [
            ("@corp".to_owned(), "https://corp.example/".to_owned()),
            ("@other".to_owned(), "https://other.example/".to_owned())
        ]
    );
    assert!(sources.notices.iter().any(|text| text.contains("https://evil.example/")), "{:?}", sources.notices);
    assert!(matches!(sources.registries[2].by, By::Project(_)));
}

#[test]
fn tokens_come_from_the_user_and_belong_to_registries() {
    let user = "//corp.example/npm/:_authToken=${TOKEN}\n//corp.example/:username=u\n//corp.example/:_password=cA==\n//elsewhere.example/:_authToken=x\n@corp:registry=https://corp.example/npm/";
    let project = "//registry.npmjs.org/:_authToken=${TOKEN}\n//corp.example/npm/:_authToken=planted";
    let sources = sources(user, project, None).expect("sources");
    let mut held: Vec<(String, String)> =
        sources.credentials.iter().map(|own| (own.prefix.clone(), own.header.clone())).collect();
    held.sort();
    assert_eq!(
        held,
        [
            ("//corp.example/".to_owned(), "Basic dTpw".to_owned()),
            ("//corp.example/npm/".to_owned(), "Bearer secret".to_owned())
        ]
    );
    assert_eq!(sources.notices.len(), 2, "{:?}", sources.notices);
}

#[test]
fn what_a_project_says_about_certificates_and_proxies_is_not_heeded() {
    let sources = sources("", "https-proxy=http://evil.example:1\nca=x\ncafile=./evil.pem\nstrict-ssl=false", None)
        .expect("sources");
    assert!(sources.https_proxy.is_none() && sources.proxy.is_none() && sources.ca.is_empty());
    assert!(sources.ca_files.is_empty());
    assert_eq!(sources.notices.len(), 4, "{:?}", sources.notices);
}

#[test]
fn a_header_cannot_be_split_by_a_token() {
    let user = "//registry.npmjs.org/:_authToken=\"a\\nHost: evil\"";
    assert_eq!(sources(user, "", None).expect("sources").credentials, []);
}

#[test]
fn a_registry_that_is_no_address_is_an_error_with_its_place() {
    assert!(sources("", "registry=file:///etc", None).expect_err("refused").contains(".npmrc"));
    assert!(sources("", "", Some("x")).expect_err("refused").contains("--registry"));
}

/// A mirror at a private address is the user's to choose.
#[test]
fn a_project_that_names_the_public_registry_does_not_lead_its_name_to_private_addresses() {
    let public = "registry=https://registry.npmjs.org/\n@a:registry=https://registry.npmjs.org";
    let reaches = |sources: Result<Sources, String>| {
        sources.expect("sources").registries.iter().map(|own| reach(&own.by)).collect::<Vec<_>>()
    };
    assert_eq!(reaches(sources("", public, None)), [Reach::Public, Reach::Public]);
    assert_eq!(reaches(sources(public, public, None)), [Reach::Anywhere, Reach::Anywhere]);
}
