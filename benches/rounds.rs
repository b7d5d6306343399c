//! What a person over a slow line would feel, measured: parse, filter, sort, take in, decode, answer a key, draw.
//!
//! Must not touch the network or a terminal; wards are synthetic and the same every time.

#[path = "rounds/decode.rs"]
mod decode;
#[path = "rounds/editor.rs"]
mod editor;
#[path = "rounds/filter.rs"]
mod filter;
#[path = "rounds/keep.rs"]
mod keep;
#[path = "rounds/screen.rs"]
mod screen;
#[path = "rounds/store.rs"]
mod store;
#[path = "rounds/synthetic.rs"]
mod synthetic;
#[path = "rounds/ward.rs"]
mod ward;

use rounds::domain;

fn main() {
    divan::main();
}
