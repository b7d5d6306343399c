//! What every shipped keymap promises, and what patches, sequences and text contexts do.

use super::*;
use crate::app::action::ACTIONS;

const LIST: &[Context] = &[Context::Worklist, Context::Global];
const DETAIL: &[Context] = &[Context::Detail, Context::Worklist, Context::Global];
const FILTER: &[Context] = &[Context::Filter, Context::Worklist, Context::Global];

fn type_keys(keymap: &Keymap, contexts: &[Context], keys: &str) -> Resolved {
    let chords = parse_sequence(keys).expect("keys");
    let (last, pending) = chords.split_last().expect("one key");
    keymap.resolve(contexts, pending, *last)
}

fn action(keymap: &Keymap, contexts: &[Context], keys: &str) -> Option<Action> {
    match type_keys(keymap, contexts, keys) {
        Resolved::Action(action) => Some(action),
        _ => None,
    }
}

fn presets() -> impl Iterator<Item = (&'static str, Keymap)> {
    PRESETS.into_iter().map(|(name, _)| (name, Keymap::preset(name).expect("a preset")))
}

#[test]
fn every_shipped_keymap_is_without_problems() {
    assert_eq!(Keymap::parse(SHIPPED).1, []);
    for (name, text) in PRESETS {
        let (bindings, problems) = read_bindings(text);
        assert_eq!(problems, [], "{name}");
        assert_eq!(Keymap::default().patch(&bindings), [], "{name}");
    }
    assert_eq!(Keymap::preset("nano"), None);
}

#[test]
fn the_keys_of_the_product_page_ask_for_their_actions() {
    let keymap = Keymap::default();
    for (keys, id) in [
        ("j", "move.down"),
        ("Down", "move.down"),
        ("k", "move.up"),
        ("Up", "move.up"),
        ("gg", "move.top"),
        ("G", "move.bottom"),
        ("PgUp", "move.page-up"),
        ("PgDn", "move.page-down"),
        ("Enter", "pane.open"),
        ("Tab", "pane.next"),
        ("q", "quit"),
        ("Esc", "pane.close"),
        ("/", "filter.edit"),
        ("\\", "filter.clear"),
        ("1", "view.1"),
        ("9", "view.9"),
        ("0", "view.all"),
        ("[", "view.previous"),
        ("]", "view.next"),
        (":", "palette"),
        ("?", "help"),
        ("Space", "mark.toggle"),
        ("v", "mark.range"),
        ("*", "mark.all"),
        ("-", "mark.none"),
        (";", "mark.restore"),
        ("a", "task.ack"),
        ("t", "task.take"),
        ("s", "task.start"),
        ("d", "task.done"),
        ("w", "task.hold"),
        ("x", "task.cancel"),
        ("p", "task.priority"),
        ("b", "task.due"),
        ("o", "task.owner"),
        ("e", "task.edit"),
        ("E", "task.edit-external"),
        ("n", "task.new"),
        ("c", "note.add"),
        ("yi", "copy.id"),
        ("yp", "copy.patient"),
        ("yt", "copy.text"),
        ("yj", "copy.json"),
        ("yu", "copy.link"),
        ("gp", "go.patient"),
        ("gs", "go.sources"),
        ("gu", "go.urgent"),
        (".", "repeat"),
        ("r", "refresh.view"),
        ("R", "refresh.all"),
        ("i", "detail"),
        ("ctrl-l", "redraw"),
        ("ctrl-z", "suspend"),
    ] {
        assert_eq!(action(&keymap, LIST, keys), Action::parse(id), "{keys}");
    }
    assert_eq!(action(&keymap, DETAIL, "q"), Some(Action::PaneClose));
    assert_eq!(action(&keymap, DETAIL, "a"), Some(Action::TaskAck));
}

