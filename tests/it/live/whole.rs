//! The whole document: every field typed on the screen, and the same as a file, each compared with the store.
//!
//! Must not compare samples: a row of the store is compared as it is.

use super::{
    Desk, Ward,
    writer::{Program, text},
};
use rounds::domain::outline::Path;
use serde_json::{Value, json};

const TEXT: &str = "Well <now> & \"home\".\n# no heading\n<!-- no remark -->\n  \\ indented, then a space \n\n手術 👩‍⚕️ e\u{301}";

/// Fifty sections, some with two beneath, each field in some of them.
fn sections(author: &str, task: &str) -> Value {
    let section = |place: usize| {
        let mut section =
            json!({"title": format!("Section {place}"), "text": format!("Synthetic, {place}.")});
        if place.is_multiple_of(2) {
            section["code"] = json!(format!("code-{place}"));
        }
        if place.is_multiple_of(5) {
            section["authorId"] = json!(author);
            section["mode"] = json!(["working", "snapshot", "changes"][place % 3]);
        }
        if place.is_multiple_of(10) {
            section["text"] = json!(TEXT);
            section["resourceIds"] = json!([task, "Observation/k-1"]);
            section["sections"] = json!([
                {"title": format!("{place} beneath"), "code": "11348-0", "text": TEXT},
                {"title": "Other", "text": "-"}
            ]);
        }
        section
    };
    (0..50).map(section).collect()
}

/// Every field that contract clinikapi §2.2 knows of.
fn full(patient: &str, author: &str, task: &str) -> Value {
    json!({
        "status": "final", "type": "discharge-summary", "title": "Synthetic summary", "patientId": patient,
        "practitionerId": author, "encounterId": "enc_1", "date": "2026-11-21T03:00:00Z", "confidentiality": "V",
        "category": ["Inpatient", "Ward 4C"], "custodianId": "org_1",
        "attester": [
            {"mode": "legal", "time": "2026-11-21T03:00:00Z", "partyId": author},
            {"mode": "personal", "partyId": author},
            {"mode": "official"}
        ],
        "relatesTo": [{"code": "replaces", "targetId": "doc_a"}, {"code": "appends", "targetId": "doc_b"}],
        "event": [
            {"code": [
                {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP",
                 "display": "inpatient encounter"},
                {"system": "urn:synthetic", "code": "b", "display": "two words"},
                {"display": "Words only"}
            ], "period": {"start": "2026-11-15", "end": "2026-11-21"}, "detailIds": [task, "Encounter/enc_1"]},
            {"period": {"start": "2026-11-20"}}
        ],
        "sections": sections(author, task)
    })
}

/// A row of the store without what only the source gives.
fn bare(mut row: Value) -> Value {
    for name in ["id", "createdAt", "lastModified"] {
        assert!(row.as_object_mut().unwrap().remove(name).is_some(), "{name}");
    }
    row
}

async fn titled(ward: &Ward, title: &str) -> Vec<Value> {
    let rows = ward.rows("clinikapi", "documents").await;
    rows.into_iter().filter(|row| row["title"] == title).collect()
}

struct Person {
    id: String,
    family: String,
}

async fn person(ward: &Ward, collection: &str, id: &str) -> Person {
    let rows = ward.rows("clinikapi", collection).await;
    let row = rows.into_iter().find(|row| id == text(row, "id")).unwrap();
    Person { id: id.to_owned(), family: text(&row, "lastName").to_owned() }
}

