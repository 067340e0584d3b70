//! Contacts: the people of a tenant.

/// A person of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contact {
    /// The role, which decides their mails.
    pub role: Role,
    /// Their address.
    pub email: String,
    /// Their name; may be empty.
    pub name: String,
}

/// The role of a contact, which decides their mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Payments and invoices.
    Billing,
    /// Everything that no other contact is there for.
    Owner,
    /// The operation of the service.
    Technical,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Billing, Self::Owner, Self::Technical];

    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Owner => "owner",
            Self::Technical => "technical",
        }
    }

    /// Returns the role of this name. A word of a newer version stands for the owner, who gets what nobody else does.
    pub fn from_word(word: &str) -> Self {
        match word {
            "billing" => Self::Billing,
            "technical" => Self::Technical,
            _ => Self::Owner,
        }
    }
}
