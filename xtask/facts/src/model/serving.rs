//! Which dev container serves which app.
//!
//! The first step that yields evidence decides, and then all apps named there: the configuration; the
//! workdir, mapped back through sync; the command; the synced folders; an *equal* name. Similar names prove
//! nothing.

mod evidence;

use self::evidence::Context;
use crate::config::Config;
use crate::model::apps::{App, Apps};
use crate::model::calls::Call;
use crate::model::environment::Environment;
use crate::model::manifest::{Dev, Manifest};
use crate::model::sync::SyncRoot;
use crate::model::workspace::{Package, Workspace};
use crate::snapshot::Snapshot;
use crate::source::{RepoPath, Span, Spanned};
use crate::syntax::yaml::{Node, Value};

/// Every dev container with what it serves.
#[derive(Debug, Default)]
pub struct Serving {
    /// In the order of manifests and their entries.
    pub sessions: Vec<Session>,
}

/// One dev container.
#[derive(Debug)]
pub struct Session {
    /// Position of the manifest among [`crate::facts::Facts::manifests`].
    pub manifest: usize,
    /// Position in its `dev`.
    pub dev: usize,
    /// Its sync entries, resolved.
    pub roots: Vec<SyncRoot>,
    /// The folder of the repository that its workdir stands for.
    pub workdir: Option<RepoPath>,
    /// The calls of package managers in its command, those of root scripts that it runs included.
    pub calls: Vec<SessionCall>,
    /// Folders of the apps that it serves.
    pub apps: Vec<RepoPath>,
    /// Why; `None` when nothing tells.
    pub evidence: Option<Evidence>,
    /// Name of the first dev container with the same selector and body, when this is an alias of it.
    pub alias_of: Option<String>,
}

/// A call of a package manager in a session, with the folder of the repository in which it runs.
#[derive(Debug, Clone)]
pub struct SessionCall {
    /// The call; its spans are places in the manifest, or in the file of `script`.
    pub call: Call,
    /// Where it runs, if that is known.
    pub folder: Option<RepoPath>,
    /// The script of package.json that holds the call, if it does not stand in the manifest itself.
    pub script: Option<(RepoPath, String)>,
}

impl SessionCall {
    /// The folder whose package the call is about, when it names none: where it runs, after `-C`.
    pub fn package_folder(&self) -> Option<RepoPath> {
        let folder = self.folder.as_ref()?;
        Some(self.call.folder.as_ref().map_or_else(|| folder.clone(), |named| folder.join(&named.value)))
    }
}

/// What shows that a dev container serves an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// `apps.dev-containers` of the configuration.
    Config,
    /// The workdir.
    Workdir(Span),
    /// A package, folder or `cd` in the command.
    Command(Span),
    /// A synced folder.
    Sync(Span),
    /// The key or the selector's instance.
    Name(Span),
}

impl Serving {
    /// Resolves all dev containers.
    pub fn resolve(
        tree: &Snapshot,
        workspace: &Workspace,
        manifests: &[Manifest],
        apps: &Apps,
        config: &Config,
    ) -> Self {
        let mut sessions: Vec<Session> = Vec::new();
        for (manifest_index, manifest) in manifests.iter().enumerate() {
            let environment = Environment::of(manifest, tree, config);
            for (dev_index, dev) in manifest.devs.iter().enumerate() {
                let context = Context { workspace, apps, config, manifest, dev, environment: &environment };
                let mut session = context.session(manifest_index, dev_index);
                session.alias_of = alias(manifest, dev, dev_index);
                sessions.push(session);
            }
        }
        Self { sessions }
    }

    /// The sessions that serve the app in `folder`.
    pub fn of<'a>(&'a self, folder: &'a RepoPath) -> impl Iterator<Item = &'a Session> {
        self.sessions.iter().filter(move |session| session.apps.contains(folder))
    }
}

/// The first dev container before this one with the same selector and the same body.
fn alias(manifest: &Manifest, dev: &Dev, index: usize) -> Option<String> {
    if dev.selector.is_empty() {
        return None;
    }
    let earlier = manifest.devs.iter().take(index);
    earlier.filter(|other| is_same_body(other, dev)).map(|other| other.name.value.clone()).next()
}

/// Whether two dev containers are the same but for their keys.
pub fn is_same_body(left: &Dev, right: &Dev) -> bool {
    same_node(&left.node, &right.node)
}

fn same_node(left: &Node, right: &Node) -> bool {
    match (&left.value, &right.value) {
        (Value::Empty, Value::Empty) => true,
        (Value::Scalar(left), Value::Scalar(right)) => left.text == right.text,
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.items.len() == right.items.len()
                && left.items.iter().zip(&right.items).all(|(left, right)| same_node(left, right))
        }
        (Value::Mapping(left), Value::Mapping(right)) => {
            left.entries.len() == right.entries.len()
                && left.entries.iter().all(|entry| {
                    right.get(&entry.key.value).is_some_and(|other| same_node(&entry.value, other))
                })
        }
        _ => false,
    }
}

/// The selected instance (`app.kubernetes.io/instance`, `release`, …): the Argo CD or Helm release.
pub fn instance(dev: &Dev) -> Option<&Spanned<String>> {
    const LABELS: [&str; 3] = ["app.kubernetes.io/instance", "argocd.argoproj.io/instance", "release"];
    LABELS
        .iter()
        .find_map(|label| dev.selector.iter().find(|(name, _)| name.value == *label))
        .map(|(_, value)| value)
}

