//! Entry point of `cargo xtask`: parse, run, exit code; nothing else.

use clap::Parser;
use std::process::ExitCode;
use xtask::cli::Cli;

fn main() -> ExitCode {
    // A panicking rule is caught and reported by the engine; its backtrace helps nobody in a hook.
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    xtask::commands::run(&Cli::parse())
}
