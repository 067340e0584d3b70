//! Points at which tests have the process die, as if the power had gone.

use std::sync::OnceLock;

use rustix::process::{Signal, getpid, kill_process};

/// Dies here, if `FAILPOINTS` says so: `post::before_commit=3*off->return` dies at the fourth time.
///
/// See <https://docs.rs/fail> for how it may be written; the action to die is `return`.
pub fn crash_point(name: &'static str) {
    static ARMED: OnceLock<()> = OnceLock::new();
    // The scenario stays set up until the process ends.
    ARMED.get_or_init(|| std::mem::forget(fail::FailScenario::setup()));
    fail::fail_point!(name, |_| die());
}

/// No signal handler, no destructor, nothing flushed.
fn die() {
    while kill_process(getpid(), Signal::KILL).is_ok() {
        std::thread::yield_now();
    }
}
