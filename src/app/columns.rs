//! The columns of the worklist: which of them a width has room for, and how wide each is.
//!
//! Must not drop priority, due time or patient, whatever the width and whatever the view asks for.

use crate::domain::clean::Clean;

/// Cells before the first column: cursor, mark, sync and unread.
pub const GUTTER: u16 = 4;
/// The cells of the PRIO column, and the most that it takes where there is room: a list of this width.
const PRIORITY: u16 = 4;
const MOST_PRIORITY: u16 = 8;
const ROOMY: u16 = 100;
/// The fewest cells that a title is worth showing in.
const LEAST_TITLE: u16 = 8;
/// A list under this width goes without WHO and SY.
const LEAST_WHOLE: u16 = 70;
/// A screen under this width goes without WHO and SY.
const NARROW: u16 = 80;

/// A column of the worklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Priority.
    Priority,
    /// Due time.
    Due,
    /// Status, three letters.
    Status,
    /// Owner.
    Who,
    /// Patient: name and month of birth.
    Patient,
    /// The title, which takes the room that is left.
    Title,
    /// The source's tag.
    System,
    /// Time since it was asked for.
    Age,
    /// Time in its present status, as far as observed.
    Stage,
    /// Its code.
    Code,
    /// The unit's own word for its state.
    Business,
    /// Who asked.
    Requester,
    /// Encounter.
    Encounter,
    /// The list that it lies in.
    List,
    /// Intent.
    Intent,
    /// Time since its source last changed it.
    Updated,
    /// The source's id.
    Id,
}

impl Column {
    /// The columns of a view that names none, from left to right.
    pub const USUAL: [Column; 7] = [
        Column::Priority,
        Column::Due,
        Column::Status,
        Column::Who,
        Column::Patient,
        Column::Title,
        Column::System,
    ];

    const NAMES: [(&'static str, Column, &'static str); 17] = [
        ("prio", Column::Priority, "PRIO"),
        ("due", Column::Due, "DUE"),
        ("status", Column::Status, "ST"),
        ("who", Column::Who, "WHO"),
        ("patient", Column::Patient, "PATIENT"),
        ("title", Column::Title, "TASK"),
        ("sys", Column::System, "SY"),
        ("age", Column::Age, "AGE"),
        ("stage", Column::Stage, "STAGE"),
        ("code", Column::Code, "CODE"),
        ("biz", Column::Business, "BIZ"),
        ("req", Column::Requester, "REQ"),
        ("enc", Column::Encounter, "ENC"),
        ("list", Column::List, "LIST"),
        ("intent", Column::Intent, "INTENT"),
        ("updated", Column::Updated, "UPD"),
        ("id", Column::Id, "ID"),
    ];

    /// The column that a view's configuration names.
    pub fn parse(name: &str) -> Option<Column> {
        let name = match name {
            "priority" => "prio",
            "st" => "status",
            "owner" => "who",
            "task" => "title",
            "sy" => "sys",
            name => name,
        };
        Column::NAMES.iter().find(|(known, ..)| *known == name).map(|(_, column, _)| *column)
    }

    /// The word over the column.
    pub fn head(self) -> Clean {
        let head = Column::NAMES.iter().find(|(_, column, _)| *column == self);
        Clean::from_static(head.map_or("", |(.., head)| head))
    }

    /// Whether its words stand at its right end.
    pub fn is_right(self) -> bool {
        matches!(self, Column::Due | Column::Age | Column::Stage | Column::Updated)
    }

    /// The word that sorts by it, where the filter language has one.
    pub fn sort_word(self) -> Option<&'static str> {
        Some(match self {
            Column::Priority => "prio",
            Column::Due => "due",
            Column::Status => "status",
            Column::Who => "owner",
            Column::Patient => "patient",
            Column::Title => "title",
            Column::System => "sys",
            Column::Age => "age",
            Column::Stage => "stage",
            Column::Code => "code",
            Column::Business => "biz",
            Column::Requester => "req",
            Column::Encounter => "enc",
            Column::List => "list",
            Column::Intent => "intent",
            Column::Updated => "updated",
            Column::Id => "id",
        })
    }

    fn is_kept(self) -> bool {
        matches!(self, Column::Priority | Column::Due | Column::Patient)
    }

    /// Its width on a list of this width; the title says the least that it is worth.
    fn width(self, list: u16, priority: u16) -> u16 {
        match self {
            // Where there is room, an office's own words for its priorities are not cut to four letters.
            Column::Priority if list >= ROOMY => priority.clamp(PRIORITY, MOST_PRIORITY),
            Column::Priority => PRIORITY,
            Column::Due => 6,
            Column::Status => 3,
            Column::Who | Column::Requester => match list {
                0..100 => 5,
                100..140 => 10,
                _ => 14,
            },
            Column::Patient => match list {
                0..40 => 12,
                40..100 => 15,
                100..140 => 20,
                _ => 26,
            },
            Column::Title => LEAST_TITLE,
            Column::System => 2,
            Column::Age | Column::Stage | Column::Updated => 5,
            Column::Code | Column::Business | Column::List => 12,
            Column::Encounter | Column::Id => 14,
            Column::Intent => 9,
        }
    }
}

