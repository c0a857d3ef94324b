//! `ignore/dialect`: lines that mean something in another ignore file, and something else or nothing here.
//!
//! A line that keeps the whole file from being read belongs to `ignore/syntax`.

use super::line_fixes::{self, Slip};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::outlets::{self, Channel, Outlet};
use crate::source::{BOM, SourceFile, Span};
use crate::syntax::ignore::Dialect;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "ignore/dialect",
    summary: "a line is written in the dialect of another ignore file",
    severity: Severity::Note,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Synced, Model::Contexts],
    page: include_str!("dialect.md"),
    check,
};

/// What a line was meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ByteOrderMark,
    Comment,
    TrailingComment,
    Directive,
    Header,
    Prefix,
    Braces,
    NegatedClass,
    Blank,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let mut seen = std::collections::BTreeSet::new();
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let Some(file) = outlet.file().filter(|file| seen.insert(file.path.clone())) else { continue };
        let mut by_kind: BTreeMap<Kind, Vec<Slip>> = BTreeMap::new();
        for (kind, slip) in slips(&outlet, file) {
            by_kind.entry(kind).or_default().push(slip);
        }
        for (kind, slips) in &by_kind {
            if let Some(diagnostic) = diagnostic(facts, &outlet, file, *kind, slips) {
                sink.report(diagnostic);
            }
        }
    }
}

fn diagnostic(
    facts: &Facts,
    outlet: &Outlet<'_>,
    file: &SourceFile,
    kind: Kind,
    slips: &[Slip],
) -> Option<Diagnostic> {
    let text = slips.first()?.span.slice(&file.text);
    let short: String = text.chars().take(40).collect();
    let reader = match outlet.dialect() {
        Dialect::Stignore => "Syncthing",
        Dialect::Dockerignore | Dialect::Gitignore => "BuildKit",
        Dialect::Oktetoignore => "Okteto",
    };
    let title = match kind {
        Kind::ByteOrderMark => format!("the byte order mark is part of the first line for {reader}"),
        Kind::Comment => format!("`{short}` is a pattern for {reader}, not a comment"),
        Kind::TrailingComment => format!("`{short}` is one pattern for {reader}, comment included"),
        Kind::Directive => format!("`{short}` is not applied in the pod"),
        Kind::Header => format!("`{short}` is a pattern for {reader}, not a section"),
        Kind::Prefix => format!("`{short}` begins with a word that only Syncthing knows"),
        Kind::Braces => format!("`{short}` has braces, which are plain characters for {reader}"),
        Kind::NegatedClass => format!("`{short}` does not negate the class for {reader}"),
        Kind::Blank => format!("`{short}` takes back a name that begins with a blank"),
    };
    let diagnostic = line_fixes::finding(file, slips, title)?.subject(format!("{kind:?}"));
    Some(match line_fixes::edits(facts, outlet, file, slips) {
        Some(edits) => {
            let title = match slips {
                [only] => match only.instead.as_deref() {
                    Some("") | None => "remove it".to_owned(),
                    Some(instead) => format!("write `{}`", instead.replace('\n', "`, `")),
                },
                _ => format!("rewrite {} lines", slips.len()),
            };
            diagnostic.help(format!("{title} (safe fix)")).fix(Fix::safe(title, edits))
        }
        None if kind == Kind::Directive => diagnostic.help("write the patterns into this file"),
        None => diagnostic.help("write the line in the dialect of this file"),
    })
}

fn slips(outlet: &Outlet<'_>, file: &SourceFile) -> Vec<(Kind, Slip)> {
    let dialect = outlet.dialect();
    let mut slips = Vec::new();
    let mut start = 0;
    for (index, line) in file.text.split('\n').enumerate() {
        let body = line.strip_suffix('\r').unwrap_or(line);
        let indented = body.starts_with([' ', '\t']);
        let mut text = body.trim();
        let mut at = start + (body.len() - body.trim_start().len());
        start += line.len() + 1;
        if let Some(rest) = text.strip_prefix(BOM).filter(|_| index == 0) {
            // Docker's reader drops it; Okteto sees a section header behind it no more.
            if dialect == Dialect::Stignore || (dialect == Dialect::Oktetoignore && rest.starts_with('[')) {
                let label = "the line never matches, and looks as if it did".to_owned();
                let span = Span::new(at, at + BOM.len_utf8());
                slips.push((Kind::ByteOrderMark, Slip { span, label, instead: Some(String::new()) }));
            }
            at += BOM.len_utf8();
            text = rest;
        }
        let found = match dialect {
            Dialect::Stignore => of_stignore(outlet, text),
            _ => of_docker(dialect, text, indented),
        };
        if let Some((kind, label, instead)) = found {
            // What indents a comment goes with it.
            let span = match kind {
                Kind::Comment => {
                    Span::new(at - (body.len() - body.trim_start().len()).min(at), at + text.len())
                }
                _ => Span::new(at, at + text.len()),
            };
            let span = if index == 0 { Span::new(at, at + text.len()) } else { span };
            slips.push((kind, Slip { span, label, instead }));
        }
    }
    slips
}

