//! What the syntax means for this repository, still with spans.

pub mod apps;
pub mod calls;
pub mod classes;
pub mod context;
pub mod environment;
pub mod expansion;
pub mod gitignores;
pub mod image;
pub mod images;
pub mod local_files;
pub mod manifest;
pub mod servers;
pub mod secrets;
pub mod serving;
pub mod sync;
pub mod synced;
pub mod verdict;
pub mod workspace;
