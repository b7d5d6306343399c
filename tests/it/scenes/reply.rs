//! How a scene answers a call: well, badly, or not in time.
//!
//! Must not choose: the block says which call and which answer.

use super::{
    script::{self, Block},
    stage::{Stage, Waiting},
    world,
};
use rounds::{
    app::{Msg, outbox::CallId},
    domain::{
        check::Problem,
        document::Thing,
        task::{Field, FieldSet, Task, TaskKey},
        time::DateTime,
    },
    providers::{Answer, ApiError, Call, DocumentCall, ErrorKind, Facts, Page, Quota, Rate, Reply},
};

/// Gives an answer that says nothing about the source itself.
pub(super) fn give(stage: &mut Stage, id: CallId, outcome: Result<Reply, ApiError>) {
    let outcome = outcome.map(|reply| Answer { reply, facts: Facts::default() });
    stage.tell(Msg::Heard { id, outcome: Box::new(outcome) });
}

/// `reply [to CALL:] ANSWER`: to the oldest call whose short text contains the words; without words to the oldest
/// write, else to the oldest call.
pub(super) fn play(stage: &mut Stage, block: &Block) {
    let (words, answer) = match block.rest.strip_prefix("to ").and_then(|rest| rest.split_once(": ")) {
        Some((words, answer)) => (words, answer),
        None => ("", block.rest.as_str()),
    };
    let writes =
        words.is_empty().then(|| stage.calls.iter().position(|waiting| waiting.call.writes())).flatten();
    let waiting = writes
        .map(|place| stage.calls.remove(place))
        .or_else(|| stage.take_call(words))
        .unwrap_or_else(|| panic!("line {}: nobody asks that.\n{}", block.line, stage.report()));
    let (word, rest) = answer.split_once(' ').unwrap_or((answer, ""));
    let outcome = match word {
        "ok" => Ok(good(stage, &waiting, rest)),
        "page" => Ok(page(stage, &waiting, rest, &block.body)),
        "candidates" => Ok(Reply::tasks_found(tasks(stage, &waiting, &block.body))),
        _ => Err(error(stage, &waiting, word, rest, &block.body)),
    };
    let outcome = outcome.map(|reply| Answer { reply, facts: facts(answer) });
    stage.tell(Msg::Heard { id: waiting.id, outcome: Box::new(outcome) });
}

fn tasks(stage: &Stage, waiting: &Waiting, lines: &[String]) -> Vec<Task> {
    lines.iter().map(|line| world::task(waiting.source, stage.start, line)).collect()
}

fn page(stage: &Stage, waiting: &Waiting, rest: &str, lines: &[String]) -> Reply {
    let words = script::words(rest);
    let number = |name: &str| script::value(&words, name).map(|text| text.parse::<u64>().unwrap());
    Reply::Page(Page {
        is_cut: false,
        tasks: tasks(stage, waiting, lines),
        next: script::value(&words, "next").map(str::to_owned),
        total: number("total"),
        dropped: number("dropped").unwrap_or(0) as u32,
        people: Vec::new(),
        ..Page::default()
    })
}

/// The source does what it was asked: `unlisted` keeps it from its search, `without=a,b` drops fields, `id=` names
/// what was made.
fn good(stage: &mut Stage, waiting: &Waiting, rest: &str) -> Reply {
    let words = script::words(rest);
    let without: FieldSet = script::value(&words, "without")
        .into_iter()
        .flat_map(|names| names.split(','))
        .map(|name| Field::parse(name).unwrap())
        .collect();
    let now = DateTime::from_instant(stage.now);
    let world = stage.worlds.get_mut(&waiting.source).unwrap();
    let (mut task, before, fields) = match &waiting.call {
        Call::UpdateTask { base, patch, .. } => {
            let before = world.task(&base.key.id).cloned().unwrap_or_else(|| (**base).clone());
            let mut task = before.clone();
            patch.apply(&mut task);
            (task, before, patch.fields.clone())
        }
        Call::CreateTask { draft, .. } => {
            let id = script::value(&words, "id").expect("reply ok id=ID").into();
            let key = TaskKey { source: waiting.source, id };
            (Task { key, ..(**draft).clone() }, Task::default(), FieldSet::new())
        }
        Call::Document(call) => {
            return world.documents.answer(waiting.source, call).expect("a document that is there");
        }
        read => return world.answer(read).unwrap_or_else(|error| panic!("{error}")),
    };
    for field in &without {
        task.copy(&before, *field);
    }
    task.last_modified = Some(now);
    if words.iter().any(|(word, _)| word == "unlisted") {
        world.put_unlisted(task.clone());
    } else {
        world.put(&task);
    }
    let task = Box::new(task);
    match &waiting.call {
        Call::CreateTask { .. } => Reply::Created { task, differs: without },
        _ => Reply::Updated { task, differs: fields.intersection(&without).copied().collect() },
    }
}

