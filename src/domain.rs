//! What a task and a document are: pure, with no IO, no clock and nothing of ours from outside.

pub mod time;
