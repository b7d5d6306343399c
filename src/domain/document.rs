//! The document: header, sections and everything else that a source may send (contract clinikapi §2.2, fhir §4).
//!
//! Must not lose what it does not understand: unknown values stay raw, unknown keys stay in `raw`.

use super::{
    people::Reference,
    task::{Period, SourceId, same_period, same_time},
    time::DateTime,
};
use serde::{Deserialize, Serialize};

/// The identity of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentKey {
    /// The source that the document lives in.
    pub source: SourceId,
    /// The source's own id, opaque; empty for a document yet to be made.
    pub id: Box<str>,
}

/// An enum of codes that a source may widen: what it lacks is kept as it came.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$item_doc])* $item,)*
            /// A value this list lacks, kept as it came.
            Other(Box<str>),
        }

        impl $name {
            /// The listed values, in the order of a picker.
            pub const KNOWN: &'static [$name] = &[$($name::$item,)*];

            /// Reads a code; an unlisted one is kept raw.
            pub fn parse(code: &str) -> $name {
                match code {
                    $($code => $name::$item,)*
                    other => $name::Other(other.into()),
                }
            }

            /// The code as sent.
            pub fn as_str(&self) -> &str {
                match self {
                    $($name::$item => $code,)*
                    $name::Other(raw) => raw,
                }
            }
        }
    };
}

codes! {
    /// How far a document is (FHIR `Composition.status`).
    DocumentStatus {
        /// A draft at the source: it may still change.
        Preliminary = "preliminary",
        /// Complete and signed for.
        Final = "final",
        /// Changed after it was final.
        Amended = "amended",
        /// Should never have been; it can come back from a source and is never sent.
        EnteredInError = "entered-in-error",
    }
}

// A document that nobody has called final is a draft.
#[expect(clippy::derivable_impls, reason = "the macro's enums have no common default")]
impl Default for DocumentStatus {
    fn default() -> DocumentStatus {
        DocumentStatus::Preliminary
    }
}

codes! {
    /// Who may see a document (HL7 v3 Confidentiality). ClinikAPI takes N, R and V.
    Confidentiality {
        /// Normal.
        Normal = "N",
        /// Restricted.
        Restricted = "R",
        /// Very restricted.
        VeryRestricted = "V",
        /// Unrestricted; FHIR only.
        Unrestricted = "U",
        /// Low; FHIR only.
        Low = "L",
        /// Moderate; FHIR only.
        Moderate = "M",
    }
}

codes! {
    /// In what capacity somebody attests a document (FHIR `Composition.attester.mode`).
    AttesterMode {
        /// As a person.
        Personal = "personal",
        /// As a professional.
        Professional = "professional",
        /// With the force of law.
        Legal = "legal",
        /// For the organisation.
        Official = "official",
    }
}

codes! {
    /// What a document is to another (FHIR `Composition.relatesTo.code`).
    Relation {
        /// It stands in the other's place.
        Replaces = "replaces",
        /// It is the other in another form.
        Transforms = "transforms",
        /// It signs the other.
        Signs = "signs",
        /// It adds to the other.
        Appends = "appends",
    }
}

codes! {
    /// How a section's list came to be (FHIR `Composition.section.mode`).
    SectionMode {
        /// It is kept up to date.
        Working = "working",
        /// It was right at one moment.
        Snapshot = "snapshot",
        /// It says what changed.
        Changes = "changes",
    }
}

/// A code of a system (FHIR `Coding`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coding {
    /// The code system's URI.
    pub system: Option<Box<str>>,
    /// The code.
    pub code: Option<Box<str>>,
    /// The code in words.
    pub display: Option<Box<str>>,
}

/// Somebody who stands for a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attester {
    /// In what capacity; required.
    pub mode: AttesterMode,
    /// When.
    pub time: Option<DateTime>,
    /// Who: a practitioner.
    pub party: Option<Reference>,
}

/// What a document is to another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatesTo {
    /// What it is; required.
    pub code: Relation,
    /// To which document; required.
    pub target: Reference,
}

/// Something clinical that a document is about (FHIR `Composition.event`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What kind of thing.
    pub codings: Vec<Coding>,
    /// When it was.
    pub period: Period,
    /// The full records of it.
    pub details: Vec<Reference>,
}

