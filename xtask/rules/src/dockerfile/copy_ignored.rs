//! `dockerfile/copy-ignored`: a source of `COPY` that the ignore file in force takes away.

use super::copied;
use crate::diagnostic::Severity;
use crate::facts::{Facts, Model};
use crate::model::images::copies::Fate;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/copy-ignored",
    summary: "the ignore file takes away what `COPY` needs",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Images, Model::Gitignores],
    page: include_str!("copy_ignored.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (file, copy, build, fate) in copied(facts, sink) {
        let Fate::Ignored(verdict) = fate else { continue };
        let title = format!("`{}` is kept out of the build context", copy.path);
        let mut diagnostic = crate::diagnostic::Diagnostic::new(file.place(copy.source.span), title)
            .label("the build stops here: it is not found")
            .subject(file.subject(file.dockerfile.stage_of(copy.instruction).unwrap_or(0), &copy.path));
        if let Some(place) = verdict.place() {
            diagnostic = diagnostic.related(place, "this pattern takes it away");
        }
        let diagnostic = diagnostic
            .related(build.place.clone(), format!("`{}` is built in `{}`", build.name, build.context))
            .help("let it through with a later `!` pattern, or do not copy it");
        sink.report(diagnostic);
    }
}
