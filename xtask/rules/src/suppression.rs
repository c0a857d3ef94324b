//! `# check: allow(rule) reason`: permissions in the files themselves.
//!
//! A permission stands on the line above the finding, or, in YAML, at the end of its line; one at the head
//! of a file also covers what is missing in that file. The reason is required.

use crate::diagnostic::Fix;
use crate::diagnostic::{Diagnostic, Severity, replace};
use crate::source::{LineIndex, SourceFile, Span};
use crate::suggest::closest;
use crate::syntax::yaml::Yaml;

/// One permission.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The rule that it allows.
    pub rule: String,
    /// The comment.
    pub span: Span,
    /// The reason; empty when it is missing.
    pub reason: String,
    /// 1-based line to which it applies.
    line: usize,
    /// Whether it stands at the head of the file, where nothing but comments came before.
    head: bool,
}

impl Suppression {
    /// Whether the permission covers a finding at `line` (`None`: something missing in the file).
    pub fn covers(&self, rule: &str, line: Option<usize>) -> bool {
        self.rule == rule && !self.reason.is_empty() && line.map_or(self.head, |line| line == self.line)
    }
}

/// The comment syntax of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comments {
    Yaml,
    /// `#` at the beginning of a line (leading blanks allowed).
    Hash,
    /// `//` at the beginning of a line.
    Slashes,
    /// `<!-- … -->` on a line of its own.
    Html,
}

fn syntax_of(file: &SourceFile) -> Option<Comments> {
    let name = file.path.file_name();
    match file.path.extension() {
        Some("yml" | "yaml") => return Some(Comments::Yaml),
        Some("md") => return Some(Comments::Html),
        Some("json" | "jsonc" | "lock" | "svg") => return None,
        _ => {}
    }
    Some(if name == ".stignore" { Comments::Slashes } else { Comments::Hash })
}

/// The permissions of a file. Cheap for files that have none.
pub fn find(file: &SourceFile) -> Vec<Suppression> {
    if memchr::memmem::find(file.text.as_bytes(), b"check: allow(").is_none() {
        return Vec::new();
    }
    let Some(syntax) = syntax_of(file) else { return Vec::new() };
    let index = LineIndex::new(&file.text);
    let following = content_lines(&file.text, syntax);
    let line_behind = |line: usize| following.get(line).copied().unwrap_or(following.len());
    let mut found: Vec<Suppression> = comments(file, syntax)
        .into_iter()
        .filter_map(|(span, body, own_line)| {
            let (rule, reason) = parse(&body)?;
            let own = index.line(span.start);
            let line = if own_line { line_behind(own) } else { own };
            let head = own_line && line_behind(0) >= own;
            Some(Suppression { rule, span, reason, line, head })
        })
        .collect();
    found.sort_by_key(|suppression| suppression.span.start);
    found
}

/// `check: allow(rule) reason`
fn parse(body: &str) -> Option<(String, String)> {
    let rest = body.trim().strip_prefix("check: allow(")?;
    let (rule, reason) = rest.split_once(')')?;
    Some((rule.trim().to_owned(), reason.trim().to_owned()))
}

fn comments(file: &SourceFile, syntax: Comments) -> Vec<(Span, String, bool)> {
    if syntax == Comments::Yaml {
        let yaml = Yaml::parse(&file.text);
        return yaml
            .comments
            .into_iter()
            .map(|comment| (comment.span, comment.text, comment.own_line))
            .collect();
    }
    let mut at = 0;
    let mut found = Vec::new();
    for line in file.text.split_inclusive('\n') {
        let text = line.trim();
        let start = at + line.find(text).unwrap_or(0);
        at += line.len();
        let body = match syntax {
            Comments::Slashes => text.strip_prefix("//"),
            Comments::Html => text.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")),
            Comments::Hash | Comments::Yaml => text.strip_prefix('#'),
        };
        if let Some(body) = body {
            found.push((Span::new(start, start + text.len()), body.to_owned(), true));
        }
    }
    found
}

fn is_comment(line: &str, syntax: Comments) -> bool {
    let line = line.trim_start_matches(crate::source::BOM).trim_start();
    match syntax {
        Comments::Slashes => line.starts_with("//"),
        Comments::Html => line.starts_with("<!--"),
        Comments::Hash | Comments::Yaml => line.starts_with('#'),
    }
}

/// For each line of a text and its end, the number of the first line from there on that is neither comment nor blank.
fn content_lines(text: &str, syntax: Comments) -> Vec<usize> {
    let lines = text.lines().map(|line| !is_comment(line, syntax) && !line.trim().is_empty());
    let mut numbers: Vec<usize> =
        lines.chain([true]).enumerate().map(|(at, is_content)| if is_content { at + 1 } else { 0 }).collect();
    let mut next = numbers.len();
    for number in numbers.iter_mut().rev() {
        next = if *number == 0 { next } else { *number };
        *number = next;
    }
    numbers
}

