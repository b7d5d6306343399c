//! The vault against real files, commands and the environment of the test run.

use super::*;
use crate::runtime::files::tests::TestDir;
use std::{fs::Permissions, os::unix::fs::PermissionsExt};

const KEY: &str = "clk_test_synthetic_0001";

fn shell(script: &str) -> CredentialSource {
    CredentialSource::Command(vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()])
}

async fn read(source: &CredentialSource) -> Result<Secret, VaultError> {
    Vault::new([source]).read(source).await
}

#[tokio::test]
async fn contract_17_blanks_round_a_key_go_and_control_characters_are_refused() {
    let source = CredentialSource::Environment("K".to_owned());
    for text in [KEY.to_owned(), format!("{KEY}\n"), format!("  {KEY}\r\n"), format!("\t{KEY} \n\n")] {
        assert_eq!(Secret::parse(&text, &source).unwrap().expose(), KEY, "{text:?}");
    }
    for inner in ["\n", "\r", "\t", "\0", "\u{1b}", "\u{7f}", "\u{85}"] {
        let said = Secret::parse(&format!("clk_{inner}rest"), &source).unwrap_err();
        assert!(matches!(said, VaultError::Control(_)), "{inner:?}: {said}");
    }
    assert!(matches!(Secret::parse(" \n", &source), Err(VaultError::Empty(_))));
    assert!(matches!(Secret::parse("clé", &source), Err(VaultError::NotAscii(_))));
}

#[test]
fn a_key_prints_as_dots_and_shows_its_prefix_alone() {
    let key = Secret::parse(KEY, &CredentialSource::Environment("K".to_owned())).unwrap();
    assert_eq!(format!("{key:?}"), "••••");
    assert!(key.has_prefix("clk_test_"));
    assert!(!key.has_prefix("clk_live_"));
}

#[tokio::test]
async fn a_key_file_must_be_closed_to_others() {
    let dir = TestDir::new();
    let path = dir.0.join("it's a key");
    std::fs::write(&path, format!("{KEY}\n")).unwrap();
    let source = CredentialSource::File(path.clone());
    for (mode, good) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o660, false)] {
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        match read(&source).await {
            Ok(key) => assert!(good && key.expose() == KEY, "{mode:o}"),
            Err(error) => {
                assert!(!good, "{mode:o}: {error}");
                let said = error.to_string();
                assert!(said.contains(r"chmod 600 '") && said.contains(r"it'\''s a key'"), "{said}");
                assert!(!said.contains(KEY), "{said}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_file_that_is_no_file_is_named() {
    let dir = TestDir::new();
    for path in [dir.0.clone(), dir.0.join("missing")] {
        let said = read(&CredentialSource::File(path.clone())).await.unwrap_err().to_string();
        assert!(said.contains("cannot be read") && said.contains(&path.display().to_string()), "{said}");
    }
}

#[tokio::test]
async fn a_command_gives_its_first_line() {
    let key = read(&shell(&format!("echo '{KEY} '; echo user: synthetic"))).await.unwrap();
    assert_eq!(key.expose(), KEY);
}

#[tokio::test]
async fn much_output_does_not_hold_a_command_up() {
    let script = format!("echo {KEY}; head -c 1000000 /dev/zero");
    assert_eq!(read(&shell(&script)).await.unwrap().expose(), KEY);
}

#[tokio::test]
async fn a_command_that_fails_is_named_without_what_it_printed() {
    let said = read(&shell(&format!("echo {KEY}; exit 3"))).await.unwrap_err().to_string();
    assert_eq!(said, "The key command sh failed (exit status: 3).");
    let nowhere = CredentialSource::Command(vec!["/nowhere/rounds-key".to_owned(), KEY.to_owned()]);
    let said = read(&nowhere).await.unwrap_err().to_string();
    assert!(said.contains("/nowhere/rounds-key did not start") && !said.contains(KEY), "{said}");
    assert!(matches!(read(&CredentialSource::Command(vec![])).await, Err(VaultError::Empty(_))));
    assert!(matches!(read(&shell("true")).await, Err(VaultError::Empty(_))));
}

#[tokio::test]
async fn a_command_without_end_is_stopped() {
    let source = shell("sleep 60");
    let CredentialSource::Command(words) = &source else { unreachable!() };
    let ended = Vault::new([]).run(words, &source, Duration::from_millis(30)).await;
    assert!(matches!(ended, Err(VaultError::TooSlow { .. })), "{ended:?}");
}

#[tokio::test]
async fn the_environment_gives_a_key_or_its_name() {
    // The test run's own environment: cargo sets this one.
    let key = read(&CredentialSource::Environment("CARGO_PKG_NAME".to_owned())).await.unwrap();
    assert_eq!(key.expose(), "rounds");
    let said = read(&CredentialSource::Environment("ROUNDS_NOT_SET".to_owned())).await.unwrap_err();
    assert_eq!(said.to_string(), "The variable ROUNDS_NOT_SET is not set.");
    for odd in ["", "A=B", "A\0B"] {
        assert_eq!(variable(odd), None, "{odd:?}");
    }
}

#[tokio::test]
async fn children_do_not_see_the_variables_that_hold_keys() {
    let script = shell("echo ${CARGO_PKG_NAME:-hidden}");
    let holds_key = CredentialSource::Environment("CARGO_PKG_NAME".to_owned());
    for (vault, seen) in [(Vault::new([]), "rounds"), (Vault::new([&holds_key]), "hidden")] {
        assert_eq!(vault.read(&script).await.unwrap().expose(), seen);
    }
}

#[test]
fn core_dumps_are_off_once_asked() {
    no_core_dumps().unwrap();
    assert_eq!(rustix::process::getrlimit(Resource::Core).current, Some(0));
}
