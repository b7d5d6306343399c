//! What the command line keeps: writes that could not go out, delivered once by a later command, and told honestly.

use super::{
    free_task,
    ward::{Said, Ward, text},
};
use crate::door::{Door, Way};
use serde_json::{Value, json};

const WORDS: &str = "Synthetic: kept by a command";

/// A ward whose source is reached through a door, which is shut.
fn behind_a_door() -> (Ward, Door) {
    let ward = Ward::open();
    let address = ward.url().strip_prefix("http://").unwrap().parse().unwrap();
    let door = Door::shut(address);
    ward.configure(&ward.source("clinic", &format!("http://{}", door.address)));
    (ward, door)
}

fn make(ward: &Ward) -> Said {
    ward.run(&["new", "--description", WORDS])
}

/// How many tasks of these words the store has.
fn made(ward: &Ward, words: &str) -> usize {
    ward.store("tasks").iter().filter(|task| task["description"] == words).count()
}

fn outbox(ward: &Ward) -> Vec<Value> {
    ward.run(&["outbox", "ls", "--json"]).json().as_array().unwrap().clone()
}

fn deeds(ward: &Ward) -> Vec<String> {
    let journal = ward.run(&["journal", "--json"]).json();
    journal["deeds"].as_array().unwrap().iter().map(|deed| text(deed, "kind").to_owned()).collect()
}

#[test]
fn a_create_that_could_not_go_out_is_kept_and_arrives_once() {
    let (ward, mut door) = behind_a_door();
    let said = make(&ward);
    assert_eq!((said.code, said.out.as_str()), (5, ""), "{said:?}");
    assert!(said.err.contains("It is kept in the outbox") && said.err.contains(WORDS), "{}", said.err);
    let waiting = outbox(&ward);
    assert_eq!(waiting.len(), 1);
    let expected =
        json!({"schema": 1, "source": "clinic", "state": "waiting", "kind": "create-task", "home": true});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&waiting[0][name], value, "{name}");
    }
    let table = ward.run(&["outbox", "ls"]);
    let id = text(&waiting[0], "id");
    assert_eq!(table.code, 0);
    assert!(
        table.out.contains(&id[..8]) && table.out.contains("waits: ") && table.out.contains(WORDS),
        "{table:?}"
    );

    let still = ward.run(&["outbox", "retry", "--all"]);
    assert_eq!((still.code, made(&ward, WORDS)), (5, 0), "{still:?}");
    door.open(Way::Open);
    let sent = ward.run(&["outbox", "retry", &id[..8], "--json"]);
    assert_eq!((sent.code, made(&ward, WORDS)), (0, 1), "{sent:?}");
    let sent = sent.json();
    assert_eq!(
        (&sent[0]["schema"], &sent[0]["result"], &sent[0]["id"]),
        (&json!(1), &json!("done"), &json!(id))
    );
    let none = ward.run(&["outbox", "retry", "--all"]);
    assert_eq!((none.code, made(&ward, WORDS)), (1, 1), "{none:?}");
    let none = ward.run(&["outbox", "ls"]);
    assert_eq!((none.code, none.out.as_str()), (1, ""));
    assert_eq!(deeds(&ward), ["confirmed", "sent", "sent", "sent", "done"], "each try is told");
}

