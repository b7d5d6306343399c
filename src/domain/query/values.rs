//! Reads the values of each field: a word, a comparison, a range, a time.
//!
//! Must not stop a whole term for one bad value: the caller keeps the good ones.

use super::ast::{
    Compare, GroupBy, Length, PersonTest, Point, PriorityTest, SortKey, StatusTest, TextField, TextTest,
    TimeField, TimeTest,
};
use super::lex::{Body, Piece};
use super::text::{Pattern, Words};
use super::words::{GROUPS, SORTS, TIME_WORDS, Word, meaning, names, nearest};
use crate::domain::{
    priority::Priority,
    status::{Status, StatusGroup},
    task::Intent,
    time::{DateTime, Moment, Timestamp, parse_duration, parse_typed},
};
use jiff::{
    civil::Weekday,
    tz::{Offset, TimeZone},
};
use std::ops::Range;

/// Why a value was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) at: Range<usize>,
    pub(super) sentence: String,
    pub(super) did_you_mean: Option<String>,
}

type Read<T> = Result<T, Trouble>;

fn trouble<T>(at: Range<usize>, sentence: impl Into<String>, did_you_mean: Option<&str>) -> Read<T> {
    Err(Trouble { at, sentence: sentence.into(), did_you_mean: did_you_mean.map(str::to_owned) })
}

/// What stands before a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Plain,
    Compare(Compare),
    Exact,
    Part,
}

/// A value cut into its sign and the rest.
struct Value<'a> {
    sign: Sign,
    piece: Piece<'a>,
    body: Body<'a>,
}

const SIGNS: [(&str, Sign); 6] = [
    (">=", Sign::Compare(Compare::AtLeast)),
    ("<=", Sign::Compare(Compare::AtMost)),
    (">", Sign::Compare(Compare::More)),
    ("<", Sign::Compare(Compare::Less)),
    ("=", Sign::Exact),
    ("~", Sign::Part),
];

/// The bytes that a sign takes at the head of a value.
pub(super) fn sign_length(text: &str) -> usize {
    SIGNS.iter().find(|(sign, _)| text.starts_with(sign)).map_or(0, |(sign, _)| sign.len())
}

impl<'a> Value<'a> {
    fn read(piece: Piece<'a>) -> Read<Value<'a>> {
        let found = SIGNS.iter().find(|(sign, _)| piece.text.starts_with(sign));
        let (length, sign) = found.map_or((0, Sign::Plain), |(text, sign)| (text.len(), *sign));
        let rest = piece.from(length);
        if rest.text.is_empty() {
            return trouble(piece.at(), "A value is missing here.", None);
        }
        Ok(Value { sign, piece: rest, body: rest.body() })
    }

    fn at(&self) -> Range<usize> {
        self.piece.at()
    }

    /// The word, where it is neither quoted nor a pattern.
    fn bare(&self) -> Option<&'a str> {
        if let Body::Bare(text) = self.body { Some(text) } else { None }
    }

    fn text(&self) -> &str {
        match &self.body {
            Body::Bare(text) => text,
            Body::Quoted { text, .. } => text,
            Body::Regex(_) => self.piece.text,
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.sign, Sign::Plain | Sign::Exact)
            && self.bare().is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    fn without_comparison(self, field: &str) -> Read<Value<'a>> {
        if matches!(self.sign, Sign::Compare(_)) {
            return trouble(self.at(), format!("{field}: takes no < or >."), None);
        }
        Ok(self)
    }

    fn words(&self) -> Read<Words> {
        Words::new(self.text())
            .map_or_else(|| trouble(self.at(), "There is nothing visible to look for.", None), Ok)
    }

    fn pattern(&self) -> Option<Read<Pattern>> {
        let Body::Regex(source) = self.body else { return None };
        Some(pattern(source).or_else(|sentence| trouble(self.at(), sentence, None)))
    }
}

/// Reads a pattern; the error is a sentence.
pub(super) fn pattern(source: &str) -> Result<Pattern, String> {
    Pattern::new(source).map_err(|error| format!("This pattern cannot be read: {error}."))
}

