//! The door of the API: method override, key, pace, quota, scope. It never looks at a resource.

use jiff::Timestamp;

use super::reply::{self, Meter, Refusal};
use super::{Clinik, keys, words};
use crate::sandbox::message::Request;

/// Whether a request may go on.
pub(super) struct Admission {
    pub(super) known_key: bool,
    pub(super) refusal: Option<Refusal>,
}

impl Clinik {
    /// The checks that come before the resource: override, key, pace and quota, scope.
    ///
    /// Assumption: this order of checks, of which no page speaks.
    pub(super) fn admit(&mut self, request: &Request, now: Timestamp) -> Admission {
        let refused = |known_key, refusal| Admission { known_key, refusal: Some(refusal) };
        let overrides = ["x-http-method-override", "x-http-method", "x-method-override"];
        if overrides.iter().any(|name| request.header(name).is_some()) {
            let message = "Method override headers are not accepted.";
            return refused(false, Refusal::new(400, "METHOD_OVERRIDE_REJECTED", message));
        }
        if request.method == "GET" && matches!(request.path.as_str(), "/health" | "/v1/metadata") {
            return Admission { known_key: false, refusal: None };
        }
        let scope = match keys::scope(request.header("x-api-key")) {
            Ok(scope) => scope,
            Err(refusal) => return refused(false, refusal),
        };
        if let Err(refusal) = self.count(now) {
            return refused(true, refusal);
        }
        if scope == keys::Scope::Read && request.method != "GET" {
            // Assumption (U22): no page names the code of a 403.
            let message = "The API key lacks the write scope.";
            return refused(true, Refusal::new(403, "FORBIDDEN", message));
        }
        Admission { known_key: true, refusal: None }
    }

    /// Counts a request against the minute and the month; a refused one does not count.
    fn count(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let window = now.as_second().div_euclid(60);
        if window != self.window {
            (self.window, self.in_window) = (window, 0);
        }
        let month = reply::next_month(now);
        if month != self.books.month {
            if !self.books.month.is_empty() {
                self.books.used = 0;
            }
            self.books.month = month;
        }
        if self.in_window >= self.faults.rate_limit {
            let wait = (60 - now.as_second().rem_euclid(60)).to_string();
            return Err(Refusal { retry_after: Some(wait), ..Refusal::of_status(429) });
        }
        if self.books.used >= self.faults.sandbox_limit {
            return Err(words::quota_refusal("SANDBOX_QUOTA_EXCEEDED"));
        }
        if self.books.used >= self.faults.quota_limit {
            return Err(words::quota_refusal("MONTHLY_QUOTA_EXCEEDED"));
        }
        self.in_window += 1;
        self.books.used += 1;
        Ok(())
    }

    pub(super) fn meter(&mut self, now: Timestamp, known_key: bool) -> Meter {
        Meter {
            request_id: format!("req_{:016x}", self.luck.next()),
            now,
            rate_limit: self.faults.rate_limit,
            rate_used: self.in_window,
            rate_reset_s: 60 - now.as_second().rem_euclid(60),
            used: self.books.used,
            quota_limit: self.faults.quota_limit,
            sandbox_limit: self.faults.sandbox_limit,
            known_key,
        }
    }
}