#[test]
fn no_shipped_keymap_takes_a_key_that_terminals_and_multiplexers_need() {
    let refused: Vec<Chord> = "ctrl-a ctrl-b ctrl-s ctrl-q ctrl-h ctrl-i ctrl-j ctrl-m ctrl-[ ctrl-Space"
        .split(' ')
        .filter_map(Chord::parse)
        .collect();
    assert_eq!(refused.len(), 10);
    let gentle = Chord::parse("ctrl-k").expect("a key");
    let half_page = Chord::parse("ctrl-d").expect("a key");
    for (name, keymap) in presets() {
        for (context, table) in &keymap.tables {
            for (keys, action) in table {
                for chord in keys {
                    let written = print_sequence(keys);
                    assert!(!refused.contains(chord), "{name}: {written} in {}", context.name());
                    assert!(!chord.alt, "{name}: {written} needs Alt");
                    let moves = action.id().starts_with("move.");
                    assert!(*chord != half_page || moves, "{name}: {written} asks for {action}");
                    let in_text = context.takes_text();
                    assert!(*chord != gentle || in_text || moves, "{name}: {written} asks for {action}");
                }
            }
        }
    }
}

#[test]
fn no_sequence_begins_another_and_every_binding_can_be_reached() {
    for (name, keymap) in presets() {
        for (context, table) in &keymap.tables {
            let contexts = [*context, Context::Global];
            for (keys, action) in table {
                let others = table.keys().filter(|other| other.starts_with(keys)).count();
                assert_eq!(others, 1, "{name}: {} begins another", print_sequence(keys));
                let written = print_sequence(keys);
                assert!(keymap.reaches(&contexts, keys, *action), "{name}: {written} in {}", context.name());
            }
        }
    }
}

#[test]
fn every_action_has_a_key_or_is_one_of_the_palette_s() {
    let keyless = ["task.reject", "save-view", "why", "explain"];
    for (name, keymap) in presets() {
        for info in ACTIONS {
            assert_eq!(
                keymap.keys_for(info.action).is_empty(),
                keyless.contains(&info.id),
                "{name}: {}",
                info.id
            );
        }
    }
}

#[test]
fn a_keymap_written_as_text_reads_back_the_same() {
    for (name, keymap) in presets() {
        let (read, problems) = Keymap::parse(&keymap.to_toml());
        assert_eq!(problems, [], "{name}");
        assert_eq!(read, keymap, "{name}");
    }
}

#[test]
fn what_is_typed_in_the_filter_is_text_unless_it_is_bound_there() {
    let keymap = Keymap::default();
    for character in ['a', 'q', '?', ':', ' ', '1', 'ü'] {
        assert_eq!(keymap.resolve(FILTER, &[], Chord::char(character)), Resolved::Text(character));
    }
    assert_eq!(action(&keymap, FILTER, "Up"), Some(Action::HistoryOlder));
    assert_eq!(action(&keymap, FILTER, "ctrl-w"), Some(Action::EditKillWord));
    assert_eq!(action(&keymap, FILTER, "PgDn"), Some(Action::MovePageDown), "the rows move beneath");
    assert_eq!(action(&keymap, FILTER, "F1"), Some(Action::Help));
    let confirm = [Context::Confirm, Context::Global];
    assert_eq!(action(&keymap, &confirm, "y"), Some(Action::ConfirmYes));
    assert_eq!(type_keys(&keymap, &confirm, "3"), Resolved::Nothing, "a yes or no takes no text");
    let prompt = [Context::Prompt, Context::Global];
    assert_eq!(type_keys(&keymap, &prompt, "3"), Resolved::Text('3'), "a count can be typed");
}

#[test]
fn a_begun_sequence_says_what_can_follow_and_ends_with_any_other_key() {
    let keymap = Keymap::default();
    let Resolved::Pending(hints) = type_keys(&keymap, LIST, "y") else { panic!("y begins a sequence") };
    let hints: Vec<_> = hints.iter().map(|(keys, action)| (keys.as_str(), action.id())).collect();
    let expected =
        [("i", "copy.id"), ("p", "copy.patient"), ("t", "copy.text"), ("j", "copy.json"), ("u", "copy.link")];
    assert_eq!(hints, expected);
    assert_eq!(type_keys(&keymap, LIST, "y z"), Resolved::Nothing);
    assert_eq!(type_keys(&keymap, LIST, "y Esc"), Resolved::Nothing);
}

