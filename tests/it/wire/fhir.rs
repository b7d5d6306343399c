//! The contract tests of FHIR R4 servers, client side, each by its number and name.
//!
//! Must not hold cases itself: they are text files under `tests/wire/fhir`.

use super::{check, files_of};
use rounds::providers::fhir::make;

macro_rules! contract {
    ($($name:ident => $file:literal,)*) => {
        $(#[test] fn $name() { check("fhir", $file, make); })*
        const FILES: &[&str] = &[$($file),*];
    };
}

contract! {
    search_and_its_filters => "00-search",
    probe_and_what_it_teaches => "01-probe",
    read_history_people => "02-read",
    create_once => "03-create",
    update_keeps_what_it_does_not_edit => "04-update",
    patch_where_only_that_is_taken => "05-patch",
    errors_by_their_status_and_issues => "06-errors",
    contract_fhir_13_pages_by_links_as_given => "13-paging",
    contract_fhir_14_a_stale_version_is_a_conflict => "14-stale",
    contract_fhir_15_outcomes_and_people_are_no_rows => "15-entries",
    contract_fhir_16_a_refusal_stands_at_its_field => "16-refused",
    contract_fhir_17_an_update_keeps_every_byte_beside_the_edit => "17-round-trip",
    contract_fhir_18_a_bare_bundle_works_the_same => "18-bare",
    contract_fhir_19_text_from_outside => "19-outside",
    contract_fhir_20_documents => "20-documents",
    further_documents_of_references => "21-references",
}

#[test]
fn every_wire_file_is_run() {
    assert_eq!(files_of("fhir"), FILES);
}
