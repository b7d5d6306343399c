//! The conversations about documents: search, read, create once, read-compare-write, remove, and looking for what a lost
//! create made.
//!
//! Must not write over a change that the user has not seen, nor send back a document that came only in part.

use super::{
    Fhir, MEDIA_TYPE, Stepped, bundle,
    capability::{NO_DOCUMENTS, Offer},
    composition_edit, document_reference, done, edit, errors,
    given::{Given, Manner, body_text, location_id, made, put_body},
    mark::{URN, is_mark, token, urn},
    path_id, request, unsupported,
};
use crate::{
    domain::{
        can::{Capability, DocumentRules},
        check::Problem,
        document::{Confidentiality, Document, DocumentField, DocumentStatus},
        task::SourceId,
    },
    providers::{
        ApiError, DocumentCall, DocumentPage, DocumentSearch, Facts, Reply, Step, answers,
        document_edit::refresh_raw,
        document_json::{LOINC, TYPES, usable_document},
        document_writing::{
            CREATE_IN_DOUBT, before_write, changed_by_others, conflict, differing, found, id_of,
            in_our_words, looks_like, may_be_of, not_looked_through, parts_of, problems, update_problems,
        },
        paging::PagingGuard,
        raw::{Edit, RawObject, quoted},
        wire::{Method, WireReply, WireRequest},
        writing::{CHANGE_IN_DOUBT, refuse, written},
    },
};
use serde_json::Value;

/// What documents take here: R4 limits no length and no depth (contract fhir §4).
pub(super) static RULES: DocumentRules = DocumentRules {
    statuses: &[DocumentStatus::Preliminary, DocumentStatus::Final, DocumentStatus::Amended],
    confidentialities: Confidentiality::KNOWN,
    required: &[
        DocumentField::Status,
        DocumentField::Type,
        DocumentField::Title,
        DocumentField::Patient,
        DocumentField::Practitioner,
        DocumentField::Date,
        DocumentField::Sections,
    ],
    update: &DocumentField::ALL,
    kind_units: None,
    title_units: None,
    category_units: None,
    most_sections: None,
    section_title_units: None,
    section_text_units: None,
    levels: None,
    plain_below: false,
    title_required: false,
    // cmp-1: a section with a title alone is refused; text, records or sections beneath it are enough.
    text_required: true,
    records_suffice: true,
    top_text_required: false,
    // Assumption (FHIR 3): a server names no limit; one that has one refuses with 413, and nothing is made.
    most_bytes: None,
    deletes: true,
};

/// How many pages are looked through for a document that a lost create may have made.
const MAX_FIND_PAGES: usize = 5;

impl Fhir {
    pub(super) fn document(&self, call: &DocumentCall, heard: &[WireReply]) -> Stepped {
        if self.known.has_no_documents {
            return Err(unsupported(NO_DOCUMENTS));
        }
        let kind =
            Kind { offer: self.known.documents.clone().unwrap_or_default(), source: self.profile.source };
        let step = match call {
            DocumentCall::Search { search, cursor, count } => {
                kind.search(search, cursor.as_deref(), *count, heard)
            }
            DocumentCall::Read { id } => kind.read_one(id, heard),
            DocumentCall::Create { draft, idempotency_key } => {
                self.allow(Capability::Document).and_then(|()| kind.create(draft, idempotency_key, heard))
            }
            DocumentCall::Update { base, document, .. } => {
                self.allow(Capability::Document).and_then(|()| kind.update(base, document, heard))
            }
            DocumentCall::Delete { id } => self.delete_document(&kind, id, heard),
            DocumentCall::FindCreated { draft, idempotency_key } => kind.find(draft, idempotency_key, heard),
        };
        step.map_err(in_our_words)
    }

    fn delete_document(&self, kind: &Kind, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            self.allow(Capability::Document)?;
            if !self.profile.allow_delete {
                return Err(unsupported("Deleting is switched off for this source."));
            }
            return Ok(Step::Ask(kind.request(Method::Delete, id)?));
        };
        let answer = errors::good(reply)?;
        answers::is_removal(answer)?;
        Ok(done(Reply::Deleted, errors::facts(answer)))
    }
}

/// The kind of resource that documents are at a server.
struct Kind {
    offer: Offer,
    source: SourceId,
}

