//! The table of the display filter row by row, and what must hold for any text.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::class::{Class, class};
use super::*;

#[test]
fn one_line_row_by_row() {
    let table: &[(&str, &str)] = &[
        ("", ""),
        ("Critical K+ 6.8: call, repeat, ECG", "Critical K+ 6.8: call, repeat, ECG"),
        // C0 and DEL
        ("\u{1b}[2J\u{7}", "␛[2J␇"),
        ("\0\u{7f}", "␀␡"),
        ("a\tb", "a  b"),
        ("a\nb\r\nc\rd", "a⏎b⏎c␍d"),
        ("a\u{b}b\u{c}c\u{85}d\u{2028}e\u{2029}f", "a⏎b⏎c⏎d⏎e⏎f"),
        // C1, annotations, noncharacters, unassigned, private use
        ("\u{9b}31m", "�31m"),
        ("a\u{fff9}\u{fffc}b", "a��b"),
        ("\u{fffe}\u{fdd0}\u{10ffff}\u{378}\u{e000}\u{10eeee}\u{2065}", "�������"),
        // bidirectional controls
        ("a\u{202e}b\u{202c}\u{2066}c\u{2069}", "a⇄b⇄⇄c⇄"),
        // invisible
        ("st\u{200b}a\u{ad}t\u{2060}\u{feff}\u{200e}\u{200f}\u{61c}", "stat"),
        (
            "a\u{2061}\u{2064}\u{34f}\u{206a}\u{206f}\u{e0041}\u{e0100}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{180e}b",
            "ab",
        ),
        ("\u{200b}\u{feff}", "(blank)"),
        (" \u{200d} ", "(blank)"),
        ("   ", "   "),
        // joiners
        ("می\u{200c}خواهم", "می\u{200c}خواهم"),
        ("क्\u{200d}ष", "क्\u{200d}ष"),
        ("👩\u{200d}⚕\u{fe0f} 👩🏽\u{200d}🚀", "👩\u{200d}⚕\u{fe0f} 👩🏽\u{200d}🚀"),
        ("st\u{200d}at\u{200c}", "stat"),
        ("م\u{200c}", "م"),
        ("ی\u{200c}\u{200c}خ", "ی\u{200c}خ"),
        ("👩\u{200d}a", "👩a"),
        // marks
        ("e\u{301}", "e\u{301}"),
        ("\u{301}a", "◌\u{301}a"),
        ("\u{1b}\u{301}", "␛◌\u{301}"),
        ("\t\u{301}", "  ◌\u{301}"),
        ("\u{fe0f}a", "a"),
        // everything else
        ("שלום مرحبا 日本語 👍🏽 🇩🇪 Nguyễn", "שלום مرحبا 日本語 👍🏽 🇩🇪 Nguyễn"),
        ("\u{600}\u{661}", "\u{600}\u{661}"),
        ("\u{fffd}", "�"),
        ("\u{1161}", "�"),
        ("م\u{200c}\u{d4e}", "م�"),
    ];
    for (raw, shown) in table {
        assert_eq!(Clean::line(raw).as_str(), *shown, "{raw:?}");
        assert_eq!(Clean::format(format_args!("{raw}")).as_str(), *shown, "{raw:?}");
    }
}

#[test]
fn a_cell_has_its_limits() {
    let marks = format!("a{}b", "\u{301}".repeat(500));
    assert_eq!(Clean::line(&marks).as_str(), format!("a{}b", "\u{301}".repeat(8)));
    let family = "👩\u{200d}".repeat(100) + "👩";
    let cut = Clean::line(&family);
    assert!(cut.as_str().starts_with("👩\u{200d}👩") && cut.as_str().ends_with("👩�") && cut.width() == 3);
    let jamo = Clean::line(&"\u{1100}".repeat(100));
    assert_eq!(jamo.as_str(), format!("{}�", "\u{1100}".repeat(20)));
}

