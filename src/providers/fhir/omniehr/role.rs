//! The roles of OmniEHR: what each may do, and what of it is learnt by asking who is signed in.
//!
//! Must not guess: a role that is not known here reads only.

use crate::{
    domain::{
        can::{Can, Capability},
        task::Field,
    },
    providers::Lore,
};
use serde_json::{Value, json};

/// Why a practitioner cannot hand a task on.
pub(super) const OWN_ONLY: &str = "A practitioner can only own tasks herself: the server gives every task to its \
                                   writer without saying so.";

/// What a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Everything.
    Admin,
    /// Her own tasks.
    Practitioner,
    /// Looking at everything.
    Auditor,
    /// A role that this program has never heard of.
    Other(String),
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) role: Role,
    /// The user's id; that of a practitioner is her id in references.
    pub(super) id: String,
}

impl Role {
    pub(super) fn parse(name: &str) -> Role {
        match name {
            "admin" => Role::Admin,
            "practitioner" => Role::Practitioner,
            "auditor" => Role::Auditor,
            other => Role::Other(other.chars().take(40).collect()),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Role::Admin => "admin",
            Role::Practitioner => "practitioner",
            Role::Auditor => "auditor",
            Role::Other(name) => name,
        }
    }

    /// What its lists hold, for the sources screen.
    pub(super) fn sees(&self) -> &'static str {
        match self {
            Role::Practitioner => "its lists hold your own tasks only",
            _ => "its lists hold everyone's tasks",
        }
    }
}

impl Known {
    /// What was learnt earlier; none when the text is not of this adapter's making.
    pub(super) fn read(lore: &Lore) -> Option<Known> {
        let lore: Value = serde_json::from_str(&lore.0).ok()?;
        let text = |name: &str| lore.get(name).and_then(Value::as_str);
        Some(Known { role: Role::parse(text("role")?), id: text("id")?.to_owned() })
    }

    pub(super) fn lore(&self) -> Lore {
        Lore(json!({"role": self.role.name(), "id": self.id}).to_string().into())
    }

    /// The id under which this user can own tasks: only practitioners can, anybody else is refused as an owner.
    pub(super) fn me(&self) -> Option<&str> {
        (self.role == Role::Practitioner && !self.id.is_empty()).then_some(&*self.id)
    }

    /// Takes away what the role may not do.
    pub(super) fn correct(&self, can: &mut Can) {
        can.role = Some(self.role.name().to_owned());
        match &self.role {
            Role::Admin => {}
            Role::Practitioner => {
                can.refuse(Capability::Reassign, OWN_ONLY);
                can.refused_fields.insert(Field::Owner, OWN_ONLY.to_owned());
            }
            Role::Auditor => can.refuse_writes("Your role here is auditor: it reads only."),
            Role::Other(name) => can.refuse_writes(&format!(
                "Your role here is {name}, which this program does not know: it reads only."
            )),
        }
    }
}
