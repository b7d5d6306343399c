//! The files of an export on a desk: every row comes into the list, and a file that changed is read again by `r`.

use super::{Desk, Ward};
use rounds::app::source::Link;
use std::fs;

fn task(id: usize) -> String {
    let priority = if id.is_multiple_of(100) { "stat" } else { "routine" };
    format!(
        "{{\"resourceType\":\"Task\",\"id\":\"t{id}\",\"status\":\"requested\",\"priority\":\"{priority}\",\
         \"for\":{{\"reference\":\"Patient/p1\"}}}}\n"
    )
}

const PATIENT: &str = "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"name\":[{\"family\":\"Synthetic\",\"given\":[\"Ada\"]}]}\n";

#[tokio::test]
async fn every_row_of_a_file_comes_into_the_list_and_r_reads_it_again() {
    let ward = Ward::with_tasks(10).await;
    let folder = std::env::temp_dir().join(format!("rounds-export-{}", uuid::Uuid::now_v7()));
    fs::create_dir_all(&folder).unwrap();
    let (tasks, people) = (folder.join("Task.ndjson"), folder.join("Patient.ndjson"));
    let text: String = (0..30_000).map(task).collect();
    fs::write(&tasks, format!("{text}junk\n")).unwrap();
    fs::write(&people, PATIENT).unwrap();
    let mut desk = Desk::of_files(&ward, &[&tasks, &people]).await;
    let held = |desk: &Desk<'_>| (desk.state.store.len(), desk.state.worklist.rows.len());
    assert_eq!(held(&desk), (30_000, 30_000));
    assert_eq!((desk.source().complete, desk.source().dropped), (true, 1));
    assert!(desk.source().complaints[0].starts_with("Task.ndjson line 30001: "));
    assert_eq!(desk.state.people.len(), 1);
    assert!(desk.source().next_poll.is_none(), "it is not read again by itself");
    desk.press("/");
    desk.write("prio:stat");
    desk.press("Enter");
    desk.settle().await;
    assert_eq!(held(&desk).1, 300);

    fs::write(&tasks, (0..100).map(task).collect::<String>()).unwrap();
    desk.press("r");
    desk.settle().await;
    desk.press("\\");
    desk.settle().await;
    assert_eq!(held(&desk), (100, 100), "what the file has no more is gone");

    fs::remove_file(&tasks).unwrap();
    fs::remove_file(&people).unwrap();
    desk.press("r");
    desk.settle().await;
    assert!(matches!(desk.source().link, Link::Degraded { .. }), "{:?}", desk.source().link);
    assert_eq!(held(&desk).0, 100, "what was read stays");
    fs::remove_dir_all(&folder).ok();
}
