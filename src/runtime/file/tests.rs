//! Files that are as they should be, and files that are not.

use super::{lines::LINE_BYTES, *};
use crate::{
    domain::task::SourceId,
    providers::{SourceProfile, ndjson},
};
use std::{fs, io::Write, path::Path};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("rounds-files-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn files(paths: &[&Path]) -> Files {
    Files::new(paths.iter().map(|path| (*path).to_owned()), Reader::new(SourceId(0), None))
}

fn task(id: usize) -> String {
    format!(
        "{{\"resourceType\":\"Task\",\"id\":\"t{id}\",\"status\":\"requested\",\"for\":{{\"reference\":\"Patient/p1\"}}}}\n"
    )
}

const PATIENT: &str = "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"name\":[{\"family\":\"Synthetic\",\"given\":[\"Ada\"]}]}\n";

async fn ask(files: &Files, call: Call) -> Result<Reply, ApiError> {
    let provider = ndjson::make(SourceProfile::default());
    files.answer(&*provider, &call).await.map(|answer| answer.reply)
}

async fn next(files: &Files, cursor: Option<String>) -> Result<Page, ApiError> {
    let call = Call::SearchTasks { search: crate::providers::TaskSearch::default(), cursor, count: 2_000 };
    match ask(files, call).await? {
        Reply::Page(page) => Ok(page),
        other => panic!("{other:?}"),
    }
}

/// All pages as one, with how many there were.
async fn whole(files: &Files) -> (Page, usize) {
    let mut sum = Page::default();
    let mut count = 0;
    let mut cursor = None;
    loop {
        let page = next(files, cursor).await.unwrap();
        count += 1;
        sum.tasks.extend(page.tasks);
        sum.people.extend(page.people);
        sum.complaints.extend(page.complaints);
        sum.dropped += page.dropped;
        sum.is_cut |= page.is_cut;
        cursor = page.next;
        if cursor.is_none() {
            return (sum, count);
        }
    }
}

#[tokio::test]
async fn people_come_first_and_every_task_follows_in_its_order() {
    let folder = Folder::new();
    let tasks: String = (0..4_500).map(task).collect();
    let tasks = folder.file("a.json", tasks);
    let people = folder.file("z", PATIENT);
    let files = files(&[&tasks, &people, &tasks]);
    let first = next(&files, None).await.unwrap();
    assert_eq!((first.people.len(), first.tasks.len()), (1, 0), "content tells what a file is, not its name");
    let (page, count) = whole(&files).await;
    assert_eq!((page.tasks.len(), count, page.is_cut), (4_500, 5, false));
    assert!(page.tasks.iter().enumerate().all(|(place, task)| *task.key.id == *format!("t{place}")));
    assert_eq!((page.dropped, page.complaints), (0, Vec::new()));
}

#[tokio::test]
async fn bad_lines_are_named_and_counted_and_hide_nothing() {
    let folder = Folder::new();
    let long = "x".repeat(LINE_BYTES + 1);
    let content = format!(
        "\u{feff}{}\r\n\n{{\"resourceType\":\"Task\",\"status\":\"ready\"}}\nSecret\n{long}\n{}{}",
        task(1).trim_end(),
        task(2),
        task(3).trim_end(),
    );
    let path = folder.file("Task.ndjson", content);
    let (page, _) = whole(&files(&[&path])).await;
    let ids: Vec<&str> = page.tasks.iter().map(|task| &*task.key.id).collect();
    assert_eq!(ids, ["t1", "t2", "t3"], "a mark at the start, CRLF and a missing end are no harm");
    assert_eq!((page.dropped, page.is_cut), (3, false));
    let starts = [
        "Task.ndjson line 3: the task has no",
        "Task.ndjson line 4: it is not JSON",
        "Task.ndjson line 5: it is longer",
    ];
    for (complaint, start) in page.complaints.iter().zip(starts) {
        assert!(complaint.starts_with(start), "{complaint}");
    }
    let cut = folder.file("cut", &task(1)[..40]);
    let (page, _) = whole(&files(&[&cut])).await;
    assert!(page.complaints[0].contains("line 1: it breaks off"), "{:?}", page.complaints);
    let many = folder.file("many", "junk\n".repeat(2_500));
    let (page, _) = whole(&files(&[&many])).await;
    assert_eq!((page.dropped, page.complaints.len()), (2_500, 40), "twenty of a page are named");
}

