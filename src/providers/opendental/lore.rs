//! What an office said about itself: its priorities, lists, users, and what the key may do.
//!
//! Must not ask for anything: the probe gathers it, every later answer is read with it.

use super::row::Row;
use crate::domain::people::{Person, PersonKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How the id of a list begins: lists own tasks where people would elsewhere.
pub(super) const LIST: &str = "list-";

/// How deep lists are followed upwards: the tree of the office may hold a loop.
const MAX_DEPTH: usize = 16;

/// The sum of what a probe heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Office {
    /// The priorities in the office's order (OD 11.12), hidden ones among them.
    pub(super) definitions: Vec<Definition>,
    pub(super) lists: Vec<List>,
    pub(super) users: Vec<User>,
    /// What the key may do; empty where the office's version does not say.
    pub(super) permissions: BTreeMap<String, bool>,
    /// From when on signals are asked for; none where there are no signals.
    pub(super) signals_since: Option<String>,
    /// Whether there are task notes; none where it was not asked.
    pub(super) has_notes: Option<bool>,
    /// Whether a page held more rows than the remote service gives.
    pub(super) has_long_pages: bool,
}

/// A priority of the office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Definition {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_default: bool,
    pub(super) hidden: bool,
}

/// A list of tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct List {
    pub(super) num: String,
    pub(super) name: String,
    /// Empty at the top.
    pub(super) parent: String,
    pub(super) archived: bool,
}

/// A user of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct User {
    pub(super) num: String,
    pub(super) name: String,
    pub(super) hidden: bool,
}

impl Definition {
    pub(super) fn read(value: &Value) -> Option<Definition> {
        let mut row = Row::new(value)?;
        Some(Definition {
            id: row.number("DefNum")?.into(),
            name: row.text("ItemName").unwrap_or_default().into(),
            // D is the default, R that of reminders; one priority may be both.
            is_default: row.text("ItemValue").is_some_and(|value| value.contains('D')),
            hidden: row.flag("isHidden"),
        })
    }
}

impl List {
    pub(super) fn read(value: &Value) -> Option<List> {
        let mut row = Row::new(value)?;
        Some(List {
            num: row.number("TaskListNum")?.into(),
            name: row.text("Descript").unwrap_or_default().into(),
            parent: row.number("Parent").unwrap_or_default().into(),
            archived: row.text("TaskListStatus").is_some_and(|status| &*status == "Archived"),
        })
    }
}

impl User {
    pub(super) fn read(value: &Value) -> Option<User> {
        let mut row = Row::new(value)?;
        Some(User {
            num: row.number("UserNum")?.into(),
            name: row.text("UserName").unwrap_or_default().into(),
            hidden: row.flag("IsHidden"),
        })
    }

    pub(super) fn person(&self) -> Person {
        let name = if self.name.is_empty() { format!("user {}", self.num) } else { self.name.clone() };
        Person { full: name.into(), active: !self.hidden, ..nobody(PersonKind::Practitioner, &self.num) }
    }
}

impl Office {
    /// What the key may do by the name of a permission; none where the office does not say.
    pub(super) fn permits(&self, permission: &str) -> Option<bool> {
        let same = |name: &str| name.to_ascii_lowercase().ends_with(permission);
        self.permissions.iter().find(|(name, _)| same(name)).map(|(_, has)| *has)
    }

    /// Whether the key may do something beside reading: it is then of the faster tier.
    pub(super) fn permits_more_than_reading(&self) -> Option<bool> {
        let more = |(name, has): (&String, &bool)| *has && !name.to_ascii_lowercase().ends_with("readall");
        (!self.permissions.is_empty()).then(|| self.permissions.iter().any(more))
    }

    /// The priority of a task whose own is 0 (contract §2.4): the default, else the first.
    pub(super) fn usual_definition(&self) -> Option<&Definition> {
        let default = self.definitions.iter().find(|definition| definition.is_default);
        default.or_else(|| self.definitions.first())
    }

    pub(super) fn user(&self, num: &str) -> Option<&User> {
        self.users.iter().find(|user| user.num == num)
    }

    pub(super) fn list(&self, num: &str) -> Option<&List> {
        self.lists.iter().find(|list| list.num == num)
    }

    /// The lists from the top down to this one: `Office / Front desk`.
    pub(super) fn path(&self, list: &List) -> String {
        let mut names = vec![list.name.as_str()];
        let mut met = vec![list.num.as_str()];
        let mut above = self.list(&list.parent);
        while let Some(parent) = above.filter(|parent| !met.contains(&parent.num.as_str())) {
            if names.len() >= MAX_DEPTH {
                break;
            }
            names.push(&parent.name);
            met.push(&parent.num);
            above = self.list(&parent.parent);
        }
        names.reverse();
        names.join(" / ")
    }

    /// A list as an owner of tasks: its path is its name, its own name the short one.
    pub(super) fn owner(&self, list: &List) -> Person {
        Person {
            family: list.name.as_str().into(),
            full: self.path(list).into(),
            active: !list.archived,
            replaced_by: None,
            ..nobody(PersonKind::List, &format!("{LIST}{}", list.num))
        }
    }
}

/// A person of whom nothing but the id is known.
pub(super) fn nobody(kind: PersonKind, id: &str) -> Person {
    Person {
        kind,
        id: id.into(),
        family: "".into(),
        given: "".into(),
        full: "".into(),
        birth_date: None,
        active: true,
        replaced_by: None,
        about: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_make_a_path_and_a_loop_ends() {
        let list = |num: &str, name: &str, parent: &str| List {
            num: num.into(),
            name: name.into(),
            parent: parent.into(),
            archived: false,
        };
        let office = Office {
            lists: vec![
                list("1", "Office", ""),
                list("2", "Front desk", "1"),
                list("3", "Calls", "2"),
                list("4", "A", "5"),
                list("5", "B", "4"),
                list("6", "Lost", "99"),
                list("7", "Own parent", "7"),
            ],
            ..Office::default()
        };
        let path = |num: &str| office.path(office.list(num).unwrap());
        for (num, wanted) in [
            ("1", "Office"),
            ("3", "Office / Front desk / Calls"),
            ("4", "B / A"),
            ("6", "Lost"),
            ("7", "Own parent"),
        ] {
            assert_eq!(path(num), wanted);
        }
        let owner = office.owner(office.list("3").unwrap());
        assert_eq!(
            (&*owner.id, owner.name(), owner.short_name()),
            ("list-3", "Office / Front desk / Calls".to_owned(), "Calls".to_owned())
        );
    }
}
