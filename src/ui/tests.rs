//! What the screens show, read back from the cells; the people are invented.

use super::*;
use crate::{
    app::{
        action::Action,
        geometry::Size,
        keys::Keymap,
        layers::Layer,
        screens::worklist::views::View,
        source::{Badge, Link, Source},
        update::act,
    },
    domain::{
        can::{Can, FieldRule, Pace},
        people::{Person, PersonKind, Reference},
        priority::{OfficePriority, Priority},
        status::Status,
        task::{Field, Note, Parameter, ParameterValue, SourceId, Task, TaskKey},
        time::{DateTime, Timestamp},
    },
};
use jiff::tz::TimeZone;
use ratatui::{Terminal, backend::TestBackend, layout::Rect, style::Modifier};

/// The code can be set once and not changed.
const NEW: &[FieldRule] = &[
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Priority),
    FieldRule::free(Field::Owner),
    FieldRule::text(Field::Description, 2000),
    FieldRule::text(Field::StatusReason, 500),
    FieldRule::text(Field::Note, 2000),
    FieldRule::free(Field::ExecutionPeriod),
    FieldRule::free(Field::Code),
];
const RULES: &[FieldRule] = &[
    FieldRule::free(Field::Status),
    FieldRule::free(Field::Priority),
    FieldRule::free(Field::Owner),
    FieldRule::text(Field::Description, 2000),
    FieldRule::text(Field::StatusReason, 500),
    FieldRule::text(Field::Note, 2000),
    FieldRule::free(Field::ExecutionPeriod),
];

fn now() -> Timestamp {
    "2026-11-21T03:20:00Z".parse().unwrap()
}

fn can() -> Can {
    let pace = Pace { poll_floor_s: 30, search_lag_s: 10, ..Can::plain("Test").pace };
    Can { create: NEW, update: RULES, pace, ..Can::plain("Test") }
}

fn task(id: &str, priority: Option<&str>, due: Option<&str>, status: &str, owner: Option<&str>) -> Task {
    let mut task = Task {
        key: TaskKey { source: SourceId(0), id: id.into() },
        priority: priority.map(Priority::parse),
        status: Status::parse(status),
        owner: owner.map(Reference::new),
        ..Task::default()
    };
    task.restriction.period.end = due.map(DateTime::parse);
    task
}

fn about(mut task: Task, patient: &str, title: &str) -> Task {
    task.patient = Some(Reference::new(patient));
    task.description = Some(title.into());
    task
}

