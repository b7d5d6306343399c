//! Single rows of the clinic's tables: people, notes, the marks of reminders. It decides nothing.

use serde_json::json;

use crate::sandbox::chance::Chance;
use crate::sandbox::opendental::local;
use crate::sandbox::opendental::store::{Row, row};
use crate::sandbox::world::{Patient, SYNTHETIC_HOST, Staff};

pub(super) fn note(user: i64, at: &str, words: &str) -> Row {
    row(json!({"TaskNoteNum": 0, "TaskNum": 0, "UserNum": user, "DateTimeNote": at, "Note": words}))
}

/// The group of a reminder's chain: 20 letters and digits.
pub(super) fn group(chance: &mut Chance) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    (0..20).filter_map(|_| chance.pick(LETTERS)).map(|letter| char::from(*letter)).collect()
}

pub(super) fn patient_row(patient: &Patient, stamp: &str) -> Row {
    let gender = match patient.gender {
        "female" => "Female",
        "male" => "Male",
        _ => "Unknown",
    };
    let day = stamp.get(..10).unwrap_or(local::NO_DATE);
    row(json!({
        "PatNum": 0,
        "LName": patient.last,
        "FName": patient.first,
        "MiddleI": "",
        "Preferred": "",
        "PatStatus": "Patient",
        "Gender": gender,
        "Position": "Single",
        "Birthdate": patient.birth,
        "SSN": "",
        "Address": "Synthetic record, nobody lives here",
        "Address2": "",
        "City": "Nowhere",
        "State": "ZZ",
        "Zip": "00000",
        "HmPhone": "",
        "WkPhone": "",
        "WirelessPhone": "(555)555-0100",
        "Guarantor": 0,
        "Email": format!("patient@{SYNTHETIC_HOST}"),
        "EstBalance": 0.0,
        "PriProv": 2,
        "priProvAbbr": "AOR",
        "SecProv": 0,
        "secProvAbbr": "",
        "BillingType": "Standard Account",
        "ChartNumber": "",
        "BalTotal": 0.0,
        "DateFirstVisit": day,
        "ClinicNum": 0,
        "clinicAbbr": "",
        "Language": patient.language,
        "siteDesc": "",
        "DateTStamp": stamp,
        "SuperFamily": 0,
        "TxtMsgOk": "Unknown",
        "SecDateEntry": day,
    }))
}

pub(super) fn user_row(staff: &Staff, place: usize) -> Row {
    let name = format!("{}, {}", staff.last, staff.first);
    let is_provider = staff.prefix.iter().any(|prefix| prefix == "Dr");
    let (provider, provider_name) = if is_provider { (place + 1, name.as_str()) } else { (0, "") };
    row(json!({
        "UserNum": 0,
        "UserName": format!("{} {}", staff.first, staff.last),
        "userGroupNums": [1],
        "EmployeeNum": place + 1,
        "employeeName": name,
        "ProviderNum": provider,
        "providerName": provider_name,
        "ClinicNum": 0,
        "emailAddress": format!("staff{place:02}@{SYNTHETIC_HOST}"),
        "IsHidden": (!staff.active).to_string(),
        "UserNumCEMT": 0,
        "IsPasswordResetRequired": "false",
    }))
}
