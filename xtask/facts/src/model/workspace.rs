//! The JavaScript workspace: members, their scripts, and which member depends on which.
//!
//! pnpm (`pnpm-workspace.yaml`), npm and yarn (`workspaces` of package.json). Globs follow pnpm: a pattern
//! names folders, `!` takes away, `node_modules` never counts.

mod globs;
mod package;

pub use self::globs::Globs;
pub use self::package::{Dependency, Package, Script};

use crate::model::manifest::Text;
use crate::model::parallel;
use crate::snapshot::{ReadError, Snapshot};
use crate::source::{RepoPath, SourceFile};
use crate::syntax::SyntaxError;
use crate::syntax::yaml::{Node, Yaml};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Who installs the dependencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// pnpm-workspace.yaml or pnpm-lock.yaml.
    Pnpm,
    /// package-lock.json.
    Npm,
    /// yarn.lock.
    Yarn,
    /// bun.lock or bun.lockb.
    Bun,
}

/// The packages of the repository.
#[derive(Debug, Default)]
pub struct Workspace {
    /// The manager that the top level tells.
    pub manager: Option<Manager>,
    /// package.json of the top level.
    pub root: Option<Package>,
    /// The members, sorted by folder; without a workspace, none.
    pub members: Vec<Package>,
    /// The patterns that name the members, with the file they stand in.
    pub patterns: Option<(SourceFile, Vec<Text>)>,
    /// The lockfile of the top level.
    pub lockfile: Option<RepoPath>,
    /// The packages that are no members, when there is no workspace to be a member of; sorted by folder.
    pub loose: Vec<Package>,
    /// Files that could not be read as what their names say.
    pub broken: Vec<Broken>,
    /// Files that could not be read at all.
    pub unreadable: Vec<(RepoPath, ReadError)>,
    /// Folders whose own package.json is no member: code that the workspace does not build.
    parked: BTreeSet<RepoPath>,
    /// Positions in `members` by name; of equal names the first one.
    by_name: HashMap<String, usize>,
}

/// A file with its first error.
#[derive(Debug)]
pub struct Broken {
    /// The file.
    pub file: SourceFile,
    /// The error.
    pub error: SyntaxError,
}

impl Broken {
    fn package(package: &Package) -> Option<Self> {
        let error = package.yaml.errors.first()?;
        Some(Self { file: package.file.clone(), error: error.clone() })
    }
}

/// So many packages are worth a thread.
const BATCH: usize = 16;

impl Workspace {
    /// Reads the workspace of a tree.
    pub fn load(tree: &Snapshot) -> Self {
        let mut workspace = Self { manager: manager(tree), lockfile: lockfile(tree), ..Self::default() };
        let mut packages: BTreeMap<RepoPath, SourceFile> = BTreeMap::new();
        let paths: Vec<RepoPath> = tree
            .notable()
            .filter(|entry| entry.name() == "package.json")
            .filter(|entry| !entry.path.split('/').any(|part| part == "node_modules"))
            .map(|entry| RepoPath::new(entry.path))
            .collect();
        tree.prefetch(paths.iter().cloned());
        for path in paths {
            match tree.source(&path) {
                Ok(file) => {
                    packages.insert(path.parent().unwrap_or_else(RepoPath::root), file);
                }
                Err(error) => workspace.unreadable.push((path, error)),
            }
        }
        let root = packages.remove(&RepoPath::root());
        workspace.root = root.map(Package::from_file);
        workspace.broken.extend(workspace.root.iter().filter_map(Broken::package));
        workspace.patterns = workspace.find_patterns(tree);
        let Some((_, patterns)) = &workspace.patterns else {
            // Nothing tells fixtures and templates from packages here: what is broken may be meant.
            workspace.loose = packages.into_values().map(Package::from_file).collect();
            workspace.unreadable.retain(|(path, _)| path.parent().is_some_and(|folder| folder.is_root()));
            return workspace;
        };
        let globs = Globs::new(patterns);
        let (members, parked): (Vec<_>, Vec<_>) =
            packages.into_iter().partition(|(folder, _)| globs.matches(folder));
        workspace.parked.extend(parked.into_iter().map(|(folder, _)| folder));
        workspace.members = parallel::map(&members, BATCH, |(_, file)| Package::from_file(file.clone()));
        workspace.broken.extend(workspace.members.iter().filter_map(Broken::package));
        for (position, member) in workspace.members.iter().enumerate() {
            if let Some(name) = &member.name {
                workspace.by_name.entry(name.value.clone()).or_insert(position);
            }
        }
        // A package.json inside a member (a test fixture, a template) parks nothing.
        let members: Vec<RepoPath> = workspace.members.iter().map(|member| member.folder.clone()).collect();
        workspace.parked.retain(|folder| !members.iter().any(|member| folder.starts_with(member)));
        let mut unreadable = std::mem::take(&mut workspace.unreadable);
        let matters = |folder: RepoPath| folder.is_root() || globs.matches(&folder);
        unreadable.retain(|(path, _)| path.parent().is_some_and(matters));
        workspace.unreadable = unreadable;
        workspace
    }

