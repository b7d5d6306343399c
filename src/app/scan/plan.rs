//! From a condition to tests of columns: what a column cannot decide is asked of the whole task.
//!
//! Must not know the filter language better than `Query::matches`: values are put to it, one synthetic task each.

use super::{
    literal,
    sets::{Candidates, SymbolColumn, SymbolSet},
};
use crate::app::store::{
    Bits, HAS_INPUT, HAS_NOTE, HAS_OUTPUT, HELD, PRIORITY_CODES, PRIORITY_NONE, PRIORITY_OFFICE,
    PRIORITY_OTHER, READ_ONLY, STATUS_OTHER, Second, TaskStore, priority_place,
};
use crate::domain::{
    priority::{OfficePriority, Priority},
    query::{
        Flag, Node, Part, PriorityTest, Query, Role, SortBy, StatusTest, Surroundings, Term, TextField,
        TextMatch, TextTest, TimeField, TimeTest, Window, Words,
    },
    status::Status,
    task::{Task, TaskKey},
    time::Timestamp,
};
use memchr::memmem::Finder;

/// A condition as tests of columns.
#[derive(Debug)]
pub(super) enum Plan {
    /// All of these hold; cheap ones first.
    All(Vec<Plan>),
    /// One of these holds; cheap ones first.
    Any(Vec<Plan>),
    /// This does not hold.
    Not(Box<Plan>),
    /// One test.
    Leaf(Leaf),
}

/// One test of a row.
#[derive(Debug)]
pub(super) enum Leaf {
    /// Only the whole task can tell.
    Ask,
    /// The status codes that pass, and those that have to be asked.
    Status { yes: u16, ask: u16 },
    /// The priority codes that pass, and those that have to be asked.
    Priority { yes: u16, ask: u16 },
    /// The sources that pass, among those that were known.
    Source { yes: Bits, known: Bits },
    /// One of these flags stands.
    Flag(u8),
    /// Where one of these flags stands, only the whole task can tell; no other row passes.
    AskWhere(u8),
    /// A time lies in a stretch.
    Time { column: TimeColumn, stretch: Stretch },
    /// A reference is in a set, by the set's place.
    Symbol { column: SymbolColumn, set: usize },
    /// The row's text holds a word, by the word's place; whether that is enough, or the task has to be asked.
    Word { word: usize, enough: bool },
    /// Only the key matters: no task needs to be read.
    Key(Node),
}

/// A column of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeColumn {
    Due,
    Authored,
    Updated,
}

/// A stretch of time against whole seconds: what lies surely inside, and what may.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    sure: (u32, u32),
    maybe: (u32, u32),
    none_asks: bool,
}

impl Stretch {
    fn of(window: Window, none_asks: bool) -> Stretch {
        // Only seconds between the two clamped ones are exact.
        let clamp = |second: i64| second.clamp(1, i64::from(Second::LAST.0)) as u32;
        let from = |round: fn(Timestamp) -> i64| window.from.map_or(1, |from| clamp(round(from)));
        let until =
            |round: fn(Timestamp) -> i64| window.until.map_or(Second::LAST.0, |until| clamp(round(until)));
        Stretch { sure: (from(ceiling), until(floor)), maybe: (from(floor), until(ceiling)), none_asks }
    }

    /// Whether a second passes for sure.
    #[inline]
    pub(super) fn passes(&self, second: Second) -> bool {
        self.sure.0 <= second.0 && second.0 < self.sure.1
    }

    /// Whether a second that does not pass for sure may still pass.
    #[inline]
    pub(super) fn asks(&self, second: Second) -> bool {
        let clamped = second == Second::FIRST || second == Second::LAST;
        let perhaps = self.maybe.0 <= second.0 && second.0 < self.maybe.1;
        self.none_asks && second == Second::NONE || clamped || perhaps && !self.passes(second)
    }
}

fn floor(at: Timestamp) -> i64 {
    at.as_second()
}

fn ceiling(at: Timestamp) -> i64 {
    at.as_second() + i64::from(at.subsec_nanosecond() > 0)
}

/// A word to look for in the folded texts.
#[derive(Debug)]
pub(super) struct Word {
    /// Finds it.
    pub(super) finder: Finder<'static>,
    /// The rows that hold it, as far as looked at.
    pub(super) hits: Bits,
}

