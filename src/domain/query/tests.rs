//! What each line of the grammar means, what is told of bad ones, and what holds for every line.

mod matching;

use super::values::{priority_word, status_word, status_words};
use super::*;
use crate::domain::{priority::Priority, status::Status};
use proptest::prelude::*;

fn clean(line: &str) -> String {
    let parsed = parse(line);
    assert_eq!(parsed.problems, [], "{line}");
    parsed.query.to_text()
}

/// Each problem of a line as the marked text and the offer.
fn problems(line: &str) -> Vec<(String, Option<String>)> {
    let parsed = parse(line);
    parsed
        .problems
        .into_iter()
        .map(|problem| {
            assert!(problem.sentence.ends_with(['.', '?']), "{}", problem.sentence);
            (line.get(problem.at).unwrap().to_owned(), problem.did_you_mean)
        })
        .collect()
}

#[test]
fn every_example_of_help_reads_as_itself() {
    for help in FIELDS {
        for example in help.examples {
            let text = clean(example);
            assert!(parse(&text).query == parse(example).query, "{example} became {text}");
            assert!(example.contains(':') && !text.is_empty(), "{example}");
        }
        assert_eq!(Name::parse(help.name), Some(help.field));
        for alias in help.aliases {
            assert_eq!(Name::parse(alias), Some(help.field));
        }
    }
}

#[test]
fn every_line_of_the_grammar_reads_and_prints() {
    for (line, canonical) in [
        ("", ""),
        ("status:open prio:>=urgent", "status:open prio:>=urgent"),
        ("st:requested,accepted -status:on-hold", "status:requested,accepted -status:on-hold"),
        ("STATUS:Open st:REQ,inp", "status:open status:requested,in-progress"),
        ("status:closed,todo,doing,waiting,any", "status:closed,todo,doing,waiting,any"),
        (
            "status:Awaiting-Fax status:\"open\" status:=requsted",
            "status:Awaiting-Fax status:\"open\" status:\"requsted\"",
        ),
        ("p:STAT p:none,any p:P1 p:=urgnt", "prio:stat prio:none,any prio:P1 prio:\"urgnt\""),
        (
            "prio:<asap prio:>routine prio:<=urg prio:urgent..stat",
            "prio:<asap prio:>routine prio:<=urgent prio:urgent..stat",
        ),
        ("prio:..asap prio:urgent..", "prio:..asap prio:urgent.."),
        (
            "o:me,none req:any pt:okafor enc:none focus:=x",
            "owner:me,none req:any patient:okafor enc:none focus:=x",
        ),
        (
            "pt:=pt_abc123 pt:\"Okafor Ada\" owner:\"me\" owner:~me",
            "patient:=pt_abc123 patient:\"Okafor Ada\" owner:\"me\" owner:\"me\"",
        ),
        ("pt:/ok.*r/,=a", "patient:/ok.*r/,=a"),
        ("due:overdue due:none due:any due:now", "due:overdue due:none due:any due:now"),
        ("due:<4h due:..17:00 due:17:00..", "due:<4h due:..17:00 due:17:00.."),
        ("due:2026-11-21..2026-11-23 due:2026-11", "due:2026-11-21..2026-11-23 due:2026-11"),
        (
            "due:\"2026-11-21 17:00\" due:2026-11-21T17:00:00Z",
            "due:\"2026-11-21 17:00\" due:2026-11-21T17:00:00Z",
        ),
        (
            "due:today,tomorrow,yesterday due:<=Friday due:5pm",
            "due:today,tomorrow,yesterday due:<=fri due:17:00",
        ),
        ("due:<-1h due:-1h..+1h", "due:<-1h due:-1h..1h"),
        (
            "age:>30m age:>2h age:1h30m age:>3d age:<2w age:6mo age:1y",
            "age:>30m age:>2h age:1h30m age:>3d age:<2w age:6mo age:1y",
        ),
        ("stage:>2h updated:2h done:today start:<2h", "stage:>2h updated:2h done:today start:<2h"),
        ("s:dental list:\"Front desk\" code:lab biz:fax", "sys:dental list:\"Front desk\" code:lab biz:fax"),
        ("why:/a|b c/ note:none id:clinic/8f0c id:=a,b", "why:/a|b c/ note:none id:clinic/8f0c id:=a,b"),
        ("intent:order intent:ord intent:~order code:=X", "intent:order intent:ord intent:~order code:=X"),
        (
            "is:new,mine,unowned,overdue,snoozed,waiting,flagged,acked,stale,unsent,conflict,draft,repeat,readonly",
            "is:new,mine,unowned,overdue,snoozed,waiting,flagged,acked,stale,unsent,conflict,draft,repeat,readonly",
        ),
        ("has:note,due,patient,owner,input,output no:due", "has:note,due,patient,owner,input,output no:due"),
        ("sort:prio,due group:patient limit:20", "sort:prio,due group:patient limit:20"),
        ("sort:-age sort:due- sort:due+ limit:3 limit:5", "sort:-age,-due,due limit:5"),
        ("a b|c OR d", "a b OR c OR d"),
        ("a AND (b | c) d", "a (b OR c) d"),
        ("((a)) (b c) (d OR (e OR f))", "a b c (d OR e OR f)"),
        ("-a NOT b -(c d) NOT (e OR f) --g NOT -h", "-a -b -(c d) -(e OR f) g h"),
        ("a OR b sort:due", "a OR b sort:due"),
        ("critical k+ 10:30 and or 5'10\" and/or", "critical k+ \"10:30\" and or \"5'10\\\"\" and/or"),
        ("\"chest pain\" /trop.*/ \"-x\" \"OR\" \"a:b\"", "\"chest pain\" /trop.*/ \"-x\" \"OR\" \"a:b\""),
    ] {
        assert_eq!(clean(line), canonical, "{line}");
        assert_eq!(clean(canonical), canonical, "{line}");
        assert_eq!(parse(line).rewritten, None, "{line}");
    }
}

