//! What a user can correct: located problems of a task before it is sent.
//!
//! Must not fail or stop at the first problem: it returns them all.

use super::{
    can::Can,
    task::{Field, FieldSet, Parameter, Task},
};
use serde::{Deserialize, Serialize};

/// One thing to correct, at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The field that it stands at, where one is known.
    pub field: Option<Field>,
    /// The whole path as the source or the rule names it, such as `input.2.type`; may be empty.
    pub path: String,
    /// What is wrong and what would be right, a whole sentence without the value.
    pub sentence: String,
}

impl Problem {
    /// A problem of one field.
    pub fn at(field: Field, sentence: impl Into<String>) -> Problem {
        Problem { field: Some(field), path: field.name().to_owned(), sentence: sentence.into() }
    }

    /// A problem at a dotted path; its first part names the field.
    pub fn at_path(path: &str, sentence: impl Into<String>) -> Problem {
        let first = path.split(['.', '[']).next().unwrap_or(path);
        Problem { field: Field::parse(first), path: path.to_owned(), sentence: sentence.into() }
    }
}

/// The length of a text in UTF-16 code units, the unit of every limit (contract clinikapi U11).
///
/// A long document is counted with every frame: plain stretches, the most by far, are not looked at letter by letter.
pub fn units(text: &str) -> usize {
    const STRETCH: usize = 64;
    // A letter counts where it begins, as two if it has four bytes, wherever a stretch ends.
    let counted = |byte: &u8| match byte {
        0x80..=0xBF => 0,
        0xF0.. => 2,
        _ => 1,
    };
    let stretches = text.as_bytes().chunks(STRETCH);
    stretches.map(|part| if part.is_ascii() { part.len() } else { part.iter().map(counted).sum() }).sum()
}

/// Checks the given fields of a task against a source's rules for a create or an update body.
pub fn check_task(task: &Task, fields: &FieldSet, can: &Can, creating: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    let rules = if creating { can.create } else { can.update };
    for field in fields {
        if !rules.iter().any(|rule| rule.field == *field) {
            let general = || format!("{} does not take {}.", can.system, can.name_of(*field));
            let reason = can.refused_fields.get(field).filter(|_| !creating).cloned();
            problems.push(Problem::at(*field, reason.unwrap_or_else(general)));
        }
    }
    for rule in rules {
        if rule.required && creating && is_absent(task, rule.field) {
            problems.push(Problem::at(rule.field, format!("{} is required.", can.name_of(rule.field))));
        }
        if !fields.contains(&rule.field) {
            continue;
        }
        if let Some(limit) = rule.max_units {
            let length = longest_text(task, rule.field).map_or(0, units);
            if length > limit as usize {
                let name = rule.field.name();
                problems.push(Problem::at(
                    rule.field,
                    format!("{name} has {length} characters; {} takes at most {limit}.", can.system),
                ));
            }
        }
    }
    if fields.contains(&Field::Status) && !can.statuses.contains(&task.status) {
        problems.push(Problem::at(Field::Status, format!("{} does not take this status.", can.system)));
    }
    for (field, list) in [(Field::Input, &task.input), (Field::Output, &task.output)] {
        if fields.contains(&field) {
            problems.extend(check_parameters(field, list));
        }
    }
    problems.extend(check_periods(task, fields));
    problems
}

fn check_parameters(field: Field, list: &[Parameter]) -> impl Iterator<Item = Problem> + '_ {
    list.iter().enumerate().filter(|(_, parameter)| parameter.kind.trim().is_empty()).map(
        move |(index, _)| {
            Problem::at_path(&format!("{}.{index}.type", field.name()), "Every value needs a type.")
        },
    )
}