/// What a result hangs on beside the tasks: when it changes, the scan is to be run again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depends {
    /// Names of people.
    pub names: bool,
    /// The present moment.
    pub time: bool,
    /// Marks kept here: new, snoozed, flagged and their like.
    pub local: bool,
}

/// All that a plan refers to.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Words to look for.
    pub(super) words: Vec<Word>,
    /// Sets of references to find out.
    pub(super) sets: Vec<SymbolSet>,
    /// What the result hangs on.
    pub(super) depends: Depends,
}

/// Makes the plan of a query.
pub(super) fn compile(query: &Query, store: &TaskStore, around: &dyn Surroundings) -> (Option<Plan>, Parts) {
    let mut builder = Builder { parts: Parts::default(), store, around };
    let plan = query.filter.as_ref().map(|node| builder.node(node));
    for key in &query.sort {
        builder.parts.depends.names |=
            matches!(key.by, SortBy::Owner | SortBy::Requester | SortBy::Patient | SortBy::Encounter);
        builder.parts.depends.time |= key.by == SortBy::Overdue;
        builder.parts.depends.local |= key.by == SortBy::Stage;
    }
    (plan, builder.parts)
}

struct Builder<'a> {
    parts: Parts,
    store: &'a TaskStore,
    around: &'a dyn Surroundings,
}

