//! The lines of a `.stignore` and of what it includes (`parseIgnoreFile`).

use std::collections::HashSet;
use std::sync::Arc;

use super::super::go::{LINE_TOO_LONG, clean_path, quote, scan_lines};
use super::super::{Problem, Rule, Source};
use super::line::{self, Globs};
use super::{Platform, Resolver, Traits};
use crate::source::Span;

/// Deepest chain of includes that is followed; Syncthing itself ends only at a repeated file.
const MAX_INCLUDE_DEPTH: usize = 32;

/// A rule with its evaluation.
pub(super) struct Line {
    pub rule: Rule,
    pub traits: Traits,
    pub globs: Globs,
}

/// All rules, and what is wrong.
pub(super) struct Read {
    pub lines: Vec<Line>,
    pub problems: Vec<Problem>,
}

/// Reads the file and, in place, its includes.
pub(super) fn read(name: &str, text: &str, platform: Platform, resolve: Resolver<'_>) -> Read {
    let mut reader = Reader {
        platform,
        resolve,
        seen_lines: HashSet::new(),
        seen_files: HashSet::new(),
        lines: Vec::new(),
        nodes_left: line::MAX_FILE_NODES,
    };
    let file = File { key: name, shown: name, source: None, depth: 0 };
    let problems = reader.file(&file, text);
    Read { lines: reader.lines, problems }
}

/// The file being read.
struct File<'a> {
    /// As the resolver knows it.
    key: &'a str,
    /// As Syncthing's messages name it.
    shown: &'a str,
    /// For the rules of an included file.
    source: Option<Source>,
    depth: usize,
}

struct Reader<'a> {
    platform: Platform,
    resolve: Resolver<'a>,
    /// Every line of every file: a repeated one is skipped.
    seen_lines: HashSet<String>,
    /// Included files.
    seen_files: HashSet<String>,
    lines: Vec<Line>,
    /// What is left of [`line::MAX_FILE_NODES`].
    nodes_left: usize,
}

/// What the lines of one file agree on.
#[derive(Default)]
struct State {
    escape: Option<char>,
    has_patterns: bool,
}

