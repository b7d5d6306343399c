//! Where the words of the filter stand in a title.
//!
//! Must not decide whether a task matches: the filter has.

use crate::{
    domain::{
        clean::Clean,
        fold::fold,
        query::{Node, TextMatch},
    },
    ui::{ink::Pen, role::Role},
};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// The folded words that a filter looks for; words that must not be there are none of them.
pub fn needles(filter: Option<&Node>) -> Vec<&str> {
    let mut found = Vec::new();
    if let Some(node) = filter {
        collect(node, &mut found);
    }
    found
}

fn collect<'a>(node: &'a Node, found: &mut Vec<&'a str>) {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|node| collect(node, found)),
        Node::Text(TextMatch::Words(words)) => found.push(words.folded()),
        Node::Text(TextMatch::Pattern(_)) | Node::Not(_) | Node::Term(_) => {}
    }
}

/// Writes a text in at most this many cells, the words that were looked for in their own role.
pub fn say(pen: &mut Pen<'_, '_>, cells: u16, role: Role, text: &Clean, needles: &[&str]) {
    if needles.is_empty() {
        pen.say_within(cells, role, text);
        return;
    }
    let text = text.truncate(usize::from(cells));
    let mut from = 0;
    for part in places(text.as_str(), needles) {
        pen.say(role, &piece(&text, from..part.start));
        pen.say(Role::Match, &piece(&text, part.clone()));
        from = part.end;
    }
    pen.say(role, &piece(&text, from..text.as_str().len()));
}

fn piece(text: &Clean, range: Range<usize>) -> Clean {
    Clean::line(text.as_str().get(range).unwrap_or_default())
}

/// The byte ranges of whole clusters in which a needle stands, in order and apart.
fn places(text: &str, needles: &[&str]) -> Vec<Range<usize>> {
    let mut folded = String::with_capacity(text.len());
    // Where each cluster begins, in the folded text and in the text.
    let mut edges = Vec::new();
    for (at, cluster) in text.grapheme_indices(true) {
        edges.push((folded.len(), at));
        folded.push_str(&fold(cluster));
    }
    edges.push((folded.len(), text.len()));
    let begin = |byte: usize| edges.iter().rev().find(|(folded, _)| *folded <= byte).map_or(0, |(_, at)| *at);
    let end =
        |byte: usize| edges.iter().find(|(folded, _)| *folded >= byte).map_or(text.len(), |(_, at)| *at);
    let mut found: Vec<Range<usize>> = needles
        .iter()
        .filter(|needle| !needle.is_empty())
        .flat_map(|needle| folded.match_indices(needle).map(|(at, _)| begin(at)..end(at + needle.len())))
        .collect();
    found.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::query::parse;

    #[test]
    fn words_are_found_whatever_their_case_and_accents_and_overlaps_are_one() {
        for (text, needles, found) in [
            ("Repeat ECG, ecg", &["ecg"][..], &["ECG", "ecg"][..]),
            ("Nguye\u{302}\u{303}n calls", &["nguyen"], &["Nguye\u{302}\u{303}n"]),
            ("abcdef", &["bcd", "cde"], &["bcde"]),
            ("検体を再提出", &["再提"], &["再提"]),
            ("abc", &["x"], &[]),
            ("", &["x"], &[]),
        ] {
            let texts: Vec<&str> = places(text, needles).into_iter().map(|range| &text[range]).collect();
            assert_eq!(texts, found, "{text}");
        }
    }

    #[test]
    fn only_words_that_are_looked_for_are_needles() {
        let parsed = parse("prio:stat ecg (OR potassium -fax)");
        let mut found = needles(parsed.query.filter.as_ref());
        found.sort_unstable();
        assert!(found.contains(&"ecg") && !found.contains(&"fax"), "{found:?}");
        assert!(needles(None).is_empty());
    }
}
