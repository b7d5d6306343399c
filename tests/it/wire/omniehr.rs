//! The contract tests of FHIR that concern OmniEHR, client side, each by its number and name.
//!
//! Must not hold cases itself, but where a text file would be too long: they are files under `tests/wire/omniehr`.

use super::{check, files_of};
use rounds::providers::fhir::omniehr::make;

macro_rules! contract {
    ($($name:ident => $file:literal,)*) => {
        $(#[test] fn $name() { check("omniehr", $file, make); })*
        const FILES: &[&str] = &[$($file),*];
    };
}

contract! {
    probe_roles_and_lists => "00-probe-and-list",
    contract_fhir_01_a_create_says_application_json => "01-create",
    contract_fhir_02_a_priority_filter_is_run_here => "02-priority",
    contract_fhir_03_two_statuses_are_never_a_comma => "03-statuses",
    contract_fhir_04_an_update_keeps_all_the_rest => "04-update",
    contract_fhir_05_what_cannot_be_cleared_is_told => "05-clear",
    contract_fhir_06_a_reassignment_is_not_done => "06-reassign",
    contract_fhir_07_a_time_is_sent_in_utc => "07-times",
    contract_fhir_08_the_token_ends_in_the_middle => "08-session",
    contract_fhir_09_a_429_in_html => "09-429",
    contract_fhir_11_an_auditor_reads_only => "11-auditor",
    contract_fhir_12_another_user_was_faster => "12-conflict",
    contract_fhir_19_hostile_text => "19-hostile",
    further_people_errors_and_doubt => "21-further",
}

#[test]
fn every_wire_file_is_run() {
    assert_eq!(files_of("omniehr"), FILES);
}
