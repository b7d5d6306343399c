//! Which of several kept things a number means that somebody typed: the whole of it or its beginning.
//!
//! Must not choose among several.

use super::exit::{Exit, Failure};
use uuid::Uuid;

/// The thing of this number; `what` is the word for the things, such as `unsent write`.
pub(super) fn one<'a, T>(
    things: &'a [T],
    number: impl Fn(&T) -> Uuid,
    typed: &str,
    what: &str,
) -> Result<&'a T, Failure> {
    let wanted = typed.to_ascii_lowercase();
    let begins = |thing: &&T| {
        let number = number(thing);
        number.to_string().starts_with(&wanted) || number.as_simple().to_string().starts_with(&wanted)
    };
    let mut found = things.iter().filter(begins).filter(|_| !wanted.is_empty());
    match (found.next(), found.next()) {
        (Some(thing), None) => Ok(thing),
        (None, _) => Err(Failure::new(Exit::NothingMatched, format!("There is no {what} {typed}."))),
        (Some(first), Some(second)) => {
            let sentence = format!(
                "{typed} is the beginning of several numbers, such as {} and {}: write more of it.",
                number(first),
                number(second)
            );
            Err(Failure::usage(sentence))
        }
    }
}

/// So much of a number as tells it from the others.
pub(super) fn shortest(number: &Uuid, others: &[Uuid]) -> String {
    let whole = number.to_string();
    let shared = |other: &Uuid| {
        let other = other.to_string();
        whole.chars().zip(other.chars()).take_while(|(one, two)| one == two).count()
    };
    let most = others.iter().filter(|other| *other != number).map(shared).max().unwrap_or_default();
    whole.chars().take((most + 1).max(SHORT)).collect()
}

/// The fewest characters of a number that are shown.
const SHORT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_enough_where_it_means_one() {
        let ids = ["0192f0c1-0000-4000-8000-000000000001", "0192f0c1-0000-4000-8000-0000000000ff"];
        let ids = ids.map(|id| Uuid::parse_str(id).unwrap());
        let find = |typed: &str| one(&ids, |id| *id, typed, "unsent write");
        for typed in ["0192f0c1-0000-4000-8000-0000000000f", "0192F0C10000400080000000000000FF"] {
            assert_eq!(find(typed), Ok(&ids[1]));
        }
        assert_eq!(find("0192f0c1").unwrap_err().exit, Exit::Usage);
        for nothing in ["", "zz", "0292"] {
            assert_eq!(find(nothing).unwrap_err().exit, Exit::NothingMatched, "{nothing}");
        }
        assert_eq!(shortest(&ids[0], &ids), "0192f0c1-0000-4000-8000-00000000000");
        assert_eq!(find(&shortest(&ids[0], &ids)), Ok(&ids[0]));
        assert_eq!(shortest(&ids[0], &ids[..1]), "0192f0c1");
    }
}
