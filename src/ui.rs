//! The eyes: paint the state on the terminal's cells. They read and never change anything.

pub mod ink;
pub mod role;
pub mod theme;
pub mod widgets;