#[test]
fn the_next_command_for_a_source_sends_first_what_waited_for_it() {
    let (ward, mut door) = behind_a_door();
    assert_eq!(make(&ward).code, 5);
    door.open(Way::Open);
    let said = ward.run(&["new", "--description", "Synthetic: the second"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.err.contains("Sent from the outbox") && said.err.contains(WORDS), "{}", said.err);
    assert_eq!((made(&ward, WORDS), made(&ward, "Synthetic: the second")), (1, 1));
    let tasks = ward.store("tasks");
    let place = |words: &str| tasks.iter().position(|task| task["description"] == words);
    assert!(place(WORDS) < place("Synthetic: the second"));
    assert_eq!(outbox(&ward), Vec::<Value>::new());
}

#[test]
fn a_change_that_was_seen_and_could_not_go_out_is_kept_and_compared_when_it_goes() {
    let (ward, mut door) = behind_a_door();
    let id = free_task(&ward);
    let full = format!("clinic/{id}");
    let said = ward.run(&["done", &full]);
    assert_eq!(said.code, 5);
    assert!(said.err.contains("Nothing was sent or kept"), "it was never read: {}", said.err);
    assert_eq!(outbox(&ward), Vec::<Value>::new());

    door.open(Way::Once);
    let said = ward.run(&["note", &full, "rang the ward", "--json"]);
    assert_eq!(said.code, 5, "{said:?}");
    let result = &said.json()[0];
    assert_eq!((&result["result"], &result["exit"]), (&json!("waiting"), &json!(5)), "{said:?}");
    let waiting = outbox(&ward);
    assert_eq!((&waiting[0]["id"], &waiting[0]["task"]), (&result["write"], &json!(id)));
    assert_eq!(waiting[0]["typed"], "rang the ward");

    door.open(Way::Open);
    let said = ward.run(&["priority", &full, "stat"]);
    // The older change goes first, so the newer one was made of a task that is no more.
    assert!(said.err.contains("Sent from the outbox"), "{said:?}");
    assert!(text(&ward.task(&id), "note").ends_with("rang the ward"));
    assert_eq!(outbox(&ward), Vec::<Value>::new(), "{said:?}");
}

#[test]
fn an_unknown_create_is_only_sent_again_by_its_name() {
    let (ward, mut door) = behind_a_door();
    door.open(Way::Swallows);
    let said = make(&ward);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.err.contains("Nobody knows whether this was done"), "{}", said.err);
    let unknown = outbox(&ward);
    let id = text(&unknown[0], "id");
    door.open(Way::Open);
    let looked = ward.run(&["outbox", "retry", "--all"]);
    assert_eq!((looked.code, made(&ward, WORDS)), (5, 1), "{looked:?}");
    assert!(looked.err.contains("may be it: clinic/"), "{}", looked.err);
    assert_eq!(outbox(&ward)[0]["state"], "unknown");
    let taken = ward.run(&["outbox", "drop", &id[..8]]);
    assert_eq!((taken.code, taken.err.contains("may have been done")), (0, true), "{taken:?}");
    assert_eq!((made(&ward, WORDS), outbox(&ward)), (1, Vec::new()));
    assert_eq!(deeds(&ward).last().map(String::as_str), Some("dropped"));
    assert_eq!(ward.run(&["outbox", "drop", &id[..8]]).code, 1);
}

#[test]
fn a_source_that_moved_gets_nothing_by_itself() {
    let (ward, _door) = behind_a_door();
    assert_eq!(make(&ward).code, 5);
    ward.configure(&ward.source("clinic", &ward.url()));
    let said = ward.run(&["outbox", "retry", "--all"]);
    assert_eq!((said.code, made(&ward, WORDS)), (2, 0), "{said:?}");
    assert!(said.err.contains("was confirmed for http://127.0.0.1:"), "{}", said.err);
    let listed = &outbox(&ward)[0];
    assert_eq!(listed["home"], false);
    assert!(text(listed, "words").contains("not sent by itself"), "{listed}");
    assert_eq!(ward.run(&["new", "--description", "Synthetic: another"]).code, 0);
    assert_eq!(made(&ward, WORDS), 0, "another write does not take it along");
    let said = ward.run(&["outbox", "retry", text(listed, "id")]);
    assert_eq!((said.code, made(&ward, WORDS)), (0, 1), "{said:?}");
}

#[test]
fn a_dry_run_keeps_nothing_and_reading_makes_nothing() {
    let (ward, _door) = behind_a_door();
    for args in [
        &["new", "--description", "x", "--dry-run"][..],
        &["outbox", "ls", "--json"],
        &["drafts", "ls"],
        &["journal"],
    ] {
        ward.run(args);
    }
    assert!(!ward.home().join("state/rounds").exists());
    assert_eq!(ward.run(&["drafts", "show", "0192"]).code, 1);
    assert_eq!(ward.run(&["outbox", "retry"]).code, 2, "which ones must be said");
}

#[test]
fn beside_a_running_instance_a_verb_works_and_says_that_it_is_not_kept() {
    use rustix::fs::{FlockOperation, flock};
    let (ward, mut door) = behind_a_door();
    assert_eq!(make(&ward).code, 5);
    let lock = std::fs::File::open(ward.home().join("state/rounds/store.lock")).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    let offline = ward.run(&["new", "--description", "Synthetic: lost"]);
    assert_eq!(offline.code, 5);
    assert!(offline.err.contains("It is not kept.") && offline.err.contains("process "), "{}", offline.err);
    assert_eq!(outbox(&ward).len(), 1, "looking works, and only the first was kept");
    for args in [&["outbox", "retry", "--all"][..], &["outbox", "drop", "0"], &["drafts", "drop", "0"]] {
        let said = ward.run(args);
        assert_eq!((said.code, said.err.contains("is running and keeps the outbox")), (4, true), "{said:?}");
    }
    door.open(Way::Open);
    let said = ward.run(&["new", "--description", "Synthetic: sent"]);
    assert_eq!((said.code, made(&ward, "Synthetic: sent")), (0, 1), "{said:?}");
    assert_eq!(made(&ward, WORDS), 0, "what the other keeps is the other's");
}

