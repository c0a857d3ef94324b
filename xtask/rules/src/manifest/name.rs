//! `manifest/name`: a key of `dev` or `build` that the CLI renames, or refuses as a name. A `depends_on` that
//! breaks by the renaming is told here, not by `depends-on`.

use super::current;
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::{Manifest, Text, names};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::HashMap;

pub static RULE: Rule = Rule {
    id: "manifest/name",
    summary: "the CLI renames a key, or refuses it as a name",
    severity: Severity::Error,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("name.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in current(facts) {
        let builds: Vec<&Text> = manifest.builds.iter().map(|build| &build.name).collect();
        let devs: Vec<&Text> = manifest.devs.iter().map(|dev| &dev.name).collect();
        section(manifest, "build", &builds, sink);
        section(manifest, "dev", &devs, sink);
    }
}

fn section(manifest: &Manifest, section: &str, keys: &[&Text], sink: &mut Sink<'_>) {
    let mut first: HashMap<String, &Text> = HashMap::new();
    for key in keys {
        let name = names::sanitise(&key.value);
        // An equal text is a repeated key, which is a finding of its own.
        let twin = first.get(&name).copied().filter(|other| other.value != key.value);
        first.entry(name.clone()).or_insert(key);
        let users: Vec<&Text> = match section {
            "build" if name != key.value => dependants(manifest, &key.value).collect(),
            _ => Vec::new(),
        };
        let place = manifest.place(key.span);
        let subject = format!("{section}.{}", key.value);
        if !names::is_valid(&name) {
            let finding = Diagnostic::new(place, format!("`{}` is no name for Okteto", key.value))
                .label("a name has `a-z`, `0-9` and `-`, and begins and ends with none of `-`")
                .help("rename it, and what refers to it")
                .subject(subject);
            sink.report(finding);
        } else if let Some(twin) = twin {
            let finding =
                Diagnostic::new(place, format!("`{}` and `{}` are one name", twin.value, key.value))
                    .label(format!("Okteto makes both of them `{name}`, and stops"))
                    .related(manifest.place(twin.span), "the other one")
                    .help("rename one of them")
                    .subject(subject);
            sink.report(finding);
        } else if name != key.value {
            let broken = users.first();
            let mut finding = Diagnostic::new(place, format!("Okteto renames `{}` to `{name}`", key.value))
                .help(format!("`cargo xtask fix --unsafe` writes `{name}`"))
                .subject(subject)
                .fix(rename(manifest, key, &name, &users));
            for user in &users {
                finding =
                    finding.related(manifest.place(user.span), "no such build: names here are not changed");
            }
            match broken {
                Some(_) => sink.report(finding.label("`depends_on` still asks for the old name")),
                None => {
                    let label = "with a warning each time; other places must use the new name";
                    sink.report_as(Severity::Warning, finding.label(label));
                }
            }
        }
    }
}

/// The `depends_on` items that name a build exactly as its key is written.
fn dependants<'a>(manifest: &'a Manifest, key: &'a str) -> impl Iterator<Item = &'a Text> {
    let items = manifest.builds.iter().flat_map(|build| &build.depends_on);
    items.filter(move |item| item.value == key)
}

fn rename(manifest: &Manifest, key: &Text, name: &str, users: &[&Text]) -> Fix {
    let places = std::iter::once(key).chain(users.iter().copied());
    let edits: Vec<Edit> = places.map(|text| replace(&manifest.file.path, text.span, name)).collect();
    Fix::needs_review(format!("rename `{}` to `{name}`", key.value), edits)
}
