//! Every renderer over the same report: the four findings of a first run.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]

mod human;
mod machine;
mod sample;
mod schema;
