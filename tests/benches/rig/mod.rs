//! The rig of the benches: servers, traffic, processor time and figures.
#![allow(dead_code, reason = "each bench uses a part of it")]

pub(crate) mod figures;
pub(crate) mod name;
pub(crate) mod server;
pub(crate) mod spent;
pub(crate) mod town;
pub(crate) mod traffic;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use simulator::{Load, Measured};

pub(crate) const SECRET: &str = "whsec_bench";
pub(crate) const KEY: &str = "bench-key-0123456789";
/// The share of the highest rate at which latency is measured.
pub(crate) const EASE: f64 = 0.7;
/// The connections that bind tenants and ask for access.
pub(crate) const API_CONNECTIONS: usize = 64;

/// Returns true if the command line asks for this part, by name or by naming none.
pub(crate) fn is_asked(part: &str) -> bool {
    let mut asked = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .peekable();
    asked.peek().is_none() || asked.any(|asked| asked == part)
}

/// Returns a number from the environment, or the usual one.
pub(crate) fn setting<T: FromStr>(variable: &str, usual: T) -> T {
    let Ok(set) = std::env::var(variable) else {
        return usual;
    };
    set.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {set}"))
}

/// Builds the binary in this profile, or returns the path of another one to measure, such as an older version.
pub(crate) fn build(profile: &str) -> PathBuf {
    if let Ok(other) = std::env::var("DUNLIN_BENCH_BINARY") {
        return PathBuf::from(other);
    }
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let cargo = test_support::cargo::command()
        .args([
            "build",
            "--profile",
            profile,
            "--workspace",
            "--bins",
            "--manifest-path",
            manifest,
        ])
        .status();
    assert!(cargo.unwrap().success(), "the binary builds");
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(3).unwrap().join(profile).join("dunlin")
}

/// Sends requests that must all be answered 2xx, at a rate or as fast as they are answered.
pub(crate) fn send(servers: &[SocketAddr], requests: &[Vec<u8>], connections: usize, rate: Option<f64>) -> Measured {
    let load = Load {
        servers,
        requests,
        connections,
        rate,
    };
    load.run().unwrap()
}

/// Returns a count as a number to divide by.
pub(crate) fn count(len: usize) -> f64 {
    f64::from(u32::try_from(len).unwrap())
}
