//! What a server says of itself in its `CapabilityStatement`, kept in few words and turned into `Can`.
//!
//! Must not take silence for a "no": what a statement does not list is unknown, and is tried.

use super::{Fhir, SYSTEM, composition};
use crate::{
    domain::{
        can::{Ahead, Can, Capability, FieldRule, NoteKeeping, Pace},
        priority::Priority,
        task::{DueFrom, Field},
    },
    providers::Lore,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeSet, fmt::Write as _};

/// Why there are no documents.
pub(super) const NO_DOCUMENTS: &str =
    "The server's CapabilityStatement names neither Composition nor DocumentReference.";

/// The fields of a create and of an update: all of R4's that this program knows, none of them with a limit.
const RULES: &[FieldRule] = &[
    FieldRule::required(Field::Status),
    FieldRule::required(Field::Intent),
    FieldRule::free(Field::Priority),
    FieldRule::free(Field::Code),
    FieldRule::free(Field::Description),
    FieldRule::free(Field::Patient),
    FieldRule::free(Field::Encounter),
    FieldRule::free(Field::Focus),
    FieldRule::free(Field::Requester),
    FieldRule::free(Field::Owner),
    FieldRule::free(Field::ExecutionPeriod),
    FieldRule::free(Field::AuthoredOn),
    FieldRule::free(Field::ReasonCode),
    FieldRule::free(Field::StatusReason),
    FieldRule::free(Field::BusinessStatus),
    FieldRule::free(Field::Note),
    FieldRule::free(Field::BasedOn),
    FieldRule::free(Field::PartOf),
    FieldRule::free(Field::Input),
    FieldRule::free(Field::Output),
    FieldRule::free(Field::Restriction),
];

/// What a server said of itself; an empty set is a thing that it did not speak of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// One line about the software.
    pub(super) about: String,
    /// What may be done with tasks, in FHIR's words.
    pub(super) interactions: BTreeSet<String>,
    /// The search parameters of tasks.
    pub(super) parameters: BTreeSet<String>,
    /// What a search can bring along.
    pub(super) includes: BTreeSet<String>,
    /// Whether a create may be bound to an identifier.
    pub(super) conditional_create: Option<bool>,
    /// Whether the server keeps no versions of tasks.
    pub(super) is_unversioned: bool,
    /// The version of FHIR that it speaks, where that is said and is not R4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) other_version: Option<String>,
    /// Whether a search with an order and with people to come along was refused.
    pub(super) refuses_shapes: bool,
    /// What may be done with documents; none where the server did not speak of kinds of resources, or names no kind for
    /// them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) documents: Option<Offer>,
    /// Whether the server says which kinds it has, and none for documents is among them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) has_no_documents: bool,
}

/// What a server offers of the kind of resource that documents are there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Offer {
    /// Whether documents are attachments of a `DocumentReference` here, since there is no `Composition`.
    pub(super) is_attached: bool,
    /// What may be done, in FHIR's words; empty where it was not said.
    pub(super) interactions: BTreeSet<String>,
    /// The search parameters; empty where they were not said.
    pub(super) parameters: BTreeSet<String>,
    /// Whether a create may be bound to an identifier.
    pub(super) conditional_create: Option<bool>,
    /// Whether no versions are kept.
    pub(super) is_unversioned: bool,
}

impl Offer {
    fn from_statement(rest: Option<&Value>) -> Option<Offer> {
        let kinds = || rest.into_iter().flat_map(|rest| list(rest, "resource"));
        let offer = |name: &str| {
            let kind = kinds().find(|kind| text(kind, "type") == Some(name))?;
            let words = |name: &str, member: &str| -> BTreeSet<String> {
                list(kind, name).filter_map(|item| text(item, member).map(str::to_owned)).collect()
            };
            Some(Offer {
                is_attached: name == "DocumentReference",
                interactions: words("interaction", "code"),
                parameters: words("searchParam", "name"),
                conditional_create: kind.get("conditionalCreate").and_then(Value::as_bool),
                is_unversioned: text(kind, "versioning") == Some("no-version"),
            })
        };
        offer("Composition").or_else(|| offer("DocumentReference"))
    }

