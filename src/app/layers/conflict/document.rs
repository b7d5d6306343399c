//! The three versions of a document: header parts and sections that differ, and the document that the choices make.
//!
//! Must not mix two texts of a section: one version is taken, or what the user typed.

use super::{Change, Choice, Outcome, Row, Typing};
use crate::app::{outbox::Wish, state::State};
use crate::domain::{
    check_document::check_document,
    document::{Document, DocumentField, Section},
    people::Reference,
    task::SourceId,
};

/// The versions of a document, and what its rows are about.
#[derive(Debug)]
pub(super) struct Sides {
    base: Document,
    mine: Document,
    theirs: Document,
    /// The header parts, with their rows.
    header: Vec<(DocumentField, usize)>,
    sections: Level,
}

/// The sections beneath one section, or the topmost.
#[derive(Debug, Default)]
struct Level {
    places: Vec<Place>,
    /// The row of their order, where that differs.
    order: Option<usize>,
}

/// One section in its three versions, as far as it is there.
#[derive(Debug)]
struct Place {
    base: Option<(usize, Section)>,
    mine: Option<(usize, Section)>,
    theirs: Option<(usize, Section)>,
    row: Option<usize>,
    /// The sections beneath, where it is there in all three.
    below: Level,
}

impl Sides {
    pub(super) fn of(base: &Document, mine: &Document, theirs: &Document) -> (Sides, Vec<Row>) {
        let mut rows = Vec::new();
        let mut header = Vec::new();
        for field in DocumentField::ALL.into_iter().filter(|field| *field != DocumentField::Sections) {
            let change =
                change(!base.same(mine, field), !base.same(theirs, field), !mine.same(theirs, field));
            let Some(change) = change else { continue };
            let shown = |document: &Document| filled(words(document, field));
            let mut row = Row::new(field.name(), shown(base), shown(mine), shown(theirs), change);
            if matches!(field, DocumentField::Title | DocumentField::Type) {
                row.typing = (Typing::Line, words(mine, field));
            }
            header.push((field, rows.len()));
            rows.push(row);
        }
        let sections = Level::of(&base.sections, &mine.sections, &theirs.sections, "", &mut rows);
        let (base, mine, theirs) = (base.clone(), mine.clone(), theirs.clone());
        (Sides { base, mine, theirs, header, sections }, rows)
    }

    /// The document as it was decided, over theirs; else what is wrong.
    pub(super) fn outcome(
        &self,
        state: &State,
        rows: &[Row],
        source: SourceId,
    ) -> Result<Outcome, (Option<usize>, String)> {
        let mut wanted = self.theirs.clone();
        for (field, place) in &self.header {
            match rows.get(*place).and_then(|row| row.choice.as_ref()) {
                None | Some(Choice::Theirs) => {}
                Some(Choice::Mine) => wanted.take(&self.mine, *field),
                Some(Choice::Base) => wanted.take(&self.base, *field),
                Some(Choice::Typed(text)) if *field == DocumentField::Title => {
                    wanted.title = text.trim().into();
                }
                Some(Choice::Typed(text)) => {
                    wanted.kind = text.trim().into();
                    wanted.kind_codings.clear();
                }
            }
        }
        wanted.sections = self.sections.decided(rows);
        let parts: Vec<String> =
            wanted.changed(&self.theirs).into_iter().map(|field| field.name().to_owned()).collect();
        if parts.is_empty() {
            return Ok(Outcome::Nothing);
        }
        let rules = state.can(source).and_then(|can| can.documents);
        let wrong = rules.and_then(|rules| check_document(&wanted, rules, false).into_iter().next());
        if let Some(problem) = wrong {
            return Err((None, problem.sentence));
        }
        let (base, document) = (Box::new(self.theirs.clone()), Box::new(wanted));
        Ok(Outcome::Send(Wish::UpdateDocument { base, document }, parts))
    }
}

