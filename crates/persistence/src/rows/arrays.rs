//! Statements for PostgreSQL, with each column of all rows as one parameter.

use sea_orm::sea_query::{ArrayType, Value};
use sea_orm::{ActiveModelTrait, ActiveValue, ColumnTrait, DbErr, EntityName, EntityTrait, IdenStatic, Iterable};

use super::{Existing, returned};

/// Returns an insert of all these rows from one array per column. The arrays are added to the statement's other values.
/// All rows set the same columns.
pub(super) fn from_arrays<A: ActiveModelTrait>(
    rows: Vec<A>,
    existing: Existing,
    returning: &[<A::Entity as EntityTrait>::Column],
    values: &mut Vec<Value>,
) -> Result<String, DbErr> {
    let arrays = Arrays::of(rows, values)?;
    let table = A::Entity::default();
    let sql = format!(
        r#"INSERT INTO "{}" ({}) SELECT {} FROM UNNEST({}) AS "row" ({}) {}"#,
        table.table_name(),
        arrays.columns.join(", "),
        arrays.selected.join(", "),
        arrays.parameters.join(", "),
        arrays.names.join(", "),
        existing.to_sql(),
    );
    Ok(sql + &returned(returning))
}

/// Returns a deletion of all these rows, by one array per column of their key.
pub(super) fn delete_by_arrays<A: ActiveModelTrait>(rows: Vec<A>, values: &mut Vec<Value>) -> Result<String, DbErr> {
    let arrays = Arrays::of(rows, values)?;
    let table = A::Entity::default();
    let table = table.table_name();
    let is_same: Vec<String> = arrays
        .columns
        .iter()
        .map(|column| format!(r#""{table}".{column} = "row".{column}"#))
        .collect();
    Ok(format!(
        r#"DELETE FROM "{table}" USING UNNEST({}) AS "row" ({}) WHERE {}"#,
        arrays.parameters.join(", "),
        arrays.names.join(", "),
        is_same.join(" AND "),
    ))
}

/// The parts of a statement over arrays.
struct Arrays<'a> {
    /// The inserted columns, and the expression selected for each.
    columns: Vec<String>,
    selected: Vec<String>,
    /// The arrays by their names in the statement, and as parameters.
    names: Vec<String>,
    parameters: Vec<String>,
    values: &'a mut Vec<Value>,
}

impl<'a> Arrays<'a> {
    /// Makes one array for each column that the rows set. All rows set the same columns.
    fn of<A: ActiveModelTrait>(mut rows: Vec<A>, values: &'a mut Vec<Value>) -> Result<Self, DbErr> {
        let mut arrays = Self {
            columns: Vec::new(),
            selected: Vec::new(),
            names: Vec::new(),
            parameters: Vec::new(),
            values,
        };
        for column in <A::Entity as EntityTrait>::Column::iter() {
            let of_column: Vec<Value> = rows
                .iter_mut()
                .filter_map(|row| match row.take(column) {
                    ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value),
                    ActiveValue::NotSet => None,
                })
                .collect();
            if !of_column.is_empty() {
                arrays.add(column.as_str(), of_column, column.def().is_null())?;
            }
        }
        Ok(arrays)
    }

    fn add(&mut self, column: &str, values: Vec<Value>, may_be_null: bool) -> Result<(), DbErr> {
        let name = format!(r#""{column}""#);
        if may_be_null {
            // The arrays sent hold no nulls, so a second array marks them.
            let mask = format!(r#""no_{column}""#);
            let nulls = values
                .iter()
                .map(|value| Value::Bool(Some(*value == value.as_null())))
                .collect();
            self.selected.push(format!("CASE WHEN {mask} THEN NULL ELSE {name} END"));
            self.push(mask, nulls)?;
        } else {
            self.selected.push(name.clone());
        }
        self.columns.push(name.clone());
        self.push(name, values)
    }

    fn push(&mut self, name: String, values: Vec<Value>) -> Result<(), DbErr> {
        let (of, cast) = match values.first() {
            Some(Value::Bool(_)) => (ArrayType::Bool, "bool"),
            Some(Value::BigInt(_)) => (ArrayType::BigInt, "int8"),
            Some(Value::Bytes(_)) => (ArrayType::Bytes, "bytea"),
            Some(Value::String(_)) => (ArrayType::String, "text"),
            other => return Err(DbErr::Type(format!("no column is of the type of {other:?}"))),
        };
        self.names.push(name);
        self.values
            .push(Value::Array(of, Some(Box::new(values.into_iter().map(or_empty).collect()))));
        self.parameters.push(format!("${}::{cast}[]", self.values.len()));
        Ok(())
    }
}

/// Returns the placeholder for a null in an array.
fn or_empty(value: Value) -> Value {
    match value {
        Value::Bool(None) => Value::Bool(Some(false)),
        Value::BigInt(None) => Value::BigInt(Some(0)),
        Value::Bytes(None) => Value::Bytes(Some(Vec::new())),
        Value::String(None) => Value::String(Some(String::new())),
        some => some,
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::NotSet;
    use sea_orm::Set;

    use super::{Existing, from_arrays};
    use crate::entity::customer;

    #[test]
    fn on_postgresql_any_number_of_rows_is_the_same_statement() {
        let row = |id: &str, wake_at| customer::ActiveModel {
            id: Set(id.to_owned()),
            account: Set(String::new()),
            livemode: Set(true),
            version: Set(1),
            wake_at: Set(wake_at),
            marked_from: NotSet,
            marked_through: NotSet,
            state: NotSet,
            folded_by: NotSet,
        };
        let known = Existing::Replace {
            key: &["id", "account", "livemode"],
            columns: &["version", "wake_at"],
        };
        let to_sql = |rows| from_arrays(rows, known, &[], &mut Vec::new()).unwrap();
        let one = to_sql(vec![row("a", None)]);
        assert_eq!(one, to_sql(vec![row("a", None), row("b", Some(7)), row("c", None)]));
        assert_eq!(
            one,
            r#"INSERT INTO "customer" ("id", "account", "livemode", "version", "wake_at") SELECT "id", "account", "livemode", "version", CASE WHEN "no_wake_at" THEN NULL ELSE "wake_at" END FROM UNNEST($1::text[], $2::text[], $3::bool[], $4::int8[], $5::bool[], $6::int8[]) AS "row" ("id", "account", "livemode", "version", "no_wake_at", "wake_at") ON CONFLICT ("id", "account", "livemode") DO UPDATE SET "version" = excluded."version", "wake_at" = excluded."wake_at""#
        );
    }
}