async fn type_header(desk: &mut Desk<'_>, patient: &Person, author: &Person, task: &str) {
    desk.press("h");
    desk.type_field("Status", "final");
    desk.go_to("Type");
    desk.pick("discharge", "discharge-summary").await;
    desk.type_field("Title", "Synthetic summary");
    desk.go_to("Patient");
    desk.pick(&patient.family, &patient.id).await;
    desk.go_to("Author");
    desk.pick(&author.family, &author.id).await;
    desk.type_field("Encounter", "enc_1");
    desk.type_field("Date", "2026-11-21 03:00");
    desk.go_to("Confidentiality");
    desk.pick("", "V").await;
    desk.type_field("Categories", "Inpatient\nWard 4C");
    desk.type_field("Custodian", "org_1");

    desk.type_field("Attesters", "legal | 2026-11-21 03:00 | ");
    desk.pick(&author.family, &author.id).await;
    desk.press("Enter");
    desk.pick("pers", "personal").await;
    desk.pick(&author.family, &author.id).await;
    desk.press("Enter");
    desk.pick("off", "official").await;
    desk.settle().await;
    desk.press("Esc");

    desk.go_to("Relates to");
    for (word, title, id) in [("replaces", "Synthetic one", "doc_a"), ("appends", "Synthetic other", "doc_b")]
    {
        desk.pick(word, word).await;
        desk.pick(title, id).await;
        desk.press("Enter");
    }

    desk.go_to("Events");
    desk.pick("inpatient", "http://terminology.hl7.org/CodeSystem/v3-ActCode#IMP inpatient encounter").await;
    desk.write(" + urn:synthetic#b two words + - Words only | 2026-11-15..2026-11-21 | ");
    desk.pick("", task).await;
    desk.type_lines(" Encounter/enc_1\n| 2026-11-20..");
    desk.press("F2");
    assert!(desk.state.layers.is_empty(), "the header is taken: {:?}", desk.state.layers.last());
}

/// Writes a section into the one under the cursor, which is new: its fields, its text, those beneath it.
async fn type_section(desk: &mut Desk<'_>, section: &Value, author: &Person, task: &str) {
    desk.press("e");
    desk.type_field("Title", text(section, "title"));
    desk.type_field("Code", text(section, "code"));
    if section.get("authorId").is_some() {
        desk.go_to("Author");
        desk.pick(&author.family, &author.id).await;
    }
    if let Some(mode) = section.get("mode").and_then(Value::as_str) {
        desk.go_to("Mode");
        desk.pick(mode, mode).await;
    }
    if section.get("resourceIds").is_some() {
        desk.go_to("Records");
        desk.pick("", task).await;
        desk.write(" Observation/k-1");
    }
    desk.press("F2 Enter");
    desk.type_lines(text(section, "text"));
    desk.press("Esc");
    let beneath = section.get("sections").and_then(Value::as_array).cloned().unwrap_or_default();
    for (place, inner) in beneath.iter().enumerate() {
        desk.press(if place == 0 { "O" } else { "o" });
        desk.write("new");
        desk.press("Enter");
        Box::pin(type_section(desk, inner, author, task)).await;
    }
    for _ in &beneath {
        desk.press("k");
    }
}

#[tokio::test]
async fn every_field_typed_on_the_screen_or_posted_as_a_file_is_in_the_store() {
    let ward = Ward::with_tasks(12).await;
    let tasks = ward.tasks().await;
    let (task, row) = tasks.iter().find(|(_, row)| row.get("patientId").is_some()).unwrap();
    let task = format!("Task/{task}");
    let patient = person(&ward, "patients", text(row, "patientId")).await;
    let author = person(&ward, "practitioners", "prac_intern").await;
    for (id, title) in [("doc_a", "Synthetic one"), ("doc_b", "Synthetic other")] {
        let earlier = json!({
            "status": "final", "type": "care-plan", "title": title, "patientId": patient.id,
            "practitionerId": author.id, "date": "2026-11-20T03:00:00Z",
            "sections": [{"title": "Goals", "text": "Synthetic."}]
        });
        ward.colleague(json!({"kind": "documents", "id": id, "create": earlier})).await;
    }
    let wanted = full(&patient.id, &author.id, &task);

    let mut desk = Desk::loaded(&ward).await;
    desk.begin_document().await;
    type_header(&mut desk, &patient, &author, &task).await;
    for (place, section) in wanted["sections"].as_array().unwrap().iter().enumerate() {
        if place > 0 {
            desk.press("o");
            desk.write("new");
            desk.press("Enter");
        }
        assert_eq!(desk.editor().at, Path::new([place]));
        type_section(&mut desk, section, &author, &task).await;
    }
    assert_eq!(desk.wrong(), [""; 0]);
    desk.send_document("sign").await;
    let mut rows = titled(&ward, "Synthetic summary").await;
    let id = text(&rows[0], "id").to_owned();
    assert_eq!((rows.len(), bare(rows.remove(0))), (1, wanted.clone()), "as typed");

    let program = Program::new(&ward);
    let (code, file, said) = program.run(&["doc", "show", &format!("clinic/{id}"), "--markdown"], "").await;
    assert_eq!(code, 0, "{said}");
    // What makes the file a change of the document that it was written from is taken out: it is a new one.
    let own = ["id = ", "version = ", "lastModified = ", "base = "];
    let (head, body) = file.split_at(file.find("\n+++\n").unwrap());
    let head: Vec<&str> =
        head.lines().filter(|line| !own.iter().any(|name| line.starts_with(name))).collect();
    let file = format!("{}{body}", head.join("\n"));
    let (code, said, complaint) = program.run(&["doc", "post", "-", "--sign"], &file).await;
    assert_eq!(code, 0, "{complaint}");
    let mut rows = titled(&ward, "Synthetic summary").await;
    rows.retain(|row| row["id"] != *id);
    assert!(said.contains(text(&rows[0], "id")), "{said}");
    assert_eq!((rows.len(), bare(rows.remove(0))), (1, wanted), "as posted");
}

