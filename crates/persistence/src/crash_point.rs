//! Points at which tests kill the process, as in a power cut.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

/// Dies here, if `CRASH_POINT` says so: `post::before_commit=3` dies at the fourth pass.
pub fn crash_point(name: &'static str) {
    static PLAN: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let Some((planned, times)) = PLAN.get_or_init(plan) else {
        return;
    };
    if planned == name && PASSED.fetch_add(1, Ordering::Relaxed) >= *times {
        die();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's plan, not configuration")]
fn plan() -> Option<(String, u64)> {
    let plan = std::env::var("CRASH_POINT").ok()?;
    let (name, times) = plan.split_once('=')?;
    Some((name.to_owned(), times.parse().ok()?))
}

/// Kills the process: no signal handler, no destructor, nothing flushed. With `CRASH_POINT_SIGNAL=STOP` it stops the
/// process instead, which resumes from here when it is woken.
#[expect(clippy::disallowed_methods, reason = "a test's plan, not configuration")]
fn die() {
    if std::env::var("CRASH_POINT_SIGNAL").is_ok_and(|signal| signal == "STOP") {
        // Stops only once; later passes continue.
        static STOPPED: AtomicBool = AtomicBool::new(false);
        if !STOPPED.swap(true, Ordering::Relaxed) && kill_process(getpid(), Signal::STOP).is_ok() {
            // The signal may stop the other threads first. This thread waits meanwhile.
            std::thread::sleep(Duration::from_millis(200));
        }
        return;
    }
    while kill_process(getpid(), Signal::KILL).is_ok() {
        std::thread::yield_now();
    }
}
