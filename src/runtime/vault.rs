//! Where keys come from: a command, a file or the environment; and how they stay unseen.
//!
//! Must not print, log or hand on a key: a `Secret` shows as dots, and its text is asked for in one place, `http`.

use super::store::seal::{StoreKey, TEXT_KEY_CHARS};
use rustix::{
    fs::{Mode, OFlags},
    process::{Resource, Rlimit},
};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};
use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};
use thiserror::Error;
use tokio::io::AsyncReadExt;

#[cfg(test)]
mod tests;

/// The variable that holds a key when nothing else is configured.
pub const KEY_VARIABLE: &str = "ROUNDS_API_KEY";

/// Variables that hold keys by this program's and the vendors' own habit (contract clinikapi §1.1).
const USUAL_VARIABLES: [&str; 3] = [KEY_VARIABLE, "CLINIKAPI_SECRET_KEY", "CLINIKAPI_KEY"];

/// How long a key command may take; a person may have to unlock a key ring for it.
const COMMAND_LIMIT: Duration = Duration::from_secs(30);

/// More than any key needs, so that a wrong path does not fill the memory.
const SOURCE_CAP_BYTES: u64 = 64 * 1024;

/// A key. It prints as dots and its memory is cleared when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a key as somebody wrote it: blanks and line ends round it are dropped, other odd characters refused.
    pub fn parse(text: &str, source: &CredentialSource) -> Result<Secret, VaultError> {
        let key = text.trim();
        if key.is_empty() {
            return Err(VaultError::Empty(source.to_string()));
        }
        if key.chars().any(char::is_control) {
            return Err(VaultError::Control(source.to_string()));
        }
        if !key.is_ascii() {
            return Err(VaultError::NotAscii(source.to_string()));
        }
        Ok(Secret(SecretString::from(key)))
    }

    /// Takes a password: only the line end behind it is dropped, and any letter may stand in it, for it goes into a
    /// body and not into a header.
    pub fn parse_password(text: &str, source: &CredentialSource) -> Result<Secret, VaultError> {
        let password = text.strip_suffix('\n').unwrap_or(text);
        let password = password.strip_suffix('\r').unwrap_or(password);
        if password.is_empty() {
            return Err(VaultError::Empty(source.to_string()));
        }
        if password.chars().any(char::is_control) {
            return Err(VaultError::Control(source.to_string()));
        }
        Ok(Secret(SecretString::from(password)))
    }

    /// The key as a part of another: beside [`Secret::parse`]'s rules it holds no blank and no slash, since keys are
    /// joined by a slash and told apart by a blank.
    pub fn as_part(self, source: &CredentialSource) -> Result<Secret, VaultError> {
        if self.expose().contains([' ', '/']) {
            return Err(VaultError::NotAPart(source.to_string()));
        }
        Ok(self)
    }

    /// Two keys that are sent as one, joined by a slash (contract opendental §1).
    pub fn joined(first: &Secret, second: &Secret) -> Secret {
        Secret(SecretString::from(format!("{}/{}", first.expose(), second.expose())))
    }

    /// Whether the key begins so; test keys are told from live ones by their prefix.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.expose().starts_with(prefix)
    }

    /// The key's text, for the one header that carries it.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Secret {
    /// Tells whether a key read anew is another one; both are ours, so time gives nothing away.
    fn eq(&self, other: &Secret) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("••••")
    }
}

/// Where a source's key is to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialSource {
    /// The first line that a program prints; the program and its arguments, no shell.
    Command(Vec<String>),
    /// A file that only its owner can read.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// Known already, such as a key of the embedded sandbox.
    Known(Secret),
}

impl fmt::Display for CredentialSource {
    /// Names the source without the command's arguments: somebody may have put a password among them.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialSource::Command(words) => {
                write!(formatter, "key command {}", words.first().map_or("(none)", String::as_str))
            }
            CredentialSource::File(path) => write!(formatter, "key file {}", path.display()),
            CredentialSource::Environment(name) => write!(formatter, "variable {name}"),
            CredentialSource::Known(_) => formatter.write_str("key that was handed in"),
        }
    }
}