impl Level {
    fn of(base: &[Section], mine: &[Section], theirs: &[Section], above: &str, rows: &mut Vec<Row>) -> Level {
        let mut level = Level { places: weave(base, mine, theirs), order: None };
        level.order = order_row(&level.places, above, rows);
        for place in &mut level.places {
            let sections = [&place.base, &place.mine, &place.theirs];
            let [base, mine, theirs] = sections.map(|side| side.as_ref().map(|(_, section)| section));
            let title = theirs.or(mine).or(base).map_or("", |section| &section.title);
            let label = if above.is_empty() { title.to_owned() } else { format!("{above} / {title}") };
            let is_everywhere = base.is_some() && mine.is_some() && theirs.is_some();
            let same = |one: Option<&Section>, other: Option<&Section>| match (one, other) {
                (Some(one), Some(other)) if is_everywhere => same_alone(one, other),
                (Some(one), Some(other)) => one.same(other),
                (one, other) => one.is_none() && other.is_none(),
            };
            if let Some(change) = change(!same(base, mine), !same(base, theirs), !same(mine, theirs)) {
                let words = |side: Option<&Section>| match side {
                    None => "(not there)".to_owned(),
                    Some(section) => section_words(section, [base, mine, theirs], !is_everywhere),
                };
                let mut row = Row::new(&label, words(base), words(mine), words(theirs), change);
                let text = mine.or(theirs).or(base).map_or("", |section| &section.text);
                row.typing = (Typing::Prose, text.to_owned());
                place.row = Some(rows.len());
                rows.push(row);
            }
            if let (Some(base), Some(mine), Some(theirs)) = (base, mine, theirs) {
                place.below = Level::of(&base.sections, &mine.sections, &theirs.sections, &label, rows);
            }
        }
        level
    }

    /// The sections as they were decided.
    fn decided(&self, rows: &[Row]) -> Vec<Section> {
        let choice =
            |row: Option<usize>| row.and_then(|row| rows.get(row)).and_then(|row| row.choice.as_ref());
        let mut order: Vec<(usize, &Place)> = Vec::new();
        let mut last = 0;
        for place in &self.places {
            let side = match choice(self.order) {
                Some(Choice::Mine | Choice::Typed(_)) => &place.mine,
                Some(Choice::Base) => &place.base,
                Some(Choice::Theirs) | None => &None,
            };
            // What is not in that version stays behind what it stood behind.
            last = side.as_ref().map_or(last, |(index, _)| *index);
            order.push((last, place));
        }
        if choice(self.order).is_some_and(|choice| *choice != Choice::Theirs) {
            order.sort_by_key(|(index, _)| *index);
        }
        order.into_iter().filter_map(|(_, place)| place.decided(choice(place.row), rows)).collect()
    }
}

impl Place {
    fn decided(&self, choice: Option<&Choice>, rows: &[Row]) -> Option<Section> {
        let section = |side: &Option<(usize, Section)>| side.as_ref().map(|(_, section)| section.clone());
        let (base, mine, theirs) = (section(&self.base), section(&self.mine), section(&self.theirs));
        if let (Some(base), Some(mine), Some(theirs)) = (&base, &mine, &theirs) {
            let mut decided = match choice {
                None | Some(Choice::Theirs) => theirs.clone(),
                Some(Choice::Mine) => over(theirs, mine),
                Some(Choice::Base) => over(theirs, base),
                Some(Choice::Typed(text)) => Section { text: text.clone(), ..over(theirs, mine) },
            };
            decided.sections = self.below.decided(rows);
            return Some(decided);
        }
        match choice {
            None | Some(Choice::Theirs) => theirs,
            Some(Choice::Mine) => mine,
            Some(Choice::Base) => base,
            Some(Choice::Typed(text)) => {
                mine.or(theirs).or(base).map(|section| Section { text: text.clone(), ..section })
            }
        }
    }
}

/// Whether two sections are one.
type Rule<'a> = &'a dyn Fn(&Section, &Section) -> bool;

/// What a part of a section says.
type Part<'a> = &'a dyn Fn(&Section) -> String;

/// Who has changed what differs so; none where nothing does.
fn change(ours: bool, others: bool, apart: bool) -> Option<Change> {
    match (ours, others, apart) {
        (false, false, _) => None,
        (true, _, true) => Some(Change::Ours),
        (true, _, false) => Some(Change::Alike),
        (false, true, _) => Some(Change::Theirs),
    }
}