pub(super) fn status(piece: Piece<'_>) -> Read<StatusTest> {
    let value = Value::read(piece)?.without_comparison("status")?;
    let Some(word) = value.bare().filter(|_| value.sign != Sign::Part) else {
        return match value.body {
            Body::Quoted { .. } => Ok(StatusTest::Is(Status::parse(value.text()))),
            _ => trouble(value.at(), "status: takes whole words.", None),
        };
    };
    status_word(word).or_else(|meant| match (value.sign, meant) {
        (Sign::Exact, _) | (_, None) => Ok(StatusTest::Is(Status::parse(word))),
        (_, meant) => trouble(value.at(), format!("\"{word}\" is no status."), meant),
    })
}

/// What a bare word of `status:` means; the error is the known word that it may be a slip of.
pub(super) fn status_word(word: &str) -> Result<StatusTest, Option<&'static str>> {
    let same = |name: &str| name.eq_ignore_ascii_case(word);
    if let Some((_, group)) = StatusGroup::ALL.into_iter().find(|(name, _)| same(name)) {
        return Ok(StatusTest::Group(group));
    }
    if same("any") {
        return Ok(StatusTest::Any);
    }
    let known = Status::KNOWN.into_iter().find(|status| same(status.as_str()) || same(status.short()));
    known.map(StatusTest::Is).ok_or_else(|| nearest(word, status_words()))
}

/// Every word of `status:`, groups first.
pub(super) fn status_words() -> impl Iterator<Item = &'static str> + Clone {
    const CODES: [&str; 12] = [
        "draft",
        "requested",
        "received",
        "accepted",
        "ready",
        "in-progress",
        "on-hold",
        "completed",
        "failed",
        "rejected",
        "cancelled",
        "entered-in-error",
    ];
    StatusGroup::ALL.into_iter().map(|(name, _)| name).chain(CODES)
}

/// Every word of `prio:`, most pressing first.
pub(super) const PRIORITY_WORDS: [&str; 6] = ["stat", "asap", "urgent", "routine", "none", "any"];

pub(super) fn priority(piece: Piece<'_>) -> Read<PriorityTest> {
    if let Some((low, high)) = piece.range() {
        let end = |piece: Piece<'_>| match piece.text {
            "" => Ok(None),
            word => known_priority(word).map(Some).or_else(|meant| no_priority(piece.at(), word, meant)),
        };
        return match (end(low)?, end(high)?) {
            (None, None) => trouble(piece.at(), "A range needs one end at least.", None),
            (low, high) => Ok(PriorityTest::Range(low, high)),
        };
    }
    let value = Value::read(piece)?;
    let Some(word) = value.bare().filter(|_| value.sign != Sign::Part) else {
        return match (&value.body, value.sign) {
            (Body::Quoted { text, .. }, Sign::Plain | Sign::Exact) => {
                Ok(PriorityTest::Is(Priority::parse(text)))
            }
            _ => trouble(value.at(), "prio: takes whole words.", None),
        };
    };
    match (value.sign, priority_word(word)) {
        (Sign::Compare(compare), _) => known_priority(word)
            .map(|priority| PriorityTest::Compare(compare, priority))
            .or_else(|meant| no_priority(value.at(), word, meant)),
        (_, Ok(test)) => Ok(test),
        (Sign::Exact, Err(_)) | (_, Err(None)) => Ok(PriorityTest::Is(Priority::parse(word))),
        (_, Err(meant)) => no_priority(value.at(), word, meant),
    }
}

fn no_priority<T>(at: Range<usize>, word: &str, meant: Option<&str>) -> Read<T> {
    trouble(at, format!("\"{word}\" is not one of routine, urgent, asap and stat."), meant)
}

fn known_priority(word: &str) -> Result<Priority, Option<&'static str>> {
    let same = |name: &str| name.eq_ignore_ascii_case(word);
    let known = Priority::KNOWN.into_iter().find(|known| same(known.as_str()) || same(known.short()));
    known.ok_or_else(|| nearest(word, PRIORITY_WORDS.into_iter().take(4)))
}

