//! The dialogs above a screen, one file each.
//!
//! Must not decide which is open or on top: the state says.

pub mod ask;
pub mod compare;
pub mod confirm;
pub mod conflict;
pub mod doc_form;
pub mod help;
pub mod line;
pub mod palette;
pub mod pick;
pub mod results;
pub mod review;
pub mod search;
pub mod task_form;
pub mod tell;

use super::{ink::Ink, role::Role, shell, words};
use crate::{
    app::{
        geometry::{centred, dialog_width},
        layers::Layer,
        state::State,
        update,
    },
    domain::clean::Clean,
};
use ratatui::layout::Rect;

/// Paints one dialog.
pub fn paint(ink: &mut Ink<'_>, state: &State, layer: &Layer) {
    match layer {
        Layer::Help(help) => help::paint(ink, state, help),
        Layer::Palette(palette) => palette::paint(ink, state, palette),
        Layer::Confirm(confirm) => confirm::paint(ink, state, confirm),
        Layer::Ask(ask) => ask::paint(ink, state, ask),
        Layer::Conflict(conflict) => conflict::paint(ink, state, conflict),
        Layer::Compare(compare) => compare::paint(ink, state, compare),
        Layer::Line(line) => line::paint(ink, state, line),
        Layer::DocForm(form) => doc_form::paint(ink, state, form),
        Layer::Review(review) => review::paint(ink, state, review),
        Layer::Search(search) => search::paint(ink, state, search),
        Layer::Form(form) => task_form::paint(ink, state, form),
        Layer::Pick(picker) => pick::paint(ink, state, picker),
        Layer::Results(results) => results::paint(ink, state, results),
        Layer::Tell(tell) => tell::paint(ink, state, tell),
    }
}

/// Opens a framed box in the middle, with what its keys do in the last line; gives the area inside.
///
/// On a small screen the box is the whole screen and goes without a frame.
fn open(ink: &mut Ink<'_>, state: &State, title: &Clean, width: u16, height: u16) -> Rect {
    let is_small = state.size.width < 24 || state.size.height < 10;
    let centre = centred(state.size, width, height.saturating_add(3));
    let area = if is_small { ink.area() } else { words::rect(centre) };
    // A cell or two of the table beside a frame would read as a part of it.
    let beside = state.size.width.saturating_sub(area.width);
    let ground = if beside <= 4 { Rect { x: 0, width: state.size.width, ..area } } else { area };
    ink.fill(ground, Role::Layer);
    let inside = if is_small { area } else { ink.frame(area, title) };
    let foot = Rect { y: inside.bottom().saturating_sub(1), height: u16::from(inside.height > 1), ..inside };
    if foot.height > 0 && !ink.is_beneath() {
        let mut pen = ink.pen(foot);
        shell::keys(&mut pen, state, &update::contexts(state));
    }
    Rect { height: inside.height - foot.height, ..inside }
}

/// The width that a box of text may have on this screen.
fn width_for(state: &State, wished: u16) -> u16 {
    dialog_width(state.size, wished)
}

/// What is said where not every line that is to be read before an answer is in sight.
fn lines_in_sight(first: usize, height: u16, all: usize) -> Clean {
    let (from, to) = (first + 1, first + usize::from(height));
    Clean::format(format_args!("lines {from} to {to} of {all}: arrow keys show the others"))
}

/// The first entry of a list to show so that the selected one is in sight.
fn first_shown(cursor: usize, height: u16) -> usize {
    (cursor + 1).saturating_sub(usize::from(height).max(1))
}
