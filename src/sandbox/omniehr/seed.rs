//! Fills the books with the invented hospital: the people whom every system knows, under ids of this one, and work of
//! its own. The same seed and start give the same books.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::books::{Books, Patient, Role, Task, User};
use super::door::LOGINS;
use crate::sandbox::chance::Chance;
use crate::sandbox::world::{self, Assets, SYNTHETIC_HOST, expand};

/// The practitioner whose login the demo uses.
pub(crate) const ME: &str = "prac_night_nurse";

/// How many tasks make a good list to look at.
const USUAL_TASKS: usize = 90;

/// The texts of this system's tasks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    special: Vec<Special>,
    template: Vec<Template>,
}

/// A task that is always there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Special {
    status: String,
    #[serde(default = "order")]
    intent: String,
    priority: String,
    #[serde(default)]
    code: String,
    description: String,
    patient: usize,
    owner: Option<String>,
    authored: String,
    due: Option<String>,
    #[serde(default)]
    note: String,
}

/// One kind of work.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    code: String,
    description: Vec<String>,
    urgency: usize,
}

fn order() -> String {
    "order".into()
}

const STATUSES: &[(usize, &str)] = &[
    (26, "requested"),
    (8, "received"),
    (18, "accepted"),
    (14, "in-progress"),
    (7, "on-hold"),
    (5, "ready"),
    (4, "draft"),
    (12, "completed"),
    (4, "cancelled"),
    (2, "failed"),
];

/// Builds the books. Fewer tasks than usual can be wished for; more only past what one list holds, so that its cap
/// shows.
pub(crate) fn store(assets: &Assets, seed: u64, tasks: usize, now: Timestamp) -> Books {
    let tasks = if tasks > super::TASK_CAP { tasks } else { tasks.min(USUAL_TASKS) };
    let mut books = Books::new(seed);
    add_users(&mut books, assets, now);
    for (place, patient) in assets.patients(seed).into_iter().enumerate() {
        let row = patient_row(books.draw_id(), patient, place, now);
        books.patients.push(row);
    }
    let mut chance = Chance::new(seed ^ 0x0e7d);
    for special in &assets.omniehr.special {
        let task = special_task(&mut books, special, now);
        books.tasks.push(task);
    }
    for _ in assets.omniehr.special.len()..tasks {
        if let Some(task) = drawn_task(&mut books, assets, &mut chance, now) {
            books.tasks.push(task);
        }
    }
    books
}

fn add_users(books: &mut Books, assets: &Assets, now: Timestamp) {
    let created = ago(now, 400 * 24 * 60);
    let email_of = |role: Role| LOGINS.iter().find(|login| login.role == role).map(|login| login.email);
    for (place, staff) in assets.staff().iter().enumerate() {
        let own = email_of(Role::Practitioner).filter(|_| staff.id == ME).map(str::to_owned);
        books.users.push(User {
            id: String::new(),
            staff: staff.id.clone(),
            email: own.unwrap_or_else(|| format!("staff{place:02}@{SYNTHETIC_HOST}")),
            full_name: format!("{} {}", staff.first, staff.last),
            role: Role::Practitioner,
            active: staff.active,
            last_login: None,
            created,
        });
    }
    for (role, name) in [(Role::Admin, "Synthetic Administrator"), (Role::Auditor, "Synthetic Auditor")] {
        books.users.push(User {
            id: String::new(),
            staff: String::new(),
            email: email_of(role).unwrap_or_default().to_owned(),
            full_name: name.into(),
            role,
            active: true,
            last_login: None,
            created,
        });
    }
    for place in 0..books.users.len() {
        let id = books.draw_id();
        if let Some(user) = books.users.get_mut(place) {
            user.id = id;
        }
    }
}