/// The columns that stand on a list of this width, each with its cells; one cell lies between two.
///
/// `screen` is the width of the whole screen: a narrow one goes without WHO and SY, a list that shares a wide one
/// with the detail pane keeps them somewhat longer. `priority` is the width of the longest word for a priority.
pub fn fit(asked: Option<&[String]>, list: u16, screen: u16, priority: u16) -> Vec<(Column, u16)> {
    let mut columns: Vec<Column> = match asked {
        Some(names) => names.iter().filter_map(|name| Column::parse(name)).collect(),
        None => Column::USUAL.to_vec(),
    };
    columns.dedup();
    for (place, kept) in [Column::Priority, Column::Due, Column::Patient].into_iter().enumerate() {
        if !columns.contains(&kept) {
            columns.insert(place.min(columns.len()), kept);
        }
    }
    if asked.is_none() && (list < LEAST_WHOLE || screen < NARROW) {
        columns.retain(|column| !matches!(column, Column::Who | Column::System));
    }
    let needed = |columns: &[Column]| -> u16 {
        GUTTER + columns.iter().map(|column| column.width(list, priority) + 1).sum::<u16>().saturating_sub(1)
    };
    while needed(&columns) > list {
        let Some(last) = columns.iter().rposition(|column| !column.is_kept()) else { break };
        columns.remove(last);
    }
    let spare = list.saturating_sub(needed(&columns));
    let has_title = columns.contains(&Column::Title);
    let grows = if has_title { Column::Title } else { Column::Patient };
    columns
        .into_iter()
        .map(|column| (column, column.width(list, priority) + if column == grows { spare } else { 0 }))
        .collect()
}

/// The column whose head stands at a cell of the header line.
pub fn column_at(asked: Option<&[String]>, list: u16, screen: u16, priority: u16, x: u16) -> Option<Column> {
    let mut left = GUTTER;
    fit(asked, list, screen, priority).into_iter().find_map(|(column, cells)| {
        let hit = (left..left + cells).contains(&x);
        left += cells + 1;
        hit.then_some(column)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(list: u16) -> String {
        let columns = fit(None, list, list, 4);
        columns.iter().map(|(column, _)| column.head().as_str().to_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_ladder_drops_who_and_system_and_never_what_is_needed() {
        assert_eq!(heads(80), "PRIO DUE ST WHO PATIENT TASK SY");
        assert_eq!(heads(200), "PRIO DUE ST WHO PATIENT TASK SY");
        assert_eq!(heads(79), "PRIO DUE ST PATIENT TASK");
        for list in 0..60 {
            let heads = heads(list);
            assert!(["PRIO", "DUE", "PATIENT"].iter().all(|head| heads.contains(head)), "{list}: {heads}");
        }
    }

    #[test]
    fn the_columns_fill_the_line_and_stand_as_the_product_page_draws_them() {
        for list in 41..=220 {
            let columns = fit(None, list, list, 4);
            let total: u16 = columns.iter().map(|(_, cells)| cells + 1).sum();
            assert_eq!(GUTTER + total - 1, list, "{list}: {columns:?}");
        }
        let mut starts = vec![GUTTER];
        starts.extend(fit(None, 80, 80, 4).iter().scan(GUTTER, |x, (_, cells)| {
            *x += cells + 1;
            Some(*x)
        }));
        assert_eq!(starts, [4, 9, 16, 20, 26, 42, 78, 81]);
    }

    #[test]
    fn an_office_word_for_a_priority_has_room_on_a_wide_list_only() {
        let cells = |list, priority| fit(None, list, list, priority).first().map(|(_, cells)| *cells);
        assert_eq!((cells(99, 8), cells(100, 8), cells(100, 6)), (Some(4), Some(8), Some(6)));
        assert_eq!((cells(200, 30), cells(200, 0)), (Some(8), Some(4)));
    }

    #[test]
    fn a_view_has_its_own_columns_beside_those_that_must_stand() {
        let names = ["age", "title", "nonsense", "id"].map(str::to_owned);
        let columns: Vec<Column> =
            fit(Some(&names), 120, 120, 4).into_iter().map(|(column, _)| column).collect();
        let expected =
            [Column::Priority, Column::Due, Column::Patient, Column::Age, Column::Title, Column::Id];
        assert_eq!(columns, expected);
        for (name, column, _) in Column::NAMES {
            assert_eq!(Column::parse(name), Some(column));
        }
    }
}
