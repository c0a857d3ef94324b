//! What the syntax means for this repository, still with spans.

pub mod apps;
pub mod build_variables;
pub mod calls;
pub mod command_paths;
pub mod compose;
pub mod dotenv;
pub mod environment;
pub mod expansion;
pub mod image;
pub mod manifest;
pub mod remote_context;
pub mod serving;
pub mod sync;
pub mod untracked;
pub mod workspace;
