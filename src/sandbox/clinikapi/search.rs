//! Searching a collection: filters, order, clamps and offset cursors. It never refuses an odd count or cursor.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::store::{Kind, Row, Seen, Store};
use super::validate::{Issue, is_day};

const COUNT_DEFAULT: usize = 20;
const COUNT_MAX: usize = 100;

/// One page of rows.
pub(crate) struct Page<'a> {
    pub(crate) rows: Vec<Seen<'a>>,
    pub(crate) total: usize,
    pub(crate) cursor: Option<usize>,
}

/// Finds the rows as they stood `lag` ago.
pub(crate) fn search<'a>(
    store: &'a Store,
    kind: Kind,
    pairs: &[(String, String)],
    now: Timestamp,
    lag: SignedDuration,
) -> Result<Page<'a>, Vec<Issue>> {
    let moment = now.saturating_sub(lag).unwrap_or(now);
    let given = |name: &str| {
        let value = pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    };
    let (from, to) = (given("dateFrom"), given("dateTo"));
    let dates = [("dateFrom", from), ("dateTo", to)];
    // Assumption: the dates are checked, since a filter that is ignored would show too much.
    let wrong = dates.into_iter().filter(|(_, day)| day.is_some_and(|day| !is_day(day)));
    let issues: Vec<Issue> =
        wrong.map(|(name, _)| Issue::new("value", name, "must be a date (YYYY-MM-DD)")).collect();
    if !issues.is_empty() {
        return Err(issues);
    }

    let mut rows: Vec<Seen<'a>> = store
        .rows(kind)
        .iter()
        .filter_map(|row| row.at(moment))
        .filter(|seen| {
            filters(kind).iter().all(|(name, test)| given(name).is_none_or(|value| test(*seen, name, value)))
        })
        .filter(|seen| kind != Kind::Practitioner || given("active").is_some() || is_active(*seen))
        .filter(|seen| {
            let day = instant(*seen, kind).map(|moment| moment.strftime("%Y-%m-%d").to_string());
            let within = |test: &dyn Fn(&str) -> bool| day.as_deref().is_some_and(test);
            from.is_none_or(|from| within(&|day| day >= from)) && to.is_none_or(|to| within(&|day| day <= to))
        })
        .collect();
    sort(&mut rows, kind, given("sort").unwrap_or_default());

    let count = count(given("count"));
    let start = given("cursor").and_then(|cursor| cursor.parse::<usize>().ok()).unwrap_or(0);
    let total = rows.len();
    let rows: Vec<Seen<'a>> = rows.into_iter().skip(start).take(count).collect();
    let end = start.saturating_add(rows.len());
    Ok(Page { cursor: (end < total && !rows.is_empty()).then_some(end), rows, total })
}

type Test = fn(Seen, &str, &str) -> bool;

/// Assumption (U6): one exact value a filter; an unknown enum value finds nothing and is no error.
fn filters(kind: Kind) -> &'static [(&'static str, Test)] {
    match kind {
        Kind::Task => &[
            ("patientId", equals),
            ("ownerId", equals),
            ("requesterId", equals),
            ("status", equals),
            ("priority", equals),
            ("code", equals),
        ],
        Kind::Document => {
            &[("patientId", equals), ("type", equals), ("practitionerId", equals), ("status", equals)]
        }
        Kind::Patient => &[
            ("name", names),
            ("email", equals),
            ("phone", equals),
            ("birthDate", equals),
            ("gender", equals),
            ("active", active_is),
        ],
        Kind::Practitioner => {
            &[("name", names), ("specialty", equals), ("npi", equals), ("active", active_is)]
        }
    }
}

fn equals(seen: Seen, field: &str, value: &str) -> bool {
    seen.body.get(field).and_then(Value::as_str) == Some(value)
}

fn names(seen: Seen, _: &str, value: &str) -> bool {
    let part = |name: &str| seen.body.get(name).and_then(Value::as_str).unwrap_or_default();
    let full = format!("{} {} {}", part("fullName"), part("firstName"), part("lastName"));
    full.to_lowercase().contains(&value.to_lowercase())
}

fn active_is(seen: Seen, _: &str, value: &str) -> bool {
    value == if is_active(seen) { "true" } else { "false" }
}

fn is_active(seen: Seen) -> bool {
    seen.body.get("active").and_then(Value::as_bool).unwrap_or(true)
}

/// Assumption: more than the maximum becomes the maximum, everything that is no positive number the default.
fn count(given: Option<&str>) -> usize {
    match given.map(str::parse::<i128>) {
        Some(Ok(count)) if count > 0 => count.min(COUNT_MAX as i128) as usize,
        _ => COUNT_DEFAULT,
    }
}

/// Assumption (U7): only `date` and `-date` order anything; ties go by id, and other names change nothing.
fn sort(rows: &mut [Seen], kind: Kind, order: &str) {
    let key = |seen: &Seen| instant(*seen, kind).unwrap_or(Timestamp::MIN);
    match order {
        "date" => rows.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| by_id(a.row, b.row))),
        "-date" => rows.sort_by(|a, b| key(b).cmp(&key(a)).then_with(|| by_id(a.row, b.row))),
        _ => {}
    }
}

fn by_id(a: &Row, b: &Row) -> std::cmp::Ordering {
    a.id.cmp(&b.id)
}

/// When the row is dated; a date without a time counts as its first moment in UTC.
fn instant(seen: Seen, kind: Kind) -> Option<Timestamp> {
    let text = seen.body.get(kind.date_field())?.as_str()?;
    text.parse::<Timestamp>().ok().or_else(|| {
        let day = text.parse::<jiff::civil::Date>().ok()?;
        Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })
}