#[test]
fn a_refused_write_gives_its_words_back_and_the_journal_tells() {
    let ward = Ward::open();
    ward.faults(&json!({"next": [{"fault": "conflict_409", "method": "PATCH"}]}));
    let id = free_task(&ward);
    let said = ward.run(&["note", &id, "words of value"]);
    assert_eq!(said.code, 4, "{said:?}");
    assert!(said.err.contains("What was typed:\nwords of value"), "{}", said.err);
    let journal = ward.run(&["journal"]);
    assert_eq!(journal.code, 0);
    assert!(
        journal.out.contains("refused") && journal.out.contains("The journal is whole: 3 entries."),
        "{journal:?}"
    );
    let last = ward.run(&["journal", "--limit", "1", "--json"]).json();
    assert_eq!((&last["whole"], &last["deeds"][0]["kind"]), (&json!(true), &json!("refused")));
    assert_eq!(last["deeds"].as_array().map(Vec::len), Some(1));
}

#[test]
fn without_a_home_the_command_line_works_and_keeps_nothing() {
    let ward = Ward::open();
    let said = ward.run_homeless(&["new", "--description", "Synthetic: homeless"]);
    assert_eq!((said.code, made(&ward, "Synthetic: homeless")), (0, 1), "{said:?}");
    assert!(said.err.contains("There is no home directory."), "{}", said.err);
    assert_eq!(ward.run_homeless(&["outbox", "ls"]).code, 1);
}

#[test]
fn a_create_that_was_cut_off_by_a_kill_is_looked_for_and_never_sent_by_itself() {
    let (ward, mut door) = behind_a_door();
    door.open(Way::Swallows);
    let mut running = ward.start(&["new", "--description", WORDS]);
    door.until_swallowed(std::time::Duration::from_secs(30));
    running.kill().unwrap();
    running.wait().unwrap();
    let cut = outbox(&ward);
    assert!(cut.len() == 1 && ["sending", "looking"].contains(&text(&cut[0], "state")), "{cut:?}");
    door.open(Way::Open);
    let looked = ward.run(&["outbox", "retry", "--all"]);
    assert_eq!((looked.code, made(&ward, WORDS)), (5, 1), "{looked:?}");
    assert_eq!(ward.asked("clinikapi", "POST"), 1);
    let again = ward.run(&["outbox", "retry", text(&outbox(&ward)[0], "id")]);
    assert_eq!((again.code, ward.asked("clinikapi", "POST")), (0, 2), "by the user's word: {again:?}");
    assert_eq!(outbox(&ward), Vec::<Value>::new());
}

#[test]
fn what_is_wrong_on_this_side_is_not_called_offline() {
    let ward = Ward::open();
    let source = ward.source("clinic", "https://localhost:9");
    ward.configure(&format!("{source}ca_file = \"{}\"\n", ward.home().join("key").display()));
    for args in [&["ls"][..], &["show", "clinic/x"], &["done", "clinic/x"], &["sources"]] {
        let said = ward.run(args);
        assert_eq!(said.code, 2, "{args:?}: {said:?}");
    }
}

#[test]
fn the_doctor_tells_the_store() {
    let (ward, _door) = behind_a_door();
    let empty = ward.run(&["doctor", "--json"]).json();
    assert_eq!(empty["store"]["access"], "empty");
    assert_eq!(make(&ward).code, 5);
    let doctor = ward.run(&["doctor", "--json"]).json();
    let store = &doctor["store"];
    assert_eq!(
        (&store["writes"], &store["drafts"], &store["journal"]),
        (&json!(1), &json!(0), &json!("whole"))
    );
    assert_eq!((&store["access"], &store["holder"]), (&json!("free"), &Value::Null), "{store}");
    assert!(text(store, "key").contains("store.key (mode 600)"), "{store}");
    let told = ward.run(&["doctor"]).out;
    assert!(told.contains("1 unsent write") && told.contains("journal is whole"), "{told}");
}
