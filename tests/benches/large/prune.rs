//! `dunlin prune` beside intake: its duration, and what intake loses by it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::growth::{CONNECTIONS, Place, TURN};
use crate::rig::figures::Figures;
use crate::rig::server::Server;
use crate::rig::traffic::Traffic;
use crate::rig::{API_CONNECTIONS, count, send};

/// A batch of lives that nothing else sends.
const BATCH: u64 = 500;
/// Sends a third of the requests before, some beside the deletion of expired bodies, and some while old facts are
/// folded away, as many as there is time for. The remaining facts stay: there is a year's work to do, a few customers
/// at a time.
pub(crate) fn measure(dunlin: &Path, large: &Place<'_>, requests: usize, figures: &mut Figures) {
    let server = Server::start(dunlin, large.home, &[]);
    let traffic = Traffic::new(requests * 3, BATCH);
    send(&[server.address], &traffic.bindings, API_CONNECTIONS, None);
    let (before, beside) = traffic.requests.split_at(requests);
    let (beside_deletion, beside_folding) = beside.split_at(requests);
    let nothing = channel().1;
    let (usual, _) = send_until_said(&server, before, &nothing);
    figures.add(&large.what, "events/s before `prune`", usual);

    let mut prune = large.home.command(dunlin, "prune").stdout(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    let says = lines(BufReader::new(prune.stdout.take().unwrap()));
    let (rate, said) = send_until_said(&server, beside_deletion, &says);
    figures.add(&large.what, "of it, while bodies go", rate / usual);
    let said = said.or_else(|| says.recv().ok()).expect("it says when they are deleted");
    println!("{said}");
    figures.add(&large.what, "bodies deleted in, s", began.elapsed().as_secs_f64());
    let (rate, _) = send_until_said(&server, beside_folding, &says);
    figures.add(&large.what, "of it, while facts go", rate / usual);
    prune.kill().unwrap();
    prune.wait().unwrap();
}

/// Returns the events taken in per second until the server says something, and what it says.
fn send_until_said(server: &Server, requests: &[Vec<u8>], says: &Receiver<String>) -> (f64, Option<String>) {
    let (mut sent, mut took) = (0, Duration::ZERO);
    for turn in requests.chunks(TURN) {
        let taken_in = send(&[server.address], turn, CONNECTIONS, None).took;
        let said = says.try_recv().ok();
        // Requests sent while it finished belong to neither side, unless there are no others.
        if said.is_none() || sent == 0 {
            sent += turn.len();
            took += taken_in;
        }
        if said.is_some() {
            return (count(sent) / took.as_secs_f64(), said);
        }
    }
    (count(sent) / took.as_secs_f64(), None)
}

fn lines(reader: impl BufRead + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || reader.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    receiver
}
