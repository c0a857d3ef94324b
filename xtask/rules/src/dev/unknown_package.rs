//! `dev/unknown-package`: a command of the manifest names a package or a script that the workspace lacks.
//!
//! Filters for an app that a workdir or a sync entry names too belong to `dev/unknown-app`.

use super::container::{Container, containers, is_missing, similar};
use super::unknown_app;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::calls::{Call, calls, exact_folder, exact_package};
use crate::model::manifest::{CommandText, Manifest};
use crate::model::servers::script_folder;
use crate::model::serving::{SessionCall, find_package};
use crate::model::workspace::Package;
use crate::source::{Place, RepoPath, SourceFile, Spanned};
use crate::suggest::closest;
use crate::syntax::shell::Directory;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dev/unknown-package",
    summary: "a command names a package or script that does not exist",
    severity: Severity::Error,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Serving],
    page: include_str!("unknown_package.md"),
    check,
};

/// A call with the file that its spans belong to.
struct Site<'a> {
    file: &'a SourceFile,
    call: &'a SessionCall,
    /// The dev container or section whose command it is.
    user: String,
    /// Where a script of package.json was called from.
    from: Option<Place>,
    /// Whether the manifest says where the command starts.
    has_workdir: bool,
    /// The package of the only app that the dev container serves.
    package: Option<&'a str>,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    if let Some(broken) = facts.workspace().broken.first() {
        sink.skip(&broken.file.path, "this package.json cannot be read: its name and scripts are unknown");
        return;
    }
    for container in containers(facts) {
        let gone = !unknown_app::gone(facts, container).is_empty();
        for call in &container.session.calls {
            if let Some(site) = site(facts, container, call) {
                report(facts, sink, &site, gone);
            }
        }
    }
    for manifest in facts.manifests() {
        for (user, folder, command) in section_commands(manifest) {
            for call in section_calls(command, &folder) {
                let (call, user) = (&call, user.clone());
                let site =
                    Site { file: &manifest.file, call, user, from: None, has_workdir: true, package: None };
                report(facts, sink, &site, false);
            }
        }
    }
}

fn site<'a>(facts: &'a Facts, container: Container<'a>, call: &'a SessionCall) -> Option<Site<'a>> {
    let (file, from) = match &call.script {
        None => (&container.manifest.file, None),
        Some(_) => {
            let root = facts.workspace().root.as_ref()?;
            (&root.file, Some(container.place()))
        }
    };
    let package = match container.session.apps.as_slice() {
        [app] => facts.workspace().at(app).and_then(|package| package.name.as_ref()).filter(|own| {
            // Unless the command names it besides.
            let mut filters = container.session.calls.iter().flat_map(|call| &call.call.filters);
            !filters.any(|filter| exact_package(&filter.value) == Some(&own.value))
        }),
        _ => None,
    };
    let package = package.map(|name| name.value.as_str());
    Some(Site {
        file,
        call,
        user: container.subject(""),
        from,
        has_workdir: container.dev.workdir.is_some(),
        package,
    })
}

/// The commands of `deploy`, `destroy` and `test` with the folder in which they run.
fn section_commands(manifest: &Manifest) -> Vec<(String, RepoPath, &CommandText)> {
    let base = |context: &Option<Spanned<String>>| {
        manifest.base.join(context.as_ref().map_or(".", |context| context.value.as_str()))
    };
    let runs = [("deploy", &manifest.deploy), ("destroy", &manifest.destroy)];
    let runs =
        runs.into_iter().filter_map(|(name, run)| Some((name, run.as_ref()?))).flat_map(|(name, run)| {
            let folder = if run.is_remote() { base(&run.context) } else { manifest.base.clone() };
            run.commands.iter().map(move |command| (name.to_owned(), folder.clone(), command))
        });
    let tests = manifest.tests.iter().flat_map(|test| {
        let folder = base(&test.context);
        test.commands
            .iter()
            .map(move |command| (format!("test.{}", test.name.value), folder.clone(), command))
    });
    runs.chain(tests).collect()
}

fn section_calls(command: &CommandText, folder: &RepoPath) -> Vec<SessionCall> {
    let found = calls(&command.script()).into_iter();
    found
        .map(|call| {
            let folder = match &call.directory {
                Directory::Start => Some(folder.clone()),
                Directory::Path(path) if !path.starts_with('/') => Some(folder.join(path)),
                _ => None,
            };
            SessionCall { call, folder, script: None }
        })
        .collect()
}

