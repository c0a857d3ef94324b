//! `ignore/unread-file`: an ignore file, or a section of one, that nothing reads.
//!
//! Such a file is not judged by any other rule. A `.dockerignore` that Okteto reads and Docker does not belongs to
//! `ignore/builder-disagreement`.

use super::wording;
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::context::{Builder, LEGACY_NAME};
use crate::model::ignore_repair::line_start;
use crate::model::synced::STIGNORE;
use crate::source::{Place, RepoPath, SourceFile, Span};
use crate::suggest::closest;
use crate::syntax::ignore::oktetoignore::{Header, Oktetoignore};
use crate::syntax::shell::Invocation;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "ignore/unread-file",
    summary: "an ignore file, or a section of one, that nothing reads",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Synced, Model::Contexts, Model::Apps, Model::Pipeline],
    page: include_str!("unread_file.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    // With a manifest that cannot be read as a whole, nobody knows who reads what.
    let unsound = facts.manifests().iter().find(|manifest| !manifest.is_sound());
    if let Some(manifest) = unsound {
        sink.skip(&manifest.file.path, "its syntax errors hide which ignore files are read");
        return;
    }
    if facts.manifests().is_empty() {
        return;
    }
    for entry in facts.tree.notable() {
        // Cheap refusal first: most files of a tree are called otherwise.
        let name = entry.name();
        if !name.ends_with("ignore") {
            continue;
        }
        let folder = RepoPath::new(entry.folder());
        let path = RepoPath::new(entry.path);
        let found = match name {
            STIGNORE => stignore(facts, &path, &folder),
            ".oktetoignore" => {
                sections(facts, sink, &path, &folder);
                oktetoignore(facts, &path, &folder)
            }
            LEGACY_NAME => legacy(facts, &path, &folder),
            _ if name.ends_with(".dockerignore") => dockerignore(facts, &path, &folder),
            _ => None,
        };
        if let Some(diagnostic) = found.filter(|_| !facts.workspace().is_parked(&path)) {
            sink.report(diagnostic);
        }
    }
}

/// Syncthing reads the file at the top of a folder that it watches, and no other.
fn stignore(facts: &Facts, path: &RepoPath, folder: &RepoPath) -> Option<Diagnostic> {
    let synced = facts.synced();
    // An unknown root may be any folder, and so may one that is not there: it is misspelt.
    if synced.folders.is_empty()
        || !synced.unknown.is_empty()
        || synced.folders.iter().any(|folder| facts.tree.kind(&folder.path).is_none())
        || synced.at(folder).is_some()
        || is_included(facts, path)
    {
        return None;
    }
    // A dev container that is wrong may mean this folder, and so may one that is missing.
    let devs = facts.manifests().iter().flat_map(|manifest| {
        manifest.devs.iter().map(|dev| manifest.place(dev.name.span.join(dev.node.span)))
    });
    let apps = facts.apps().all.iter().map(|app| app.place.clone());
    // Entries of `sync` may stand elsewhere, behind an anchor.
    let entries = synced.folders.iter().flat_map(|folder| &folder.users).map(|user| user.place.clone());
    let diagnostic =
        unread(path, "Syncthing never reads this file").rests_on(devs.chain(apps).chain(entries));
    let nested = synced.nested.iter().find(|nested| nested.path == *folder);
    let around = synced.containing(folder).next();
    Some(match (nested, around) {
        (Some(nested), _) => diagnostic
            .label(format!("this folder is part of the synced {}", wording::folder(&nested.outer)))
            .related(
                nested.user.place.clone(),
                format!("of `{}`: one more mount of the outer folder", nested.user.dev),
            ),
        (None, Some(around)) => {
            let user = around.users.first()?;
            let read = around.stignore_path();
            diagnostic.label(format!("only the top of a synced folder counts: `{read}`")).related(
                user.place.clone(),
                format!("`{}` syncs {}", user.dev, wording::folder(&around.path)),
            )
        }
        (None, None) => {
            let user = synced.folders.iter().flat_map(|folder| &folder.users).next()?;
            diagnostic
                .label("no dev container syncs this folder")
                .related(user.place.clone(), "what is synced")
        }
    })
}

/// Whether another `.stignore` includes the file.
fn is_included(facts: &Facts, path: &RepoPath) -> bool {
    let files = facts.synced().folders.iter().filter_map(|folder| folder.stignore.file());
    files.flat_map(|file| &file.included).any(|included| included.path == *path)
}

