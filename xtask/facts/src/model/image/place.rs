//! How the folder of a cache is found.

use std::fmt;

use Place::{AnyOf, Config, FirstOf, Fixed, Flag, Home, RootsOwn, Variable, VariableInAnyCase, Workdir};

/// How a folder is found. The first words of a path may be a variable or the home folder, the rest is
/// literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The first of these that applies.
    FirstOf(&'static [Place]),
    /// Each of these that applies.
    AnyOf(&'static [Place]),
    /// The value of one of these flags.
    Flag(&'static [&'static str]),
    /// What an earlier `TOOL config set KEY VALUE` set, by any of these keys.
    Config(&'static [&'static str]),
    /// A variable that is not empty, and what lies below it.
    Variable(&'static str, &'static str),
    /// A variable whose name may be written in any case.
    VariableInAnyCase(&'static str),
    /// A path below the user's home folder.
    Home(&'static str),
    /// A path that holds for root alone.
    RootsOwn(&'static str),
    /// A path below the working directory.
    Workdir(&'static str),
    /// An absolute path.
    Fixed(&'static str),
}

/// The way pages write it: `--store-dir`, else `$PNPM_HOME/store`, else `~/.local/share/pnpm/store`.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |places: &[Self], separator: &str| {
            places.iter().map(Self::to_string).collect::<Vec<_>>().join(separator)
        };
        match self {
            FirstOf(places) => formatter.write_str(&joined(places, ", else ")),
            AnyOf(places) => {
                let grouped = places.iter().map(|place| match place {
                    FirstOf(_) => format!("({place})"),
                    place => place.to_string(),
                });
                formatter.write_str(&grouped.collect::<Vec<_>>().join(" or "))
            }
            Flag(names) => write!(formatter, "`{}`", names.join("`, `")),
            Config(keys) => write!(formatter, "`config set {}`", keys.join("`, `config set ")),
            Variable(name, "") | VariableInAnyCase(name) => write!(formatter, "`${name}`"),
            Variable(name, below) => write!(formatter, "`${name}/{below}`"),
            Home(path) => write!(formatter, "`~/{path}`"),
            RootsOwn(path) => write!(formatter, "`{path}` for root"),
            Workdir(path) => write!(formatter, "`<WORKDIR>/{path}`"),
            Fixed(path) => write!(formatter, "`{path}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::image::Tool;

    #[test]
    fn places_read_like_text() {
        let npm = Tool::named("npm").map(|tool| tool.places.to_string());
        assert_eq!(
            npm.as_deref(),
            Some("`--cache`, else `config set cache` or (`$npm_config_cache`, else `~/.npm`)")
        );
    }
}
