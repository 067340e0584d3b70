//! `dunlin`: see `dunlin --help`.

use std::process::ExitCode;

use clap::Parser;

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
