//! The least cost of an event, whatever is decided: the way to the server and back, and PostgreSQL's rows.
//!
//! Neither is a system that could replace Dunlin: the first keeps nothing, the second knows nothing. Together they
//! bound the gain of any tuning between them.

use std::path::Path;

use test_support::postgres::Cluster;

use crate::intake::limit;
use crate::rig::server::{Home, Server};
use crate::rig::spent::Spent;
use crate::rig::traffic::Traffic;
use crate::rig::{API_CONNECTIONS, count, figures::Figures, send};
use crate::share_of;

const CONNECTIONS: usize = 256;
const REQUESTS: usize = 40_000;
/// Every event again: received, verified, read, compressed, looked up, answered.
const AT_THE_DOOR: &str = "floor: events that are known already";
/// All rows that intake wrote, written again by PostgreSQL alone, 85 events in a transaction.
const ROWS: &str = "floor: the rows alone";

pub(crate) fn on_postgres(dunlin: &Path, figures: &mut Figures) {
    let cluster = Cluster::start_durable();
    let home = Home::at(cluster.new_database());
    let server = [Server::start(dunlin, &home, &[])];
    let addresses = [server[0].address];
    let traffic = Traffic::new(share_of(REQUESTS), 0);
    send(&addresses, &traffic.bindings, API_CONNECTIONS, None);
    send(&addresses, &traffic.requests, CONNECTIONS, None);

    let micros_of_event = |secs: f64| secs * 1_000_000.0 / count(traffic.requests.len());
    let before = Spent::now(&server, Some(&cluster));
    let again = send(&addresses, &traffic.requests, CONNECTIONS, None);
    let spent = Spent::now(&server, Some(&cluster)).since(before);
    figures.add(AT_THE_DOOR, "events/s", again.per_second());
    figures.add(AT_THE_DOOR, "CPU of the client, µs/event", micros_of_event(spent.client));
    figures.add(AT_THE_DOOR, "CPU of dunlin, µs/event", micros_of_event(spent.dunlin));
    figures.add(AT_THE_DOOR, "CPU of PostgreSQL, µs/event", micros_of_event(spent.postgres));
    server.into_iter().for_each(Server::stop);

    let database = Cluster::database_of(&home.database_url);
    let sql = |file| std::fs::read_to_string(limit(file)).unwrap();
    sql("rows.sql")
        .split_inclusive(";\n")
        .for_each(|statement| cluster.execute(database, statement));
    let before = Spent::now(&[], Some(&cluster));
    cluster.execute(database, &sql("rows_again.sql"));
    let spent = Spent::now(&[], Some(&cluster)).since(before);
    figures.add(ROWS, "CPU of PostgreSQL, µs/event", micros_of_event(spent.postgres));
}
