//! `dockerfile/copy-missing`: a source of `COPY` that the repository does not have.

use super::copied;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::images::copies::Fate;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/copy-missing",
    summary: "`COPY` names something that the build context does not have",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Images, Model::Gitignores],
    page: include_str!("copy_missing.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (file, copy, build, fate) in copied(facts, sink) {
        if !matches!(fate, Fate::Missing) {
            continue;
        }
        let title = format!("`{}` is not in the build context", copy.path);
        let elsewhere = file.source.path.parent().map(|folder| folder.join(&copy.path));
        let beside = elsewhere.filter(|path| facts.tree.is_file(path) || facts.tree.is_dir(path));
        let help = match &beside {
            Some(path) => format!(
                "write `{}`: sources start at the context",
                path.strip_prefix(&build.context).unwrap_or(path.as_str())
            ),
            None => "correct the path, or commit the file".to_owned(),
        };
        sink.report(
            Diagnostic::new(file.place(copy.source.span), title)
                .label("the build stops here: it is not found")
                .related(build.place.clone(), format!("`{}` is built in `{}`", build.name, build.context))
                .help(help)
                .subject(file.subject(file.dockerfile.stage_of(copy.instruction).unwrap_or(0), &copy.path)),
        );
    }
}
