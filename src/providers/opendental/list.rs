//! Tasks by the page and one by one (contract §2, §2.1, §1 paging).
//!
//! Must not ask for a list without a floor: without one the office leaves out what is older than two weeks.

use super::{
    OpenDental, Told, ask, errors, facts, get,
    lore::LIST,
    map::{APPOINTMENT, Found, STATUSES},
    path_number,
    talk::{Stop, Talk},
    times, told,
};
use crate::{
    domain::{status::Status, task::Task},
    providers::{
        ApiError, ErrorKind, Facts, Page, Reply, TaskSearch,
        wire::{WireAnswer, WireRequest},
    },
};
use jiff::civil::{Date, date};
use serde_json::Value;

/// Tasks are asked for from this day on where the configuration names none: before the program was in wide use.
const FLOOR: Date = date(2000, 1, 1);

/// The remote service's page: a longer page means another way in, a shorter one is the last.
pub(super) const REMOTE_PAGE: usize = 100;

/// How many pages one conversation reads at most.
const MAX_PAGES: usize = 12;

/// The rows of an answer; a list is a bare array (contract §9.2).
pub(super) fn rows(answer: &WireAnswer, body: Value, wanted: &str) -> Result<Vec<Value>, ApiError> {
    match body {
        Value::Array(rows) => Ok(rows),
        _ => Err(errors::not_its_api(answer, wanted)),
    }
}

/// Where the next page begins: behind the rows that came, whatever was asked for (contract §1, OD tests 2 and 3).
pub(super) fn next_offset(offset: usize, n_rows: usize, count: usize) -> Option<usize> {
    (n_rows >= count.clamp(1, REMOTE_PAGE)).then_some(offset + n_rows)
}

/// All rows of a list that is short by nature, over a few pages; the flag says whether a page was longer than a remote one.
pub(super) fn all_rows(
    talk: &mut Talk<'_>,
    request: &WireRequest,
    max_pages: usize,
    wanted: &str,
) -> Told<(Vec<Value>, bool)> {
    let mut all = Vec::new();
    let mut is_long = false;
    for _ in 0..max_pages {
        let mut request = request.clone();
        if !all.is_empty() {
            request.query.push(("Offset".to_owned(), all.len().to_string()));
        }
        let (answer, body) = ask(talk, request)?;
        let page = rows(answer, body, wanted)?;
        is_long |= page.len() > REMOTE_PAGE;
        let next = next_offset(all.len(), page.len(), REMOTE_PAGE);
        all.extend(page);
        if next.is_none() {
            break;
        }
    }
    Ok((all, is_long))
}

