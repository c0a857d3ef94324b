//! What BuildKit refuses in an instruction that it could take apart.
//!
//! Follows moby/buildkit `frontend/dockerfile/instructions/{parse,bflag}.go`, messages included.

use super::{Arguments, Command, Instruction, Keyword, Pair, duration, is_heredoc};
use crate::dockerfile::mount::MountFlag;
use crate::dockerfile::suggest::with_suggestion;
use crate::dockerfile::{Flag, SyntaxError, Word};

/// How a flag is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FlagKind {
    /// `--link`, `--link=false`
    Bool,
    /// `--from=x`, at most once
    Text,
    /// `--mount=x`, any number of times
    Texts,
}

/// The flags an instruction takes.
fn known_flags(keyword: Keyword) -> &'static [(&'static str, FlagKind)] {
    use FlagKind::{Bool, Text, Texts};
    match keyword {
        Keyword::Add => &[
            ("chown", Text),
            ("chmod", Text),
            ("link", Bool),
            ("keep-git-dir", Bool),
            ("checksum", Text),
            ("unpack", Bool),
            ("exclude", Texts),
        ],
        Keyword::Copy => &[
            ("chown", Text),
            ("from", Text),
            ("chmod", Text),
            ("link", Bool),
            ("parents", Bool),
            ("exclude", Texts),
        ],
        Keyword::From => &[("platform", Text)],
        Keyword::Healthcheck => &[
            ("interval", Text),
            ("timeout", Text),
            ("start-period", Text),
            ("start-interval", Text),
            ("retries", Text),
        ],
        Keyword::Run => &[("mount", Texts), ("network", Text), ("security", Text), ("device", Texts)],
        _ => &[],
    }
}

impl Instruction {
    /// Notes the first thing that BuildKit refuses.
    pub(in crate::dockerfile) fn check(&self, errors: &mut Vec<SyntaxError>) {
        let Some(keyword) = self.keyword else {
            errors.extend(self.unknown());
            return;
        };
        if matches!(self.arguments, Arguments::Unknown) {
            return; // the error is noted already
        }
        let error = self.check_flags(keyword).or_else(|| self.check_arguments(keyword));
        errors.extend(error);
    }

    fn error(&self, message: impl Into<String>) -> Option<SyntaxError> {
        Some(SyntaxError::new(message, self.span))
    }

    fn unknown(&self) -> Option<SyntaxError> {
        let word = self.text.text().split_whitespace().next()?;
        let known: Vec<&str> = Keyword::ALL.iter().map(|(_, word)| *word).collect();
        let (message, found) =
            with_suggestion(format!("unknown instruction: {word}"), &word.to_uppercase(), &known);
        Some(SyntaxError::with_replacement((message, found), self.keyword_span))
    }

    fn check_flags(&self, keyword: Keyword) -> Option<SyntaxError> {
        let known = known_flags(keyword);
        let mut used: Vec<&str> = Vec::new();
        for flag in &self.flags {
            let name = flag.name.value.as_str();
            let Some((_, kind)) = known.iter().find(|(word, _)| *word == name) else {
                let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
                let suggestion = with_suggestion(format!("unknown flag: --{name}"), name, &words);
                return Some(SyntaxError::with_replacement(suggestion, flag.name.span));
            };
            if *kind != FlagKind::Texts && used.contains(&name) {
                return Some(SyntaxError::new(format!("duplicate flag specified: --{name}"), flag.span));
            }
            if !used.contains(&name) {
                used.push(name);
            }
            if let Some(error) = check_value(flag, *kind) {
                return Some(error);
            }
        }
        if keyword == Keyword::Run { self.check_run_flags() } else { None }
    }

    fn check_run_flags(&self) -> Option<SyntaxError> {
        self.flags.iter().find_map(|flag| {
            let value = flag.value.as_ref().map_or("", |value| value.text());
            match flag.name.value.as_str() {
                "mount" => MountFlag::new(flag)?.first_error(),
                "network" if !["default", "none", "host"].contains(&value) => {
                    Some(SyntaxError::new(format!("invalid network mode {value:?}"), flag.span))
                }
                "security" if !["sandbox", "insecure"].contains(&value) => {
                    Some(SyntaxError::new(format!("security {value:?} is not valid"), flag.span))
                }
                _ => None,
            }
        })
    }

    fn check_arguments(&self, keyword: Keyword) -> Option<SyntaxError> {
        let name = keyword.as_str();
        match &self.arguments {
            Arguments::From(_) => self.check_from(),
            Arguments::Command(command) if keyword == Keyword::Shell => match command {
                Command::Exec(words) if !words.is_empty() => None,
                Command::Shell if !self.rest.is_empty() => {
                    self.error("SHELL requires the arguments to be in JSON form")
                }
                _ => self.error("SHELL requires at least one argument"),
            },
            Arguments::Copy(copy) => match &copy.destination {
                None => self.error(format!(
                    "{name} requires at least two arguments, but only one was provided. Destination could not be determined."
                )),
                Some(word) if is_heredoc(&word.value) => {
                    Some(SyntaxError::new(format!("{name} cannot accept a heredoc as a destination"), word.span))
                }
                Some(_) => None,
            },
            Arguments::Pairs(pairs) => self.check_pairs(name, pairs),
            Arguments::Word(None) => self.error(format!("{name} requires exactly one argument")),
            Arguments::Words(words) => self.check_words(name, words),
            Arguments::Healthcheck(kind, command) => self.check_healthcheck(kind.as_ref(), command),
            Arguments::Onbuild(inner) => self.check_onbuild(inner.as_deref()),
            _ => None,
        }
    }

