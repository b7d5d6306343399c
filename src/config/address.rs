//! What a source's address may be.
//!
//! Must not resolve or open it: this reads the text only.

/// An address that may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// As it is used: without a slash at the end.
    pub(super) url: String,
    /// The host in lower case, without brackets and port.
    pub(super) host: String,
    /// Whether it is plain http beyond this machine.
    pub(super) is_open: bool,
}

/// Reads an address; the error is a sentence that does not repeat it, since it may hold a password.
pub(super) fn read(url: &str) -> Result<Address, &'static str> {
    let lower = url.to_ascii_lowercase();
    let encrypted = lower.starts_with("https://");
    if !encrypted && !lower.starts_with("http://") {
        return Err("The address must begin with https:// (or http:// on this machine).");
    }
    let rest = lower.split_once("://").map_or("", |(_, rest)| rest);
    if rest.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '\\') {
        return Err("The address holds a space, a backslash or a control character.");
    }
    if rest.contains(['?', '#']) {
        return Err("The address must end with its path: no ? and no #.");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.contains('@') {
        return Err(
            "The address holds a user name or password; take it out, since addresses are shown and logged.",
        );
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(six) => six.split_once(']').ok_or("The address has a [ without its ].")?,
        None => authority.find(':').map_or((authority, ""), |colon| authority.split_at(colon)),
    };
    if host.is_empty() {
        return Err("The address names no host.");
    }
    let port_is_good = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok_and(|port| port > 0));
    if !port_is_good {
        return Err("The port must be a number from 1 to 65535.");
    }
    Ok(Address {
        url: url.trim_end_matches('/').to_owned(),
        host: host.to_owned(),
        is_open: !encrypted && !is_loopback(host),
    })
}

fn is_loopback(host: &str) -> bool {
    let address: Option<core::net::IpAddr> = host.parse().ok();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_addresses_are_read_and_plain_ones_beyond_loopback_are_marked() {
        for (url, kept, host, is_open) in [
            ("https://api.clinikapi.com", "https://api.clinikapi.com", "api.clinikapi.com", false),
            (
                "https://API.example.org:8443/base/",
                "https://API.example.org:8443/base",
                "api.example.org",
                false,
            ),
            ("http://127.0.0.1:9999/", "http://127.0.0.1:9999", "127.0.0.1", false),
            ("http://[::1]:80", "http://[::1]:80", "::1", false),
            ("http://localhost", "http://localhost", "localhost", false),
            ("http://127.0.0.1.example.org", "http://127.0.0.1.example.org", "127.0.0.1.example.org", true),
            ("http://10.0.0.7", "http://10.0.0.7", "10.0.0.7", true),
        ] {
            let expected = Address { url: kept.to_owned(), host: host.to_owned(), is_open };
            assert_eq!(read(url), Ok(expected), "{url}");
        }
    }

    #[test]
    fn bad_addresses_are_refused_without_being_repeated() {
        for url in [
            "api.clinikapi.com",
            "ftp://example.org",
            "https://",
            "https:///path",
            "https://user:secret@example.org",
            "https://secret@example.org/x",
            "https://example.org/?key=secret",
            "https://example.org/#secret",
            "https://example.org:99999",
            "https://example.org:0",
            "https://[::1",
            "https://exa mple.org",
            "https://example.org\\@evil.example",
        ] {
            let sentence = read(url).expect_err(url);
            assert!(!sentence.contains("secret") && sentence.ends_with('.'), "{url}");
        }
    }
}