#[tokio::test]
async fn an_addendum_on_the_screen_sends_all_five_sections_with_what_is_beneath_and_not_known() {
    let ward = Ward::with_tasks(12).await;
    let sections = json!([
        {"title": "A", "weight": 2.5, "text": "a", "sections": [{"title": "A1", "seen": true, "text": "a1"}], "last": [1]},
        {"title": "B", "text": "b", "mode": "working", "authorId": "prac_intern", "resourceIds": ["Observation/1"]},
        {"title": "C", "text": "c", "code": "x"},
        {"text": "d", "title": "D"}
    ]);
    let four = json!({
        "status": "final", "type": "care-plan", "title": "Synthetic plan", "patientId": "pt_1",
        "practitionerId": "prac_registrar", "date": "2026-11-21T03:00:00Z", "sections": sections,
        "stage": "peer-review"
    });
    ward.colleague(json!({"kind": "documents", "id": "doc_four", "create": four})).await;
    let before = titled(&ward, "Synthetic plan").await.remove(0);

    let mut desk = Desk::loaded(&ward).await;
    desk.press("gd");
    if desk.state.documents.of.is_some() {
        desk.press("a");
    }
    desk.settle().await;
    let is_there = |desk: &Desk<'_>| {
        let row = rounds::app::screens::documents::selected(&desk.state).1;
        format!("{row:?}").contains("doc_four")
    };
    for _ in 0..50 {
        if is_there(&desk) {
            break;
        }
        desk.press("j");
        desk.settle().await;
    }
    desk.press("Enter");
    desk.settle().await;
    desk.press("G o");
    desk.write("Addendum");
    desk.press("Enter Enter");
    desk.type_lines("More,\nof the fifth.");
    desk.press("Esc h");
    desk.type_field("Status", "amended");
    desk.press("F2");
    desk.send_document("").await;

    let sent = ward.requests("PATCH").await;
    let mut wanted = sections.as_array().unwrap().clone();
    wanted.push(json!({"title": "Addendum", "text": "More,\nof the fifth."}));
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["body"], json!({"status": "amended", "sections": wanted}));
    let order: Vec<&String> = sent[0]["body"]["sections"][0].as_object().unwrap().keys().collect();
    assert_eq!(order, ["title", "weight", "text", "sections", "last"], "each in its place");
    let mut after = titled(&ward, "Synthetic plan").await.remove(0);
    // The source keeps no key that it does not know, and the screen says which were lost there.
    let mut kept = wanted.clone();
    for name in ["weight", "last"] {
        kept[0].as_object_mut().unwrap().remove(name);
    }
    kept[0]["sections"][0].as_object_mut().unwrap().remove("seen");
    assert!(desk.heard("this did not stick: sections.0.weight"), "{:?}", desk.said);
    assert_eq!(after["sections"], Value::Array(kept));
    for name in ["sections", "status", "lastModified"] {
        after[name] = before[name].clone();
    }
    assert_eq!(after, before, "nothing else is touched");
}
