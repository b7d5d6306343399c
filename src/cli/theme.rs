//! The theme of the screen: a shipped one, or a file of the user's beside the configuration.
//!
//! Must not fail for a bad line of a theme: what is good in it is used.

use super::{exit::Failure, flags::Flags, output::complain_all, settings::Settings};
use crate::{
    domain::nearest::nearest,
    ui::theme::{SHIPPED, Theme},
};

/// The theme that the flags or the configuration name.
pub(super) fn read(flags: &Flags, settings: &Settings) -> Result<Theme, Failure> {
    let name = flags.theme.as_deref().unwrap_or(&settings.config.ui.theme);
    let theme = match Theme::named(name) {
        Some(theme) => theme,
        None => own(name, settings)?,
    };
    Ok(if flags.wants_colour() { theme } else { theme.without_colour() })
}

fn own(name: &str, settings: &Settings) -> Result<Theme, Failure> {
    // A name is no path: it must not lead out of the folder.
    let path = settings.file().filter(|_| !name.contains('/'));
    let path = path.map(|path| path.with_file_name("themes").join(format!("{name}.toml")));
    let text = path.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
    let (Some(text), Some(path)) = (text, path) else {
        let shipped = SHIPPED.iter().map(|(name, _)| *name);
        let rest = match nearest(name, shipped.clone()) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("there are {}.", shipped.collect::<Vec<_>>().join(", ")),
        };
        return Err(Failure::usage(format!("There is no theme {name}; {rest}")));
    };
    let (theme, problems) = Theme::parse(&text);
    complain_all(problems.iter().map(|problem| format!("{}: {problem}", path.display())));
    Ok(theme)
}