/// Why there is no key. The sentences name where it was looked for, never what was found.
#[derive(Debug, Error)]
pub enum VaultError {
    /// Nothing but blanks.
    #[error("The {0} holds no key.")]
    Empty(String),
    /// Line ends or other controls inside the key.
    #[error("The {0} holds more than a key: there is a line end or another control character in it.")]
    Control(String),
    /// Not to be joined with another.
    #[error("The {0} holds a blank or a slash, which no such key has; nothing was sent.")]
    NotAPart(String),
    /// Not a header's text.
    #[error("The {0} holds a character that no key has: only plain ASCII can be sent.")]
    NotAscii(String),
    /// Not text at all.
    #[error("The {0} does not hold text.")]
    NotText(String),
    /// The variable is missing.
    #[error("The {0} is not set.")]
    NotSet(String),
    /// The file cannot be opened or read, or is none.
    #[error("The {source_name} cannot be read: {why}.")]
    Unreadable {
        /// Which source.
        source_name: String,
        /// What the system said.
        why: String,
    },
    /// Others can read the file.
    #[error("The {source_name} can be read by others, so it is not used. Run: {remedy}")]
    Exposed {
        /// Which source.
        source_name: String,
        /// The command that puts it right.
        remedy: String,
    },
    /// The file is neither ours nor the system's.
    #[error("The {0} belongs to somebody else, so it is not used.")]
    Foreign(String),
    /// The command did not start.
    #[error("The {source_name} did not start: {why}.")]
    NotStarted {
        /// Which source.
        source_name: String,
        /// What the system said.
        why: String,
    },
    /// The command failed.
    #[error("The {source_name} failed ({why}).")]
    Failed {
        /// Which source.
        source_name: String,
        /// Its exit status.
        why: String,
    },
    /// Too short to seal anything with.
    #[error("The {0} gave fewer than {TEXT_KEY_CHARS} characters, too few for a key that seals.")]
    Short(String),
    /// The command took too long.
    #[error("The {source_name} gave no key within {limit_s} s and was stopped.")]
    TooSlow {
        /// Which source.
        source_name: String,
        /// How long it was given.
        limit_s: u64,
    },
}

/// Reads keys, and keeps the variables that hold them out of every child's environment.
#[derive(Clone, Debug)]
pub struct Vault {
    key_variables: Vec<String>,
}

