//! Synthetic tasks, the same every time: made-up people, made-up work.
//!
//! Must not look like a real ward's data in anything but shape.

use super::domain::{
    people::{Person, PersonKind, Reference},
    priority::Priority,
    status::Status,
    task::{Intent, Note, Period, SourceId, Task, TaskKey},
    time::{DateTime, Timestamp},
};

const WORK: [&str; 16] = [
    "Critical potassium: call, repeat, ECG",
    "Read back: troponin second sample",
    "Callback: chest tightness, clinic two",
    "Prior authorisation: awaiting fax",
    "Insurance to verify before appointment",
    "Discharge summary to be written",
    "Medication reconciliation on arrival",
    "Wound check and dressing change",
    "Repeat blood culture, both arms",
    "Order chest X-ray, portable",
    "Physiotherapy assessment after surgery",
    "Dietitian referral: swallowing",
    "Consent form to be signed",
    "Interpreter for the family meeting",
    "Results to be told to the practice",
    "Vancomycin level before the next dose",
];
const FAMILIES: [&str; 12] = [
    "Okafor",
    "Lindqvist",
    "Moreau",
    "Abe",
    "Ruiz",
    "Nguyễn",
    "Öztürk",
    "Kowalska",
    "Haddad",
    "Müller",
    "Silva",
    "O'Brien",
];
const GIVEN: [&str; 8] = ["Ada", "Björn", "Chloé", "Daichi", "Elena", "Farid", "Grace", "Hana"];

/// How many patients there are to a number of tasks.
pub(crate) fn patients(tasks: u32) -> u32 {
    (tasks / 20).max(5)
}

/// The moment at which the synthetic ward lives.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A task of a ward of `tasks` tasks.
pub(crate) fn task(number: u32, tasks: u32) -> Task {
    let draw = |salt: u32, below: u32| mix(number, salt) % below;
    let pick = |salt: u32, words: &'static [&'static str]| words[draw(salt, words.len() as u32) as usize];
    let at = |offset_s: i64| {
        let instant = Timestamp::from_second(now().as_second() + offset_s).unwrap_or(Timestamp::UNIX_EPOCH);
        DateTime::from_instant(instant)
    };
    let asked = -i64::from(draw(1, 40 * 86_400));
    let due = (draw(2, 4) != 0).then(|| at(i64::from(draw(3, 20 * 86_400)) - 8 * 86_400));
    let priority = match draw(4, 100) {
        0..=1 => Some(Priority::Stat),
        2..=6 => Some(Priority::Asap),
        7..=24 => Some(Priority::Urgent),
        25..=34 => None,
        35 => Some(Priority::parse("P1")),
        _ => Some(Priority::Routine),
    };
    let notes = if draw(5, 3) == 0 {
        vec![Note {
            id: None,
            text: format!("Synthetic note: {}.", pick(6, &WORK)).into(),
            ..Note::default()
        }]
    } else {
        Vec::new()
    };
    Task {
        key: TaskKey { source: SourceId((number % 3) as u16), id: format!("task_{number:07x}").into() },
        status: Status::KNOWN[draw(7, 12) as usize].clone(),
        intent: Some(Intent::Known(3)),
        priority,
        code: (draw(8, 2) == 0).then(|| "clinical-follow-up".into()),
        description: Some(format!("{}, room {}", pick(9, &WORK), draw(10, 900)).into()),
        patient: (draw(11, 20) != 0)
            .then(|| Reference::new(&format!("Patient/pt_{:06}", draw(12, patients(tasks))))),
        encounter: (draw(13, 4) == 0).then(|| Reference::new(&format!("enc_{}", draw(14, tasks / 8 + 1)))),
        execution_period: Period { start: Some(at(asked)), end: due },
        authored_on: Some(at(asked)),
        last_modified: Some(at(asked / 2)),
        requester: Some(Reference::new(&format!("prac_{}", draw(15, 200)))),
        owner: (draw(16, 4) != 0).then(|| Reference::new(&format!("Practitioner/prac_{}", draw(17, 200)))),
        notes,
        version: Some(format!("{}", draw(18, 9)).into()),
        ..Task::default()
    }
}

/// The patient of a number.
pub(crate) fn patient(number: u32) -> Person {
    let draw = |salt: u32, words: &'static [&'static str]| words[(mix(number, salt) as usize) % words.len()];
    Person {
        kind: PersonKind::Patient,
        id: format!("pt_{number:06}").into(),
        family: draw(21, &FAMILIES).into(),
        given: draw(22, &GIVEN).into(),
        full: "".into(),
        birth_date: Some(DateTime::parse("1971-03-02")),
        active: true,
        replaced_by: None,
        about: None,
    }
}

fn mix(number: u32, salt: u32) -> u32 {
    let mut value = u64::from(number) << 32 | u64::from(salt.wrapping_mul(0x9E37_79B9));
    value ^= value >> 33;
    value = value.wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    value ^= value >> 33;
    value = value.wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    (value ^ value >> 33) as u32
}