#[test]
fn paragraphs() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        ("a", &["a"]),
        ("a\n", &["a"]),
        ("\n", &[""]),
        ("a\r\n\r\nb\u{2029}c", &["a", "", "b", "c"]),
        ("a\u{200b}\n\u{200b}\nb", &["a", "", "b"]),
        ("\u{200b}\n\u{200b}", &["(blank)"]),
        ("a\n\u{301}", &["a", "◌\u{301}"]),
    ];
    for (raw, lines) in table {
        let shown = Clean::lines(raw);
        assert_eq!(shown.iter().map(Clean::as_str).collect::<Vec<_>>(), *lines, "{raw:?}");
    }
}

#[test]
fn cells() {
    // text, width, cut to 4, padded to 4, padded to 4 on the left
    let table = [
        ("", 0, "", "    ", "    "),
        ("abc", 3, "abc", "abc ", " abc"),
        ("abcd", 4, "abcd", "abcd", "abcd"),
        ("abcde", 5, "abc…", "abc…", "abc…"),
        ("日本", 4, "日本", "日本", "日本"),
        ("日本語", 6, "日…", "日… ", " 日…"),
        (
            "👩\u{200d}⚕\u{fe0f}ab",
            4,
            "👩\u{200d}⚕\u{fe0f}ab",
            "👩\u{200d}⚕\u{fe0f}ab",
            "👩\u{200d}⚕\u{fe0f}ab",
        ),
        (
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
            5,
            "e\u{301}e\u{301}e\u{301}…",
            "e\u{301}e\u{301}e\u{301}…",
            "e\u{301}e\u{301}e\u{301}…",
        ),
        ("שלום", 4, "שלום", "שלום", "שלום"),
    ];
    for (text, width, cut, padded, padded_left) in table {
        let clean = Clean::line(text);
        assert_eq!(clean.width(), width, "{text}");
        assert_eq!(clean.truncate(4).as_str(), cut, "{text}");
        assert_eq!(clean.pad(4).as_str(), padded, "{text}");
        assert_eq!(clean.pad_left(4).as_str(), padded_left, "{text}");
    }
    assert_eq!(Clean::line("ab").truncate(1).as_str(), "…");
    assert_eq!(Clean::line("ab").truncate(0).as_str(), "");
}

#[test]
fn wrapping() {
    let table: &[(&str, usize, &[&str])] = &[
        ("", 5, &[""]),
        ("one two three", 7, &["one two", "three"]),
        ("one two three", 8, &["one two", "three"]),
        ("one  two", 3, &["one", "two"]),
        ("  indented text", 10, &["  indented", "text"]),
        ("abcdefgh ij", 3, &["abc", "def", "gh", "ij"]),
        ("a abcdefgh", 4, &["a", "abcd", "efgh"]),
        ("日本語のテキスト", 5, &["日本", "語の", "テキ", "スト"]),
        ("ab日本", 5, &["ab日", "本"]),
        ("日本", 1, &["…", "…"]),
        ("ab", 0, &["a", "b"]),
        ("10\u{a0}mg twice", 6, &["10\u{a0}mg", "twice"]),
        ("a     b", 3, &["a", "b"]),
        ("     ", 2, &[""]),
    ];
    for (text, cells, lines) in table {
        let wrapped = Clean::line(text).wrap(*cells);
        assert_eq!(wrapped.iter().map(Clean::as_str).collect::<Vec<_>>(), *lines, "{text:?} in {cells}");
    }
}

#[test]
fn composing() {
    const SEPARATOR: Clean = Clean::from_static(" · ");
    let (name, task) = (Clean::line("Okafor\u{202e} A"), Clean::line("CBC"));
    assert_eq!(Clean::concat(&[&name, &SEPARATOR, &task]).as_str(), "Okafor⇄ A · CBC");
    assert_eq!(Clean::join([&name, &task], ", ").as_str(), "Okafor⇄ A, CBC");
    assert_eq!([task.clone(), task.clone()].into_iter().collect::<Clean>().as_str(), "CBCCBC");
    assert_eq!(Clean::format(format_args!("{task:>5}|{}", "\u{1b}")).as_str(), "  CBC|␛");
    assert!(Clean::EMPTY.is_empty() && !task.is_empty());
}