/// What a report says about a permission that allowed nothing, names none of the `known` rules or gives no reason.
pub fn complaint(file: &SourceFile, suppression: &Suppression, known: &[&str]) -> Diagnostic {
    let place = file.place(suppression.span);
    let rule = &suppression.rule;
    let mut diagnostic = if !known.contains(&rule.as_str()) {
        let diagnostic = Diagnostic::new(place, format!("there is no rule `{rule}` to allow"))
            .label("the comment has no effect");
        let mut diagnostic = match closest(rule, known.iter().copied()) {
            Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
            None => diagnostic.help("name one rule, as in `dev/workdir`; `cargo xtask rules` lists them"),
        };
        diagnostic.rule = "check/unknown-rule";
        diagnostic
    } else if suppression.reason.is_empty() {
        let mut diagnostic = Diagnostic::new(place, format!("`allow({rule})` gives no reason"))
            .label("nothing is allowed without one")
            .help("say behind the parenthesis why this is right");
        diagnostic.rule = "check/unused-suppression";
        diagnostic
    } else {
        let mut diagnostic = Diagnostic::new(place, format!("`allow({rule})` allows nothing"))
            .label("the rule has no finding on the next line")
            .help("delete the comment");
        diagnostic.rule = "check/unused-suppression";
        diagnostic.fix(Fix::safe(
            "delete the comment",
            vec![replace(&file.path, removal(&file.text, suppression.span), "")],
        ))
    };
    diagnostic.severity = Severity::Warning;
    diagnostic.subject = format!("allow({rule})");
    diagnostic
}

/// The comment with its line when it stands alone there, else with the blanks before it.
fn removal(text: &str, span: Span) -> Span {
    let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let lead = text.get(start..span.start).unwrap_or("");
    if lead.trim().is_empty() {
        let end =
            text.get(span.end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.end + at + 1);
        return Span::new(start, end);
    }
    Span::new(start + lead.trim_end().len(), span.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<(String, String, usize, bool)> {
        let all = find(&SourceFile::new(path.into(), text));
        all.into_iter().map(|one| (one.rule, one.reason, one.line, one.head)).collect()
    }

    fn row(rule: &str, reason: &str, line: usize, head: bool) -> (String, String, usize, bool) {
        (rule.to_owned(), reason.to_owned(), line, head)
    }

    #[test]
    fn a_permission_covers_the_next_line_that_is_no_comment() {
        let text = "# check: allow(a/b) why\r\n# more\r\n\r\nFROM x\r\nRUN y # check: allow(a/c) no comment here\r\n";
        assert_eq!(found("Dockerfile", text), [row("a/b", "why", 4, true)]);
        let text = "node_modules\n// check: allow(a/b)\n.git\n# check: allow(a/c) a pattern\n";
        assert_eq!(found(".stignore", text), [row("a/b", "", 3, false)]);
        let text = "# Title\n\n<!-- check: allow(a/b) as agreed -->\ntext <!-- check: allow(a/c) x -->\n";
        assert_eq!(found("docs/x.md", text), [row("a/b", "as agreed", 4, false)]);
        assert_eq!(found("package.json", "{\"a\": \"# check: allow(a/b) x\"}"), []);
    }

    #[test]
    fn in_yaml_a_comment_at_the_end_covers_its_own_line() {
        let text = "a: 1 # check: allow(x/y) so\n# check: allow(x/z) thus\nb: \"# check: allow(x/w) text\"\n";
        assert_eq!(found("a.yml", text), [row("x/y", "so", 1, false), row("x/z", "thus", 3, false)]);
    }

    #[test]
    fn only_a_permission_with_a_reason_covers_and_only_at_the_head_what_is_missing() {
        let file =
            SourceFile::new("a.yml".into(), "# check: allow(x/y) so\na: 1\n# check: allow(x/z) so\nb: 1\n");
        let all = find(&file);
        let [head, below] = all.as_slice() else { panic!("two permissions") };
        assert!(head.covers("x/y", Some(2)) && head.covers("x/y", None) && !head.covers("x/z", Some(2)));
        assert!(below.covers("x/z", Some(4)) && !below.covers("x/z", None) && !below.covers("x/z", Some(3)));
        let silent = Suppression { reason: String::new(), ..head.clone() };
        assert!(!silent.covers("x/y", Some(2)));
    }

    #[test]
    fn deleting_takes_the_line_or_the_blanks_before() {
        let text = "a: 1  # check: allow(x/y) so\r\n  # check: allow(x/y) so\r\nb: 1\n";
        let all = find(&SourceFile::new("a.yml".into(), text));
        let mut rest = text.to_owned();
        for one in all.iter().rev() {
            let span = removal(text, one.span);
            rest.replace_range(span.start..span.end, "");
        }
        assert_eq!(rest, "a: 1\r\nb: 1\n");
    }
}