    fn check_from(&self) -> Option<SyntaxError> {
        let words: Vec<&str> = self.text.slice(self.rest).split_whitespace().collect();
        match words.as_slice() {
            [_] => None,
            [_, keyword, name] if keyword.eq_ignore_ascii_case("as") => {
                let lower = name.to_lowercase();
                let valid = lower.starts_with(|c: char| c.is_ascii_lowercase())
                    && lower
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
                if valid {
                    return None;
                }
                self.error(format!(
                    "invalid name for build stage: {name:?}, name can't start with a number or contain symbols"
                ))
            }
            _ => self.error("FROM requires either one or three arguments"),
        }
    }

    fn check_pairs(&self, name: &str, pairs: &[Pair]) -> Option<SyntaxError> {
        if self.rest.is_empty() {
            return self.error(format!("{name} requires at least one argument"));
        }
        let blank = pairs.iter().find(|pair| pair.key.value.is_empty())?;
        Some(SyntaxError::new(format!("{name} names can not be blank"), blank.span))
    }

    fn check_words(&self, name: &str, words: &[Word]) -> Option<SyntaxError> {
        if words.is_empty() {
            return self.error(format!("{name} requires at least one argument"));
        }
        let empty = words.iter().find(|word| name == "VOLUME" && word.value.is_empty())?;
        Some(SyntaxError::new("VOLUME specified can not be an empty string", empty.span))
    }

    fn check_healthcheck(&self, kind: Option<&Word>, command: &Command) -> Option<SyntaxError> {
        let Some(kind) = kind else { return self.error("HEALTHCHECK requires at least one argument") };
        let alone = self.text.slice(self.rest).split_whitespace().nth(1).is_none();
        match kind.value.to_uppercase().as_str() {
            "NONE" if !alone => self.error("HEALTHCHECK NONE takes no arguments"),
            "CMD" if alone && matches!(command, Command::Shell) => {
                self.error("missing command after HEALTHCHECK CMD")
            }
            "CMD" => self.flags.iter().find_map(check_health_flag),
            "NONE" => None,
            other => {
                Some(SyntaxError::new(format!("Unknown type {other:?} in HEALTHCHECK (try CMD)"), kind.span))
            }
        }
    }

    /// The inner instruction is judged only when it is triggered, in another build.
    fn check_onbuild(&self, inner: Option<&Instruction>) -> Option<SyntaxError> {
        let Some(inner) = inner else { return self.error("ONBUILD requires exactly one argument") };
        match inner.keyword {
            Some(Keyword::Onbuild) => Some(SyntaxError::new(
                "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
                inner.keyword_span,
            )),
            Some(word @ (Keyword::Maintainer | Keyword::From)) => Some(SyntaxError::new(
                format!("{} isn't allowed as an ONBUILD trigger", word.as_str()),
                inner.keyword_span,
            )),
            _ => None,
        }
    }
}

fn check_value(flag: &Flag, kind: FlagKind) -> Option<SyntaxError> {
    let name = &flag.name.value;
    let value = flag.value.as_ref().map(|value| value.text());
    let message = match (kind, value) {
        (FlagKind::Bool, Some("")) | (FlagKind::Text | FlagKind::Texts, None) => {
            format!("missing a value on flag: --{name}")
        }
        (FlagKind::Bool, Some(value)) if !["true", "false"].contains(&value.to_lowercase().as_str()) => {
            format!("expecting boolean value for flag --{name}, not: {value}")
        }
        _ => return None,
    };
    Some(SyntaxError::new(message, flag.span))
}

/// The timing of a health check.
fn check_health_flag(flag: &Flag) -> Option<SyntaxError> {
    const MINIMUM: f64 = 1e6;
    let value = flag.value.as_ref().map_or("", |value| value.text());
    if value.is_empty() {
        return None;
    }
    let name = &flag.name.value;
    let message = if name == "retries" {
        match value.parse::<i32>() {
            Ok(retries) if retries < 0 => format!("--retries cannot be negative ({retries})"),
            Ok(_) => return None,
            Err(_) => format!("strconv.ParseInt: parsing {value:?}: invalid syntax"),
        }
    } else {
        match duration::parse(value) {
            Ok(0.0) => return None,
            Ok(length) if length < MINIMUM => format!("Interval {name:?} cannot be less than 1ms"),
            Ok(_) => return None,
            Err(message) => message,
        }
    };
    Some(SyntaxError::new(message, flag.span))
}
