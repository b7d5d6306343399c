//! The switches that only Open Dental has: how old the office's program is and what its key, its line and its
//! answers are like. They stand under `opendental` in the faults.

use serde::{Deserialize, Serialize};

/// The office's own switches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Office {
    /// The version of the office's program; what is newer does not exist there.
    pub version: Version,
    /// What an office that cannot set a status does when asked to.
    pub old_status: OldStatus,
    /// Whether the key has the permission to write.
    pub write_permission: bool,
    /// The line between headquarters and the office is cut.
    pub econnector_down: bool,
    /// One request in so many milliseconds; 0 is without a limit, as in local and service mode.
    pub throttle_ms: u64,
    /// What happens to a request that comes too soon.
    pub throttle: Throttle,
    /// Whether a refusal for haste says how long to wait.
    pub retry_after: bool,
    /// Rows on a page at most, and without a `Limit`; 1000 in local and service mode.
    pub page_rows: usize,
    /// Query parameters that the method does not know are refused.
    pub strict_parameters: bool,
    /// A reading request without a JSON content type is refused, as the documentation has it.
    pub strict_content_type: bool,
    /// Whether finishing a task sets its finish time.
    pub finish_time: bool,
    /// Whether finishing a repeating reminder makes the next one.
    pub next_reminder: bool,
    /// Whether a new note on a finished task opens it again.
    pub note_reopens: bool,
    /// Whether what the API writes raises signals.
    pub signals: bool,
    /// The user that new tasks get whoever was sent, as an inbox's do; 0 keeps the one that was sent.
    pub author: i64,
    /// The form of an error's body.
    pub errors: ErrorForm,
}

impl Default for Office {
    fn default() -> Office {
        Office {
            version: Version([25, 3, 1]),
            old_status: OldStatus::Ignore,
            write_permission: true,
            econnector_down: false,
            throttle_ms: 0,
            throttle: Throttle::Hold,
            retry_after: true,
            page_rows: 100,
            strict_parameters: false,
            strict_content_type: false,
            finish_time: true,
            next_reminder: true,
            note_reopens: true,
            signals: true,
            author: 0,
            errors: ErrorForm::String,
        }
    }
}

/// A version such as 24.4.22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(pub [u32; 3]);

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Version, String> {
        let said = || format!("“{text}” is no version such as 24.4.22.");
        let parts: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        match parts.map_err(|_| said())?.as_slice() {
            [major, minor] => Ok(Version([*major, *minor, 0])),
            [major, minor, build, ..] => Ok(Version([*major, *minor, *build])),
            _ => Err(said()),
        }
    }
}

impl From<Version> for String {
    fn from(Version([major, minor, build]): Version) -> String {
        format!("{major}.{minor}.{build}")
    }
}

/// What happens to a status that the office's version cannot set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OldStatus {
    /// The answer is 200 and the status stays.
    Ignore,
    /// The answer is 400.
    Refuse,
}

/// What happens to a request that comes too soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throttle {
    /// It waits for its turn.
    Hold,
    /// It is answered with 429.
    Refuse,
}

/// The form of an error's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorForm {
    /// A JSON string.
    String,
    /// An object with a `Message`.
    Object,
    /// Plain text.
    Text,
    /// A web page.
    Html,
    /// Nothing.
    Empty,
}
