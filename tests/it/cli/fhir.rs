//! `rounds doc` on a FHIR server: begun, checked, posted, listed, shown and amended as Compositions.
//!
//! Must not look at what the program believes where the server can be asked.

use super::ward::{Said, Ward, text};
use crate::sim::fhir::{Documents, FhirServer, Question};
use rounds::runtime::clock;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A FHIR server on loopback for as long as the test runs.
struct Server {
    books: Arc<Mutex<FhirServer>>,
    url: String,
}

impl Server {
    fn open() -> Server {
        let books = Arc::new(Mutex::new(FhirServer::new(Documents::Composed, clock::now())));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = Arc::clone(&books);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &served);
            }
        });
        Server { books, url }
    }

    /// The Composition of this title.
    fn titled(&self, title: &str) -> Value {
        let all = self.books.lock().unwrap().resources();
        all.into_iter().find(|row| row["title"] == title).unwrap_or_else(|| panic!("{title} is not there"))
    }
}

/// Answers one request and closes.
fn answer(mut stream: TcpStream, books: &Mutex<FhirServer>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut words = lines[0].split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let (path, _) = target.split_once('?').unwrap_or((target, ""));
    let question = Question { method, path, query: &[], headers: &headers, body: &body };
    let (status, headers, body) = books.lock().unwrap().answer(&question, clock::now());
    let body = body.to_string();
    let further: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let further = further.concat();
    let head = format!(
        "HTTP/1.1 {status} OK\r\ncontent-type: application/fhir+json\r\nconnection: close\r\n{further}\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).ok();
}

fn made(said: &Said) -> String {
    assert_eq!(said.code, 0, "{said:?}");
    said.out.split_whitespace().next().unwrap().strip_prefix("fhir/").unwrap().to_owned()
}

#[test]
fn a_document_is_begun_checked_posted_listed_shown_and_amended() {
    let (ward, server) = (Ward::open(), Server::open());
    ward.configure(&format!("[source.fhir]\nkind = \"fhir\"\nurl = \"{}\"\n", server.url));
    let person = "Practitioner/synthetic-1";
    let begun =
        ward.run(&["doc", "new", "--template", "sbar", "--task", "fhir/t1", "--practitioner", person]);
    assert_eq!(begun.code, 0, "{begun:?}");
    assert!(begun.out.contains("\ndate = "), "every Composition has a date: {begun:?}");
    let unwritten = ward.run_with(&["doc", "check", "-"], &begun.out);
    assert!(unwritten.code == 2 && !unwritten.out.contains("date"), "{unwritten:?}");

    let file = format!(
        "+++\nsource = \"fhir\"\nstatus = \"final\"\ntype = \"discharge-summary\"\ntitle = \"Synthetic summary\"\n\
         patientId = \"Patient/synthetic-1\"\npractitionerId = \"{person}\"\n\n[[attester]]\nmode = \"legal\"\n\
         time = \"2026-11-21T03:00:00Z\"\npartyId = \"{person}\"\n\n[[relatesTo]]\ncode = \"replaces\"\n\
         targetId = \"Composition/t9\"\n\n[[event]]\ncode = [{{ system = \"s\", code = \"IMP\" }}]\n\
         period = {{ start = \"2026-11-15\" }}\ndetailIds = [\"Task/t1\"]\n+++\n\n# Course\n<!-- section\n\
         code = \"8648-8\"\n-->\nWell <now>.\n\n## Beneath\nDeeper.\n\n### And deeper\nStill.\n"
    );
    let dated = file.replace("\n\n[[attester]]", "\ndate = \"2026-11-21T03:00:00Z\"\n\n[[attester]]");
    for file in [&file, &dated] {
        let checked = ward.run_with(&["doc", "check", "-"], file);
        assert_eq!(checked.code, 0, "a date comes with the sending: {checked:?}");
    }
    let id = made(&ward.run_with(&["doc", "post", "-", "--sign"], &dated));
    let mut made_of = server.titled("Synthetic summary");
    assert_eq!(text(&made_of, "id"), id);
    for name in ["id", "meta", "identifier"] {
        made_of.as_object_mut().unwrap().remove(name);
    }
    let div = |text: &str| {
        let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{text}</p></div>");
        json!({"status": "generated", "div": div})
    };
    let wanted = json!({
        "resourceType": "Composition", "status": "final", "title": "Synthetic summary",
        "type": {"coding": [{"system": "http://loinc.org", "code": "18842-5", "display": "Discharge summary"}],
                 "text": "Discharge summary"},
        "subject": {"reference": "Patient/synthetic-1"}, "author": [{"reference": person}],
        "date": "2026-11-21T03:00:00Z",
        "attester": [{"mode": "legal", "time": "2026-11-21T03:00:00Z", "party": {"reference": person}}],
        "relatesTo": [{"code": "replaces", "targetReference": {"reference": "Composition/t9"}}],
        "event": [{"code": [{"coding": [{"system": "s", "code": "IMP"}]}], "period": {"start": "2026-11-15"},
                   "detail": [{"reference": "Task/t1"}]}],
        "section": [{
            "title": "Course", "code": {"coding": [{"system": "http://loinc.org", "code": "8648-8"}]},
            "text": div("Well &lt;now&gt;."),
            "section": [{"title": "Beneath", "text": div("Deeper."),
                         "section": [{"title": "And deeper", "text": div("Still.")}]}]
        }]
    });
    assert_eq!(made_of, wanted);

    let undated = file.replace("Synthetic summary", "Synthetic and undated");
    made(&ward.run_with(&["doc", "post", "-", "--sign"], &undated));
    assert!(server.titled("Synthetic and undated")["date"].is_string());

    let listed =
        ward.run(&["doc", "ls", "--patient", "synthetic-1", "--type", "discharge-summary", "--json"]);
    assert!(listed.out.contains("Synthetic planted letter 1"), "{listed:?}");
    let read = ward.run(&["doc", "show", &format!("fhir/{id}")]);
    assert!(read.code == 0 && read.out.contains("1.1.1. And deeper"), "{read:?}");
    let again = ward.run(&["doc", "show", &format!("fhir/{id}"), "--markdown"]).out;
    let amended = again.replace("status = \"final\"", "status = \"amended\"").replace("Still.", "No more.");
    let posted = ward.run_with(&["doc", "post", "-", "--sign"], &amended);
    assert_eq!(posted.code, 0, "{posted:?}");
    let now = server.titled("Synthetic summary");
    assert_eq!(now["status"], "amended");
    assert_eq!(now["section"][0]["section"][0]["section"][0]["text"], div("No more."));
    assert_eq!((&now["event"], &now["attester"]), (&wanted["event"], &wanted["attester"]));
    let stale = ward.run_with(&["doc", "post", "-", "--sign"], &amended.replace("No more.", "Too late."));
    assert_eq!(stale.code, 4, "{stale:?}");
}
