//! How ClinikAPI words the faults of the switches. It decides nothing.

use super::reply::{self, Meter, Refusal};
use crate::sandbox::chaos::Fault;
use crate::sandbox::damage::Words;
use crate::sandbox::message::Reply;

impl Words for Meter {
    fn refused(&self, status: u16, retry_after: Option<&str>) -> Reply {
        let retry_after = retry_after.map(str::to_owned);
        reply::bad(&Refusal { retry_after, ..Refusal::of_status(status) }, self)
    }

    fn id_pointer(&self) -> &'static str {
        "/data/id"
    }

    fn dressed(&self, reply: Reply) -> Reply {
        self.headers(reply)
    }

    fn own(&self, fault: Fault) -> Option<Reply> {
        match fault {
            Fault::NoMessage => {
                let mut body = reply::error_body(&Refusal::of_status(500), self);
                if let Some(body) = body.as_object_mut() {
                    body.shift_remove("message");
                }
                Some(self.headers(Reply::json(500, &body)))
            }
            Fault::QuotaMonthly => Some(reply::bad(&quota_refusal("MONTHLY_QUOTA_EXCEEDED"), self)),
            Fault::QuotaSandbox => Some(reply::bad(&quota_refusal("SANDBOX_QUOTA_EXCEEDED"), self)),
            _ => None,
        }
    }
}

pub(crate) fn quota_refusal(code: &'static str) -> Refusal {
    Refusal::new(429, code, "The request quota of this month is used up.")
}
