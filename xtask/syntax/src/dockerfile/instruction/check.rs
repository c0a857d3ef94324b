//! What BuildKit refuses in an instruction that it could take apart.
//!
//! Follows moby/buildkit `frontend/dockerfile/instructions/{parse,bflag}.go`, messages included.

use super::{Arguments, Command, Copy, Instruction, Keyword, Pair, duration, is_heredoc};
use crate::dockerfile::mount::{MountFlag, device_error};
use crate::dockerfile::suggest::{with_suggestion, with_suggestion_in_any_case};
use crate::dockerfile::words::{self, BLANKS};
use crate::dockerfile::{Flag, SyntaxError, Word};
use crate::source::Span;

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

/// The flags of a health check in the order in which BuildKit reads them.
const HEALTH_FLAGS: [&str; 5] = ["interval", "timeout", "start-period", "start-interval", "retries"];

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
        let error = match keyword {
            // BuildKit does not look at the flags of these; at those of HEALTHCHECK only with a command.
            Keyword::Arg | Keyword::Stopsignal | Keyword::Healthcheck => self.check_arguments(keyword),
            Keyword::Run
            | Keyword::Cmd
            | Keyword::Entrypoint
            | Keyword::Env
            | Keyword::Label
            | Keyword::Shell => self.check_flags(keyword).or_else(|| self.check_arguments(keyword)),
            _ => self.check_arguments(keyword).or_else(|| self.check_flags(keyword)),
        };
        let error = error.or_else(|| match &self.arguments {
            Arguments::Copy(copy) => self.check_destination(copy),
            Arguments::Onbuild(Some(inner)) => check_trigger(inner),
            _ => None,
        });
        errors.extend(error);
    }

    fn error(&self, message: impl Into<String>) -> Option<SyntaxError> {
        Some(SyntaxError::new(message, self.span))
    }

    fn unknown(&self) -> Option<SyntaxError> {
        let word = self.text.text().trim().split(BLANKS).next().filter(|word| !word.is_empty())?;
        let known: Vec<&str> = Keyword::ALL.iter().map(|(_, word)| *word).collect();
        let suggestion = with_suggestion_in_any_case(format!("unknown instruction: {word}"), word, &known);
        Some(SyntaxError::with_replacement(suggestion, self.keyword_span))
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
                return Some(self.with_value_joined(flag, error));
            }
        }
        if keyword == Keyword::Run { self.check_run_flags() } else { None }
    }

    /// Where a value stands behind a blank (`--mount type=cache`), proposes to write `=` between them.
    fn with_value_joined(&self, flag: &Flag, error: SyntaxError) -> SyntaxError {
        let is_plain = flag.value.is_none() && flag.text.len() == flag.span.len();
        let is_last = self.flags.last().is_some_and(|last| last.span == flag.span);
        let rest = self.text.slice(self.rest);
        let word = Span::new(self.rest.start, self.rest.start + rest.find(BLANKS).unwrap_or(rest.len()));
        // The word may be an argument, and the value be missing altogether.
        let others = rest.split(BLANKS).filter(|word| !word.is_empty()).count().saturating_sub(1);
        let wanted = if matches!(self.arguments, Arguments::Copy(_)) { 2 } else { 1 };
        let place = self.text.span(word);
        let gap = place.start.saturating_sub(flag.span.end);
        let on_one_line =
            self.text.source(word.start.saturating_sub(gap)) == flag.span.end && place.len() == word.len();
        if !(is_plain && is_last && on_one_line) || word.is_empty() || others < wanted {
            return error;
        }
        let joined = format!("{}={}", flag.text, self.text.slice(word));
        SyntaxError { span: flag.span.join(place), replacement: Some(joined), ..error }
    }

    fn check_run_flags(&self) -> Option<SyntaxError> {
        const IN_ORDER: [&str; 4] = ["device", "mount", "network", "security"];
        let of_name = |name| self.flags.iter().filter(move |flag| flag.name.value == name);
        IN_ORDER.into_iter().flat_map(of_name).find_map(check_run_flag)
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
            Arguments::Copy(copy) if copy.destination.is_none() => self.error(format!(
                "{name} requires at least two arguments, but only one was provided. Destination could not be determined"
            )),
            Arguments::Pairs(pairs) => self.check_pairs(name, pairs),
            Arguments::Word(None) => self.error(format!("{name} requires exactly one argument")),
            Arguments::Words(words) => self.check_words(name, words),
            Arguments::Healthcheck(kind, command) => self.check_healthcheck(kind.as_ref(), command),
            Arguments::Onbuild(None) => self.error("ONBUILD requires at least one argument"),
            _ => None,
        }
    }

    fn check_destination(&self, copy: &Copy) -> Option<SyntaxError> {
        let word = copy.destination.as_ref().filter(|word| is_heredoc(&word.value))?;
        let name = self.keyword.map_or("", Keyword::as_str);
        Some(SyntaxError::new(format!("{name} cannot accept a heredoc as a destination"), word.span))
    }

    fn check_from(&self) -> Option<SyntaxError> {
        let words = words::by_blanks(&self.text, self.rest);
        let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
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
        if pairs.is_empty() {
            return self.error(format!("{name} requires at least one argument"));
        }
        let blank = pairs.iter().find(|pair| pair.key.value.is_empty())?;
        Some(SyntaxError::new(format!("{name} names can not be blank"), blank.span))
    }

    fn check_words(&self, name: &str, words: &[Word]) -> Option<SyntaxError> {
        if words.is_empty() {
            return self.error(format!("{name} requires at least one argument"));
        }
        let empty = words.iter().find(|word| name == "VOLUME" && word.value.trim().is_empty())?;
        Some(SyntaxError::new("VOLUME specified can not be an empty string", empty.span))
    }

    fn check_healthcheck(&self, kind: Option<&Word>, command: &Command) -> Option<SyntaxError> {
        let Some(kind) = kind else { return self.error("HEALTHCHECK requires at least one argument") };
        let empty = match command {
            Command::Exec(words) => words.is_empty(),
            Command::Shell => self.text.slice(self.rest).split_whitespace().nth(1).is_none(),
        };
        let kind_name = kind.value.to_uppercase();
        if kind_name == "NONE" {
            return if empty { None } else { self.error("HEALTHCHECK NONE takes no arguments") };
        }
        self.check_flags(Keyword::Healthcheck).or_else(|| match kind_name.as_str() {
            "CMD" if empty => self.error("Missing command after HEALTHCHECK CMD"),
            "CMD" => HEALTH_FLAGS.iter().find_map(|name| check_health_flag(self.flag(name)?)),
            other => {
                Some(SyntaxError::new(format!("Unknown type {other:?} in HEALTHCHECK (try CMD)"), kind.span))
            }
        })
    }

    fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name.value == name)
    }
}

/// What stands behind `ONBUILD` is judged only when it is triggered, in another build.
fn check_trigger(inner: &Instruction) -> Option<SyntaxError> {
    let message = match inner.keyword? {
        Keyword::Onbuild => "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".to_owned(),
        word @ (Keyword::Maintainer | Keyword::From) => {
            format!("{} isn't allowed as an ONBUILD trigger", word.as_str())
        }
        _ => return None,
    };
    Some(SyntaxError::new(message, inner.keyword_span))
}

fn check_run_flag(flag: &Flag) -> Option<SyntaxError> {
    let value = flag.value.as_ref().map_or("", |value| value.text());
    let message = match flag.name.value.as_str() {
        "device" => return device_error(flag),
        "mount" => return MountFlag::new(flag)?.first_error(),
        "network" if !["default", "none", "host"].contains(&value) => {
            format!("invalid network mode {value:?}")
        }
        "security" if !["sandbox", "insecure"].contains(&value) => format!("security {value:?} is not valid"),
        _ => return None,
    };
    Some(SyntaxError::new(message, flag.span))
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
