//! A JSON object as text: its members can be read and exchanged while every other byte stays as it came.
//!
//! Must not judge the text: it has been read as JSON before, and what it means is for others.

use serde_json::Value;
use std::collections::HashSet;

/// An object and its members, as written.
#[derive(Clone, Debug)]
pub(super) struct RawObject<'a> {
    members: Vec<Member<'a>>,
}

#[derive(Clone, Debug)]
struct Member<'a> {
    name: String,
    /// From behind the brace or comma before it to the comma or brace behind it.
    whole: &'a str,
    value: &'a str,
}

/// A member of an object with its new JSON text; none takes the member away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

impl Edit {
    pub(super) fn new(name: &str, value: Option<String>) -> Edit {
        Edit { name: name.to_owned(), value }
    }
}

impl<'a> RawObject<'a> {
    /// An object without members.
    pub(super) fn empty() -> RawObject<'a> {
        RawObject { members: Vec::new() }
    }

    /// The object of a text; none for another value, and for one with two members of one name, of which nobody could
    /// say which is meant.
    pub(super) fn parse(text: &'a str) -> Option<RawObject<'a>> {
        let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let mut members = Vec::new();
        let mut seen = HashSet::new();
        for whole in parts(inside) {
            let end = string_end(whole.trim_start())? + (whole.len() - whole.trim_start().len());
            let (name, rest) = whole.split_at_checked(end)?;
            let name: String = serde_json::from_str(name.trim()).ok()?;
            let value = rest.trim_start().strip_prefix(':')?.trim();
            if !seen.insert(name.clone()) {
                return None;
            }
            members.push(Member { name, whole, value });
        }
        Some(RawObject { members })
    }

    /// The text of a member's value.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.members.iter().find(|member| member.name == name).map(|member| member.value)
    }

    /// The names of the members, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    /// The object with these members exchanged, taken away or, when they are new, added at the end; none when nothing
    /// is left in it.
    pub(super) fn with(&self, edits: &[Edit]) -> Option<String> {
        let edit_of = |name: &str| edits.iter().rev().find(|edit| edit.name == name);
        let mut kept: Vec<String> = Vec::new();
        for member in &self.members {
            match edit_of(&member.name) {
                None => kept.push(member.whole.to_owned()),
                Some(Edit { value: None, .. }) => {}
                Some(Edit { value: Some(value), .. }) => {
                    // The value is the last thing of the member but for blanks.
                    let head = member.whole.trim_end().strip_suffix(member.value).unwrap_or_default();
                    let tail = member.whole.get(member.whole.trim_end().len()..).unwrap_or_default();
                    kept.push(format!("{head}{value}{tail}"));
                }
            }
        }
        let is_new = |edit: &&Edit| self.get(&edit.name).is_none();
        for Edit { name, value } in edits.iter().filter(is_new) {
            if let Some(value) = value {
                kept.push(format!("{}:{value}", quoted(name)));
            }
        }
        (!kept.is_empty()).then(|| format!("{{{}}}", kept.join(",")))
    }
}

/// The items of a list, as written; none for another value.
pub(super) fn items(text: &str) -> Option<Vec<&str>> {
    let inside = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    Some(parts(inside).into_iter().map(str::trim).collect())
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The inside of an object or a list, parted at its own commas.
fn parts(inside: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    if inside.trim().is_empty() {
        return parts;
    }
    let (mut start, mut depth, mut in_string) = (0, 0_usize, false);
    let mut bytes = inside.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' if in_string => drop(bytes.next()),
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            b',' if !in_string && depth == 0 => {
                parts.push(inside.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(inside.get(start..).unwrap_or_default());
    parts
}

/// Where the string at the beginning of a text ends.
fn string_end(text: &str) -> Option<usize> {
    let mut bytes = text.bytes().enumerate();
    bytes.next().filter(|(_, byte)| *byte == b'"')?;
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "{ \"a\" : 2.50 ,\n\t\"b{\\\"\": [1, {\"x\": \",\"}],\"\\u00e9\":null, \"z\": \"é}\" }\n";

    #[test]
    fn members_are_found_whatever_stands_in_strings() {
        let object = RawObject::parse(TEXT).unwrap();
        let read: Vec<_> = object.names().map(|name| (name, object.get(name).unwrap())).collect();
        assert_eq!(read, [("a", "2.50"), ("b{\"", "[1, {\"x\": \",\"}]"), ("é", "null"), ("z", "\"é}\"")]);
        assert_eq!(items("[1, {\"x\": \",\"} ]"), Some(vec!["1", "{\"x\": \",\"}"]));
        assert_eq!(items(" [ ] "), Some(Vec::new()));
        for junk in ["", "[", "{", "3", "{\"a\"}", "{\"a\":1,\"a\":2}", "{\"a:1}", "{a:1}"] {
            assert!(RawObject::parse(junk).is_none(), "{junk}");
        }
    }

    #[test]
    fn an_edit_leaves_every_other_byte() {
        let object = RawObject::parse(TEXT).unwrap();
        let with = |edits: &[(&str, Option<&str>)]| {
            let edits: Vec<_> =
                edits.iter().map(|(name, value)| Edit::new(name, value.map(str::to_owned))).collect();
            object.with(&edits)
        };
        assert_eq!(with(&[]).as_deref(), Some(TEXT.trim()));
        assert_eq!(
            with(&[("a", Some("3")), ("é", None), ("new", Some("[]"))]).as_deref(),
            Some("{ \"a\" : 3 ,\n\t\"b{\\\"\": [1, {\"x\": \",\"}], \"z\": \"é}\" ,\"new\":[]}")
        );
        assert_eq!(RawObject::parse("{}").unwrap().with(&[Edit::new("a", None)]), None);
    }
}
