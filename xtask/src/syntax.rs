//! Text to trees with spans. No IO, no repository, no rules; nothing here fails as a whole: a broken file
//! yields its errors at their places and whatever could be read.

pub mod dockerfile;
pub mod ignore;
pub mod shell;
pub mod yaml;