impl Vault {
    /// A vault that hides the variables of these sources, and the usual ones, from children.
    pub fn new<'a>(sources: impl IntoIterator<Item = &'a CredentialSource>) -> Vault {
        let mut key_variables: Vec<String> = USUAL_VARIABLES.map(str::to_owned).into();
        for source in sources {
            if let CredentialSource::Environment(name) = source {
                key_variables.push(name.clone());
            }
        }
        Vault { key_variables }
    }

    /// Reads the key of one source.
    pub async fn read(&self, source: &CredentialSource) -> Result<Secret, VaultError> {
        Secret::parse(&self.text(source).await?, source)
    }

    /// Reads the password of one source.
    pub async fn read_password(&self, source: &CredentialSource) -> Result<Secret, VaultError> {
        Secret::parse_password(&self.text(source).await?, source)
    }

    /// Reads the key that seals the store.
    pub async fn read_store_key(&self, source: &CredentialSource) -> Result<StoreKey, VaultError> {
        let secret = self.read(source).await?;
        StoreKey::from_text(secret.expose()).ok_or_else(|| VaultError::Short(source.to_string()))
    }

    async fn text(&self, source: &CredentialSource) -> Result<Zeroizing<String>, VaultError> {
        match source {
            CredentialSource::Command(words) => self.run(words, source, COMMAND_LIMIT).await,
            CredentialSource::File(path) => {
                let bytes = private_bytes(path, source)?;
                Ok(Zeroizing::new(text_of(&bytes, source)?.to_owned()))
            }
            CredentialSource::Environment(name) => match variable(name) {
                Some(value) => Ok(Zeroizing::new(value)),
                None => Err(VaultError::NotSet(source.to_string())),
            },
            CredentialSource::Known(secret) => Ok(Zeroizing::new(secret.expose().to_owned())),
        }
    }

    /// Takes the key variables out of the environment that a child will get.
    pub fn hide_keys(&self, command: &mut Command) {
        for name in &self.key_variables {
            command.env_remove(name);
        }
    }

    async fn run(
        &self,
        words: &[String],
        source: &CredentialSource,
        limit: Duration,
    ) -> Result<Zeroizing<String>, VaultError> {
        let Some((program, arguments)) = words.split_first() else {
            return Err(VaultError::Empty(source.to_string()));
        };
        // A key ring may ask for a passphrase, unless the screen is ours at this moment.
        let talk = || if super::terminal::is_taken() { Stdio::null() } else { Stdio::inherit() };
        let mut command = Command::new(program);
        command.args(arguments).stdin(talk()).stderr(talk()).stdout(Stdio::piped());
        self.hide_keys(&mut command);
        let mut command = tokio::process::Command::from(command);
        command.kill_on_drop(true);

        let mut child = command.spawn().map_err(|error| VaultError::NotStarted {
            source_name: source.to_string(),
            why: error.to_string(),
        })?;
        let mut output = Zeroizing::new(Vec::new());
        let status = tokio::time::timeout(limit, async {
            if let Some(stdout) = child.stdout.take() {
                let mut first = stdout.take(SOURCE_CAP_BYTES);
                first.read_to_end(&mut output).await?;
                // The rest is read and forgotten, or the command would wait for its reader.
                tokio::io::copy(&mut first.into_inner(), &mut tokio::io::sink()).await?;
            }
            child.wait().await
        })
        .await
        .map_err(|_| VaultError::TooSlow { source_name: source.to_string(), limit_s: limit.as_secs() })?
        .map_err(|error| unreadable(source, &error))?;
        if !status.success() {
            return Err(VaultError::Failed { source_name: source.to_string(), why: status.to_string() });
        }
        let text = text_of(&output, source)?;
        Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
    }
}

/// The value of a variable of the environment, when it is set to text.
#[expect(clippy::disallowed_methods, reason = "this is the environment's home")]
pub fn variable(name: &str) -> Option<String> {
    // The standard library panics on such names.
    if name.is_empty() || name.contains(['=', '\0']) {
        return None;
    }
    std::env::var(name).ok()
}

/// Forbids core dumps for this process and its children: a dump would hold keys and patients.
pub fn no_core_dumps() -> io::Result<()> {
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

/// What stands in a file that only its owner can read; the sentence of an error names it as `source`.
pub(super) fn private_bytes(
    path: &Path,
    source: &impl fmt::Display,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    // NONBLOCK: a pipe in the file's place must not stop the program. The link itself may be a symbolic one,
    // as mounted secrets are; owner and mode are those of what was opened.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let descriptor =
        rustix::fs::open(path, flags, Mode::empty()).map_err(|error| unreadable(source, &error.into()))?;
    let file = File::from(descriptor);
    let found = file.metadata().map_err(|error| unreadable(source, &error))?;
    if !found.is_file() {
        return Err(unreadable(source, &io::Error::other("it is not a plain file")));
    }
    let ours = rustix::process::geteuid().as_raw();
    if found.uid() != ours && found.uid() != 0 {
        return Err(VaultError::Foreign(source.to_string()));
    }
    if found.mode() & 0o077 != 0 {
        let quoted = path.display().to_string().replace('\'', r"'\''");
        return Err(VaultError::Exposed {
            source_name: source.to_string(),
            remedy: format!("chmod 600 '{quoted}'"),
        });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(SOURCE_CAP_BYTES).read_to_end(&mut bytes).map_err(|error| unreadable(source, &error))?;
    Ok(bytes)
}

fn text_of<'a>(bytes: &'a [u8], source: &CredentialSource) -> Result<&'a str, VaultError> {
    std::str::from_utf8(bytes).map_err(|_| VaultError::NotText(source.to_string()))
}

fn unreadable(source: &impl fmt::Display, error: &io::Error) -> VaultError {
    VaultError::Unreadable { source_name: source.to_string(), why: error.to_string() }
}
