//! `cargo xtask why PATH... --dialect D --ignore-file FILE`: the verdicts of one ignore file alone.
//!
//! A pure function of the file's bytes and the paths; the caller reads the file, resolves includes and prints the
//! [`Answer`], whose JSON form is a contract.

use serde::Serialize;

use crate::syntax::ignore::dockerignore::Dockerignore;
use crate::syntax::ignore::gitignore::Gitignore;
use crate::syntax::ignore::oktetoignore::{Oktetoignore, Section};
use crate::syntax::ignore::stignore::{Decision, Platform, Resolver, Stignore};
use crate::syntax::ignore::{Dialect, EvaluationError, Problem, Rule};

/// What is asked of a file.
#[derive(Debug)]
pub struct Question<'a> {
    /// The language of the file.
    pub dialect: Dialect,
    /// Name of the file, used in messages and handed to the include resolver.
    pub name: &'a str,
    /// Its bytes. What is no UTF-8 can match no path and is read as U+FFFD.
    pub bytes: &'a [u8],
    /// The command whose sections count; for `.oktetoignore` alone.
    pub section: Section,
    /// The system that Syncthing runs on; for `.stignore` alone.
    pub platform: Platform,
}

/// The verdicts, in the order asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Version of this form.
    pub version: u32,
    /// Why the tool refuses the file as a whole. The results then hold what stays in force.
    pub error: Option<String>,
    /// One for each path.
    pub results: Vec<PathAnswer>,
}

/// The verdict on one path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PathAnswer {
    /// The path as asked, without the slash that marks a directory.
    pub path: String,
    /// Whether the path was asked as a directory.
    pub is_dir: bool,
    /// For `.stignore` the matcher's own verdict; for the others whether the path would be left out of a tree that
    /// holds just it and the folders above it.
    pub ignored: bool,
    /// 1-based line that decided; of an included rule, the line of the `#include`.
    pub line: Option<usize>,
    /// The rule that decided, as the tool shows it.
    pub pattern: Option<String>,
    /// Whether Syncthing may delete the path with the directory around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletable: Option<bool>,
    /// Whether Syncthing does not look inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub can_skip_dir: Option<bool>,
    /// Why the evaluation of this path alone failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Asks a file about paths; a trailing `/` marks a directory.
pub fn answer<'p>(
    question: &Question<'_>,
    resolve: Resolver<'_>,
    paths: impl IntoIterator<Item = &'p str>,
) -> Answer {
    let text = String::from_utf8_lossy(question.bytes);
    let paths = paths.into_iter().map(Asked::new);
    match question.dialect {
        Dialect::Stignore => {
            let file = Stignore::parse(question.name, &text, question.platform, resolve);
            let results = paths.map(|asked| by_stignore(&file, asked)).collect();
            Answer::new(file.problems(), results)
        }
        Dialect::Dockerignore => by_dockerignore(&Dockerignore::parse(&text), paths),
        Dialect::Oktetoignore => by_dockerignore(&Oktetoignore::parse(&text).rules(&question.section), paths),
        Dialect::Gitignore => {
            let file = Gitignore::parse(&text);
            let results = paths
                .map(|asked| {
                    let verdict = file.verdict(asked.path, asked.is_dir);
                    asked.decided(verdict.ignored, verdict.rule.and_then(|rule| file.rules().get(rule)))
                })
                .collect();
            Answer::new(file.problems(), results)
        }
    }
}

fn by_stignore(file: &Stignore, asked: Asked<'_>) -> PathAnswer {
    match file.matches(asked.path) {
        Ok(verdict) => {
            let rule = match verdict.decision {
                Decision::Rule(rule) => file.rules().get(rule),
                Decision::BuiltIn | Decision::None => None,
            };
            PathAnswer {
                deletable: Some(verdict.deletable),
                can_skip_dir: Some(verdict.can_skip_dir),
                ..asked.decided(verdict.ignored, rule)
            }
        }
        Err(error) => {
            PathAnswer { deletable: Some(false), can_skip_dir: Some(false), ..asked.failed(&error) }
        }
    }
}

fn by_dockerignore<'p>(file: &Dockerignore, paths: impl Iterator<Item = Asked<'p>>) -> Answer {
    let results = paths
        .map(|asked| match file.verdict(asked.path) {
            Ok(verdict) => {
                asked.decided(verdict.ignored, verdict.rule.and_then(|rule| file.rules().get(rule)))
            }
            Err(error) => asked.failed(&error),
        })
        .collect();
    Answer::new(file.problems(), results)
}

