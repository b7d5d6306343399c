//! The directory of people that tasks name: who is known, who was asked for, who could not be found.
//!
//! Must not ask a source itself, nor ask twice: `want` says when a question is due.

use super::store::{Arena, Segment};
use crate::domain::{
    fold::fold_into,
    people::{Person, PersonKind},
    task::SourceId,
    time::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Ends each folded name; no UTF-8 text holds this byte.
const NAME_END: u8 = 0xFF;

/// What is known of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// By place in the list.
    Known(u32),
    /// Asked for and not yet answered.
    Asked,
    /// The source has no such person, or does not tell; not to be asked before then.
    Missing { until: Timestamp },
}

/// A person, the source that told of them, and where the folded name is.
#[derive(Debug)]
struct Known {
    source: SourceId,
    person: Person,
    name: Option<u32>,
}

/// The directory.
#[derive(Debug, Default)]
pub struct People {
    known: Vec<Known>,
    entries: BTreeMap<(SourceId, PersonKind), HashMap<Box<str>, Entry>>,
    /// Known people whom their source did not find any more when it was last asked.
    gone: BTreeSet<(SourceId, PersonKind, Box<str>)>,
    names: Arena,
    revision: u64,
}

impl People {
    /// An empty directory.
    pub fn new() -> People {
        People::default()
    }

    /// A person by bare id, when known.
    pub fn get(&self, source: SourceId, kind: PersonKind, id: &str) -> Option<&Person> {
        match self.entry(source, kind, id)? {
            Entry::Known(place) => self.known.get(place as usize).map(|known| &known.person),
            Entry::Asked | Entry::Missing { .. } => None,
        }
    }

    /// Whether the person is to be asked for at this moment; a yes is noted, so that it is given once.
    pub fn want(&mut self, source: SourceId, kind: PersonKind, id: &str, now: Timestamp) -> bool {
        let due = match self.entry(source, kind, id) {
            None => !id.is_empty(),
            Some(Entry::Missing { until }) => until <= now,
            Some(Entry::Known(_) | Entry::Asked) => false,
        };
        if due {
            self.put(source, kind, id, Entry::Asked);
        }
        due
    }

    /// Takes a person in, or what is new about one; tells whether anything was.
    pub fn learn(&mut self, source: SourceId, person: Person) -> bool {
        self.gone.remove(&(source, person.kind, person.id.clone()));
        let place = match self.entry(source, person.kind, &person.id) {
            Some(Entry::Known(place)) => {
                if self.known.get(place as usize).is_some_and(|known| known.person == person) {
                    return false;
                }
                place
            }
            _ => self.known.len() as u32,
        };
        if let Some(name) = self.known.get(place as usize).and_then(|known| known.name) {
            self.names.drop_record(name);
        }
        let mut folded = String::new();
        fold_into(&person.name(), &mut folded);
        let mut record = folded.into_bytes();
        record.push(NAME_END);
        let name = self.names.put(place, &record);
        self.put(source, person.kind, &person.id.clone(), Entry::Known(place));
        let known = Known { source, person, name };
        match self.known.get_mut(place as usize) {
            Some(old) => *old = known,
            None => self.known.push(known),
        }
        while self.names.pack_one(|place, address| {
            if let Some(known) = self.known.get_mut(place as usize) {
                known.name = Some(address);
            }
        }) {}
        self.revision += 1;
        true
    }

    /// Notes that a person could not be found; not to be asked for before `until`. A known one stays known.
    pub fn missing(&mut self, source: SourceId, kind: PersonKind, id: &str, until: Timestamp) {
        if matches!(self.entry(source, kind, id), Some(Entry::Known(_))) {
            self.gone.insert((source, kind, id.into()));
        } else {
            self.put(source, kind, id, Entry::Missing { until });
        }
    }

    /// Whether the source did not find the person when it was last asked.
    pub fn is_gone(&self, source: SourceId, kind: PersonKind, id: &str) -> bool {
        matches!(self.entry(source, kind, id), Some(Entry::Missing { .. }))
            || self.gone.contains(&(source, kind, id.into()))
    }

    /// Lets a person be asked for again at once, as when the question never reached the source.
    pub fn give_back(&mut self, source: SourceId, kind: PersonKind, id: &str) {
        if self.entry(source, kind, id) == Some(Entry::Asked)
            && let Some(ids) = self.entries.get_mut(&(source, kind))
        {
            ids.remove(id);
        }
    }