/// A section's own parts over another version of it, whose unknown keys stay.
fn over(under: &Section, from: &Section) -> Section {
    Section { raw: under.raw.clone(), sections: Vec::new(), ..from.clone() }
}

/// Whether two sections say the same, those beneath them left aside.
fn same_alone(one: &Section, other: &Section) -> bool {
    let alone = |section: &Section| Section { sections: Vec::new(), ..section.clone() };
    alone(one).same(&alone(other))
}

/// Which of the second list's sections each of the first is: by heading and code, by heading, by code, by its place.
fn pair(first: &[Section], second: &[Section], by_place: bool) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; first.len()];
    let mut taken = vec![false; second.len()];
    let heading = |section: &Section| section.title.trim().to_lowercase();
    let by_heading =
        |one: &Section, other: &Section| !heading(one).is_empty() && heading(one) == heading(other);
    let by_code = |one: &Section, other: &Section| one.code.is_some() && one.code == other.code;
    let rules: [Rule<'_>; 3] =
        [&|one, other| by_heading(one, other) && one.code == other.code, &by_heading, &by_code];
    for rule in rules {
        for (one, found) in first.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
            let free = second
                .iter()
                .zip(&mut taken)
                .enumerate()
                .find(|(_, (other, taken))| !**taken && rule(one, other));
            if let Some((place, (_, taken))) = free {
                *taken = true;
                *found = Some(place);
            }
        }
    }
    if by_place {
        for (place, (found, taken)) in found.iter_mut().zip(&mut taken).enumerate() {
            if found.is_none() && !*taken {
                *taken = true;
                *found = Some(place);
            }
        }
    }
    found
}

/// The sections of three lists, each once, in the order of theirs; what is only ours stands behind what it stood behind.
fn weave(base: &[Section], mine: &[Section], theirs: &[Section]) -> Vec<Place> {
    let (to_mine, to_theirs) = (pair(base, mine, true), pair(base, theirs, true));
    let side = |list: &[Section], at: Option<usize>| at.and_then(|at| Some((at, list.get(at)?.clone())));
    let of_base = |pairs: &[Option<usize>], at: usize| pairs.iter().position(|found| *found == Some(at));
    let is_new = |pairs: &[Option<usize>], at: &usize| of_base(pairs, *at).is_none();
    // What both have added under one heading is one section.
    let new_mine: Vec<usize> = (0..mine.len()).filter(|at| is_new(&to_mine, at)).collect();
    let new_theirs: Vec<usize> = (0..theirs.len()).filter(|at| is_new(&to_theirs, at)).collect();
    let chosen = |list: &[Section], places: &[usize]| -> Vec<Section> {
        places.iter().filter_map(|at| list.get(*at).cloned()).collect()
    };
    let alike = pair(&chosen(theirs, &new_theirs), &chosen(mine, &new_mine), false);
    let added = |at: usize| {
        let place = new_theirs.iter().position(|new| *new == at)?;
        new_mine.get((*alike.get(place)?)?).copied()
    };
    let place = |base_at: Option<usize>, mine_at: Option<usize>, theirs_at: Option<usize>| Place {
        base: side(base, base_at),
        mine: side(mine, mine_at),
        theirs: side(theirs, theirs_at),
        row: None,
        below: Level::default(),
    };
    let mut places: Vec<Place> = (0..theirs.len())
        .map(|at| {
            let base_at = of_base(&to_theirs, at);
            let mine_at = match base_at {
                Some(base_at) => to_mine.get(base_at).copied().flatten(),
                None => added(at),
            };
            place(base_at, mine_at, Some(at))
        })
        .collect();
    for at in 0..mine.len() {
        let is_at =
            |place: &Place, wanted: usize| place.mine.as_ref().is_some_and(|(index, _)| *index == wanted);
        if places.iter().any(|known| is_at(known, at)) {
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| places.iter().position(|known| is_at(known, at)));
        places.insert(before.map_or(0, |before| before + 1), place(of_base(&to_mine, at), Some(at), None));
    }
    places
}

