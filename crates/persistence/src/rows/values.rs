//! Statements for SQLite, with each value as a parameter of its own.

use sea_orm::sea_query::Value;
use sea_orm::{ActiveModelTrait, ActiveValue, DbErr, EntityName, EntityTrait, IdenStatic, Iterable};

use super::{Existing, listed, returned};

/// The most rows that are one statement whatever their number.
const ONE_PORTION: usize = 16;

/// The most rows of any portion. SQLite keeps a program of some instructions for each row of a prepared statement.
const MAX_PORTION: usize = 32;

/// Splits rows into portions to insert, in their order, the longest first: 93 become 32, 32, 16 and 13.
pub(super) fn portions<T>(rows: Vec<T>) -> Vec<Vec<T>> {
    let mut rows = rows.into_iter();
    let mut portions = Vec::new();
    while let Some(len) = rows.len().min(MAX_PORTION).checked_ilog2() {
        let len = if rows.len() <= ONE_PORTION { rows.len() } else { 1 << len };
        portions.push(rows.by_ref().take(len).collect());
    }
    portions
}

/// Returns an insert of all these rows, value by value. The values are added to the statement's other values. All rows
/// set the same columns.
pub(super) fn from_values<A: ActiveModelTrait>(
    rows: Vec<A>,
    existing: Existing,
    returning: &[<A::Entity as EntityTrait>::Column],
    values: &mut Vec<Value>,
) -> Result<String, DbErr> {
    let len = rows.len();
    let before = values.len();
    let mut columns = Vec::new();
    for (nth, mut row) in rows.into_iter().enumerate() {
        for column in <A::Entity as EntityTrait>::Column::iter() {
            if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = row.take(column) {
                values.push(value);
                if nth == 0 {
                    columns.push(column.as_str());
                }
            }
        }
    }
    let table = A::Entity::default();
    let table = table.table_name();
    if values.len() - before != len * columns.len() {
        return Err(DbErr::Type(format!("rows of {table} set different columns")));
    }
    let row = format!("({})", vec!["?"; columns.len()].join(", "));
    let rows = vec![row.as_str(); len].join(", ");
    let insert = format!(
        r#"INSERT INTO "{table}" ({}) VALUES {rows} {}"#,
        listed(&columns),
        existing.to_sql()
    );
    Ok(insert + &returned(returning))
}

/// Returns a deletion of the row with this key. The key's values are added to the statement's other values.
pub(super) fn delete_by_values<A: ActiveModelTrait>(mut key: A, values: &mut Vec<Value>) -> String {
    let mut is_same = Vec::new();
    for column in <A::Entity as EntityTrait>::Column::iter() {
        if let ActiveValue::Set(value) = key.take(column) {
            is_same.push(format!(r#""{}" = ?"#, column.as_str()));
            values.push(value);
        }
    }
    format!(
        r#"DELETE FROM "{}" WHERE {}"#,
        A::Entity::default().table_name(),
        is_same.join(" AND ")
    )
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::NotSet;
    use sea_orm::Set;

    use super::{Existing, MAX_PORTION, ONE_PORTION, from_values, portions};
    use crate::entity::suppressed_address;

    #[test]
    fn portions_have_few_lengths_and_nothing_is_lost() {
        for len in 0..300_u16 {
            let portions = portions((0..len).collect());
            let has_known_len = |portion: &Vec<u16>| portion.len() <= ONE_PORTION || portion.len() == MAX_PORTION;
            assert!(portions.iter().all(has_known_len));
            assert_eq!(portions.concat(), (0..len).collect::<Vec<_>>());
        }
    }

    #[test]
    fn rows_that_set_the_same_columns_are_one_statement() {
        let line = |email: &str, since| suppressed_address::ActiveModel {
            email: Set(email.to_owned()),
            reply: NotSet,
            since,
        };
        let mut values = Vec::new();
        let sql = from_values(vec![line("a", Set(1)), line("b", Set(2))], Existing::Keep, &[], &mut values).unwrap();
        let expected = r#"INSERT INTO "suppressed_address" ("email", "since") VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING"#;
        assert_eq!((sql.as_str(), values.len()), (expected, 4));
        let differ = from_values(vec![line("a", Set(1)), line("b", NotSet)], Existing::Keep, &[], &mut values);
        assert!(differ.is_err(), "{differ:?}");
    }
}