type Found = Option<(Kind, String, Option<String>)>;

fn of_stignore(outlet: &Outlet<'_>, line: &str) -> Found {
    if line.is_empty() || line.starts_with("//") {
        return None;
    }
    if line.starts_with("#include ") || line.starts_with("#escape") {
        let label = "Okteto drops every line that begins with `#` from the pod's copy".to_owned();
        return Some((Kind::Directive, label, included(outlet, line)));
    }
    if let Some(rest) = line.strip_prefix('#') {
        let blank = if rest.is_empty() || rest.starts_with([' ', '\t', '#']) { "" } else { " " };
        let label = "comments begin with `//`; this one is harmless until it holds a `[`".to_owned();
        return Some((Kind::Comment, label, Some(format!("//{blank}{rest}"))));
    }
    if let Some((pattern, comment)) = trailing_comment(line, &[" //", "\t//", " #", "\t#"]) {
        let label = "nothing has this name".to_owned();
        return Some((Kind::TrailingComment, label, Some(format!("// {comment}\n{pattern}"))));
    }
    if line.contains("[^") && !line.contains("\\[^") {
        let label = "`^` is one of the characters; the negation is `[!`".to_owned();
        return Some((Kind::NegatedClass, label, Some(line.replace("[^", "[!"))));
    }
    let rest = line.strip_prefix('!').filter(|rest| rest.starts_with(' '))?;
    let label = "unlike Docker, Syncthing keeps the blank".to_owned();
    Some((Kind::Blank, label, Some(format!("!{}", rest.trim_start()))))
}

/// The lines of the file that an `#include` names.
fn included(outlet: &Outlet<'_>, line: &str) -> Option<String> {
    let Channel::Sync(folder) = &outlet.channel else { return None };
    let name = line.strip_prefix("#include ")?.trim();
    let path = folder.path.join(name);
    let file = folder.stignore.file()?.included.iter().find(|file| file.path == path)?;
    let lines: Vec<&str> = file.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // What the file includes in turn lies somewhere else.
    let plain = !lines.is_empty()
        && lines.iter().all(|line| !line.starts_with("#include ") && !line.starts_with("#escape"));
    plain.then(|| lines.join("\n"))
}

fn of_docker(dialect: Dialect, line: &str, indented: bool) -> Found {
    if line.is_empty() {
        return None;
    }
    if let Some(rest) = line.strip_prefix('#') {
        // For Okteto an indented comment is one.
        let is_pattern = indented && dialect == Dialect::Dockerignore;
        return is_pattern.then(|| {
            (Kind::Comment, "a comment begins in the first column".to_owned(), Some(format!("#{rest}")))
        });
    }
    if let Some(rest) = line.strip_prefix("//") {
        return Some((Kind::Comment, "comments begin with `#`".to_owned(), Some(format!("#{rest}"))));
    }
    if dialect == Dialect::Oktetoignore && line.starts_with('[') && !line.ends_with(']') {
        let (header, rest) = line.split_once(']')?;
        let known = header.trim_start_matches('[');
        if ["deploy", "destroy", "test"].contains(&known) || known.starts_with("test.") {
            let label = "a header stands alone on its line".to_owned();
            let comment = rest.trim_start().trim_start_matches(['#', '/']).trim();
            return Some((Kind::Header, label, Some(format!("# {comment}\n{header}]"))));
        }
    }
    if let Some((pattern, comment)) = trailing_comment(line, &[" #", "\t#", " //", "\t//"]) {
        let label = "nothing has this name".to_owned();
        return Some((Kind::TrailingComment, label, Some(format!("# {comment}\n{pattern}"))));
    }
    let (mark, pattern) = line.strip_prefix('!').map_or(("", line), |rest| ("!", rest));
    if let Some(rest) = pattern.strip_prefix("(?d)").or_else(|| pattern.strip_prefix("(?i)")) {
        let label = "here it is a part of the name".to_owned();
        return Some((Kind::Prefix, label, Some(format!("{mark}{rest}"))));
    }
    if pattern.contains('{') && pattern.contains('}') {
        let label = "nothing has this name; write one line for each alternative".to_owned();
        return Some((Kind::Braces, label, line_fixes::written_out(line, 16).map(|lines| lines.join("\n"))));
    }
    (pattern.contains("[!") && !pattern.contains("\\[!")).then(|| {
        let label = "`!` is one of the characters; the negation is `[^`".to_owned();
        (Kind::NegatedClass, label, Some(line.replace("[!", "[^")))
    })
}

/// A pattern and the comment behind it.
fn trailing_comment<'l>(line: &'l str, marks: &[&str]) -> Option<(&'l str, &'l str)> {
    let at = marks.iter().filter_map(|mark| line.find(mark)).min()?;
    let (pattern, comment) = line.split_at_checked(at)?;
    let comment = comment.trim_start().trim_start_matches(['#', '/']).trim();
    (!pattern.trim().is_empty() && !comment.is_empty()).then(|| (pattern.trim_end(), comment))
}