    /// Whether a search may name this parameter.
    pub(super) fn takes(&self, parameter: &str) -> bool {
        self.parameters.is_empty() || self.parameters.contains(parameter)
    }

    /// Whether the server does this with documents, or did not say.
    pub(super) fn offers(&self, interaction: &str) -> bool {
        self.interactions.is_empty() || self.interactions.contains(interaction)
    }

    /// Whether a change is the whole resource sent again; else it is a patch, where only that is taken.
    pub(super) fn may_replace(&self) -> bool {
        self.offers("update") || !self.interactions.contains("patch")
    }

    /// Whether a create that is sent twice makes one document.
    fn creates_once(&self) -> bool {
        self.takes("identifier") && self.conditional_create == Some(true)
    }
}

impl Known {
    /// What was kept of an earlier probe; none where the text is not of our making.
    pub(super) fn from_lore(lore: &Lore) -> Option<Known> {
        serde_json::from_str(&lore.0).ok()
    }

    pub(super) fn lore(&self) -> Option<Lore> {
        serde_json::to_string(self).ok().map(|text| Lore(text.into()))
    }

    /// Reads a statement; none when it is none.
    pub(super) fn from_statement(statement: &Value) -> Option<Known> {
        if statement.get("resourceType").and_then(Value::as_str) != Some("CapabilityStatement") {
            return None;
        }
        let rest = list(statement, "rest").find(|rest| text(rest, "mode") != Some("client"));
        let tasks =
            rest.and_then(|rest| list(rest, "resource").find(|kind| text(kind, "type") == Some("Task")));
        let words = |name: &str, member: &str| -> BTreeSet<String> {
            let items = tasks.into_iter().flat_map(|tasks| list(tasks, name));
            items.filter_map(|item| text(item, member).map(str::to_owned)).collect()
        };
        let includes = tasks.into_iter().flat_map(|tasks| list(tasks, "searchInclude"));
        Some(Known {
            about: about(statement, rest),
            interactions: words("interaction", "code"),
            parameters: words("searchParam", "name"),
            includes: includes.filter_map(Value::as_str).map(str::to_owned).collect(),
            conditional_create: tasks.and_then(|tasks| tasks.get("conditionalCreate")?.as_bool()),
            other_version: text(statement, "fhirVersion").filter(|version| !is_r4(version)).map(short),
            is_unversioned: tasks.and_then(|tasks| text(tasks, "versioning")) == Some("no-version"),
            refuses_shapes: false,
            documents: Offer::from_statement(rest),
            has_no_documents: rest.is_some_and(|rest| list(rest, "resource").next().is_some())
                && Offer::from_statement(rest).is_none(),
        })
    }

    /// Whether a search may name this parameter.
    pub(super) fn takes(&self, parameter: &str) -> bool {
        self.parameters.is_empty() || self.parameters.contains(parameter)
    }

    /// Whether a search may ask for what this parameter refers to.
    pub(super) fn includes(&self, parameter: &str) -> bool {
        let whole = format!("Task:{parameter}");
        let is_named = |include: &String| *include == whole || include == parameter || include == "*";
        self.takes(parameter) && (self.includes.is_empty() || self.includes.iter().any(is_named))
    }

    fn offers(&self, interaction: &str) -> bool {
        self.interactions.is_empty() || self.interactions.contains(interaction)
    }

    /// Whether a change is the whole resource sent again; else it is a patch, where only that is taken.
    pub(super) fn may_replace(&self) -> bool {
        self.offers("update") || !self.interactions.contains("patch")
    }
}

/// How a change by somebody else is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    /// The server compares versions (`If-Match`), and so does this program.
    Version,
    /// Versions say nothing; the time of the last change of a fresh read is compared. A window remains.
    LastUpdated,
}

impl Fhir {
    /// How a change by somebody else is noticed here.
    pub(super) fn guard(&self) -> Guard {
        if self.known.is_unversioned { Guard::LastUpdated } else { Guard::Version }
    }

    /// Whether a create is bound to our identifier: some refuse that when they cannot search by it.
    pub(super) fn asks_once(&self) -> bool {
        self.known.takes("identifier")
    }

