//! Contacts: the people of a tenant.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use subscription::TenantId;

use crate::StoreError;
use crate::entity::contact;
use crate::error::at;

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

    fn from_column(word: &str) -> Self {
        match word {
            "billing" => Self::Billing,
            "technical" => Self::Technical,
            _ => Self::Owner,
        }
    }
}

impl Contact {
    pub(crate) fn from_row(row: &contact::Model) -> Self {
        Self {
            role: Role::from_column(&row.role),
            email: row.email.clone(),
            name: row.name.clone(),
        }
    }
}

/// Replaces all contacts of a tenant.
pub(crate) async fn write_contacts(tx: &impl ConnectionTrait, id: &TenantId, contacts: &[Contact]) -> Result<(), StoreError> {
    contact::Entity::delete_many()
        .filter(contact::Column::TenantId.eq(id.as_str()))
        .exec(tx)
        .await
        .map_err(at("replace the contacts"))?;
    if contacts.is_empty() {
        return Ok(());
    }
    let rows = contacts.iter().map(|contact| contact::ActiveModel {
        tenant_id: Set(id.to_string()),
        role: Set(contact.role.as_str().to_owned()),
        email: Set(contact.email.clone()),
        name: Set(contact.name.clone()),
    });
    let rows = contact::Entity::insert_many(rows);
    rows.exec_without_returning(tx)
        .await
        .map(drop)
        .map_err(at("write the contacts"))
}
