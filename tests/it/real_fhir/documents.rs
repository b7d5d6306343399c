//! Documents at a FHIR server that nobody here wrote: a Composition with every part, edited, looked for, and raced for.
//!
//! Must not touch what it did not make itself: every person and document in it is synthetic.

use super::server::{Server, key};
use rounds::{
    domain::{
        document::{Document, DocumentStatus, Section, Thing},
        task::SourceId,
    },
    providers::{Call, DocumentCall, DocumentSearch, ErrorKind, Reply, document_json::document_from_text},
};
use serde_json::{Value, json};

/// A document as it is typed, from ClinikAPI's words for it.
fn typed(body: &Value) -> Document {
    fn forget(section: &mut Section) {
        section.raw = None;
        section.sections.iter_mut().for_each(forget);
    }
    let mut document = document_from_text(SourceId::default(), &body.to_string()).unwrap();
    document.raw = None;
    document.sections.iter_mut().for_each(forget);
    document
}

fn small(patient: &str, nurse: &str, title: &str) -> Value {
    json!({
        "status": "preliminary", "type": "care-plan", "title": title, "patientId": patient, "practitionerId": nurse,
        "date": "2026-11-21T03:00:00Z", "sections": [{"title": "Goals", "text": "Synthetic."}]
    })
}

/// Every part of a document, three levels and fifty sections.
async fn full(server: &Server, patient: &str, nurse: &str, earlier: &str) -> Value {
    let house = json!({"resourceType": "Organization", "name": "Synthetic house"});
    let house = format!("Organization/{}", server.post("/Organization", &house.to_string()).await);
    let stay = json!({"resourceType": "Encounter", "status": "finished", "subject": {"reference": patient},
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}});
    let stay = format!("Encounter/{}", server.post("/Encounter", &stay.to_string()).await);
    let mut sections = vec![json!({
        "title": "Course", "code": "hospital-course", "mode": "working", "resourceIds": [patient], "authorId": nurse,
        "text": "K+ < 3 & \"falling\"\n\nGiven:\n  20 mmol\tslowly\n\n\n手術 👩‍⚕️ \u{202e}abc\u{202c} end ",
        "sections": [{"title": "Complications", "code": "11348-0", "text": "None.",
                      "sections": [{"title": "Deep", "code": "own words", "text": "It stands."}]}]
    })];
    sections.extend((1..50).map(|place| json!({"title": format!("Section {place}"), "text": "Synthetic."})));
    json!({
        "status": "final", "type": "discharge-summary", "title": "Synthetic summary", "patientId": patient,
        "practitionerId": nurse, "encounterId": stay, "date": "2026-11-21T03:00:00Z", "confidentiality": "R",
        "category": ["Inpatient"], "custodianId": house,
        "attester": [{"mode": "legal", "time": "2026-11-21T03:00:00Z", "partyId": nurse}, {"mode": "official", "partyId": house}],
        "relatesTo": [{"code": "replaces", "targetId": earlier}],
        "event": [{"code": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP",
                             "display": "inpatient encounter"}],
                   "period": {"start": "2026-11-15", "end": "2026-11-21"}, "detailIds": [stay]}],
        "sections": sections
    })
}

async fn create(server: &Server, body: &Value, key: &str) -> (Document, Vec<String>) {
    let call = Call::Document(DocumentCall::Create {
        draft: Box::new(typed(body)),
        idempotency_key: key.to_owned(),
    });
    saved(server.ask(&call).await)
}

fn update(base: &Document, document: &Document) -> Call {
    Call::Document(DocumentCall::Update {
        base: Box::new(base.clone()),
        document: Box::new(document.clone()),
        idempotency_key: key(),
    })
}

