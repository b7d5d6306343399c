#![doc = include_str!("../ARCHITECTURE.md")]

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod providers;
pub mod runtime;
pub mod sandbox;
pub mod ui;
