//! Parts that more than one screen or layer is put together from.
//!
//! Must not know which screen they stand on.

pub mod detail;
pub mod form;
pub mod input;
pub mod ledger;
pub mod matched;
pub mod rich;
pub mod table;