fn saved(outcome: Result<Reply, rounds::providers::ApiError>) -> (Document, Vec<String>) {
    match outcome.unwrap() {
        Reply::DocumentSaved { document, differs } => (*document, differs),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn contract_fhir_20_a_document_with_every_part_is_taken_kept_and_amended() {
    let Some(server) = Server::open().await else { return };
    println!("documents: {:?}", server.about.can.refused.get(&rounds::domain::can::Capability::Document));
    let (patient, nurse) = server.people().await;
    let (earlier, _) = create(&server, &small(&patient, &nurse, "Synthetic plan"), &key()).await;
    let body = full(&server, &patient, &nurse, &format!("Composition/{}", earlier.key.id)).await;
    let mark = key();
    let (made, differs) = create(&server, &body, &mark).await;
    assert_eq!(differs, [""; 0], "field for field");
    let (again, _) = create(&server, &body, &mark).await;
    println!("made once: {}", again.key == made.key);
    assert!(again.key == made.key || !server.about.can.creates_once);
    let Reply::Document(read) =
        server.ask(&Call::Document(DocumentCall::Read { id: made.key.id.clone() })).await.unwrap()
    else {
        panic!()
    };
    assert_eq!(typed(&body).changed(&read), []);
    assert_eq!(read.section_count(), 52);
    let mut amended = (*read).clone();
    amended.status = DocumentStatus::Amended;
    amended.sections.push(Section {
        title: "Addendum".into(),
        text: "More & more.".into(),
        ..Section::default()
    });
    let before = server.text(&format!("/Composition/{}", made.key.id)).await;
    let (after, differs) = saved(server.ask(&update(&read, &amended)).await);
    assert_eq!((differs, after.sections.len()), (vec![], 51));
    let now = server.text(&format!("/Composition/{}", made.key.id)).await;
    let first = |text: &str| serde_json::from_str::<Value>(text).unwrap()["section"][0].clone();
    assert_eq!(first(&before), first(&now), "what was not edited stands as it was");
    let search = DocumentSearch {
        patient: Some(patient),
        kind: Some("discharge-summary".into()),
        ..DocumentSearch::default()
    };
    let found = server.ask(&Call::Document(DocumentCall::Search { search, cursor: None, count: 10 })).await;
    let Reply::Documents(page) = found.unwrap() else { panic!() };
    println!("found {} of {:?}, complaints {:?}", page.documents.len(), page.total, page.complaints);
    assert!(page.documents.iter().any(|row| row.key == made.key));
}

#[tokio::test]
#[ignore = "needs a FHIR server of yours on loopback: ROUNDS_TEST_FHIR_URL"]
async fn a_lost_document_is_found_by_its_mark_and_a_stale_one_is_a_conflict() {
    let Some(server) = Server::open().await else { return };
    let (patient, nurse) = server.people().await;
    let (draft, mark) = (Box::new(typed(&small(&patient, &nurse, "Synthetic lost"))), key());
    let call = Call::Document(DocumentCall::Create { draft: draft.clone(), idempotency_key: mark.clone() });
    let error = server.ask_and_lose(&call).await;
    assert!(error.kind.leaves_write_unknown(), "{error:?}");
    let look = Call::Document(DocumentCall::FindCreated { draft, idempotency_key: mark });
    let Reply::Candidates(found) = server.ask(&look).await.unwrap() else { panic!() };
    let [Thing::Document(base)] = &*found else { panic!("{found:?}") };
    let change = |title: &str| Document { title: title.into(), ..(**base).clone() };
    let (_, differs) = saved(server.ask(&update(base, &change("Theirs"))).await);
    assert_eq!(differs, [""; 0]);
    let error = server.ask(&update(base, &change("Mine"))).await.unwrap_err();
    let ErrorKind::Conflict(Some(Thing::Document(seen))) = error.kind else { panic!("{error:?}") };
    assert_eq!(&*seen.title, "Theirs");
    // Changed by somebody else between the read and the write: the server has to notice.
    let change = |title: &str| Document { title: title.into(), ..(*seen).clone() };
    let later = update(&seen, &change("Later"));
    let outcome = server
        .ask_with(&update(&seen, &change("Mine")), async |step| {
            if step == 1 {
                drop(server.ask(&later).await);
            }
        })
        .await;
    let error = outcome.unwrap_err();
    println!("{error}");
    let ErrorKind::Conflict(Some(Thing::Document(now))) = error.kind else { panic!("{error:?}") };
    assert_eq!(&*now.title, "Later");
}
