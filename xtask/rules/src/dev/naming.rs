//! `dev/naming`: keys of `dev` against the configured pattern.

use super::container::{Container, containers, with_aliases};
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::names::sanitise;
use crate::model::serving::apply_pattern;
use crate::source::Place;
use crate::syntax::yaml::edit;
use crate::{Repair, Rule, Scope, Sink};
use regex::Regex;

pub static RULE: Rule = Rule {
    id: "dev/naming",
    summary: "a dev container is not named as configured",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("naming.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let Some(pattern) = &facts.config.dev_pattern else { return };
    for container in containers(facts) {
        // One name of a group of aliases is enough.
        let group = with_aliases(facts).filter(|other| {
            other.session.manifest == container.session.manifest
                && (other.name() == container.name()
                    || other.session.alias_of.as_deref() == Some(container.name()))
        });
        // What the CLI makes of the key counts: that it is written otherwise is told by `manifest/name`.
        let names: Vec<String> = group.map(|member| sanitise(member.name())).collect();
        let expected = expected(facts, container, &pattern.value);
        let fits = |name: &String| match expected.as_slice() {
            [] => shape(&pattern.value).is_none_or(|shape| shape.is_match(name)),
            expected => expected.iter().any(|wanted| is_named(facts, wanted, name)),
        };
        if !names.iter().any(fits) {
            sink.report(diagnostic(facts, container, &pattern.value, &expected));
        }
    }
}

/// The pattern for each app that the dev container serves.
fn expected(facts: &Facts, container: Container<'_>, pattern: &str) -> Vec<String> {
    let apps = container.session.apps.iter().filter_map(|folder| facts.apps().at(folder));
    apps.filter_map(|app| apply_pattern(pattern, app)).collect()
}

/// Whether `name` is the wanted one, or continues it because another dev container has it already.
fn is_named(facts: &Facts, wanted: &str, name: &str) -> bool {
    let taken = || with_aliases(facts).any(|other| other.name() == wanted);
    name == wanted || (name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('-')) && taken())
}

/// The pattern with anything for its placeholders.
fn shape(pattern: &str) -> Option<Regex> {
    let escaped = regex::escape(pattern);
    let any = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
    let escaped = escaped.replace(r"\{app\}", any).replace(r"\{package\}", any).replace(r"\*", ".*");
    Regex::new(&format!("^{escaped}$")).ok()
}

fn diagnostic(facts: &Facts, container: Container<'_>, pattern: &str, expected: &[String]) -> Diagnostic {
    let name = container.name();
    let title = match expected {
        [wanted] => format!("`{name}` should be called `{wanted}`"),
        _ => format!("`{name}` does not follow the pattern `{pattern}`"),
    };
    let label = match container.session.apps.first() {
        Some(app) => format!("serves `{app}`"),
        None => "the name is all that people and scripts have to find it".to_owned(),
    };
    let mut diagnostic =
        Diagnostic::new(container.place(), title).label(label).subject(container.subject(""));
    if let (Some(file), Some(pattern)) = (&facts.config.file, &facts.config.dev_pattern) {
        diagnostic = diagnostic.related(Place::new(&file.path, pattern.span), "asked for here");
    }
    let taken = |wanted: &String| with_aliases(facts).any(|other| other.name() == wanted);
    match expected {
        [wanted] if !taken(wanted) => {
            let title = format!("rename `{name}` to `{wanted}`");
            let edit = replace(&container.manifest.file.path, container.dev.name.span, edit::quote(wanted));
            diagnostic
                .help("`cargo xtask fix --unsafe` renames the key; runbooks and scripts follow by hand")
                .fix(Fix::needs_review(title, vec![edit]))
        }
        [wanted] => diagnostic.help(format!("call it `{wanted}-…`: the plain name is taken")),
        _ => diagnostic.help("rename it, or change the pattern in `.okteto/check.yml`"),
    }
}