fn patient_row(id: String, patient: world::Patient, place: usize, now: Timestamp) -> Patient {
    // Some were entered in haste: all of the name in one field, or nothing to reach them by.
    let (family, given) = match place % 23 {
        19 => (String::new(), patient.full),
        _ => (patient.last, patient.first),
    };
    let reachable = place % 23 != 20;
    let when = |text: String| if reachable { text } else { String::new() };
    Patient {
        id,
        pid: (1_000_000 + place).to_string(),
        family,
        given,
        phone: when(format!("+1-555-01{place:02}")),
        email: when(format!("patient{place:02}@{SYNTHETIC_HOST}")),
        line: when("Synthetic record, nobody lives here".into()),
        gender: patient.gender.into(),
        birth: patient.birth,
        created: ago(now, 24 * 60 * (30 + place as i64)),
    }
}

fn special_task(books: &mut Books, special: &Special, now: Timestamp) -> Task {
    let moment = |text: &str| expand(&json!(text), now, &[]).as_str().and_then(|text| text.parse().ok());
    let authored = moment(&special.authored).unwrap_or(now);
    let patient_id = match books.patients.get(special.patient) {
        Some(patient) => patient.id.clone(),
        None => books.draw_id(),
    };
    let (owner_id, owner_name) = match &special.owner {
        None => (None, String::new()),
        Some(staff) => match books.users.iter().find(|user| user.staff == *staff) {
            Some(user) => (Some(user.id.clone()), user.full_name.clone()),
            None => (Some(books.draw_id()), String::new()),
        },
    };
    Task {
        id: books.draw_id(),
        status: special.status.clone(),
        intent: special.intent.clone(),
        priority: special.priority.clone(),
        code: special.code.clone(),
        description: special.description.clone(),
        patient_id,
        owner_id,
        owner_name,
        authored,
        due: special.due.as_deref().and_then(moment),
        note: special.note.clone(),
        created: authored,
        updated: authored,
    }
}

/// One drawn task; none only when the asset files are empty.
fn drawn_task(books: &mut Books, assets: &Assets, chance: &mut Chance, now: Timestamp) -> Option<Task> {
    let template = chance.pick(&assets.omniehr.template)?;
    let status = chance.weighted(STATUSES)?;
    let urgency = template.urgency;
    let priority = chance
        .weighted(&[(24, "routine"), (5 * urgency, "urgent"), (3 * urgency, "asap")])
        .unwrap_or("routine");
    let patient_id = chance.pick(&books.patients)?.id.clone();
    let staff: Vec<&User> = books.practitioners().filter(|user| user.active).collect();
    let owner = match chance.weighted(&[(37, 0), (14, 1), (49, 2)])? {
        0 => staff.iter().find(|user| user.staff == ME),
        1 => None,
        _ => chance.pick(&staff),
    };
    let (owner_id, owner_name) = owner.map(|user| (user.id.clone(), user.full_name.clone())).unzip();
    let oldest_hours = if chance.happens(0.6) { 16 } else { 8 * 24 };
    let age = chance.between(10, oldest_hours * 60);
    let due = match chance.weighted(&[(16, 0), (22, 1), (62, 2)])? {
        0 => Some(-chance.between(5, 5 * 60)),
        1 => None,
        _ => Some(chance.between(5, 60 * 120 / (1 + urgency as i64))),
    };
    let note = if chance.happens(0.3) { chance.pick(&assets.tasks.notes.texts).cloned() } else { None };
    let authored = ago(now, age);
    let closed = matches!(status, "completed" | "cancelled" | "failed");
    Some(Task {
        id: books.draw_id(),
        status: status.into(),
        intent: order(),
        priority: priority.into(),
        code: template.code.clone(),
        description: chance.pick(&template.description)?.clone(),
        patient_id,
        owner_id,
        owner_name: owner_name.unwrap_or_default(),
        authored,
        due: due.map(|minutes| ago(now, -minutes)),
        note: note.unwrap_or_default(),
        created: authored,
        updated: if closed { ago(now, chance.between(2, age)) } else { authored },
    })
}

fn ago(now: Timestamp, minutes: i64) -> Timestamp {
    let moment = now.saturating_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
    Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment)
}
