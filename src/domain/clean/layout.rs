//! How clean text fills cells: width, cut, padding and wrapping, always by whole clusters.
//! Widths are summed cluster by cluster, because that is how a terminal buffer is filled.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Clean;

const ELLIPSIS: &str = "…";

impl Clean {
    /// How many cells the text takes.
    pub fn width(&self) -> usize {
        width(&self.0)
    }

    /// The text in at most this many cells; what is cut ends in `…`.
    #[must_use]
    pub fn truncate(&self, cells: usize) -> Self {
        if self.width() <= cells {
            return self.clone();
        }
        let Some(room) = cells.checked_sub(1) else { return Self::EMPTY };
        let mut cut = String::new();
        let mut used = 0;
        for cluster in self.0.graphemes(true) {
            used += width(cluster);
            if used > room {
                break;
            }
            cut.push_str(cluster);
        }
        cut.push_str(ELLIPSIS);
        Self::kept(cut)
    }

    /// The text in exactly this many cells, cut or filled up with spaces on the right.
    #[must_use]
    pub fn pad(&self, cells: usize) -> Self {
        let cut = self.truncate(cells);
        let missing = cells.saturating_sub(cut.width());
        if missing == 0 { cut } else { Self::kept(format!("{}{}", cut.0, " ".repeat(missing))) }
    }

    /// The text in exactly this many cells, cut or filled up with spaces on the left.
    #[must_use]
    pub fn pad_left(&self, cells: usize) -> Self {
        let cut = self.truncate(cells);
        let missing = cells.saturating_sub(cut.width());
        if missing == 0 { cut } else { Self::kept(format!("{}{}", " ".repeat(missing), cut.0)) }
    }

    /// The text in lines of at most this many cells, at least one line.
    ///
    /// Lines break at spaces and beside wide characters, and inside a word only when it fills a line alone. Spaces
    /// at a break go away. Where a cluster is wider than a line, `…` stands for it.
    pub fn wrap(&self, cells: usize) -> Vec<Self> {
        let cells = cells.max(1);
        if self.width() <= cells {
            return vec![self.clone()];
        }
        let mut wrapper = Wrapper { cells, lines: Vec::new(), line: String::new(), used: 0, last_break: 0 };
        for cluster in self.0.graphemes(true) {
            wrapper.push(cluster);
        }
        wrapper.end_line();
        wrapper.lines
    }
}

fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

struct Wrapper {
    cells: usize,
    lines: Vec<Clean>,
    line: String,
    used: usize,
    /// Where the line can be broken, in bytes; 0 is nowhere.
    last_break: usize,
}

impl Wrapper {
    fn push(&mut self, cluster: &str) {
        let cluster_width = width(cluster);
        let (cluster, cluster_width) =
            if cluster_width > self.cells { (ELLIPSIS, 1) } else { (cluster, cluster_width) };
        let is_space = cluster.chars().all(breaks_line);
        if is_space && self.used + cluster_width > self.cells {
            self.end_line();
            return;
        }
        if cluster_width > 1 {
            self.last_break = self.line.len();
        }
        while self.used + cluster_width > self.cells {
            self.break_line();
        }
        if is_space && self.line.is_empty() && !self.lines.is_empty() {
            return;
        }
        self.line.push_str(cluster);
        self.used += cluster_width;
        if is_space || cluster_width > 1 {
            self.last_break = self.line.len();
        }
    }

    /// Ends the line at the last place where it can be broken, or else right here.
    fn break_line(&mut self) {
        let rest = if self.last_break > 0 { self.line.split_off(self.last_break) } else { String::new() };
        self.end_line();
        self.used = width(&rest);
        self.line = rest;
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() || self.lines.is_empty() {
            self.lines.push(Clean::kept(line.trim_end_matches(breaks_line).to_owned()));
        }
        self.used = 0;
        self.last_break = 0;
    }
}

fn breaks_line(character: char) -> bool {
    // A no-break space or a figure space is there to keep its neighbours together.
    character.is_whitespace() && !matches!(character, '\u{A0}' | '\u{2007}' | '\u{202F}')
}