fn error(stage: &mut Stage, waiting: &Waiting, word: &str, rest: &str, lines: &[String]) -> ApiError {
    let mut sentence = rest.to_owned();
    let mut first = || {
        let (head, tail) = rest.split_once(' ').unwrap_or((rest, ""));
        tail.clone_into(&mut sentence);
        head.to_owned()
    };
    let (kind, status) = match word {
        "unknown" => (ErrorKind::Unknown, None),
        "not-sent" => (ErrorKind::NotSent, None),
        // The server answered, and what is to be changed could not be read: nothing went out for this task alone.
        "not-read" => (ErrorKind::NotSent, Some(502)),
        "not-its-api" => (ErrorKind::NotItsApi, Some(200)),
        "credential" => (ErrorKind::Credential, Some(401)),
        "permission" => (ErrorKind::Permission, Some(403)),
        "not-found" => (ErrorKind::NotFound, Some(404)),
        "paused" => (ErrorKind::Paused { after_s: first().parse().unwrap() }, Some(429)),
        "quota" => (ErrorKind::Quota { reset_at: first().parse().ok() }, Some(429)),
        "conflict" if lines.iter().any(|line| line.starts_with("document ")) => {
            let world = stage.worlds.get_mut(&waiting.source).unwrap();
            for line in lines {
                world.set(waiting.source, stage.start, line);
            }
            let Call::Document(DocumentCall::Update { base, .. }) = &waiting.call else { panic!("{rest}") };
            let current = world.documents.find(&base.key.id).expect("the document that it met");
            (ErrorKind::Conflict(Some(Thing::Document(Box::new(current)))), Some(409))
        }
        "conflict" => {
            let current = tasks(stage, waiting, lines).pop();
            if let Some(task) = &current {
                stage.worlds.get_mut(&waiting.source).unwrap().put(task);
            }
            (ErrorKind::Conflict(current.map(|task| Thing::Task(Box::new(task)))), Some(409))
        }
        "refused" => {
            let problems = lines.iter().map(|line| {
                let (path, sentence) = line.split_once(": ").expect("PATH: SENTENCE");
                Problem::at_path(path, sentence)
            });
            (ErrorKind::Refused(problems.collect()), Some(422))
        }
        _ => panic!("what is {word}?"),
    };
    let (sentence, request_id) = match sentence.rsplit_once(" request=") {
        Some((sentence, id)) => (sentence.to_owned(), Some(id.to_owned())),
        None => (sentence, None),
    };
    ApiError { kind, status, sentence, request_id }
}

/// `rate=LEFT/ALL` and `quota=LEFT/ALL` beside a good answer.
fn facts(answer: &str) -> Facts {
    let words = if answer.starts_with("ok") || answer.starts_with("page") {
        script::words(answer)
    } else {
        Vec::new()
    };
    let pair = |name: &str| {
        let (left, all) = script::value(&words, name)?.split_once('/')?;
        Some((left.parse().unwrap(), all.parse().unwrap()))
    };
    Facts {
        rate: pair("rate").map(|(remaining, limit)| Rate { limit, remaining, reset_s: 60 }),
        quota: pair("quota").map(|(remaining, limit)| Quota { limit, remaining, reset_at: None }),
        ..Facts::default()
    }
}
