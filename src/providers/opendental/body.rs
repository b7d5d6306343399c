//! From a task to JSON: what POST and PUT take (contract §2.2, §2.3), and what must be right before it goes out.
//!
//! Must not send a field that did not change, a number as text, or a time other than the office's own.

use super::{
    OpenDental,
    lore::LIST,
    map::{APPOINTMENT, STATUSES},
    times,
};
use crate::domain::{
    check::{Problem, check_task},
    people::Reference,
    priority::Priority,
    status::Status,
    task::{Field, FieldSet, Task},
    time::DateTime,
};
use serde_json::{Map, Value, json};

/// Fields that a draft may carry without any place for them: the office gives them itself.
const GIVEN_BY_THE_OFFICE: [Field; 4] = [Field::Status, Field::Intent, Field::AuthoredOn, Field::Requester];

/// The values of some fields as the office will hold them, and the JSON that says so.
#[derive(Debug, Default)]
pub(super) struct Wish {
    /// The fields.
    pub(super) fields: FieldSet,
    /// Their values: a priority is the office's own, a time is to the second.
    pub(super) values: Task,
    /// The members of the body by field; notes have none.
    members: Vec<(Field, Vec<(&'static str, Value)>)>,
}

impl Wish {
    /// The body of the given fields.
    pub(super) fn body(&self, fields: &FieldSet) -> Map<String, Value> {
        let members = self.members.iter().filter(|(field, _)| fields.contains(field));
        let members = members.flat_map(|(_, members)| members.iter().cloned());
        members.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// The fields of a draft that say something.
pub(super) fn fields_of(draft: &Task) -> FieldSet {
    let nothing = Task::default();
    let said = |field: &Field| !GIVEN_BY_THE_OFFICE.contains(field) && !draft.same(&nothing, *field);
    Field::ALL.into_iter().filter(said).collect()
}

/// The due time, or when there is none the time at which the work is to begin: one field of the wire.
pub(super) fn entry_of(task: &Task) -> Option<&DateTime> {
    task.restriction.period.end.as_ref().or(task.execution_period.start.as_ref())
}

/// The number of a reference: `list-12`, `Appointment/55`, `73`.
fn number_of(reference: &Reference, prefix: &str) -> Option<i64> {
    let id = reference.id();
    id.strip_prefix(prefix).unwrap_or(id).parse().ok().filter(|number| *number > 0)
}

impl OpenDental {
    /// What is to be written, or everything that is wrong with it.
    pub(super) fn wish(&self, task: &Task, fields: &FieldSet, creating: bool) -> Result<Wish, Vec<Problem>> {
        let mut problems = check_task(task, fields, &self.what_it_can(), creating);
        if creating && task.status != Status::default() {
            problems.push(Problem::at(Field::Status, "In Open Dental every new task is New."));
        }
        let mut wish = Wish { fields: fields.clone(), values: task.clone(), members: Vec::new() };
        for field in fields {
            // What the general rules refuse already is not looked at again.
            if problems.iter().any(|problem| problem.field == Some(*field)) {
                continue;
            }
            match self.members(&mut wish.values, *field, fields) {
                Ok(members) => wish.members.push((*field, members)),
                Err(sentence) => problems.push(Problem::at(*field, sentence)),
            }
        }
        if problems.is_empty() { Ok(wish) } else { Err(problems) }
    }

    /// The members of one field; its value becomes what the office will hold.
    fn members(
        &self,
        values: &mut Task,
        field: Field,
        fields: &FieldSet,
    ) -> Result<Vec<(&'static str, Value)>, String> {
        match field {
            Field::Status => {
                let word = STATUSES.iter().find(|(_, status)| *status == values.status);
                let (word, _) = word.ok_or("Open Dental knows New, Viewed and Done alone.")?;
                Ok(vec![("TaskStatus", json!(word))])
            }
            Field::Description => {
                match values.description.as_deref().filter(|text| !text.trim().is_empty()) {
                    Some(text) => Ok(vec![("Descript", json!(text))]),
                    None => Err("Open Dental wants a description.".to_owned()),
                }
            }
            Field::ShortDescription => {
                Ok(vec![("DescriptOverride", json!(values.short_description.as_deref().unwrap_or_default()))])
            }
            Field::Owner => {
                let list = values.owner.as_ref().and_then(|owner| number_of(owner, LIST));
                let list = list.ok_or("This is no list of the office; its id is list- and a number.")?;
                values.owner = Some(Reference::new(&format!("{LIST}{list}")));
                Ok(vec![("TaskListNum", json!(list))])
            }
            Field::Patient if fields.contains(&Field::Encounter) && values.encounter.is_some() => {
                let agree = match (&values.patient, &values.encounter) {
                    (Some(patient), Some(encounter)) => {
                        patient.id().strip_prefix(APPOINTMENT) == Some(encounter.id())
                    }
                    _ => true,
                };
                if agree {
                    // The appointment alone is sent; the patient is the appointment's.
                    Ok(Vec::new())
                } else {
                    Err("A task is about a patient or about an appointment, not both.".to_owned())
                }
            }
            Field::Patient => attached(values.patient.as_ref()),
            Field::Encounter => match &values.encounter {
                Some(encounter) => match number_of(encounter, APPOINTMENT) {
                    Some(number) => Ok(object("Appointment", number)),
                    None => Err("This is no appointment of the office; its id is a number.".to_owned()),
                },
                None if fields.contains(&Field::Patient) => Ok(Vec::new()),
                None => Ok(object("None", 0)),
            },
            Field::Priority => {
                let priority = self.own_priority(values.priority.as_ref())?;
                let Priority::Office(office) = &priority else {
                    return Err("This is no priority of the office.".to_owned());
                };
                let number: i64 = office.id.parse().map_err(|_| "This is no priority of the office.")?;
                values.priority = Some(priority);
                Ok(vec![("PriorityDefNum", json!(number))])
            }
            Field::Restriction => {
                let restriction = &values.restriction;
                if restriction.repetitions.is_some()
                    || restriction.period.start.is_some()
                    || !restriction.recipients.is_empty()
                {
                    return Err("Open Dental keeps of a restriction only its end.".to_owned());
                }
                let Some(end) = &restriction.period.end else {
                    return Err("In Open Dental a task always has a time; it cannot be cleared.".to_owned());
                };
                let text = times::to_office(end, self.profile.zone.as_ref())?;
                values.restriction.period.end = times::from_office(&text, self.profile.zone.as_ref());
                Ok(vec![("DateTimeEntry", json!(text))])
            }
            // Notes are rows of their own.
            _ => Ok(Vec::new()),
        }
    }

    /// The office's own priority that is meant: itself, one of a name or number, or the one that is ranked so.
    fn own_priority(&self, wanted: Option<&Priority>) -> Result<Priority, String> {
        let definitions = &self.office().definitions;
        match wanted {
            None => Err("In Open Dental every task has a priority; choose another.".to_owned()),
            Some(Priority::Office(office)) => Ok(Priority::Office(office.clone())),
            Some(Priority::Other(text)) => {
                let is_it =
                    |name: &str, id: &str| name.eq_ignore_ascii_case(text.trim()) || *id == *text.trim();
                let found = definitions.iter().find(|definition| is_it(&definition.name, &definition.id));
                let found = found.ok_or_else(|| "The office has no priority of this name.".to_owned())?;
                Ok(self.office_priority(&found.id, &found.name))
            }
            Some(known) => {
                let visible = definitions.iter().filter(|definition| !definition.hidden);
                let mut own =
                    visible.map(|definition| self.office_priority(&definition.id, &definition.name));
                own.find(|own| own.rank() == known.rank()).ok_or_else(|| {
                    let word = known.as_str();
                    format!("No priority of this office counts as {word}: name one in this source's priority table.")
                })
            }
        }
    }

    /// When a new task is to happen, by our own clock to the second: that is how it is found again when its answer is
    /// lost. The due time where there is one, else when it was written.
    pub(super) fn entry_of_draft(&self, draft: &Task) -> Option<String> {
        let time = draft.restriction.period.end.as_ref().or(draft.authored_on.as_ref())?;
        times::to_office(time, self.profile.zone.as_ref()).ok()
    }
}

/// What the task hangs on; a task may hang on nothing.
fn attached(patient: Option<&Reference>) -> Result<Vec<(&'static str, Value)>, String> {
    let Some(patient) = patient else { return Ok(object("None", 0)) };
    let kind = if patient.id().starts_with(APPOINTMENT) { "Appointment" } else { "Patient" };
    match number_of(patient, APPOINTMENT) {
        Some(number) => Ok(object(kind, number)),
        None => Err("This is no patient of the office; the id is a number.".to_owned()),
    }
}

/// The key always goes with its kind: a rule about the request, not about what is stored (OD test 19).
fn object(kind: &str, key: i64) -> Vec<(&'static str, Value)> {
    vec![("KeyNum", json!(key)), ("ObjectType", json!(kind))]
}
