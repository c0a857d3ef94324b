//! Where texts mention the variables that Okteto makes from builds and external resources:
//! `OKTETO_BUILD_<NAME>_IMAGE`, `OKTETO_EXTERNAL_<NAME>_ENDPOINTS_<ENDPOINT>_URL`.

use crate::model::manifest::CommandText;
use crate::source::{SourceFile, Span};
use crate::syntax::shell::{Script, Word, parse};
use crate::syntax::yaml::{Node, Value, Yaml};
use std::collections::BTreeSet;

/// What the CLI tells about each build (okteto/okteto `cmd/build/v2/environment/environment.go`).
const PROPERTIES: [&str; 5] = ["REGISTRY", "REPOSITORY", "IMAGE", "TAG", "SHA"];

/// A mention of such a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// Where the name stands.
    pub span: Span,
    /// The name of the variable.
    pub variable: String,
    /// What it is about.
    pub subject: Subject,
    /// Whether it is set here, not read.
    pub defined: bool,
}

/// What a variable is about, in the capitals of its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The build.
    Build(String),
    /// The external resource and its endpoint.
    External(String, String),
}

/// The mentions in a file; comments do not count.
pub fn mentions(file: &SourceFile) -> Vec<Mention> {
    // Most files mention none: the trees are not built for them.
    if !file.text.contains("OKTETO_BUILD_") && !file.text.contains("OKTETO_EXTERNAL_") {
        return Vec::new();
    }
    let mut found = BTreeSet::new();
    match file.path.extension() {
        Some("yml" | "yaml") => {
            let yaml = Yaml::parse(&file.text);
            if yaml.errors.is_empty() && yaml.template.is_none() {
                yaml.documents.iter().for_each(|document| in_node(document, &mut found));
            } else {
                in_lines(&file.text, &mut found);
            }
        }
        Some("sh" | "bash") => in_script(&parse(&file.text), &mut found),
        _ if file.text.lines().next().is_some_and(|line| line.starts_with("#!") && line.contains("sh")) => {
            in_script(&parse(&file.text), &mut found);
        }
        _ => in_lines(&file.text, &mut found),
    }
    found.into_iter().collect()
}

/// The mentions in the values of a tree, read as shell texts: a command may have comments of its own.
fn in_node(node: &Node, found: &mut BTreeSet<Mention>) {
    match &node.value {
        Value::Empty => {}
        Value::Scalar(scalar) => {
            if scalar.text.contains("OKTETO_") {
                let text = CommandText { scalar: scalar.clone(), span: node.span };
                in_script(&text.script(), found);
            }
        }
        // What an alias repeats stands elsewhere.
        _ if node.alias.is_some() => {}
        Value::Sequence(sequence) => sequence.items.iter().for_each(|item| in_node(item, found)),
        Value::Mapping(mapping) => {
            for entry in mapping.own() {
                scan(&entry.key.value, &|_| entry.key.span, true, found);
                in_node(&entry.value, found);
            }
            mapping.merges.iter().for_each(|merge| in_node(merge, found));
        }
    }
}

fn in_script(script: &Script, found: &mut BTreeSet<Mention>) {
    let mut word =
        |word: &Word| scan(&word.text, &|span| word.source_span(span.start..span.end), false, found);
    for command in &script.commands {
        command.words.iter().for_each(&mut word);
        command.assignments.iter().for_each(|assignment| word(&assignment.value));
        command.redirections.iter().filter_map(|redirection| redirection.target.as_ref()).for_each(&mut word);
    }
    script.heredocs.iter().for_each(|heredoc| word(&heredoc.body));
    script.scopes.iter().flat_map(|scope| &scope.words).for_each(&mut word);
    for assignment in script.commands.iter().flat_map(|command| &command.assignments) {
        scan(&assignment.name, &|_| assignment.name_span, true, found);
    }
}

/// Lines of any other language, those left out that begin like a comment.
fn in_lines(text: &str, found: &mut BTreeSet<Mention>) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start();
        let comment = ["#", "//", "*", "/*", "--"].iter().any(|start| content.starts_with(start));
        if !comment {
            let code = line.split(" #").next().unwrap_or(line);
            scan(code, &|span| span.shift(at), false, found);
        }
        at += line.len();
    }
}

