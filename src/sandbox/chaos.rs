//! The fault switches: what goes wrong, how often, and in which shape. It decides; the API's own file does the damage.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::chance::Chance;
use super::opendental::office::Office;

/// The switches that only one system has, each group under its system's name.
const GROUPS: [&str; 1] = ["opendental"];

/// All fault switches of one system, as `POST /faults` takes and gives them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Each answer waits this long.
    pub latency_ms: u64,
    /// No answer comes until this is off again.
    pub stall: bool,
    /// Connections are dropped at once.
    pub offline: bool,
    /// The rate of requests whose connection is cut, half of them after the work was done.
    pub drop: f64,
    /// The rate of each error status.
    pub status: BTreeMap<u16, f64>,
    /// Faults for the next requests, one each.
    pub next: VecDeque<Planned>,
    /// Searches see the store as it was this long ago; reads by id see it as it is.
    pub lag_ms: u64,
    /// The shape of the resources in `data`.
    pub shape: Shape,
    /// What is round them.
    pub envelope: Envelope,
    /// Whether the reply carries the meta headers.
    pub meta_headers: bool,
    /// The first row of each page carries codes that no list names.
    pub unknown_enum: bool,
    /// Each page ends with an outcome row without an id.
    pub phantom_row: bool,
    /// Unknown people in a request are refused.
    pub strict_references: bool,
    /// How deep document sections may nest.
    pub section_depth: usize,
    /// How many seconds a new token is good.
    pub token_s: u64,
    /// Requests a minute.
    pub rate_limit: u64,
    /// Requests a month.
    pub quota_limit: u64,
    /// Requests a month with test keys.
    pub sandbox_limit: u64,
    /// What only Open Dental has.
    pub opendental: Office,
}

impl Default for Faults {
    fn default() -> Faults {
        Faults {
            latency_ms: 0,
            stall: false,
            offline: false,
            drop: 0.0,
            status: BTreeMap::new(),
            next: VecDeque::new(),
            lag_ms: 0,
            shape: Shape::Flat,
            envelope: Envelope::Full,
            meta_headers: true,
            unknown_enum: false,
            phantom_row: false,
            strict_references: false,
            section_depth: 2,
            token_s: 8 * 3_600,
            rate_limit: 5_000,
            quota_limit: 3_000_000,
            sandbox_limit: 3_000_000,
            opendental: Office::default(),
        }
    }
}

/// The shape of resources: flat fields, or FHIR R4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Simplified JSON, the same as in requests.
    Flat,
    /// FHIR resources.
    Fhir,
}

/// What is round the resources in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Envelope {
    /// `data` and `meta`.
    Full,
    /// `data` without `meta`.
    DataOnly,
    /// Nothing.
    Bare,
    /// A FHIR searchset for searches, a FHIR resource otherwise.
    Bundle,
    /// Only the rows for searches, nothing otherwise.
    Array,
}

/// A fault for one request to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Planned {
    /// What happens.
    pub fault: Fault,
    /// Only a request with this method meets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The request is carried out before the fault shows.
    pub commit: bool,
}

/// What can happen to a single request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The connection ends, nothing was done.
    DropBefore,
    /// The work is done, then the connection ends.
    DropAfterCommit,
    /// A proxy's error page.
    #[serde(rename = "html_502")]
    Html502,
    /// A proxy's login page that claims success.
    #[serde(rename = "html_200")]
    Html200,
    /// An error without a body.
    #[serde(rename = "empty_500")]
    Empty500,
    /// The true answer, cut in the middle.
    TruncatedJson,
    /// An error body that is only a string.
    JsonString,
    /// An error body in FHIR's spelling.
    OperationOutcome,
    /// An error body whose `error` is an object.
    ErrorObject,
    /// An error body without `message`.
    NoMessage,
    /// An answer that points to another host.
    Redirect,
    /// A version conflict.
    #[serde(rename = "conflict_409")]
    Conflict409,
    /// The monthly quota is used up.
    QuotaMonthly,
    /// The test keys' quota is used up.
    QuotaSandbox,
    /// Too fast, with `Retry-After` in seconds.
    RateLimited,
    /// Too fast, with `Retry-After` as a date.
    RateLimitedDate,
    /// Too fast, with `Retry-After` that makes no sense.
    RateLimitedAbsurd,
    /// Too fast, without `Retry-After`.
    RateLimitedBare,
    /// A body of 64 MB.
    HugeBody,
    /// An answer about another row than the one asked for.
    OtherRow,
}

