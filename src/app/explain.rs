//! Which terms of the filter each source runs, and which run here.
//!
//! Must not change the filter.

use super::{layers::tell, state::State};

/// Opens the explanation of the filter in force.
pub fn open(state: &mut State) {
    let query = state.worklist.query();
    let mut lines = vec![format!("Filter: {}", query.to_text()), String::new()];
    lines.push(
        "Every source is asked for all its tasks, page by page, its open urgent ones first;".to_owned(),
    );
    lines.push("each term of the filter then runs here, over what was fetched:".to_owned());
    lines.push(String::new());
    for line in query.explain(&[]) {
        lines.push(format!("  {}  — {}", line.term, line.why));
    }
    for source in &state.sources {
        let whole = if source.complete { "all fetched" } else { "not all fetched yet" };
        let at_least = || source.at_least.map(|least| format!("{least} or more"));
        let total = source.total.map(|total| total.to_string()).or_else(at_least);
        let total = total.unwrap_or_else(|| "an unknown number of".to_owned());
        lines.push(format!("{}: {total} tasks, {whole}.", source.name));
    }
    tell::open(state, "How the filter is run", lines);
}
