//! What the syntax means for this repository, still with spans.

pub mod apps;
pub mod calls;
pub mod classes;
pub mod context;
pub mod copies;
pub mod environment;
pub mod expansion;
pub mod gitignores;
pub mod ignore_repair;
pub mod ignore_witnesses;
pub mod image;
pub mod local_files;
pub mod manifest;
pub mod needed_files;
pub mod outlets;
pub mod secrets;
pub mod servers;
pub mod serving;
pub mod sync;
pub mod synced;
pub mod verdict;
pub mod workspace;
