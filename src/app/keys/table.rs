//! The key table as Markdown, for the README and `rounds keys --markdown`.
//!
//! Must not hold words of its own about actions: they are the action table's.

use super::Keymap;
use crate::app::action::{ACTIONS, Context};
use std::fmt::Write;

/// The key table as Markdown: every action by place, then those that only the palette has.
pub fn markdown_table(keymap: &Keymap) -> String {
    let mut text = String::from("| where | keys | action | what it does |\n|---|---|---|---|\n");
    for context in Context::ALL {
        for info in ACTIONS {
            let keys = keymap.own_keys(context, info.action);
            if !keys.is_empty() {
                let keys: Vec<String> = keys.iter().map(|keys| code(keys)).collect();
                row(&mut text, context.name(), &keys.join(" "), info.id, info.sentence);
            }
        }
    }
    for info in ACTIONS.iter().filter(|info| keymap.keys_for(info.action).is_empty()) {
        row(&mut text, "palette", &format!("`:{}`", info.id), info.id, info.sentence);
    }
    text
}

fn row(text: &mut String, place: &str, keys: &str, id: &str, sentence: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {place} | {keys} | `{id}` | {sentence} |");
}

/// Keys as a code span that a table cell can hold.
fn code(keys: &str) -> String {
    let escaped = keys.replace('|', "\\|");
    if escaped.contains('`') { format!("`` {escaped} ``") } else { format!("`{escaped}`") }
}
