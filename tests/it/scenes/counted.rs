//! What is counted without a clock, where a text file would hide the count.
//!
//! Must not measure time.
