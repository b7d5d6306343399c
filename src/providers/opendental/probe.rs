//! The first conversation with an office: what the key may do, and the names that every later answer needs.
//!
//! Must not fail for what an older office lacks; a refused key and an office that is offline are told.

use super::{
    OpenDental, Told, ask, errors, facts, get,
    list::{all_rows, rows},
    lore::{Definition, List, Office, User},
    row::Row,
    signals::mark_of,
    talk::{Stop, Talk},
    times, told,
};
use crate::{
    domain::time::Timestamp,
    providers::{Alive, ErrorKind, Lore, Reply, wire::WireRequest},
};
use jiff::{ToSpan, tz::TimeZone};
use serde_json::Value;

/// The category of the priorities among the definitions.
const PRIORITIES: &str = "33";

/// How many pages of one list a probe reads.
const MAX_PAGES: usize = 3;

impl OpenDental {
    pub(super) fn probe(&self, talk: &mut Talk<'_>) -> Told {
        let mut office = Office::default();
        let permissions = tolerated(all_rows(talk, &get("/securityperms", &[]), 1, "a list of permissions"))?;
        office.permissions.extend(permissions.0.iter().filter_map(permission));

        let category = [("Category", PRIORITIES)];
        let (definitions, _) =
            tolerated(with_hidden(talk, "/definitions", &category, "a list of definitions"))?;
        let priorities = definitions.iter().filter(|row| is_priority(row));
        office.definitions = priorities.filter_map(Definition::read).collect();

        // Without its lists an office has no tasks to give: this one is not tolerated.
        let (active, is_long) = Self::task_lists(talk, false)?;
        office.has_long_pages |= is_long;
        let (archived, is_long) = tolerated(Self::task_lists(talk, true))?;
        office.has_long_pages |= is_long;
        let lists = active.iter().filter_map(List::read);
        // An office that does not know the parameter gives the same lists twice.
        let gone = archived.iter().filter_map(List::read).map(|list| List { archived: true, ..list });
        office.lists = lists.collect();
        let gone: Vec<List> = gone.filter(|list| office.list(&list.num).is_none()).collect();
        office.lists.extend(gone);

        let (users, is_long) = tolerated(Self::users(talk))?;
        office.has_long_pages |= is_long;
        office.users = users.iter().filter_map(User::read).collect();

        let since = self.day_before(talk.last_received_at());
        let request = get("/signalods", &[("SigDateTime", &since), ("Limit", "1")]);
        let mut facts_of_probe = None;
        match ask_rows(talk, request) {
            Ok((signals, facts)) => {
                let mut signals = signals.iter().filter_map(Row::new);
                let server_time = signals.find_map(|mut row| row.text("serverDateTime"));
                office.signals_since = Some(server_time.map_or(since, |time| mark_of(&time)));
                facts_of_probe = Some(facts);
            }
            // Its failure only means that there are no signals; a pause or a lost answer is no failure of theirs.
            Err(Stop::Fail(error))
                if error.status.is_some() && !matches!(error.kind, ErrorKind::Paused { .. }) => {}
            Err(stop) => return Err(stop),
        }

        // Only who may write needs to know before whether there are notes; reading finds out by itself.
        let may_write = office.permits("allothers") != Some(false) && !self.profile.read_only;
        if may_write && self.profile.user.is_some() {
            office.has_notes = match ask_rows(talk, get("/tasknotes", &[("Limit", "1")])) {
                Ok(_) => Some(true),
                Err(Stop::Fail(error)) if errors::may_be_too_old(&error) => Some(false),
                Err(stop) => return Err(stop),
            };
        }
        Ok(told(Reply::Alive(Box::new(self.alive(office))), facts_of_probe.unwrap_or_default()))
    }

    fn alive(&self, office: Office) -> Alive {
        let lore = serde_json::to_string(&office).ok().map(|text| Lore(text.into()));
        let may = match office.permits("allothers") {
            Some(true) => ", the key may write",
            Some(false) => ", the key may only read",
            None => "",
        };
        let count = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
        let about = format!(
            "Open Dental, {}, {}, {}{may}",
            count(office.lists.len(), "list", "lists"),
            count(office.definitions.len(), "priority", "priorities"),
            count(office.users.len(), "user", "users"),
        );
        let can = OpenDental { profile: self.profile.clone(), lore: Some(office) }.what_it_can();
        Alive { about, can, me: self.profile.user.map(|user| user.to_string()), lore }
    }

    /// The rows of the active or the archived lists, and whether a page was long.
    pub(super) fn task_lists(talk: &mut Talk<'_>, archived: bool) -> Told<(Vec<Value>, bool)> {
        let query: &[_] = if archived { &[("TaskListStatus", "Archived")] } else { &[] };
        all_rows(talk, &get("/tasklists", query), MAX_PAGES, "the task lists").map_err(|stop| {
            stop.map_error(|error| match error.status {
                Some(404) => super::ApiError {
                    kind: ErrorKind::NotItsApi,
                    sentence: format!(
                        "There are no task lists here; the URL ends in /api/v1. {}",
                        error.sentence
                    ),
                    ..error
                },
                _ => error,
            })
        })
    }

    /// The rows of the users, hidden ones among them, and whether a page was long.
    pub(super) fn users(talk: &mut Talk<'_>) -> Told<(Vec<Value>, bool)> {
        with_hidden(talk, "/userods", &[], "a list of users")
    }

    /// The office's time a day ago, from when on there is a signal to tell the office's own time by.
    fn day_before(&self, now: Option<Timestamp>) -> String {
        let zone = self.profile.zone.clone().unwrap_or(TimeZone::UTC);
        let local = zone.to_datetime(now.unwrap_or(Timestamp::UNIX_EPOCH));
        times::written(local.checked_sub(1.day()).unwrap_or(local))
    }
}

/// The rows of a list with the hidden ones; without them where the office is too old to give those (contract §3).
fn with_hidden(
    talk: &mut Talk<'_>,
    path: &str,
    query: &[(&str, &str)],
    wanted: &str,
) -> Told<(Vec<Value>, bool)> {
    let all = [query, &[("includeHidden", "true")]].concat();
    match all_rows(talk, &get(path, &all), MAX_PAGES, wanted) {
        Err(Stop::Fail(error)) if errors::may_be_too_old(&error) => {
            all_rows(talk, &get(path, query), MAX_PAGES, wanted)
        }
        told => told,
    }
}

fn ask_rows(talk: &mut Talk<'_>, request: WireRequest) -> Told<(Vec<Value>, crate::providers::Facts)> {
    let (answer, body) = ask(talk, request)?;
    Ok((rows(answer, body, "a list")?, facts(answer)))
}

/// What an older office does not have is empty.
fn tolerated<T: Default>(told: Told<T>) -> Told<T> {
    match told {
        Err(Stop::Fail(error)) if errors::may_be_too_old(&error) => Ok(T::default()),
        told => told,
    }
}

fn permission(value: &Value) -> Option<(String, bool)> {
    let mut row = Row::new(value)?;
    Some((row.text("Permission")?.into(), row.flag("HasPermission")))
}

/// A filter that the server does not know may return everything (OD 11.5).
fn is_priority(value: &Value) -> bool {
    Row::new(value).and_then(|mut row| row.number("Category")).is_none_or(|category| &*category == PRIORITIES)
}