    /// What the source can do, as far as it has said.
    pub(super) fn what_it_can(&self) -> Can {
        let known = &self.known;
        let is_quick = known.parameters.contains("priority");
        let most_pressing = [Priority::Stat, Priority::Asap, Priority::Urgent].map(Ahead::Priority);
        let mut can = Can {
            create: RULES,
            update: RULES,
            notes: NoteKeeping::Many,
            due: self.profile.due_from.unwrap_or(DueFrom::Restriction),
            creates_once: self.asks_once()
                && known.conditional_create == Some(true)
                && known.documents.as_ref().is_none_or(Offer::creates_once),
            documents: (!known.has_no_documents).then_some(&composition::RULES),
            ahead: if is_quick { most_pressing.into() } else { Vec::new() },
            caution: known.other_version.as_ref().map(|version| {
                format!("This server speaks FHIR {version}, not R4, for which this was made: tasks may be read wrongly.")
            }),
            probe_first: true,
            // Assumption (FHIR 5.5): an index may lag some seconds behind a write; the standard does not say.
            pace: Pace { per_minute: 120, poll_floor_s: 60, search_lag_s: 5, gap_ms: 0 },
            ..Can::plain(SYSTEM)
        };
        if self.profile.read_only {
            can.refuse_writes("This source is set to read only.");
        }
        if !self.profile.allow_delete {
            can.refuse(Capability::Delete, "Deleting is switched off for this source; use cancel instead.");
        }
        if known.has_no_documents {
            can.refuse(Capability::Document, NO_DOCUMENTS);
        }
        let offer = known.documents.as_ref();
        let writes = ["create", "update", "patch"];
        if offer.is_some_and(|offer| !writes.into_iter().any(|interaction| offer.offers(interaction))) {
            let reason = "The server's CapabilityStatement does not offer to write documents.";
            can.refuse(Capability::Document, reason);
        }
        let wanted: [(Capability, &[&str], &str); 5] = [
            (Capability::List, &["search-type"], "list tasks"),
            (Capability::Create, &["create"], "create tasks"),
            (Capability::Update, &["update", "patch"], "change tasks"),
            (Capability::Delete, &["delete"], "delete tasks"),
            (Capability::History, &["history-instance"], "give the earlier versions of a task"),
        ];
        for (capability, any_of, what) in wanted {
            if !any_of.iter().any(|interaction| known.offers(interaction)) {
                let reason = format!("The server's CapabilityStatement does not offer to {what}.");
                can.refuse(capability, &reason);
                if capability == Capability::Update {
                    can.refuse(Capability::Reassign, &reason);
                    can.refuse(Capability::Note, &reason);
                }
            }
        }
        can
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn is_r4(version: &str) -> bool {
    version == "4.0" || version.starts_with("4.0.")
}

/// The software, the version of FHIR that it speaks, and how it wants to be asked.
fn about(statement: &Value, rest: Option<&Value>) -> String {
    let software = statement.get("software");
    let of_software = |name: &str| software.and_then(|software| text(software, name)).map(short);
    let mut words = vec![of_software("name").unwrap_or_else(|| "FHIR server".to_owned())];
    words.extend(of_software("version"));
    let mut line = words.join(" ");
    match text(statement, "fhirVersion") {
        Some(version) if is_r4(version) => {
            let _ = write!(line, ", FHIR {}", short(version));
        }
        Some(version) => {
            let _ = write!(line, ", FHIR {}: not R4, for which this was made", short(version));
        }
        None => line.push_str(", FHIR version not said"),
    }
    let security = rest.and_then(|rest| rest.get("security"));
    let services = security.into_iter().flat_map(|security| list(security, "service"));
    let names: Vec<_> = services
        .filter_map(|service| {
            let coding = service.get("coding").and_then(|codings| codings.get(0));
            text(service, "text").or_else(|| coding.and_then(|coding| text(coding, "code"))).map(short)
        })
        .collect();
    if !names.is_empty() {
        let _ = write!(line, ", {}", names.join(" "));
    }
    line
}

/// A server's word about itself, cut to a length that fits a line.
fn short(text: &str) -> String {
    crate::providers::answers::plain(text).chars().take(40).collect()
}
