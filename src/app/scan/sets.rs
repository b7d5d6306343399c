//! Which values of a column pass a test, found out once a value instead of once a row.
//!
//! Must not run to the end by itself: each call spends what it is given.

use super::{Budget, HIT_NS};
use crate::app::{
    people::People,
    store::{Bits, Columns, Symbol, Symbols, TaskStore},
};
use crate::domain::{
    people::Reference,
    query::{Node, Role, Surroundings},
    task::{SourceId, Task, TaskKey},
};
use memchr::memmem::Finder;

/// What putting one value to the test costs, and what finding a person's value costs, in nanoseconds.
const VALUE_NS: u64 = 500;
const PERSON_NS: u64 = 400;

/// A column of references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SymbolColumn {
    Patient,
    Owner,
    Requester,
    Encounter,
    Code,
}

impl SymbolColumn {
    /// The column of a role; a focus has none.
    pub(super) fn of_role(role: Role) -> Option<SymbolColumn> {
        match role {
            Role::Owner => Some(SymbolColumn::Owner),
            Role::Requester => Some(SymbolColumn::Requester),
            Role::Patient => Some(SymbolColumn::Patient),
            Role::Encounter => Some(SymbolColumn::Encounter),
            Role::Focus => None,
        }
    }

    /// The column's numbers.
    pub(super) fn of(self, columns: &Columns) -> &[Symbol] {
        match self {
            SymbolColumn::Patient => &columns.patient,
            SymbolColumn::Owner => &columns.owner,
            SymbolColumn::Requester => &columns.requester,
            SymbolColumn::Encounter => &columns.encounter,
            SymbolColumn::Code => &columns.code,
        }
    }

    /// What the numbers mean.
    pub(super) fn symbols(self, store: &TaskStore) -> &Symbols {
        match self {
            SymbolColumn::Patient => store.patients(),
            SymbolColumn::Owner | SymbolColumn::Requester => store.staff(),
            SymbolColumn::Encounter => store.encounters(),
            SymbolColumn::Code => store.codes(),
        }
    }

    /// A task that has nothing but this value.
    fn task(self, source: SourceId, reference: Option<Reference>) -> Task {
        let mut task = Task { key: TaskKey { source, id: "".into() }, ..Task::default() };
        match self {
            SymbolColumn::Patient => task.patient = reference,
            SymbolColumn::Owner => task.owner = reference,
            SymbolColumn::Requester => task.requester = reference,
            SymbolColumn::Encounter => task.encounter = reference,
            SymbolColumn::Code => task.code = reference.map(|reference| reference.raw().into()),
        }
        task
    }
}

/// Which values are worth putting to the test.
#[derive(Debug)]
pub(super) enum Candidates {
    /// All of them, from this one on.
    All { next: Symbol },
    /// Those of people whose folded name holds a word, which may be `enough` to pass; the rest fails.
    Named { finder: Box<Finder<'static>>, enough: bool, segment: usize, people: Vec<u32> },
}

impl Candidates {
    /// Every value.
    pub(super) fn all() -> Candidates {
        Candidates::All { next: 0 }
    }

    /// The people whose name holds a folded word.
    pub(super) fn named(folded: &str, enough: bool) -> Candidates {
        Candidates::Named {
            finder: Box::new(Finder::new(folded).into_owned()),
            enough,
            segment: 0,
            people: Vec::new(),
        }
    }
}

/// The values of a column that pass a test.
#[derive(Debug)]
pub(super) struct SymbolSet {
    column: SymbolColumn,
    node: Node,
    candidates: Candidates,
    yes: Bits,
    /// Values from here on came later and were never looked at.
    known_below: Symbol,
}

impl SymbolSet {
    /// A set to be found out.
    pub(super) fn new(column: SymbolColumn, node: Node, candidates: Candidates) -> SymbolSet {
        SymbolSet { column, node, candidates, yes: Bits::default(), known_below: 0 }
    }

    /// Whether a value passes.
    #[inline]
    pub(super) fn has(&self, symbol: Symbol) -> bool {
        self.yes.has(symbol)
    }

    /// Values from here on have to be asked of the task.
    pub(super) fn known_below(&self) -> Symbol {
        self.known_below
    }

    /// Goes on finding out; true when it is done.
    pub(super) fn step(
        &mut self,
        store: &TaskStore,
        around: &dyn Surroundings,
        people: &People,
        budget: &mut Budget,
    ) -> bool {
        let symbols = self.column.symbols(store);
        if self.known_below == 0 {
            self.known_below = symbols.len() as Symbol + 1;
            self.yes = Bits::for_rows(self.known_below as usize);
        }
        let (column, node) = (self.column, &self.node);
        match &mut self.candidates {
            Candidates::All { next } => {
                while *next < self.known_below {
                    if !budget.spend(VALUE_NS) {
                        return false;
                    }
                    let task = if *next == 0 {
                        column.task(SourceId::default(), None)
                    } else {
                        let Some((source, reference)) = symbols.reference(*next) else { break };
                        column.task(source, Some(reference))
                    };
                    if node.matches(&task, around) {
                        self.yes.set(*next);
                    }
                    *next += 1;
                }
                true
            }
            Candidates::Named { finder, enough, segment, people: named } => {
                while let Some(names) = people.name_segments().get(*segment) {
                    let before = named.len();
                    names.each_hit(finder, |number| named.push(number));
                    *segment += 1;
                    if !budget.spend(names.len() as u64 + (named.len() - before) as u64 * HIT_NS) {
                        return false;
                    }
                }
                while let Some(number) = named.last() {
                    if !budget.spend(if *enough { PERSON_NS } else { PERSON_NS + VALUE_NS }) {
                        return false;
                    }
                    if let Some((source, person)) = people.numbered(*number) {
                        let yes = &mut self.yes;
                        symbols.each_with_id(source, &person.id, |symbol| {
                            let Some((_, reference)) = symbols.reference(symbol) else { return };
                            let sure = *enough && Role::Patient.kind_of(&reference) == Some(person.kind);
                            if sure || node.matches(&column.task(source, Some(reference)), around) {
                                yes.set(symbol);
                            }
                        });
                    }
                    named.pop();
                }
                true
            }
        }
    }
}