#[tokio::test]
async fn what_is_no_file_of_lines_is_told_in_words() {
    let folder = Folder::new();
    let good = folder.file("good", task(1));
    for (name, content, said) in [
        ("Task.ndjson.gz", &b"\x1f\x8b\x08\x00"[..], "unpack it first"),
        ("wide", b"\xff\xfe{\x00", "UTF-16"),
        ("pretty", b"{\n  \"resourceType\": \"Bundle\"\n}", "one resource a line"),
        ("array", b"[{}]", "one resource a line"),
        ("page", b"<html>", "markup"),
    ] {
        let bad = folder.file(name, content);
        let error = next(&files(&[&bad]), None).await.unwrap_err();
        assert!(error.sentence.starts_with(name) && error.sentence.contains(said), "{error}");
        let (page, _) = whole(&files(&[&bad, &good])).await;
        assert_eq!((page.tasks.len(), page.is_cut), (1, true), "{name}: the other is read");
        assert!(page.complaints[0].contains(said), "{:?}", page.complaints);
    }
    let error = next(&files(&[&folder.0]), None).await.unwrap_err();
    assert!(error.sentence.contains("is a folder"), "{error}");
    let error = next(&files(&[&folder.0.join("gone")]), None).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotSent);
    let pipe = folder.0.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if made.is_ok_and(|status| status.success()) {
        let error = next(&files(&[&pipe]), None).await.unwrap_err();
        assert!(error.sentence.contains("a pipe"), "{error}");
    }
    let empty = folder.file("empty", "");
    let (page, _) = whole(&files(&[&empty])).await;
    assert!(page.complaints[0].contains("neither tasks nor people"), "{:?}", page.complaints);
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_leaves_the_reading_in_doubt() {
    let folder = Folder::new();
    let tasks: String = (0..9_000).map(task).collect();
    for (change, said) in [("grow", "grew"), ("cut", "became shorter"), ("remove", "removed")] {
        let path = folder.file("Task.ndjson", &tasks);
        let files = files(&[&path]);
        let mut page = next(&files, None).await.unwrap();
        match change {
            "grow" => fs::OpenOptions::new()
                .append(true)
                .open(&path)
                .unwrap()
                .write_all(task(1).as_bytes())
                .unwrap(),
            "cut" => fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap(),
            _ => fs::remove_file(&path).unwrap(),
        }
        while let Some(cursor) = page.next {
            page = next(&files, Some(cursor)).await.unwrap();
        }
        assert!(page.is_cut, "{change}");
        assert!(page.complaints.iter().any(|complaint| complaint.contains(said)), "{:?}", page.complaints);
    }
}

#[tokio::test]
async fn one_task_and_one_person_are_found_and_the_later_line_counts() {
    let folder = Folder::new();
    let newer = task(1).replace("requested", "completed");
    let path = folder.file("Task.ndjson", format!("{}{}{newer}", task(1), task(11)));
    let people = folder.file("p", PATIENT);
    let files = files(&[&path, &people]);
    let Reply::Task(found) = ask(&files, Call::ReadTask { id: "t1".into() }).await.unwrap() else { panic!() };
    assert_eq!(found.status.as_str(), "completed");
    let missing = ask(&files, Call::ReadTask { id: "t".into() }).await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound);
    let person = |id: &str| Call::ReadPerson { kind: PersonKind::Patient, id: id.into() };
    assert!(matches!(ask(&files, person("p1")).await, Ok(Reply::Person(_))));
    whole(&files).await;
    assert_eq!(ask(&files, person("p2")).await.unwrap_err().kind, ErrorKind::NotFound);
    let Reply::Alive(alive) = ask(&files, Call::Probe).await.unwrap() else { panic!() };
    assert!(alive.about.contains("p (Patient, 0.0 MB); Task.ndjson (Task, 0.0 MB)"), "{}", alive.about);
    let write = ask(&files, Call::DeleteTask { id: "t1".into() }).await.unwrap_err();
    assert_eq!((write.kind, write.sentence.as_str()), (ErrorKind::Unsupported, "A file cannot be changed."));
    assert!(next(&files, Some("9:9".to_owned())).await.is_err(), "a cursor of another reading");
}
