//! Text that may be shown: the only text that screens, tables, logs and the clipboard take.
//! The raw text stays with its owner, for editing and writing back, and is never changed by display.

mod class;
mod filter;
mod layout;

use std::borrow::Cow;
use std::fmt;

pub(crate) use class::{is_hazard, is_unseen};
pub use filter::escape_json;

/// A text without the characters that could steer a terminal or hide what is read; other line ends become line feeds.
pub fn without_hidden(raw: &str) -> String {
    let lines = raw.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    lines.chars().filter(|character| !is_hazard(*character)).collect()
}

/// Text without anything that could move the cursor, reorder or hide other text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean(Cow<'static, str>);

impl Clean {
    /// Nothing at all.
    pub const EMPTY: Self = Self::from_static("");

    /// Cleans a field that is shown on one line; the end of a line in it shows as `⏎`.
    pub fn line(raw: &str) -> Self {
        let text = if filter::is_plain_ascii(raw) { raw.to_owned() } else { filter::one_line(raw) };
        Self::kept(text)
    }

    /// Cleans a paragraph to its lines; empty text has none.
    pub fn lines(raw: &str) -> Vec<Self> {
        filter::many_lines(raw).into_iter().map(Self::kept).collect()
    }

    /// Takes a text of our own as it is: only for literals.
    pub const fn from_static(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// Cleans a sentence of our own with whatever is put into it: `Clean::format(format_args!("{who} took it"))`.
    pub fn format(sentence: fmt::Arguments<'_>) -> Self {
        match sentence.as_str() {
            Some(text) => Self::line(text),
            None => Self::line(&sentence.to_string()),
        }
    }

    /// Puts texts one after another.
    pub fn concat(parts: &[&Self]) -> Self {
        parts.iter().copied().collect()
    }

    /// Puts texts one after another with a literal of ours between them.
    pub fn join<'a>(parts: impl IntoIterator<Item = &'a Self>, between: &'static str) -> Self {
        let parts: Vec<&str> = parts.into_iter().map(Self::as_str).collect();
        Self::line(&parts.join(between))
    }

    /// The text, safe to show.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn kept(text: String) -> Self {
        // Many stay for long: none keeps the room that it was built in.
        Self(Cow::Owned(text.into_boxed_str().into_string()))
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl AsRef<str> for Clean {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

// Two clean texts side by side can make one cluster, such as two halves of a flag: so they are cleaned again.
impl<'a> FromIterator<&'a Clean> for Clean {
    fn from_iter<T: IntoIterator<Item = &'a Self>>(parts: T) -> Self {
        Self::line(&parts.into_iter().map(Self::as_str).collect::<String>())
    }
}

impl FromIterator<Clean> for Clean {
    fn from_iter<T: IntoIterator<Item = Self>>(parts: T) -> Self {
        let mut text = String::new();
        for part in parts {
            text.push_str(part.as_str());
        }
        Self::line(&text)
    }
}

#[cfg(test)]
mod tests;
