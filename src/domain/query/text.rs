//! Words and patterns to look for: folded, so that case, accents and invisible characters hide nothing.
//!
//! Must not know any field of a task: it is given texts.

use crate::domain::fold::fold;
use regex_lite::Regex;

/// What a bare word, a "phrase" or a /pattern/ looks for in title, note, patient and id.
#[derive(Clone, Debug, PartialEq)]
pub enum TextMatch {
    /// A word or phrase anywhere in a text; smart case.
    Words(Words),
    /// A regular expression.
    Pattern(Pattern),
}

/// A word or phrase as typed and as folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    typed: Box<str>,
    folded: Box<str>,
    exact_case: bool,
}

impl Words {
    /// A word or phrase; none when nothing visible is in it.
    pub fn new(typed: &str) -> Option<Words> {
        let folded = fold(typed);
        let exact_case = typed.chars().any(char::is_uppercase);
        (!folded.trim().is_empty()).then(|| Words { typed: typed.into(), folded: folded.into(), exact_case })
    }

    /// The text as typed.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The folded text: a text that does not hold it when folded cannot match.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether a capital letter makes case matter; the folded text is then necessary, not sufficient.
    pub fn exact_case(&self) -> bool {
        self.exact_case
    }

    /// Whether a text holds these words, case or not.
    pub fn in_any_case(&self, text: &str) -> bool {
        fold(text).contains(&*self.folded)
    }

    /// Whether a text holds these words by smart case.
    pub fn is_in(&self, text: &str) -> bool {
        self.in_any_case(text)
            && (!self.exact_case || fold_keeping_case(text).contains(&fold_keeping_case(&self.typed)))
    }

    /// Whether each of the words stands somewhere in a text, in any order and case.
    pub fn each_in(&self, text: &str) -> bool {
        let text = fold(text);
        self.folded.split_whitespace().all(|word| text.contains(word))
    }
}

/// A regular expression, equal to another when its source is.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: Box<str>,
    regex: Regex,
    exact_case: bool,
}

impl Pattern {
    /// Reads a regular expression; the error is a sentence. Smart case: capitals outside of escapes make case matter.
    pub fn new(source: &str) -> Result<Pattern, String> {
        let exact_case = has_capital(source);
        let mut builder = regex_lite::RegexBuilder::new(source);
        let regex = builder.case_insensitive(!exact_case).build().map_err(|error| error.to_string())?;
        Ok(Pattern { source: source.into(), regex, exact_case })
    }

    /// The text between the slashes, as typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether a text matches; without capitals in the pattern, its folded form may match instead.
    pub fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text) || (!self.exact_case && self.regex.is_match(&fold(text)))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.source == other.source
    }
}

/// Capitals in a pattern, leaving out classes such as `\S` that only look like some.
fn has_capital(source: &str) -> bool {
    let mut escaped = false;
    source.chars().any(|letter| {
        let capital = !escaped && letter.is_uppercase();
        escaped = !escaped && letter == '\\';
        capital
    })
}

/// Folds everything but case, so that `Muller` finds `Müller` and not `muller`.
fn fold_keeping_case(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut buffer = [0; 4];
    for letter in text.chars() {
        let folded = fold(letter.encode_utf8(&mut buffer));
        if letter.is_uppercase() { kept.push_str(&folded.to_uppercase()) } else { kept.push_str(&folded) }
    }
    kept
}
