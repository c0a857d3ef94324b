//! `dev/file-missing`: a file that `okteto up` mounts or reads, and nobody has.

use super::container::{Container, containers, is_missing, relative, similar};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::environment::Environment;
use crate::source::Spanned;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/file-missing",
    summary: "a file in `secrets` or `envFiles` does not exist",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("file_missing.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for container in containers(facts) {
        let environment = Environment::of(container.manifest, &facts.tree, &facts.config);
        // In hybrid mode secrets are not mounted.
        let secrets = container
            .dev
            .secrets
            .iter()
            .filter(|_| !container.dev.hybrid)
            .map(|(local, _)| (local, "secrets"));
        let env_files = container.dev.env_files.iter().map(|file| (file, "envFiles"));
        for (file, key) in secrets.chain(env_files) {
            if let Some(diagnostic) = missing(facts, container, &environment, file, key) {
                sink.report(diagnostic);
            }
        }
    }
}

fn missing(
    facts: &Facts,
    container: Container<'_>,
    environment: &Environment,
    file: &Spanned<String>,
    key: &str,
) -> Option<Diagnostic> {
    let written = environment.expand(&file.value)?;
    // A path of the laptop: nothing of the repository.
    if written.is_empty() || written.starts_with(['/', '~']) {
        return None;
    }
    let path = container.manifest.base.join(&written);
    let place = container.at(file.span);
    let subject = container.subject(&format!("{key}.{}", file.value));
    if facts.tree.is_dir(&path) {
        let diagnostic = Diagnostic::new(place, format!("`{}` is a folder", file.value));
        return Some(
            diagnostic.label(format!("`{key}` takes files")).help("name a file in it").subject(subject),
        );
    }
    if !is_missing(facts, &path) {
        return None;
    }
    let diagnostic = Diagnostic::new(place, format!("`{}` does not exist", file.value)).subject(subject);
    let base = if container.manifest.base.is_root() {
        "neither tracked nor covered by a `.gitignore`".to_owned()
    } else {
        format!(
            "neither tracked nor covered by a `.gitignore`; paths start at `{}/`",
            container.manifest.base
        )
    };
    Some(diagnostic.label(base).help(match similar(facts, &path, false) {
        Some(meant) => format!("did you mean `{}`?", relative(&container.manifest.base, &meant)),
        None => "add the file, or a line for it to `.gitignore` if each laptop has its own".to_owned(),
    }))
}
