//! The conversations about documents: search, read, create, read-compare-change, remove, and looking for what a lost
//! create made.
//!
//! Must not send a part of the sections: the array is replaced whole (contract §2.2), so what is left out is gone.

use super::{ClinikApi, KEY, Stepped, document_body, done, envelope, errors, path_id, unsupported};
use crate::{
    domain::{
        can::{Capability, DocumentRules},
        check::Problem,
        document::{Confidentiality, Document, DocumentField, DocumentStatus},
    },
    providers::{
        ApiError, DocumentCall, DocumentPage, DocumentSearch, Facts, Reply, Step, answers,
        document_edit::refresh_raw,
        document_json::usable_document,
        document_writing::{
            CREATE_IN_DOUBT, before_write, changed_by_others, conflict, differing, found, id_of,
            in_our_words, looks_like, may_be_of, not_looked_through, parts_of, problem, problems,
            update_problems,
        },
        paging::PagingGuard,
        wire::{Method, WireReply, WireRequest},
        writing::{CHANGE_IN_DOUBT, refuse, written},
    },
};

/// What documents take here (contract §2.2).
pub(super) static RULES: DocumentRules = DocumentRules {
    statuses: &[DocumentStatus::Preliminary, DocumentStatus::Final, DocumentStatus::Amended],
    confidentialities: &[
        Confidentiality::Normal,
        Confidentiality::Restricted,
        Confidentiality::VeryRestricted,
    ],
    required: &[
        DocumentField::Status,
        DocumentField::Type,
        DocumentField::Title,
        DocumentField::Patient,
        DocumentField::Practitioner,
        DocumentField::Sections,
    ],
    update: &[
        DocumentField::Status,
        DocumentField::Title,
        DocumentField::Date,
        DocumentField::Confidentiality,
        DocumentField::Attester,
        DocumentField::Sections,
    ],
    kind_units: Some(100),
    title_units: Some(500),
    category_units: Some(200),
    most_sections: Some(50),
    section_title_units: Some(200),
    section_text_units: Some(50_000),
    // Assumption (U18): two levels are all that the REST reference shows.
    levels: Some(2),
    plain_below: true,
    title_required: true,
    text_required: true,
    records_suffice: false,
    top_text_required: true,
    // Assumption (U19): a body of a mebibyte is the largest that is taken.
    most_bytes: Some(1_048_576),
    deletes: true,
};

/// How many pages are looked through for a document that a lost create may have made.
const MAX_FIND_PAGES: usize = 5;

/// The system's name in problems.
const SYSTEM: &str = "ClinikAPI";

impl ClinikApi {
    pub(super) fn document(&self, call: &DocumentCall, heard: &[WireReply]) -> Stepped {
        let step = match call {
            DocumentCall::Search { search, cursor, count } => {
                self.search_documents(search, cursor.as_deref(), *count, heard)
            }
            DocumentCall::Read { id } => self.read_document(id, heard),
            DocumentCall::Create { draft, idempotency_key } => {
                self.create_document(draft, idempotency_key, heard)
            }
            DocumentCall::Update { base, document, idempotency_key } => {
                self.update_document(base, document, idempotency_key, heard)
            }
            DocumentCall::Delete { id } => self.delete_document(id, heard),
            DocumentCall::FindCreated { draft, .. } => self.find_document(draft, heard),
        };
        step.map_err(in_our_words)
    }

