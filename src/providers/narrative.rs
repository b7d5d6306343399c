//! FHIR's narrative: plain text to XHTML and back.
//!
//! Must not pass on markup, a script or a style as text, nor write what is no XHTML. Text written here reads back as it was.

/// The root of a narrative.
const ROOT: &str = "<div xmlns=\"http://www.w3.org/1999/xhtml\"";

/// Kept blanks: without it, browsers and readers take runs of blanks for one.
const KEEPS_BLANKS: &str = " style=\"white-space: pre-wrap\"";

/// The narrative of a plain text: blocks between blank lines become paragraphs, other line ends breaks.
pub(super) fn from_text(text: &str) -> String {
    let blocks: Vec<&str> = text.split("\n\n").collect();
    // Empty paragraphs say nothing: where blank lines stand together or at an end, all of it is one paragraph.
    let blocks = if blocks.contains(&"") { vec![text] } else { blocks };
    let is_blank = |letter: char| matches!(letter, ' ' | '\t' | '\r');
    let is_plain =
        |line: &str| line.trim_matches(is_blank).len() == line.len() && !line.contains(['\t', '\r']);
    let collapses = text.contains("  ") || !text.split('\n').all(is_plain);
    let mut div = format!("{ROOT}{}>", if collapses { KEEPS_BLANKS } else { "" });
    for block in blocks {
        div.push_str("<p>");
        for (index, line) in block.split('\n').enumerate() {
            if index > 0 {
                div.push_str("<br/>");
            }
            for letter in line.chars() {
                match letter {
                    '&' => div.push_str("&amp;"),
                    '<' => div.push_str("&lt;"),
                    '>' => div.push_str("&gt;"),
                    // A reader of XML turns a bare one into a line end.
                    '\r' => div.push_str("&#13;"),
                    other => div.push(other),
                }
            }
        }
        div.push_str("</p>");
    }
    div.push_str("</div>");
    div
}

/// Whether XML has this letter at all, however it is written.
pub(super) fn is_in_xml(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r') || letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}')
}

/// The plain text of a narrative, whoever wrote it: blocks on lines of their own, list items with a dash, cells parted
/// by a bar. What is no text, such as a script, gives none.
pub(super) fn to_text(xhtml: &str) -> String {
    let mut page = Page::default();
    let mut rest = xhtml;
    while let Some((text, tail)) = rest.split_once('<') {
        page.text(text);
        rest = if let Some(comment) = tail.strip_prefix("!--") {
            comment.split_once("-->").map_or("", |(_, rest)| rest)
        } else if let Some(data) = tail.strip_prefix("![CDATA[") {
            let (data, rest) = data.split_once("]]>").unwrap_or((data, ""));
            page.letters(data.chars().map(|letter| (letter, false)));
            rest
        } else {
            let (tag, rest) = split_tag(tail);
            page.tag(tag);
            rest
        };
    }
    page.text(rest);
    page.out
}

/// The inside of a tag and what follows it; a `>` within quotes does not end it.
fn split_tag(text: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => {
                return (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
            }
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    (text, "")
}

/// The text so far, and what is to be put before the next letter.
#[derive(Default)]
struct Page {
    out: String,
    /// Line ends that the next letter needs before it.
    gap: usize,
    /// A blank that counts only between letters of one line.
    blank: bool,
    /// A cell has been closed: a further one on this line is parted from it.
    cell: bool,
    /// What the next letter of a list item has before it.
    item: bool,
    /// The open elements that keep blanks, or not, innermost last.
    keeps: Vec<(String, bool)>,
    /// The element whose text is none, and how often it is open.
    mute: Option<(String, usize)>,
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.mute.is_none() {
            self.letters(Letters { rest: text });
        }
    }

    /// Takes letters; one that was written as a reference is never taken for layout.
    fn letters(&mut self, letters: impl Iterator<Item = (char, bool)>) {
        if self.mute.is_some() {
            return;
        }
        let keeps = self.keeps.last().is_some_and(|(_, keeps)| *keeps);
        for (letter, is_reference) in letters {
            let is_layout = matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}');
            if is_layout && !keeps && !is_reference {
                self.blank = true;
            } else {
                self.before_letter();
                self.out.push(letter);
            }
        }
    }

    fn before_letter(&mut self) {
        let at_line_start = self.gap > 0 || self.out.is_empty() || self.out.ends_with('\n');
        if !self.out.is_empty() {
            self.out.extend(std::iter::repeat_n('\n', self.gap));
        }
        if self.item {
            self.out.push_str("- ");
        } else if self.cell && !at_line_start {
            self.out.push_str(" | ");
        } else if self.blank && !at_line_start {
            self.out.push(' ');
        }
        (self.gap, self.blank, self.cell, self.item) = (0, false, false, false);
    }

    fn tag(&mut self, tag: &str) {
        let is_end = tag.starts_with('/');
        let is_empty = tag.ends_with('/');
        let name =
            tag.trim_start_matches('/').split(|letter: char| letter.is_whitespace() || letter == '/').next();
        let name = name.unwrap_or_default().to_ascii_lowercase();
        if let Some((muted, depth)) = &mut self.mute {
            if *muted == name {
                *depth = if is_end { depth.saturating_sub(1) } else { *depth + usize::from(!is_empty) };
            }
            if *depth == 0 {
                self.mute = None;
            }
            return;
        }
        if !is_end
            && !is_empty
            && matches!(&*name, "script" | "style" | "head" | "title" | "template" | "iframe" | "object")
        {
            self.mute = Some((name, 1));
            return;
        }
        match &*name {
            "br" if !is_end => {
                self.before_break();
                return;
            }
            "hr" => self.gap = self.gap.max(1),
            "td" | "th" if is_end => self.cell = true,
            "img" => {
                if let Some(alt) = attribute(tag, "alt") {
                    self.text(&alt);
                }
            }
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table" | "blockquote"
            | "pre" => {
                self.gap = self.gap.max(2);
            }
            "div" | "li" | "tr" | "dt" | "dd" | "caption" | "section" | "thead" | "tbody" | "tfoot" => {
                self.gap = self.gap.max(1);
            }
            _ => {}
        }
        if self.gap > 0 {
            (self.blank, self.cell) = (false, false);
        }
        if name == "li" {
            self.item = !is_end;
        }
        if is_end {
            if let Some(at) = self.keeps.iter().rposition(|(open, _)| *open == name) {
                self.keeps.truncate(at);
            }
        } else if !is_empty && !matches!(&*name, "img" | "hr" | "br" | "col") {
            let style = attribute(tag, "style").unwrap_or_default();
            let kept =
                name == "pre" || style.contains("white-space: pre") || style.contains("white-space:pre");
            let inherited = self.keeps.last().is_some_and(|(_, keeps)| *keeps);
            self.keeps.push((name, kept || inherited));
        }
    }

    /// A line end that was written as one counts as a letter.
    fn before_break(&mut self) {
        self.blank = false;
        self.before_letter();
        self.out.push('\n');
    }
}

