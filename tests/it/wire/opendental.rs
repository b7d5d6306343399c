//! The contract tests of Open Dental that concern the client, each by its number and name.
//!
//! Must not hold cases itself: they are text files under `tests/wire/opendental`.

use super::{check, files_of};
use rounds::providers::opendental::make;

macro_rules! contract {
    ($($name:ident => $file:literal,)*) => {
        $(#[test] fn $name() { check("opendental", $file, make); })*
        const FILES: &[&str] = &[$($file),*];
    };
}

contract! {
    search_and_its_filters => "00-search",
    contract_od_01_the_floor_is_always_sent => "01-floor",
    contract_od_03_pages_as_long_as_the_server_makes_them => "03-pages",
    contract_od_05_null_dates_are_no_dates => "05-null-dates",
    contract_od_06_flags_as_text_in_any_case => "06-flags",
    contract_od_07_priorities_of_the_office => "07-priorities",
    contract_od_08_error_bodies_of_every_shape => "08-error-bodies",
    contract_od_09_a_key_that_may_only_read => "09-permission",
    contract_od_10_an_office_that_is_offline => "10-offline",
    contract_od_11_reminders_known_and_unknown => "11-reminders",
    contract_od_12_an_older_office => "12-old-office",
    contract_od_13_rewording_what_was_finished_meanwhile => "13-reword-done",
    contract_od_14_only_changes_are_sent => "14-changes-only",
    contract_od_15_a_lost_create_is_looked_for => "15-lost-create",
    contract_od_16_keys_never_come_back => "16-keys",
    further_rows_and_names => "21-rows",
    further_notes => "22-notes",
    further_people => "23-people",
    further_probe => "24-probe",
    further_creates_and_changes => "25-writes",
    further_signals => "26-signals",
}

#[test]
fn every_wire_file_is_run() {
    assert_eq!(files_of("opendental"), FILES);
}
