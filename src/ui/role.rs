//! What a piece of the screen means, and the attributes that say so where there is no colour.
//!
//! Must not name a colour: that is a theme's business.

use ratatui::style::Modifier;

/// What a piece of the screen means. Painters name roles; themes give them their looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Ordinary text, and the ground of the screen.
    Text,
    /// Text that may be passed over.
    Dim,
    /// The title of a screen, pane or layer.
    Title,
    /// The heads of the columns.
    Header,
    /// Lines and frames.
    Border,
    /// The ground of a layer above the screen.
    Layer,
    /// The word STAT.
    Stat,
    /// The word asap.
    Asap,
    /// The word urg.
    Urgent,
    /// The word rout, and the dash of an absent priority.
    Routine,
    /// A value that the program does not know, shown raw.
    Unknown,
    /// A due time that has passed.
    Overdue,
    /// A due time within the hour.
    DueSoon,
    /// The row under the cursor, over its whole width.
    Selection,
    /// The one field of the row under the cursor that is reversed when the row is not.
    KeyField,
    /// The mark `+` of a chosen row.
    Mark,
    /// A task that is new to this user.
    Unread,
    /// A write that has not been sent, `^`.
    Unsent,
    /// A write that met another's change, `#`.
    Conflict,
    /// A write that failed, `x`.
    Failed,
    /// Data older than it should be, `~`.
    Stale,
    /// A row that no longer matches and stays until the cursor leaves it.
    Ghost,
    /// A task of the user's own.
    Mine,
    /// A task that nobody owns.
    Unowned,
    /// The line that counts what is shown and what is hidden.
    StatusLine,
    /// What in the status line must not be overlooked.
    StatusAlert,
    /// The badge of real data.
    BadgeLive,
    /// The badge of a test system.
    BadgeTest,
    /// The badge of made-up data.
    BadgeSynthetic,
    /// The band of a new or hidden STAT task.
    Banner,
    /// The band that counts arrivals.
    Arrivals,
    /// What went wrong.
    Error,
    /// What may go wrong.
    Warning,
    /// What went well.
    Good,
    /// A key in the hint line, the help or the palette.
    HintKey,
    /// What a key does.
    HintText,
    /// What cannot be done here.
    Struck,
    /// The letters that matched.
    Match,
    /// The name of a field.
    FieldLabel,
    /// What is wrong with a field.
    FieldError,
    /// A line that takes text.
    Input,
    /// The part of a typed line that could not be understood.
    BadToken,
    /// Grey text where nothing was typed yet.
    Placeholder,
}

impl Role {
    /// Every role, in the order of its declaration.
    pub const ALL: [Role; 43] = [
        Role::Text,
        Role::Dim,
        Role::Title,
        Role::Header,
        Role::Border,
        Role::Layer,
        Role::Stat,
        Role::Asap,
        Role::Urgent,
        Role::Routine,
        Role::Unknown,
        Role::Overdue,
        Role::DueSoon,
        Role::Selection,
        Role::KeyField,
        Role::Mark,
        Role::Unread,
        Role::Unsent,
        Role::Conflict,
        Role::Failed,
        Role::Stale,
        Role::Ghost,
        Role::Mine,
        Role::Unowned,
        Role::StatusLine,
        Role::StatusAlert,
        Role::BadgeLive,
        Role::BadgeTest,
        Role::BadgeSynthetic,
        Role::Banner,
        Role::Arrivals,
        Role::Error,
        Role::Warning,
        Role::Good,
        Role::HintKey,
        Role::HintText,
        Role::Struck,
        Role::Match,
        Role::FieldLabel,
        Role::FieldError,
        Role::Input,
        Role::BadToken,
        Role::Placeholder,
    ];

    /// The name in a theme file.
    pub fn name(self) -> &'static str {
        match self {
            Role::Text => "text",
            Role::Dim => "dim",
            Role::Title => "title",
            Role::Header => "header",
            Role::Border => "border",
            Role::Layer => "layer",
            Role::Stat => "stat",
            Role::Asap => "asap",
            Role::Urgent => "urgent",
            Role::Routine => "routine",
            Role::Unknown => "unknown",
            Role::Overdue => "overdue",
            Role::DueSoon => "due-soon",
            Role::Selection => "selection",
            Role::KeyField => "key-field",
            Role::Mark => "mark",
            Role::Unread => "unread",
            Role::Unsent => "unsent",
            Role::Conflict => "conflict",
            Role::Failed => "failed",
            Role::Stale => "stale",
            Role::Ghost => "ghost",
            Role::Mine => "mine",
            Role::Unowned => "unowned",
            Role::StatusLine => "status-line",
            Role::StatusAlert => "status-alert",
            Role::BadgeLive => "badge-live",
            Role::BadgeTest => "badge-test",
            Role::BadgeSynthetic => "badge-synthetic",
            Role::Banner => "banner",
            Role::Arrivals => "arrivals",
            Role::Error => "error",
            Role::Warning => "warning",
            Role::Good => "good",
            Role::HintKey => "hint-key",
            Role::HintText => "hint-text",
            Role::Struck => "struck",
            Role::Match => "match",
            Role::FieldLabel => "field-label",
            Role::FieldError => "field-error",
            Role::Input => "input",
            Role::BadToken => "bad-token",
            Role::Placeholder => "placeholder",
        }
    }

    /// The role of a name in a theme file.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The attributes that the role has in every theme, so that it is told apart without colour (PRODUCT §10).
    pub fn attributes(self) -> Modifier {
        match self {
            Role::Stat | Role::Banner | Role::StatusAlert | Role::BadgeLive => {
                Modifier::BOLD.union(Modifier::REVERSED)
            }
            Role::Selection | Role::KeyField | Role::Arrivals | Role::BadgeTest => Modifier::REVERSED,
            Role::Asap
            | Role::Title
            | Role::Unread
            | Role::Conflict
            | Role::Failed
            | Role::Mark
            | Role::Error
            | Role::HintKey => Modifier::BOLD,
            Role::Overdue | Role::Header | Role::Match | Role::BadToken => Modifier::UNDERLINED,
            Role::FieldError => Modifier::BOLD.union(Modifier::UNDERLINED),
            Role::Ghost => Modifier::ITALIC,
            Role::Struck => Modifier::CROSSED_OUT,
            Role::Text
            | Role::Dim
            | Role::Stale
            | Role::Placeholder
            | Role::Border
            | Role::Layer
            | Role::Urgent
            | Role::Routine
            | Role::Unknown
            | Role::DueSoon
            | Role::Unsent
            | Role::Mine
            | Role::Unowned
            | Role::StatusLine
            | Role::BadgeSynthetic
            | Role::Warning
            | Role::Good
            | Role::HintText
            | Role::FieldLabel
            | Role::Input => Modifier::empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_stands_at_its_place_and_its_name_reads_back() {
        for (place, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, place, "{role:?}");
            assert_eq!(Role::parse(role.name()), Some(role));
        }
        assert_eq!(Role::parse("Text"), None);
    }

    #[test]
    fn what_presses_differs_without_colour() {
        let routine = Role::Routine.attributes();
        assert_eq!(Role::Stat.attributes(), Modifier::BOLD | Modifier::REVERSED);
        assert_ne!(Role::Stat.attributes(), Role::Asap.attributes());
        assert_ne!(Role::Asap.attributes(), routine);
        assert!(Role::Overdue.attributes().contains(Modifier::UNDERLINED));
        assert_ne!(Role::Selection.attributes(), Role::Text.attributes());
    }
}
