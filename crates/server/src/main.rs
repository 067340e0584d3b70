//! `dunlin`: see `dunlin --help`.

use std::process::ExitCode;

use clap::Parser;

/// The allocator. Reading, folding and writing make and drop many small values. This allocator needs less time for that
/// than the system's, and little more memory (`.cargo/config.toml`).
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let command_line = server::CommandLine::parse();
    match server::run(command_line) {
        Ok(code) => code,
        Err(error) => {
            server::complain(&error);
            ExitCode::FAILURE
        }
    }
}
