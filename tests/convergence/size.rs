//! The number of lives to try, and the first seed.
#![allow(dead_code, reason = "each test binary uses a part of it")]

/// Returns one of two counts: for the ordinary run, or for `just prove`.
pub(crate) fn count(ordinary: u64, prove: u64) -> u64 {
    if std::env::var("DUNLIN_PROVE").is_ok_and(|value| value == "1") {
        prove
    } else {
        ordinary
    }
}

/// Returns the first seed. It is the same in every ordinary run, so that a failure repeats.
pub(crate) fn first_seed() -> u64 {
    std::env::var("DUNLIN_SEED").map_or(1, |seed| seed.parse().expect("DUNLIN_SEED is a number"))
}

/// Runs this for every one of `count` seeds, on every core, and adds up the results.
pub(crate) fn over_seeds<T: Default + Send>(count: u64, each: impl Fn(u64, &mut T) + Sync, add: impl Fn(&mut T, T)) -> T {
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let first = first_seed();
    let each = &each;
    std::thread::scope(|scope| {
        let spawned: Vec<_> = (0..workers)
            .map(|worker| {
                scope.spawn(move || {
                    let mut part = T::default();
                    (worker..count)
                        .step_by(usize::try_from(workers).unwrap())
                        .for_each(|nth| each(first + nth, &mut part));
                    part
                })
            })
            .collect();
        let mut sum = T::default();
        for worker in spawned {
            match worker.join() {
                Ok(part) => add(&mut sum, part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        sum
    })
}
