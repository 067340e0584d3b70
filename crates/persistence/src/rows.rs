//! Many rows in one statement, whose shape does not depend on their number.
//!
//! A database parses and plans each statement that it has not seen. PostgreSQL takes a column of all rows as one array,
//! so there is one statement per table, whatever the batch. SQLite has no arrays. There, rows and lists come in a few
//! lengths, which limits the number of statements.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Expr, ExprTrait, Value};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, QueryFilter, Statement,
};

use crate::CustomerKey;

mod arrays;
mod values;

use arrays::{delete_by_arrays, from_arrays};
use values::{delete_by_values, from_values, portions};

/// The treatment of a row whose key exists already.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Existing {
    /// Fail, because another unit of work was here at the same moment, and this one must be retried.
    Refuse,
    /// Keep the existing row.
    Keep,
    /// Replace these columns of the existing row.
    Replace {
        /// The key that finds the row.
        key: &'static [&'static str],
        /// The columns that are replaced.
        columns: &'static [&'static str],
    },
}

/// The most rows whose statements are sent together on SQLite: those of one event or two. The statements of more rows
/// differ too much to be found prepared together.
const FEW_ROWS: usize = 16;

/// Rows of several tables to write, each table once. On PostgreSQL all of them are one statement, so that the cost of a
/// statement beside its rows, for the round trip and in the database, is paid once. On SQLite that cost is the way to
/// the thread that works for the connection and back. There the statements of a few rows are sent together.
pub(crate) struct Writes<'a, C> {
    tx: &'a C,
    /// The statements, each with the number of its values.
    statements: Vec<(String, usize)>,
    values: Vec<Value>,
    rows: usize,
}

impl<'a, C: ConnectionTrait> Writes<'a, C> {
    pub(crate) fn new(tx: &'a C) -> Self {
        Self {
            tx,
            statements: Vec::new(),
            values: Vec::new(),
            rows: 0,
        }
    }

    /// Returns the transaction that the rows are written in.
    pub(crate) fn tx(&self) -> &'a C {
        self.tx
    }

    /// Adds rows of one table, in their order.
    pub(crate) fn add<A: ActiveModelTrait>(&mut self, rows: Vec<A>, existing: Existing) -> Result<(), DbErr> {
        if rows.is_empty() {
            return Ok(());
        }
        self.rows += rows.len();
        if self.tx.get_database_backend() == DbBackend::Postgres {
            return self.add_statement(|values| from_arrays(rows, existing, &[], values));
        }
        portions(rows)
            .into_iter()
            .try_for_each(|portion| self.add_statement(|values| from_values(portion, existing, &[], values)))
    }

    /// Adds the removal of rows of one table. The rows set only the columns of their key.
    pub(crate) fn remove<A: ActiveModelTrait>(&mut self, rows: Vec<A>) -> Result<(), DbErr> {
        if rows.is_empty() {
            return Ok(());
        }
        self.rows += rows.len();
        if self.tx.get_database_backend() == DbBackend::Postgres {
            return self.add_statement(|values| delete_by_arrays(rows, values));
        }
        rows.into_iter()
            .try_for_each(|row| self.add_statement(|values| Ok(delete_by_values(row, values))))
    }

    /// Adds a statement, which is made along with its values.
    fn add_statement(&mut self, make: impl FnOnce(&mut Vec<Value>) -> Result<String, DbErr>) -> Result<(), DbErr> {
        let before = self.values.len();
        let sql = make(&mut self.values)?;
        self.statements.push((sql, self.values.len() - before));
        Ok(())
    }

    /// Writes the rows.
    pub(crate) async fn finish(self) -> Result<(), DbErr> {
        match self.tx.get_database_backend() {
            DbBackend::Postgres => self.finish_on_postgres().await,
            _ => self.finish_on_sqlite().await,
        }
    }

    async fn finish_on_sqlite(self) -> Result<(), DbErr> {
        if self.statements.is_empty() {
            return Ok(());
        }
        let statement = |sql, values: Vec<Value>| Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        if self.rows <= FEW_ROWS {
            let all: Vec<String> = self.statements.into_iter().map(|(sql, _)| sql).collect();
            return self.tx.execute_raw(statement(all.join("; "), self.values)).await.map(drop);
        }
        let mut values = self.values.into_iter();
        for (sql, len) in self.statements {
            let statement = statement(sql, values.by_ref().take(len).collect());
            self.tx.execute_raw(statement).await?;
        }
        Ok(())
    }

    async fn finish_on_postgres(mut self) -> Result<(), DbErr> {
        let Some((last, _)) = self.statements.pop() else {
            return Ok(());
        };
        let others = self.statements.iter().enumerate();
        let others: Vec<String> = others
            .map(|(nth, (statement, _))| format!(r#""write_{nth}" AS ({statement})"#))
            .collect();
        let sql = if others.is_empty() {
            last
        } else {
            format!("WITH {} {last}", others.join(", "))
        };
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, self.values);
        self.tx.execute_raw(statement).await.map(drop)
    }
}

