//! Documents over real HTTP: the outbox, the adapter, the wire and the sandbox's store, without a screen.
//!
//! Must not look at what a client believes where the store can be asked.

use super::Ward;
use rounds::{
    app::outbox::{CallId, Intent, IntentId, IntentState, Outbox, Settled, Ways, Wish},
    domain::{
        document::{Document, DocumentStatus, Section, Thing},
        task::SourceId,
    },
    providers::{
        Answer, ApiError, Call, DocumentCall, DocumentSearch, ErrorKind, Reply, SourceProfile, clinikapi,
        document_json::document_from_text,
    },
    runtime::{
        http::{Origin, OriginOptions},
        link::Link,
        vault::{CredentialSource, Secret, Vault},
    },
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const SOURCE: SourceId = SourceId(0);

fn link(ward: &Ward) -> Link {
    let from = CredentialSource::Environment("K".to_owned());
    let key = CredentialSource::Known(Secret::parse_password(&ward.handle.key, &from).unwrap());
    let provider =
        clinikapi::make(SourceProfile { source: SOURCE, allow_delete: true, ..SourceProfile::default() });
    let origin = Origin::new(&format!("http://{}", ward.handle.clinikapi), OriginOptions::default()).unwrap();
    Link::new(provider, origin, key, Arc::new(Vault::new([])))
}

/// A document as it is typed, from the body that it should become.
fn typed(body: &Value) -> Document {
    fn forget(section: &mut Section) {
        section.raw = None;
        section.sections.iter_mut().for_each(forget);
    }
    let mut document = document_from_text(SOURCE, &body.to_string()).unwrap();
    document.raw = None;
    document.sections.iter_mut().for_each(forget);
    document
}

/// A body with every field of the contract and two levels of sections, fifty of them at the top.
fn full() -> Value {
    let mut sections = vec![json!({
        "title": "Course", "code": "hospital-course", "text": "Well <now> & home.\nSynthetic; 手術 👩‍⚕️.",
        "resourceIds": ["Condition/1"], "authorId": "prac_intern", "mode": "snapshot",
        "sections": [{"title": "Complications", "code": "x", "text": "None."}, {"title": "Other", "text": "-"}]
    })];
    sections.extend((1..50).map(|place| json!({"title": format!("Section {place}"), "text": "Synthetic."})));
    json!({
        "status": "final", "type": "discharge-summary", "title": "Synthetic summary", "patientId": "pt_1",
        "practitionerId": "prac_registrar", "encounterId": "enc_1", "date": "2026-11-21T03:00:00Z",
        "confidentiality": "V", "category": ["Inpatient", "Ward 4C"], "custodianId": "org_1",
        "attester": [{"mode": "legal", "time": "2026-11-21T03:00:00Z", "partyId": "prac_registrar"}, {"mode": "official"}],
        "relatesTo": [{"code": "replaces", "targetId": "doc_0"}, {"code": "appends", "targetId": "doc_9"}],
        "event": [{"code": [{"system": "s", "code": "IMP", "display": "inpatient"}],
                   "period": {"start": "2026-11-15", "end": "2026-11-21"}, "detailIds": ["Encounter/enc_1"]}],
        "sections": sections
    })
}

fn small(title: &str) -> Value {
    json!({
        "status": "preliminary", "type": "care-plan", "title": title, "patientId": "pt_1",
        "practitionerId": "prac_registrar", "date": "2026-11-21T03:00:00Z",
        "sections": [{"title": "Goals", "text": "Synthetic."}]
    })
}

async fn stored(ward: &Ward, id: &str) -> Map<String, Value> {
    let rows = ward.rows("clinikapi", "documents").await;
    rows.into_iter().find(|row| row["id"] == *id).unwrap().as_object().unwrap().clone()
}

async fn read(link: &Link, id: &str) -> Document {
    match link.converse(&Call::Document(DocumentCall::Read { id: id.into() })).await.unwrap().reply {
        Reply::Document(document) => *document,
        other => panic!("{other:?}"),
    }
}

async fn create(link: &Link, body: &Value) -> Result<Answer, ApiError> {
    let draft = Box::new(typed(body));
    link.converse(&Call::Document(DocumentCall::Create { draft, idempotency_key: "k-1".to_owned() })).await
}

async fn update(link: &Link, base: &Document, document: &Document) -> Result<Answer, ApiError> {
    let (base, document) = (Box::new(base.clone()), Box::new(document.clone()));
    let idempotency_key = "k-2".to_owned();
    link.converse(&Call::Document(DocumentCall::Update { base, document, idempotency_key })).await
}

fn saved(answer: Result<Answer, ApiError>) -> (Document, Vec<String>) {
    match answer.unwrap().reply {
        Reply::DocumentSaved { document, differs } => (*document, differs),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn contract_01_a_document_with_every_field_is_in_the_store_field_for_field() {
    let ward = Ward::with_tasks(12).await;
    let link = link(&ward);
    let (document, differs) = saved(create(&link, &full()).await);
    assert_eq!(differs, [""; 0]);
    let mut row = stored(&ward, &document.key.id).await;
    for name in ["id", "createdAt", "lastModified"] {
        row.remove(name);
    }
    let mut wanted = full();
    wanted["date"] = row["date"].clone();
    assert_eq!(Value::Object(row), wanted);
    let search = DocumentSearch { kind: Some("discharge-summary".into()), ..DocumentSearch::default() };
    let page = link.converse(&Call::Document(DocumentCall::Search { search, cursor: None, count: 50 })).await;
    let Reply::Documents(page) = page.unwrap().reply else { panic!("no page") };
    let listed = page.documents.iter().find(|row| row.key == document.key).unwrap();
    assert_eq!(listed.section_count(), 52, "a row has its sections here");
    assert!(page.documents.iter().all(|row| &*row.kind == "discharge-summary"));
}

#[tokio::test]
async fn contract_10_an_addendum_sends_five_sections_with_all_that_is_beneath_and_not_known() {
    let ward = Ward::with_tasks(12).await;
    let link = link(&ward);
    let mut body = small("Synthetic plan");
    body["sections"] = json!([
        {"title": "A", "weight": 2.5, "text": "a", "sections": [{"title": "A1", "seen": true, "text": "a1"}], "last": [1]},
        {"title": "B", "text": "b"}, {"title": "C", "text": "c"}, {"text": "d", "title": "D"}
    ]);
    body["stage"] = json!("peer-review");
    ward.colleague(json!({"kind": "documents", "id": "doc_four", "create": body})).await;
    let base = read(&link, "doc_four").await;
    let mut document = base.clone();
    document.status = DocumentStatus::Amended;
    document.sections.push(Section { title: "Addendum".into(), text: "More.".into(), ..Section::default() });
    let (_, differs) = saved(update(&link, &base, &document).await);
    assert_eq!(
        differs,
        ["sections.0.weight", "sections.0.last", "sections.0.sections.0.seen"],
        "told, not hidden"
    );
    let sent = ward.requests("PATCH").await.remove(0)["body"].clone();
    let mut wanted = body["sections"].as_array().unwrap().clone();
    wanted.push(json!({"title": "Addendum", "text": "More."}));
    assert_eq!(sent, json!({"status": "amended", "sections": wanted}));
    let order: Vec<&String> = sent["sections"][0].as_object().unwrap().keys().collect();
    assert_eq!(order, ["title", "weight", "text", "sections", "last"], "each in its place");
    let row = stored(&ward, "doc_four").await;
    assert_eq!((row["sections"].as_array().unwrap().len(), &row["stage"]), (5, &json!("peer-review")));
    assert_eq!(row["sections"][0]["sections"][0]["text"], "a1");
}

#[tokio::test]
async fn a_change_by_a_colleague_is_a_conflict_that_shows_the_document_as_it_is() {
    let ward = Ward::with_tasks(12).await;
    let link = link(&ward);
    let (base, _) = saved(create(&link, &small("Synthetic plan")).await);
    ward.colleague(json!({"kind": "documents", "id": &*base.key.id, "patch": {"title": "Theirs"}})).await;
    let mut document = base.clone();
    document.sections[0].text = "Mine.".to_owned();
    let error = update(&link, &base, &document).await.unwrap_err();
    let ErrorKind::Conflict(Some(Thing::Document(now))) = error.kind else { panic!("{error:?}") };
    assert_eq!(&*now.title, "Theirs");
    assert!(ward.requests("PATCH").await.is_empty());
    let (after, _) =
        saved(update(&link, &now, &Document { sections: document.sections, ..(*now).clone() }).await);
    assert_eq!((&*after.title, &*after.sections[0].text), ("Theirs", "Mine."));
}

/// Carries one write through the outbox until nothing is under way or the user is asked.
async fn settle(ward: &Ward, link: &Link, outbox: &mut Outbox) -> Vec<Settled> {
    let mut settled = Vec::new();
    let mut calls = 0;
    while outbox.intents().iter().any(|intent| !intent.needs_user()) {
        let mut next = || {
            calls += 1;
            CallId(calls)
        };
        let sent = outbox.pump(ward.now(), &|_| true, &mut next);
        assert!(calls < 20, "it goes in circles");
        for (id, _, call) in &sent {
            let outcome = link.converse(call).await;
            settled.extend(outbox.on_outcome(*id, outcome, ward.now(), Ways::from(10)));
        }
        if sent.is_empty() {
            ward.pass(std::time::Duration::from_secs(1));
        }
    }
    settled
}

fn confirmed(wish: Wish, ward: &Ward) -> Outbox {
    let mut outbox = Outbox::default();
    outbox.confirm(Intent {
        id: IntentId(1),
        source: SOURCE,
        wish,
        idempotency_key: "key-of-the-intent".to_owned(),
        line: String::new(),
        typed: String::new(),
        confirmed_at: ward.now(),
        state: IntentState::Saving,
    });
    outbox.on_stored(IntentId(1));
    outbox
}

#[tokio::test]
async fn contract_18_a_create_whose_answer_is_lost_is_found_and_never_doubled() {
    for (fault, n_stored) in [("drop_after_commit", 1), ("drop_before", 0), ("html_502", 0)] {
        let ward = Ward::with_tasks(12).await;
        let link = link(&ward);
        ward.fault(json!({"lag_ms": 10_000, "next": [{"fault": fault, "method": "POST"}]})).await;
        let body = small("Synthetic lost plan");
        let mut outbox = confirmed(Wish::CreateDocument(Box::new(typed(&body))), &ward);
        settle(&ward, &link, &mut outbox).await;
        let count = || async {
            let rows = ward.rows("clinikapi", "documents").await;
            rows.iter().filter(|row| row["title"] == "Synthetic lost plan").count()
        };
        assert_eq!(count().await, n_stored, "{fault}");
        let IntentState::Unknown { found, .. } = &outbox.intents()[0].state else { panic!("{fault}") };
        assert_eq!(found.len(), n_stored, "{fault}: {found:?}");
        outbox.send_again(IntentId(1));
        let settled = settle(&ward, &link, &mut outbox).await;
        assert!(matches!(settled.last(), Some(Settled::DocumentDone { .. })), "{fault}: {settled:?}");
        assert_eq!(count().await, 1, "{fault}: under its key it is made once");
    }
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_read_back_and_a_removal_too() {
    let ward = Ward::with_tasks(12).await;
    let link = link(&ward);
    let (base, _) = saved(create(&link, &small("Synthetic plan")).await);
    let mut document = base.clone();
    document.sections[0].text = "Better.".to_owned();
    ward.fault(json!({"next": [{"fault": "drop_after_commit", "method": "PATCH"}]})).await;
    let wish = Wish::UpdateDocument { base: Box::new(base.clone()), document: Box::new(document) };
    let settled = settle(&ward, &link, &mut confirmed(wish, &ward)).await;
    let Some(Settled::DocumentDone { document: Some(now), .. }) = settled.last() else {
        panic!("{settled:?}")
    };
    assert_eq!(now.sections[0].text, "Better.");
    ward.fault(json!({"next": [{"fault": "drop_after_commit", "method": "DELETE"}]})).await;
    let wish = Wish::DeleteDocument { base: now.clone() };
    let settled = settle(&ward, &link, &mut confirmed(wish, &ward)).await;
    assert!(matches!(settled.last(), Some(Settled::DocumentDone { document: None, .. })), "{settled:?}");
    assert_eq!((ward.requests("PATCH").await.len(), ward.requests("DELETE").await.len()), (1, 1));
}
