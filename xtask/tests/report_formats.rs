//! Every renderer over the same report: the four findings of a first run.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed"
)]

#[path = "report_formats/human.rs"]
mod human;
#[path = "report_formats/machine.rs"]
mod machine;
#[path = "report_formats/sample.rs"]
mod sample;
#[path = "report_formats/schema.rs"]
mod schema;
