//! The contract tests of ClinikAPI client side, each by its number and name.
//!
//! Must not hold cases itself: they are text files under `tests/wire/clinikapi`.

use super::{check, files_of, rows_of};
use rounds::providers::clinikapi::make;

macro_rules! contract {
    ($($name:ident => $file:literal,)*) => {
        $(#[test] fn $name() { check("clinikapi", $file, make); })*
        const FILES: &[&str] = &[$($file),*];
    };
}

contract! {
    search_and_its_filters => "00-search",
    contract_01_section_bounds_and_every_field_of_a_document => "01-documents",
    contract_02_string_limits_at_the_edge => "02-string-limits",
    contract_03_lengths_count_utf16_units => "03-length-unit",
    contract_04_body_cap_task_half => "04-body-cap",
    contract_05_required_fields_block_before_sending => "05-required",
    contract_06_entered_in_error_is_received_and_never_sent => "06-entered-in-error",
    contract_07_unknown_enum_values_stay_raw => "07-unknown-values",
    contract_08_nulls_absences_and_wrong_kinds => "08-wrong-kinds",
    contract_09_unknown_fields_are_kept_task_half => "09-unknown-fields",
    contract_10_whole_array_section_patch => "10-sections",
    contract_11_a_patch_carries_only_changes => "11-patch",
    contract_12_an_edit_that_did_not_stick_is_told => "12-did-not-stick",
    contract_13_envelope_variants_give_equal_rows => "13-envelopes",
    contract_14_paging_guards_page_half => "14-paging",
    contract_15_error_bodies_in_other_shapes => "15-error-bodies",
    contract_16_the_429_family => "16-429",
    contract_17_auth => "17-auth",
    contract_18_ambiguous_create => "18-ambiguous",
    contract_19_search_lag_adapter_half => "19-search-lag",
    contract_20_ids_text_and_dates_from_outside => "20-outside",
    further_people_inputs_conflicts => "21-further",
    further_documents_errors_doubt_and_looking => "22-documents",
}

#[test]
fn every_wire_file_is_run() {
    assert_eq!(files_of("clinikapi"), FILES);
}

#[test]
fn contract_13_every_envelope_gives_the_same_tasks() {
    let rows = rows_of("clinikapi", "13-envelopes", make);
    let (_, wanted) = rows.first().unwrap();
    let same: Vec<_> = rows.iter().filter(|(_, tasks)| tasks == wanted).map(|(name, _)| name).collect();
    assert_eq!((wanted.len(), same.len(), rows.len()), (2, 8, 9), "{same:?}; the ninth has no rows");
}
