//! The sandbox's fixed, synthetic keys and what each may do. They open nothing but this sandbox.

use super::reply::Refusal;

/// May read and write.
pub(crate) const WRITE_KEY: &str = "clk_test_sandbox_write";
/// May only read.
pub(crate) const READ_KEY: &str = "clk_test_sandbox_read";
/// Was taken back.
const REVOKED_KEY: &str = "clk_test_sandbox_revoked";
/// Is past its day.
const EXPIRED_KEY: &str = "clk_test_sandbox_expired";

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Read,
    Write,
}

/// What the key of a request may do, or which of the five refusals it earns.
pub(crate) fn scope(key: Option<&str>) -> Result<Scope, Refusal> {
    let refuse = |code, message| Err(Refusal::new(401, code, message));
    match key {
        None | Some("") => refuse("UNAUTHORIZED", "The x-api-key header is missing."),
        Some(WRITE_KEY) => Ok(Scope::Write),
        Some(READ_KEY) => Ok(Scope::Read),
        Some(REVOKED_KEY) => refuse("KEY_REVOKED", "The API key was revoked."),
        Some(EXPIRED_KEY) => refuse("KEY_EXPIRED", "The API key has expired."),
        Some(key) if is_well_formed(key) => refuse("INVALID_KEY", "The API key is not known."),
        Some(_) => refuse("INVALID_KEY_FORMAT", "The API key has the wrong form."),
    }
}

fn is_well_formed(key: &str) -> bool {
    let rest = key.strip_prefix("clk_test_").or_else(|| key.strip_prefix("clk_live_"));
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
