//! Of what is wrong with a changed document, what the change answers for, and what stood at the source before it.
//!
//! Must not let anything stand in the sections of a document that is being signed.

use super::{
    super::{
        check::Problem,
        document::{Document, DocumentField, DocumentStatus},
    },
    DocumentRules, Lengths, check_measured,
};

/// The problems of a changed document by whose they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// What is to be corrected before the change goes out.
    pub to_correct: Vec<Problem>,
    /// What was so at the source already, outside of what changes: worth a remark, and no fault of the change.
    pub standing: Vec<Problem>,
}

/// Checks a changed document as [`check_measured`] does where the lengths of its texts are known, and sorts the problems.
pub fn check_change(
    (base, base_lengths): (&Document, &Lengths),
    (document, lengths): (&Document, &Lengths),
    rules: &DocumentRules,
) -> Sorted {
    let found = check_measured(document, lengths, rules, false);
    sort_problems(base, document, found, |base| check_measured(base, base_lengths, rules, false))
}

/// Sorts the problems of a changed document; `of_base` finds those that its base had.
///
/// Parts that do not change are not sent, and what the source itself has let stand is no fault of the change.
pub fn sort_problems(
    base: &Document,
    document: &Document,
    found: Vec<Problem>,
    of_base: impl FnOnce(&Document) -> Vec<Problem>,
) -> Sorted {
    let mut sorted = Sorted::default();
    if found.is_empty() {
        return sorted;
    }
    let changed = document.changed(base);
    let is_signing =
        changed.contains(&DocumentField::Status) && document.status != DocumentStatus::Preliminary;
    // A section may have moved: its problem is known by the part and the words.
    let kind = |problem: &Problem| {
        let part = problem.path.rsplit('.').next().unwrap_or_default().to_owned();
        (part, problem.sentence.clone())
    };
    let mut stood: Vec<_> = of_base(base).iter().map(kind).collect();
    for problem in found {
        let part = problem.path.split('.').next().and_then(DocumentField::parse);
        let stands = stood.iter().position(|stood| *stood == kind(&problem));
        // Who signs a document stands for all of it, whoever left a part of it empty.
        let is_signed = is_signing && part == Some(DocumentField::Sections);
        if let Some(at) = stands.filter(|_| !is_signed) {
            stood.swap_remove(at);
            sorted.standing.push(problem);
        } else if is_signed || part.is_none_or(|part| changed.contains(&part)) {
            sorted.to_correct.push(problem);
        } else {
            sorted.standing.push(problem);
        }
    }
    sorted
}