/// One section, with those beneath it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// Its heading.
    pub title: Box<str>,
    /// Its kind, as code or text.
    pub code: Option<Box<str>>,
    /// Its plain text, as the user typed it.
    pub text: String,
    /// The records that it speaks of.
    pub resources: Vec<Reference>,
    /// Who wrote it, where that is not the document's author.
    pub author: Option<Reference>,
    /// How its list came to be.
    pub mode: Option<SectionMode>,
    /// The sections beneath it.
    pub sections: Vec<Section>,
    /// JSON object text of the section as its source sent it, without the sections beneath: keys that this type does
    /// not know are kept there and go back in their places.
    pub raw: Option<Box<str>>,
}

/// A document of many sections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Document {
    /// Source and id.
    pub key: DocumentKey,
    /// How far it is.
    pub status: DocumentStatus,
    /// Its type as code or text, such as `discharge-summary`.
    pub kind: Box<str>,
    /// The type as the source codes it, where it does; `kind` follows from it.
    pub kind_codings: Vec<Coding>,
    /// Its title.
    pub title: Box<str>,
    /// Whom it is about.
    pub patient: Option<Reference>,
    /// Who wrote it: the first author.
    pub practitioner: Option<Reference>,
    /// Authors beside the first.
    pub more_authors: Vec<Reference>,
    /// In which encounter.
    pub encounter: Option<Reference>,
    /// When it was written.
    pub date: Option<DateTime>,
    /// Who may see it.
    pub confidentiality: Option<Confidentiality>,
    /// What it is filed under.
    pub category: Vec<Box<str>>,
    /// The organisation that keeps it.
    pub custodian: Option<Reference>,
    /// Who stands for it.
    pub attesters: Vec<Attester>,
    /// What it is to other documents.
    pub relates_to: Vec<RelatesTo>,
    /// What it is about.
    pub events: Vec<Event>,
    /// Its sections.
    pub sections: Vec<Section>,
    /// When the source last changed it, where it says.
    pub last_modified: Option<DateTime>,
    /// The source's version mark (`meta.versionId` …).
    pub version: Option<Box<str>>,
    /// JSON object text of the document as its source sent it, without its sections.
    pub raw: Option<Box<str>>,
    /// What was wrong with it as sent, one short sentence each.
    pub defects: Vec<Box<str>>,
}

/// A part of a document: of its header, or all its sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DocumentField {
    /// `status`.
    Status,
    /// `type`.
    Type,
    /// `title`.
    Title,
    /// `patientId`.
    Patient,
    /// `practitionerId`.
    Practitioner,
    /// `encounterId`.
    Encounter,
    /// `date`.
    Date,
    /// `confidentiality`.
    Confidentiality,
    /// `category`.
    Category,
    /// `custodianId`.
    Custodian,
    /// `attester`.
    Attester,
    /// `relatesTo`.
    RelatesTo,
    /// `event`.
    Event,
    /// `sections`.
    Sections,
}

impl DocumentField {
    /// Every part, in the order of the header form.
    pub const ALL: [DocumentField; 14] = [
        DocumentField::Status,
        DocumentField::Type,
        DocumentField::Title,
        DocumentField::Patient,
        DocumentField::Practitioner,
        DocumentField::Encounter,
        DocumentField::Date,
        DocumentField::Confidentiality,
        DocumentField::Category,
        DocumentField::Custodian,
        DocumentField::Attester,
        DocumentField::RelatesTo,
        DocumentField::Event,
        DocumentField::Sections,
    ];

