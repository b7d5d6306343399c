//! Which synthetic tasks each filter lets through.

use crate::domain::{
    people::{Person, PersonKind, Reference},
    priority::Priority,
    query::{Local, Node, SourceNames, Surroundings, parse},
    status::Status,
    task::{Intent, Note, Parameter, ParameterValue, Period, Restriction, SourceId, Task, TaskKey},
    time::{DateTime, Timestamp},
};
use jiff::tz::{Offset, TimeZone};

/// A ward of synthetic tasks at 2026-11-21 12:00 in a zone two hours east of Greenwich; a Saturday.
struct Ward {
    now: Timestamp,
    zone: TimeZone,
    patient: Person,
    tasks: Vec<Task>,
}

impl Surroundings for Ward {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn me(&self, source: SourceId) -> Option<&str> {
        (source == SourceId(0)).then_some("prac_me")
    }

    fn person(&self, source: SourceId, kind: PersonKind, id: &str) -> Option<&Person> {
        let known = source == SourceId(0) && kind == PersonKind::Patient && *self.patient.id == *id;
        known.then_some(&self.patient)
    }

    fn source(&self, source: SourceId) -> SourceNames<'_> {
        match source.0 {
            0 => SourceNames { tag: "CK", name: "clinic" },
            _ => SourceNames { tag: "OD", name: "dental" },
        }
    }

    fn local(&self, key: &TaskKey) -> Local {
        match &*key.id {
            "a" => Local { new: true, flagged: true, draft: true, readonly: true, ..Local::default() },
            "b" => Local {
                snoozed: true,
                acked: true,
                stage_since: at("2026-11-21T09:00:00Z"),
                ..Local::default()
            },
            "c" => Local { stale: true, unsent: true, conflict: true, ..Local::default() },
            _ => Local::default(),
        }
    }
}