/// Okteto reads the one in the context of a deploy, a destroy or a test.
fn oktetoignore(facts: &Facts, path: &RepoPath, folder: &RepoPath) -> Option<Diagnostic> {
    let contexts = facts.contexts();
    if contexts.remotes.iter().any(|run| run.context == *folder) {
        return None;
    }
    let diagnostic = unread(path, "Okteto never reads this file");
    Some(
        match contexts
            .remotes
            .iter()
            .find(|run| folder.starts_with(&run.context))
            .or(contexts.remotes.first())
        {
            Some(run) => diagnostic
                .label(format!("only the folder that is copied counts: `{}`", run.ignore_path()))
                .related(
                    run.context_place.clone(),
                    format!("`{}` copies {}", run.section, wording::folder(&run.context)),
                ),
            None => diagnostic.label("no manifest has `deploy`, `destroy` or `test`"),
        },
    )
}

/// Headers that no command looks for.
fn sections(facts: &Facts, sink: &mut Sink<'_>, path: &RepoPath, folder: &RepoPath) {
    let runs: Vec<_> = facts.contexts().remotes.iter().filter(|run| run.context == *folder).collect();
    let Ok(file) = facts.source(path) else { return };
    if runs.is_empty() || facts.workspace().is_parked(path) {
        return;
    }
    let names: Vec<String> = runs.iter().map(|run| run.section.to_string()).collect();
    let tests: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix("test.")).collect();
    let parsed = Oktetoignore::parse(&file.text);
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for header in parsed.unread_headers(&tests) {
        if told.insert(&header.name) {
            sink.report(unread_section(&file, &parsed, header, &tests));
        }
    }
}

fn unread_section(file: &SourceFile, parsed: &Oktetoignore, header: &Header, tests: &[&str]) -> Diagnostic {
    let name = &header.name;
    let mut known: Vec<String> = ["deploy", "destroy", "test"].map(str::to_owned).to_vec();
    known.extend(tests.iter().map(|test| format!("test.{test}")));
    let folded = name.trim().to_lowercase();
    let meant = known
        .iter()
        .find(|candidate| candidate.to_lowercase() == folded || (folded == "tests" && *candidate == "test"))
        .map(String::as_str)
        .or_else(|| closest(name.trim(), known.iter().map(String::as_str)));
    let label = match name.strip_prefix("test.") {
        Some(test) => format!("no test `{test}` copies this folder"),
        None => {
            "only `deploy`, `destroy`, `test` and `test.<name>` are looked up, as they are written".to_owned()
        }
    };
    let diagnostic = Diagnostic::new(file.place(header.span), format!("no command reads section `[{name}]`"))
        .label(label)
        .subject(format!("[{name}]"));
    let same = parsed.headers().iter().filter(|other| other.name == *name);
    if let Some(meant) = meant {
        let title = format!("write `[{meant}]`");
        let edits = same.map(|other| replace(&file.path, other.span, format!("[{meant}]"))).collect();
        return diagnostic
            .help(format!("did you mean `[{meant}]`? `cargo xtask fix --unsafe` writes it"))
            .fix(Fix::needs_review(title, edits));
    }
    let edits = same.map(|other| replace(&file.path, section(file, parsed, other), String::new())).collect();
    diagnostic
        .help("`cargo xtask fix --unsafe` deletes the section")
        .fix(Fix::needs_review(format!("delete section `[{name}]`"), edits))
}

/// A header with its rules, up to the next header.
fn section(file: &SourceFile, parsed: &Oktetoignore, header: &Header) -> Span {
    let start = line_start(&file.text, header.span.start);
    let next = parsed.headers().iter().find(|other| other.span.start > header.span.start);
    Span::new(start, next.map_or(file.text.len(), |next| line_start(&file.text, next.span.start)))
}

/// The old name of the file: read, but for the last time.
fn legacy(facts: &Facts, path: &RepoPath, folder: &RepoPath) -> Option<Diagnostic> {
    let file = facts.source(path).ok()?;
    let place = Place::top(path);
    let run = facts
        .contexts()
        .remotes
        .iter()
        .find(|run| run.legacy.as_ref().is_some_and(|legacy| legacy.path == *path));
    let diagnostic = Diagnostic::new(place, format!("`{LEGACY_NAME}` is the old name of `.oktetoignore`"))
        .subject(path.to_string());
    let Some(run) = run else {
        return Some(delete(diagnostic.label("and nothing is deployed from this folder"), path));
    };
    let diagnostic = diagnostic
        .label("deploy and destroy still read it, with a warning; tests do not")
        .related(run.place.clone(), "reads it");
    let new = folder.join(".oktetoignore");
    if run.context != *folder || facts.tree.get(&new).is_some() {
        return Some(
            diagnostic
                .help(format!("move its lines into `[deploy]` and `[destroy]` of `{}`", run.ignore_path())),
        );
    }
    let newline = file.line_ending();
    let body = file.text.trim_end();
    let text = format!("[deploy]{newline}{body}{newline}{newline}[destroy]{newline}{body}{newline}");
    let edits = vec![Edit::Create { path: new.clone(), text }, Edit::Delete { path: path.clone() }];
    Some(
        diagnostic
            .help(format!("`cargo xtask fix --unsafe` moves its lines to `{new}`"))
            .fix(Fix::needs_review(format!("move its lines to `{new}`"), edits)),
    )
}

