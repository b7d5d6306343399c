//! A text that every match of a regular expression holds, so that most rows need no look by the expression itself.
//!
//! Must not guess: where it is not sure, it finds none, and every row is looked at.

/// The longest run of plain letters, digits and spaces that each match must hold, in lower case.
pub(super) fn required(pattern: &str) -> Option<String> {
    let mut longest = String::new();
    let mut run = String::new();
    let mut end_run = |run: &mut String| {
        if run.len() > longest.len() {
            longest.clone_from(run);
        }
        run.clear();
    };
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            // Alternatives, groups and counts make parts optional in ways that are not followed here.
            '|' | '(' | ')' | '{' | '}' => return None,
            '*' | '?' => {
                run.pop();
                end_run(&mut run);
            }
            '\\' => {
                end_run(&mut run);
                // Only one-letter classes and escaped signs end with the letter that follows.
                match letters.next()? {
                    'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'b' | 'B' => {}
                    sign if sign.is_ascii_punctuation() => {}
                    _ => return None,
                }
            }
            '[' => {
                end_run(&mut run);
                letters.next_if_eq(&'^');
                letters.next_if_eq(&']');
                loop {
                    match letters.next()? {
                        ']' => break,
                        '[' | '\\' => return None,
                        _ => {}
                    }
                }
            }
            _ if letter.is_ascii_alphanumeric() || letter == ' ' => run.push(letter.to_ascii_lowercase()),
            _ => end_run(&mut run),
        }
    }
    end_run(&mut run);
    (longest.trim().len() >= 2).then_some(longest)
}

#[cfg(test)]
mod tests {
    use super::required;

    #[test]
    fn only_what_every_match_holds_is_required() {
        for (pattern, expected) in [
            ("potassium", Some("potassium")),
            ("^Room [0-9]+ bed", Some("room ")),
            ("colou?r", Some("colo")),
            ("x*abc.de", Some("abc")),
            ("ab+cd", Some("ab")),
            (r"K\+ 6\.8", None),
            (r"\bcall\b", Some("call")),
            ("call|repeat", None),
            ("(stat)?", None),
            ("ab{0}", None),
            (r"\x41bcd", None),
            (r"\p{Greek}abc", None),
            ("[[:alpha:]x]abc", None),
            ("[]abc]", None),
            ("é", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(required(pattern).as_deref(), expected, "{pattern}");
        }
    }
}
