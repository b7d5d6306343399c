//! The text form of a scene: blocks that begin at the left edge, their contents indented by two spaces.
//!
//! Must not judge a scene: it only reads and writes it.

/// A piece of the file, in its order.
pub(super) enum Item {
    /// A comment or an empty line, kept as it is.
    Aside(String),
    /// Something that happens or is expected.
    Block(Block),
}

/// One block.
pub(super) struct Block {
    /// Its line in the file.
    pub(super) line: usize,
    /// Its first word.
    pub(super) word: String,
    /// The rest of its first line.
    pub(super) rest: String,
    /// The indented lines, without their indent.
    pub(super) body: Vec<String>,
}

impl Item {
    pub(super) fn block(&self) -> Option<&Block> {
        match self {
            Item::Block(block) => Some(block),
            Item::Aside(_) => None,
        }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.block().is_some_and(|block| block.word == word)
    }
}

pub(super) fn items(text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(content) = line.strip_prefix("  ") {
            let Some(Item::Block(block)) = items.last_mut() else { panic!("line {}: no block", index + 1) };
            block.body.push(content.to_owned());
        } else if line.is_empty() || line.starts_with('#') {
            items.push(Item::Aside(line.to_owned()));
        } else {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            items.push(Item::Block(Block {
                line: index + 1,
                word: word.to_owned(),
                rest: rest.to_owned(),
                body: Vec::new(),
            }));
        }
    }
    items
}

pub(super) fn text(items: &[Item]) -> String {
    let mut text = String::new();
    for item in items {
        match item {
            Item::Aside(line) => text.extend([line, "\n"]),
            Item::Block(block) => {
                text.extend([format!("{} {}", block.word, block.rest).trim_end(), "\n"]);
                text.extend(block.body.iter().flat_map(|line| ["  ", line, "\n"]));
            }
        }
    }
    text
}

/// The words of a line; what stands in quotes is one word, read as a JSON string. The flag tells such a word.
pub(super) fn words(line: &str) -> Vec<(String, bool)> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let mut word = String::new();
        let mut quoted = false;
        while let Some(next) = rest.chars().next().filter(|next| !next.is_whitespace()) {
            if next == '"' && (word.is_empty() || word.ends_with('=')) {
                let end = closing(rest);
                let inner: String =
                    serde_json::from_str(&rest[..=end]).unwrap_or_else(|error| panic!("{line}: {error}"));
                word.push_str(&inner);
                rest = &rest[end + 1..];
                quoted = true;
            } else {
                word.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        words.push((word, quoted));
        rest = rest.trim_start();
    }
    words
}

/// The place of the quote that ends the string at the start of the text.
fn closing(text: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return place,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    panic!("{text}: a quote is not closed")
}

/// The value of `name=value` among words.
pub(super) fn value<'a>(words: &'a [(String, bool)], name: &str) -> Option<&'a str> {
    words.iter().find_map(|(word, _)| word.strip_prefix(name)?.strip_prefix('='))
}