fn check_periods(task: &Task, fields: &FieldSet) -> Vec<Problem> {
    let periods =
        [(Field::ExecutionPeriod, &task.execution_period), (Field::Restriction, &task.restriction.period)];
    let mut problems = Vec::new();
    for (field, period) in periods.into_iter().filter(|(field, _)| fields.contains(field)) {
        for (end, time) in [("start", &period.start), ("end", &period.end)] {
            if time.as_ref().is_some_and(|time| time.moment().is_none()) {
                problems.push(Problem::at_path(
                    &format!("{}.{end}", field.name()),
                    "This is not a time; type 17:00, 2h, tomorrow 8 or 2026-11-21T17:00Z.",
                ));
            }
        }
        let zone = jiff::tz::TimeZone::UTC;
        if let (Some(start), Some(end)) = (&period.start, &period.end)
            && let (Some(start), Some(end)) = (start.start(&zone), end.end(&zone))
            && end < start
        {
            problems.push(Problem::at(field, format!("{} ends before it starts.", field.name())));
        }
    }
    problems
}

fn is_absent(task: &Task, field: Field) -> bool {
    match field {
        Field::Intent => task.intent.is_none(),
        Field::Status => task.status.as_str().trim().is_empty(),
        _ => task.same(&Task::default(), field),
    }
}

/// The text of a field that a limit applies to; for notes, the longest.
fn longest_text(task: &Task, field: Field) -> Option<&str> {
    match field {
        Field::Code => task.code.as_deref(),
        Field::Description => task.description.as_deref(),
        Field::ShortDescription => task.short_description.as_deref(),
        Field::ReasonCode => task.reason_code.as_deref(),
        Field::StatusReason => task.status_reason.as_deref(),
        Field::BusinessStatus => task.business_status.as_deref(),
        Field::Note => task.notes.iter().map(|note| &*note.text).max_by_key(|text| units(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::can::FieldRule;
    use crate::domain::{status::Status, task::Intent, task::ParameterValue, time::DateTime};

    const RULES: &[FieldRule] = &[
        FieldRule::required(Field::Status),
        FieldRule::required(Field::Intent),
        FieldRule::text(Field::StatusReason, 4),
        FieldRule::free(Field::Input),
        FieldRule::free(Field::ExecutionPeriod),
    ];

    fn can() -> Can {
        Can { create: RULES, statuses: vec![Status::Requested], ..Can::plain("Test") }
    }

    fn sentences(task: &Task, fields: &[Field]) -> Vec<String> {
        let fields = fields.iter().copied().collect();
        check_task(task, &fields, &can(), true).into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn all_problems_come_at_once_each_at_its_place() {
        let task = Task {
            status: Status::EnteredInError,
            status_reason: Some("\u{1F600}\u{1F600}\u{1F600}".into()),
            input: vec![Parameter { kind: " ".into(), value: ParameterValue::Boolean(false) }],
            execution_period: crate::domain::task::Period {
                start: Some(DateTime::parse("2026-11-22")),
                end: Some(DateTime::parse("2026-11-21")),
            },
            ..Task::default()
        };
        let fields = [Field::Status, Field::StatusReason, Field::Input, Field::ExecutionPeriod, Field::Code];
        assert_eq!(
            sentences(&task, &fields),
            ["code", "intent", "statusReason", "status", "input.0.type", "executionPeriod"]
        );
    }

    #[test]
    fn units_are_those_of_utf16_wherever_a_letter_stands() {
        for before in 0..600 {
            for letters in ["", "plain", "é", "日本", "😀", "é😀\u{301}日\u{ffff}\u{10000}"] {
                let text = format!("{}{letters}{}", "a".repeat(before), "ü b".repeat(before % 7));
                assert_eq!(units(&text), text.encode_utf16().count(), "{before} before {letters}");
            }
        }
    }

    #[test]
    fn a_limit_passes_at_n_and_is_refused_at_n_plus_one_in_utf16_units() {
        let fits = |text: &str| {
            let task = Task {
                intent: Some(Intent::parse("order")),
                status_reason: Some(text.into()),
                ..Task::default()
            };
            sentences(&task, &[Field::StatusReason]).is_empty()
        };
        assert!(fits("abcd") && fits("\u{1F600}\u{1F600}"));
        assert!(!fits("abcde") && !fits("\u{1F600}\u{1F600}a"));
    }
}