/// A line, the part of it that works, and each problem as the marked text and the offer.
type BadLine = (&'static str, &'static str, &'static [(&'static str, Option<&'static str>)]);

#[test]
fn a_bad_token_is_located_left_out_and_a_better_one_offered() {
    let table: &[BadLine] = &[
        ("stauts:open prio:stat", "prio:stat", &[("stauts", Some("status"))]),
        ("status:opne,requested x", "status:requested x", &[("opne", Some("open"))]),
        ("requester:me", "", &[("requester", Some("req"))]),
        ("status:req a", "status:requested a", &[]),
        ("status:compl a", "a", &[("compl", Some("completed"))]),
        ("status:>open", "", &[("open", None)]),
        ("status: a", "a", &[("status:", None)]),
        ("status:open, a", "status:open a", &[("", None)]),
        ("prio:>=urgnet", "", &[("urgnet", Some("urgent"))]),
        ("prio:>=P1", "", &[("P1", None)]),
        ("prio:st", "", &[("st", Some("stat"))]),
        ("prio:stat..x", "", &[("x", None)]),
        ("prio:..", "", &[("..", None)]),
        ("owner:<me", "", &[("me", None)]),
        ("owner:> a", "a", &[(">", None)]),
        ("due:<4", "", &[("4", Some("4h"))]),
        ("due:..1700", "", &[("1700", Some("17:00"))]),
        ("due:tomorow", "", &[("tomorow", Some("tomorrow"))]),
        ("due:25:00", "", &[("25:00", None)]),
        ("due:2026-02-30", "", &[("2026-02-30", None)]),
        ("due:~4h", "", &[("4h", None)]),
        ("due:..", "", &[("..", None)]),
        ("due:<none", "", &[("none", None)]),
        ("age:>-2h", "", &[("-2h", Some("2h"))]),
        ("age:overdue", "", &[("overdue", Some("now"))]),
        ("is:overdeu", "", &[("overdeu", Some("overdue"))]),
        ("has:notes no:xyz", "", &[("notes", Some("note")), ("xyz", None)]),
        ("sort:piro,due", "sort:due", &[("piro", Some("prio"))]),
        ("group:colour", "", &[("colour", None)]),
        ("limit:0 limit:many", "", &[("0", None), ("many", None)]),
        ("a -sort:due", "a", &[("sort:due", None)]),
        ("-(a limit:3)", "-a limit:3", &[("(a limit:3)", None)]),
        ("(a b", "a b", &[("(", None)]),
        ("a) b", "a b", &[(")", None)]),
        ("() a", "a", &[("()", None)]),
        ("a OR", "a", &[("OR", None)]),
        ("| a", "a", &[("|", None)]),
        ("a OR | b", "a OR b", &[("|", None)]),
        ("a - b NOT", "a b", &[("-", None), ("NOT", None)]),
        ("list:\"Front de", "list:\"Front de\"", &[("\"", None)]),
        ("\"two words", "\"two words\"", &[("\"", None)]),
        ("\"\" a", "a", &[("\"\"", None)]),
        ("\u{200b} a", "a", &[("\u{200b}", None)]),
        ("note:/*a/ a", "a", &[("/*a/", None)]),
        ("é stauts:x", "é", &[("stauts", Some("status"))]),
    ];
    for (line, good, wanted) in table {
        let wanted: Vec<_> =
            wanted.iter().map(|(at, meant)| ((*at).to_owned(), meant.map(str::to_owned))).collect();
        assert_eq!(problems(line), wanted, "{line}");
        assert_eq!(parse(line).query.to_text(), *good, "{line}");
    }
}

#[test]
fn problems_know_their_bytes() {
    let parsed = parse("é status:opne");
    assert_eq!(parsed.problems.first().map(|problem| problem.at.clone()), Some(10..14));
}

#[test]
fn deep_nesting_is_told_and_never_exhausts_the_stack() {
    let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    let parsed = parse(&deep);
    assert_eq!(parsed.query.to_text(), "a");
    assert!(!parsed.problems.is_empty());
    assert_eq!(parse(&format!("{}a", "-".repeat(100_001))).query.to_text(), "-a");
    let alternating = format!("{}a b{}", "-(x (".repeat(16), "))".repeat(16));
    assert_eq!(parse(&alternating).problems, []);
}

#[test]
fn taskwarrior_words_are_taken_and_shown_in_ours() {
    for (line, ours) in [
        ("due.before:tomorrow", "due:<tomorrow"),
        ("due.after:2d due.by:fri", "due:>2d due:<=fri"),
        ("+OVERDUE -PENDING", "due:overdue -status:open"),
        ("+urgentcare", "urgentcare"),
        ("priority:H priority:M priority:l,H", "prio:>=asap prio:urgent prio:routine,>=asap"),
        ("priority: priority:stat priority.above:M", "prio:none prio:stat prio:>urgent"),
        ("project:\"Front desk\" project:", "list:\"Front desk\" list:none"),
        ("project.not:lab", "-list:lab"),
        ("status:pending status:deleted,completed", "status:open status:cancelled,completed"),
        ("entry.before:2026-11-21 modified.after:today", "age:<2026-11-21 updated:>today"),
        ("end:today scheduled.none: limit:10", "done:today start:none limit:10"),
        ("description.contains:potassium desc:\"a b\"", "potassium \"a b\""),
    ] {
        let parsed = parse(line);
        assert_eq!(parsed.problems, [], "{line}");
        assert_eq!(parsed.rewritten.as_deref(), Some(ours), "{line}");
        assert_eq!(clean(ours), ours);
    }
    assert_eq!(problems("a priority:urgnet"), [("priority:urgnet".to_owned(), None)]);
    assert_eq!(problems("due.befor:4h"), [("due.befor".to_owned(), Some("due".to_owned()))]);
    assert_eq!(clean("-\"OVERDUE\" \"+x\""), "-\"OVERDUE\" \"+x\"");
}

#[test]
fn the_words_of_status_and_priority_are_all_there() {
    for status in Status::KNOWN {
        assert!(status_words().any(|word| word == status.as_str()), "{status:?}");
        assert_eq!(status_word(status.as_str()), Ok(StatusTest::Is(status)));
    }
    for priority in Priority::KNOWN {
        assert_eq!(priority_word(priority.as_str()), Ok(PriorityTest::Is(priority)));
    }
}

/// Lines that look like the language, so that more than the first token is reached.
fn lines() -> impl Strategy<Value = String> {
    let heads = FIELDS.iter().map(|help| format!("{}:", help.name)).collect::<Vec<_>>();
    let head = prop_oneof![
        6 => proptest::sample::select(heads),
        1 => Just(String::new()),
        1 => "[a-z]{1,6}(\\.[a-z]{1,6})?:",
    ];
    let scalar = prop_oneof![
        "[a-zA-Z0-9é+-]{0,8}",
        "\"[^\"]{0,6}\"",
        "/[a-z (,|\\\\]{1,5}/",
        "[0-9]{1,3}(m|h|d|w|mo|y|s)",
        "[0-9]{1,2}:[0-9]{2}",
        "2026-1[0-9]-[0-3][0-9]",
        "(me|none|any|now|today|tomorrow|overdue|stat|urgent|open|new|due|prio|order)",
        ".{0,5}",
    ];
    let value =
        ("(|<|<=|>|>=|=|~|-)", scalar.clone(), "(||\\.\\.)", scalar).prop_map(|(sign, low, dots, high)| {
            if dots.is_empty() { format!("{sign}{low}") } else { format!("{sign}{low}{dots}{high}") }
        });
    let term =
        (head, proptest::collection::vec(value, 1..4)).prop_map(|(head, values)| head + &values.join(","));
    let piece = prop_oneof![
        8 => term,
        3 => "(\\(|\\)|\\||-|OR|NOT|AND|\\+)",
        1 => "\\PC{0,6}",
    ];
    (proptest::collection::vec(piece, 0..8), "( |)")
        .prop_map(|(pieces, space)| pieces.join(if space.is_empty() { " " } else { &space }))
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_its_print_is_stable(line in any::<String>()) {
        check(&line)?;
    }

    #[test]
    fn any_likely_line_is_read_without_panic_and_its_print_is_stable(line in lines()) {
        check(&line)?;
    }
}

fn check(line: &str) -> Result<(), TestCaseError> {
    let parsed = parse(line);
    for problem in &parsed.problems {
        prop_assert!(line.get(problem.at.clone()).is_some(), "{:?} in {:?}", problem, line);
    }
    let printed = parsed.query.to_text();
    let again = parse(&printed);
    prop_assert_eq!(&again.query, &parsed.query, "{:?} printed {:?}", line, printed);
    prop_assert_eq!(&again.problems, &[], "{:?} printed {:?}", line, printed);
    prop_assert_eq!(again.rewritten, None);
    Ok(())
}
