//! What many tests share.

pub mod example;
pub mod git_repo;
pub mod hooks;
pub mod shop;
pub mod time;
pub mod told;
