//! Intake, access and start, on an empty and on a large database in turns.

use std::path::Path;
use std::time::Duration;

use crate::rig::figures::{Bound, Figures, Target};
use crate::rig::server::{Home, Server};
use crate::rig::traffic::{Traffic, questions};
use crate::rig::{API_CONNECTIONS, count, send};

pub(crate) const CONNECTIONS: usize = 256;
/// The requests sent to one server before the other's turn. Other load on the machine then affects both alike.
pub(crate) const TURN: usize = 2_000;
/// The share by which a figure of the large database may be worse.
const TOLERANCE: f64 = 0.2;

/// A database, and its tenants to ask about. If there are none, those of the sent events are used.
pub(crate) struct Place<'a> {
    pub(crate) what: String,
    pub(crate) home: &'a Home,
    pub(crate) tenants: Vec<String>,
}

pub(crate) fn measure(dunlin: &Path, places: [&Place<'_>; 2], rounds: usize, requests: usize, figures: &mut Figures) {
    for place in places {
        // Migrated databases make the start times comparable.
        Server::start(dunlin, place.home, &[]).stop();
    }
    for round in 0..rounds {
        let traffic = Traffic::new(requests, u64::try_from(round).unwrap());
        let mut turns = places;
        turns.rotate_left(round % 2);
        visit(dunlin, turns, &traffic, figures);
    }
}

/// Runs one round, with both servers at once.
fn visit(dunlin: &Path, places: [&Place<'_>; 2], traffic: &Traffic, figures: &mut Figures) {
    let servers = places.map(|place| Server::start(dunlin, place.home, &[]));
    for (place, server) in places.iter().zip(&servers) {
        figures.add(&place.what, "start to ready, ms", server.ready_in.as_secs_f64() * 1000.0);
        send(&[server.address], &traffic.bindings, API_CONNECTIONS, None);
    }
    let took = in_turns(&servers, [&traffic.requests, &traffic.requests], CONNECTIONS);
    let requests = traffic.requests.len();
    for (place, took) in places.iter().zip(took) {
        figures.add(&place.what, "events/s", count(requests) / took.as_secs_f64());
    }
    let asked = places.map(|place| {
        let tenants = if place.tenants.is_empty() {
            &traffic.tenants
        } else {
            &place.tenants
        };
        questions(tenants, requests)
    });
    let took = in_turns(&servers, asked.each_ref().map(Vec::as_slice), API_CONNECTIONS);
    for (place, took) in places.iter().zip(took) {
        figures.add(&place.what, "access, answers/s", count(requests) / took.as_secs_f64());
    }
    for (place, server) in places.iter().zip(&servers) {
        figures.add(&place.what, "peak memory, MB", server.peak_memory_mb());
    }
    servers.into_iter().for_each(Server::stop);
}

/// Returns the time that each of two servers took for its requests.
fn in_turns(servers: &[Server; 2], requests: [&[Vec<u8>]; 2], connections: usize) -> [Duration; 2] {
    let [first, second] = requests.map(|requests| requests.chunks(TURN));
    let mut took = [Duration::ZERO; 2];
    for (first, second) in first.zip(second) {
        for ((server, turn), took) in servers.iter().zip([first, second]).zip(&mut took) {
            *took += send(&[server.address], turn, connections, None).took;
        }
    }
    took
}

pub(crate) fn targets(figures: &Figures, empty: &str, large: &str) -> Vec<Target> {
    let target = |figure: &str, bound| Target {
        what: format!("{large} / empty: {figure}"),
        bound,
        measured: figures.ratio((large, figure), (empty, figure)),
    };
    vec![
        target("events/s", Bound::AtLeast(1.0 - TOLERANCE)),
        target("access, answers/s", Bound::AtLeast(1.0 - TOLERANCE)),
        target("start to ready, ms", Bound::AtMost(1.0 + TOLERANCE)),
    ]
}