    fn search_documents(
        &self,
        search: &DocumentSearch,
        cursor: Option<&str>,
        count: u16,
        heard: &[WireReply],
    ) -> Stepped {
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(search_request(search, cursor, count)));
        };
        let (page, facts) = self.document_page(reply, cursor, count)?;
        Ok(done(Reply::Documents(page), facts))
    }

    /// The page that a search reply holds. Assumption (§3.3): rows carry their sections, as the stored pages list them; a
    /// row without any lacks them, since a document has one at least.
    fn document_page(
        &self,
        reply: &WireReply,
        sent_cursor: Option<&str>,
        count: u16,
    ) -> Result<(DocumentPage, Facts), ApiError> {
        let answer = errors::good(reply)?;
        let body = envelope::json(answer)?;
        let facts = envelope::facts(answer, Some(&body));
        let Some(listing) = envelope::listing(&body) else {
            return Err(errors::not_its_api(answer, &facts, "a list of documents"));
        };
        let mut page = DocumentPage {
            next: listing.next_after(sent_cursor),
            is_cut: listing.is_cut(sent_cursor, count.clamp(1, 100)),
            total: listing.total,
            ..DocumentPage::default()
        };
        for row in listing.rows {
            match usable_document(self.profile.source, &row.to_string(), row) {
                Some(document) => page.documents.push(document),
                None => page.dropped += 1,
            }
        }
        Ok((page, facts))
    }

    fn read_document(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            return Ok(Step::Ask(document_request(Method::Get, id)?));
        };
        let (document, facts) = self.document_in(reply, Some(id))?;
        Ok(done(Reply::Document(Box::new(document)), facts))
    }

    /// The document that a reply holds, and that it is the one asked for: a stray answer must not pass for it.
    fn document_in(&self, reply: &WireReply, asked: Option<&str>) -> Result<(Document, Facts), ApiError> {
        let answer = errors::good(reply)?;
        let body = envelope::json(answer)?;
        let facts = envelope::facts(answer, Some(&body));
        let text = String::from_utf8_lossy(&answer.body);
        let document =
            usable_document(self.profile.source, envelope::payload_text(&text), envelope::payload(&body))
                .ok_or_else(|| errors::not_its_api(answer, &facts, "a document"))?;
        if asked.is_some_and(|id| *id != *document.key.id) {
            return Err(errors::not_its_api(answer, &facts, "the document that was asked for"));
        }
        Ok((document, facts))
    }

    fn create_document(&self, draft: &Document, key: &str, heard: &[WireReply]) -> Stepped {
        let fields = parts_of(draft);
        let Some(reply) = heard.first() else {
            self.allow(Capability::Document)?;
            refuse(problems_of(draft))?;
            let mut request = WireRequest::new(Method::Post, "/v1/documents", KEY);
            let body = document_body::body(draft, &fields, None);
            self.put_body(&mut request, "document", body, Vec::new(), key)?;
            return Ok(Step::Ask(request));
        };
        let (document, facts) = self.document_in(reply, None).map_err(written(CREATE_IN_DOUBT))?;
        if !may_be_of(&document, draft) {
            let answer = errors::good(reply)?;
            let wanted = "the document that was sent, but one of another person";
            return Err(written(CREATE_IN_DOUBT)(errors::not_its_api(answer, &facts, wanted)));
        }
        let differs = differing(draft, &document, &fields);
        Ok(done(Reply::DocumentSaved { document: Box::new(document), differs }, facts))
    }

    fn update_document(&self, base: &Document, wanted: &Document, key: &str, heard: &[WireReply]) -> Stepped {
        let id = &*base.key.id;
        let fields = wanted.changed(base);
        let Some(read) = heard.first() else {
            self.allow(Capability::Document)?;
            let mut found = update_problems(base, wanted, &RULES, SYSTEM, problems_of);
            found.extend(unclearable(wanted, &fields));
            refuse(found)?;
            return Ok(Step::Ask(document_request(Method::Get, id)?));
        };
        let (current, facts) = self.document_in(read, Some(id)).map_err(before_write)?;
        if changed_by_others(base, wanted, &current) {
            return Err(conflict(current, facts.request_id));
        }
        let mut wanted = wanted.clone();
        refresh_raw(&mut wanted, base, &current);
        let left: Vec<DocumentField> =
            fields.iter().copied().filter(|field| !current.same(&wanted, *field)).collect();
        let Some(reply) = heard.get(1) else {
            if left.is_empty() {
                return Ok(done(
                    Reply::DocumentSaved { document: Box::new(current), differs: Vec::new() },
                    facts,
                ));
            }
            let mut request = document_request(Method::Patch, id)?;
            let body = document_body::body(&wanted, &left, Some(&current));
            self.put_body(&mut request, "document", body, Vec::new(), key)?;
            return Ok(Step::Ask(request));
        };
        match self.document_in(reply, Some(id)) {
            // Somebody was faster after all: what stands there now is read and shown beside the user's own.
            Err(error) if error.is_conflict() => {
                let Some(again) = heard.get(2) else {
                    return Ok(Step::Ask(document_request(Method::Get, id)?));
                };
                Err(match self.document_in(again, Some(id)) {
                    Ok((now, _)) => ApiError { kind: conflict(now, None).kind, ..error },
                    Err(_) => error,
                })
            }
            outcome => {
                let (document, facts) = outcome.map_err(written(CHANGE_IN_DOUBT))?;
                let differs = differing(&wanted, &document, &left);
                Ok(done(Reply::DocumentSaved { document: Box::new(document), differs }, facts))
            }
        }
    }

    fn delete_document(&self, id: &str, heard: &[WireReply]) -> Stepped {
        let Some(reply) = heard.first() else {
            self.allow(Capability::Document)?;
            if !self.profile.allow_delete {
                return Err(unsupported("Deleting is switched off for this source."));
            }
            return Ok(Step::Ask(document_request(Method::Delete, id)?));
        };
        let answer = errors::good(reply)?;
        answers::is_removal(answer)?;
        Ok(done(Reply::Deleted, envelope::facts(answer, envelope::json(answer).ok().as_ref())))
    }

    /// Looks through the newest documents of the same patient and author (RELIABILITY §3.4). Search lags about 10 s
    /// behind a write, so an empty answer soon after it proves nothing: when to ask is the caller's to know.
    fn find_document(&self, draft: &Document, heard: &[WireReply]) -> Stepped {
        let search = DocumentSearch {
            patient: id_of(draft.patient.as_ref()),
            practitioner: id_of(draft.practitioner.as_ref()),
            ..DocumentSearch::default()
        };
        let mut guard = PagingGuard::new(MAX_FIND_PAGES);
        let mut cursor = None;
        let mut candidates = Vec::new();
        for reply in heard {
            let (page, facts) = self.document_page(reply, cursor.as_deref(), 100)?;
            cursor = guard.admit_documents(&page);
            candidates.extend(page.documents.into_iter().filter(|document| looks_like(document, draft)));
            if cursor.is_none() {
                if candidates.is_empty() && guard.is_cut() {
                    return Err(not_looked_through(SYSTEM));
                }
                return Ok(done(found(candidates, draft), facts));
            }
        }
        Ok(Step::Ask(search_request(&search, cursor.as_deref(), 100)))
    }
}

