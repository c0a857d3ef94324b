//! What many tests share.

pub mod example;
pub mod git_repo;
pub mod shop;
pub mod told;