    /// The name in problems, front matter and JSON output: ClinikAPI's (contract clinikapi §2.2).
    pub fn name(self) -> &'static str {
        match self {
            DocumentField::Status => "status",
            DocumentField::Type => "type",
            DocumentField::Title => "title",
            DocumentField::Patient => "patientId",
            DocumentField::Practitioner => "practitionerId",
            DocumentField::Encounter => "encounterId",
            DocumentField::Date => "date",
            DocumentField::Confidentiality => "confidentiality",
            DocumentField::Category => "category",
            DocumentField::Custodian => "custodianId",
            DocumentField::Attester => "attester",
            DocumentField::RelatesTo => "relatesTo",
            DocumentField::Event => "event",
            DocumentField::Sections => "sections",
        }
    }

    /// The part of a name.
    pub fn parse(name: &str) -> Option<DocumentField> {
        DocumentField::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// References are the same when their ids are and no type contradicts: `p1` and `Patient/p1` are one in one field.
fn same_reference(left: &Reference, right: &Reference) -> bool {
    let types = [left, right].map(Reference::resource_type);
    left.id() == right.id() && (types[0] == types[1] || types.contains(&None))
}

/// Whether two lists are pairwise the same.
fn each_same<T>(left: &[T], right: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
}

fn both_same<T>(left: Option<&T>, right: Option<&T>, same: impl Fn(&T, &T) -> bool) -> bool {
    each_same(left.as_slice(), right.as_slice(), |left, right| same(left, right))
}

impl Attester {
    /// Whether it says the same as another.
    pub fn same(&self, other: &Attester) -> bool {
        self.mode == other.mode
            && same_time(self.time.as_ref(), other.time.as_ref())
            && both_same(self.party.as_ref(), other.party.as_ref(), same_reference)
    }
}

impl RelatesTo {
    /// Whether it says the same as another.
    pub fn same(&self, other: &RelatesTo) -> bool {
        self.code == other.code && same_reference(&self.target, &other.target)
    }
}

impl Event {
    /// Whether it says the same as another.
    pub fn same(&self, other: &Event) -> bool {
        self.codings == other.codings
            && same_period(&self.period, &other.period)
            && each_same(&self.details, &other.details, same_reference)
    }
}

impl Document {
    /// Whether a part says the same in two documents. Raw keys, names beside references and the way in which a time is
    /// written do not count.
    pub fn same(&self, other: &Document, field: DocumentField) -> bool {
        let same = |mine: &Option<Reference>, theirs: &Option<Reference>| {
            both_same(mine.as_ref(), theirs.as_ref(), same_reference)
        };
        match field {
            DocumentField::Status => self.status == other.status,
            DocumentField::Type => {
                self.kind == other.kind || self.has_type(&other.kind) || other.has_type(&self.kind)
            }
            DocumentField::Title => self.title == other.title,
            DocumentField::Patient => same(&self.patient, &other.patient),
            DocumentField::Practitioner => same(&self.practitioner, &other.practitioner),
            DocumentField::Encounter => same(&self.encounter, &other.encounter),
            DocumentField::Date => same_time(self.date.as_ref(), other.date.as_ref()),
            DocumentField::Confidentiality => self.confidentiality == other.confidentiality,
            DocumentField::Category => self.category == other.category,
            DocumentField::Custodian => same(&self.custodian, &other.custodian),
            DocumentField::Attester => each_same(&self.attesters, &other.attesters, Attester::same),
            DocumentField::RelatesTo => each_same(&self.relates_to, &other.relates_to, RelatesTo::same),
            DocumentField::Event => each_same(&self.events, &other.events, Event::same),
            DocumentField::Sections => each_same(&self.sections, &other.sections, Section::same),
        }
    }

    /// Whether this is a code of its type as the source codes it.
    fn has_type(&self, code: &str) -> bool {
        self.kind_codings.iter().any(|coding| coding.code.as_deref() == Some(code))
    }

    /// The parts in which two documents differ, in the order of the header form.
    pub fn changed(&self, other: &Document) -> Vec<DocumentField> {
        DocumentField::ALL.into_iter().filter(|field| !self.same(other, *field)).collect()
    }

    /// Takes one part of another document.
    pub fn take(&mut self, other: &Document, field: DocumentField) {
        match field {
            DocumentField::Status => self.status.clone_from(&other.status),
            DocumentField::Type => {
                self.kind.clone_from(&other.kind);
                self.kind_codings.clone_from(&other.kind_codings);
            }
            DocumentField::Title => self.title.clone_from(&other.title),
            DocumentField::Patient => self.patient.clone_from(&other.patient),
            DocumentField::Practitioner => self.practitioner.clone_from(&other.practitioner),
            DocumentField::Encounter => self.encounter.clone_from(&other.encounter),
            DocumentField::Date => self.date.clone_from(&other.date),
            DocumentField::Confidentiality => self.confidentiality.clone_from(&other.confidentiality),
            DocumentField::Category => self.category.clone_from(&other.category),
            DocumentField::Custodian => self.custodian.clone_from(&other.custodian),
            DocumentField::Attester => self.attesters.clone_from(&other.attesters),
            DocumentField::RelatesTo => self.relates_to.clone_from(&other.relates_to),
            DocumentField::Event => self.events.clone_from(&other.events),
            DocumentField::Sections => self.sections.clone_from(&other.sections),
        }
    }

    /// How many sections there are, at every level.
    pub fn section_count(&self) -> usize {
        self.sections.iter().map(Section::count).sum()
    }
}

impl Section {
    /// Whether it says the same as another, with the sections beneath; raw keys do not count.
    pub fn same(&self, other: &Section) -> bool {
        self.differing(other).is_empty() && each_same(&self.sections, &other.sections, Section::same)
    }

    /// The parts, by ClinikAPI's names, in which it differs from another, the sections beneath aside.
    pub fn differing(&self, other: &Section) -> Vec<&'static str> {
        let parts = [
            ("title", self.title == other.title),
            ("code", self.code == other.code),
            ("text", self.text == other.text),
            ("resourceIds", each_same(&self.resources, &other.resources, same_reference)),
            ("authorId", both_same(self.author.as_ref(), other.author.as_ref(), same_reference)),
            ("mode", self.mode == other.mode),
        ];
        parts.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
    }

    /// How many sections this is, with those beneath.
    pub fn count(&self) -> usize {
        1 + self.sections.iter().map(Section::count).sum::<usize>()
    }
}

