//! `rounds keys`, `rounds themes`, `rounds completions` and `rounds man`: what the program says of itself.
//!
//! Must not ask a source for anything.

use super::{
    exit::{Exit, Failure},
    flags::Flags,
    output::{Output, complain_all},
    settings, wire,
};
use crate::{
    app::{
        action::{ACTIONS, Context},
        keys::markdown_table,
    },
    domain::clean::Clean,
    ui::theme::SHIPPED,
};
use clap::{Args, Command};
use clap_complete::Shell;

/// The flags of `rounds keys`.
#[derive(Args, Debug)]
pub(super) struct KeysArgs {
    /// A Markdown table.
    #[arg(long)]
    markdown: bool,
}

/// The arguments of `rounds completions`.
#[derive(Args, Debug)]
#[command(
    after_help = "Install: bash: rounds completions bash > ~/.local/share/bash-completion/completions/rounds\n\
    zsh: rounds completions zsh > a directory of $fpath, as _rounds\n\
    fish: rounds completions fish > ~/.config/fish/completions/rounds.fish"
)]
pub(super) struct CompletionsArgs {
    /// For which shell.
    shell: Shell,
}

/// Lists the keys in force.
pub(super) fn keys(args: &KeysArgs, flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let settings = settings::read(flags)?;
    let (keymap, problems) = wire::keymap(&settings.config);
    complain_all(problems);
    if args.markdown {
        output.own_text(&markdown_table(&keymap))?;
        return Ok(Exit::Done);
    }
    for context in Context::ALL {
        for info in ACTIONS {
            let keys = keymap.own_keys(context, info.action);
            if !keys.is_empty() {
                let cells = [(context.name(), 10), (&*keys.join(" "), 16), (info.id, 22), (info.sentence, 0)];
                let cells = cells.map(|(text, width)| {
                    let cell = Clean::line(text);
                    cell.pad(width.max(cell.width()))
                });
                output.line(&Clean::join(&cells, "  "))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// Lists the themes, the shipped ones and the user's own, with a mark at the one in force.
pub(super) fn themes(flags: &Flags, output: &mut Output) -> Result<Exit, Failure> {
    let settings = settings::read(flags)?;
    let chosen = flags.theme.as_deref().unwrap_or(&settings.config.ui.theme);
    let mut names: Vec<String> = SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let own = settings.file().map(|path| path.with_file_name("themes"));
    let mut own: Vec<String> = own
        .into_iter()
        .filter_map(|own| std::fs::read_dir(own).ok())
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    own.sort();
    names.extend(own);
    for name in names {
        let mark = if name == chosen { "*" } else { " " };
        output.line(&Clean::format(format_args!("{mark} {name}")))?;
    }
    Ok(Exit::Done)
}

/// Prints the completions of a shell.
pub(super) fn completions(
    args: &CompletionsArgs,
    command: &mut Command,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, command, "rounds", &mut text);
    output.own_text(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

/// Prints the manual page.
pub(super) fn man(command: Command, output: &mut Output) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut text)
        .map_err(|error| Failure::usage(format!("The manual page cannot be made: {error}.")))?;
    output.own_text(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
