//! Folding of text for search: one plain form for all the ways to write the same letters.
//! Only for comparing: what is folded is never shown.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::clean::is_unseen;

/// The folded form of a text: decomposed, without marks and unseen characters, in lower case.
pub fn fold(raw: &str) -> String {
    let mut folded = String::with_capacity(raw.len());
    fold_into(raw, &mut folded);
    folded
}

/// Adds the folded form of a text to what is there already.
pub fn fold_into(raw: &str, out: &mut String) {
    // Most text is ASCII without controls, and all of it can be checked at once without an early exit.
    if raw.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~')) {
        let start = out.len();
        out.push_str(raw);
        if let Some(added) = out.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    let seen = raw.chars().filter(|&character| !is_unseen(character));
    for character in
        seen.nfkd().filter(|&character| !is_combining_mark(character)).flat_map(char::to_lowercase)
    {
        match plain_letters(character) {
            Some(letters) => out.push_str(letters),
            // A line end between two words is a space to the one who searches.
            None if character.is_control() => out.push(' '),
            // Some capitals become a letter and a mark only in lower case.
            None if is_combining_mark(character) => {}
            None => out.push(character),
        }
    }
}

/// Letters of their own that people type as others, as far as decomposing does not reach them.
fn plain_letters(character: char) -> Option<&'static str> {
    Some(match character {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "n",
        'ŧ' => "t",
        'ς' => "σ",
        '‐' | '‑' | '‒' | '–' | '—' | '−' => "-",
        '‘' | '’' | 'ʼ' => "'",
        '“' | '”' => "\"",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folds() {
        let table = [
            ("", ""),
            ("CBC before 10", "cbc before 10"),
            ("Nguyễn", "nguyen"),
            ("Nguye\u{302}\u{303}n", "nguyen"),
            ("Đặng Thị Ánh", "dang thi anh"),
            ("Søren Ærø Ðórr Þór", "soren aero dorr thor"),
            ("Straße GROẞ", "strasse gross"),
            ("Łódź", "lodz"),
            ("İstanbul Iğdır", "istanbul igdir"),
            ("Ὀδυσσεύς ΟΔΥΣΣΕΥΣ", "οδυσσευσ οδυσσευσ"),
            ("ﬁ Ⅳ ５ ㎎ K", "fi iv 5 mg k"),
            ("st\u{200b}a\u{ad}t", "stat"),
            ("st\u{202e}at\u{feff}\u{200d}", "stat"),
            ("10\u{a0}mg\ttwice\ndaily", "10 mg twice daily"),
            ("O’Brien – “K+”", "o'brien - \"k+\""),
            ("שָׁלוֹם", "שלום"),
            ("مُحَمَّد", "محمد"),
            ("日本", "日本"),
        ];
        for (raw, folded) in table {
            assert_eq!(fold(raw), folded, "{raw:?}");
        }
        let mut out = "kept ".to_owned();
        fold_into("ABC", &mut out);
        fold_into("É", &mut out);
        assert_eq!(out, "kept abce");
    }

    proptest! {
        #[test]
        fn composed_and_decomposed_are_one_and_folding_twice_is_folding_once(raw: String) {
            let folded = fold(&raw);
            prop_assert_eq!(&fold(&raw.nfc().collect::<String>()), &folded);
            prop_assert_eq!(&fold(&raw.nfd().collect::<String>()), &folded);
            prop_assert_eq!(&fold(&folded), &folded);
        }

        #[test]
        fn the_short_way_gives_what_the_long_way_gives(raw in "[ -~]*") {
            let long = fold(&format!("é{raw}"));
            prop_assert_eq!(long, format!("e{}", fold(&raw)));
        }
    }
}
