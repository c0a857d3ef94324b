//! Names made of CI variables: what they may come to.

use super::Job;
use super::value::Value;
use crate::syntax::shell::{ExpansionKind, Word};

/// Nested variables are followed so deep.
const MAX_LEVELS: usize = 10;

/// A text with variables in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expression {
    /// Its pieces, literal ones joined.
    pub pieces: Vec<Piece>,
}

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text.
    Literal(String),
    /// A variable that the pipeline does not define: GitLab's own, or one of the project's settings.
    Variable(String),
    /// What only the running shell knows.
    Unknown(String),
}

impl Expression {
    /// A value of the pipeline: `$NAME` and `${NAME}` are variables, `$$` a dollar sign.
    pub fn of_text(text: &str) -> Self {
        let mut expression = Self::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expression.literal(before);
            if let Some(behind) = after.strip_prefix('$') {
                expression.literal("$");
                rest = behind;
                continue;
            }
            let (name, behind) = variable(after);
            match name {
                "" => expression.literal("$"),
                name => expression.pieces.push(Piece::Variable(name.to_owned())),
            }
            rest = behind;
        }
        expression.literal(rest);
        expression
    }

    /// A word of a script. `assigned` are the variables that the script sets itself.
    pub fn of_word(word: &Word, assigned: &[String]) -> Self {
        let mut expression = Self::default();
        let mut at = 0;
        for expansion in word.expansions.iter().filter(|expansion| !expansion.nested) {
            expression.literal(word.text.get(at..expansion.range.start).unwrap_or_default());
            let plain = expansion.kind == ExpansionKind::Parameter && expansion.operator.is_empty();
            let text = word.text.get(expansion.range.clone()).unwrap_or_default();
            expression.pieces.push(if plain && !assigned.contains(&expansion.name) {
                Piece::Variable(expansion.name.clone())
            } else {
                Piece::Unknown(text.to_owned())
            });
            at = expansion.range.end;
        }
        expression.literal(word.text.get(at..).unwrap_or_default());
        if word.has_glob || word.has_tilde {
            expression.pieces.push(Piece::Unknown(String::new()));
        }
        expression
    }

    fn literal(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Literal(text.to_owned())),
        }
    }

    /// The expression with the job's own variables put in.
    pub fn resolved(&self, job: &Job) -> Self {
        self.resolve(job, 0)
    }

    fn resolve(&self, job: &Job, level: usize) -> Self {
        let mut resolved = Self::default();
        for piece in &self.pieces {
            let defined = match piece {
                Piece::Variable(name) if job.varying.contains(name) => {
                    resolved.pieces.push(Piece::Unknown(format!("${name}")));
                    continue;
                }
                Piece::Variable(name) => job.at(&["variables", name]),
                _ => None,
            };
            let text =
                defined.and_then(|value| value.text().or_else(|| value.get("value").and_then(Value::text)));
            match (piece, text) {
                (Piece::Literal(text), _) => resolved.literal(text),
                (_, Some(text)) if level < MAX_LEVELS => {
                    for inner in Self::of_text(text).resolve(job, level + 1).pieces {
                        match inner {
                            Piece::Literal(text) => resolved.literal(&text),
                            other => resolved.pieces.push(other),
                        }
                    }
                }
                (Piece::Variable(name), _) if defined.is_some() => {
                    resolved.pieces.push(Piece::Unknown(name.clone()))
                }
                _ => resolved.pieces.push(piece.clone()),
            }
        }
        resolved
    }

    /// The text, if nothing in it varies.
    pub fn as_literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Literal(text)] => Some(text),
            [] => Some(""),
            _ => None,
        }
    }

    /// Whether only the running shell knows it.
    pub fn is_unknown(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Unknown(_)))
    }

    /// The longest text that it can come to, in characters; `None` when that is not known.
    pub fn longest(&self) -> Option<usize> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => Some(text.chars().count()),
                Piece::Variable(name) => longest_value(name),
                Piece::Unknown(_) => None,
            })
            .sum()
    }

    /// The expression with `*` for whatever varies.
    pub fn pattern(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable(_) | Piece::Unknown(_) => "*".to_owned(),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// As one would write it.
    pub fn shown(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable(name) => format!("${name}"),
            Piece::Unknown(text) => text.clone(),
        };
        self.pieces.iter().map(piece).collect()
    }
}

/// The name at the beginning of what follows a `$`, and the rest.
fn variable(text: &str) -> (&str, &str) {
    if let Some((name, rest)) = text.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        return (name, rest);
    }
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split_at(text.find(|character| !is_name(character)).unwrap_or(text.len()))
}

/// The longest value of a predefined variable (GitLab CI/CD variables reference); `None` when it has no
/// known bound. Numbers are bounded by what GitLab's 32-bit columns hold.
fn longest_value(name: &str) -> Option<usize> {
    Some(match name {
        "CI_COMMIT_REF_SLUG" | "CI_PROJECT_PATH_SLUG" => 63,
        "CI_ENVIRONMENT_SLUG" => 24,
        "CI_COMMIT_SHA" => 40,
        "CI_COMMIT_SHORT_SHA" => 8,
        "CI_MERGE_REQUEST_IID" | "CI_PIPELINE_IID" | "CI_PROJECT_ID" | "CI_MERGE_REQUEST_ID" => 10,
        "CI_PIPELINE_ID" | "CI_JOB_ID" => 12,
        _ => return None,
    })
}

/// Predefined variables that hold a branch or tag name as it is: `/`, capitals, dots.
pub const RAW_NAMES: [&str; 7] = [
    "CI_COMMIT_REF_NAME",
    "CI_COMMIT_BRANCH",
    "CI_COMMIT_TAG",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CI_COMMIT_TITLE",
    "CI_PROJECT_PATH",
];
