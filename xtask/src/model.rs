//! What the syntax means for this repository, still with spans.

pub mod apps;
pub mod argocd;
pub mod calls;
pub mod chart;
pub mod environment;
pub mod expansion;
pub mod linked;
pub mod manifest;
pub mod namespaces;
pub mod pipeline;
pub mod secrets;
pub mod serving;
pub mod sync;
pub mod workspace;
