//! The texts of the invented clinic as the asset file has them. It makes no rows.

use serde::Deserialize;

use crate::sandbox::opendental::reminder;

/// The texts of the clinic.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clinic {
    pub(super) list: Vec<List>,
    pub(super) priority: Vec<Priority>,
    pub(super) appointment: Vec<Appointment>,
    pub(super) special: Vec<Special>,
    pub(super) template: Vec<Template>,
    pub(super) remarks: Remarks,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    pub(super) name: String,
    #[serde(default)]
    pub(super) parent: String,
    #[serde(default)]
    pub(super) archived: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Priority {
    pub(super) number: i64,
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
    #[serde(default)]
    pub(super) hidden: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Appointment {
    pub(super) patient: i64,
    pub(super) status: String,
    pub(super) at: String,
    pub(super) procedures: String,
    #[serde(default)]
    pub(super) note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Special {
    pub(super) text: String,
    pub(super) short: String,
    pub(super) list: String,
    pub(super) priority: i64,
    /// The place of the author among the staff.
    pub(super) author: i64,
    pub(super) patient: Option<i64>,
    pub(super) appointment: Option<i64>,
    pub(super) created: String,
    pub(super) edited: Option<String>,
    pub(super) finished: Option<String>,
    pub(super) status: String,
    pub(super) kind: String,
    pub(super) every: i64,
    pub(super) due: Option<String>,
    pub(super) date_type: String,
    pub(super) repeating: bool,
    pub(super) read_only: bool,
    pub(super) note: Vec<String>,
}

impl Default for Special {
    fn default() -> Special {
        Special {
            text: String::new(),
            short: String::new(),
            list: String::new(),
            priority: 0,
            author: 0,
            patient: None,
            appointment: None,
            created: String::new(),
            edited: None,
            finished: None,
            status: "New".into(),
            kind: reminder::NONE.into(),
            every: 0,
            due: None,
            date_type: "None".into(),
            repeating: false,
            read_only: false,
            note: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) list: String,
    pub(super) texts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Remarks {
    pub(super) texts: Vec<String>,
}

impl Clinic {
    /// Reads the file that was built in.
    pub(super) fn read() -> Result<Clinic, toml::de::Error> {
        toml::from_str(include_str!("../../../../assets/world/office.toml"))
    }
}
