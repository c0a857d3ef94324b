//! `ignore/missing-dockerignore`: a Dockerfile copies whole folders of its context, and no ignore file keeps
//! anything back.

use super::{missing, probes, wording};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::context::BuildContext;
use crate::model::copies::{self, Copied};
use crate::model::outlets::{self, Channel, Outlet, State};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "ignore/missing-dockerignore",
    summary: "a Dockerfile copies whole folders from a context without an ignore file",
    severity: Severity::Warning,
    fix: Repair::Safe,
    scope: Scope::Tree,
    needs: &[Model::Classes],
    page: include_str!("missing_dockerignore.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for outlet in outlets::outlets(facts.synced(), facts.contexts()) {
        let Channel::Build(builds) = &outlet.channel else { continue };
        if !matches!(outlet.state(), State::Missing) {
            continue;
        }
        if !probes::is_sound(facts, &outlet) {
            sink.skip(&outlet.path, "a manifest that builds the folder has syntax errors");
            continue;
        }
        if let Some(diagnostic) = diagnostic(facts, &outlet, builds) {
            sink.report(diagnostic);
        }
    }
}

fn diagnostic(facts: &Facts, outlet: &Outlet<'_>, builds: &[&BuildContext]) -> Option<Diagnostic> {
    let certain = probes::expected_with_secrets(facts, outlet);
    let taken: Vec<Copied> = builds
        .iter()
        .flat_map(|build| copies::folders(&facts.tree, build))
        // The whole context holds whatever comes; a part of it only what is known to come.
        .filter(|copied| {
            copied.path == *outlet.root || certain.iter().any(|probe| probe.sample.starts_with(&copied.path))
        })
        .collect();
    let (copied, build) = taken.first().zip(builds.first())?;
    let along: Vec<_> =
        certain.iter().copied().filter(|probe| probe.sample.starts_with(&copied.path)).collect();
    let title = format!("{} is a build context without a `.dockerignore`", wording::folder(outlet.root));
    let label = match along.as_slice() {
        [] => "whatever lies there goes into the image".to_owned(),
        along => format!("{} would go into the image", wording::kinds(along)),
    };
    let mut diagnostic =
        Diagnostic::new(build.context_place.clone(), title).label(label).subject(outlet.path.to_string());
    for copied in taken.iter().take(3) {
        let text = format!("takes all of {}", wording::folder(&copied.path));
        diagnostic = diagnostic.related(copied.place.clone(), text);
    }
    Some(missing::with_file(diagnostic, facts, outlet, format!("write `{}`", outlet.path)))
}