impl Kind {
    fn name(&self) -> &'static str {
        if self.offer.is_attached { "DocumentReference" } else { "Composition" }
    }

    fn request(&self, method: Method, id: &str) -> Result<WireRequest, ApiError> {
        Ok(request(method, format!("/{}/{}", self.name(), path_id(id)?)))
    }

    fn read(&self, text: &str, value: &Value) -> Option<Document> {
        if self.offer.is_attached {
            return document_reference::read(self.source, text, value);
        }
        usable_document(self.source, text, value).filter(|_| value.get("resourceType").is_some())
    }

    fn search(
        &self,
        search: &DocumentSearch,
        cursor: Option<&str>,
        count: u16,
        heard: &[WireReply],
    ) -> Stepped {
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(self.search_request(search, cursor, count)));
        };
        let (mut page, facts) = self.page(reply, cursor)?;
        // What the server was not asked to filter by, or did not heed, is filtered here.
        page.documents.retain(|document| {
            let fits =
                |wanted: &Option<String>, said: &str| wanted.as_deref().is_none_or(|wanted| wanted == said);
            fits(&search.status, document.status.as_str()) && fits(&search.kind, &document.kind)
        });
        Ok(done(Reply::Documents(page), facts))
    }

    /// The search request; the next page is asked for by the link that the server gave, as given.
    fn search_request(&self, search: &DocumentSearch, cursor: Option<&str>, count: u16) -> WireRequest {
        let mut request = request(Method::Get, format!("/{}", self.name()));
        if let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) {
            request.url = Some(cursor.to_owned());
            return request;
        }
        let mut ask = |name: &str, value: String| request.query.push((name.to_owned(), value));
        ask("_count", count.max(1).to_string());
        if self.offer.takes("date") {
            ask("_sort", "-date".to_owned());
        }
        let typed = |id: &Option<String>, kind: &str| id.as_deref().map(|id| edit::typed(id, kind));
        let day = |sign: &str, date: Option<jiff::civil::Date>| date.map(|date| format!("{sign}{date}"));
        let code = search.kind.as_deref().and_then(|kind| TYPES.iter().find(|(word, ..)| *word == kind));
        let filters = [
            ("patient", typed(&search.patient, "Patient")),
            ("author", typed(&search.practitioner, "Practitioner")),
            // The status of a reference is another one than that of its document.
            ("status", search.status.clone().filter(|_| !self.offer.is_attached)),
            ("type", code.map(|(_, code, _)| format!("{LOINC}|{code}"))),
            ("date", day("ge", search.date_from)),
            ("date", day("le", search.date_to)),
        ];
        for (name, value) in filters {
            if let Some(value) = value.filter(|value| !value.is_empty() && self.offer.takes(name)) {
                ask(name, value);
            }
        }
        request
    }

    /// The page that a search reply holds.
    fn page(&self, reply: &WireReply, sent_cursor: Option<&str>) -> Result<(DocumentPage, Facts), ApiError> {
        let answer = errors::good(reply)?;
        let body = errors::json(answer)?;
        if body.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
            return Err(errors::not_its_api(answer, "a list of documents"));
        }
        let next = bundle::next_link(&body);
        let stands_still = next.is_some() && next.as_deref() == sent_cursor;
        let mut page = DocumentPage {
            next: next.filter(|_| !stands_still),
            total: body.get("total").and_then(Value::as_u64),
            ..DocumentPage::default()
        };
        for (text, entry) in bundle::entries(&body_text(answer), &body) {
            let resource = entry.get("resource").unwrap_or(&Value::Null);
            match entry.get("search").and_then(|search| search.get("mode")).and_then(Value::as_str) {
                Some("outcome") => page.complaints.extend(bundle::remarks(resource)),
                Some("include") => {}
                _ => {
                    let text =
                        RawObject::parse(text).and_then(|entry| entry.get("resource")).unwrap_or_default();
                    match self.read(text, resource) {
                        Some(document) => page.documents.push(document),
                        None => page.dropped += 1,
                    }
                }
            }
        }
        let n_entries = page.documents.len() as u64 + u64::from(page.dropped);
        let is_short =
            sent_cursor.is_none() && page.next.is_none() && page.total.is_some_and(|total| total > n_entries);
        page.is_cut = stands_still || is_short;
        Ok((page, errors::facts(answer)))
    }

    fn read_one(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else { return Ok(Step::Ask(self.request(Method::Get, id)?)) };
        let given = self.given(reply, Some(id))?;
        Ok(done(Reply::Document(Box::new(given.resource)), given.facts))
    }

    /// The document that a reply holds, and that it is the one asked for: a stray answer must not pass for it.
    fn given(&self, reply: &WireReply, asked: Option<&str>) -> Result<Given<Document>, ApiError> {
        Given::read(reply, asked, |text, body| self.read(text, body))
    }

    fn create(&self, draft: &Document, key: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            if !self.offer.offers("create") {
                return Err(unsupported(
                    "The server's CapabilityStatement does not offer to create documents.",
                ));
            }
            refuse(problems_of(draft))?;
            return Ok(Step::Ask(self.create_request(draft, key)));
        };
        let doubt = written(CREATE_IN_DOUBT);
        let answer = made::<Document>(reply).map_err(&doubt)?;
        let (given, reply) = match heard.get(1) {
            Some(read) => (self.given(read, None), read),
            None => match self.given(reply, None) {
                // The body may be empty, or a report in place of the document: the address tells the id.
                Err(error) => match location_id(answer, self.name()) {
                    Some(id) => return Ok(Step::Ask(self.request(Method::Get, &id)?)),
                    None => (Err(error), reply),
                },
                given => (given, reply),
            },
        };
        let given = given.map_err(&doubt)?;
        // A 200 is the answer of a server that found our identifier: the document must carry it.
        let is_ours = answer.status == 201 || carries(&given.resource, key);
        if !is_ours || !may_be_of(&given.resource, draft) {
            return Err(doubt(errors::not_its_api(errors::good(reply)?, "the document that was sent")));
        }
        Ok(saved(draft, &parts_of(draft), given))
    }

    fn create_request(&self, draft: &Document, key: &str) -> WireRequest {
        let mut request = request(Method::Post, format!("/{}", self.name()));
        let mark = format!("{{\"system\":\"{URN}\",\"value\":{}}}", quoted(&urn(key)));
        // A Composition has one identifier, a DocumentReference a list of them.
        let mark = if self.offer.is_attached { format!("[{mark}]") } else { mark };
        let bare = format!("{{\"resourceType\":\"{}\",\"identifier\":{mark}}}", self.name());
        if self.offer.takes("identifier") {
            request.headers.push(("If-None-Exist", format!("identifier={}", token(key))));
        }
        let body = RawObject::parse(&bare).and_then(|object| {
            object.with(&self.edits(draft, &parts_of(draft), &object, &Document::default()))
        });
        put_body(&mut request, MEDIA_TYPE, body.unwrap_or(bare));
        request
    }

    fn edits(
        &self,
        document: &Document,
        fields: &[DocumentField],
        resource: &RawObject<'_>,
        fresh: &Document,
    ) -> Vec<Edit> {
        if self.offer.is_attached {
            return document_reference::edits(document, resource, fresh);
        }
        let mut edits = composition_edit::edits(document, fields, resource, fresh);
        // A narrative that a program made of the parts would tell of the old ones.
        if resource.get("text").is_some_and(is_generated) {
            edits.push(Edit::new("text", None));
        }
        edits
    }

    fn update(&self, base: &Document, wanted: &Document, heard: &[WireReply]) -> Stepped {
        let id = path_id(&base.key.id)?;
        let Some(read) = heard.first() else {
            refuse(update_problems(base, wanted, &RULES, super::SYSTEM, problems_of))?;
            return Ok(Step::Ask(self.request(Method::Get, id)?));
        };
        let fresh = self.given(read, Some(id)).map_err(before_write)?;
        if !self.is_version(&fresh.resource, base) && changed_by_others(base, wanted, &fresh.resource) {
            return Err(conflict(fresh.resource, fresh.facts.request_id));
        }
        let mut wanted = wanted.clone();
        refresh_raw(&mut wanted, base, &fresh.resource);
        let changed = wanted.changed(base);
        let left: Vec<DocumentField> =
            changed.into_iter().filter(|field| !fresh.resource.same(&wanted, *field)).collect();
        let Some(reply) = heard.get(1) else {
            if left.is_empty() {
                return Ok(saved(&wanted, &left, fresh));
            }
            return self.write_request(id, &fresh, &wanted, &left).map(Step::Ask);
        };
        let answer = answers::answered(reply).map_err(written(CHANGE_IN_DOUBT))?;
        let tests_itself = !self.offer.may_replace() && matches!(answer.status, 400 | 422);
        if matches!(answer.status, 409 | 412) || tests_itself {
            let Some(again) = heard.get(2) else { return Ok(Step::Ask(self.request(Method::Get, id)?)) };
            let now = self.given(again, Some(id));
            return Err(fresh.refusal(reply, now, |now| self.is_version(now, &fresh.resource)));
        }
        let given = match heard.get(2) {
            Some(again) => self.given(again, Some(id)),
            None => match self.given(reply, Some(id)) {
                // Something else came back with a good status, or nothing: what stands there now is read.
                Err(_) if (200..300).contains(&answer.status) => {
                    return Ok(Step::Ask(self.request(Method::Get, id)?));
                }
                given => given,
            },
        };
        let given = given.map_err(written(CHANGE_IN_DOUBT))?;
        if given.text == fresh.text {
            // A good status, and a document that nobody has touched: this is no answer to the change.
            return Err(written(CHANGE_IN_DOUBT)(errors::not_its_api(
                answer,
                "the document as it was changed",
            )));
        }
        Ok(saved(&wanted, &left, given))
    }

    /// Whether a fresh read is the version that the user saw.
    fn is_version(&self, fresh: &Document, base: &Document) -> bool {
        match (&fresh.version, &base.version) {
            (Some(fresh), Some(base)) if !self.offer.is_unversioned => fresh == base,
            _ => fresh.last_modified.is_some() && fresh.last_modified == base.last_modified,
        }
    }

    /// The request that changes what is left to change: the whole resource again, or a patch where only that is taken.
    fn write_request(
        &self,
        id: &str,
        fresh: &Given<Document>,
        wanted: &Document,
        left: &[DocumentField],
    ) -> Result<WireRequest, ApiError> {
        let object = fresh.object()?;
        if self.offer.is_attached && !document_reference::is_ours(&fresh.text) {
            return Err(unsupported(
                "The content of this document was made elsewhere, so it cannot be changed here.",
            ));
        }
        let edits = self.edits(wanted, left, &object, &fresh.resource);
        let manner =
            Manner { may_replace: self.offer.may_replace(), guards_version: !self.offer.is_unversioned };
        fresh.write_request(manner, &object, &edits, |method| self.request(method, id))
    }

    /// Looks for what a create of unknown outcome made: by our identifier, else among the documents of the same patient.
    fn find(&self, draft: &Document, key: &str, heard: &[WireReply]) -> Stepped {
        let by_mark = self.offer.takes("identifier");
        let mut guard = PagingGuard::new(MAX_FIND_PAGES);
        let mut cursor = None;
        let mut candidates: Vec<Document> = Vec::new();
        for reply in heard {
            let (page, facts) = self.page(reply, cursor.as_deref())?;
            cursor = guard.admit_documents(&page);
            // A server that does not know the parameter gives documents of all kinds.
            let is_it =
                |document: &Document| carries(document, key) || !by_mark && looks_like(document, draft);
            candidates.extend(page.documents.into_iter().filter(is_it));
            if cursor.is_none() {
                if candidates.is_empty() && guard.is_cut() {
                    return Err(not_looked_through(errors::CALLED));
                }
                return Ok(done(found(candidates, draft), facts));
            }
        }
        let patient = id_of(draft.patient.as_ref()).filter(|_| !by_mark);
        let search = DocumentSearch { patient, ..DocumentSearch::default() };
        let mut request = self.search_request(&search, cursor.as_deref(), 100);
        if by_mark && cursor.is_none() {
            request.query.push(("identifier".to_owned(), token(key)));
        }
        Ok(Step::Ask(request))
    }
}

/// What FHIR does not take of a whole document.
fn problems_of(document: &Document) -> Vec<Problem> {
    let mut found = problems(document, &RULES);
    found.extend(composition_edit::problems(document));
    found
}

/// The end of a write: the document as it is, and what did not stick.
fn saved(wanted: &Document, fields: &[DocumentField], given: Given<Document>) -> Step {
    let differs = differing(wanted, &given.resource, fields);
    done(Reply::DocumentSaved { document: Box::new(given.resource), differs }, given.facts)
}

/// Whether a document has the identifier of this create.
fn carries(document: &Document, key: &str) -> bool {
    let raw = document.raw.as_deref().and_then(|raw| serde_json::from_str::<Value>(raw).ok());
    raw.as_ref().and_then(|raw| raw.get("identifier")).is_some_and(|identifier| is_mark(identifier, key))
}

/// Whether a narrative was made of the resource's parts alone.
fn is_generated(narrative: &str) -> bool {
    let status = RawObject::parse(narrative).and_then(|narrative| narrative.get("status").map(str::to_owned));
    matches!(status.as_deref(), Some("\"generated\"" | "\"extensions\""))
}
