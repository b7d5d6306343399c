//! The sources screen: each source with its link, its age and its pace; beneath, what the selected one can do.
//!
//! Must not show a credential; it has none.

use crate::{
    app::{
        action::Action,
        source::{Link, Source},
        state::State,
    },
    domain::{
        can::Capability,
        clean::Clean,
        time::{Timestamp, age_text, clock_text},
    },
    ui::{
        ink::Ink,
        role::Role,
        shell,
        widgets::rich::{self, Rich},
    },
};
use ratatui::layout::Rect;

const LABEL: u16 = 12;

/// Paints the screen.
pub fn paint(ink: &mut Ink<'_>, state: &State) {
    let area = ink.area();
    let line = |y: u16| Rect { y, height: u16::from(y < area.height), ..area };
    let mut pen = ink.pen(line(0));
    pen.word(Role::Text, " ").word(Role::Title, "Sources");
    if state.profiles.len() > 1 {
        let key = shell::key_of(state, Action::ProfileSwitch);
        let others: Vec<&str> =
            state.profiles.iter().map(String::as_str).filter(|name| *name != state.profile).collect();
        let words = format_args!(" of the profile {} ({key}: {})", state.profile, others.join(", "));
        pen.say(Role::Dim, &Clean::format(words));
    }
    let foot = area.height.saturating_sub(1);
    let selected = state.worklist.selected_source;
    // Half of the screen for the list, so that what the selected one can do is always in sight.
    let room = usize::from(area.height / 2).max(1);
    let first = (selected + 1).saturating_sub(room);
    let mut row = 2;
    for (place, source) in state.sources.iter().enumerate().skip(first).take(room) {
        if row >= foot {
            break;
        }
        one(ink, state, source, line(row), place == selected);
        row += 1;
    }
    if let Some(source) = state.sources.get(selected) {
        ink.rule(line(row));
        let below = Rect { y: row + 1, height: foot.saturating_sub(row + 1), ..area };
        let below = Rect { x: below.x + 1, width: below.width.saturating_sub(2), ..below };
        rich::paint(ink, below, &lines(state, source, below.width), 0);
    }
    shell::hints(ink, state, Rect { y: foot, height: area.height.min(1), ..area });
}

fn one(ink: &mut Ink<'_>, state: &State, source: &Source, area: Rect, is_selected: bool) {
    let mut pen = ink.pen(area);
    pen.word(Role::Mark, if is_selected { "> " } else { "  " });
    pen.column(3, Role::Text, &Clean::line(&source.tag));
    pen.column(14, Role::Title, &Clean::line(&source.name)).skip(1);
    pen.column(10, shell::badge_role(source.badge), &Clean::from_static(source.badge.word())).skip(1);
    let (role, word) = link(source);
    pen.column(9, role, &Clean::from_static(word)).skip(1);
    let age = source.last_good.map_or_else(|| "never".to_owned(), |heard| age_text(heard, state.now));
    pen.column_right(6, Role::Text, &Clean::line(&age)).skip(2);
    let system = match &source.can.role {
        Some(role) => format!("{} ({role})", source.can.system),
        None => source.can.system.to_owned(),
    };
    pen.column(22, Role::Text, &Clean::line(&system)).skip(1);
    pen.say(Role::Dim, &Clean::line(&source.url));
    if is_selected && state.settings.whole_row_selection {
        ink.shade(area, Role::Selection);
    }
}

fn link(source: &Source) -> (Role, &'static str) {
    match source.link {
        Link::Unheard => (Role::Dim, "asking"),
        Link::Live => (Role::Good, "live"),
        Link::Degraded { .. } => (Role::Warning, "down"),
        Link::Paused { .. } => (Role::Warning, "paused"),
        Link::Stopped { .. } => (Role::Error, "refused"),
    }
}

