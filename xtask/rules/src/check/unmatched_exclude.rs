//! `check/unmatched-exclude`: lines of the configuration that concern nothing any more.

use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::globs::glob_set;
use crate::model::workspace::Workspace;
use crate::source::{RepoPath, SourceFile, Span, Spanned};
use crate::suggest::closest;
use crate::syntax::yaml::edit::{self, TextEdit};
use crate::syntax::yaml::{Entry, Node, Yaml};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "check/unmatched-exclude",
    summary: "a line of the configuration matches nothing",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("unmatched_exclude.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let Some(file) = &facts.config.file else { return };
    let yaml = Yaml::parse(&file.text);
    let Some(root) = yaml.root() else { return };
    let mut lists: Vec<&Node> = root.get("exclude").into_iter().collect();
    let rules = root.get("rules").map_or(&[] as &[Entry], Node::entries);
    lists.extend(rules.iter().filter_map(|rule| rule.value.get("exclude")));
    for list in lists {
        for glob in list.items() {
            if let Some(diagnostic) = unmatched(facts, file, list, glob) {
                sink.report(diagnostic);
            }
        }
    }
    if let Some(exempt) = root.at(&["apps", "exempt"]) {
        for entry in exempt.entries() {
            if let Some(diagnostic) = no_app(facts, file, exempt, entry) {
                sink.report(diagnostic);
            }
        }
    }
    if let Some(containers) = root.at(&["apps", "dev-containers"]) {
        for entry in containers.entries() {
            if let Some(diagnostic) = no_app(facts, file, containers, entry) {
                sink.report(diagnostic);
                continue;
            }
            for name in entry.value.items().iter().filter_map(Node::spanned) {
                if let Some(diagnostic) = no_container(facts, file, &name) {
                    sink.report(diagnostic);
                }
            }
        }
    }
}

fn unmatched(facts: &Facts, file: &SourceFile, list: &Node, glob: &Node) -> Option<Diagnostic> {
    let text = glob.spanned()?;
    let set = glob_set([text.value.as_str()]);
    // A glob that cannot be read is an error of the configuration.
    if set.is_empty() || facts.tree.files().any(|entry| set.is_match(entry.path)) {
        return None;
    }
    let diagnostic = Diagnostic::new(file.place(text.span), format!("`{}` matches no file", text.value))
        .subject(format!("exclude.{}", text.value));
    let folder = RepoPath::new(text.value.trim_end_matches('/'));
    if facts.tree.is_dir(&folder) {
        let instead = format!("{folder}/**");
        let title = format!("replace it by `{instead}`");
        let diagnostic = diagnostic.label("a folder; globs are compared with the paths of files");
        let change = edit::replace_scalar(glob, &instead);
        return Some(match change {
            Some((span, new)) => diagnostic
                .help(format!("{title} (safe fix)"))
                .fix(Fix::safe(title, vec![replace(&file.path, span, new)])),
            None => diagnostic.help(title),
        });
    }
    let diagnostic = diagnostic.label("nothing is excluded by it");
    Some(deletable(diagnostic, file, edit::remove_item(&file.text, list, glob)))
}

fn deletable(diagnostic: Diagnostic, file: &SourceFile, change: Option<TextEdit>) -> Diagnostic {
    match change {
        Some((span, new)) => diagnostic
            .help("delete it (safe fix)")
            .fix(Fix::safe("delete it", vec![replace(&file.path, span, new)])),
        None => diagnostic.help("delete it"),
    }
}

/// A key that names no app; the key of a package that is none is told so.
fn no_app(facts: &Facts, file: &SourceFile, mapping: &Node, entry: &Entry) -> Option<Diagnostic> {
    let key: &str = &entry.key.value;
    let folder = RepoPath::new(key);
    if facts.apps().at(&folder).is_some() || facts.tree.is_opaque(&folder) {
        return None;
    }
    let diagnostic = Diagnostic::new(file.place(entry.key.span), format!("`{key}` is no app"))
        .subject(format!("apps.{key}"));
    let apps = || facts.apps().all.iter();
    if let Some(app) = apps().find(|app| app.name() == key || app.package.as_deref() == Some(key)) {
        return Some(by_name(diagnostic, file, mapping, entry, app.folder.as_str()));
    }
    let neighbours = apps().filter(|app| app.folder.parent() == folder.parent());
    if let Some(meant) = closest(folder.file_name(), neighbours.map(|app| app.name())) {
        let diagnostic = diagnostic.label("keys are folders of apps");
        return Some(diagnostic.help(format!("did you mean `{meant}`?")));
    }
    if facts.tree.is_dir(&folder) {
        let label = why_no_app(facts.workspace(), &folder);
        return Some(diagnostic.label(label).help("delete it until there is an app to speak of"));
    }
    let diagnostic = diagnostic.label("there is no such folder");
    Some(deletable(diagnostic, file, edit::remove_entry(&file.text, mapping, entry)))
}

/// The app's name stands where its folder should.
fn by_name(
    diagnostic: Diagnostic,
    file: &SourceFile,
    mapping: &Node,
    entry: &Entry,
    folder: &str,
) -> Diagnostic {
    let diagnostic = diagnostic.label("keys are folders of apps");
    let span: Span = entry.key.span;
    if mapping.get(folder).is_some() || span.slice(&file.text) != &*entry.key.value {
        return diagnostic.help(format!("write `{folder}`"));
    }
    let title = format!("replace it by `{folder}`");
    diagnostic
        .help(format!("{title} (safe fix)"))
        .fix(Fix::safe(title, vec![replace(&file.path, span, edit::quote(folder))]))
}

fn why_no_app(workspace: &Workspace, folder: &RepoPath) -> &'static str {
    match workspace.at(folder) {
        Some(_) => "nothing in it can be served, or `apps.include` leaves it out",
        None => "the folder holds no package of the workspace",
    }
}

fn no_container(facts: &Facts, file: &SourceFile, name: &Spanned<String>) -> Option<Diagnostic> {
    // A manifest that cannot be read may hold it.
    if facts.manifests().iter().any(|manifest| !manifest.is_sound()) {
        return None;
    }
    let names =
        || facts.manifests().iter().flat_map(|manifest| &manifest.devs).map(|dev| dev.name.value.as_str());
    if names().any(|known| known == name.value) {
        return None;
    }
    let diagnostic =
        Diagnostic::new(file.place(name.span), format!("no manifest has a dev container `{}`", name.value))
            .label("so it serves nothing")
            .subject(format!("apps.dev-containers.{}", name.value));
    Some(match closest(&name.value, names()) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic.help("name a key of `dev`"),
    })
}
