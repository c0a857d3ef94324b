//! Classes of files that belong into no cluster, image or commit, with paths at which *this* repository has or will
//! have them: what ignore files are asked about.
//!
//! One table ([`KINDS`]) says for each kind where it lies and what proves that it occurs: `.next` where a package
//! depends on next, `dist` where a git-ignore line covers it beside a build script, `.env` where a git-ignore line
//! covers it and an example stands beside it. Nothing is probed for without evidence.

mod kinds;
mod outputs;

use crate::model::context::Contexts;
use crate::model::gitignores::Gitignores;
use crate::model::synced::Synced;
use crate::model::verdict::Files;
use crate::model::workspace::{Package, Workspace};
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath};
use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};

pub use kinds::{KINDS, Kind, Owner, When};

/// What a file is to a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Installed packages.
    Dependencies,
    /// What builds write.
    BuildOutput,
    /// Stores of package managers.
    PackageStores,
    /// `.git`.
    VersionControl,
    /// Reports, screenshots, coverage.
    TestOutput,
    /// What only its owner may read.
    Secrets,
    /// What operating systems leave behind.
    OsClutter,
    /// What Syncthing leaves behind.
    SyncLeftovers,
}

impl Class {
    /// All classes, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Dependencies,
        Self::BuildOutput,
        Self::PackageStores,
        Self::VersionControl,
        Self::TestOutput,
        Self::Secrets,
        Self::OsClutter,
        Self::SyncLeftovers,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dependencies => "dependencies",
            Self::BuildOutput => "build output",
            Self::PackageStores => "package stores",
            Self::VersionControl => "version control",
            Self::TestOutput => "test output",
            Self::Secrets => "secrets",
            Self::OsClutter => "OS clutter",
            Self::SyncLeftovers => "sync leftovers",
        }
    }
}

/// The classes of a repository.
#[derive(Debug, Default)]
pub struct Classes {
    /// Every path to ask for, by class, kind and path.
    pub probes: Vec<Probe>,
}

/// A path at which a kind of file occurs, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The class.
    pub class: Class,
    /// The pattern that people write for the kind, in its plainest form: `node_modules`, `*.tsbuildinfo`.
    pub pattern: &'static str,
    /// The path: a folder, or a file.
    pub path: RepoPath,
    /// Whether the path is a folder.
    pub is_dir: bool,
    /// A file that is what the class is about: `path` itself, or a file in the folder.
    pub sample: RepoPath,
    /// What proves that it occurs.
    pub evidence: Evidence,
}

/// What proves that a kind of file occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It cannot be otherwise: a repository has a `.git`.
    Always,
    /// A file of the tree tells: package.json with the dependency, a lockfile.
    Declared(Place),
    /// A git-ignore line covers it.
    GitIgnored(Place),
    /// A git-ignore line covers it, and a tracked example says that laptops have it.
    Example {
        /// The git-ignore line.
        line: Place,
        /// The example.
        example: RepoPath,
    },
    /// It is there.
    Present,
    /// The folder is synced.
    Synced(Place),
}

impl Evidence {
    /// Whether a file of a secret class certainly lies, or will lie, on a laptop.
    pub const fn proves_secret(&self) -> bool {
        matches!(self, Self::Example { .. } | Self::Present)
    }

    /// Where it can be seen.
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::Declared(place) | Self::GitIgnored(place) | Self::Synced(place) => Some(place),
            Self::Example { line, .. } => Some(line),
            Self::Always | Self::Present => None,
        }
    }
}

impl Classes {
    /// The probes for a tree.
    pub fn find(
        files: Files<'_>,
        workspace: &Workspace,
        gitignores: &Gitignores,
        synced: &Synced,
        contexts: &Contexts,
    ) -> Self {
        let members = workspace.root.iter().chain(&workspace.members);
        let mut packages: HashMap<_, _> = members.map(|package| (&package.folder, package)).collect();
        let loose = loose_packages(files.tree, workspace, &packages, &tops(synced, contexts));
        packages.extend(loose.iter().map(|package| (&package.folder, package)));
        let finder = Finder { files, workspace, gitignores, synced, contexts, loose: &loose, packages };
        let mut probes: Vec<Probe> = KINDS.iter().flat_map(|kind| finder.probes(kind)).collect();
        probes.extend(finder.secrets_that_are_there());
        let mut seen = BTreeSet::new();
        probes.retain(|probe| seen.insert((probe.class, probe.path.clone())));
        // Stable: kinds of a class stay in the order of the table.
        probes.sort_by_key(|probe| probe.class);
        Self { probes }
    }