/// A small ward with one of everything that a row can say.
fn ward() -> Vec<Task> {
    let mut full = about(
        task("t2", Some("stat"), Some("2026-11-21T03:28:00Z"), "accepted", Some("me1")),
        "pt2",
        "Read back: troponin 2nd sample\nsecond line of the order",
    );
    full.notes = vec![Note { id: None, text: "lab called twice".into(), author: None, time: None }];
    full.input = vec![Parameter { kind: "level".into(), value: ParameterValue::Boolean(false) }];
    full.extra = Some(r#"{"ward":"7 West","beds":[1,2]}"#.into());
    let odd = about(task("t5", Some("P1"), None, "Awaiting-Fax", Some("desk")), "pt5", "Insurance to verify");
    let mut wide =
        about(task("t6", None, Some("2026-11-24"), "requested", None), "pt6", "検体を再提出する \u{202E}x");
    wide.defects = vec!["The priority was no text.".into()];
    vec![
        about(
            task("t1", Some("stat"), Some("2026-11-21T03:08:00Z"), "requested", None),
            "pt1",
            "Critical K+ 6.8: call, repeat, ECG",
        ),
        full,
        about(
            task("t3", Some("asap"), Some("2026-11-21T04:01:00Z"), "in-progress", Some("me1")),
            "pt3",
            "Callback: chest tightness, clinic 2",
        ),
        about(task("t4", Some("urgent"), None, "on-hold", Some("nurse")), "unnamed-patient-1", "Prior auth"),
        odd,
        wide,
    ]
}

fn person(kind: PersonKind, id: &str, family: &str, given: &str, born: Option<&str>) -> Person {
    Person {
        kind,
        id: id.into(),
        family: family.into(),
        given: given.into(),
        full: "".into(),
        birth_date: born.map(DateTime::parse),
        active: true,
        replaced_by: None,
        about: None,
    }
}

fn state(width: u16, height: u16) -> State {
    let mut state = State::new(now(), TimeZone::UTC, Size { width, height }, Keymap::default(), 1);
    state.add_source(|id| Source {
        me: Some("me1".to_owned()),
        badge: Badge::Synthetic,
        link: Link::Live,
        last_good: Some("2026-11-21T03:19:48Z".parse().unwrap()),
        url: "http://127.0.0.1:9".to_owned(),
        ..Source::new(id, "clinic", "CK", can())
    });
    for (id, family, given, born) in [
        ("pt1", "Okafor", "Ada", "1971-03-02"),
        ("pt2", "Lindqvist-Bergström", "Bo", "1958-11-30"),
        ("pt3", "Moreau", "Claire", "1990-07-07"),
        ("pt5", "Ruiz", "Elena", "1984"),
        ("pt6", "山田", "花子", "1966-01-01"),
    ] {
        state.people.learn(SourceId(0), person(PersonKind::Patient, id, family, given, Some(born)));
    }
    let nurse = person(PersonKind::Practitioner, "nurse", "Nightingale", "F", None);
    state.people.learn(SourceId(0), nurse);
    let view = View { key: "1".to_owned(), name: "Triage".to_owned(), ..View::default() };
    state.worklist.views = vec![View { query: "status:open prio:>=urgent".to_owned(), ..view }];
    let _ = crate::app::update(&mut state, now(), crate::app::Msg::Start);
    crate::app::sync::receive(&mut state, ward());
    if let Some(source) = state.source_mut(SourceId(0)) {
        source.link = Link::Live;
        source.complete = true;
    }
    state
}

/// The screen as lines of text, and its buffer.
fn screen(state: &State, theme: &Theme) -> (Vec<String>, Buffer) {
    let mut terminal = Terminal::new(TestBackend::new(state.size.width, state.size.height)).unwrap();
    terminal.draw(|frame| _ = draw(state, theme, frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let lines = (0..buffer.area.height).map(|y| line(&buffer, y)).collect();
    (lines, buffer)
}

fn line(buffer: &Buffer, y: u16) -> String {
    let mut text = String::new();
    let mut skip = 0;
    for x in 0..buffer.area.width {
        let symbol = buffer[(x, y)].symbol();
        if skip > 0 {
            skip -= 1;
        } else {
            text.push_str(symbol);
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
        }
    }
    text.trim_end().to_owned()
}

fn lines(state: &State) -> Vec<String> {
    screen(state, &Theme::named("mono").unwrap()).0
}

#[track_caller]
fn shows(state: &State, texts: &[&str]) {
    let all = lines(state).join("\n");
    for text in texts {
        assert!(all.contains(text), "{text:?} is not in\n{all}");
    }
}

#[test]
fn the_table_at_eighty_columns_is_as_the_product_page_draws_it() {
    let mut state = state(80, 24);
    act(&mut state, Action::MoveDown);
    let found = lines(&state);
    let expected = [
        " Everything                                                           SYNTHETIC",
        "    PRIO    DUE ST  WHO   PATIENT         TASK                                SY",
        "    P1     none Aw… desk  Ruiz E 1984     Insurance to verify                 CK",
        ">   STAT  -0:12 REQ --    Okafor A 03/71  Critical K+ 6.8: call, repeat, ECG  CK",
        "    STAT   0:08 ACC me    Lindqvis… 11/58 Read back: troponin 2nd sample⏎sec… CK",
        "    asap   0:41 INP me    Moreau C 07/90  Callback: chest tightness, clinic 2 CK",
        "    urg    none HLD Nigh… unnamed-patien… Prior auth                          CK",
        "    -       Tue REQ --    山田 花 01/66   ! 検体を再提出する ⇄x               CK",
        "",
    ];
    assert_eq!(found[..9], expected);
    assert_eq!(found[22], " shown 6 of 6 · CK 12s · STAT 2 · overdue 1 · unowned 2 · mine 2");
    assert!(found[23].starts_with(" a ack  t take  s start  d done"), "{}", found[23]);
    assert!(found[23].ends_with("/ filter  : commands  ? help"), "{}", found[23]);
}

#[test]
fn the_width_ladder_keeps_priority_due_time_and_patient_at_every_step() {
    for (width, height, there, gone) in [
        (200, 50, &["WHO", "SY", "│ DETAIL", "Lindqvist-Ber… 11/58"][..], &[][..]),
        (131, 36, &["WHO", "SY"], &["DETAIL"]),
        (99, 24, &["WHO", "SY"], &["DETAIL"]),
        (79, 24, &["PRIO    DUE ST  PATIENT"], &["WHO", " SY\n"]),
        (59, 24, &["STAT  -0:12 REQ Okafor A 03/71\n    Critical K+ 6.8"], &["PRIO"]),
        (39, 24, &["STAT  -0:12 REQ\nOkafor A 03/71\nCritical K+ 6.8", "owner --"], &["Moreau"]),
        (39, 4, &["STAT  -0:12 REQ Okafor A 03/71"], &["Moreau"]),
    ] {
        let mut state = state(width, height);
        act(&mut state, Action::MoveDown);
        let all = lines(&state).join("\n");
        for text in there.iter().chain(&["STAT", "-0:12", "03/71"]) {
            assert!(all.contains(text), "{width}x{height}: {text:?} is not in\n{all}");
        }
        for text in gone {
            assert!(!all.contains(text), "{width}x{height}: {text:?} is in\n{all}");
        }
    }
}

#[test]
fn every_state_is_told_by_letters_and_attributes_without_colour() {
    let mut state = state(80, 24);
    act(&mut state, Action::MoveDown);
    act(&mut state, Action::MoveDown);
    let bare = Theme::named("dark").unwrap().without_colour();
    let (_, buffer) = screen(&state, &bare);
    let cell = |x: u16, y: u16| buffer[(x, y)].modifier;
    assert_eq!(cell(4, 3), Modifier::BOLD | Modifier::REVERSED, "STAT");
    assert_eq!(cell(10, 3), Modifier::UNDERLINED, "overdue");
    assert_eq!(cell(4, 5), Modifier::BOLD, "asap");
    assert_eq!(cell(4, 6), Modifier::empty(), "urg");
    assert_eq!(buffer[(0, 4)].symbol(), ">");
    assert!((0..80).all(|x| cell(x, 4).contains(Modifier::REVERSED)), "the bar");
    state.settings.whole_row_selection = false;
    let (_, buffer) = screen(&state, &bare);
    let reversed: Vec<u16> =
        (9..80).filter(|x| buffer[(*x, 4)].modifier.contains(Modifier::REVERSED)).collect();
    assert_eq!((reversed.first(), reversed.last(), buffer[(0, 4)].symbol()), (Some(&26), Some(&40), ">"));
}

#[test]
fn the_roles_of_a_row_can_be_read_back() {
    let state = state(80, 24);
    let (_, buffer) = screen(&state, &Theme::tracer());
    let role = |x: u16, y: u16| Theme::traced(buffer[(x, y)].fg);
    assert_eq!(role(4, 3), Some(Role::Stat));
    assert_eq!(role(10, 3), Some(Role::Overdue));
    assert_eq!(role(11, 4), Some(Role::DueSoon));
    assert_eq!(role(20, 3), Some(Role::Unowned));
    assert_eq!(role(20, 4), Some(Role::Mine));
    assert_eq!(role(42, 7), Some(Role::Warning), "a row with a defect");
    assert_eq!(role(71, 0), Some(Role::BadgeSynthetic));
}

#[test]
fn a_row_that_no_longer_matches_stays_as_a_ghost_and_arrivals_wait_in_the_band() {
    let mut state = state(80, 24);
    act(&mut state, Action::View1);
    assert!(lines(&state)[0].starts_with(" 1 Triage  status:open prio:>=urgent"));
    act(&mut state, Action::MoveDown);
    let mut gone = ward().remove(1);
    gone.status = Status::Completed;
    let mut new = ward().remove(0);
    new.key.id = "t9".into();
    crate::app::sync::receive(&mut state, vec![gone, new]);
    shows(&state, &["Read back: troponin 2nd samp… ·gone CK", "+1 new, 1 STAT (r merges)"]);
}

#[test]
fn what_a_filter_hides_and_what_it_does_not_understand_is_said() {
    let mut state = state(80, 24);
    act(&mut state, Action::FilterEdit);
    crate::app::screens::worklist::filter::on_text(&mut state, "prio:stta okaf");
    shows(&state, &["/prio:stta okaf", "hidden: 1 STAT", "(gu)", "Did you mean stat?", "shown 1 of 6"]);
    let (_, buffer) = screen(&state, &Theme::tracer());
    let bad: Vec<u16> =
        (0..80).filter(|x| Theme::traced(buffer[(*x, 0)].fg) == Some(Role::BadToken)).collect();
    assert!(bad.contains(&6) && !bad.contains(&12), "{bad:?}");
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| _ = draw(&state, &Theme::default(), frame)).unwrap();
    terminal.backend_mut().assert_cursor_position((15, 0));
    act(&mut state, Action::InputAccept);
    act(&mut state, Action::FilterEdit);
    crate::app::screens::worklist::filter::on_text(&mut state, " zzzz");
    shows(
        &state,
        &["No task matches. The filter hides 2 STAT, 1 overdue, 1 of unknown status or", "0 shows all 6."],
    );
    let office = |id: &str| OfficePriority { id: id.into(), name: "Soon".into(), rank: None };
    state.sources[0].can.priorities = vec![Priority::Office(Box::new(office("1")))];
    state.worklist.counts.hidden_unranked = 2;
    shows(&state, &["2 of unranked priority.", "is said in the configuration: priority ="]);
}

#[test]
fn the_detail_has_every_field_raw_and_unknown_ones_included() {
    let mut state = state(200, 50);
    act(&mut state, Action::MoveDown);
    act(&mut state, Action::MoveDown);
    let texts = [
        "second line of the order",
        "patient         Bo Lindqvist-Bergström, born 1958-11-30, pt2",
        "due             0:08 · 2026-11-21 03:28 (2026-11-21T03:28:00Z) · from",
        "restriction.period.end",
        "owner           me (me1)",
        "note            lab called twice",
        "input           level: false",
        "ward            7 West",
        "beds            [1,2]",
        "id              clinic/t2",
        "not set",
    ];
    shows(&state, &texts);
    act(&mut state, Action::MoveTop);
    shows(&state, &["P1 (not a value that is known here; shown as sent)", "Awaiting-Fax (not a value"]);
}

#[test]
fn dialogs_show_verb_task_and_patient_whole() {
    let patient = "Elena Ruiz, born 1984, pt5";
    for (action, texts) in [
        (Action::TaskHold, &["Put on hold: Insurance to verify", patient, "Reason", "not a usual step"][..]),
        (Action::TaskTake, &["┌ Take ─", patient, "It is owned by desk.", "└──"]),
        (Action::NoteAdd, &["Note: Insurance to verify", patient]),
        (Action::TaskPriority, &["> stat", "  routine"]),
        (Action::TaskOwner, &["F Nightingale", "nurse"]),
        (Action::Palette, &["> task.ack", "Acknowledge"]),
        (Action::Help, &["Keys here", "Take: make yourself the owner."]),
        (Action::TaskEdit, &["Edit · clinic · t5", patient, ">Status"]),
        (Action::TaskNew, &["New task · clinic"]),
        (
            Action::GoSources,
            &["> CK clinic", "SYNTHETIC", "live", "12s", "http://127.0.0.1:9", "all fetched"],
        ),
    ] {
        let mut state = state(80, 24);
        act(&mut state, action);
        shows(&state, texts);
    }
}

#[test]
fn two_identifiers_of_the_patient_are_on_the_smallest_screen_that_has_room_for_them() {
    for (action, width, height) in [
        (Action::TaskHold, 30, 8),
        (Action::TaskTake, 30, 8),
        (Action::TaskHold, 24, 8),
        (Action::TaskDone, 40, 5),
    ] {
        let mut state = state(width, height);
        act(&mut state, Action::MoveDown);
        act(&mut state, action);
        let all = lines(&state).join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(all.contains("Ada Okafor, born 1971-03-02"), "{action:?} {width}x{height}: {all}");
    }
}

#[test]
fn many_tasks_are_confirmed_in_one_preview() {
    let mut state = state(80, 24);
    state.worklist.marks = ward().into_iter().map(|task| task.key).collect();
    shows(&state, &[">+", "marked 6"]);
    act(&mut state, Action::TaskDone);
    shows(&state, &["6 will change, 0 will not.", "type 6 to change 6 tasks", "Count"]);
}

#[test]
fn a_form_shows_limits_problems_and_reasons_at_the_field() {
    let mut state = state(100, 30);
    act(&mut state, Action::TaskEdit);
    let Some(Layer::Form(form)) = state.layers.last_mut() else { panic!("no form") };
    let place = form.form.fields.iter().position(|field| field.input.field() == Field::Description).unwrap();
    form.form.cursor = place;
    form.form.fields[place].text.insert(&"x".repeat(1990));
    form.form.fields[place].problem = Some("description has too much.".to_owned());
    form.review = Some("Change: this".to_owned());
    shows(&state, &["2009/2000", "description has too much.", "Enter sends: Change: this"]);
    let Some(Layer::Form(form)) = state.layers.last_mut() else { panic!("no form") };
    let locked = form.form.fields.iter().position(|field| field.locked.is_some()).unwrap();
    form.form.cursor = locked;
    shows(&state, &["cannot change"]);
}

#[test]
fn a_long_message_is_shown_whole_and_a_short_one_in_the_last_line() {
    let mut state = state(80, 24);
    state.say("Done.");
    assert_eq!(lines(&state)[23], " Done.");
    act(&mut state, Action::Why);
    let sentence = state.toast.as_ref().unwrap().text.clone();
    let words: Vec<String> = sentence.split_whitespace().map(str::to_owned).collect();
    let all = lines(&state).join(" ");
    assert!(words.iter().all(|word| all.contains(word)), "{sentence}\n{all}");
    assert!(lines(&state)[22].starts_with(" shown"), "the counts stay in sight");
    act(&mut state, Action::TaskEdit);
    let covered = lines(&state).iter().filter(|line| line.contains("It stands at")).count();
    assert_eq!(covered, 1, "a dialog is not covered");
    assert!(lines(&state)[23].ends_with('…'));
}

#[test]
fn a_dead_source_is_said_in_the_band_and_in_the_counts() {
    let mut state = state(80, 24);
    let sentence = "The key was refused.".to_owned();
    state.source_mut(SourceId(0)).unwrap().link = Link::Stopped { sentence };
    shows(&state, &["clinic: The key was refused.", "CK refused", "~"]);
    for (until, is_said) in
        [(None, true), (Some("2026-11-21T04:20:00Z"), true), (Some("2026-11-21T03:20:30Z"), false)]
    {
        let until = until.map(|until| until.parse().unwrap());
        let sentence = "The pool of the month is empty.".to_owned();
        state.source_mut(SourceId(0)).unwrap().link = Link::Paused { until, sentence };
        let all = lines(&state).join("\n");
        assert_eq!(all.contains("clinic: The pool of the month is empty."), is_said, "{all}");
    }
}

#[test]
fn the_first_run_screen_offers_demo_connect_and_quit() {
    let mut state = State::new(now(), TimeZone::UTC, Size { width: 80, height: 24 }, Keymap::default(), 1);
    let _ = crate::app::update(&mut state, now(), crate::app::Msg::Start);
    shows(&state, &["No source is", "try it on a made-up ward", "connect a real system", "leave"]);
}

#[test]
fn no_byte_of_a_server_reaches_the_cells_unfiltered() {
    let mut state = state(80, 24);
    let mut bad = ward().remove(0);
    bad.key.id = "\u{1b}[31mid".into();
    bad.description = Some("\u{1b}]0;x\u{7} \u{202E}evil\u{200B}".into());
    bad.extra = Some("{\"\u{202E}k\":\"\u{9b}v\"}".into());
    crate::app::sync::receive(&mut state, vec![bad]);
    for action in [Action::MoveTop, Action::Detail, Action::TaskDone, Action::TaskEdit, Action::Help] {
        act(&mut state, action);
        let (_, buffer) = screen(&state, &Theme::default());
        for cell in buffer.content() {
            let is_raw = |letter: char| letter.is_control() || matches!(letter, '\u{202E}' | '\u{200B}');
            assert!(!cell.symbol().contains(is_raw), "{:?}", cell.symbol());
        }
    }
}

#[test]
fn what_is_painted_stands_where_geometry_says() {
    for width in [40, 59, 60, 80, 99, 100, 131, 132, 200] {
        for height in [7, 8, 24, 50] {
            for wish in [Some(true), Some(false)] {
                let mut state = state(width, height);
                state.worklist.detail = wish;
                let geometry = state.geometry();
                let (lines, buffer) = screen(&state, &Theme::default());
                let at = format!("{width}x{height} {wish:?}");
                let counts = &lines[usize::from(geometry.counts.y)];
                assert!(counts.contains("CK 12s"), "{at}: {counts}");
                if geometry.list.height > 0 {
                    assert_eq!(buffer[(0, geometry.list.y)].symbol(), ">", "{at}");
                }
                if geometry.header.height > 0 {
                    assert!(lines[usize::from(geometry.header.y)].starts_with("    PRIO"), "{at}");
                }
                let Some(detail) = geometry.detail else { continue };
                let head: String = (detail.x..detail.x + 7).map(|x| buffer[(x, detail.y)].symbol()).collect();
                assert_eq!(head, " DETAIL", "{at}");
                if detail.x > 0 {
                    let line =
                        (detail.y..detail.y + detail.height).map(|y| buffer[(detail.x - 1, y)].symbol());
                    assert!(line.into_iter().all(|symbol| symbol == "│"), "{at}");
                }
            }
        }
    }
}

#[test]
fn the_words_of_the_filter_are_marked_in_the_titles() {
    let mut state = state(80, 24);
    state.settings.whole_row_selection = false;
    act(&mut state, Action::FilterEdit);
    crate::app::screens::worklist::filter::on_text(&mut state, "critical ecg");
    let (_, buffer) = screen(&state, &Theme::tracer());
    let is_marked = |x: &u16| Theme::traced(buffer[(*x, 2)].fg) == Some(Role::Match);
    let marked: String = (42..78).filter(is_marked).map(|x| buffer[(x, 2)].symbol()).collect();
    assert_eq!(marked, "CriticalECG");
}

#[test]
fn nothing_panics_at_any_size() {
    let actions = [
        Action::Detail,
        Action::FilterEdit,
        Action::Help,
        Action::Palette,
        Action::TaskHold,
        Action::TaskOwner,
        Action::TaskEdit,
        Action::NoteAdd,
        Action::Explain,
        Action::GoSources,
        Action::Why,
    ];
    let theme = Theme::named("light").unwrap();
    for action in actions {
        let mut state = state(80, 24);
        act(&mut state, action);
        for width in (0..=220).step_by(22).chain([1, 2, 3, 23, 24, 39, 41]) {
            for height in (0..=60).step_by(12).chain([1, 2, 3, 4, 5, 7]) {
                let _ =
                    crate::app::update(&mut state, now(), crate::app::Msg::Resize(Size { width, height }));
                let area = Rect::new(0, 0, width, height);
                let (cursor, _) = paint(&state, &theme, &mut Buffer::empty(area));
                assert!(cursor.is_none_or(|cursor| area.contains(cursor)), "{action:?} {width}x{height}");
            }
        }
        // A frame of the old size is painted once while the new one is on its way.
        paint(&state, &theme, &mut Buffer::empty(Rect::new(0, 0, 30, 5)));
    }
}

#[test]
fn only_rows_in_sight_are_painted_whatever_the_length_of_the_list() {
    let mut state = state(80, 24);
    let many = (0..3000).map(|number| {
        let mut task = ward().remove(0);
        task.key.id = format!("n{number}").into();
        task
    });
    crate::app::sync::receive(&mut state, many.collect());
    crate::app::screens::worklist::rows::merge(&mut state);
    act(&mut state, Action::MoveBottom);
    let rows = lines(&state).iter().filter(|line| line.ends_with("CK")).count();
    assert_eq!(rows, state.geometry().visible_rows());
    shows(&state, &["shown 3006 of 3006"]);
}
