//! Intake, access and start on an empty and on a large database, in turns.

use std::path::Path;

use crate::rig::figures::{Bound, Figures, Target};
use crate::rig::server::{Home, Server};
use crate::rig::traffic::{Traffic, questions};
use crate::rig::{API_CONNECTIONS, send};

pub(crate) const CONNECTIONS: usize = 256;
/// What a figure of the large database may be worse by.
const TOLERANCE: f64 = 0.2;

/// A database, and the tenants that are asked about in it; where there are none, those whose events were sent.
pub(crate) struct Place<'a> {
    pub(crate) what: String,
    pub(crate) home: &'a Home,
    pub(crate) tenants: Vec<String>,
}

pub(crate) fn measure(dunlin: &Path, places: [&Place<'_>; 2], rounds: usize, requests: usize, figures: &mut Figures) {
    for round in 0..rounds {
        let traffic = Traffic::new(requests, u64::try_from(round).unwrap());
        let mut turns = places;
        // Whoever comes first finds the machine as the other left it, so they take turns at that too.
        turns.rotate_left(round % 2);
        for place in turns {
            visit(dunlin, place, &traffic, figures);
        }
    }
}

fn visit(dunlin: &Path, place: &Place<'_>, traffic: &Traffic, figures: &mut Figures) {
    let server = Server::start(dunlin, place.home, &[]);
    figures.add(&place.what, "start to ready, ms", server.ready_in.as_secs_f64() * 1000.0);
    let address = [server.address];
    send(&address, &traffic.bindings, API_CONNECTIONS, None);
    let taken = send(&address, &traffic.requests, CONNECTIONS, None);
    figures.add(&place.what, "events/s", taken.per_second());
    figures.add(&place.what, "p99 ms", taken.percentile_ms(99.0));
    let tenants = if place.tenants.is_empty() {
        &traffic.tenants
    } else {
        &place.tenants
    };
    let asked = send(&address, &questions(tenants, traffic.requests.len()), API_CONNECTIONS, None);
    figures.add(&place.what, "access, answers/s", asked.per_second());
    figures.add(&place.what, "peak memory, MB", server.peak_memory_mb());
    server.stop();
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