    /// The probes whose sample lies in `folder`.
    pub fn under<'a>(&'a self, folder: &'a RepoPath) -> impl Iterator<Item = &'a Probe> {
        self.probes.iter().filter(move |probe| probe.sample.starts_with(folder) && probe.path != *folder)
    }
}

struct Finder<'a> {
    files: Files<'a>,
    workspace: &'a Workspace,
    gitignores: &'a Gitignores,
    synced: &'a Synced,
    contexts: &'a Contexts,
    /// Packages that are no members and that somebody installs all the same.
    loose: &'a [Package],
    /// All packages by their folder.
    packages: HashMap<&'a RepoPath, &'a Package>,
}

impl Finder<'_> {
    fn probes(&self, kind: &Kind) -> Vec<Probe> {
        let folders = match kind.owner {
            Owner::Top => vec![RepoPath::root()],
            Owner::Package => self.packages().map(|package| package.folder.clone()).collect(),
            Owner::Tops => self.tops().into_iter().collect(),
            Owner::Roots => self.roots(),
            Owner::Beside(names) => self.beside(names),
            Owner::PythonProject => self.python_projects(),
        };
        folders.iter().filter_map(|folder| self.probe(kind, folder)).collect()
    }

    fn beside(&self, names: &[&str]) -> Vec<RepoPath> {
        let mut folders = folders_with(self.files.tree, names);
        folders.retain(|folder| !self.workspace.is_parked(folder));
        folders
    }

    /// Projects whose environment is not that of a `uv.lock` further up.
    fn python_projects(&self) -> Vec<RepoPath> {
        let locked = self.beside(&["uv.lock"]);
        let is_member = |folder: &RepoPath| {
            self.files.tree.is_file(&folder.join("pyproject.toml"))
                && !locked.contains(folder)
                && locked.iter().any(|top| folder.starts_with(top))
        };
        let mut folders = self.beside(kinds::PYTHON_FILES);
        folders.retain(|folder| !is_member(folder));
        folders
    }

    fn probe(&self, kind: &Kind, folder: &RepoPath) -> Option<Probe> {
        let is_dir = kind.path.ends_with('/');
        // Most packages refute most kinds without it.
        let path = LazyCell::new(|| folder.join(kind.path));
        let evidence = self.evidence(kind, folder, &|| &path, is_dir)?;
        let sample = if is_dir { path.join(kind.sample) } else { path.clone() };
        Some(Probe { class: kind.class, pattern: kind.pattern, path: path.clone(), is_dir, sample, evidence })
    }

    fn evidence<'p>(
        &self,
        kind: &Kind,
        folder: &RepoPath,
        path: &dyn Fn() -> &'p RepoPath,
        is_dir: bool,
    ) -> Option<Evidence> {
        let covered = || self.git_ignored(path(), is_dir).map(Evidence::GitIgnored);
        match kind.when {
            When::Always => Some(Evidence::Always),
            When::Covered => covered(),
            When::CoveredInsteadOf(name) => {
                let other = self.git_ignored(&folder.join(name), is_dir);
                other.is_none().then(covered).flatten()
            }
            When::Built => {
                let package = self.package_at(folder)?;
                let is_ignored = |name: &str| self.git_ignored(&folder.join(name), true).is_some();
                let writes = outputs::may_write(package, self.files, kind.pattern, &is_ignored);
                writes.then(covered).flatten()
            }
            When::HasDependencies => {
                let package = self.package_at(folder)?;
                let installs = !package.dependencies.is_empty() || folder.is_root();
                installs.then(|| Evidence::Declared(package.place()))
            }
            When::Uses(names) => self.declared(self.package_at(folder)?, names),
            When::UsesOrCoveredBeside(names, script) => {
                let package = self.package_at(folder)?;
                if kind.pattern == "coverage" && outputs::moves_coverage(package, self.files) {
                    return None;
                }
                let beside = || package.script(script).and_then(|_| covered());
                self.declared(package, names).or_else(beside)
            }
            When::WorkspaceUses(names) => self.packages().find_map(|package| self.declared(package, names)),
            When::Manager(manager) => {
                let lockfile = self.workspace.lockfile.as_ref().map(Place::top);
                let place = lockfile.or_else(|| Some(self.workspace.root.as_ref()?.place()));
                place.filter(|_| self.workspace.manager == Some(manager)).map(Evidence::Declared)
            }
            When::FileThere => self.files.tree.is_dir(folder).then(|| self.named_file(kind, folder)),
            When::InstalledThere => covered().map(|_| self.named_file(kind, folder)),
            When::Synced => {
                let user = self.synced.containing(path()).flat_map(|folder| &folder.users).next()?;
                Some(Evidence::Synced(user.place.clone()))
            }
            When::SecretKnown => self.secret(folder, path()),
        }
    }

    /// The file that makes `folder` an owner of the kind.
    fn named_file(&self, kind: &Kind, folder: &RepoPath) -> Evidence {
        let Owner::Beside(names) = kind.owner else { return Evidence::Present };
        let found = names.iter().map(|name| folder.join(name)).find(|path| self.files.is_file(path));
        found.map_or(Evidence::Present, |path| Evidence::Declared(Place::top(&path)))
    }

    fn declared(&self, package: &Package, names: &[&str]) -> Option<Evidence> {
        let dependency =
            package.dependencies.iter().find(|dependency| names.contains(&dependency.name.value.as_str()))?;
        Some(Evidence::Declared(package.file.place(dependency.name.span)))
    }

    /// A file that is there, or one that git ignores while an example of it is tracked.
    fn secret(&self, folder: &RepoPath, path: &RepoPath) -> Option<Evidence> {
        if self.files.is_file(path) {
            return Some(Evidence::Present);
        }
        let line = self.git_ignored(path, false)?;
        if !path.file_name().starts_with(".env") {
            // An example of a `.env` says nothing of keys.
            return Some(Evidence::GitIgnored(line));
        }
        let examples = kinds::EXAMPLES.iter().map(|name| folder.join(name));
        let example = examples.into_iter().find(|example| self.files.tree.is_file(example));
        Some(match example {
            Some(example) => Evidence::Example { line, example },
            None => Evidence::GitIgnored(line),
        })
    }

    /// Files of the tree whose names say that they are secrets.
    fn secrets_that_are_there(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        for entry in self.files.tree.files() {
            if let Some(pattern) = kinds::secret_pattern(entry.name()) {
                let path = RepoPath::new(entry.path);
                probes.push(Probe {
                    class: Class::Secrets,
                    pattern,
                    sample: path.clone(),
                    path,
                    is_dir: false,
                    evidence: Evidence::Present,
                });
            }
        }
        probes
    }

    /// The git-ignore line that covers a path.
    fn git_ignored(&self, path: &RepoPath, is_dir: bool) -> Option<Place> {
        let verdict = self.gitignores.verdict(path, is_dir);
        verdict.place().filter(|_| verdict.ignored)
    }

    fn packages(&self) -> impl Iterator<Item = &Package> {
        self.workspace.root.iter().chain(&self.workspace.members).chain(self.loose)
    }

    fn package_at(&self, folder: &RepoPath) -> Option<&Package> {
        self.packages.get(folder).copied()
    }

    /// The top of the repository, and the tops of everything that is sent.
    fn tops(&self) -> BTreeSet<RepoPath> {
        let mut tops = tops(self.synced, self.contexts);
        tops.insert(RepoPath::root());
        tops
    }

    /// Those, and each package.
    fn roots(&self) -> Vec<RepoPath> {
        let mut roots = self.tops();
        roots.extend(self.packages().map(|package| package.folder.clone()));
        roots.into_iter().collect()
    }
}

