//! Benches of what is felt: parsing, scanning, sorting and drawing.

fn main() {}