/// How fast it may be asked.
fn pace(source: &Source) -> String {
    let pace = source.can.pace;
    if pace.gap_ms == 0 {
        return format!("{} requests a minute", pace.per_minute);
    }
    let (whole, tenths) = (pace.gap_ms / 1_000, pace.gap_ms % 1_000 / 100);
    let pause = if tenths == 0 { whole.to_string() } else { format!("{whole}.{tenths}") };
    format!("one request at a time, {pause} s apart")
}

fn lines(state: &State, source: &Source, width: u16) -> Vec<Rich> {
    let mut lines = Vec::new();
    let mut field = |label: &'static str, role: Role, value: &str| {
        lines.extend(rich::field(&Clean::from_static(label), LABEL, (role, value), width));
    };
    let at = |time: Timestamp| clock_text(time, state.now, &state.zone);
    let badge = source.badge.word();
    field("system", Role::Text, &format!("{} at {}, {badge}", source.can.system, source.url));
    if let Some(role) = &source.can.role {
        field("role", Role::Text, role);
    }
    match &source.link {
        Link::Degraded { since, sentence } => {
            field("link", Role::Warning, &format!("down since {}: {sentence}", at(*since)));
        }
        Link::Paused { until, sentence } => {
            let until = until.map_or_else(String::new, |until| format!(" until {}", at(until)));
            field("link", Role::Warning, &format!("paused{until}: {sentence}"));
        }
        Link::Stopped { sentence } => field("link", Role::Error, sentence),
        Link::Live => field("link", Role::Good, "live"),
        Link::Unheard => field("link", Role::Dim, "nothing has been heard yet"),
    }
    if let Some(about) = &source.about {
        field("server", Role::Text, about);
    }
    match (&source.me, &source.can.role) {
        (Some(me), _) => field("me", Role::Text, me),
        (None, Some(role)) => field("me", Role::Text, &format!("{role}: owns no tasks there")),
        (None, None) => field("me", Role::Text, "not told: set me = \"…\" for this source"),
    }
    let whole = if source.complete { "all fetched" } else { "not all fetched yet" };
    let total = source.total.map_or_else(String::new, |total| format!(" of {total}"));
    match source.at_least {
        Some(least) => field("tasks", Role::Warning, &format!("{least} or more: the system gives no more")),
        None => field("tasks", Role::Text, &format!("{}{total}, {whole}", state.store.count_of(source.id))),
    }
    if source.dropped > 0 {
        field("dropped", Role::Warning, &format!("{} rows that cannot be read", source.dropped));
    }
    for complaint in &source.complaints {
        field("", Role::Warning, complaint);
    }
    let next = source.next_poll.map_or_else(|| "none set".to_owned(), at);
    let poll = if source.can.is_file {
        "never by itself: r reads it again".to_owned()
    } else {
        format!("every {} s, next {next}", source.poll_s)
    };
    field("poll", Role::Text, &poll);
    field("pace", Role::Text, &pace(source));
    if let Some(rate) = &source.rate {
        let left = format!("{} of {} left, anew in {} s", rate.remaining, rate.limit, rate.reset_s);
        field("rate", Role::Text, &left);
    }
    if let Some(quota) = &source.quota {
        let reset = quota.reset_at.map_or_else(String::new, |reset| format!(", anew {reset}"));
        field("quota", Role::Text, &format!("{} of {} left{reset}", quota.remaining, quota.limit));
    }
    if source.clock_ahead_s.abs() > 2 {
        field("its clock", Role::Text, &format!("{} s ahead of ours", source.clock_ahead_s));
    }
    let can: Vec<&str> = Capability::ALL
        .into_iter()
        .filter(|capability| state.may(source.id, *capability).is_ok())
        .map(Capability::name)
        .collect();
    field("can", Role::Good, &can.join(", "));
    for capability in Capability::ALL {
        if let Err(reason) = state.may(source.id, capability) {
            field(capability.name(), Role::Dim, &format!("no: {reason}"));
        }
    }
    lines
}