    /// Whether the source was asked for a person and has not answered yet.
    pub fn is_asked(&self, source: SourceId, kind: PersonKind, id: &str) -> bool {
        self.entry(source, kind, id) == Some(Entry::Asked)
    }

    /// The known people of a source, in no order of meaning.
    pub fn of_source(&self, source: SourceId, kind: PersonKind) -> impl Iterator<Item = &Person> {
        let known =
            self.known.iter().filter(move |known| known.source == source && known.person.kind == kind);
        known.map(|known| &known.person)
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// A number that changes whenever a name may read differently.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The folded names; their record numbers are for [`People::numbered`].
    pub(in crate::app) fn name_segments(&self) -> &[Segment] {
        self.names.segments()
    }

    /// The source and person of a number.
    pub(in crate::app) fn numbered(&self, number: u32) -> Option<(SourceId, &Person)> {
        self.known.get(number as usize).map(|known| (known.source, &known.person))
    }

    fn entry(&self, source: SourceId, kind: PersonKind, id: &str) -> Option<Entry> {
        self.entries.get(&(source, kind))?.get(id).copied()
    }

    fn put(&mut self, source: SourceId, kind: PersonKind, id: &str, entry: Entry) {
        let ids = self.entries.entry((source, kind)).or_default();
        match ids.get_mut(id) {
            Some(old) => *old = entry,
            None => {
                ids.insert(id.into(), entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SourceId = SourceId(1);

    fn person(id: &str, full: &str) -> Person {
        Person {
            kind: PersonKind::Patient,
            id: id.into(),
            family: "".into(),
            given: "".into(),
            full: full.into(),
            birth_date: None,
            active: true,
            replaced_by: None,
            about: None,
        }
    }

    #[test]
    fn a_person_is_asked_for_once_until_the_answer_says_otherwise() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut people = People::new();
        let want = |people: &mut People, second| people.want(ONE, PersonKind::Patient, "p", at(second));
        assert!(want(&mut people, 0));
        assert!(!want(&mut people, 1), "asked already");
        people.give_back(ONE, PersonKind::Patient, "p");
        assert!(want(&mut people, 2), "the question was lost");
        people.missing(ONE, PersonKind::Patient, "p", at(60));
        assert!(people.is_gone(ONE, PersonKind::Patient, "p"));
        assert!(!want(&mut people, 59));
        assert!(want(&mut people, 60));
        assert!(people.learn(ONE, person("p", "Ada Okafor")));
        assert!(!people.is_gone(ONE, PersonKind::Patient, "p"));
        people.missing(ONE, PersonKind::Patient, "p", at(60));
        assert!(people.is_gone(ONE, PersonKind::Patient, "p"), "known, and no longer there");
        people.learn(ONE, person("p", "Ada Okafor"));
        assert!(!people.is_gone(ONE, PersonKind::Patient, "p"));
        people.missing(ONE, PersonKind::Patient, "p", at(90));
        people.give_back(ONE, PersonKind::Patient, "p");
        assert!(!want(&mut people, 100), "known stays known");
        assert!(!people.want(ONE, PersonKind::Patient, "", at(0)), "nobody has no id");
        assert!(people.want(SourceId(2), PersonKind::Patient, "p", at(0)), "sources are never joined");
    }

    #[test]
    fn a_new_name_replaces_the_old_one_and_raises_the_revision() {
        let mut people = People::new();
        assert!(people.learn(ONE, person("p", "Ada Okafor")));
        let revision = people.revision();
        assert!(!people.learn(ONE, person("p", "Ada Okafor")), "nothing new");
        assert_eq!(people.revision(), revision);
        assert!(people.learn(ONE, person("p", "Ada Nuñez")));
        assert!(people.revision() > revision);
        assert_eq!(people.len(), 1);
        assert_eq!(people.get(ONE, PersonKind::Patient, "p").map(Person::name).as_deref(), Some("Ada Nuñez"));
        let named = |word: &str| {
            let finder = memchr::memmem::Finder::new(word);
            let mut found = Vec::new();
            for segment in people.name_segments() {
                segment.each_hit(&finder, |number| found.push(number));
            }
            found
        };
        assert_eq!(named("nunez"), [0]);
        assert!(named("okafor").is_empty(), "the old name is not found any more");
        assert_eq!(people.numbered(0).map(|(source, _)| source), Some(ONE));
    }
}