fn report(facts: &Facts, sink: &mut Sink<'_>, site: &Site<'_>, app_is_gone: bool) {
    let call = &site.call.call;
    if runs_elsewhere(facts, site) {
        return;
    }
    if let Some(diagnostic) = missing_folder(facts, site) {
        if !app_is_gone {
            sink.report(finish(site, diagnostic));
        }
        return;
    }
    let mut dead = false;
    for filter in &call.filters {
        let found = unknown_filter(facts, site, filter);
        dead |= found.is_some();
        if let Some(diagnostic) = found.filter(|_| !app_is_gone) {
            sink.report(finish(site, diagnostic));
        }
    }
    if !dead && let Some(diagnostic) = unknown_script(facts, site) {
        sink.report(finish(site, diagnostic));
    }
}

/// Whether the command has left the repository, or is in a folder that only the run brings.
fn runs_elsewhere(facts: &Facts, site: &Site<'_>) -> bool {
    match &site.call.folder {
        Some(folder) => !facts.tree.is_dir(folder),
        None => site.call.call.directory != Directory::Start || site.has_workdir,
    }
}

/// `-C DIR`, `--prefix DIR`: a folder that is not there.
fn missing_folder(facts: &Facts, site: &Site<'_>) -> Option<Diagnostic> {
    let named = site.call.call.folder.as_ref()?;
    if named.value.starts_with(['/', '~']) || named.value.contains(['$', '*', '`', '<']) {
        return None;
    }
    let folder = site.call.package_folder().filter(|folder| is_missing(facts, folder))?;
    let diagnostic = Diagnostic::new(site.file.place(named.span), format!("there is no folder `{folder}`"))
        .label("the command fails here")
        .subject(format!("{}:{}", site.user, named.value));
    Some(match similar(facts, &folder, true) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic.help("name the folder of a package"),
    })
}

fn finish(site: &Site<'_>, diagnostic: Diagnostic) -> Diagnostic {
    match &site.from {
        Some(place) => diagnostic.related(place.clone(), "runs this script"),
        None => diagnostic,
    }
}

fn unknown_filter(facts: &Facts, site: &Site<'_>, filter: &Spanned<String>) -> Option<Diagnostic> {
    let workspace = facts.workspace();
    workspace.patterns.as_ref()?;
    let call = &site.call.call;
    if let Some(folder) = exact_folder(&filter.value) {
        // From the folder of the command; turbo and `{…}` start elsewhere.
        let folder = site.call.package_folder().filter(|_| filter.value.starts_with("./"))?.join(folder);
        if call.tool != "pnpm" || !is_missing(facts, &folder) {
            return None;
        }
        return Some(
            Diagnostic::new(site.file.place(filter.span), format!("there is no folder `{folder}`"))
                .label("so the filter selects no package")
                .help("name the folder of a package")
                .subject(format!("{}:{}", site.user, filter.value)),
        );
    }
    let name = exact_package(&filter.value)?;
    // npm takes folders as well.
    let is_folder = call.tool == "npm" && facts.tree.is_dir(&RepoPath::new(name));
    if is_folder || find_package(workspace, name).is_some() {
        return None;
    }
    let diagnostic =
        Diagnostic::new(site.file.place(filter.span), format!("the workspace has no package `{name}`"))
            .label(if call.tool == "pnpm" {
                "pnpm selects nothing, and runs nothing"
            } else {
                "the command fails"
            })
            .subject(format!("{}:{name}", site.user));
    let meant = similar_package(facts, name).or_else(|| site.package.map(str::to_owned));
    let Some(meant) = meant else {
        return Some(diagnostic.help("name a package of the workspace, or remove the command"));
    };
    Some(with_replacement(site, diagnostic, filter, name, &meant))
}