impl Builder<'_> {
    fn node(&mut self, node: &Node) -> Plan {
        match node {
            Node::And(nodes) => Plan::All(self.cheap_first(nodes)),
            Node::Or(nodes) => Plan::Any(self.cheap_first(nodes)),
            Node::Not(node) => Plan::Not(Box::new(self.node(node))),
            Node::Term(term) => self.term(term),
            Node::Text(text) => self.text(text),
        }
    }

    fn cheap_first(&mut self, nodes: &[Node]) -> Vec<Plan> {
        let mut plans: Vec<Plan> = nodes.iter().map(|node| self.node(node)).collect();
        plans.sort_by_key(Plan::cost);
        plans
    }

    fn term(&mut self, term: &Term) -> Plan {
        match term {
            Term::Status(tests) => self.status(term, tests),
            Term::Priority(tests) => self.priority(term, tests),
            Term::Person(role, _) => self.person(*role, term),
            Term::Time(field, tests) => Plan::Any(tests.iter().map(|test| self.time(*field, test)).collect()),
            Term::Text(field, tests) => self.text_term(*field, tests, term),
            Term::Is(flags) => Plan::Any(flags.iter().map(|flag| self.flag(*flag)).collect()),
            Term::Has(parts) => Plan::Any(parts.iter().map(|part| self.part(*part)).collect()),
            Term::No(parts) => {
                Plan::Any(parts.iter().map(|part| Plan::Not(Box::new(self.part(*part)))).collect())
            }
        }
    }

    fn status(&self, term: &Term, tests: &[StatusTest]) -> Plan {
        let passes = |status: Status| term.matches(&Task { status, ..Task::default() }, self.around);
        let known = Status::KNOWN.into_iter().enumerate();
        let mut yes = known.fold(0, |yes, (code, status)| yes | u16::from(passes(status)) << code);
        // Where no unknown status is named, one of them passes as well as another.
        let named = tests.iter().any(|test| matches!(test, StatusTest::Is(Status::Other(_))));
        yes |= u16::from(!named && passes(Status::Other("".into()))) << STATUS_OTHER;
        Plan::Leaf(Leaf::Status { yes, ask: u16::from(named) << STATUS_OTHER })
    }

    fn statuses(which: impl Fn(&Status) -> bool) -> Plan {
        let known = Status::KNOWN.iter().enumerate();
        let yes = known.fold(0, |yes, (code, status)| yes | u16::from(which(status)) << code);
        // An unknown status is neither open nor completed nor on hold.
        Plan::Leaf(Leaf::Status { yes, ask: 0 })
    }

    fn priority(&self, term: &Term, tests: &[PriorityTest]) -> Plan {
        let passes =
            |priority: Option<Priority>| term.matches(&Task { priority, ..Task::default() }, self.around);
        let known = [Priority::Stat, Priority::Asap, Priority::Urgent, Priority::Routine];
        let coded = (PRIORITY_OTHER + 1..).zip(known.into_iter().map(Some)).chain([(PRIORITY_NONE, None)]);
        let mut yes = coded.fold(0, |yes, (code, priority)| yes | u16::from(passes(priority)) << code);
        // Where no unknown priority is named, one of them passes as well as another.
        let named = tests.iter().any(|test| matches!(test, PriorityTest::Is(Priority::Other(_))));
        yes |= u16::from(!named && passes(Some(Priority::Other("".into())))) << PRIORITY_OTHER;
        let offices = PRIORITY_OFFICE..PRIORITY_CODES;
        if named {
            let ask = offices.fold(1 << PRIORITY_OTHER, |ask, code| ask | 1_u16 << code);
            return Plan::Leaf(Leaf::Priority { yes, ask });
        }
        // Where no name is asked for, an office's own priorities differ by their rank alone.
        for code in offices {
            let rank = (code > PRIORITY_OFFICE).then(|| 5 - priority_place(code));
            let office = OfficePriority { id: "".into(), name: "".into(), rank };
            yes |= u16::from(passes(Some(Priority::Office(Box::new(office))))) << code;
        }
        Plan::Leaf(Leaf::Priority { yes, ask: 0 })
    }

    fn person(&mut self, role: Role, term: &Term) -> Plan {
        let Some(column) = SymbolColumn::of_role(role) else { return Plan::Leaf(Leaf::Ask) };
        self.parts.depends.names = true;
        self.symbols(column, Node::Term(term.clone()), Candidates::all())
    }

    fn symbols(&mut self, column: SymbolColumn, node: Node, candidates: Candidates) -> Plan {
        self.parts.sets.push(SymbolSet::new(column, node, candidates));
        Plan::Leaf(Leaf::Symbol { column, set: self.parts.sets.len() - 1 })
    }

    fn time(&mut self, field: TimeField, test: &TimeTest) -> Plan {
        let now = self.around.now();
        let everything = Window { from: None, until: None };
        let window = match test {
            TimeTest::Overdue => return self.overdue(),
            TimeTest::None => return Plan::Not(Box::new(self.time(field, &TimeTest::Any))),
            TimeTest::Any => everything,
            TimeTest::At(_) | TimeTest::Compare(..) | TimeTest::Range(..) => {
                self.parts.depends.time = true;
                test.window(field, now, self.around.zone()).unwrap_or(everything)
            }
        };
        let column =
            |column, none_asks| Plan::Leaf(Leaf::Time { column, stretch: Stretch::of(window, none_asks) });
        match field {
            TimeField::Due => column(TimeColumn::Due, false),
            TimeField::Age => column(TimeColumn::Authored, false),
            TimeField::Updated => column(TimeColumn::Updated, false),
            // Without a change time, the end of the work counts, and no column has that.
            TimeField::Done => Plan::All(vec![
                Self::statuses(|status| *status == Status::Completed),
                column(TimeColumn::Updated, true),
            ]),
            TimeField::Stage => self.key(Node::Term(Term::Time(field, vec![test.clone()]))),
            TimeField::Start => Plan::Leaf(Leaf::Ask),
        }
    }

    fn overdue(&mut self) -> Plan {
        self.parts.depends.time = true;
        let past = Window { from: None, until: Some(self.around.now()) };
        let due = Leaf::Time { column: TimeColumn::Due, stretch: Stretch::of(past, false) };
        Plan::All(vec![Self::statuses(Status::is_open), Plan::Leaf(due)])
    }

    fn key(&mut self, node: Node) -> Plan {
        self.parts.depends.local = true;
        Plan::Leaf(Leaf::Key(node))
    }

    fn flag(&mut self, flag: Flag) -> Plan {
        let node = Node::Term(Term::Is(vec![flag]));
        match flag {
            Flag::Mine | Flag::Unowned => self.symbols(SymbolColumn::Owner, node, Candidates::all()),
            Flag::Overdue => self.overdue(),
            Flag::Waiting => Self::statuses(|status| *status == Status::OnHold),
            Flag::Repeat => Plan::Leaf(Leaf::Ask),
            Flag::Held => {
                self.parts.depends.time = true;
                Plan::Leaf(Leaf::AskWhere(HELD))
            }
            Flag::Readonly => Plan::Any(vec![Plan::Leaf(Leaf::Flag(READ_ONLY)), self.key(node)]),
            Flag::New
            | Flag::Snoozed
            | Flag::Flagged
            | Flag::Acked
            | Flag::Stale
            | Flag::Unsent
            | Flag::Conflict
            | Flag::Draft => self.key(node),
        }
    }

    fn part(&mut self, part: Part) -> Plan {
        let node = Node::Term(Term::Has(vec![part]));
        match part {
            Part::Note => Plan::Leaf(Leaf::Flag(HAS_NOTE)),
            Part::Input => Plan::Leaf(Leaf::Flag(HAS_INPUT)),
            Part::Output => Plan::Leaf(Leaf::Flag(HAS_OUTPUT)),
            Part::Due => self.time(TimeField::Due, &TimeTest::Any),
            Part::Patient => self.symbols(SymbolColumn::Patient, node, Candidates::all()),
            Part::Owner => self.symbols(SymbolColumn::Owner, node, Candidates::all()),
        }
    }

    fn text_term(&mut self, field: TextField, tests: &[TextTest], term: &Term) -> Plan {
        match field {
            TextField::Source => self.sources(term),
            TextField::Code => self.symbols(SymbolColumn::Code, Node::Term(term.clone()), Candidates::all()),
            TextField::Id => Plan::Leaf(Leaf::Key(Node::Term(term.clone()))),
            TextField::Note => Plan::Any(tests.iter().map(|test| self.note(test)).collect()),
            TextField::List | TextField::BusinessStatus | TextField::Why | TextField::Intent => {
                Plan::Leaf(Leaf::Ask)
            }
        }
    }

    fn sources(&self, term: &Term) -> Plan {
        let reach = self.store.sources().last().map_or(0, |source| usize::from(source.0) + 1);
        let (mut yes, mut known) = (Bits::for_rows(reach), Bits::for_rows(reach));
        for source in self.store.sources() {
            let task = Task { key: TaskKey { source: *source, id: "".into() }, ..Task::default() };
            known.set(u32::from(source.0));
            if term.matches(&task, self.around) {
                yes.set(u32::from(source.0));
            }
        }
        Plan::Leaf(Leaf::Source { yes, known })
    }

    fn note(&mut self, test: &TextTest) -> Plan {
        let has_note = || Plan::Leaf(Leaf::Flag(HAS_NOTE));
        let word = match test {
            TextTest::None => return Plan::Not(Box::new(has_note())),
            TextTest::Any => return has_note(),
            TextTest::Exact(wanted) => Words::new(wanted).map(|words| words.folded().to_owned()),
            TextTest::Part(words) => Some(words.folded().to_owned()),
            TextTest::Pattern(pattern) => literal::required(pattern.source()),
        };
        // The words may stand in another field of the row, so that a hit only narrows down.
        word.map_or(Plan::Leaf(Leaf::Ask), |word| self.word(&word, false))
    }

    fn word(&mut self, folded: &str, enough: bool) -> Plan {
        let place = self.parts.words.iter().position(|word| word.finder.needle() == folded.as_bytes());
        let word = place.unwrap_or_else(|| {
            let finder = Finder::new(folded).into_owned();
            self.parts.words.push(Word { finder, hits: Bits::for_rows(self.store.columns().rows()) });
            self.parts.words.len() - 1
        });
        Plan::Leaf(Leaf::Word { word, enough })
    }

    /// A text stands in the row's own text, or in the name of its patient.
    fn text(&mut self, text: &TextMatch) -> Plan {
        self.parts.depends.names = true;
        let (folded, enough) = match text {
            TextMatch::Words(words) => (words.folded().to_owned(), !words.exact_case()),
            TextMatch::Pattern(pattern) => match literal::required(pattern.source()) {
                Some(literal) => (literal, false),
                None => return Plan::Leaf(Leaf::Ask),
            },
        };
        let named = Candidates::named(&folded, enough);
        let word = self.word(&folded, enough);
        Plan::Any(vec![word, self.symbols(SymbolColumn::Patient, Node::Text(text.clone()), named)])
    }
}

impl Plan {
    /// How dear a row is: 0 for columns, 1 for keys, 2 for whole tasks.
    pub(super) fn cost(&self) -> u8 {
        match self {
            Plan::All(plans) | Plan::Any(plans) => plans.iter().map(Plan::cost).max().unwrap_or(0),
            Plan::Not(plan) => plan.cost(),
            Plan::Leaf(Leaf::Ask) => 2,
            Plan::Leaf(Leaf::Key(_)) => 1,
            Plan::Leaf(_) => 0,
        }
    }

    /// How many tests a row goes through.
    pub(super) fn leaves(&self) -> u64 {
        match self {
            Plan::All(plans) | Plan::Any(plans) => plans.iter().map(Plan::leaves).sum(),
            Plan::Not(plan) => plan.leaves(),
            Plan::Leaf(_) => 1,
        }
    }
}