    fn find_patterns(&mut self, tree: &Snapshot) -> Option<(SourceFile, Vec<Text>)> {
        let texts = |node: Option<&Node>| -> Vec<Text> {
            node.map_or(&[] as &[Node], Node::items).iter().filter_map(Node::spanned).collect()
        };
        let path = RepoPath::new("pnpm-workspace.yaml");
        let source = tree.source(&path);
        if let Err(error) = &source
            && *error != ReadError::NotFound
        {
            self.unreadable.push((path, error.clone()));
        }
        if let Ok(file) = source {
            let yaml = Yaml::parse(&file.text);
            if let Some(error) = yaml.errors.first() {
                self.broken.push(Broken { file: file.clone(), error: error.clone() });
            }
            // Without `packages` pnpm keeps settings there and the workspace has all packages below it;
            // such a file is usual in single-package repositories.
            let patterns = texts(yaml.root().and_then(|root| root.get("packages")));
            return (!patterns.is_empty()).then_some((file, patterns));
        }
        let root = self.root.as_ref()?;
        let workspaces = root.yaml.root()?.get("workspaces")?;
        let patterns = texts(Some(workspaces.get("packages").unwrap_or(workspaces)));
        (!patterns.is_empty()).then(|| (root.file.clone(), patterns))
    }

    /// A member, or the top-level package, by its name.
    pub fn by_name(&self, name: &str) -> Option<&Package> {
        let named = |package: &&Package| package.name.as_ref().is_some_and(|text| text.value == name);
        self.member(name).or_else(|| self.root.as_ref().filter(named))
    }

    fn member(&self, name: &str) -> Option<&Package> {
        self.members.get(*self.by_name.get(name)?)
    }

    /// The member, loose or top-level package whose folder this is.
    pub fn at(&self, folder: &RepoPath) -> Option<&Package> {
        if folder.is_root() {
            return self.root.as_ref();
        }
        self.members.iter().chain(&self.loose).find(|member| member.folder == *folder)
    }

    /// The member whose folder holds `path`.
    pub fn containing(&self, path: &RepoPath) -> Option<&Package> {
        let holds = |member: &&Package| path.starts_with(&member.folder);
        self.members.iter().filter(holds).max_by_key(|member| member.folder.as_str().len())
    }

    /// Names of all members.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().filter_map(|member| member.name.as_ref()).map(|name| name.value.as_str())
    }

    /// The members that `package` needs, directly or not, sorted by folder; itself not included. Only what is
    /// linked for certain counts: a range may come from the registry although a member has that name.
    pub fn dependencies_of<'a>(&'a self, package: &'a Package) -> Vec<&'a Package> {
        let mut found: BTreeMap<&RepoPath, &Package> = BTreeMap::new();
        let mut queue = vec![package];
        while let Some(next) = queue.pop() {
            for dependency in next.dependencies.iter().filter(|dependency| dependency.is_linked()) {
                let member = self.member(&dependency.name.value);
                if let Some(member) = member
                    && member.folder != package.folder
                    && found.insert(&member.folder, member).is_none()
                {
                    queue.push(member);
                }
            }
        }
        found.into_values().collect()
    }

    /// Whether a path lies in code that the workspace does not build, below a folder whose own package.json is no
    /// member; in other people's code; or in the input of tests.
    pub fn is_parked(&self, path: &RepoPath) -> bool {
        self.parked.iter().any(|folder| path.starts_with(folder)) || path.components().any(is_parked_name)
    }
}

/// Folders of other people's code, and of the input of tests: wrong on purpose, often enough.
fn is_parked_name(part: &str) -> bool {
    matches!(
        part,
        "node_modules"
            | "vendor"
            | "third_party"
            | "testdata"
            | "testfiles"
            | "testfiles-negative"
            | "fixtures"
            | "__fixtures__"
    )
}

