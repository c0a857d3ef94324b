//! `manifest/scattered`: dev containers of an app in a manifest of its own, beside the one that holds the others.

use super::current;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::manifest::{Manifest, Role};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/scattered",
    summary: "dev containers lie in a manifest apart from the others",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Apps],
    page: include_str!("scattered.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let with_devs = |manifest: &&Manifest| manifest.role == Role::Discovered && !manifest.devs.is_empty();
    let Some(root) = current(facts).filter(with_devs).find(|manifest| manifest.base.is_root()) else {
        return;
    };
    let in_app = |manifest: &&Manifest| {
        let base = &manifest.base;
        facts.apps().containing(base).is_some() || base.components().next() == Some("apps")
    };
    for manifest in current(facts).filter(with_devs).filter(in_app) {
        let (Some(own), Some(main)) = (manifest.section("dev"), root.section("dev")) else { continue };
        let title = format!("`{}` has dev containers of its own", manifest.file.path);
        let finding = Diagnostic::new(manifest.place(own.key.span), title)
            .label("`okteto up` in the top folder does not know them")
            .related(root.place(main.key.span), "the others are here")
            .help(format!("move them to `{}`; `sync` starts at its folder then", root.file.path))
            .subject("dev");
        sink.report(finding);
    }
}
