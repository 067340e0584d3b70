//! The targets for the figures, on two cores that server, database and client share.

use crate::access;
use crate::intake::{ONE_STATEMENT, STATEMENTS};
use crate::rig::figures::Bound::{AtLeast, AtMost};
use crate::rig::figures::{Bound, Figures, Target};

pub(crate) const BINARY: &str = "the binary that is shipped";

const ON_POSTGRES: [&str; 4] = [
    "postgresql, 1 of us, 32 connections",
    "postgresql, 1 of us, 256 connections",
    "postgresql, 3 of us, 32 connections",
    "postgresql, 3 of us, 256 connections",
];
const ON_SQLITE: &str = "sqlite, 256 connections";

pub(crate) fn all(figures: &Figures) -> Vec<Target> {
    let figure = |what: &str, figure: &str, bound| Target {
        what: format!("{what}: {figure}"),
        bound,
        measured: figures.median(what, figure),
    };
    let ratio = |what: &str, to: &str, bound: Bound| Target {
        what: format!("{what} / {to}"),
        bound,
        measured: figures.ratio((what, "events/s"), (to, "transactions/s")),
    };
    let mut targets = Vec::new();
    for what in ON_POSTGRES {
        targets.push(ratio(what, STATEMENTS, AtLeast(2.0)));
        targets.push(ratio(what, ONE_STATEMENT, AtLeast(1.0)));
    }
    targets.push(figure(ON_SQLITE, "events/s", AtLeast(8_000.0)));
    for what in ON_POSTGRES.into_iter().chain([ON_SQLITE]) {
        targets.push(figure(what, "p99 ms at 70 %", AtMost(100.0)));
        targets.push(figure(what, "peak memory, MB", AtMost(80.0)));
        targets.push(figure(what, "start to ready, ms", AtMost(200.0)));
    }
    for what in [access::ON_SQLITE, access::ON_POSTGRES] {
        targets.push(figure(what, "answers/s", AtLeast(access::TARGET)));
        targets.push(figure(what, access::AT_TARGET, AtMost(10.0)));
    }
    targets.push(figure(BINARY, "MB", AtMost(25.0)));
    targets
}
