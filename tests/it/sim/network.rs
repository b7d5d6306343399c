//! What may happen to a request between the program and its server.
//!
//! Must not know what is asked: a network does not either.

use rounds::{
    app::state::Ids,
    providers::wire::{WireAnswer, WireReply},
};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Plain,
    /// Nothing reaches the server, and that is known.
    NotSent,
    /// It is lost on its way.
    LostBefore,
    /// The work is done, the answer is lost.
    LostAfter,
    /// It arrives when nobody waits for it any more.
    Late,
    /// A gateway answers this; the work may have been done all the same.
    Status { status: u16, done: bool },
    /// The answer breaks off, and that is seen.
    Cut,
    /// The answer is cut, and looks whole to whoever counts its bytes.
    Halved,
    /// A page for people, with status 200.
    Html { done: bool },
    /// Too fast, told in one way or another.
    Paused { told: u8 },
    /// The key is not taken.
    Refused,
    /// It takes its time.
    Slow,
    /// The answer comes twice.
    Twice,
}

impl Fate {
    /// Draws one; `rate` is how many of a thousand requests meet a fault.
    pub(super) fn draw(chance: &mut Ids, rate: u64) -> Fate {
        if chance.below(1_000) >= rate {
            return Fate::Plain;
        }
        let done = chance.below(2) == 0;
        match chance.below(13) {
            0 => Fate::NotSent,
            1 => Fate::LostBefore,
            2 => Fate::LostAfter,
            3 => Fate::Late,
            4 => Fate::Status { status: 502, done },
            5 => Fate::Status { status: 504, done },
            6 => Fate::Status { status: 500, done },
            7 => Fate::Cut,
            8 => Fate::Halved,
            9 => Fate::Html { done },
            10 => Fate::Paused { told: chance.below(4) as u8 },
            11 => Fate::Slow,
            _ if chance.below(4) == 0 => Fate::Refused,
            _ => Fate::Twice,
        }
    }

    /// Whether the server does the work.
    pub(super) fn is_carried_out(self) -> bool {
        match self {
            Fate::Plain
            | Fate::LostAfter
            | Fate::Late
            | Fate::Cut
            | Fate::Halved
            | Fate::Slow
            | Fate::Twice => true,
            Fate::Status { done, .. } | Fate::Html { done } => done,
            Fate::NotSent | Fate::LostBefore | Fate::Paused { .. } | Fate::Refused => false,
        }
    }

    /// Whether the program can know from the reply what became of the work.
    pub(super) fn is_told(self) -> bool {
        matches!(
            self,
            Fate::Plain | Fate::NotSent | Fate::Paused { .. } | Fate::Refused | Fate::Slow | Fate::Twice
        )
    }

    /// How long the request is on its way, in milliseconds.
    pub(super) fn way_ms(self, chance: &mut Ids) -> i64 {
        match self {
            Fate::Late => 3_000 + chance.below(40_000) as i64,
            _ => 5 + chance.below(60) as i64,
        }
    }

    /// How long the reply is on its way, in milliseconds; a request that is lost is waited for till the end.
    pub(super) fn way_back_ms(self, chance: &mut Ids) -> i64 {
        match self {
            Fate::LostBefore | Fate::LostAfter if chance.below(2) == 0 => 50,
            Fate::LostBefore | Fate::LostAfter => 30_000,
            Fate::Slow => chance.below(29_000) as i64,
            _ => 5 + chance.below(60) as i64,
        }
    }

    /// What the program hears, given what the server said.
    pub(super) fn reply(self, answer: Option<WireAnswer>, plain: &WireAnswer) -> WireReply {
        let lost = |sentence: &str| WireReply::Lost { sentence: sentence.to_owned() };
        let answered = |status: u16, kind: &str, body: &str| {
            WireReply::Answered(WireAnswer {
                status,
                headers: vec![("content-type".to_owned(), kind.to_owned())],
                body: body.as_bytes().to_vec(),
                ..plain.clone()
            })
        };
        match (self, answer) {
            (Fate::NotSent, _) => {
                WireReply::NotSent { sentence: "It could not be reached: refused.".to_owned() }
            }
            (Fate::LostBefore | Fate::LostAfter | Fate::Late, _) | (_, None) if self.loses() => {
                lost("It did not answer within 30 s.")
            }
            (Fate::Status { status, .. }, _) => {
                answered(status, "text/html", "<html><h1>Bad Gateway</h1></html>")
            }
            (Fate::Cut, _) => lost("The answer broke off after 100 bytes."),
            (Fate::Html { .. }, _) => answered(200, "text/html", "<html><form>Sign in</form></html>"),
            (Fate::Paused { told }, _) => {
                let mut reply = answered(429, "application/json", "{\"error\":\"rate_limited\"}");
                let value = ["3", "Sat, 21 Nov 2026 03:00:20 GMT", "soon", "-7"][usize::from(told) % 4];
                if let WireReply::Answered(answer) = &mut reply {
                    answer.headers.push(("retry-after".to_owned(), value.to_owned()));
                }
                reply
            }
            (Fate::Refused, _) => answered(401, "application/json", "{\"error\":\"unauthorized\"}"),
            (Fate::Halved, Some(mut answer)) => {
                answer.body.truncate(answer.body.len() / 2);
                WireReply::Answered(answer)
            }
            (_, Some(answer)) => WireReply::Answered(answer),
            (_, None) => lost("The connection was cut."),
        }
    }

    fn loses(self) -> bool {
        matches!(self, Fate::LostBefore | Fate::LostAfter | Fate::Late)
    }
}
