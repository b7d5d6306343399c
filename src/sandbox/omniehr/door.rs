//! Who comes in: the logins, the limiter before them, the token of each request. It looks at no task.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Omni;
use super::body;
use super::books::{Role, User, stamp};
use super::reply::{Refusal, json_reply, too_many};
use super::token::{self, Claims};
use crate::sandbox::message::{Reply, Request};

/// How many requests `/api/auth` takes in a window.
const LIMIT: u64 = 100;
const WINDOW_S: i64 = 900;

/// One of the sandbox's fixed logins; synthetic, they open nothing but this sandbox.
#[derive(Clone, Copy)]
pub(super) struct Login {
    pub(super) role: Role,
    pub(super) email: &'static str,
    pub(super) password: &'static str,
}

pub(super) const LOGINS: [Login; 3] = [
    Login { role: Role::Admin, email: "admin@synthetic.example", password: "Synthetic-admin-1" },
    Login {
        role: Role::Practitioner,
        email: "robin.vale@synthetic.example",
        password: "Synthetic-practitioner-1",
    },
    Login { role: Role::Auditor, email: "auditor@synthetic.example", password: "Synthetic-auditor-1" },
];

/// The limiter's window; everyone on loopback is one address.
pub(super) struct Window {
    ends: Timestamp,
    used: u64,
}

impl Omni {
    /// Everything under `/api/auth`; each request counts, login and me together.
    pub(super) fn auth(
        &mut self,
        route: (&str, &[&str]),
        request: &Request,
        body: &Value,
        now: Timestamp,
    ) -> Reply {
        let (used, left_s) = self.count(now);
        let reply = if used > LIMIT {
            too_many(Some(&left_s.to_string()))
        } else {
            let result = match route {
                ("POST", ["login"]) => self.login(body, now),
                ("GET", ["me"]) => self.me(request, now),
                _ => Err(Refusal::no_route()),
            };
            result.unwrap_or_else(|refusal| refusal.reply())
        };
        reply
            .with("ratelimit-policy", format!("{LIMIT};w={WINDOW_S}"))
            .with("ratelimit-limit", LIMIT.to_string())
            .with("ratelimit-remaining", LIMIT.saturating_sub(used).to_string())
            .with("ratelimit-reset", left_s.to_string())
    }

    /// The requests of this window with this one, and the seconds until it ends.
    fn count(&mut self, now: Timestamp) -> (u64, i64) {
        let old = self.window.take().filter(|window| now < window.ends);
        let ends = || now.saturating_add(SignedDuration::from_secs(WINDOW_S)).unwrap_or(now);
        let mut window = old.unwrap_or_else(|| Window { ends: ends(), used: 0 });
        window.used += 1;
        let left_ms = window.ends.as_millisecond() - now.as_millisecond();
        let counted = (window.used, left_ms.max(0).div_euclid(1000) + i64::from(left_ms % 1000 > 0));
        self.window = Some(window);
        counted
    }

    fn login(&mut self, body: &Value, now: Timestamp) -> Result<Reply, Refusal> {
        let (email, password) = body::login(body).map_err(Refusal::invalid)?;
        let known = LOGINS.iter().any(|login| login.email == email && login.password == password);
        let user = self.books.users.iter_mut().find(|user| user.active && user.email == email);
        let user = user.filter(|_| known).ok_or_else(|| Refusal::new(401, "Invalid credentials"))?;
        user.last_login = Some(now);
        let issued = now.as_second();
        let lifetime_s = i64::try_from(self.faults.token_s).unwrap_or(i64::MAX);
        let claims = Claims {
            sub: user.id.clone(),
            email: user.email.clone(),
            role: user.role,
            name: user.full_name.clone(),
            iat: issued,
            exp: issued.saturating_add(lifetime_s),
        };
        Ok(json_reply(200, &json!({"token": token::sign(&claims), "user": user.shown()})))
    }

    fn me(&self, request: &Request, now: Timestamp) -> Result<Reply, Refusal> {
        let caller = caller(request, now)?;
        let user = self.books.user(&caller.sub).ok_or_else(|| Refusal::new(404, "User not found"))?;
        Ok(json_reply(200, &json!({"user": user.shown()})))
    }

    /// The one list under `/api/admin` that names owners: an admin sees all active ones, a practitioner only
    /// themselves.
    pub(super) fn admin(&self, route: (&str, &[&str]), caller: &Claims) -> Result<Reply, Refusal> {
        let ("GET", ["practitioners"]) = route else { return Err(Refusal::no_route()) };
        if caller.role == Role::Auditor {
            return Err(Refusal::not_allowed());
        }
        let seen = |user: &&User| user.active && (caller.role == Role::Admin || user.id == caller.sub);
        let mut users: Vec<&User> = self.books.practitioners().filter(seen).collect();
        users.sort_by_key(|user| &user.full_name);
        let shown = |user: &User| {
            let mut shown = user.shown();
            shown["updatedAt"] = json!(stamp(user.last_login.unwrap_or(user.created)));
            shown
        };
        let data: Vec<Value> = users.into_iter().map(shown).collect();
        Ok(json_reply(200, &json!({"data": data, "total": data.len()})))
    }
}

/// The bearer of a request's token; the scheme is case-sensitive.
pub(super) fn caller(request: &Request, now: Timestamp) -> Result<Claims, Refusal> {
    let header = request.header("authorization").unwrap_or_default();
    let token = header.strip_prefix("Bearer ").ok_or_else(|| Refusal::new(401, "Missing bearer token"))?;
    token::read(token, now).ok_or_else(Refusal::bad_token)
}
