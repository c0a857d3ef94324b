//! `manifest/build-path`: the context, the Dockerfile or a secret of a build is not where the CLI looks.

use super::current;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::environment::Environment;
use crate::model::manifest::{Build, Manifest, Text};
use crate::model::untracked::Untracked;
use crate::source::{Place, RepoPath, Span};
use crate::{Repair, Rule, Scope, Sink};
use std::cell::LazyCell;

pub static RULE: Rule = Rule {
    id: "manifest/build-path",
    summary: "the context, the Dockerfile or a secret of a build is not where the CLI looks",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("build_path.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let untracked = LazyCell::new(|| Untracked::of(&facts.tree));
    let may_exist = |path: &RepoPath| untracked.may_exist(path);
    for manifest in current(facts) {
        let environment = Environment::of(manifest, &facts.tree, &facts.config);
        for build in &manifest.builds {
            let Some(paths) = Paths::of(manifest, build, &environment) else {
                sink.skip(
                    &manifest.file.path,
                    format!("paths of build `{}` are not known here", build.name.value),
                );
                continue;
            };
            if let Some((severity, finding)) = paths.judge(facts, manifest, build, &may_exist) {
                sink.report_as(severity, finding.subject(format!("build.{}", build.name.value)));
            }
            for (_, file) in &build.secrets {
                if let Some(finding) = secret(facts, manifest, &environment, file, &may_exist) {
                    sink.report(
                        finding.subject(format!("build.{}.secrets.{}", build.name.value, file.value)),
                    );
                }
            }
        }
    }
}

/// A secret of a build whose file is not there: the build stops when it reads it.
fn secret(
    facts: &Facts,
    manifest: &Manifest,
    environment: &Environment,
    file: &Text,
    may_exist: &dyn Fn(&RepoPath) -> bool,
) -> Option<Diagnostic> {
    let path = manifest.base.join(&local(&environment.expand(&file.value)?)?);
    let known = path.is_outside() || facts.tree.is_opaque(&path) || may_exist(&path);
    if known || facts.tree.is_file(&path) {
        return None;
    }
    let place = manifest.place(file.span);
    if facts.tree.is_dir(&path) {
        let finding = Diagnostic::new(place, format!("the secret `{path}` is a folder"));
        return Some(finding.label("a secret is a file").help("name the file"));
    }
    Some(
        Diagnostic::new(place, format!("there is no file `{path}` for this secret"))
            .label(starts_at(manifest))
            .help("correct the path; a file that every laptop has for itself should be git-ignored"),
    )
}

/// Where the CLI looks for the files of a build.
pub(super) struct Paths {
    /// The build context.
    context: RepoPath,
    /// The Dockerfile in the context: looked for first.
    in_context: RepoPath,
    /// The Dockerfile from the working folder: looked for next.
    in_base: RepoPath,
}

impl Paths {
    /// `None` for remote contexts, absolute paths, variables that the repository does not tell, and values of another
    /// form than a text.
    pub(super) fn of(manifest: &Manifest, build: &Build, environment: &Environment) -> Option<Self> {
        let odd = |key: &str| {
            build.node.get(key).is_some_and(|value| value.as_scalar().is_none() && !value.is_null())
        };
        if odd("context") || odd("dockerfile") || build.node.as_sequence().is_some() {
            return None;
        }
        let context = local(&environment.expand(build.context_text())?)?;
        let dockerfile = local(&environment.expand(build.dockerfile_text())?)?;
        let context = manifest.base.join(&context);
        let paths =
            Self { in_context: context.join(&dockerfile), in_base: manifest.base.join(&dockerfile), context };
        (!paths.context.is_outside()).then_some(paths)
    }

    /// The Dockerfile that the CLI takes.
    pub(super) fn dockerfile(&self, facts: &Facts) -> Option<&RepoPath> {
        [&self.in_context, &self.in_base].into_iter().find(|path| facts.tree.is_file(path))
    }

    fn judge(
        &self,
        facts: &Facts,
        manifest: &Manifest,
        build: &Build,
        may_exist: &dyn Fn(&RepoPath) -> bool,
    ) -> Option<(Severity, Diagnostic)> {
        let tree = &facts.tree;
        let unknown = |path: &RepoPath| path.is_outside() || tree.is_opaque(path) || may_exist(path);
        let at = |text: Option<Span>| manifest.place(text.unwrap_or(build.name.span));
        let context_place = at(build.context.as_ref().map(|context| context.span));
        let place = match &build.dockerfile {
            Some(dockerfile) => manifest.place(dockerfile.span),
            None => context_place.clone(),
        };
        let written = build.dockerfile_text();
        if tree.is_file(&self.context) {
            let title = format!("the context of `{}` is a file", build.name.value);
            let finding = Diagnostic::new(context_place, title)
                .label("a context is a folder")
                .help("name the folder here, and the Dockerfile as `dockerfile`");
            return Some((Severity::Error, finding));
        }
        if !tree.is_dir(&self.context) {
            if unknown(&self.context) {
                return None;
            }
            let title =
                format!("there is no folder `{}` for the context of `{}`", self.context, build.name.value);
            let finding = Diagnostic::new(context_place, title)
                .label(starts_at(manifest))
                .help("correct the path; a folder that a command makes should be git-ignored");
            return Some((Severity::Error, finding));
        }
        match (tree.is_file(&self.in_context), tree.is_file(&self.in_base)) {
            (true, true) if self.in_context != self.in_base => {
                let title = format!("`{written}` means two files for build `{}`", build.name.value);
                let finding = Diagnostic::new(place, title)
                    .label(format!("the CLI warns, and takes `{}`", self.in_context))
                    .related(Place::top(&self.in_context), "this one is built")
                    .related(Place::top(&self.in_base), "this one is not")
                    .help("rename one of them, or write the path from the context");
                Some((Severity::Warning, finding))
            }
            (true, _) => None,
            (false, true) => {
                let title = format!("`{written}` is not in the context `{}`", self.context);
                let finding = Diagnostic::new(place, title)
                    .label(format!("the CLI warns, and takes `{}` instead", self.in_base))
                    .help("write the path from the context, where it belongs");
                Some((Severity::Warning, finding))
            }
            (false, false) if unknown(&self.in_context) || unknown(&self.in_base) => None,
            (false, false) => {
                let title = format!("there is no `{}` for build `{}`", self.in_context, build.name.value);
                let label = match &build.dockerfile {
                    Some(_) => "the path starts at the context",
                    None => "without `dockerfile` it is called `Dockerfile`",
                };
                let finding =
                    Diagnostic::new(place, title).label(label).help("add the file, or correct the path");
                Some((Severity::Error, finding))
            }
        }
    }
}

fn starts_at(manifest: &Manifest) -> String {
    match manifest.folder == manifest.base {
        true => "paths of builds start at the manifest's folder".to_owned(),
        false => format!("paths of builds start at the parent of `{}/`", manifest.folder.file_name()),
    }
}

/// A path of the repository; `None` for URLs, git addresses and absolute paths.
fn local(text: &str) -> Option<String> {
    let elsewhere = text.contains("://")
        || text.contains('@')
        || text.starts_with(['/', '~', '$', '#'])
        || text.starts_with("github.com/");
    (!elsewhere).then(|| text.to_owned())
}
