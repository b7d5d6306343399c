//! One key press as plain data, how it is written and how it is read.
//!
//! Must not know the terminal library: `runtime/input.rs` makes chords from its events.

use std::fmt;

/// A key without its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A printable character, as typed: `G` is not `g`.
    Char(char),
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Escape.
    Esc,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key.
    F(u8),
}

/// The keys with names, the function keys left out; the space bar has one too.
const NAMES: [(&str, Key); 15] = [
    ("Space", Key::Char(' ')),
    ("Enter", Key::Enter),
    ("Tab", Key::Tab),
    ("Esc", Key::Esc),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Insert", Key::Insert),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("Home", Key::Home),
    ("End", Key::End),
    ("PgUp", Key::PageUp),
    ("PgDn", Key::PageDown),
];

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// With Control.
    pub control: bool,
    /// With Alt.
    pub alt: bool,
    /// With Shift; never set for characters, which carry it in themselves.
    pub shift: bool,
}

impl Chord {
    /// A key press in its one normal form, however the terminal reports shifted characters.
    pub fn new(key: Key, control: bool, alt: bool, shift: bool) -> Chord {
        let Key::Char(character) = key else {
            return Chord { key, control, alt, shift };
        };
        // Old terminals cannot tell Ctrl-X from Ctrl-x, so nobody may depend on the difference.
        let character = match (control, shift) {
            (true, _) => character.to_ascii_lowercase(),
            (false, true) => upper(character),
            (false, false) => character,
        };
        Chord { key: Key::Char(character), control, alt, shift: false }
    }

    /// A key without modifiers.
    pub fn plain(key: Key) -> Chord {
        Chord::new(key, false, false, false)
    }

    /// A character without modifiers.
    pub fn char(character: char) -> Chord {
        Chord::plain(Key::Char(character))
    }

    /// The character that it would type.
    pub fn text(self) -> Option<char> {
        match self.key {
            Key::Char(character) if !self.control && !self.alt => Some(character),
            _ => None,
        }
    }

    /// Reads one chord, such as `x`, `ctrl-x`, `shift-Tab`, `F1` or `Space`.
    pub fn parse(word: &str) -> Option<Chord> {
        let (mut control, mut alt, mut shift) = (false, false, false);
        let mut rest = word;
        loop {
            let lower = rest.to_ascii_lowercase();
            let (flag, length) = if lower.starts_with("ctrl-") {
                (&mut control, 5)
            } else if lower.starts_with("alt-") {
                (&mut alt, 4)
            } else if lower.starts_with("shift-") {
                (&mut shift, 6)
            } else {
                break;
            };
            *flag = true;
            rest = rest.get(length..)?;
        }
        Some(Chord::new(parse_key(rest)?, control, alt, shift))
    }
}

/// The capital of a letter; a letter whose capital is two letters stays.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

fn parse_key(word: &str) -> Option<Key> {
    let mut characters = word.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return (!only.is_control() && !only.is_whitespace()).then_some(Key::Char(only));
    }
    if let Some(number) = word.strip_prefix(['F', 'f']).and_then(|number| number.parse().ok()) {
        return (1..=24).contains(&number).then_some(Key::F(number));
    }
    NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, key)| *key)
}

/// Reads a sequence of chords: `g u`, `ctrl-x ctrl-c`, or two plain characters together, `gu`.
///
/// The error is the word that is no key.
pub fn parse_sequence(text: &str) -> Result<Vec<Chord>, &str> {
    let mut chords = Vec::new();
    for word in text.split_whitespace() {
        match Chord::parse(word) {
            Some(chord) => chords.push(chord),
            None if is_plain_pair(word) => chords.extend(word.chars().map(Chord::char)),
            None => return Err(word),
        }
    }
    if chords.is_empty() { Err(text) } else { Ok(chords) }
}

fn is_plain_pair(word: &str) -> bool {
    word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Writes a sequence so that [`parse_sequence`] reads the same one.
pub fn print_sequence(chords: &[Chord]) -> String {
    let words: Vec<String> = chords.iter().map(Chord::to_string).collect();
    let joined = words.concat();
    if chords.len() == 2 && is_plain_pair(&joined) && Chord::parse(&joined).is_none() {
        joined
    } else {
        words.join(" ")
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (set, name) in [(self.control, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if set {
                formatter.write_str(name)?;
            }
        }
        match self.key {
            Key::F(number) => write!(formatter, "F{number}"),
            key => match (NAMES.iter().find(|(_, named)| *named == key), key) {
                (Some((name, _)), _) => formatter.write_str(name),
                (None, Key::Char(character)) => write!(formatter, "{character}"),
                (None, _) => Ok(()),
            },
        }
    }
}

/// The names of keys, for "did you mean".
pub(super) fn key_names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_read_in_every_spelling_and_written_in_one() {
        for (typed, written) in [
            ("x", "x"),
            ("ctrl-X", "ctrl-x"),
            ("Ctrl-alt-Del", ""),
            ("alt-ctrl-Delete", "ctrl-alt-Delete"),
            ("shift-tab", "shift-Tab"),
            ("shift-g", "G"),
            ("g u", "gu"),
            ("gu", "gu"),
            ("u p", "u p"),
            ("F 1", "F 1"),
            ("f12", "F12"),
            ("F99", ""),
            ("space", "Space"),
            ("ctrl-x ctrl-c", "ctrl-x ctrl-c"),
            ("ctrl--", "ctrl--"),
            ("-", "-"),
            ("é", "é"),
            ("ctrl-", ""),
            ("abc", ""),
            ("", ""),
        ] {
            let read = parse_sequence(typed).map(|chords| print_sequence(&chords));
            match read {
                Ok(text) => {
                    assert_eq!(text, written, "{typed}");
                    assert_eq!(parse_sequence(&text), parse_sequence(typed), "{typed}");
                }
                Err(_) => assert_eq!(written, "", "{typed}"),
            }
        }
    }

    #[test]
    fn shifted_characters_have_one_form() {
        assert_eq!(Chord::new(Key::Char('g'), false, false, true), Chord::char('G'));
        assert_eq!(Chord::new(Key::Char('G'), false, false, true), Chord::char('G'));
        assert_eq!(
            Chord::new(Key::Char('Z'), true, false, true),
            Chord::new(Key::Char('z'), true, false, false)
        );
        assert_eq!(Chord::char('ü').text(), Some('ü'));
        assert_eq!(Chord::new(Key::Char('u'), true, false, false).text(), None);
    }
}