/// What a bare word of `prio:` means; the error is the known word that it may be a slip of.
pub(super) fn priority_word(word: &str) -> Result<PriorityTest, Option<&'static str>> {
    if word.eq_ignore_ascii_case("none") {
        return Ok(PriorityTest::None);
    }
    if word.eq_ignore_ascii_case("any") {
        return Ok(PriorityTest::Any);
    }
    known_priority(word).map(PriorityTest::Is).map_err(|_| nearest(word, PRIORITY_WORDS.into_iter()))
}

pub(super) fn person(piece: Piece<'_>, field: &str) -> Read<PersonTest> {
    let value = Value::read(piece)?.without_comparison(field)?;
    for (word, test) in [("me", PersonTest::Me), ("none", PersonTest::None), ("any", PersonTest::Any)] {
        if value.is_word(word) {
            return Ok(test);
        }
    }
    if let Some(pattern) = value.pattern() {
        return pattern.map(PersonTest::Pattern);
    }
    let words = value.words()?;
    Ok(if value.sign == Sign::Exact {
        PersonTest::Exact(value.text().into())
    } else {
        PersonTest::Part(words)
    })
}

pub(super) fn text(piece: Piece<'_>, field: TextField, name: &str) -> Read<TextTest> {
    let value = Value::read(piece)?.without_comparison(name)?;
    for (word, test) in [("none", TextTest::None), ("any", TextTest::Any)] {
        if value.is_word(word) {
            return Ok(test);
        }
    }
    if let Some(pattern) = value.pattern() {
        return pattern.map(TextTest::Pattern);
    }
    let words = value.words()?;
    let exact = value.sign == Sign::Exact || (value.sign == Sign::Plain && is_whole(field, value.text()));
    Ok(if exact { TextTest::Exact(value.text().into()) } else { TextTest::Part(words) })
}

/// Whether a word without a sign means itself alone: `intent:order` is not `original-order`.
pub(super) fn is_whole(field: TextField, word: &str) -> bool {
    field == TextField::Intent && Intent::KNOWN.contains(&word)
}

pub(super) fn time(piece: Piece<'_>, field: TimeField, name: &str) -> Read<TimeTest> {
    if let Some((low, high)) = piece.range() {
        let end =
            |piece: Piece<'_>| if piece.text.is_empty() { Ok(None) } else { point(piece, field).map(Some) };
        return match (end(low)?, end(high)?) {
            (None, None) => trouble(piece.at(), "A range needs one end at least.", None),
            (low, high) => Ok(TimeTest::Range(low, high)),
        };
    }
    let value = Value::read(piece)?;
    if value.is_word("none") {
        return Ok(TimeTest::None);
    }
    if value.is_word("any") {
        return Ok(TimeTest::Any);
    }
    if value.is_word("overdue") {
        return match field {
            TimeField::Due => Ok(TimeTest::Overdue),
            _ => trouble(value.at(), "Only due:overdue can be said.", Some("now")),
        };
    }
    match value.sign {
        Sign::Part => trouble(value.at(), format!("{name}: takes no ~."), None),
        Sign::Compare(compare) => point(value.piece, field).map(|point| TimeTest::Compare(compare, point)),
        Sign::Plain | Sign::Exact => point(value.piece, field).map(TimeTest::At),
    }
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The short word of a weekday.
pub(super) fn weekday_word(day: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(_, weekday)| *weekday == day).and_then(|(name, _)| name.get(..3)).unwrap_or("")
}