/// What ClinikAPI does not take of a whole document.
fn problems_of(document: &Document) -> Vec<Problem> {
    let mut found = problems(document, &RULES);
    if !document.more_authors.is_empty() {
        found.push(problem("practitionerId", "ClinikAPI keeps one author of a document."));
    }
    found
}

/// What of a change clears a part that ClinikAPI has no way to clear (U5).
fn unclearable(wanted: &Document, fields: &[DocumentField]) -> Vec<Problem> {
    let empty = Document::default();
    let cleared = fields.iter().filter(|field| {
        matches!(field, DocumentField::Date | DocumentField::Confidentiality) && wanted.same(&empty, **field)
    });
    cleared
        .map(|field| {
            let name = field.name();
            problem(name, format!("ClinikAPI has no way to clear {name} once it is set."))
        })
        .collect()
}

/// The search request; one value a filter, since lists of values are not documented (U6).
fn search_request(search: &DocumentSearch, cursor: Option<&str>, count: u16) -> WireRequest {
    let mut request = WireRequest::new(Method::Get, "/v1/documents", KEY);
    let [date_from, date_to] =
        [search.date_from, search.date_to].map(|date| date.map(|date| date.to_string()));
    let filters = [
        ("patientId", search.patient.as_deref()),
        ("type", search.kind.as_deref()),
        ("practitionerId", search.practitioner.as_deref()),
        ("status", search.status.as_deref()),
        ("dateFrom", date_from.as_deref()),
        ("dateTo", date_to.as_deref()),
        // Assumption (U7): `-date` is the only order ever shown; rows are sorted again here.
        ("sort", Some("-date")),
    ];
    for (name, value) in filters {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            request.query.push((name.to_owned(), value.to_owned()));
        }
    }
    request.query.push(("count".to_owned(), count.clamp(1, 100).to_string()));
    if let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) {
        request.query.push(("cursor".to_owned(), cursor.to_owned()));
    }
    request
}

fn document_request(method: Method, id: &str) -> Result<WireRequest, ApiError> {
    Ok(WireRequest::new(method, format!("/v1/documents/{}", path_id(id)?), KEY))
}
