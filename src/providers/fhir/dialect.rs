//! In what the servers that speak FHIR differ before a word has been heard from them.
//!
//! Must not hold what a server says about itself: that is `capability`.

use crate::providers::wire::CredentialSlot;

/// How a change by somebody else is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// The server compares versions (`If-Match`), and so does this program.
    Version,
    /// Versions say nothing; the time of the last change of a fresh read is compared. A window remains.
    LastUpdated,
}

/// One way to speak FHIR.
#[derive(Debug)]
pub(super) struct Dialect {
    /// The system's name for people.
    pub(super) system: &'static str,
    /// What stands for it within a sentence.
    pub(super) called: &'static str,
    /// The media type of requests and answers.
    pub(super) media_type: &'static str,
    pub(super) credential: CredentialSlot,
    /// The search parameter that takes `Patient/x`.
    pub(super) patient_parameter: &'static str,
    pub(super) guard: Guard,
    /// Whether a create carries an identifier of ours and asks to be done once.
    pub(super) creates_once: bool,
    /// Whether a search names its page size, its order and the people to come along.
    pub(super) shapes_searches: bool,
    /// How many rows a list holds at the most, where there are no pages: as many may mean more.
    pub(super) most_rows: Option<usize>,
}

/// FHIR R4 as the standard writes it.
pub(super) const R4: Dialect = Dialect {
    system: "FHIR R4",
    called: "the FHIR server",
    media_type: "application/fhir+json",
    credential: CredentialSlot::Authorization("Bearer"),
    patient_parameter: "patient",
    guard: Guard::Version,
    creates_once: true,
    shapes_searches: true,
    most_rows: None,
};