impl Answer {
    fn new(problems: &[Problem], results: Vec<PathAnswer>) -> Self {
        Self { version: 1, error: problems.first().map(|problem| problem.message.clone()), results }
    }
}

/// A path to ask for.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    /// As asked, without trailing slash.
    shown: &'a str,
    /// The same path from the folder of the file: shells complete to `./a`, where the tools know only `a`.
    path: &'a str,
    is_dir: bool,
}

impl<'a> Asked<'a> {
    fn new(asked: &'a str) -> Self {
        let shown = asked.trim_end_matches('/');
        Self { shown, path: shown.trim_start_matches("./"), is_dir: shown.len() < asked.len() }
    }

    fn decided(self, ignored: bool, rule: Option<&Rule>) -> PathAnswer {
        PathAnswer {
            path: self.shown.to_owned(),
            is_dir: self.is_dir,
            ignored,
            line: rule.and_then(line_in_file),
            pattern: rule.map(|rule| rule.pattern.clone()),
            ..PathAnswer::default()
        }
    }

    fn failed(self, error: &EvaluationError) -> PathAnswer {
        PathAnswer { error: Some(error.message.clone()), ..self.decided(false, None) }
    }
}

/// The line of the asked file that stands for a rule.
fn line_in_file(rule: &Rule) -> Option<usize> {
    rule.source.as_ref().map_or(Some(rule.line), |source| source.included_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::ignore::stignore::Include;

    fn json(dialect: Dialect, text: &[u8], paths: &[&str]) -> String {
        let question = Question {
            dialect,
            name: "file",
            bytes: text,
            section: Section::Deploy,
            platform: Platform::Linux,
        };
        let mut resolve = |_: &str, name: &str| match name {
            "more" => Ok(Include { key: name.to_owned(), text: "// c\n(?d)inner\n".to_owned() }),
            _ => Err("file not found".to_owned()),
        };
        serde_json::to_string(&answer(&question, &mut resolve, paths.iter().copied())).unwrap()
    }

    #[test]
    fn the_form_is_a_contract() {
        assert_eq!(
            json(Dialect::Gitignore, b"/*.log\nout/\n", &["out/", "./a.log", "out"]),
            r#"{"version":1,"error":null,"results":[{"path":"out","is_dir":true,"ignored":true,"line":2,"pattern":"out/"},{"path":"./a.log","is_dir":false,"ignored":true,"line":1,"pattern":"/*.log"},{"path":"out","is_dir":false,"ignored":false,"line":null,"pattern":null}]}"#
        );
        assert_eq!(
            json(Dialect::Stignore, b"a\n#include more\n", &["x/inner", ".stfolder"]),
            r#"{"version":1,"error":null,"results":[{"path":"x/inner","is_dir":false,"ignored":true,"line":2,"pattern":"(?d)inner","deletable":true,"can_skip_dir":true},{"path":".stfolder","is_dir":false,"ignored":true,"line":null,"pattern":null,"deletable":false,"can_skip_dir":true}]}"#
        );
    }

    #[test]
    fn errors_of_the_file_and_of_a_path_are_told_apart() {
        assert_eq!(
            json(Dialect::Stignore, b"a\n[]\n", &["a", ".stfolder/x"]),
            r#"{"version":1,"error":"invalid pattern \"[]\" in ignore file: parse error: could not parse range","results":[{"path":"a","is_dir":false,"ignored":false,"line":null,"pattern":null,"deletable":false,"can_skip_dir":false},{"path":".stfolder/x","is_dir":false,"ignored":true,"line":null,"pattern":null,"deletable":false,"can_skip_dir":true}]}"#
        );
        assert_eq!(
            json(Dialect::Dockerignore, b"a\n!b\n[z-a]\n", &["a/x", "c"]),
            r#"{"version":1,"error":null,"results":[{"path":"a/x","is_dir":false,"ignored":true,"line":1,"pattern":"a"},{"path":"c","is_dir":false,"ignored":false,"line":null,"pattern":null,"error":"failed to match excludepatterns: syntax error in pattern"}]}"#
        );
    }

    #[test]
    fn broken_bytes_are_read_as_the_tools_read_them() {
        assert!(json(Dialect::Stignore, b"a\xff\n", &["a"]).contains("could not read rune"));
        assert!(
            json(Dialect::Gitignore, b"a\0b\r\n", &["a"])
                .contains(r#""ignored":true,"line":1,"pattern":"a""#)
        );
        assert!(json(Dialect::Dockerignore, b"\xef\xbb\xbffoo\r\n", &["foo"]).contains(r#""pattern":"foo""#));
    }
}