/// A row where the sections that all versions have stand in another order.
fn order_row(places: &[Place], above: &str, rows: &mut Vec<Row>) -> Option<usize> {
    let order = |side: &dyn Fn(&Place) -> Option<usize>| -> Vec<usize> {
        let everywhere = places
            .iter()
            .enumerate()
            .filter(|(_, place)| place.base.is_some() && place.mine.is_some() && place.theirs.is_some());
        let mut at: Vec<(usize, usize)> =
            everywhere.filter_map(|(index, place)| Some((side(place)?, index))).collect();
        at.sort_unstable();
        at.into_iter().map(|(_, index)| index).collect()
    };
    let index = |side: &Option<(usize, Section)>| side.as_ref().map(|(index, _)| *index);
    let base = order(&|place| index(&place.base));
    let mine = order(&|place| index(&place.mine));
    let theirs = order(&|place| index(&place.theirs));
    let change = change(base != mine, base != theirs, mine != theirs)?;
    let words = |order: &[usize]| {
        let titles = order.iter().filter_map(|index| places.get(*index)?.theirs.as_ref());
        titles.map(|(_, section)| &*section.title).collect::<Vec<_>>().join("\n")
    };
    let label = if above.is_empty() { "order".to_owned() } else { format!("{above} / order") };
    rows.push(Row::new(&label, words(&base), words(&mine), words(&theirs), change));
    Some(rows.len() - 1)
}

/// A section for reading: its text, and whatever else differs from the other versions of it.
fn section_words(section: &Section, all: [Option<&Section>; 3], whole: bool) -> String {
    let differs = |part: Part<'_>| all.into_iter().flatten().any(|other| part(other) != part(section));
    let mut lines = Vec::new();
    let parts: [(&str, Part<'_>); 5] = [
        ("title", &|section| section.title.to_string()),
        ("code", &|section| section.code.as_deref().unwrap_or("").to_owned()),
        ("author", &|section| section.author.as_ref().map_or("", Reference::raw).to_owned()),
        ("mode", &|section| section.mode.as_ref().map_or("", |mode| mode.as_str()).to_owned()),
        ("linked", &|section| section.resources.iter().map(Reference::raw).collect::<Vec<_>>().join(" ")),
    ];
    for (name, part) in parts {
        if differs(part) {
            lines.push(format!("{name}: {}", filled(part(section))));
        }
    }
    lines.push(filled(section.text.clone()));
    if whole {
        let beneath = |section: &Section| section.count() - 1;
        if beneath(section) > 0 {
            lines.push(format!("and {} beneath it", beneath(section)));
        }
    }
    lines.join("\n")
}

fn filled(text: String) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { text }
}

/// A header part, for reading.
fn words(document: &Document, field: DocumentField) -> String {
    let reference = |value: &Option<Reference>| value.as_ref().map_or("", Reference::raw).to_owned();
    match field {
        DocumentField::Status => document.status.as_str().to_owned(),
        DocumentField::Type => document.kind.to_string(),
        DocumentField::Title => document.title.to_string(),
        DocumentField::Patient => reference(&document.patient),
        DocumentField::Practitioner => reference(&document.practitioner),
        DocumentField::Encounter => reference(&document.encounter),
        DocumentField::Date => document.date.as_ref().map_or("", |date| date.raw()).to_owned(),
        DocumentField::Confidentiality => {
            document.confidentiality.as_ref().map_or("", |code| code.as_str()).to_owned()
        }
        DocumentField::Category => document.category.join(", "),
        DocumentField::Custodian => reference(&document.custodian),
        DocumentField::Attester => {
            let one = |attester: &crate::domain::document::Attester| {
                let who = attester.party.as_ref().map_or("", Reference::raw);
                let when = attester.time.as_ref().map_or("", |time| time.raw());
                format!("{} {who} {when}", attester.mode.as_str()).trim_end().to_owned()
            };
            document.attesters.iter().map(one).collect::<Vec<_>>().join("\n")
        }
        DocumentField::RelatesTo => {
            let one =
                |to: &crate::domain::document::RelatesTo| format!("{} {}", to.code.as_str(), to.target.raw());
            document.relates_to.iter().map(one).collect::<Vec<_>>().join("\n")
        }
        DocumentField::Event => format!("{} events", document.events.len()),
        DocumentField::Sections => String::new(),
    }
}
