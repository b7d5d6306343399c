//! Lends the terminal to the user's editor and brings the text back.
//!
//! Must not leave the text on disk, nor give the editor a key in its environment.

use super::{
    files::{new_private_file, private_dir},
    input::InputStream,
    terminal::{self, Screen},
    vault::{Vault, variable},
};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use std::{
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// The user's editor and its arguments: `$VISUAL`, `$EDITOR`, or `vi`. No shell reads them.
pub fn editor() -> Vec<String> {
    words_of([variable("VISUAL"), variable("EDITOR")])
}

/// Lets the user edit a text with their own editor. None when it was left as it was, or the editor failed.
///
/// Blocks the calling thread: the terminal is not ours meanwhile. `suffix` tells the editor the kind of text (`md`), and
/// `line`, from 1, is where it begins, if it is one that can be told.
pub fn edit(
    text: &str,
    (suffix, line): (&str, usize),
    directory: Option<&Path>,
    vault: &Vault,
    screen: &mut Screen,
    input: &mut InputStream,
) -> io::Result<Option<String>> {
    let directory =
        directory.ok_or_else(|| io::Error::other("there is no home directory where its text could lie"))?;
    input.pause();
    screen.lend();
    let edited = edit_with(&editor(), text, (suffix, line), directory, vault);
    screen.reclaim()?;
    input.resume()?;
    edited
}

fn words_of(choices: [Option<String>; 2]) -> Vec<String> {
    choices
        .into_iter()
        .flatten()
        .map(|choice| choice.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .find(|words| !words.is_empty())
        .unwrap_or_else(|| vec!["vi".to_owned()])
}

/// A directory for one edit: editors leave backups and swap files beside the text, and those go with it.
struct Desk(PathBuf);

impl Desk {
    fn new(directory: &Path) -> io::Result<Desk> {
        let path = directory.join(format!("edit-{}", uuid::Uuid::now_v7()));
        private_dir(&path)?;
        Ok(Desk(path))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn edit_with(
    editor: &[String],
    text: &str,
    (suffix, line): (&str, usize),
    directory: &Path,
    vault: &Vault,
) -> io::Result<Option<String>> {
    let Some((program, arguments)) = editor.split_first() else { return Ok(None) };
    let desk = Desk::new(directory)?;
    let path = desk.0.join(format!("rounds.{suffix}"));
    new_private_file(&path)?.write_all(text.as_bytes())?;
    let mut command = Command::new(program);
    command.args(arguments).args(place(program, &path, line));
    vault.hide_keys(&mut command);
    let child = command.spawn().map_err(|error| {
        io::Error::new(error.kind(), format!("The editor {program} did not start: {error}."))
    })?;
    if !wait_for(child.id())? {
        return Ok(None);
    }
    // Many editors write a new file in the old one's place, so it is opened again.
    let edited = fs::read_to_string(&path)?;
    Ok((edited != text).then_some(edited))
}

/// The arguments that open a file at a line, for the editors that are known to take one.
fn place(program: &str, path: &Path, line: usize) -> Vec<OsString> {
    const PLUS: [&str; 10] =
        ["vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "joe", "kak", "micro"];
    let file = || path.as_os_str().to_owned();
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or(program);
    match name {
        _ if line < 2 => vec![file()],
        name if PLUS.contains(&name) => vec![format!("+{line}").into(), file()],
        "hx" | "helix" | "subl" | "zed" => vec![joined(file(), line)],
        "code" | "codium" => vec!["--goto".into(), joined(file(), line)],
        _ => vec![file()],
    }
}

/// `FILE:LINE`.
fn joined(mut file: OsString, line: usize) -> OsString {
    file.push(format!(":{line}"));
    file
}

/// Waits until the child has ended, and says whether it ended well. When it is stopped, we stop with it: a shell
/// that wanted its prompt back would else wait for us.
fn wait_for(id: u32) -> io::Result<bool> {
    let child = i32::try_from(id).ok().and_then(Pid::from_raw);
    loop {
        let status = match waitpid(child, WaitOptions::UNTRACED) {
            Ok(Some((_, status))) => status,
            Ok(None) | Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(error.into()),
        };
        if !status.stopped() {
            return Ok(status.exit_status() == Some(0));
        }
        if terminal::can_be_resumed() {
            terminal::stop();
        }
        if let Some(child) = child {
            kill_process(child, Signal::CONT).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::files::tests::TestDir;

    fn run(dir: &TestDir, script: &str) -> io::Result<Option<String>> {
        let editor = ["sh", "-c", script, "sh"].map(str::to_owned);
        edit_with(&editor, "first\n", ("md", 1), &dir.0, &Vault::new([]))
    }

    #[test]
    fn the_text_comes_back_changed_or_not_at_all() {
        let dir = TestDir::new();
        let cases = [
            ("echo second >> \"$1\"", Some("first\nsecond\n")),
            ("echo other > \"$1.new\"; mv \"$1.new\" \"$1\"", Some("other\n")),
            (": > \"$1\"", Some("")),
            ("true", None),
            ("echo second >> \"$1\"; exit 1", None),
            ("kill -9 $$", None),
        ];
        for (script, expected) in cases {
            assert_eq!(run(&dir, script).unwrap().as_deref(), expected, "{script}");
        }
    }

    #[test]
    fn the_editor_works_on_a_file_of_its_owner_and_nothing_stays() {
        let dir = TestDir::new();
        let script = "cp \"$1\" \"$1~\"; stat -c '%a %n' \"$1\" \"$(dirname \"$1\")\" > \"$1.out\"; mv \"$1.out\" \"$1\"";
        let seen = run(&dir, script).unwrap().unwrap();
        let mut lines = seen.lines();
        assert!(
            lines.next().is_some_and(|line| line.starts_with("600 ") && line.ends_with("/rounds.md")),
            "{seen}"
        );
        assert!(lines.next().is_some_and(|line| line.starts_with("700 ")), "{seen}");
        assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 0);
    }

    #[test]
    fn what_went_wrong_is_told() {
        let dir = TestDir::new();
        let nowhere = ["/nowhere/editor".to_owned()];
        let said = edit_with(&nowhere, "", ("md", 1), &dir.0, &Vault::new([])).unwrap_err().to_string();
        assert!(said.contains("/nowhere/editor did not start"), "{said}");
        assert!(run(&dir, "rm \"$1\"").is_err());
        assert!(run(&dir, "printf '\\377' > \"$1\"").is_err());
        assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 0);
    }

    #[test]
    fn a_line_is_told_to_the_editors_that_take_one() {
        let told = |program: &str, line: usize| {
            let arguments = place(program, Path::new("/x/rounds.md"), line);
            arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        for (program, line, arguments) in [
            ("/usr/bin/vim", 12, "+12 /x/rounds.md"),
            ("nano", 1, "/x/rounds.md"),
            ("hx", 3, "/x/rounds.md:3"),
            ("code", 3, "--goto /x/rounds.md:3"),
            ("my-editor", 3, "/x/rounds.md"),
        ] {
            assert_eq!(told(program, line), arguments);
        }
    }

    #[test]
    fn visual_comes_before_editor_and_blanks_are_nothing() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(words_of([some("code --wait"), some("vim")]), ["code", "--wait"]);
        assert_eq!(words_of([some("  "), some("vim")]), ["vim"]);
        assert_eq!(words_of([None, None]), ["vi"]);
    }
}