/// A package.json at the top of something that is sent, or beside a lockfile of its own.
fn loose_packages(
    tree: &Snapshot,
    workspace: &Workspace,
    members: &HashMap<&RepoPath, &Package>,
    tops: &BTreeSet<RepoPath>,
) -> Vec<Package> {
    let mut loose = Vec::new();
    for folder in folders_with(tree, &["package.json"]) {
        if members.contains_key(&folder) {
            continue;
        }
        let locked = || kinds::LOCKFILES.iter().any(|name| tree.is_file(&folder.join(name)));
        if tops.contains(&folder) || (!workspace.is_parked(&folder) && locked()) {
            loose.extend(tree.source(&folder.join("package.json")).ok().map(Package::from_file));
        }
    }
    loose
}

/// The tops of everything that is sent.
fn tops(synced: &Synced, contexts: &Contexts) -> BTreeSet<RepoPath> {
    let synced = synced.folders.iter().map(|folder| &folder.path);
    let builds = contexts.builds.iter().map(|build| &build.context);
    let remotes = contexts.remotes.iter().map(|remote| &remote.context);
    synced.chain(builds).chain(remotes).cloned().collect()
}

/// The folders that hold a file with one of these names, sorted.
fn folders_with(tree: &Snapshot, names: &[&str]) -> Vec<RepoPath> {
    let found = tree.notable().filter(|entry| names.contains(&entry.name()));
    let folders: BTreeSet<RepoPath> = found.map(|entry| RepoPath::new(entry.folder())).collect();
    folders.into_iter().collect()
}
