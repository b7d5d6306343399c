//! Export files from the command line: listed, shown, never changed, and told where they are bad.

use super::ward::{Ward, ids};
use std::fs;

fn configured(ward: &Ward, files: &[&str]) {
    let list: Vec<String> = files.iter().map(|file| format!("{:?}", ward.home().join(file))).collect();
    ward.configure(&format!("[source.export]\nkind = \"ndjson\"\nfiles = [{}]\n", list.join(", ")));
}

#[test]
fn an_export_is_listed_with_its_names_and_refuses_every_verb() {
    let ward = Ward::open();
    let task = |id: &str, priority: &str| {
        format!(
            "{{\"resourceType\":\"Task\",\"id\":\"{id}\",\"status\":\"requested\",\"priority\":\"{priority}\",\
             \"description\":\"Synthetic {id}\",\"for\":{{\"reference\":\"Patient/p1\"}}}}\n"
        )
    };
    fs::write(ward.home().join("a"), format!("{}junk\n{}", task("t1", "stat"), task("t2", "routine")))
        .unwrap();
    let patient = "{\"resourceType\":\"Patient\",\"id\":\"p1\",\"name\":[{\"family\":\"Synthetic\",\"given\":[\"Ada\"]}]}";
    fs::write(ward.home().join("b"), patient).unwrap();
    configured(&ward, &["a", "b"]);
    let said = ward.run(&["ls", "--json"]);
    assert_eq!((said.code, ids(&said.json()).len()), (0, 2), "{said:?}");
    assert!(said.err.contains("export: a line 2: it is not JSON"), "{}", said.err);
    assert!(said.err.contains("1 rows could not be read"), "{}", said.err);
    let table = ward.run(&["ls", "prio:stat", "pt:synthetic", "--fields", "key,patient"]);
    assert!(table.out.contains("export/t1") && table.out.contains("Synthetic A"), "{table:?}");
    let shown = ward.run(&["show", "t2"]);
    assert_eq!((shown.code, shown.out.contains("Ada Synthetic")), (0, true), "{shown:?}");
    for args in [&["done", "t1"][..], &["note", "export/t1", "x"], &["new", "--description", "x"]] {
        let said = ward.run(args);
        assert_eq!((said.code, said.err.contains("A file cannot be changed.")), (3, true), "{said:?}");
    }
    let doctor = ward.run(&["doctor"]);
    assert!(doctor.out.contains("export (EX)"), "{doctor:?}");
    assert!(doctor.out.contains("A file cannot be changed."), "{doctor:?}");
}

#[test]
fn a_file_that_is_none_is_told_by_its_code() {
    let ward = Ward::open();
    fs::write(ward.home().join("Task.ndjson.gz"), b"\x1f\x8b\x08").unwrap();
    configured(&ward, &["Task.ndjson.gz"]);
    let said = ward.run(&["ls"]);
    assert_eq!((said.code, said.err.contains("unpack it first")), (7, true), "{said:?}");
    configured(&ward, &["gone"]);
    let said = ward.run(&["count"]);
    assert_eq!(
        (said.code, said.out.as_str(), said.err.contains("cannot be read")),
        (2, "", true),
        "{said:?}"
    );
    assert_eq!(ward.run(&["open", "gone"]).code, 2, "no terminal");
}