/// Inserts the rows whose key does not exist yet. Returns these columns of the inserted rows, by `read`.
pub(crate) async fn insert_new<A: ActiveModelTrait, T>(
    tx: &impl ConnectionTrait,
    rows: Vec<A>,
    returning: &[<A::Entity as EntityTrait>::Column],
    read: impl Fn(&sea_orm::QueryResult) -> Result<T, DbErr>,
) -> Result<Vec<T>, DbErr> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut inserted = Vec::new();
    if tx.get_database_backend() == DbBackend::Postgres {
        let mut values = Vec::new();
        let sql = from_arrays(rows, Existing::Keep, returning, &mut values)?;
        let insert = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        inserted = tx.query_all_raw(insert).await?;
    } else {
        for portion in portions(rows) {
            let mut values = Vec::new();
            let sql = from_values(portion, Existing::Keep, returning, &mut values)?;
            let insert = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
            inserted.extend(tx.query_all_raw(insert).await?);
        }
    }
    inserted.iter().map(read).collect()
}

/// Returns the rows of a table that changes of these customers wrote after the given ones. On SQLite, where hardly
/// anyone else writes, it returns all of their rows.
pub(crate) async fn later_than<E: EntityTrait>(
    tx: &impl ConnectionTrait,
    customer_id: E::Column,
    changes: &BTreeMap<CustomerKey, i64>,
) -> Result<Vec<E::Model>, DbErr> {
    if tx.get_database_backend() != DbBackend::Postgres {
        let ids: BTreeSet<&str> = changes.keys().map(|key| key.id.as_str()).collect();
        return E::find().filter(is_one_of(tx, customer_id, &ids)).all(tx).await;
    }
    let table = E::default();
    let table = table.table_name();
    let columns: Vec<String> = E::Column::iter()
        .map(|column| format!(r#""{table}"."{}""#, column.as_str()))
        .collect();
    let of_customer = customer_id.as_str();
    let is_same = [(of_customer, "id"), ("account", "account"), ("livemode", "livemode")];
    let is_same = is_same.map(|(of_row, of_known)| format!(r#""{table}"."{of_row}" = "known"."{of_known}""#));
    let known = r#"UNNEST($1::text[], $2::text[], $3::bool[], $4::int8[]) AS "known" ("id", "account", "livemode", "version")"#;
    let sql = format!(
        r#"SELECT {} FROM "{table}" JOIN {known} ON {} AND "{table}"."version" > "known"."version" WHERE "{table}"."{of_customer}" = ANY($1::text[])"#,
        columns.join(", "),
        is_same.join(" AND "),
    );
    let ids: Vec<String> = changes.keys().map(|key| key.id.to_string()).collect();
    let accounts: Vec<String> = changes.keys().map(|key| key.scope.account.clone()).collect();
    let modes: Vec<bool> = changes.keys().map(|key| key.scope.livemode).collect();
    let versions: Vec<i64> = changes.values().copied().collect();
    let values: [Value; 4] = [ids.into(), accounts.into(), modes.into(), versions.into()];
    let select = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    E::find().from_raw_sql(select).all(tx).await
}

/// Returns the condition that a column is one of these.
pub(crate) fn is_one_of(tx: &impl ConnectionTrait, column: impl ColumnTrait, ids: &BTreeSet<&str>) -> Expr {
    if tx.get_database_backend() == DbBackend::Postgres {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        return column.into_expr().eq(PgFunc::any(ids));
    }
    column.is_in(padded(ids))
}

impl Existing {
    fn to_sql(self) -> String {
        match self {
            Self::Refuse => String::new(),
            Self::Keep => "ON CONFLICT DO NOTHING".to_owned(),
            Self::Replace { key, columns } => {
                let replaced: Vec<String> = columns
                    .iter()
                    .map(|column| format!(r#""{column}" = excluded."{column}""#))
                    .collect();
                format!("ON CONFLICT ({}) DO UPDATE SET {}", listed(key), replaced.join(", "))
            }
        }
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!(r#""{name}""#)).collect::<Vec<_>>().join(", ")
}

/// Returns the clause that returns these columns of inserted rows.
fn returned(columns: &[impl IdenStatic]) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = columns.iter().map(IdenStatic::as_str).collect();
    format!(" RETURNING {}", listed(&names))
}

/// Returns the ids to look for, with the last one repeated.
fn padded<'a>(ids: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let last = ids.last().copied();
    let missing = ids.len().next_power_of_two() - ids.len();
    ids.iter()
        .copied()
        .chain(std::iter::repeat_n(last, missing).flatten())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::padded;

    #[test]
    fn ids_are_padded_with_the_last() {
        assert_eq!(padded(&["a", "b", "c"].into()), ["a", "b", "c", "c"]);
        assert_eq!(padded(&["a"].into()), ["a"]);
    }
}