/// What a write or an answer is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Thing {
    /// A task.
    Task(Box<super::task::Task>),
    /// A document.
    Document(Box<Document>),
}

impl Thing {
    /// The task, where it is one.
    pub fn task(&self) -> Option<&super::task::Task> {
        match self {
            Thing::Task(task) => Some(task),
            Thing::Document(_) => None,
        }
    }

    /// The document, where it is one.
    pub fn document(&self) -> Option<&Document> {
        match self {
            Thing::Document(document) => Some(document),
            Thing::Task(_) => None,
        }
    }

    /// The source's id.
    pub fn id(&self) -> &str {
        match self {
            Thing::Task(task) => &task.key.id,
            Thing::Document(document) => &document.key.id,
        }
    }

    /// Gives it to a source of this run.
    pub fn move_to(&mut self, source: SourceId) {
        match self {
            Thing::Task(task) => task.key.source = source,
            Thing::Document(document) => document.key.source = source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back_as_they_were_and_unknown_ones_stay_raw() {
        for code in ["preliminary", "final", "amended", "entered-in-error", "registered"] {
            assert_eq!(DocumentStatus::parse(code).as_str(), code);
        }
        for code in ["N", "R", "V", "U", "L", "M", "X"] {
            assert_eq!(Confidentiality::parse(code).as_str(), code);
        }
        assert_eq!(DocumentStatus::parse("registered"), DocumentStatus::Other("registered".into()));
    }

    #[test]
    fn every_part_is_compared_and_taken() {
        let full = Document {
            status: DocumentStatus::Final,
            kind: "care-plan".into(),
            title: "Synthetic".into(),
            patient: Some(Reference::new("Patient/p1")),
            practitioner: Some(Reference::new("d1")),
            encounter: Some(Reference::new("e1")),
            date: Some(DateTime::parse("2026-11-21")),
            confidentiality: Some(Confidentiality::Restricted),
            category: vec!["ward".into()],
            custodian: Some(Reference::new("o1")),
            attesters: vec![Attester { mode: AttesterMode::Legal, time: None, party: None }],
            relates_to: vec![RelatesTo { code: Relation::Appends, target: Reference::new("c1") }],
            events: vec![Event::default()],
            sections: vec![Section { sections: vec![Section::default()], ..Section::default() }],
            ..Document::default()
        };
        let mut taken = Document::default();
        assert_eq!(full.changed(&taken), DocumentField::ALL.to_vec());
        for field in DocumentField::ALL {
            assert!(!full.same(&taken, field), "{field:?}");
            taken.take(&full, field);
            assert!(full.same(&taken, field), "{field:?}");
            assert_eq!(DocumentField::parse(field.name()), Some(field));
        }
        assert_eq!(taken.section_count(), 2);
        let typed = Document { patient: Some(Reference::new("p1")), ..full.clone() };
        assert!(full.same(&typed, DocumentField::Patient), "a typed reference is the same as its bare id");
        let other = Document { patient: Some(Reference::new("Group/p1")), ..full.clone() };
        assert!(!full.same(&other, DocumentField::Patient), "one id of two types is two things");
        let coding = Coding { code: Some("18776-5".into()), ..Coding::default() };
        let coded = Document { kind: "18776-5".into(), ..Document::default() };
        let named = Document { kind_codings: vec![coding], ..full.clone() };
        assert!(named.same(&coded, DocumentField::Type) && coded.same(&named, DocumentField::Type));
        let offset = |time: &str| Document { date: Some(DateTime::parse(time)), ..Document::default() };
        let (utc, local) = (offset("2026-11-21T03:00:00Z"), offset("2026-11-21T04:00:00+01:00"));
        assert!(utc.same(&local, DocumentField::Date), "one instant");
    }
}
