//! Webhooks per second through the real server: signed events over keep-alive connections, each answered after a
//! durable commit, on SQLite and on PostgreSQL. For comparison it measures what PostgreSQL itself can do event by
//! event.
//!
//! Run `just bench`, or for a part
//! `cargo bench -p acceptance --bench webhooks -- sqlite|postgres|floor|past|reconciling|access|binary|mail`. Compare only
//! figures of one run, because machines are noisy: everything is done in rounds, and only medians and their ratios
//! count. `DUNLIN_BENCH_ROUNDS` and `DUNLIN_BENCH_SHARE` (of the requests: 0.1 is a tenth) shorten it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops at what is wrong"
)]

#[path = "../rig/mod.rs"]
mod rig;

mod access;
mod floor;
mod intake;
mod mail;
mod past;
mod reconciling;
mod targets;

use rig::figures::{Figures, print_targets};
use rig::server::file_mb;
use rig::{build, is_asked, setting};

/// The number of rounds. The median counts.
const ROUNDS: usize = 3;

fn main() {
    let rounds = setting("DUNLIN_BENCH_ROUNDS", ROUNDS);
    let dunlin = build("release");
    let mut figures = Figures::default();
    for _ in 0..rounds {
        if is_asked("sqlite") {
            intake::on_sqlite(&dunlin, &mut figures);
        }
        if is_asked("postgres") {
            intake::on_postgres(&dunlin, &mut figures);
        }
        if is_asked("floor") {
            floor::on_postgres(&dunlin, &mut figures);
        }
        if is_asked("past") {
            past::measure(&dunlin, &mut figures);
        }
    }
    if is_asked("reconciling") {
        (0..rounds).for_each(|_| reconciling::measure(&dunlin, &mut figures));
    }
    if is_asked("access") {
        access::measure(&dunlin, rounds, &mut figures);
    }
    if is_asked("binary") {
        figures.add(targets::BINARY, "MB", file_mb(&build("dist")));
    }
    figures.print();
    let mut targets = targets::all(&figures);
    targets.extend(reconciling::targets(&figures));
    print_targets(&targets);
    if is_asked("mail") {
        mail::compare(&dunlin);
    }
}

/// Returns this many requests, or the share of them that is asked for.
fn share_of(requests: usize) -> usize {
    let percent = setting("DUNLIN_BENCH_SHARE", 1.0_f64) * 100.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let percent = percent as usize;
    (requests * percent / 100).max(1_000)
}