fn manager(tree: &Snapshot) -> Option<Manager> {
    [
        ("pnpm-workspace.yaml", Manager::Pnpm),
        ("pnpm-lock.yaml", Manager::Pnpm),
        ("yarn.lock", Manager::Yarn),
        ("package-lock.json", Manager::Npm),
        ("bun.lock", Manager::Bun),
        ("bun.lockb", Manager::Bun),
    ]
    .into_iter()
    .find_map(|(name, manager)| tree.is_file(&RepoPath::new(name)).then_some(manager))
}

fn lockfile(tree: &Snapshot) -> Option<RepoPath> {
    ["pnpm-lock.yaml", "yarn.lock", "package-lock.json", "bun.lock", "bun.lockb"]
        .into_iter()
        .map(RepoPath::new)
        .find(|path| tree.is_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(files: &[(&str, &str)]) -> Workspace {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Workspace::load(&Snapshot::memory(files))
    }

    fn folders(workspace: &Workspace) -> Vec<&str> {
        workspace.members.iter().map(|member| member.folder.as_str()).collect()
    }

    #[test]
    fn members_are_what_the_patterns_of_pnpm_name() {
        let workspace = load(&[
            ("pnpm-workspace.yaml", "packages: [apps/*, 'packages/**', '!**/test/**']\n"),
            ("package.json", "{}"),
            ("apps/web/package.json", "{}"),
            ("apps/web/node_modules/x/package.json", "{}"),
            ("apps/web/template/package.json", "{}"),
            ("packages/a/b/package.json", "{}"),
            ("packages/test/package.json", "{}"),
            ("upstream/web/package.json", "{}"),
        ]);
        assert_eq!(folders(&workspace), ["apps/web", "packages/a/b"]);
        assert!(workspace.is_parked(&"upstream/web/okteto.yml".into()));
        assert!(!workspace.is_parked(&"apps/web/template/x".into()), "a template inside a member");
        assert_eq!(workspace.manager, Some(Manager::Pnpm));
    }

    #[test]
    fn workspaces_of_package_json_are_read_in_both_forms() {
        for workspaces in [r#"["apps/*"]"#, r#"{"packages": ["./apps/*/"]}"#] {
            let root = format!(r#"{{"workspaces": {workspaces}}}"#);
            let workspace = load(&[("package.json", &root), ("apps/web/package.json", "{}")]);
            assert_eq!(folders(&workspace), ["apps/web"], "{workspaces}");
        }
    }

    #[test]
    fn without_a_workspace_packages_are_loose_and_nothing_is_parked() {
        let workspace = load(&[("apps/web/package.json", r#"{"name": "web"}"#)]);
        assert!(workspace.members.is_empty());
        assert_eq!(workspace.at(&"apps/web".into()).map(Package::label), Some("web"));
        assert!(!workspace.is_parked(&"apps/web/x".into()));
    }

    #[test]
    fn dependencies_are_transitive_and_stop_at_circles() {
        let package = |name: &str, dependency: &str| {
            format!(
                r#"{{"name": "{name}", "dependencies": {{"{dependency}": "workspace:*", "react": "19"}}}}"#
            )
        };
        let workspace = load(&[
            ("pnpm-workspace.yaml", "packages: ['p/*']\n"),
            ("p/a/package.json", &package("a", "b")),
            ("p/b/package.json", &package("b", "c")),
            ("p/c/package.json", &package("c", "a")),
        ]);
        let start = workspace.by_name("a").unwrap();
        let needed: Vec<&str> =
            workspace.dependencies_of(start).iter().map(|package| package.folder.as_str()).collect();
        assert_eq!(needed, ["p/b", "p/c"]);
    }

    #[test]
    fn broken_and_unreadable_files_are_kept_apart() {
        let files = [
            ("pnpm-workspace.yaml", b"packages: [apps/*]".to_vec()),
            ("apps/web/package.json", b"{\"name\": \"web\",}".to_vec()),
            ("apps/odd/package.json", b"{\"name\": \"\xff\"}".to_vec()),
        ];
        let workspace = Workspace::load(&Snapshot::memory(files.map(|(path, text)| (path.to_owned(), text))));
        assert_eq!(workspace.broken.len(), 1);
        assert_eq!(workspace.unreadable.len(), 1);
    }
}