/// What a request meets, decided before it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing special.
    Plain,
    /// A planned or drawn fault, with or without the work being done first.
    Fault { fault: Fault, commit: bool },
    /// A drawn error status, with or without the work being done first.
    Status { status: u16, commit: bool },
}

impl Fate {
    /// Whether the request is carried out, whatever the client gets to see of it.
    pub(crate) fn carries_out(self) -> bool {
        match self {
            Fate::Plain => true,
            Fate::Fault { commit, .. } | Fate::Status { commit, .. } => commit,
        }
    }
}

impl Faults {
    /// Reads rates such as `429:10%,500:5%,drop:1%`.
    pub fn parse(text: &str) -> Result<Faults, String> {
        let mut faults = Faults::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, rate) =
                part.split_once(':').ok_or_else(|| format!("“{part}” is not of the form 429:10%."))?;
            let rate = read_rate(rate.trim()).ok_or_else(|| format!("“{part}” has no rate such as 10%."))?;
            if name.trim() == "drop" {
                faults.drop = rate;
            } else {
                let status = name.trim().parse::<u16>().ok().filter(|status| (400..600).contains(status));
                let status =
                    status.ok_or_else(|| format!("“{part}” names neither an error status nor drop."))?;
                faults.status.insert(status, rate);
            }
        }
        Ok(faults)
    }

    /// These switches with the given ones changed; the others stay as they are.
    pub(crate) fn changed(&self, change: &Value) -> Result<Faults, String> {
        let Value::Object(change) = change else { return Err("The faults must be a JSON object.".into()) };
        let mut all = serde_json::to_value(self).map_err(|error| error.to_string())?;
        for (name, wanted) in change {
            // A system's own group is changed switch by switch, everything else is replaced whole.
            if let (true, Some(group), Some(wanted)) = (
                GROUPS.contains(&name.as_str()),
                all.get_mut(name).and_then(Value::as_object_mut),
                wanted.as_object(),
            ) {
                group.extend(wanted.clone());
            } else if let Some(all) = all.as_object_mut() {
                all.insert(name.clone(), wanted.clone());
            }
        }
        let faults = serde_json::from_value::<Faults>(all).map_err(|error| error.to_string())?;
        let is_rate = |rate: &f64| (0.0..=1.0).contains(rate);
        if !is_rate(&faults.drop) || !faults.status.values().all(is_rate) {
            return Err("A rate lies between 0 and 1.".into());
        }
        if faults.status.keys().any(|status| !(400..600).contains(status)) {
            return Err("A fault's status lies between 400 and 599.".into());
        }
        Ok(faults)
    }

    /// What the next request meets; takes it from the plan.
    pub(crate) fn fate(&mut self, method: &str, chance: &mut Chance) -> Fate {
        let meets = |planned: &Planned| {
            planned.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
        };
        if let Some(place) = self.next.iter().position(meets)
            && let Some(planned) = self.next.remove(place)
        {
            return Fate::Fault { fault: planned.fault, commit: planned.commit };
        }
        if self.drop > 0.0 && chance.happens(self.drop) {
            let fault = if chance.happens(0.5) { Fault::DropAfterCommit } else { Fault::DropBefore };
            return Fate::Fault { fault, commit: fault == Fault::DropAfterCommit };
        }
        for (status, rate) in &self.status {
            if chance.happens(*rate) {
                // A client cannot know whether a failing server did the work, so half of the time it did.
                return Fate::Status { status: *status, commit: *status >= 500 && chance.happens(0.5) };
            }
        }
        Fate::Plain
    }
}

