//! How a command ends: the exit codes that scripts depend on, and the sentences beside a failure.
//!
//! Must not change a code: they are fixed by the product page.

use crate::providers::{ApiError, ErrorKind};
use std::process::ExitCode;

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything was done.
    Done = 0,
    /// Nothing matched.
    NothingMatched = 1,
    /// The command was wrong: a flag, a filter, a field, the configuration.
    Usage = 2,
    /// The credential was refused, or may not do that.
    Refused = 3,
    /// Somebody or something else was first.
    Conflict = 4,
    /// The source cannot be reached.
    Offline = 5,
    /// Some of several failed.
    SomeFailed = 6,
    /// Something answered that is not the API.
    NotItsApi = 7,
    /// A bug of this program.
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl Exit {
    /// The code of an error from a source.
    pub(super) fn of(error: &ApiError) -> Exit {
        match error.kind {
            ErrorKind::NotFound => Exit::NothingMatched,
            ErrorKind::Refused(_) => Exit::Usage,
            ErrorKind::Credential | ErrorKind::Permission | ErrorKind::Unsupported => Exit::Refused,
            ErrorKind::Conflict(_) => Exit::Conflict,
            // A good status with no body, or a part of one: the source is there, and what came is not its API's.
            ErrorKind::Unknown if error.status.is_some_and(|status| (200..300).contains(&status)) => {
                Exit::NotItsApi
            }
            ErrorKind::Paused { .. } | ErrorKind::Quota { .. } | ErrorKind::NotSent | ErrorKind::Unknown => {
                Exit::Offline
            }
            ErrorKind::NotItsApi => Exit::NotItsApi,
        }
    }

    /// The code of several results: their common one, else that some failed.
    pub(super) fn of_all(exits: impl IntoIterator<Item = Exit>) -> Exit {
        let mut exits = exits.into_iter();
        let Some(first) = exits.next() else { return Exit::Done };
        if exits.all(|exit| exit == first) { first } else { Exit::SomeFailed }
    }
}

/// Why a command came to no good end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The exit code.
    pub(super) exit: Exit,
    /// What is said on stderr, a whole sentence each; none for a quiet end.
    pub(super) sentences: Vec<String>,
}

impl Failure {
    /// A failure with one sentence.
    pub(super) fn new(exit: Exit, sentence: impl Into<String>) -> Failure {
        Failure { exit, sentences: vec![sentence.into()] }
    }

    /// The command was wrong.
    pub(super) fn usage(sentence: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, sentence)
    }

    /// A source gave an error; the sentence names it.
    pub(super) fn of(source: &str, error: &ApiError) -> Failure {
        Failure { exit: Exit::of(error), sentences: sentences(source, error) }
    }

    /// Nobody reads any more: the end is quiet.
    pub(super) fn closed() -> Failure {
        Failure { exit: Exit::Done, sentences: Vec::new() }
    }
}

/// What is said of an error: one sentence, or one for each field that was refused.
pub(super) fn sentences(source: &str, error: &ApiError) -> Vec<String> {
    match &error.kind {
        ErrorKind::Refused(problems) if !problems.is_empty() => {
            let request = error.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
            let line = |path: &str, sentence: &str| match path {
                "" => format!("{source}: {sentence}{request}"),
                path => format!("{source}: {path}: {sentence}{request}"),
            };
            problems.iter().map(|problem| line(&problem.path, &problem.sentence)).collect()
        }
        _ => vec![format!("{source}: {error}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_results_have_their_common_code_or_say_that_some_failed() {
        assert_eq!(Exit::of_all([]), Exit::Done);
        assert_eq!(Exit::of_all([Exit::Conflict, Exit::Conflict]), Exit::Conflict);
        assert_eq!(Exit::of_all([Exit::Done, Exit::Conflict]), Exit::SomeFailed);
    }

    #[test]
    fn silence_is_offline_and_a_good_status_without_a_body_is_not_the_api() {
        for (status, exit) in
            [(None, Exit::Offline), (Some(200), Exit::NotItsApi), (Some(503), Exit::Offline)]
        {
            let error =
                ApiError { kind: ErrorKind::Unknown, status, sentence: String::new(), request_id: None };
            assert_eq!(Exit::of(&error), exit, "{status:?}");
        }
    }

    #[test]
    fn each_refused_field_has_its_own_line_with_the_request() {
        let problems = ["code", ""].map(|path| crate::domain::check::Problem::at_path(path, "Wrong."));
        let error = ApiError {
            kind: ErrorKind::Refused(problems.to_vec()),
            status: Some(400),
            sentence: String::new(),
            request_id: Some("r1".to_owned()),
        };
        assert_eq!(
            sentences("clinic", &error),
            ["clinic: code: Wrong. (request r1)", "clinic: Wrong. (request r1)"]
        );
        assert_eq!(Exit::of(&error), Exit::Usage);
    }
}
