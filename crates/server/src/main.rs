//! `dunlin`: see `dunlin --help`.

use std::process::ExitCode;

use clap::Parser;

/// Reading, folding and writing make and drop many small values; this allocator does that in less time than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command_line = server::cli::CommandLine::parse();
    match server::cli::run(command_line) {
        Ok(code) => code,
        Err(error) => {
            server::cli::complain(&error);
            ExitCode::FAILURE
        }
    }
}
