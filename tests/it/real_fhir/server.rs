//! One FHIR server on loopback and the adapter that speaks to it.
//!
//! Must not open a server or know any one product.

use rounds::{
    domain::task::Task,
    providers::{
        Alive, Answer, ApiError, Call, Provider, Reply, SourceProfile, Step, fhir,
        wire::{CredentialSlot, Method, WireReply, WireRequest},
    },
    runtime::http::{Origin, OriginOptions},
};
use serde_json::{Value, json};

/// The server, met: what it said of itself has been taught to the adapter.
pub(super) struct Server {
    origin: Origin,
    pub(super) about: Alive,
}

/// A key as the program gives one to each of the user's intents.
pub(super) fn key() -> String {
    uuid::Uuid::now_v7().to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the address of a server of the user's own, for this test alone"
)]
fn address() -> Option<String> {
    std::env::var("ROUNDS_TEST_FHIR_URL").ok().filter(|url| !url.is_empty())
}

impl Server {
    /// Meets the server; none where no address is given.
    pub(super) async fn open() -> Option<Server> {
        let Some(url) = address() else {
            println!("nothing was tried: ROUNDS_TEST_FHIR_URL is not set");
            return None;
        };
        let origin = Origin::new(&url, OriginOptions::default()).unwrap();
        assert!(origin.is_local(), "this test speaks to a server on this machine alone");
        let provider = fhir::make(SourceProfile::default());
        let Reply::Alive(about) =
            talk(&origin, &*provider, &Call::Probe, async |_| {}, |_| {}).await.unwrap()
        else {
            panic!("no probe")
        };
        Some(Server { origin, about: *about })
    }

    fn provider(&self, me: Option<&str>) -> Box<dyn Provider> {
        let profile = SourceProfile { me: me.map(str::to_owned), ..SourceProfile::default() };
        fhir::make(profile).taught(self.about.lore.as_ref().unwrap()).unwrap()
    }

    /// Holds one conversation.
    pub(super) async fn ask(&self, call: &Call) -> Result<Reply, ApiError> {
        talk(&self.origin, &*self.provider(None), call, async |_| {}, |_| {}).await
    }

    /// Holds one conversation as this practitioner.
    pub(super) async fn asked_as(&self, me: &str, call: &Call) -> Result<Reply, ApiError> {
        talk(&self.origin, &*self.provider(Some(me)), call, async |_| {}, |_| {}).await
    }

    /// Holds one conversation in which something else happens before the request of a number.
    pub(super) async fn ask_with(
        &self,
        call: &Call,
        before: impl AsyncFnMut(usize),
    ) -> Result<Reply, ApiError> {
        talk(&self.origin, &*self.provider(None), call, before, |_| {}).await
    }

    /// Holds one conversation and looks at its writing requests.
    pub(super) async fn ask_seeing<T>(
        &self,
        call: &Call,
        mut see: impl FnMut(&WireRequest) -> T,
    ) -> Result<Reply, ApiError> {
        let see = |request: &WireRequest| {
            if request.method.writes() {
                see(request);
            }
        };
        talk(&self.origin, &*self.provider(None), call, async |_| {}, see).await
    }

    /// Sends the first request of a conversation and loses its answer.
    pub(super) async fn ask_and_lose(&self, call: &Call) -> ApiError {
        let provider = self.provider(None);
        let Step::Ask(request) = provider.step(call, &[]) else { panic!("no request") };
        self.origin.exchange(&request, None).await;
        let lost = WireReply::Lost { sentence: "The answer was lost.".to_owned() };
        match provider.step(call, &[lost]) {
            Step::Done(Err(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    /// Makes a task by the adapter.
    pub(super) async fn made(&self, draft: &Task) -> Task {
        let call = Call::CreateTask { draft: Box::new(draft.clone()), idempotency_key: key() };
        match self.ask(&call).await.unwrap() {
            Reply::Created { task, .. } => *task,
            other => panic!("{other:?}"),
        }
    }

    /// A synthetic patient and a synthetic practitioner of this test's own, by their references.
    pub(super) async fn people(&self) -> (String, String) {
        let mut references = Vec::new();
        for (kind, family) in [("Patient", "Synthetisch"), ("Practitioner", "Probe")] {
            let body = json!({"resourceType": kind, "name": [{"family": family, "given": ["Test"]}]});
            references.push(format!("{kind}/{}", self.post(&format!("/{kind}"), &body.to_string()).await));
        }
        let nurse = references.pop().unwrap();
        (references.pop().unwrap(), nurse)
    }

    /// Puts a resource there behind the adapter's back; its id.
    pub(super) async fn post(&self, path: &str, body: &str) -> String {
        let mut request = WireRequest::new(Method::Post, path, CredentialSlot::None);
        request.headers.push(("Content-Type", "application/fhir+json".to_owned()));
        request.body = Some(body.to_owned());
        let resource: Value = serde_json::from_str(&self.body(&request).await).unwrap();
        resource["id"].as_str().unwrap_or_else(|| panic!("{resource}")).to_owned()
    }

    /// What stands at a path, byte by byte.
    pub(super) async fn text(&self, path: &str) -> String {
        self.body(&WireRequest::new(Method::Get, path, CredentialSlot::None)).await
    }

    async fn body(&self, request: &WireRequest) -> String {
        match self.origin.exchange(request, None).await {
            WireReply::Answered(answer) => String::from_utf8(answer.body).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

async fn talk(
    origin: &Origin,
    provider: &dyn Provider,
    call: &Call,
    mut before: impl AsyncFnMut(usize),
    mut see: impl FnMut(&WireRequest),
) -> Result<Reply, ApiError> {
    let mut heard = Vec::new();
    loop {
        match provider.step(call, &heard) {
            Step::Ask(request) => {
                before(heard.len()).await;
                see(&request);
                heard.push(origin.exchange(&request, None).await);
            }
            Step::Done(outcome) => return outcome.map(|Answer { reply, .. }| reply),
        }
    }
}