#[test]
fn json_keeps_its_meaning() {
    let table = [
        ("{\n  \"a\": 1\n}", "{\n  \"a\": 1\n}"),
        ("\"Nguyễn 日本 e\u{301}\"", "\"Nguyễn 日本 e\u{301}\""),
        (
            "\"\u{9b}\u{7f}\u{202e}\u{200b}\u{2028}\u{feff}\"",
            "\"\\u009b\\u007f\\u202e\\u200b\\u2028\\ufeff\"",
        ),
        ("\"\u{e0041}\u{10eeee}\"", "\"\\udb40\\udc41\\udbfb\\udeee\""),
    ];
    for (serialized, escaped) in table {
        assert_eq!(escape_json(serialized), escaped);
    }
}

/// Text with far more of the odd characters than chance would bring.
fn odd_text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(
        "\t\n\r\u{1b}\u{85}\u{9b}\u{ad}\u{301}\u{34f}\u{600}\u{93f}\u{94d}\u{102b}\u{1100}\u{1161}\u{11a8}\u{115f}\
         \u{200b}\u{200c}\u{200d}\u{202e}\u{2028}\u{2069}\u{fe0f}\u{fff9}\u{378}\u{e000}\u{e0041}\u{1f3fb}\u{1f1e9}\
         ae 日語ミכم یक👩⚕⇄⏎◌�\u{20dd}\u{1a61}\u{e33}\u{70f}\u{180b}\u{180e}\u{16fe4}\u{d4e}"
            .chars()
            .collect::<Vec<_>>(),
    );
    let character = prop_oneof![4 => odd, 1 => any::<char>()];
    prop_oneof![
        prop::collection::vec(character.clone(), 0..60).prop_map(String::from_iter),
        (character.clone(), character, 1_usize..120)
            .prop_map(|(one, two, count)| { [one, two].into_iter().cycle().take(count).collect() }),
    ]
}

fn is_showable(text: &str) -> bool {
    let mut allowed = text.chars().all(|character| {
        matches!(class(character), Class::Plain | Class::Mark | Class::VariationSelector | Class::Joiner)
    });
    for cluster in text.graphemes(true) {
        allowed &= cluster.len() <= 64 && Clean::line(cluster).width() > 0;
    }
    allowed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn nothing_harmful_is_shown_and_cleaning_twice_is_cleaning_once(raw in odd_text()) {
        let line = Clean::line(&raw);
        prop_assert!(is_showable(line.as_str()), "{:?}", line);
        prop_assert_eq!(Clean::line(line.as_str()), line.clone());
        prop_assert_eq!(raw.is_empty(), line.is_empty());
        for line in Clean::lines(&raw) {
            prop_assert!(is_showable(line.as_str()), "{:?}", line);
        }
    }

    #[test]
    fn cells_are_kept(raw in odd_text(), cells in 0_usize..20) {
        let line = Clean::line(&raw);
        prop_assert!(line.truncate(cells).width() <= cells);
        prop_assert_eq!(line.pad(cells).width(), cells);
        prop_assert_eq!(line.pad_left(cells).width(), cells);
        let wrapped = line.wrap(cells);
        prop_assert!(!wrapped.is_empty());
        for part in &wrapped {
            prop_assert!(part.width() <= cells.max(1) && is_showable(part.as_str()), "{:?}", part);
        }
        // Many wide characters can make one cluster: it is not torn, so only lines that can hold it are compared.
        if line.as_str().graphemes(true).all(|cluster| Clean::line(cluster).width() <= cells) {
            let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            let joined: String = wrapped.iter().map(Clean::as_str).collect();
            prop_assert_eq!(letters(&joined), letters(line.as_str()));
        }
    }

    #[test]
    fn escaped_json_means_the_same(raw in odd_text()) {
        let serialized = serde_json::to_string(&raw).unwrap();
        let escaped = escape_json(&serialized);
        prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), raw);
        prop_assert!(!escaped.chars().any(|character| matches!(class(character), Class::Bidi | Class::Invisible | Class::Unshowable)));
    }
}
