//! The invented hospital before any API looks at it: people by seed, and texts with times relative to a moment.
//!
//! Everyone in it is synthetic and marked so. It builds no API's JSON.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::chance::Chance;
use super::omniehr::seed::Texts;

/// How many patients the hospital has.
const PATIENTS: usize = 70;

/// Where the addresses of invented people end.
pub(crate) const SYNTHETIC_HOST: &str = "synthetic.example";

/// The asset files as read.
pub(crate) struct Assets {
    people: People,
    pub(crate) tasks: TaskTexts,
    pub(crate) documents: Vec<Map<String, Value>>,
    pub(crate) omniehr: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    staff: Vec<Staff>,
    names: Vec<Names>,
}

/// Somebody who works here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Staff {
    pub(crate) id: String,
    pub(crate) first: String,
    pub(crate) last: String,
    #[serde(default)]
    pub(crate) prefix: Vec<String>,
    #[serde(default)]
    pub(crate) suffix: Vec<String>,
    pub(crate) specialty: String,
    #[serde(default = "yes")]
    pub(crate) active: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    weight: usize,
    language: String,
    #[serde(default)]
    family_first: bool,
    family: Vec<String>,
    female: Vec<String>,
    male: Vec<String>,
}

/// Somebody who is cared for here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patient {
    pub(crate) id: String,
    pub(crate) first: String,
    pub(crate) last: String,
    pub(crate) full: String,
    pub(crate) gender: &'static str,
    pub(crate) language: String,
    pub(crate) birth: String,
}

/// The texts that tasks are made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskTexts {
    pub(crate) special: Vec<Map<String, Value>>,
    pub(crate) template: Vec<Template>,
    pub(crate) reasons: BTreeMap<String, Vec<String>>,
    pub(crate) notes: Notes,
}

/// One kind of work.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Template {
    pub(crate) code: String,
    pub(crate) description: Vec<String>,
    pub(crate) requester: String,
    pub(crate) reason: Vec<String>,
    pub(crate) business: Vec<String>,
    pub(crate) urgency: usize,
}

/// Remarks that fit any work.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notes {
    pub(crate) texts: Vec<String>,
}

#[derive(Deserialize)]
struct Documents {
    document: Vec<Map<String, Value>>,
}

impl Assets {
    /// Reads the files that were built in.
    pub(crate) fn read() -> Result<Assets, toml::de::Error> {
        let documents: Documents = toml::from_str(include_str!("../../assets/world/documents.toml"))?;
        Ok(Assets {
            people: toml::from_str(include_str!("../../assets/world/people.toml"))?,
            tasks: toml::from_str(include_str!("../../assets/world/tasks.toml"))?,
            documents: documents.document,
            omniehr: toml::from_str(include_str!("../../assets/world/omniehr.toml"))?,
        })
    }

    pub(crate) fn staff(&self) -> &[Staff] {
        &self.people.staff
    }

    /// The patients of this seed; no two have the same name.
    pub(crate) fn patients(&self, seed: u64) -> Vec<Patient> {
        let mut chance = Chance::new(seed ^ 0x9a71);
        let groups: Vec<(usize, &Names)> =
            self.people.names.iter().map(|names| (names.weight, names)).collect();
        let mut patients: Vec<Patient> = Vec::with_capacity(PATIENTS);
        // The tries are bounded so that a short name list cannot hold up the start.
        for _ in 0..PATIENTS * 20 {
            if patients.len() == PATIENTS {
                break;
            }
            if let Some(patient) = chance.weighted(&groups).and_then(|names| patient(names, &mut chance))
                && patients.iter().all(|known| known.full != patient.full)
            {
                patients.push(patient);
            }
        }
        patients
    }
}

fn patient(names: &Names, chance: &mut Chance) -> Option<Patient> {
    let female = chance.happens(0.5);
    let last = chance.pick(&names.family)?.clone();
    let first = chance.pick(if female { &names.female } else { &names.male })?.clone();
    let full = if names.family_first { format!("{last}{first}") } else { format!("{first} {last}") };
    let (year, month, day) = (chance.between(1931, 2019), chance.between(1, 12), chance.between(1, 28));
    Some(Patient {
        id: chance.id("pt"),
        first,
        last,
        full,
        gender: if female { "female" } else { "male" },
        language: names.language.clone(),
        birth: format!("{year:04}-{month:02}-{day:02}"),
    })
}

/// Replaces `@…` by times relative to `now` and `#…` by patients' ids, however deep they stand.
pub(crate) fn expand(value: &Value, now: Timestamp, patient_ids: &[String]) -> Value {
    match value {
        Value::String(text) => match text.split_at_checked(1) {
            Some(("@", when)) => moment(when, now).map_or_else(|| value.clone(), |text| json!(text)),
            Some(("#", place)) => {
                let id = place.parse::<usize>().ok().and_then(|place| patient_ids.get(place));
                id.map_or_else(|| value.clone(), |id| json!(id))
            }
            _ => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| expand(item, now, patient_ids)).collect(),
        Value::Object(object) => {
            let fields = object.iter().map(|(name, value)| (name.clone(), expand(value, now, patient_ids)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

/// `-12m`, `+2h`, `+3d` as a date-time, `day+1` as a date.
fn moment(when: &str, now: Timestamp) -> Option<String> {
    if let Some(days) = when.strip_prefix("day") {
        let day = now.checked_add(SignedDuration::from_hours(24 * days.parse::<i64>().ok()?)).ok()?;
        return Some(day.strftime("%Y-%m-%d").to_string());
    }
    away(when, now).map(|moment| format!("{moment:.3}"))
}

/// The moment that lies `-12m`, `+2h` or `+3d` from another.
pub(crate) fn away(when: &str, now: Timestamp) -> Option<Timestamp> {
    let unit_at = when.len().checked_sub(1)?;
    let (count, unit) = when.split_at_checked(unit_at)?;
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        "d" => 24 * 60,
        _ => return None,
    };
    let minutes = count.parse::<i64>().ok()?.checked_mul(minutes)?;
    now.checked_add(SignedDuration::try_from_mins(minutes)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_asset_files_read_and_name_the_demo_user() {
        let assets = Assets::read().expect("assets");
        assert!(assets.staff().iter().any(|staff| staff.id == "prac_night_nurse" && staff.active));
        assert_eq!(assets.staff().iter().filter(|staff| !staff.active).count(), 1);
        assert_eq!(assets.staff().len(), 12);
    }

    #[test]
    fn a_seed_gives_the_same_seventy_people() {
        let assets = Assets::read().expect("assets");
        let patients = assets.patients(1);
        assert_eq!(patients.len(), PATIENTS);
        assert_eq!(patients, assets.patients(1));
        assert_ne!(patients, assets.patients(2));
        assert!(patients.iter().any(|patient| patient.language == "ar"));
    }

    #[test]
    fn times_and_patients_are_expanded() {
        let now: Timestamp = "2026-03-01T23:50:00Z".parse().expect("time");
        let ids = ["pt_a".to_owned()];
        for (given, wanted) in [
            (json!("@-12m"), json!("2026-03-01T23:38:00.000Z")),
            (json!("@+2h"), json!("2026-03-02T01:50:00.000Z")),
            (json!("@day+1"), json!("2026-03-02")),
            (json!("@day-1"), json!("2026-02-28")),
            (
                json!({"a": ["#0", "#9", "@é", "@", "", "é#0", 1]}),
                json!({"a": ["pt_a", "#9", "@é", "@", "", "é#0", 1]}),
            ),
        ] {
            assert_eq!(expand(&given, now, &ids), wanted);
        }
    }
}