#[test]
fn hints_show_the_easiest_key_once_and_nothing_that_a_nearer_context_takes() {
    let keymap = Keymap::default();
    let hints = keymap.hints(LIST, &[]);
    let of = |wanted: Action| {
        let found: Vec<_> = hints.iter().filter(|(_, action)| *action == wanted).collect();
        assert!(found.len() <= 1);
        found.first().map(|(keys, _)| keys.as_str())
    };
    assert_eq!(of(Action::MoveDown), Some("j"));
    assert_eq!(of(Action::GoUrgent), Some("gu"));
    assert_eq!(of(Action::Quit), Some("q"));
    assert_eq!(of(Action::PaneClose), Some("Esc"), "q is the list's own");
    assert_eq!(of(Action::Help), Some("?"));
    assert_eq!(hints.first().map(|(_, action)| *action), Some(Action::TaskAck));
    let in_filter = keymap.hints(FILTER, &[]);
    assert!(in_filter.iter().all(|(_, action)| *action != Action::TaskAck), "a is text there");
    assert_eq!(keymap.keys_in(FILTER, Action::Help), ["F1"]);
    assert_eq!(keymap.keys_for(Action::Help), ["?", "F1"]);
}

#[test]
fn a_patch_wins_over_what_stood_there() {
    let mut keymap = Keymap::default();
    let text =
        "[list]\n\"x\" = \"task.done\"\n\"d\" = \"none\"\n\"g\" = \"refresh.view\"\n\"a a\" = \"task.ack\"\n";
    let (bindings, problems) = read_bindings(text);
    assert_eq!(problems, []);
    assert_eq!(keymap.patch(&bindings), []);
    assert_eq!(action(&keymap, LIST, "x"), Some(Action::TaskDone));
    assert_eq!(type_keys(&keymap, LIST, "d"), Resolved::Nothing);
    assert_eq!(action(&keymap, LIST, "g"), Some(Action::RefreshView), "gg, gu, gp and gs gave way");
    assert!(matches!(type_keys(&keymap, LIST, "a"), Resolved::Pending(_)), "a gave way to aa");
    assert_eq!(action(&keymap, LIST, "aa"), Some(Action::TaskAck));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_rest_holds() {
    let cases = [
        ("[list]\n\"x\" = \"task.akc\"", 2, "There is no action \"task.akc\"; did you mean task.ack?"),
        ("[lits]\n\"x\" = \"task.ack\"", 2, "There is no place for keys \"lits\"; did you mean list?"),
        ("[list]\n\"Entre\" = \"pane.open\"", 2, "There is no key \"Entre\"; did you mean Enter?"),
        ("[list]\n\"x\" = 3", 2, "A key needs the name of an action in quotes"),
        ("[help]\n\"x\" = \"task.ack\"", 2, "task.ack has no meaning in keys.help; it can be bound in list"),
        ("[filter]\n\"j\" = \"history.newer\"", 2, "j is typed as text in keys.filter."),
        ("[list]\n\"u\" = \"task.ack\"\n\"u u\" = \"task.done\"", 3, "uu cannot stand beside u on line 2"),
        ("list = 1", 1, "list must be a table of keys."),
        ("[list]\n\"x\" = ", 2, "This is not TOML"),
    ];
    for (text, line, sentence) in cases {
        let good = format!("{text}\n[global]\n\"F9\" = \"palette\"\n");
        let (keymap, problems) = Keymap::parse(&good);
        let first = problems.first().expect("a problem");
        assert!(first.sentence.starts_with(sentence), "{text}: {}", first.sentence);
        assert_eq!(first.line, line, "{text}");
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert_eq!(keymap.keys_for(Action::Palette), ["F9"], "{text}");
    }
}

#[test]
fn the_markdown_table_has_every_action_and_whole_cells() {
    let mut keymap = Keymap::default();
    keymap.patch(&read_bindings("[list]\n\"|\" = \"why\"\n\"`\" = \"explain\"\n").0);
    let text = markdown_table(&keymap);
    for info in ACTIONS {
        assert!(text.contains(&format!("| `{}` |", info.id)), "{}", info.id);
    }
    assert!(text.contains("| list | `j` `Down` | `move.down` | Go one row down. |"), "{text}");
    assert!(text.contains("| palette | `:task.reject` |"), "{text}");
    for line in text.lines() {
        assert_eq!(line.replace("\\|", "").matches('|').count(), 5, "{line}");
    }
}
