//! Expired bodies are deleted beside intake: how long it takes, and what intake loses by it.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::growth::{CONNECTIONS, Place, TURN};
use crate::rig::figures::Figures;
use crate::rig::server::Server;
use crate::rig::traffic::Traffic;
use crate::rig::{API_CONNECTIONS, count, send};

/// A batch of lives that nothing else has sent.
const BATCH: u64 = 500;
/// Half of the requests before, the others beside the deletion, as far as it goes on.
pub(crate) fn measure(dunlin: &Path, large: &Place<'_>, requests: usize, figures: &mut Figures) {
    let server = Server::start(dunlin, large.home, &[]);
    let traffic = Traffic::new(requests * 2, BATCH);
    send(&[server.address], &traffic.bindings, API_CONNECTIONS, None);
    let (before, beside) = traffic.requests.split_at(requests);
    let send_turn = |turn: &[Vec<u8>]| send(&[server.address], turn, CONNECTIONS, None).took;
    let took: Duration = before.chunks(TURN).map(send_turn).sum();
    let usual = count(before.len()) / took.as_secs_f64();
    let began = Instant::now();
    let mut prune = large.home.command(dunlin, "prune").spawn().unwrap();
    let (mut sent, mut took) = (0, Duration::ZERO);
    for turn in beside.chunks(TURN) {
        let taken_in = send_turn(turn);
        // What was sent while it came to its end tells of neither.
        if prune.try_wait().unwrap().is_some() && sent > 0 {
            break;
        }
        sent += turn.len();
        took += taken_in;
    }
    assert!(prune.wait().unwrap().success(), "expired bodies are deleted");
    let pruned_in = began.elapsed();
    let meanwhile = count(sent) / took.as_secs_f64();
    let what = format!("{}, while bodies are deleted", large.what);
    figures.add(&what, "deletion took, s", pruned_in.as_secs_f64());
    figures.add(&what, "of it beside intake, s", took.as_secs_f64());
    figures.add(&what, "events/s before", usual);
    figures.add(&what, "events/s beside it", meanwhile);
    figures.add(&what, "of the rate before", meanwhile / usual);
}
