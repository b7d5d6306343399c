//! What arrives, the same keys in reader and schema, and views written back without loss.

use super::*;
use proptest::prelude::*;

fn lines(problems: &[ConfigProblem]) -> String {
    problems.iter().map(ConfigProblem::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_setting_arrives() {
    let (config, _) = parse(include_str!("../../tests/config/valid/everything.toml"));
    let clinic = Source {
        name: "clinic".to_owned(),
        kind: "clinikapi",
        url: "https://api.clinikapi.com".to_owned(),
        credential: Credential::Key(SecretPlace::Command(
            ["pass", "show", "clinikapi"].map(str::to_owned).to_vec(),
        )),
        me: Some("prac_def456".to_owned()),
        read_only: false,
        poll_s: 60,
        tag: "CK".to_owned(),
        ca_file: Some("/etc/ssl/clinic-ca.pem".to_owned()),
        ..Source::default()
    };
    let ward = Source {
        name: "ward".to_owned(),
        url: "http://127.0.0.1:30222".to_owned(),
        credential: Credential::Key(SecretPlace::Environment("CLINIKAPI_SECRET_KEY".to_owned())),
        me: None,
        read_only: true,
        poll_s: 90,
        tag: "WA".to_owned(),
        ca_file: None,
        allow_plain_http: true,
        allow_delete: true,
        ..clinic.clone()
    };
    assert_eq!(config.profile(None), Ok(vec![&clinic, &ward]));
    assert_eq!(config.profile(Some("night")), Ok(vec![&ward]));
    let expected = "There is no profile \"nihgt\" in the configuration; did you mean night?";
    assert_eq!(config.profile(Some("nihgt")), Err(expected.to_owned()));

    let views: Vec<_> = config.views.iter().map(|view| (&*view.name, view.key)).collect();
    let expected = [
        ("Triage", Some(1)),
        ("Unowned", Some(3)),
        ("Due", Some(4)),
        ("Waiting", Some(5)),
        ("Requested by me", Some(6)),
        ("Done today", Some(7)),
        ("night", Some(8)),
        ("mine", None),
    ];
    assert_eq!(views, expected, "mine replaces the shipped one and has no key");
    assert_eq!(config.views.iter().find(|view| view.name == "night").map(|view| view.columns.len()), Some(5));

    let keys: Vec<_> = config.keys.iter().map(|line| (&*line.context, &*line.keys, &*line.action)).collect();
    let expected =
        [("list", "x", "task.cancel"), ("list", "g x", "none"), ("input", "ctrl-w", "edit.kill-word")];
    assert_eq!(keys, expected);
    assert_eq!(config.keys.first().map(|line| (line.line, line.column)), Some((35, 1)));
    assert_eq!(config.ui.selection, Some(Selection::Key));
    assert_eq!((&*config.ui.preset, config.ui.mouse, config.ui.columns.len()), ("vim", false, 4));
    assert_eq!(config.notify.bell.as_deref(), Some("prio:stat is:new"));
    let words = ["pass", "show", "rounds-store"].map(str::to_owned).to_vec();
    assert_eq!(config.store_key, StoreKeyPlace::Command(words));
}

#[test]
fn an_unclear_key_of_the_store_is_not_taken_for_none() {
    for text in ["store_key_cmd = \"pass\"", "store_key_cmd = []", "store_key_cmd = [\"pass\", 3]"] {
        let (config, problems) = parse(text);
        assert_eq!((config.store_key, problems.len()), (StoreKeyPlace::Unclear, 1), "{text}");
    }
}

#[test]
fn every_kind_of_source_arrives() {
    let (config, problems) = parse(include_str!("../../tests/config/valid/kinds.toml"));
    assert_eq!(lines(&problems), "");
    let named = |name: &str| config.sources.iter().find(|source| source.name == name).unwrap().clone();
    let variable = |name: &str| SecretPlace::Environment(name.to_owned());

    let dental = named("dental");
    assert_eq!(
        (dental.kind, &*dental.url, dental.user),
        ("opendental", "http://localhost:30222/api/v1", Some(12))
    );
    let keys = Credential::Pair {
        developer: variable("OD_DEVELOPER_KEY"),
        customer: SecretPlace::File("~/.od-customer".to_owned()),
    };
    assert_eq!(dental.credential, keys);
    let priorities: Vec<_> =
        dental.priorities.iter().map(|(word, names)| (word.as_str(), names.join(" "))).collect();
    assert_eq!(priorities, [("urgent", "260".to_owned()), ("stat", "358 Urgent".to_owned())]);
    assert_eq!(dental.history, Span::new().months(18).fieldwise());
    assert_eq!(
        dental.zone.and_then(|zone| zone.iana_name().map(str::to_owned)),
        Some("America/Chicago".to_owned())
    );
    assert_eq!(named("usual").history, Span::new().years(5).fieldwise());

    let ward = named("ward");
    let login =
        Credential::Login { name: "nurse@example.org".to_owned(), password: variable("EHR_PASSWORD") };
    assert_eq!((&ward.credential, &*ward.url), (&login, "http://127.0.0.1:4000/api"));

    assert_eq!(named("elsewhere").url, ward.url, "the sign-in lies beside the FHIR paths");

    let hospital = named("hospital");
    assert_eq!(hospital.credential, Credential::Key(SecretPlace::Command(vec!["hospital-token".to_owned()])));
    assert_eq!((hospital.badge, hospital.due_from), (Some(Badge::Live), Some(DueFrom::ExecutionPeriod)));
    assert_eq!(hospital.client_cert_file.as_deref(), Some("me.pem"));
    assert_eq!(hospital.client_key_file.as_deref(), Some("me.key"));
    assert_eq!(named("open").credential, Credential::Nothing);

    let export = named("export");
    assert_eq!(
        (export.files, export.read_only),
        (vec!["Task.ndjson".to_owned(), "Patient.ndjson".to_owned()], true)
    );
}

#[test]
fn what_is_good_holds_beside_what_is_not() {
    let text = "[source.clinic]\nkind = \"clinikapi\"\nkey_env = \"A\"\npoll = 3\n[ui]\ntheme = \"dark\"\nmous = 1\n";
    let (config, problems) = parse(text);
    assert_eq!(problems.len(), 2);
    assert_eq!(config.sources.first().map(|source| source.poll_s), Some(60));
    assert_eq!(config.ui.theme, "dark");
    assert_eq!(config.profile(None).map(|sources| sources.len()), Ok(1));
    let (config, _) =
        parse("[source.clinic]\nkind = \"clinikapi\"\nkey_env = \"A\"\naccess = \"readonly\"\n");
    assert!(config.sources.iter().all(|source| source.read_only), "an unclear word gives no right");
}

#[test]
fn no_problem_repeats_a_secret() {
    let (config, problems) = parse(include_str!("../../tests/config/invalid/secrets.toml"));
    assert!(!lines(&problems).contains("synthetic"));
    assert!(!format!("{config:?}").contains("synthetic"));
}

#[test]
fn an_empty_text_is_the_default() {
    assert_eq!(parse(""), (Config::default(), Vec::new()));
    assert_eq!(Config::default().views.len(), 7);
    for view in Config::default().views {
        assert_eq!(crate::domain::query::parse(&view.query).problems, [], "{}", view.name);
    }
}

#[test]
fn the_template_is_good_as_it_stands_and_with_everything_switched_on() {
    assert_eq!(parse(template()), (Config::default(), Vec::new()));
    let switched_on: Vec<&str> = template()
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .collect();
    let (config, problems) = parse(&switched_on.join("\n"));
    assert_eq!(lines(&problems), "");
    assert_eq!((config.sources.len(), config.profiles.len(), config.keys.len()), (5, 1, 1));
    let source_keys: Vec<&str> = source::KEYS.iter().map(|(name, _)| *name).collect();
    for key in source_keys.iter().chain(&views::KEYS).chain(&read::UI_KEYS).chain(&read::NOTIFY_KEYS) {
        assert!(template().contains(key), "the template does not mention {key}");
    }
}

#[test]
fn the_schema_and_the_reader_know_the_same_names() {
    let schema = schema();
    let names = |pointer: &str| -> Vec<String> {
        let found = schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer} in {schema:#}"));
        let mut names: Vec<String> = match found {
            serde_json::Value::Object(map) => map.keys().cloned().collect(),
            list => list
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
        };
        names.sort();
        names
    };
    let check = |pointer: &str, known: &[&str]| {
        let mut known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        known.sort();
        assert_eq!(names(pointer), known, "{pointer}");
    };
    let top: Vec<&str> = read::TABLES.into_iter().chain([read::STORE_KEY]).collect();
    check("/properties", &top);
    check("/$defs/ProfileTable/properties", &read::PROFILE_KEYS);
    let source_keys = source::KEYS.map(|(name, _)| name);
    check("/$defs/SourceTable/properties", &source_keys);
    check("/$defs/PriorityTable/properties", &source::PRIORITIES);
    check("/$defs/ViewTable/properties", &views::KEYS);
    check("/$defs/UiTable/properties", &read::UI_KEYS);
    check("/$defs/NotifyTable/properties", &read::NOTIFY_KEYS);
    check("/$defs/Column/enum", &COLUMNS);
    let text = schema.to_string();
    for list in
        [&source::KINDS[..], &source::ACCESS, &source::BADGES, &source::DUE_FROM, &read::SELECTIONS, &PRESETS]
    {
        for name in list {
            assert!(text.contains(&format!("\"{name}\"")), "{name}");
        }
    }
    assert_eq!(text.matches("\"additionalProperties\":false").count(), 7);
}

#[test]
fn a_saved_view_keeps_every_comment() {
    let before = "# mine\n[ui] # looks\ntheme = \"dark\" # night\n\n# the night\n[view.night]\n# often\nkey = \"8\" # eight\nquery = \"status:open\" # all\n";
    let after = save_view(before, "night", Some(9), "status:open prio:stat").expect("a text");
    let expected = before
        .replace("key = \"8\"", "key = \"9\"")
        .replace("query = \"status:open\"", "query = \"status:open prio:stat\"");
    assert_eq!(after, expected);

    let added = save_view(before, "stat", Some(9), "prio:stat note:\"call \\\"now\\\"\"").expect("a text");
    assert!(added.starts_with(before), "{added}");
    let (config, problems) = parse(&added);
    assert_eq!(problems, []);
    let view = config.views.iter().find(|view| view.name == "stat").expect("the view");
    assert_eq!((view.key, &*view.query), (Some(9), "prio:stat note:\"call \\\"now\\\"\""));

    let first = save_view("", "stat", None, "prio:stat").expect("a text");
    assert_eq!(first, "[view.stat]\nquery = \"prio:stat\"\n");
}

#[test]
fn a_view_that_cannot_be_saved_is_told_and_writes_nothing() {
    let text = "[view.night]\nkey = \"8\"\nquery = \"status:open\"\n";
    for (text, name, key, query, sentence) in [
        (text, "day", Some(8), "status:open", "Key 8 is that of view \"night\" already; choose another."),
        (text, "a b", Some(9), "status:open", "A view's name is made of letters"),
        (text, "day", Some(0), "status:open", "A view sits on a key from 1 to 9"),
        (text, "day", Some(9), "stauts:open", ""),
        ("view = 3", "day", Some(9), "status:open", "view must be a table"),
        ("[view", "day", Some(9), "status:open", "The configuration file is broken"),
    ] {
        let told = save_view(text, name, key, query).expect_err(name);
        assert!(told.starts_with(sentence), "{told}");
    }
}

#[test]
fn two_sources_that_look_alike_in_one_list_are_told_where_the_tag_is() {
    let source =
        |name: &str, tag: &str| format!("[source.{name}]\nkind = \"clinikapi\"\nkey_env = \"KEY\"\n{tag}\n");
    let both = source("clinic", "tag = \"CK\"") + &source("ward", "tag = \"ck\"");
    let told = lines(&parse(&both).1);
    assert!(told.starts_with("line 8, column 1: source.ward has the tag ck, as clinic has"), "{told}");
    let usual = source("clinic", "") + &source("clinton", "");
    assert!(lines(&parse(&usual).1).starts_with("line 5, column 9: "), "its own first letters");
    let apart =
        format!("{both}[profile.day]\nsources = [\"clinic\"]\n[profile.night]\nsources = [\"ward\"]\n");
    assert_eq!(parse(&apart).1, [], "they never stand in one list");
    let together = format!("{both}[profile.day]\nsources = [\"ward\", \"clinic\"]\n");
    assert!(
        lines(&parse(&together).1).starts_with("line 4, column 1: source.clinic"),
        "told of the later one"
    );
}

/// Text that is near enough to a configuration to get past the first check.
fn near_config() -> impl Strategy<Value = String> {
    let whole = include_str!("../../tests/config/valid/everything.toml");
    let of_file = prop::sample::select(whole.lines().map(str::to_owned).collect::<Vec<_>>());
    let odd = prop::sample::select(vec![
        "[source.a]",
        "kind = \"fhir\"",
        "[[view]]",
        "key = 9",
        "query = \"(((\"",
        "=",
    ]);
    let line = prop_oneof![6 => of_file, 1 => odd.prop_map(str::to_owned), 1 => "[ -~é\u{202E}]{0,20}"];
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_stops_the_reader_and_every_problem_has_its_place(text in near_config(), junk in ".{0,60}") {
        for text in [&text, &junk] {
            let (config, problems) = parse(text);
            let most = text.lines().count().max(1) + 1;
            for problem in problems {
                prop_assert!((1..=most).contains(&problem.line) && problem.column > 0, "{}", problem);
            }
            for profile in &config.profiles {
                prop_assert!(profile.sources.iter().all(|name| config.source(name).is_some()));
            }
        }
    }
}