fn at(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

fn key(source: u16, id: &str) -> TaskKey {
    TaskKey { source: SourceId(source), id: id.into() }
}

fn ends(end: &str) -> Period {
    Period { start: None, end: Some(DateTime::parse(end)) }
}

fn ward() -> Ward {
    let time = |text: &str| Some(DateTime::parse(text));
    let overdue_stat = Task {
        key: key(0, "a"),
        status: Status::Requested,
        priority: Some(Priority::Stat),
        description: Some("Critical K+ 6.8: call Müller, repeat".into()),
        patient: Some(Reference::new("Patient/pt_1")),
        requester: Some(Reference::new("prac_me")),
        authored_on: time("2026-11-21T07:00:00Z"),
        last_modified: time("2026-11-21T09:30:00Z"),
        restriction: Restriction { period: ends("2026-11-21T09:00:00Z"), ..Restriction::default() },
        intent: Some(Intent::parse("order")),
        code: Some("lab".into()),
        ..Task::default()
    };
    let mine_today = Task {
        key: key(0, "b"),
        status: Status::InProgress,
        priority: Some(Priority::Urgent),
        description: Some("Read ba\u{200b}ck".into()),
        owner: Some(Reference::new("Practitioner/prac_me")),
        restriction: Restriction {
            period: ends("2026-11-21"),
            repetitions: Some(3),
            ..Restriction::default()
        },
        execution_period: Period { start: time("2026-11-21T11:00:00Z"), end: None },
        notes: vec![Note { text: "phoned the LAB".into(), ..Note::default() }],
        intent: Some(Intent::parse("original-order")),
        input: vec![Parameter { kind: "x".into(), value: ParameterValue::Boolean(false) }],
        reason_code: Some("sepsis".into()),
        ..Task::default()
    };
    let odd = Task {
        key: key(1, "c"),
        status: Status::Other("Awaiting-Fax".into()),
        priority: Some(Priority::Other("P1".into())),
        owner: Some(Reference::new("12").with_display("Okafor, Ada (synthetic)")),
        patient: Some(Reference::new("77")),
        list: Some("Front desk".into()),
        business_status: Some("fax sent".into()),
        execution_period: ends("2026-11-24T08:00:00Z"),
        ..Task::default()
    };
    let done = Task {
        key: key(0, "d"),
        status: Status::Completed,
        last_modified: time("2026-11-20T23:30:00Z"),
        restriction: Restriction { period: ends("2026-11-20"), ..Restriction::default() },
        authored_on: time("2026-11-19"),
        focus: Some(Reference::new("ServiceRequest/9")),
        encounter: Some(Reference::new("enc_5")),
        output: vec![Parameter { kind: "y".into(), value: ParameterValue::Integer(0) }],
        status_reason: Some("given".into()),
        ..Task::default()
    };
    let waiting = Task {
        key: key(1, "e"),
        status: Status::OnHold,
        priority: Some(Priority::Routine),
        owner: Some(Reference::new("")),
        execution_period: ends("0001-01-01"),
        notes: vec![Note::default()],
        ..Task::default()
    };
    Ward {
        now: at("2026-11-21T10:00:00Z").unwrap(),
        zone: TimeZone::fixed(Offset::constant(2)),
        patient: Person {
            kind: PersonKind::Patient,
            id: "pt_1".into(),
            family: "Nguyễn".into(),
            given: "Linh Synthetic".into(),
            full: "".into(),
            birth_date: None,
            active: true,
            replaced_by: None,
            about: None,
        },
        tasks: vec![overdue_stat, mine_today, odd, done, waiting],
    }
}

fn ids(ward: &Ward, node: impl Fn(&Task) -> bool) -> String {
    ward.tasks.iter().filter(|task| node(task)).map(|task| &*task.key.id).collect()
}

const TABLE: &[(&str, &str)] = &[
    ("", "abcde"),
    // status
    ("status:open", "abe"),
    ("status:closed", "d"),
    ("status:todo", "a"),
    ("status:doing,waiting", "be"),
    ("status:Awaiting-Fax", "c"),
    ("status:awaiting-fax", ""),
    ("-status:any", ""),
    // priority: absent (d) compares as routine, unknown (c) as nothing
    ("prio:stat", "a"),
    ("prio:>=urgent", "ab"),
    ("prio:>urgent", "a"),
    ("prio:<=routine", "de"),
    ("prio:<urgent", "de"),
    ("prio:urgent..stat", "ab"),
    ("prio:stat..urgent", "ab"),
    ("prio:..urgent", "bde"),
    ("prio:routine", "e"),
    ("prio:none", "d"),
    ("prio:any", "abce"),
    ("prio:P1", "c"),
    ("prio:=p1", ""),
    // people
    ("owner:me", "b"),
    ("owner:none", "ade"),
    ("owner:me,none", "abde"),
    ("owner:any", "bc"),
    ("owner:okafor", "c"),
    ("owner:\"ADA okafor\"", "c"),
    ("owner:=12", "c"),
    ("owner:=1", ""),
    ("owner:/^okafor/", "c"),
    ("req:me", "a"),
    ("pt:nguyen", "a"),
    ("pt:\"nguyen linh\"", "a"),
    ("pt:=pt_1", "a"),
    ("pt:=Patient/pt_1", "a"),
    ("pt:=Group/pt_1", ""),
    ("pt:pt_", "a"),
    ("pt:patient", ""),
    ("pt:77", "c"),
    ("enc:enc_5", "d"),
    ("focus:servicerequest", "d"),
    ("focus:none", "abce"),
    // due
    ("due:overdue", "a"),
    ("due:none", "e"),
    ("due:any", "abcd"),
    ("due:<4h", "ad"),
    ("due:4h", "ad"),
    ("due:now", "ad"),
    ("due:<-1h", "d"),
    ("due:<12h", "abd"),
    ("due:>12h", "c"),
    ("due:today", "ab"),
    ("due:<today", "d"),
    ("due:<=today", "abd"),
    ("due:>today", "c"),
    ("due:tomorrow", ""),
    ("due:..17:00", "ad"),
    ("due:11:00", "a"),
    ("due:2026-11-20..2026-11-21", "abd"),
    ("due:2026-11-21..2026-11-20", "abd"),
    ("due:2026-11", "abcd"),
    ("due:tue", "c"),
    ("due:\"2026-11-21 11:00\"", "a"),
    ("due:2026-11-21T09:00:00Z", "a"),
    // times that look back
    ("age:>2h", "ad"),
    ("age:>1d", "d"),
    ("age:<1d", "a"),
    ("age:3h", "a"),
    ("age:2h..4h", "a"),
    ("age:..1d", "a"),
    ("age:1d..", "d"),
    ("age:today", "a"),
    ("age:<2026-11-20", "d"),
    ("age:none", "bce"),
    ("stage:>30m", "b"),
    ("stage:<2h", "b"),
    ("stage:<30m", ""),
    ("updated:2h", "a"),
    ("updated:<=30m", "a"),
    ("updated:<30m", ""),
    ("updated:>=30m", "ad"),
    ("updated:1h..now", "a"),
    // 01:30 local on the 21st is still the 20th in Greenwich
    ("done:today", "d"),
    ("done:yesterday", ""),
    ("start:<2h", "b"),
    ("start:today", "b"),
    // texts
    ("sys:dental", "ce"),
    ("sys:ck", "abd"),
    ("list:\"front desk\"", "c"),
    ("list:=\"front desk\"", ""),
    ("list:=\"Front desk\"", "c"),
    ("list:none", "abde"),
    ("code:LA", "a"),
    ("biz:fax", "c"),
    ("why:sepsis,given", "bd"),
    ("note:lab", "b"),
    ("note:none", "acde"),
    ("intent:order", "a"),
    ("intent:~order", "ab"),
    ("id:clinic/a", "a"),
    ("id:=dental/c", "c"),
    // flags and parts
    ("is:new", "a"),
    ("is:mine", "b"),
    ("is:unowned", "ade"),
    ("is:overdue", "a"),
    ("is:snoozed", "b"),
    ("is:waiting", "e"),
    ("is:flagged", "a"),
    ("is:acked", "b"),
    ("is:stale", "c"),
    ("is:unsent", "c"),
    ("is:conflict", "c"),
    ("is:draft", "a"),
    ("is:repeat", "b"),
    ("is:readonly", "a"),
    ("is:new,stale", "ac"),
    ("has:note", "b"),
    ("no:due", "e"),
    ("has:patient", "ac"),
    ("no:owner", "ade"),
    ("has:input,output", "bd"),
    // free text, smart case
    ("critical", "a"),
    ("Critical", "a"),
    ("CRITICAL", ""),
    ("muller", "a"),
    ("Muller", "a"),
    ("MULLER", ""),
    ("k+ call", "a"),
    ("\"k+ call\"", ""),
    ("\"back\"", "b"),
    ("lab", "b"),
    ("nguyen", "a"),
    ("77", "c"),
    ("/k\\+ \\d/", "a"),
    ("/LAB$/", "b"),
    ("/Lab$/", ""),
    // joining
    ("status:open -owner:me", "ae"),
    ("is:new OR is:mine", "ab"),
    ("is:new | status:open prio:routine", "ae"),
    ("(is:new | status:open) prio:routine", "e"),
    ("-(is:new | is:mine)", "cde"),
    ("NOT is:new NOT is:mine", "cde"),
    // the shipped views
    ("status:open prio:>=urgent", "ab"),
    ("status:open owner:me", "b"),
    ("status:open owner:none", "ae"),
    ("status:open due:<8h", "a"),
    ("status:on-hold", "e"),
    ("req:me status:open", "a"),
    ("status:completed done:today", "d"),
];

#[test]
fn filters_let_through_what_they_say() {
    let ward = ward();
    for (line, wanted) in TABLE {
        let parsed = parse(line);
        assert_eq!(parsed.problems, [], "{line}");
        assert_eq!(ids(&ward, |task| parsed.query.matches(task, &ward)), *wanted, "{line}");
    }
}

#[test]
fn negation_turns_and_into_or() {
    let ward = ward();
    let nodes: Vec<Node> = TABLE.iter().filter_map(|(line, _)| parse(line).query.filter).collect();
    let not = |node: &Node| Node::Not(Box::new(node.clone()));
    for (left, right) in nodes.iter().zip(nodes.iter().skip(7)) {
        for task in &ward.tasks {
            let holds = |node: &Node| node.matches(task, &ward);
            assert_eq!(holds(&not(&not(left))), holds(left), "{left:?}");
            assert_eq!(left.clone().negated().negated(), *left);
            let both = Node::And(vec![left.clone(), right.clone()]);
            assert_eq!(holds(&not(&both)), holds(&Node::Or(vec![not(left), not(right)])), "{both:?}");
            let either = Node::Or(vec![left.clone(), right.clone()]);
            assert_eq!(holds(&not(&either)), holds(&Node::And(vec![not(left), not(right)])), "{either:?}");
        }
    }
}

#[test]
fn relative_times_move_with_the_clock() {
    let mut ward = ward();
    let query = parse("due:overdue").query;
    assert_eq!(ids(&ward, |task| query.matches(task, &ward)), "a");
    ward.now = at("2026-11-21T22:00:00Z").unwrap();
    assert_eq!(ids(&ward, |task| query.matches(task, &ward)), "ab", "the local day has ended");
    for far in ["due:<9999y", "age:>9999y", "due:>9999y"] {
        let query = parse(far).query;
        let passing = ids(&ward, |task| query.matches(task, &ward));
        assert_eq!(passing, if far == "due:<9999y" { "abcd" } else { "" }, "{far}");
    }
}