fn read_rate(text: &str) -> Option<f64> {
    let rate = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse::<f64>().ok()?,
    };
    (0.0..=1.0).contains(&rate).then_some(rate)
}

impl TryFrom<Value> for Planned {
    type Error = String;

    fn try_from(value: Value) -> Result<Planned, String> {
        let read = |value: &Value| {
            serde_json::from_value::<Fault>(value.clone()).map_err(|error| format!("next: {error}"))
        };
        let object = match value {
            Value::Object(object) => object,
            name => return Ok(Planned::new(read(&name)?)),
        };
        if let Some(unknown) =
            object.keys().find(|key| !matches!(key.as_str(), "fault" | "method" | "commit"))
        {
            return Err(format!("next: unknown key {unknown}; known are fault, method and commit"));
        }
        let mut planned = Planned::new(read(object.get("fault").unwrap_or(&Value::Null))?);
        planned.method = object.get("method").and_then(Value::as_str).map(str::to_owned);
        planned.commit = object.get("commit").and_then(Value::as_bool).unwrap_or(planned.commit);
        Ok(planned)
    }
}

impl Planned {
    fn new(fault: Fault) -> Planned {
        let commit = matches!(fault, Fault::DropAfterCommit | Fault::TruncatedJson | Fault::OtherRow);
        Planned { fault, method: None, commit }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sandbox::opendental::office::Version;

    #[test]
    fn rates_are_read_from_the_command_line_form() {
        let faults = Faults::parse("429:10%, 500:0.05,drop:1%").expect("reads");
        assert_eq!(faults.status, BTreeMap::from([(429, 0.1), (500, 0.05)]));
        assert!((faults.drop - 0.01).abs() < 1e-9);
        assert_eq!(Faults::parse("").expect("empty"), Faults::default());
        for bad in ["429", "429:ten", "200:10%", "drop:101%", "drop:-1", "nope:1%", "drop:NaN"] {
            assert!(Faults::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_change_keeps_the_rest_and_names_what_is_wrong() {
        let faults = Faults::default().changed(&json!({"lag_ms": 10_000})).expect("lag");
        let faults = faults
            .changed(&json!({"next": ["html_502", {"fault": "drop_after_commit", "method": "POST"}]}))
            .expect("next");
        assert_eq!((faults.lag_ms, faults.next.len()), (10_000, 2));
        assert_eq!(faults.changed(&json!({})).expect("same"), faults);
        let office = faults.changed(&json!({"opendental": {"page_rows": 5}})).expect("group");
        let office = office.changed(&json!({"opendental": {"version": "24.1.5"}})).expect("group");
        assert_eq!((office.opendental.page_rows, office.opendental.version), (5, Version([24, 1, 5])));
        for (bad, word) in [
            (json!({"lagms": 1}), "lagms"),
            (json!({"next": ["explode"]}), "explode"),
            (json!({"next": [{"fault": "html_502", "when": 1}]}), "when"),
            (json!({"drop": 2}), "between"),
            (json!({"status": {"200": 0.5}}), "400"),
            (json!([]), "object"),
            (json!({"opendental": {"page": 5}}), "page"),
            (json!({"opendental": {"version": "new"}}), "version"),
            (json!({"opendental": 1}), "Office"),
        ] {
            let said = faults.changed(&bad).expect_err("refused");
            assert!(said.contains(word), "{said}");
        }
    }

    #[test]
    fn planned_faults_wait_for_their_method_and_happen_once() {
        let plan = json!({"next": [{"fault": "drop_after_commit", "method": "post"}, "html_502"]});
        let mut faults = Faults::default().changed(&plan).expect("plan");
        let mut chance = Chance::new(1);
        let html = Fate::Fault { fault: Fault::Html502, commit: false };
        let drop = Fate::Fault { fault: Fault::DropAfterCommit, commit: true };
        assert_eq!(faults.fate("GET", &mut chance), html);
        assert_eq!(faults.fate("GET", &mut chance), Fate::Plain);
        assert_eq!(faults.fate("POST", &mut chance), drop);
        assert_eq!(faults.fate("POST", &mut chance), Fate::Plain);
    }
}