impl OpenDental {
    pub(super) fn search_tasks(
        &self,
        talk: &mut Talk<'_>,
        search: &TaskSearch,
        cursor: Option<&str>,
        count: u16,
    ) -> Told {
        let Some(filters) = self.filters(search) else {
            return Ok(told(Reply::Page(Page::default()), Facts::default()));
        };
        let mut offset = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0_usize);
        let mut page = Page::default();
        let mut n_pages = 0;
        loop {
            let heard = ask(talk, list_request(&filters, offset, count));
            let (answer, body) = match heard {
                // Assumption (OD 11.7): a patient or appointment that is not there has no tasks.
                Err(Stop::Fail(error)) if error.kind == ErrorKind::NotFound && search.patient.is_some() => {
                    return Ok(told(Reply::Page(page), Facts::default()));
                }
                heard => heard?,
            };
            let rows = rows(answer, body, "a list of tasks")?;
            let next = next_offset(offset, rows.len(), count.into());
            for (place, row) in rows.iter().enumerate() {
                match self.found(row, answer.received_at) {
                    Found::Task(task) => page.tasks.push(*task),
                    Found::Template => {}
                    Found::Junk => {
                        page.dropped += 1;
                        let place = offset + place + 1;
                        page.complaints.push(format!("row {place} of the list: it has no TaskNum"));
                    }
                }
            }
            page.next = next.map(|next| next.to_string());
            n_pages += 1;
            // A page of nothing but templates must not pass for the end of the list.
            let Some(next) = next.filter(|_| page.tasks.is_empty() && n_pages < MAX_PAGES) else {
                return Ok(told(Reply::Page(page), facts(answer)));
            };
            offset = next;
        }
    }

    /// The filters that the office runs itself; none where no row of an office can pass.
    fn filters(&self, search: &TaskSearch) -> Option<Vec<(&'static str, String)>> {
        let mut filters = Vec::new();
        if let Some(list) = &search.owner {
            filters.push(("TaskListNum", list.strip_prefix(LIST).unwrap_or(list).to_owned()));
        }
        if let Some(patient) = &search.patient {
            let (kind, num) = match patient.strip_prefix(APPOINTMENT) {
                Some(num) => ("Appointment", num),
                None => ("Patient", patient.as_str()),
            };
            filters.extend([("KeyNum", num.to_owned()), ("ObjectType", kind.to_owned())]);
        }
        if let Some(status) = search.status.as_deref().map(Status::parse) {
            match STATUSES.iter().find(|(_, known)| *known == status) {
                Some((word, _)) => filters.push(("TaskStatus", (*word).to_owned())),
                None if status.is_known() => return None,
                // A word that only this office knows is filtered by whoever asked: sent, it might be refused.
                None => {}
            }
        }
        filters.push(("DateTimeOriginal", self.since(search.date_from)));
        Some(filters)
    }

    /// The floor of a list, always sent: the office's own default is two weeks (contract §2.1, trap 1).
    pub(super) fn since(&self, day: Option<Date>) -> String {
        let floor = self.profile.created_since.unwrap_or(FLOOR);
        times::written(day.map_or(floor, |day| day.max(floor)).at(0, 0, 0, 0))
    }

    pub(super) fn read_task(&self, talk: &mut Talk<'_>, id: &str) -> Told {
        let (mut task, facts) = self.one_task(talk, id, None)?;
        match self.notes_of(talk, id) {
            Ok(notes) => task.notes = notes,
            // An office without notes has none to show; anything else is told.
            Err(Stop::Fail(error)) if errors::may_be_too_old(&error) => {}
            Err(stop) => return Err(stop),
        }
        Ok(told(Reply::Task(Box::new(task)), facts))
    }

    /// One task: by its number, else as the row of a list where the office is older than that (contract §2). What is
    /// known of the task tells where to look.
    pub(super) fn one_task(
        &self,
        talk: &mut Talk<'_>,
        id: &str,
        known: Option<&Task>,
    ) -> Told<(Task, Facts)> {
        let path = format!("/tasks/{}", path_number(id)?);
        match ask(talk, get(path, &[])) {
            Ok((answer, body)) => Ok((self.task_in(answer, &body, Some(id))?, facts(answer))),
            // An office that has notes has the single read, too: then its word is final.
            Err(Stop::Fail(error))
                if errors::may_be_too_old(&error) && self.office().has_notes != Some(true) =>
            {
                self.row_of_list(talk, id, known).map_err(|stop| {
                    stop.map_error(|later| if later.kind == ErrorKind::NotFound { *error } else { later })
                })
            }
            Err(stop) => Err(stop),
        }
    }

    fn row_of_list(&self, talk: &mut Talk<'_>, id: &str, known: Option<&Task>) -> Told<(Task, Facts)> {
        let list = known.and_then(|task| Some(task.owner.as_ref()?.id().strip_prefix(LIST)?.to_owned()));
        let made = known.and_then(|task| task.authored_on.as_ref());
        let since = made.and_then(|made| times::to_office(made, self.profile.zone.as_ref()).ok());
        let mut filters = vec![("DateTimeOriginal", since.unwrap_or_else(|| self.since(None)))];
        filters.extend(list.map(|list| ("TaskListNum", list)));
        let count = self.what_it_can().page_count;
        let mut offset = 0;
        for _ in 0..MAX_PAGES {
            let (answer, body) = ask(talk, list_request(&filters, offset, count))?;
            let rows = rows(answer, body, "a list of tasks")?;
            for row in &rows {
                if let Found::Task(task) = self.found(row, answer.received_at)
                    && *task.key.id == *id
                {
                    return Ok((*task, facts(answer)));
                }
            }
            match next_offset(offset, rows.len(), count.into()) {
                Some(next) => offset = next,
                None => {
                    return Err(ApiError {
                        kind: ErrorKind::NotFound,
                        status: None,
                        sentence: "No list of this office holds this task.".to_owned(),
                        request_id: None,
                    }
                    .into());
                }
            }
        }
        // The newest stand last: not to have met it does not mean that it is gone.
        Err(errors::not_looked_through().into())
    }

    /// The task that an answer holds, and that it is the one asked for: a stray answer must not pass for it.
    pub(super) fn task_in(
        &self,
        answer: &WireAnswer,
        body: &Value,
        asked: Option<&str>,
    ) -> Result<Task, ApiError> {
        let row =
            body.as_array().filter(|rows| rows.len() == 1).and_then(|rows| rows.first()).unwrap_or(body);
        match self.found(row, answer.received_at) {
            Found::Task(task) if asked.is_none_or(|id| *id == *task.key.id) => Ok(*task),
            Found::Task(_) => Err(errors::not_its_api(answer, "the task that was asked for")),
            Found::Template => {
                Err(errors::unsupported("This is a template of a repeating list, not a task."))
            }
            Found::Junk => Err(errors::not_its_api(answer, "a task")),
        }
    }
}

/// One page of tasks; the first is asked for without an offset.
pub(super) fn list_request(filters: &[(&str, String)], offset: usize, count: u16) -> WireRequest {
    let mut request = get("/tasks", &[]);
    request.query.extend(filters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    request.query.push(("Limit".to_owned(), count.max(1).to_string()));
    if offset > 0 {
        request.query.push(("Offset".to_owned(), offset.to_string()));
    }
    request
}
