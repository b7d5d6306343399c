//! Requests and replies as plain values, so that each API of the sandbox is a function. It knows no sockets.

use serde_json::Value;

/// The longest body that is read at all; what is longer counts as too large whatever the API's own cap.
pub(crate) const READ_CAP_BYTES: usize = 16 * 1024 * 1024;

/// A request as it came, with its path and query still encoded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The body was longer than [`READ_CAP_BYTES`] and was not kept.
    pub(crate) oversize: bool,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim())
    }

    /// The path's segments, decoded: an encoded slash stays inside its segment.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path.trim_start_matches('/').split('/').map(decode).collect()
    }

    /// The query's pairs in order.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
            })
            .collect()
    }
}

/// A reply as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Reply {
        Reply { status, headers: vec![("content-type".into(), content_type.into())], body }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Reply {
        Reply::new(status, "application/json", body.to_string().into_bytes())
    }

    pub(crate) fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// What the client gets to see: a reply, or a connection that ends without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Reply(Reply),
    Cut,
}

/// Percent decoding; what is no valid escape stays as it is.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = text.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match escaped {
            Some(value) if *byte == b'%' => {
                out.push(value);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries_are_decoded() {
        for (path, wanted) in [
            ("/v1/tasks", vec!["v1", "tasks"]),
            ("/v1/tasks/%2e%2E", vec!["v1", "tasks", ".."]),
            ("/v1/tasks/a%2Fb", vec!["v1", "tasks", "a/b"]),
            ("/a%", vec!["a%"]),
            ("/%zz%é", vec!["%zz%é"]),
            ("/%ff", vec!["\u{fffd}"]),
        ] {
            let request = Request { path: path.into(), ..Request::default() };
            assert_eq!(request.segments(), wanted, "{path}");
        }
        let request = Request { query: "name=Nguy%E1%BB%85n+Thi&&active".into(), ..Request::default() };
        let wanted = [("name".to_owned(), "Nguyễn Thi".to_owned()), ("active".to_owned(), String::new())];
        assert_eq!(request.pairs(), wanted);
    }
}
