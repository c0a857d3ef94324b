//! `variables/unknown-build`: a variable of a build or an external resource that no manifest has.

use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::build_variables::{Mention, Subject, mentions};
use crate::model::command_paths::{Role, Step, steps};
use crate::model::compose::ComposeBuilds;
use crate::model::manifest::{Format, names};
use crate::source::{RepoPath, SourceFile, Span};
use crate::suggest::closest;
use crate::syntax::shell::Directory;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::{BTreeMap, BTreeSet};

pub static RULE: Rule = Rule {
    id: "variables/unknown-build",
    summary: "a variable asks for a build or an external resource that does not exist",
    severity: Severity::Error,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("unknown_build.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    if facts.manifests().is_empty() {
        return;
    }
    let known = match Known::of(facts) {
        Ok(known) => known,
        Err((path, reason)) => return sink.skip(&path, reason),
    };
    let files: Vec<SourceFile> = files(facts);
    let mentions: Vec<(SourceFile, Vec<Mention>)> = files
        .into_iter()
        .map(|file| {
            let found = mentions(&file);
            (file, found)
        })
        .collect();
    // What some place sets itself need not come from a build.
    let defined: BTreeSet<&str> = mentions
        .iter()
        .flat_map(|(_, mentions)| mentions)
        .filter(|mention| mention.defined)
        .map(|mention| mention.variable.as_str())
        .chain(facts.config.variables.iter().map(String::as_str))
        .collect();
    for (file, mentions) in &mentions {
        let mut findings: BTreeMap<&Subject, Diagnostic> = BTreeMap::new();
        for mention in mentions {
            if defined.contains(mention.variable.as_str()) || known.has(&mention.subject) {
                continue;
            }
            match findings.get_mut(&mention.subject) {
                Some(finding) => finding.add_related(file.place(mention.span), "and here"),
                None => {
                    findings.insert(&mention.subject, diagnostic(file, mention, &known));
                }
            }
        }
        findings.into_values().for_each(|finding| sink.report(finding));
    }
}

/// The builds and endpoints of all manifests, in the capitals of their variables.
#[derive(Default)]
struct Known {
    builds: BTreeSet<String>,
    endpoints: BTreeSet<(String, String)>,
}

impl Known {
    /// Not known at all while a manifest is broken, or takes builds from where nobody can look.
    fn of(facts: &Facts) -> Result<Self, (RepoPath, String)> {
        let mut known = Self::default();
        for manifest in facts.manifests() {
            let unknown = |reason: &str| Err((manifest.file.path.clone(), reason.to_owned()));
            if !manifest.is_sound() || manifest.format == Format::DevOnly {
                return unknown("the builds of this manifest are not known");
            }
            if manifest.has_dependencies() {
                return unknown("the dependencies of this manifest may have the build");
            }
            let ComposeBuilds::Known(compose) = ComposeBuilds::of(manifest, &facts.tree) else {
                return unknown("the Compose files of this manifest may have the build");
            };
            let names = manifest.builds.iter().map(|build| &build.name.value).chain(&compose);
            known.builds.extend(names.map(|name| names::build_variable(name)));
            for external in &manifest.externals {
                let name = names::build_variable(&external.name.value);
                let endpoints =
                    external.endpoints.iter().map(|(endpoint, _)| names::build_variable(&endpoint.value));
                known.endpoints.extend(endpoints.map(|endpoint| (name.clone(), endpoint)));
            }
        }
        if !facts.unreadable_manifests().is_empty() {
            return Err((RepoPath::root(), "a manifest cannot be read".to_owned()));
        }
        Ok(known)
    }

    fn has(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Build(name) => self.builds.contains(name),
            Subject::External(name, endpoint) => self.endpoints.contains(&(name.clone(), endpoint.clone())),
        }
    }
}

/// The manifests, what their commands read and run, and the files of CI.
fn files(facts: &Facts) -> Vec<SourceFile> {
    let mut paths: BTreeSet<RepoPath> =
        facts.manifests().iter().map(|manifest| manifest.file.path.clone()).collect();
    for manifest in facts.manifests() {
        for text in manifest.shell_commands() {
            let used = steps(&text.script()).into_iter().filter_map(|step| match step {
                Step::Use(used) if used.role != Role::Folder => Some(used),
                _ => None,
            });
            for used in used {
                let folder = match &used.directory {
                    Directory::Path(folder) if !folder.starts_with('/') => manifest.base.join(folder),
                    Directory::Start => manifest.base.clone(),
                    _ => continue,
                };
                let path = folder.join(&used.text);
                let is_chart = matches!(used.role, Role::Chart | Role::ChartReference);
                paths.insert(if is_chart { path.join("values.yaml") } else { path });
            }
        }
    }
    let ci = facts.tree.notable().filter(|entry| {
        let workflow = entry.path.starts_with(".github/workflows/") || entry.path.starts_with(".gitlab/");
        entry.path == ".gitlab-ci.yml"
            || (workflow && (entry.path.ends_with(".yml") || entry.path.ends_with(".yaml")))
    });
    paths.extend(ci.map(|entry| RepoPath::new(entry.path)));
    paths
        .iter()
        .filter(|path| !facts.is_excluded(path))
        .filter_map(|path| facts.tree.source(path).ok())
        .collect()
}

fn diagnostic(file: &SourceFile, mention: &Mention, known: &Known) -> Diagnostic {
    let Mention { span, variable, subject, .. } = mention;
    let place = file.place(*span);
    match subject {
        Subject::Build(name) => {
            let finding = Diagnostic::new(place, format!("no build makes `{variable}`"))
                .label(format!("a build `{}` would", name.to_lowercase().replace('_', "-")))
                .subject(variable.clone());
            match closest(name, known.builds.iter().map(String::as_str)) {
                Some(meant) => {
                    let wanted = variable.replacen(name, meant, 1);
                    rename(finding, file, *span, variable, &wanted)
                }
                None => finding.help("add the build, or name one that is there"),
            }
        }
        Subject::External(name, endpoint) => {
            let finding = Diagnostic::new(place, format!("no external resource makes `{variable}`"))
                .label(format!(
                    "an endpoint `{}` of `external.{}` would",
                    endpoint.to_lowercase(),
                    name.to_lowercase().replace('_', "-")
                ))
                .subject(variable.clone());
            let all: Vec<String> = known
                .endpoints
                .iter()
                .map(|(name, endpoint)| format!("OKTETO_EXTERNAL_{name}_ENDPOINTS_{endpoint}_URL"))
                .collect();
            match closest(variable, all.iter().map(String::as_str)) {
                Some(meant) => rename(finding, file, *span, variable, meant),
                None => finding.help("add it under `external`, or name one that is there"),
            }
        }
    }
}

/// Offers the name that is probably meant.
fn rename(finding: Diagnostic, file: &SourceFile, span: Span, variable: &str, meant: &str) -> Diagnostic {
    // Not where folding or escapes stand between the text and the file.
    if span.slice(&file.text) != variable {
        return finding.help(format!("did you mean `{meant}`?"));
    }
    let edit = replace(&file.path, span, meant);
    finding
        .help(format!("did you mean `{meant}`? `cargo xtask fix --unsafe` writes it"))
        .fix(Fix::needs_review(format!("replace `{variable}` by `{meant}`"), vec![edit]))
}