/// The value of a tag's attribute.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.find(&format!(" {name}="))?;
    let value = tag.get(at + name.len() + 2..)?;
    let quote = value.chars().next().filter(|letter| matches!(letter, '"' | '\''))?;
    let value = value.get(1..)?.split(quote).next()?;
    Some(Letters { rest: value }.map(|(letter, _)| letter).collect())
}

/// The letters of a text, its references read; whether one was a reference.
struct Letters<'a> {
    rest: &'a str,
}

impl Iterator for Letters<'_> {
    type Item = (char, bool);

    fn next(&mut self) -> Option<(char, bool)> {
        let letter = self.rest.chars().next()?;
        if letter == '&'
            && let Some((name, rest)) = self.rest.get(1..).and_then(|rest| rest.split_once(';'))
            && let Some(meant) = referred(name)
        {
            self.rest = rest;
            return Some((meant, true));
        }
        self.rest = self.rest.get(letter.len_utf8()..).unwrap_or_default();
        Some((letter, false))
    }
}

/// The letter that a reference stands for; an unknown one stays as written.
fn referred(name: &str) -> Option<char> {
    if name.len() > 10 {
        return None;
    }
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_text_becomes_paragraphs() {
        for (text, wanted) in [
            ("one", "><p>one</p></div>"),
            ("a & b\nc < d\n\ne > f", "><p>a &amp; b<br/>c &lt; d</p><p>e &gt; f</p></div>"),
            ("end\n", "><p>end<br/></p></div>"),
            ("a  b", " style=\"white-space: pre-wrap\"><p>a  b</p></div>"),
            ("a\r\nb", " style=\"white-space: pre-wrap\"><p>a&#13;<br/>b</p></div>"),
        ] {
            assert_eq!(from_text(text), format!("{ROOT}{wanted}"), "{text:?}");
        }
    }

    #[test]
    fn a_narrative_of_others_becomes_plain_text() {
        for (xhtml, text) in [
            ("<div>\n  <p>one\n two</p>\n  <p>three</p>\n</div>", "one two\n\nthree"),
            ("<div><script>alert(1)</script><style>p{}</style>seen</div>", "seen"),
            ("<div><SCRIPT type='x>y'>1<script>2</script>3</SCRIPT>seen</div>", "seen"),
            ("<div><ul><li>a</li><li>b <b>c</b></li></ul>after</div>", "- a\n- b c\n\nafter"),
            ("<div><table><tr><th>K</th><td>4.1</td></tr><tr><td>Na</td></tr></table></div>", "K | 4.1\nNa"),
            ("<div>a &lt;b&gt; &#65;&#x42;&nbsp;&unknown; &amp</div>", "a <b> AB\u{a0}&unknown; &amp"),
            ("<div><!-- <p>no</p> -->x<![CDATA[ <y> ]]></div>", "x <y>"),
            ("<div><pre>a  b\n c</pre></div>", "a  b\n c"),
            ("<div title=\"1 > 2\">x<br/>y<img src='s' alt='ECG &amp; lead'/></div>", "x\nyECG & lead"),
            ("no markup at all", "no markup at all"),
            ("<div>cut <b", "cut"),
            ("", ""),
        ] {
            assert_eq!(to_text(xhtml), text, "{xhtml}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_here_reads_back_as_it_was(
            text in prop::collection::vec(prop::sample::select(vec![
                "a", " ", "\n", "\n\n", "\t", "\r", "<", "&", "&amp;", ">", "]]>", "é", "\u{202e}", "\u{a0}", "👩‍⚕️", "- ", "|",
            ]), 0..24)
        ) {
            let text = text.concat();
            prop_assert_eq!(to_text(&from_text(&text)), text);
        }

        #[test]
        fn any_text_is_read_without_harm(text in "[<>/a-c&;#x\"'= \n!-]{0,80}") {
            let _ = to_text(&text);
        }
    }
}