/// The full name that was probably meant: a similar name, or the same one in another scope.
fn similar_package(facts: &Facts, name: &str) -> Option<String> {
    let names: Vec<&str> = facts.workspace().names().collect();
    if let Some(meant) = closest(name, names.iter().copied()) {
        return Some(meant.to_owned());
    }
    let bare = |name: &str| name.rsplit_once('/').map_or(name.to_owned(), |(_, bare)| bare.to_owned());
    let mut equal = names.iter().filter(|known| bare(known) == bare(name));
    let only = equal.next()?;
    equal.next().is_none().then(|| (*only).to_owned())
}

fn with_replacement(
    site: &Site<'_>,
    diagnostic: Diagnostic,
    word: &Spanned<String>,
    name: &str,
    meant: &str,
) -> Diagnostic {
    let written = word.span.slice(&site.file.text);
    let is_plain = written.matches(name).count() == 1;
    if !is_plain {
        return diagnostic.help(format!("did you mean `{meant}`?"));
    }
    let title = format!("replace `{name}` by `{meant}`");
    let edit = replace(&site.file.path, word.span, written.replacen(name, meant, 1));
    diagnostic
        .help(format!("did you mean `{meant}`? `cargo xtask fix --unsafe` writes it"))
        .fix(Fix::needs_review(title, vec![edit]))
}

fn unknown_script(facts: &Facts, site: &Site<'_>) -> Option<Diagnostic> {
    let call = &site.call.call;
    let script = call.script.as_ref()?;
    if script.value.contains(['$', '*', '/', '`', '<', '{']) || !is_script(call, &script.value) {
        return None;
    }
    let workspace = facts.workspace();
    if call.recursive && call.filters.is_empty() {
        let packages = workspace.members.iter().chain(&workspace.root);
        let nobody = workspace.patterns.is_some()
            && !packages.clone().any(|package| package.script(&script.value).is_some());
        return nobody.then(|| {
            Diagnostic::new(
                site.file.place(script.span),
                format!("no package has a script `{}`", script.value),
            )
            .label("so nothing is run")
            .help("name a script of package.json, or add it")
            .subject(format!("{}:{}", site.user, script.value))
        });
    }
    // With dots, one of several packages may have the script.
    if call.filters.iter().any(|filter| filter.value.contains("...")) {
        return None;
    }
    let named = |name: &str| find_package(workspace, name).map(|package| package.folder.clone());
    let folder = script_folder(call, site.call.folder.as_ref(), named)?;
    let package = workspace.at(&folder)?;
    if package.script(&script.value).is_some() || script.value == "start" || script.value == "test" {
        return None;
    }
    Some(missing_script(site, script, package))
}

/// Whether the word certainly means a script: `run X`, or a short form of a name that no program has.
fn is_script(call: &Call, name: &str) -> bool {
    const NO_PROGRAMS: [&str; 7] = ["dev", "build", "lint", "typecheck", "type-check", "preview", "generate"];
    let explicit = matches!(call.verb.as_str(), "run" | "run-script" | "rum" | "urn");
    if call.tool == "bun" {
        return false;
    }
    // yarn runs programs with `run` as well.
    let certain = explicit && call.tool != "yarn" && !call.script_optional;
    let if_present = explicit && call.script_optional;
    certain || (!if_present && (NO_PROGRAMS.contains(&name) || name.contains(':')))
}

fn missing_script(site: &Site<'_>, script: &Spanned<String>, package: &Package) -> Diagnostic {
    let title = format!("`{}` has no script `{}`", package.label(), script.value);
    let diagnostic = Diagnostic::new(site.file.place(script.span), title)
        .label("the command fails here")
        .subject(format!("{}:{}", site.user, script.value));
    let diagnostic = match (package.scripts.first(), package.scripts.last()) {
        (Some(first), Some(last)) => {
            let span = first.name.span.join(last.name.span);
            let names: Vec<String> =
                package.scripts.iter().take(6).map(|script| format!("`{}`", script.name.value)).collect();
            let first_line = first.name.span;
            let place = if package.scripts.len() == 1 { span } else { first_line };
            diagnostic.related(package.file.place(place), format!("it has {}", names.join(", ")))
        }
        _ => diagnostic.related(package.place(), "it has no scripts at all"),
    };
    match closest(&script.value, package.scripts.iter().map(|script| script.name.value.as_str())) {
        Some(meant) => with_replacement(site, diagnostic, script, &script.value, meant),
        None => diagnostic.help(format!("add the script to `{}`, or name another", package.file.path)),
    }
}
