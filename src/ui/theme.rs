//! Themes: from a role to colours and attributes, read from the files in `assets/themes/` or a user's own.
//!
//! Must not take an attribute away that a role has by itself: a theme adds to it, `NO_COLOR` leaves it.

use super::role::Role;
use ratatui::style::{Color, Modifier, Style};
use std::{fmt, ops::Range};
use toml::de::{DeTable, DeValue};

/// The themes that come with the program: name and file text. The first is the default.
pub const SHIPPED: [(&str, &str); 7] = [
    ("ansi16", include_str!("../../assets/themes/ansi16.toml")),
    ("dark", include_str!("../../assets/themes/dark.toml")),
    ("light", include_str!("../../assets/themes/light.toml")),
    ("high-contrast", include_str!("../../assets/themes/high-contrast.toml")),
    ("deuteranopia", include_str!("../../assets/themes/deuteranopia.toml")),
    ("tritanopia", include_str!("../../assets/themes/tritanopia.toml")),
    ("mono", include_str!("../../assets/themes/mono.toml")),
];

/// How every role looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
}

/// One thing in a theme file that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeProblem {
    /// The line, counted from one.
    pub line: usize,
    /// The column in characters, counted from one.
    pub column: usize,
    /// What is wrong and what would be right.
    pub sentence: String,
}

impl fmt::Display for ThemeProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}: {}", self.line, self.column, self.sentence)
    }
}

impl Default for Theme {
    /// The terminal's own palette.
    fn default() -> Theme {
        Theme::named("ansi16").unwrap_or_else(Theme::plain)
    }
}

impl Theme {
    /// A shipped theme by its name.
    pub fn named(name: &str) -> Option<Theme> {
        let (_, text) = SHIPPED.iter().find(|(shipped, _)| *shipped == name)?;
        Some(Theme::read(text, Theme::plain()).0)
    }

    /// A theme from the text of its file; what is wrong is listed, what is good is used.
    ///
    /// A role that the file leaves out looks as in the default theme, or as in the one named by `base`.
    pub fn parse(text: &str) -> (Theme, Vec<ThemeProblem>) {
        Theme::read(text, Theme::default())
    }

    /// The look of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// The same theme for `NO_COLOR` and `--color never`: attributes stay, colours go.
    #[must_use]
    pub fn without_colour(mut self) -> Theme {
        for style in &mut self.styles {
            *style = Style { fg: None, bg: None, underline_color: None, ..*style };
        }
        self
    }

    /// A theme that gives each role a colour of its own number, so that a test can read roles from the screen.
    pub fn tracer() -> Theme {
        let mut theme = Theme::plain();
        for (place, style) in theme.styles.iter_mut().enumerate() {
            style.fg = Some(Color::Indexed(place as u8));
        }
        theme
    }

    /// The role that a cell drawn with [`Theme::tracer`] has.
    pub fn traced(colour: Color) -> Option<Role> {
        match colour {
            Color::Indexed(place) => Role::ALL.get(usize::from(place)).copied(),
            _ => None,
        }
    }

    /// Attributes only.
    fn plain() -> Theme {
        Theme { styles: Role::ALL.map(|role| Style::new().add_modifier(role.attributes())) }
    }

    fn read(text: &str, mut theme: Theme) -> (Theme, Vec<ThemeProblem>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut reader = Reader { text, problems: Vec::new() };
        for error in errors {
            reader.problem(&error.span().unwrap_or_default(), format!("{}.", error.message()));
        }
        let mut roles = None;
        for (key, value) in table.get_ref() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("base", DeValue::String(name)) => match Theme::named(name) {
                    Some(base) => theme = base,
                    None => reader.problem(&value.span(), format!("no such theme; there are {}.", names())),
                },
                ("roles", DeValue::Table(table)) => roles = Some(table),
                _ => reader.problem(&key.span(), "only base = \"THEME\" and [roles] stand here.".to_owned()),
            }
        }
        for (key, value) in roles.into_iter().flatten() {
            match (Role::parse(key.get_ref()), value.get_ref()) {
                (Some(role), DeValue::Table(look)) => {
                    let style = reader.look(role, look);
                    if let Some(place) = theme.styles.get_mut(role as usize) {
                        *place = style;
                    }
                }
                (Some(_), _) => {
                    reader.problem(&value.span(), "a role is { fg = …, bg = …, add = […] }.".to_owned());
                }
                (None, _) => {
                    let known = Role::ALL.map(Role::name).join(", ");
                    reader.problem(&key.span(), format!("no such role; there are {known}."));
                }
            }
        }
        reader.problems.sort_by_key(|problem| (problem.line, problem.column));
        (theme, reader.problems)
    }
}

fn names() -> String {
    SHIPPED.map(|(name, _)| name).join(", ")
}

const ATTRIBUTES: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("strike", Modifier::CROSSED_OUT),
];

struct Reader<'a> {
    text: &'a str,
    problems: Vec<ThemeProblem>,
}

impl Reader<'_> {
    fn problem(&mut self, span: &Range<usize>, sentence: String) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        self.problems.push(ThemeProblem {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
            sentence,
        });
    }

    fn look(&mut self, role: Role, look: &DeTable<'_>) -> Style {
        let mut style = Style::new().add_modifier(role.attributes());
        for (key, value) in look {
            match key.get_ref().as_ref() {
                "fg" => style.fg = self.colour(value).or(style.fg),
                "bg" => style.bg = self.colour(value).or(style.bg),
                "add" => {
                    let DeValue::Array(words) = value.get_ref() else {
                        self.problem(&value.span(), "attributes stand in brackets: [\"bold\"].".to_owned());
                        continue;
                    };
                    for word in words {
                        let known = word.get_ref().as_str().and_then(attribute);
                        if let Some(attribute) = known {
                            style = style.add_modifier(attribute);
                        } else {
                            let known = ATTRIBUTES.map(|(name, _)| name).join(", ");
                            self.problem(&word.span(), format!("attributes are {known}."));
                        }
                    }
                }
                _ => self.problem(&key.span(), "a role has fg, bg and add.".to_owned()),
            }
        }
        style
    }

    fn colour(&mut self, value: &toml::Spanned<DeValue<'_>>) -> Option<Color> {
        let colour = match value.get_ref() {
            DeValue::String(name) if name == "default" => Some(Color::Reset),
            DeValue::String(name) => name.parse().ok(),
            DeValue::Integer(number) => {
                u8::from_str_radix(number.as_str(), number.radix()).ok().map(Color::Indexed)
            }
            _ => None,
        };
        if colour.is_none() {
            let sentence = "a colour is a name such as \"red\" or \"light-blue\", \"default\", \
                            \"#rrggbb\" or a number from 0 to 255.";
            self.problem(&value.span(), sentence.to_owned());
        }
        colour
    }
}

fn attribute(word: &str) -> Option<Modifier> {
    ATTRIBUTES.iter().find(|(name, _)| *name == word).map(|(_, attribute)| *attribute)
}

#[cfg(test)]
mod tests;
