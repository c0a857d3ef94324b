//! `dockerfile/copy-order`: an install behind the sources, or in front of manifests that it needs.

use std::collections::BTreeSet;

use super::{command_name, files};
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{Inherited, Run, ToolUse};
use crate::model::images::ImageFile;
use crate::model::images::copies::ContextCopy;
use crate::source::{RepoPath, Span};
use crate::syntax::dockerfile::Keyword;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/copy-order",
    summary: "packages are installed behind the sources, or before the manifests are there",
    severity: Severity::Warning,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("copy_order.md"),
    check,
};

/// Commands that install what a lockfile says.
const INSTALLS: &[(&str, &[&str])] = &[
    ("pnpm", &["install", "i", "fetch"]),
    ("npm", &["install", "i", "ci", "clean-install", "ic"]),
    ("yarn", &["", "install"]),
    ("bun", &["install", "i", "ci"]),
];

/// Files and folders that an install reads.
const MANIFESTS: &[&str] = &[
    "package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "bunfig.toml",
    ".npmrc",
    ".yarnrc",
    ".yarnrc.yml",
    ".pnpmfile.cjs",
    ".yarn",
    "patches",
];

/// Folders that scripts of an install often need.
const NEUTRAL: &[&str] = &["prisma", "scripts", "vendor", ".husky", "certs"];

/// What happened in a stage and those it stands on, before an instruction.
#[derive(Clone, Copy, Default)]
struct Before<'a> {
    /// The first `COPY` that takes sources in.
    sources: Option<&'a ContextCopy>,
    /// Whether a `COPY` of manifests alone, or one from another stage, stands in front of that.
    prepared: bool,
    /// Whether manifests were copied.
    manifests: bool,
    /// Whether a `COPY --from` brought what nobody knows.
    stage: bool,
    /// Whether packages were installed.
    installed: bool,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        let copies = file.context_copies();
        // In the order of the file, each stage taking over what its parent has: no lineage is walked twice.
        let mut known: Inherited<'_, Before<'_>> = Inherited::new(&file.image);
        for index in 0..file.dockerfile.instructions.len() {
            let stage = file.dockerfile.stage_of(index);
            let Some(before) = stage.and_then(|stage| known.of(stage)) else { continue };
            before.copy(facts, file, &copies, index);
            let Some(run) = file.image.run_of(index) else { continue };
            let Some(used) = uses(run).find(|used| is_install(file, used)) else { continue };
            // Behind an earlier install there is nothing to tell.
            let first = !run.onbuild && !before.installed;
            if first && !has_bind(file, run) {
                let diagnostic = behind_sources(file, run, used, before)
                    .or_else(|| before_manifests(facts, file, &copies, run, used, before));
                if let Some(diagnostic) = diagnostic {
                    sink.report(diagnostic);
                }
            }
            before.installed |= !run.onbuild;
        }
    }
}

fn uses(run: &Run) -> impl Iterator<Item = &ToolUse> {
    run.needs.iter().flat_map(|need| &need.uses).chain(&run.opted_out)
}

/// Whether a command installs what the lockfile says, and no package by name.
fn is_install(file: &ImageFile, used: &ToolUse) -> bool {
    let known =
        INSTALLS.iter().any(|(tool, commands)| *tool == used.tool.name && commands.contains(&used.command));
    let mut words = file.slice(Span::new(used.span.end, used.whole.end)).split_whitespace();
    let mut named = false;
    while let Some(word) = words.next() {
        if matches!(word, "-g" | "--global" | "--help") {
            return false;
        }
        if used.tool.value_flags.contains(&word) {
            words.next();
        } else {
            named |= !word.starts_with(['-', '\\', '>', '|', '&', '2']);
        }
    }
    known && !named
}

/// Whether the run has files of the context without a `COPY`.
fn has_bind(file: &ImageFile, run: &Run) -> bool {
    let flags = file.instruction(run).map_or(&[] as &[_], |instruction| &instruction.innermost().flags);
    flags.iter().any(|flag| {
        let value = flag.value.as_ref().map_or("", |value| value.text());
        flag.name.value == "mount" && (value.contains("type=bind") || !value.contains("type="))
    })
}

impl<'a> Before<'a> {
    /// Takes in a `COPY` or `ADD`; other instructions are nothing to it.
    fn copy(&mut self, facts: &Facts, file: &ImageFile, copies: &'a [ContextCopy], index: usize) {
        let Some(instruction) = file.dockerfile.instructions.get(index) else { return };
        if !matches!(instruction.keyword, Some(Keyword::Copy | Keyword::Add)) {
            return;
        }
        if instruction.flags.iter().any(|flag| flag.name.value == "from") {
            self.stage = true;
            self.prepared |= self.sources.is_none();
            return;
        }
        let first = copies.partition_point(|copy| copy.instruction < index);
        let own = || copies.iter().skip(first).take_while(|copy| copy.instruction == index);
        match own().find(|copy| is_source(facts, file, copy)) {
            Some(copy) => {
                self.sources.get_or_insert(copy);
            }
            None if own().any(|copy| is_manifest(&copy.path)) => {
                self.manifests = true;
                self.prepared |= self.sources.is_none();
            }
            None => {}
        }
    }
}

fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    let plain = name.trim_end_matches('*');
    MANIFESTS.contains(&name)
        || path.split('/').next().is_some_and(|first| matches!(first, ".yarn" | "patches"))
        || name.contains('*')
            && (MANIFESTS.iter().any(|known| !plain.is_empty() && known.starts_with(plain))
                || name.ends_with(".json")
                || name.ends_with(".lock"))
}

/// Whether a source is the whole context, or a folder of sources.
fn is_source(facts: &Facts, file: &ImageFile, copy: &ContextCopy) -> bool {
    let path = copy.path.as_str();
    if matches!(path, "" | "*" | "**") {
        return true;
    }
    let name = path.rsplit('/').next().unwrap_or("");
    if is_manifest(path) || NEUTRAL.contains(&name) || copy.has_glob {
        return false;
    }
    let contexts = file.builds.iter().filter_map(|index| facts.contexts().builds.get(*index));
    let mut contexts = contexts.map(|build| &build.context).peekable();
    if contexts.peek().is_none() {
        return copy.source.value.ends_with('/')
            || matches!(name, "src" | "app" | "apps" | "packages" | "lib" | "public");
    }
    contexts.any(|context| facts.tree.is_dir(&context.join(path)))
}

/// The install runs again whenever a source changes.
fn behind_sources(file: &ImageFile, run: &Run, used: &ToolUse, before: &Before<'_>) -> Option<Diagnostic> {
    let copy = before.sources.filter(|_| !before.prepared)?;
    let command = command_name(used);
    Some(
        Diagnostic::new(file.place(used.span), format!("`{command}` runs behind the copy of the sources"))
            .label("every change of a source file installs all packages again")
            .related(file.place(copy.source.span), "takes the sources in")
            .help("copy package.json and the lockfile, install, and only then copy the rest")
            .subject(file.subject(run.stage, used.tool.name)),
    )
}

/// A frozen install without the manifests of packages that it is about.
fn before_manifests(
    facts: &Facts,
    file: &ImageFile,
    copies: &[ContextCopy],
    run: &Run,
    used: &ToolUse,
    state: &Before<'_>,
) -> Option<Diagnostic> {
    let text = file.slice(used.whole);
    let frozen =
        ["--frozen-lockfile", "--immutable"].iter().any(|flag| text.contains(flag)) || used.command == "ci";
    let known = state.manifests && state.sources.is_none() && !state.stage;
    let at_top = !file.builds.is_empty()
        && file
            .builds
            .iter()
            .all(|index| facts.contexts().builds.get(*index).is_some_and(|build| build.context.is_root()));
    if !frozen || !known || !at_top || used.command == "fetch" || text.contains("--ignore-workspace") {
        return None;
    }
    let workspace = facts.workspace();
    let stages: BTreeSet<usize> = file.image.lineage(run.stage).collect();
    let before: Vec<&ContextCopy> = copies
        .iter()
        .filter(|copy| copy.instruction < run.instruction)
        .filter(|copy| {
            file.dockerfile.stage_of(copy.instruction).is_some_and(|stage| stages.contains(&stage))
        })
        .collect();
    // A source that does not exist is a misspelt manifest: `copy-missing` tells it.
    let is_lost = |copy: &ContextCopy| {
        let path = RepoPath::new(&copy.path);
        path.file_name() == "package.json" && facts.tree.kind(&path).is_none()
    };
    if before.iter().any(|copy| copy.has_glob && copy.path.contains('/') || is_lost(copy)) {
        return None;
    }
    let copied: BTreeSet<RepoPath> = before.iter().map(|copy| RepoPath::new(&copy.path)).collect();
    // A manifest of no member, or a lockfile of its own, is what is installed: not the workspace.
    let is_apart = |path: &RepoPath| {
        let folder = path.parent().filter(|folder| !folder.is_root());
        let is_member = |folder| workspace.members.iter().any(|member| member.folder == folder);
        match path.file_name() {
            "package.json" => folder.is_some_and(|folder| !is_member(folder)),
            "package-lock.json"
            | "npm-shrinkwrap.json"
            | "yarn.lock"
            | "pnpm-lock.yaml"
            | "bun.lock"
            | "bun.lockb" => folder.is_some(),
            _ => false,
        }
    };
    if copied.iter().any(is_apart) {
        return None;
    }
    let has = |folder: &RepoPath| copied.contains(&folder.join("package.json")) || copied.contains(folder);
    let present: Vec<_> = workspace.members.iter().filter(|member| has(&member.folder)).collect();
    let wanted: BTreeSet<&RepoPath> = if present.is_empty() {
        workspace.members.iter().map(|member| &member.folder).collect()
    } else {
        present
            .iter()
            .flat_map(|member| workspace.dependencies_of(member))
            .map(|member| &member.folder)
            .collect()
    };
    let missing: Vec<&RepoPath> = wanted.into_iter().filter(|folder| !has(folder)).collect();
    let first = missing.first()?;
    let others = match missing.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let command = command_name(used);
    let last = before.last()?;
    let list: Vec<String> = missing.iter().map(|folder| format!("{folder}/package.json")).collect();
    Some(
        Diagnostic::new(
            file.place(used.span),
            format!("`{command}` runs without `{first}/package.json`{others}"),
        )
        .label("a frozen install needs the manifest of every package that it is about")
        .why(format!("not copied: {}", list.join(", ")))
        .related(file.place(last.source.span), "the last manifest that is copied")
        .help("copy the manifests of these packages too")
        .subject(file.subject(run.stage, used.tool.name)),
    )
}