/// Finds the names in a text; `locate` leads from its offsets to the file.
fn scan(text: &str, locate: &dyn Fn(Span) -> Span, defined: bool, found: &mut BTreeSet<Mention>) {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    for (start, _) in text.match_indices("OKTETO_") {
        let rest = text.get(start..).unwrap_or("");
        let end = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let inside = text.get(..start).is_some_and(|before| before.ends_with(is_part));
        let (variable, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let Some(subject) = subject(variable).filter(|_| !inside) else { continue };
        found.insert(Mention {
            span: locate(Span::new(start, start + end)),
            variable: variable.to_owned(),
            subject,
            defined: defined || (behind.starts_with('=') && !behind.starts_with("==")),
        });
    }
}

fn subject(variable: &str) -> Option<Subject> {
    if let Some(rest) = variable.strip_prefix("OKTETO_BUILD_") {
        let (name, property) = rest.rsplit_once('_')?;
        return (PROPERTIES.contains(&property) && !name.is_empty()).then(|| Subject::Build(name.to_owned()));
    }
    let rest = variable.strip_prefix("OKTETO_EXTERNAL_")?.strip_suffix("_URL")?;
    let (name, endpoint) = rest.split_once("_ENDPOINTS_")?;
    Some(Subject::External(name.to_owned(), endpoint.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::RepoPath;

    fn names(path: &str, text: &str) -> Vec<String> {
        let file = SourceFile::new(RepoPath::new(path), text);
        let found = mentions(&file);
        for mention in &found {
            assert_eq!(mention.span.slice(text), mention.variable);
        }
        found
            .into_iter()
            .map(|mention| format!("{}{}", mention.variable, if mention.defined { "=" } else { "" }))
            .collect()
    }

    #[test]
    fn comments_are_no_mentions() {
        let script = "#!/bin/sh\n# $OKTETO_BUILD_A_IMAGE\necho $OKTETO_BUILD_B_TAG # OKTETO_BUILD_C_SHA\n";
        assert_eq!(names("x", script), ["OKTETO_BUILD_B_TAG"]);
        assert_eq!(
            names("x.yaml", "a: ${OKTETO_BUILD_B_TAG} # OKTETO_BUILD_C_SHA\n"),
            ["OKTETO_BUILD_B_TAG"]
        );
        let javascript = "// OKTETO_BUILD_A_IMAGE\nx(process.env.OKTETO_BUILD_B_TAG)\n";
        assert_eq!(names("x.mjs", javascript), ["OKTETO_BUILD_B_TAG"]);
        assert_eq!(
            names("x.yaml", "{{ x }}: [\n  OKTETO_BUILD_B_TAG # OKTETO_BUILD_C_SHA\n"),
            ["OKTETO_BUILD_B_TAG"]
        );
    }

    #[test]
    fn definitions_are_told_from_uses() {
        let text = "export OKTETO_BUILD_A_IMAGE=x OKTETO_BUILD_B_IMAGE=$OKTETO_BUILD_C_IMAGE";
        assert_eq!(
            names("x.sh", text),
            ["OKTETO_BUILD_A_IMAGE=", "OKTETO_BUILD_B_IMAGE=", "OKTETO_BUILD_C_IMAGE"]
        );
        assert_eq!(names("x.yml", "OKTETO_BUILD_A_IMAGE: x\n"), ["OKTETO_BUILD_A_IMAGE="]);
        assert_eq!(names("x.sh", "[ $OKTETO_BUILD_A_SHA == x ]"), ["OKTETO_BUILD_A_SHA"]);
    }

    #[test]
    fn other_names_are_left_alone() {
        assert_eq!(
            names("x.sh", "echo $MY_OKTETO_BUILD_A_IMAGE OKTETO_BUILD_* $OKTETO_BUILD_A_DIGEST"),
            [""; 0]
        );
        let external = names("x.sh", "echo $OKTETO_EXTERNAL_DB_ENDPOINTS_ADMIN_URL");
        assert_eq!(external, ["OKTETO_EXTERNAL_DB_ENDPOINTS_ADMIN_URL"]);
    }
}