/// A `.dockerignore` where no known build looks, in a repository whose builds are all known.
fn dockerignore(facts: &Facts, path: &RepoPath, folder: &RepoPath) -> Option<Diagnostic> {
    let builds = &facts.contexts().builds;
    let is_read = builds.iter().any(|build| {
        Builder::ALL.into_iter().any(|builder| match build.ignore_file(builder) {
            crate::model::context::Found::File(file) => file.source.path == *path,
            crate::model::context::Found::Unknown(unknown, _) => unknown == path,
            crate::model::context::Found::Missing => false,
        })
    });
    if builds.is_empty() || is_read || !all_builds_are_known(facts) {
        return None;
    }
    let diagnostic = unread(path, "no build reads this file");
    let own = path.file_name().strip_suffix(".dockerignore").filter(|name| !name.is_empty());
    if let Some(dockerfile) = own.map(|name| folder.join(name)) {
        let label = if facts.tree.is_file(&dockerfile) {
            format!("nothing builds `{dockerfile}`")
        } else {
            format!("there is no `{dockerfile}`")
        };
        return Some(diagnostic.label(label));
    }
    let build = builds.iter().find(|build| folder.starts_with(&build.context)).or(builds.first())?;
    let rival =
        build.okteto.file().map(|file| format!("build `{}` reads `{}`", build.name, file.source.path));
    let context = || format!("build `{}` sends {}", build.name, wording::folder(&build.context));
    Some(
        diagnostic
            .label("it is neither at the top of a context nor beside the Dockerfile of a build")
            .related(build.context_place.clone(), rival.unwrap_or_else(context)),
    )
}

/// Whether every Dockerfile of the tree belongs to a build of a manifest, and no pipeline builds on its own.
fn all_builds_are_known(facts: &Facts) -> bool {
    let workspace = facts.workspace();
    let builds = &facts.contexts().builds;
    let expected: usize = facts.manifests().iter().map(|manifest| manifest.builds.len()).sum();
    let of_manifests =
        builds.iter().filter(|build| facts.manifests().iter().any(|m| m.file.path == build.manifest));
    // A build whose context depends on a variable is not in the model.
    if of_manifests.count() < expected {
        return false;
    }
    let stray = facts.tree.notable().any(|entry| {
        let name = entry.name();
        let is_dockerfile = (name.starts_with("Dockerfile")
            || name.ends_with(".Dockerfile")
            || name.ends_with(".dockerfile"))
            && !name.ends_with(".dockerignore");
        is_dockerfile && {
            let path = RepoPath::new(entry.path);
            !workspace.is_parked(&path) && builds.iter().all(|build| build.dockerfile != path)
        }
    });
    !stray && !pipeline_builds(facts) && !others_build(facts)
}

/// Whether a job of GitLab's builds images itself, or part of the pipeline is out of sight.
fn pipeline_builds(facts: &Facts) -> bool {
    let pipeline = facts.pipeline();
    let mut commands = pipeline.jobs.iter().flat_map(|job| &job.commands);
    !pipeline.is_complete()
        || commands.any(|command| command.text.script().invocations().any(|call| builds(&call)))
}

/// Whether a call builds an image from a Dockerfile.
fn builds(call: &Invocation<'_>) -> bool {
    let has = |word: &str| call.args.iter().any(|argument| argument.text == word);
    match call.program {
        "docker" | "podman" | "nerdctl" => has("build") || has("bake") || has("compose"),
        "buildah" => has("bud") || has("build"),
        "docker-compose" | "buildctl" | "buildctl-daemonless.sh" | "img" => true,
        // Kaniko.
        "executor" => true,
        _ => false,
    }
}

/// The same for pipelines that are not read as such: what their text mentions.
fn others_build(facts: &Facts) -> bool {
    let pipelines = facts
        .tree
        .notable()
        .filter(|entry| entry.path.starts_with(".github/workflows/") || entry.path == "Jenkinsfile");
    let builders =
        ["docker build", "docker buildx", "buildctl", "kaniko", "buildah", "docker/build-push-action"];
    pipelines
        .filter_map(|entry| facts.source(&RepoPath::new(entry.path)).ok())
        .any(|file| builders.into_iter().any(|builder| file.text.contains(builder)))
}

fn unread(path: &RepoPath, title: &str) -> Diagnostic {
    delete(Diagnostic::new(Place::top(path), title).subject(path.to_string()), path)
}

fn delete(diagnostic: Diagnostic, path: &RepoPath) -> Diagnostic {
    diagnostic
        .help("move what it says to where it is read; `cargo xtask fix --unsafe` then deletes it")
        .fix(Fix::needs_review(format!("delete `{path}`"), vec![Edit::Delete { path: path.clone() }]))
}