fn point(piece: Piece<'_>, field: TimeField) -> Read<Point> {
    let text = match piece.body() {
        Body::Bare(text) => text.to_owned(),
        Body::Quoted { text, .. } => text.trim().to_owned(),
        Body::Regex(_) => return trouble(piece.at(), "A time is no pattern.", None),
    };
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "now" => return Ok(Point::Now),
        "today" => return Ok(Point::Day(0)),
        "tomorrow" => return Ok(Point::Day(1)),
        "yesterday" => return Ok(Point::Day(-1)),
        _ => {}
    }
    if let Some((_, day)) =
        WEEKDAYS.into_iter().find(|(name, _)| lower.len() >= 3 && name.starts_with(&lower))
    {
        return Ok(Point::Weekday(day));
    }
    let (back, length) = match lower.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    if let Some(span) = parse_duration(length) {
        if back && field.looks_back() {
            return trouble(piece.at(), "This field looks back already: leave out the minus.", Some(length));
        }
        return Ok(Point::Away { length: Length::new(span), back });
    }
    if let Some(time) = clock(&lower) {
        return Ok(Point::Clock(time));
    }
    let written = DateTime::parse(&text);
    if matches!(written.moment(), Some(moment) if !matches!(moment, Moment::Year(_))) {
        return Ok(Point::Calendar(written));
    }
    let meant = time_meant(&lower);
    trouble(
        piece.at(),
        format!("\"{text}\" is no time. Try 2h, 17:00, today, 2026-11-21 or \"2026-11-21 17:00\"."),
        meant.as_deref(),
    )
}

/// A time of day: `17:00`, `5pm`.
fn clock(lower: &str) -> Option<jiff::civil::Time> {
    if !(lower.contains(':') || lower.ends_with("am") || lower.ends_with("pm")) || lower.contains('-') {
        return None;
    }
    let read = parse_typed(lower, Timestamp::UNIX_EPOCH, &TimeZone::UTC).ok()?;
    let crate::domain::time::Typed::Instant(at) = read else { return None };
    Some(Offset::UTC.to_datetime(at).time())
}

/// What somebody meant who typed a bare number, a clock without its colon or a word with a slip.
fn time_meant(lower: &str) -> Option<String> {
    let digits = !lower.is_empty() && lower.bytes().all(|byte| byte.is_ascii_digit());
    match lower.len() {
        4 if digits => {
            let (hours, minutes) = lower.split_at_checked(2)?;
            let meant = format!("{hours}:{minutes}");
            clock(&meant).map(|_| meant)
        }
        1..=3 if digits => Some(format!("{lower}h")),
        _ => {
            let words = TIME_WORDS.iter().map(|(word, _)| *word).chain(["overdue"]);
            nearest(lower, words).filter(|word| *word != lower).map(str::to_owned)
        }
    }
}

/// A word of a table, such as those of `is:`.
pub(super) fn word<T: Copy>(piece: Piece<'_>, table: &'static [Word<T>], name: &str) -> Read<T> {
    if piece.text.is_empty() {
        return trouble(piece.at(), "A value is missing here.", None);
    }
    meaning(table, piece.text).map_or_else(
        || {
            let known: Vec<_> = names(table).collect();
            let meant = nearest(piece.text, known.iter().copied());
            trouble(piece.at(), format!("{name}: takes {}.", known.join(" ")), meant)
        },
        Ok,
    )
}

pub(super) fn sort(piece: Piece<'_>) -> Read<SortKey> {
    // Taskwarrior writes the direction behind the word.
    let (piece, before) = match piece.text.strip_prefix(['-', '+']) {
        Some(_) => (piece.from(1), piece.text.starts_with('-')),
        None => (piece, false),
    };
    let (piece, behind) = match piece.text.strip_suffix(['-', '+']) {
        Some(rest) => (piece.to(rest.len()), piece.text.ends_with('-')),
        None => (piece, false),
    };
    Ok(SortKey { by: word(piece, SORTS, "sort")?, descending: before != behind })
}

pub(super) fn group(piece: Piece<'_>) -> Read<GroupBy> {
    word(piece, GROUPS, "group")
}

pub(super) fn limit(piece: Piece<'_>) -> Read<usize> {
    match piece.text.parse::<usize>() {
        Ok(count) if count > 0 => Ok(count),
        _ => trouble(piece.at(), "limit: takes a number from 1 up.", None),
    }
}
