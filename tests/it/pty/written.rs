//! A document that is being written outlives the program, however it ends, but for its last second.

use super::{Home, Terminal, keeping::kill};
use rounds::{
    app::screens::editor::keep,
    runtime::store::{KeyOrigin, SqliteStore, Store},
};
use std::time::Duration;

/// The text of the one section of the one draft on the disk.
pub(super) fn text_on_disk(home: &Home) -> String {
    let mut store = SqliteStore::new(home.path.join("state"), KeyOrigin::File);
    let kept = store.load().expect("the store opens after a kill");
    assert!(!kept.doubtful, "{:?}", store.report());
    let [draft] = kept.drafts.as_slice() else { panic!("one draft, not {}", kept.drafts.len()) };
    let body = keep::read(draft).expect("the draft of a document");
    body.document.sections[0].text.clone()
}

#[test]
fn a_document_killed_in_mid_sentence_is_offered_with_all_but_its_last_second() {
    let home = Home::with_sandbox();
    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("K+ 6.8");
    terminal.send("D");
    terminal.until_shown("one empty section");
    terminal.send("blank\r");
    terminal.until_shown("unchanged");
    let (first, rest) = ("Synthetic: a whole sentence.", " And half of the ne");
    terminal.send(&format!("\r{first}"));
    terminal.until_shown("  kept");
    terminal.send(rest);
    terminal.until_shown(rest);
    kill(terminal);
    let kept = text_on_disk(&home);
    assert!(kept.starts_with(first) && format!("{first}{rest}").starts_with(&kept), "{kept}");

    let mut terminal = Terminal::start(home.rounds(&[]), 120, 36);
    terminal.until_shown("A document is not sent yet");
    terminal.until_shown("K+ 6.8");
    terminal.send("gd");
    terminal.until_shown("Documents");
    terminal.send("\r");
    terminal.until_shown(first);
    terminal.send("\r Gone on.");
    terminal.until_shown("Gone on.");
    // More than the second that may be lost, whatever the screen says.
    terminal.go_on_for(Duration::from_secs(3));
    kill(terminal);
    assert_eq!(text_on_disk(&home), format!("{kept} Gone on."));
}

#[test]
fn a_second_window_on_a_draft_is_told_and_reads_only_also_when_the_first_has_left() {
    let home = Home::with_sandbox();
    let mut first = Terminal::start(home.rounds(&[]), 120, 36);
    first.until_shown("K+ 6.8");
    first.send("D");
    first.until_shown("one empty section");
    first.send("blank\r");
    first.until_shown("unchanged");
    first.send("\rSynthetic: of the first.");
    first.until_shown("  kept");

    let mut second = Terminal::start(home.rounds(&[]), 120, 36);
    let look = |second: &mut Terminal| {
        second.send("gD");
        second.until_shown("1 not sent");
        second.send("\r");
        second.until_shown("only read");
        second.until_shown("Synthetic: of the first.");
        second.send("\rOf the second.");
        second.until_shown("only read");
        second.send("\x1b");
        second.until_shown("o add");
        second.send("q");
        second.until_shown("Drafts");
        let shown = second.screen().contents();
        assert!(!shown.contains("Of the second."), "{shown}");
    };
    second.until_shown("K+ 6.8");
    look(&mut second);
    second.send("x");
    second.until_shown("Throw this draft away?");
    second.send("y");
    second.until_shown("Not thrown away");

    first.send(" More of it.");
    first.until_shown("More of it.");
    first.until_shown("  kept");
    first.send("\x1b");
    first.until_shown("o add");
    first.send("q");
    first.until_shown("The draft is kept");
    first.send("q");
    first.ended();
    look(&mut second);
    kill(second);
    assert_eq!(text_on_disk(&home), "Synthetic: of the first. More of it.");

    let mut third = Terminal::start(home.rounds(&[]), 120, 36);
    third.until_shown("A document is not sent yet");
    third.until_shown("K+ 6.8");
    third.send("gD");
    third.until_shown("1 not sent");
    third.send("\r");
    third.until_shown("More of it.");
    third.send("\r And a third.");
    third.until_shown("  kept");
    kill(third);
    assert_eq!(text_on_disk(&home), "Synthetic: of the first. More of it. And a third.");
}