impl Reader<'_> {
    fn file(&mut self, file: &File<'_>, text: &str) -> Vec<Problem> {
        let scanned = scan_lines(text);
        let mut problems = Vec::new();
        if let Some((line, span)) = scanned.too_long {
            problems.push(Problem { span, line, message: LINE_TOO_LONG.to_owned() });
        }
        let mut state = State::default();
        for line in &scanned.lines {
            let (text, span) = line.trimmed();
            // Before anything else, so that a repeated broken line is reported once.
            if !self.seen_lines.insert(text.to_owned()) || text.is_empty() || text.starts_with("//") {
                continue;
            }
            if let Err(message) = self.line(file, &mut state, text, span, line.number) {
                problems.push(Problem { span, line: line.number, message });
            }
        }
        problems
    }

    fn line(
        &mut self,
        file: &File<'_>,
        state: &mut State,
        text: &str,
        span: Span,
        number: usize,
    ) -> Result<(), String> {
        let line = self.platform.slashed(text);
        if line.starts_with("#include") {
            return self.include(file, &line, number);
        }
        if let Some(rest) = line.strip_prefix("#escape") {
            return self.escape(state, &line, rest);
        }
        state.has_patterns = true;
        let line = self.unescape(state, &line);
        let compiled = line::compile(&line, self.platform, &mut self.nodes_left)?;
        let rule = Rule {
            pattern: text.to_owned(),
            span,
            line: number,
            negated: compiled.negated,
            source: file.source.clone(),
        };
        self.lines.push(Line { rule, traits: compiled.traits, globs: compiled.globs });
        Ok(())
    }

    fn include(&mut self, file: &File<'_>, text: &str, number: usize) -> Result<(), String> {
        let name = text.split_once(' ').map_or("", |(_, name)| name.trim());
        if name.is_empty() {
            return Err("parse error: failed to parse #include line: no file?".to_owned());
        }
        // `filepath.Join`, to which a leading slash of the second part means nothing.
        let folder = file.shown.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let shown = clean_path(&format!("{folder}/{name}"));
        let fail = |reason: &str| Err(format!("parse error: failed to load include file {shown}: {reason}"));
        if file.depth == MAX_INCLUDE_DEPTH {
            return fail(&format!("includes are followed at most {MAX_INCLUDE_DEPTH} deep here"));
        }
        let included = match (self.resolve)(file.key, name) {
            Ok(included) => included,
            Err(reason) => return fail(&reason),
        };
        if !self.seen_files.insert(included.key.clone()) {
            return fail("multiple include");
        }
        let included_at = file.source.as_ref().map_or(Some(number), |source| source.included_at);
        let source = Some(Source { file: Arc::from(shown.as_str()), included_at });
        let inner = File { key: &included.key, shown: &shown, source, depth: file.depth + 1 };
        match self.file(&inner, &included.text).first() {
            Some(problem) => fail(&problem.message),
            None => Ok(()),
        }
    }

    /// `#escape=c`, since Syncthing 2.0.
    fn escape(&self, state: &mut State, line: &str, rest: &str) -> Result<(), String> {
        let value = rest.trim_start().strip_prefix('=').map(str::trim);
        let mut characters = value.unwrap_or_default().chars();
        let (Some(escape), None) = (characters.next(), characters.next()) else {
            return Err(format!(
                "parse error: failed to parse #escape= line in ignore file: {}",
                quote(line)
            ));
        };
        if state.has_patterns {
            return Err("parse error: #escape= line found after patterns in ignore file".to_owned());
        }
        if state.escape.is_some() {
            return Err("parse error: mutiple #escape= lines found in ignore file".to_owned());
        }
        state.escape = Some(escape);
        Ok(())
    }

    /// The pattern with `\` as its escape character.
    fn unescape(&self, state: &State, pattern: &str) -> String {
        let default = if self.platform == Platform::Windows { '|' } else { '\\' };
        let escape = state.escape.unwrap_or(default);
        if escape == '\\' {
            return pattern.to_owned();
        }
        // As in `parseIgnoreFile`: every escape character, then back for those that were doubled.
        pattern.replace(escape, "\\").replace("\\\\", &format!("\\{escape}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Include;
    use super::*;

    fn read_with(text: &str, files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let mut resolve = |from: &str, name: &str| {
            let folder = from.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            let key = clean_path(&format!("{folder}{name}"));
            let file = files.iter().find(|(path, _)| *path == key);
            let (_, text) = file.ok_or_else(|| "file not found".to_owned())?;
            Ok(Include { key, text: (*text).to_owned() })
        };
        let read = read(".stignore", text, Platform::Linux, &mut resolve);
        let rules =
            read.lines.iter().map(|line| format!("{}:{}", line.rule.line, line.rule.pattern)).collect();
        (
            rules,
            read.problems
                .into_iter()
                .map(|problem| format!("{}: {}", problem.line, problem.message))
                .collect(),
        )
    }

    #[test]
    fn repeated_lines_are_skipped_across_files() {
        let (rules, problems) = read_with("a\n#include i\nb\na\n#include i\n", &[("i", "b\nc\n")]);
        assert_eq!(rules, ["1:a", "1:b", "2:c"]);
        assert!(problems.is_empty());
    }

    #[test]
    fn includes_fail_in_the_words_of_syncthing() {
        let files = [("d/i", "#include j"), ("d/j", "#include ./i"), ("bad", "x\n[]\n")];
        let (_, problems) = read_with("#include d/i\n#include\n#include /none\n#include bad\n", &files);
        assert_eq!(
            problems,
            [
                "1: parse error: failed to load include file d/i: parse error: failed to load include file d/j: \
                 parse error: failed to load include file d/i: multiple include",
                "2: parse error: failed to parse #include line: no file?",
                "3: parse error: failed to load include file none: file not found",
                "4: parse error: failed to load include file bad: invalid pattern \"[]\" in ignore file: parse error: \
                 could not parse range",
            ]
        );
    }

    #[test]
    fn the_escape_line_comes_first_and_once() {
        let (rules, problems) = read_with("// c\n#escape = |\na|*b\n#escape=^\n", &[]);
        assert_eq!(rules, ["3:a|*b"]);
        assert_eq!(problems, ["4: parse error: #escape= line found after patterns in ignore file"]);
        let (_, problems) = read_with("#escape=|\n#escape=^\n#escape=ab\n", &[]);
        assert_eq!(
            problems,
            [
                "2: parse error: mutiple #escape= lines found in ignore file",
                "3: parse error: failed to parse #escape= line in ignore file: \"#escape=ab\"",
            ]
        );
    }

    #[test]
    fn a_line_of_64_kib_stops_the_file() {
        let text = format!("a\n{}\n", "x".repeat(70_000));
        assert_eq!(read_with(&text, &[]).1, ["2: bufio.Scanner: token too long"]);
    }
}
