//! Apps: workspace members that can be served.

use crate::config::Config;
use crate::model::workspace::{Package, Workspace};
use crate::snapshot::Snapshot;
use crate::source::{Place, RepoPath};

/// Files that make a folder under `apps/` a project where no workspace says so.
const PROJECT_FILES: [&str; 5] = ["package.json", "Dockerfile", "Cargo.toml", "go.mod", "pyproject.toml"];

/// The apps of the repository, sorted by folder.
#[derive(Debug, Default)]
pub struct Apps {
    /// The apps.
    pub all: Vec<App>,
}

/// One app.
#[derive(Debug, Clone)]
pub struct App {
    /// Its folder.
    pub folder: RepoPath,
    /// Name of the package without its scope.
    pub package: Option<String>,
    /// What makes it an app.
    pub evidence: Evidence,
    /// Where it is named: `name` of package.json, or the file that makes it an app.
    pub place: Place,
}

/// Why a folder is an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// A `dev` script.
    DevScript,
    /// A framework among its dependencies.
    Framework(String),
    /// A Dockerfile.
    Dockerfile,
}

impl App {
    /// The folder's name, by which people call the app.
    pub fn name(&self) -> &str {
        self.folder.file_name()
    }
}

impl Apps {
    /// Finds the apps: members (or, without a workspace, folders with a project file) in the folders that
    /// `apps.include` names, which can be served.
    pub fn find(tree: &Snapshot, workspace: &Workspace, config: &Config) -> Self {
        let mut all = Vec::new();
        if workspace.patterns.is_some() {
            for member in &workspace.members {
                if config.app_globs.matches(&member.folder) {
                    all.extend(app(tree, &member.folder, Some(member)));
                }
            }
        } else {
            for folder in folders_with_projects(tree, config) {
                all.extend(app(tree, &folder, workspace.at(&folder)));
            }
        }
        Self { all }
    }

    /// The app whose folder holds `path`.
    pub fn containing(&self, path: &RepoPath) -> Option<&App> {
        self.all
            .iter()
            .filter(|app| path.starts_with(&app.folder))
            .max_by_key(|app| app.folder.as_str().len())
    }

    /// The app with this folder.
    pub fn at(&self, folder: &RepoPath) -> Option<&App> {
        self.all.iter().find(|app| app.folder == *folder)
    }
}

fn folders_with_projects(tree: &Snapshot, config: &Config) -> Vec<RepoPath> {
    let mut folders: Vec<RepoPath> = Vec::new();
    for entry in tree.notable() {
        if PROJECT_FILES.contains(&entry.name()) {
            let folder = RepoPath::new(entry.folder());
            if config.app_globs.matches(&folder) && folders.last() != Some(&folder) {
                folders.push(folder);
            }
        }
    }
    folders.sort();
    folders.dedup();
    folders
}

fn app(tree: &Snapshot, folder: &RepoPath, package: Option<&Package>) -> Option<App> {
    let dockerfile = folder.join("Dockerfile");
    let framework = package.and_then(Package::framework);
    let evidence = if package.is_some_and(|package| package.script("dev").is_some()) {
        Evidence::DevScript
    } else if let Some(framework) = framework {
        Evidence::Framework(framework.name.value.clone())
    } else if tree.is_file(&dockerfile) {
        Evidence::Dockerfile
    } else {
        return None;
    };
    let place = package.map_or_else(|| Place::top(&dockerfile), Package::place);
    Some(App {
        folder: folder.clone(),
        package: package.and_then(Package::unscoped_name).map(str::to_owned),
        evidence,
        place,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apps(files: &[(&str, &str)]) -> Vec<(String, Evidence)> {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        let tree = Snapshot::memory(files);
        let found = Apps::find(&tree, &Workspace::load(&tree), &Config::default());
        found.all.into_iter().map(|app| (app.name().to_owned(), app.evidence)).collect()
    }

    #[test]
    fn members_that_can_be_served_are_apps() {
        let found = apps(&[
            ("pnpm-workspace.yaml", "packages: [apps/*, packages/*]\n"),
            ("apps/a/package.json", r#"{"scripts": {"dev": "next dev"}}"#),
            ("apps/b/package.json", r#"{"dependencies": {"payload": "3"}}"#),
            ("apps/c/package.json", "{}"),
            ("apps/c/Dockerfile", "FROM a\n"),
            ("apps/library/package.json", r#"{"peerDependencies": {"next": "16"}}"#),
            ("apps/planned/README.md", ""),
            ("packages/ui/package.json", r#"{"scripts": {"dev": "tsc -w"}}"#),
        ]);
        let expected = [
            ("a", Evidence::DevScript),
            ("b", Evidence::Framework("payload".to_owned())),
            ("c", Evidence::Dockerfile),
        ];
        assert_eq!(found, expected.map(|(name, evidence)| (name.to_owned(), evidence)));
    }

    #[test]
    fn without_a_workspace_a_project_file_is_enough_to_look() {
        let found = apps(&[
            ("apps/api/go.mod", "module api\n"),
            ("apps/api/Dockerfile", "FROM golang\n"),
            ("apps/worker/go.mod", "module worker\n"),
            ("apps/web/package.json", r#"{"scripts": {"dev": "vite"}}"#),
        ]);
        assert_eq!(
            found,
            [("api".to_owned(), Evidence::Dockerfile), ("web".to_owned(), Evidence::DevScript)]
        );
    }
}
