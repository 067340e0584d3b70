//! Contacts as rows.

use ledger::{Contact, Role};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use subscription::TenantId;

use crate::StoreError;
use crate::entity::contact;
use crate::error::at;

/// Makes the contact of this row.
pub(crate) fn contact_of(row: &contact::Model) -> Contact {
    Contact {
        role: Role::from_word(&row.role),
        email: row.email.clone(),
        name: row.name.clone(),
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
