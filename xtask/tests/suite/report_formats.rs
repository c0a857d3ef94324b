//! Every renderer over the same report: the four findings of a first run.

mod human;
mod machine;
mod sample;
mod schema;