/// `pattern` with `{app}` and `{package}` put in; `None` when the app has no package for `{package}`.
pub fn apply_pattern(pattern: &str, app: &App) -> Option<String> {
    if pattern.contains("{package}") && app.package.is_none() {
        return None;
    }
    let package = app.package.as_deref().unwrap_or_default();
    Some(pattern.replace("{app}", app.name()).replace("{package}", package))
}

/// A member by its name, or by its name without the scope as pnpm allows.
pub fn find_package<'a>(workspace: &'a Workspace, name: &str) -> Option<&'a Package> {
    workspace.by_name(name).or_else(|| {
        let mut unscoped = workspace.members.iter().filter(|member| {
            member.name.as_ref().is_some_and(|full| full.value.starts_with('@'))
                && member.unscoped_name() == Some(name)
        });
        // pnpm refuses the short form when two scopes have such a package.
        let only = unscoped.next()?;
        unscoped.next().is_none().then_some(only)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;
    use crate::source::SourceFile;

    const PACKAGES: [(&str, &str); 6] = [
        ("pnpm-workspace.yaml", "packages: [apps/*, packages/*]\n"),
        ("package.json", r#"{"scripts": {"web": "pnpm --filter @s/web dev", "all": "turbo run dev"}}"#),
        ("apps/shop/package.json", r#"{"name": "@s/shop", "scripts": {"dev": "next dev"}}"#),
        (
            "apps/site/package.json",
            r#"{"name": "@s/web", "dependencies": {"next": "16"}, "scripts": {"dev": "x"}}"#,
        ),
        ("apps/planned/README.md", ""),
        ("packages/ui/package.json", r#"{"name": "@s/ui", "scripts": {"dev": "tsc -w"}}"#),
    ];

    /// Apps that the first dev container serves, and the kind of evidence.
    fn served(dev: &str) -> (Vec<String>, &'static str) {
        let files = PACKAGES.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let tree = Snapshot::memory(files);
        let config = Config {
            dev_pattern: Some(Spanned::new("dev-{package}".into(), Span::default())),
            ..Config::default()
        };
        let workspace = Workspace::load(&tree);
        let apps = Apps::find(&tree, &workspace, &config);
        let text = format!("dev:\n  {}\n", dev.replace('\n', "\n  "));
        let manifest = Manifest::decode(SourceFile::new(".okteto/okteto.yml".into(), text)).unwrap();
        let serving = Serving::resolve(&tree, &workspace, &[manifest], &apps, &config);
        let session = &serving.sessions[0];
        let kind = match &session.evidence {
            None => "none",
            Some(Evidence::Config) => "config",
            Some(Evidence::Workdir(_)) => "workdir",
            Some(Evidence::Command(_)) => "command",
            Some(Evidence::Sync(_)) => "sync",
            Some(Evidence::Name(_)) => "name",
        };
        (session.apps.iter().map(ToString::to_string).collect(), kind)
    }

    #[test]
    fn the_first_step_with_evidence_decides() {
        for (dev, apps, kind) in [
            (
                "x:\n  workdir: /app/apps/shop/src\n  sync: ['..:/app']\n  command: pnpm --filter @s/web dev",
                &["apps/shop"][..],
                "workdir",
            ),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm --filter @s/web dev",
                &["apps/site"],
                "command",
            ),
            ("x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm web", &["apps/site"], "command"),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm all",
                &["apps/shop", "apps/site"],
                "command",
            ),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm --filter shop exec next dev",
                &["apps/shop"],
                "command",
            ),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: cd apps/shop && next dev",
                &["apps/shop"],
                "command",
            ),
            (
                "x:\n  sync: ['../apps/shop:/a', '../packages:/b', '../apps/site:/c']",
                &["apps/shop", "apps/site"],
                "sync",
            ),
            ("site:\n  sync: ['..:/app']", &["apps/site"], "name"),
            ("dev-web:\n  sync: ['..:/app']", &["apps/site"], "name"),
            (
                "x:\n  selector: {app.kubernetes.io/instance: shop}\n  sync: ['..:/app']",
                &["apps/shop"],
                "name",
            ),
            ("dev-shop-2:\n  sync: ['..:/app']", &[], "none"),
            (
                "x:\n  workdir: /app\n  sync: ['..:/app']\n  command: pnpm install --filter @s/web",
                &[],
                "none",
            ),
        ] {
            let (found, by) = served(dev);
            assert_eq!(
                (found.iter().map(String::as_str).collect::<Vec<_>>(), by),
                (apps.to_vec(), kind),
                "{dev}"
            );
        }
    }

    #[test]
    fn aliases_have_one_selector_and_one_body() {
        let text = "dev:\n  a: &a\n    selector: {app: x}\n    image: y\n  b: *a\n  c:\n    image: y\n    selector: {app: x}\n  d:\n    image: y\n  e:\n    image: y\n";
        let manifest = Manifest::decode(SourceFile::new("okteto.yml".into(), text)).unwrap();
        let tree = Snapshot::memory([]);
        let config = Config::default();
        let workspace = Workspace::default();
        let serving = Serving::resolve(&tree, &workspace, &[manifest], &Apps::default(), &config);
        let aliases: Vec<Option<&str>> =
            serving.sessions.iter().map(|session| session.alias_of.as_deref()).collect();
        assert_eq!(aliases, [None, Some("a"), Some("a"), None, None]);
    }
}
