//! What the syntax means for this repository, still with spans.

pub mod apps;
pub mod build_variables;
pub mod calls;
pub mod classes;
pub mod command_paths;
pub mod compose;
pub mod context;
pub mod dotenv;
pub mod environment;
pub mod expansion;
pub mod gitignores;
pub mod image;
pub mod local_files;
pub mod manifest;
pub mod remote_context;
pub mod secrets;
pub mod servers;
pub mod serving;
pub mod sync;
pub mod synced;
pub mod untracked;
pub mod verdict;
pub mod workspace;
