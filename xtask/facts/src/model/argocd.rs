//! Argo CD: Applications, and what ApplicationSets generate as far as their generators are literal.
//!
//! Field names are those of `argoproj.io/v1alpha1`. An ApplicationSet yields one [`Application`] for each set
//! of parameters; all of them point into the same template. With a generator that only the cluster can
//! answer there is one, whose templated texts are unknown. Files that are Helm templates themselves are
//! passed over.

mod generate;
mod ignore;

pub use ignore::Ignored;

use crate::model::linked::Rooted;
use crate::model::manifest::Text;
use crate::source::{Place, RepoPath, SourceFile, Span, Spanned};
use crate::syntax::yaml::{Node, Resolved, Yaml};
use generate::Parameters;

/// Larger YAML files are not read (2 MB).
pub const LARGEST: usize = 2_000_000;

/// What Argo CD deploys.
#[derive(Debug, Default)]
pub struct ArgoCd {
    /// The Applications, by file.
    pub applications: Vec<Application>,
    /// Files that could not be looked into, and why.
    pub skipped: Vec<(RepoPath, String)>,
}

/// An Application, or one that an ApplicationSet generates.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its position among [`ArgoCd::applications`].
    pub position: usize,
    /// Its file.
    pub file: SourceFile,
    /// The folder of its repository: the top level, or `../NAME` for a linked one.
    pub repository: RepoPath,
    /// The ApplicationSet that generates it.
    pub set: Option<Text>,
    /// `metadata.name`, parameters put in.
    pub name: Option<Text>,
    /// The place of the name as written.
    pub name_span: Span,
    /// `spec`, as written.
    pub spec: Node,
    /// `spec.destination.namespace`.
    pub namespace: Option<Text>,
    /// `spec.destination.server` or `.name`.
    pub cluster: Option<String>,
    /// `spec.source` or `spec.sources`.
    pub sources: Vec<Source>,
}

/// A source of an Application.
#[derive(Clone, Debug)]
pub struct Source {
    /// `repoURL`.
    pub repo_url: Option<Text>,
    /// `path`.
    pub path: Option<Text>,
    /// `chart`: the source is a Helm repository.
    pub chart: Option<Text>,
    /// `targetRevision`.
    pub revision: Option<Text>,
    /// `ref`: the name that `$name/…` in value files refers to.
    pub reference: Option<Text>,
    /// `helm.releaseName`.
    pub release: Option<Text>,
    /// `helm.valueFiles`; `None` for those that are not known.
    pub value_files: Vec<Option<Text>>,
    /// `helm.ignoreMissingValueFiles`.
    pub ignores_missing: bool,
    /// `helm`, as written.
    pub helm: Option<Node>,
}

/// Which environment an Application belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Dev containers live there.
    Dev,
    /// Visitors do.
    Prod,
    /// Staging, previews, or nothing says.
    Other,
}

impl ArgoCd {
    /// Reads the Applications of these trees, but for paths that `passes_over` names.
    pub fn load(trees: &[Rooted<'_>], passes_over: impl Fn(&RepoPath) -> bool) -> Self {
        let mut found = Self::default();
        for rooted in trees {
            let is_yaml = |path: &str| {
                (path.ends_with(".yaml") || path.ends_with(".yml")) && !path.ends_with("pnpm-lock.yaml")
            };
            let paths: Vec<&str> =
                rooted.tree.notable().map(|entry| entry.path).filter(|path| is_yaml(path)).collect();
            rooted.tree.prefetch(paths.iter().map(|path| RepoPath::new(path)));
            for inner in paths {
                let path = rooted.path(inner);
                if passes_over(&path) {
                    continue;
                }
                let Ok(file) = rooted.tree.source(&RepoPath::new(inner)) else { continue };
                found.read(SourceFile { path, ..file }, rooted);
            }
        }
        found
    }

    fn read(&mut self, file: SourceFile, rooted: &Rooted<'_>) {
        let text = file.text.as_bytes();
        let mentions = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        if !mentions("argoproj.io/") || !mentions("Application") {
            return;
        }
        if text.len() > LARGEST {
            self.skipped.push((file.path, "more than 2 MB of YAML".to_owned()));
            return;
        }
        let yaml = Yaml::parse(&file.text);
        if yaml.template.is_some() {
            if !mentions("kind: Application") {
                return;
            }
            self.skipped.push((file.path, "a Helm template, not YAML".to_owned()));
            return;
        }
        let lists = yaml.documents.iter().filter(|document| kind(document) == Some("List"));
        let listed = lists.flat_map(|list| list.get("items").map_or(&[] as &[Node], Node::items));
        for document in yaml.documents.iter().chain(listed) {
            let group = document.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
            if !group.starts_with("argoproj.io/") {
                continue;
            }
            match kind(document) {
                Some("Application") => {
                    self.add(application(&file, rooted, document, None, &Parameters::none()));
                }
                Some("ApplicationSet") => self.read_set(&file, rooted, document),
                _ => {}
            }
        }
    }

    fn read_set(&mut self, file: &SourceFile, rooted: &Rooted<'_>, document: &Node) {
        let Some(template) = document.at(&["spec", "template"]) else { return };
        let set = document.at(&["metadata", "name"]).and_then(Node::spanned);
        if document.at(&["spec", "templatePatch"]).is_some() {
            self.skipped.push((file.path.clone(), "`templatePatch` may change every Application".to_owned()));
            return;
        }
        let generated = generate::parameters(document, rooted.tree);
        if generated.is_none() {
            self.skipped
                .push((file.path.clone(), "its generator is answered by the cluster alone".to_owned()));
        }
        for parameters in generated.unwrap_or_else(|| vec![Parameters::unknown()]) {
            self.add(application(file, rooted, template, set.clone().or_else(unnamed), &parameters));
        }
    }

    fn add(&mut self, application: Option<Application>) {
        let position = self.applications.len();
        self.applications.extend(application.map(|application| Application { position, ..application }));
    }
}

fn kind(document: &Node) -> Option<&str> {
    document.get("kind").and_then(Node::as_str)
}

fn unnamed() -> Option<Text> {
    Some(Spanned::new(String::new(), Span::default()))
}

fn application(
    file: &SourceFile,
    rooted: &Rooted<'_>,
    document: &Node,
    set: Option<Text>,
    parameters: &Parameters,
) -> Option<Application> {
    let spec = document.get("spec")?;
    let name = document.at(&["metadata", "name"]);
    let text = |keys: &[&str]| parameters.text(spec.at(keys)?);
    let single = spec.get("source").into_iter();
    let many = spec.get("sources").map_or(&[] as &[Node], Node::items);
    Some(Application {
        position: 0,
        file: file.clone(),
        repository: rooted.folder.clone(),
        set,
        name: name.and_then(|name| parameters.text(name)),
        name_span: name.map_or(spec.span, |name| name.span),
        spec: spec.clone(),
        namespace: text(&["destination", "namespace"]),
        cluster: text(&["destination", "server"])
            .or_else(|| text(&["destination", "name"]))
            .map(|cluster| cluster.value),
        // `sources` wins when both are there.
        sources: if many.is_empty() {
            single.map(|node| source(node, parameters)).collect()
        } else {
            many.iter().map(|node| source(node, parameters)).collect()
        },
    })
}

fn source(node: &Node, parameters: &Parameters) -> Source {
    let text = |keys: &[&str]| parameters.text(node.at(keys)?);
    let files = node.at(&["helm", "valueFiles"]).map_or(&[] as &[Node], Node::items);
    Source {
        repo_url: text(&["repoURL"]),
        path: text(&["path"]),
        chart: text(&["chart"]),
        revision: text(&["targetRevision"]),
        reference: text(&["ref"]),
        release: text(&["helm", "releaseName"]),
        value_files: files.iter().map(|file| parameters.text(file)).collect(),
        ignores_missing: is_true(node.at(&["helm", "ignoreMissingValueFiles"])),
        helm: node.get("helm").cloned(),
    }
}

/// Kubernetes reads the truth values of YAML 1.1, `yes` and `on` among them, as the Okteto CLI does.
fn is_true(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.go_yaml_v2() == Resolved::Bool(true))
}

impl Application {
    /// A place in its file.
    pub fn place(&self, span: Span) -> Place {
        self.file.place(span)
    }

    /// Its name, or that of the ApplicationSet.
    pub fn label(&self) -> &str {
        match (&self.set, &self.name) {
            (Some(set), _) if !set.value.is_empty() => &set.value,
            (_, Some(name)) => &name.value,
            _ => "Application",
        }
    }

    /// The Helm releases that it installs: `releaseName`, else its own name.
    pub fn releases(&self) -> Vec<&Text> {
        let own = self.sources.iter().filter_map(|source| source.release.as_ref());
        let mut releases: Vec<&Text> = own.collect();
        if releases.is_empty() {
            releases.extend(&self.name);
        }
        releases
    }

    /// `syncPolicy.automated`, when it is in force.
    pub fn automated(&self) -> Option<&Node> {
        let automated = self.spec.at(&["syncPolicy", "automated"])?;
        let off = automated.get("enabled").is_some_and(|node| node.go_yaml_v2() == Resolved::Bool(false));
        // `automated:` without a value is `null` for Argo CD, `{}` is not.
        (!off && !automated.is_null()).then_some(automated)
    }

    /// `syncPolicy.automated.KEY`, when it is `true`.
    pub fn automated_flag(&self, key: &str) -> Option<&Node> {
        self.automated()?.get(key).filter(|node| is_true(Some(node)))
    }

    /// `syncPolicy.syncOptions`.
    pub fn sync_options(&self) -> &[Node] {
        self.spec.at(&["syncPolicy", "syncOptions"]).map_or(&[], Node::items)
    }

    /// The item of `syncOptions` with this text.
    pub fn sync_option(&self, option: &str) -> Option<&Node> {
        self.sync_options().iter().find(|node| node.as_str() == Some(option))
    }

    /// `ignoreDifferences`.
    pub fn ignored(&self) -> Vec<Ignored> {
        self.spec
            .get("ignoreDifferences")
            .map_or(&[] as &[Node], Node::items)
            .iter()
            .map(Ignored::of)
            .collect()
    }

    /// Which environment it belongs to, by the folders of its file, its name, its namespace.
    pub fn stage(&self) -> Stage {
        let folders = self.file.path.parent().map(|folder| folder.to_string()).unwrap_or_default();
        let name = self.name.as_ref().map_or("", |name| &name.value);
        let namespace = self.namespace.as_ref().map_or("", |namespace| &namespace.value);
        [folders.as_str(), name, namespace].into_iter().find_map(stage_in).unwrap_or(Stage::Other)
    }
}

/// The environment that a word of a path or name tells.
pub fn stage_in(text: &str) -> Option<Stage> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let mut stages = words.filter_map(|word| match word.to_ascii_lowercase().as_str() {
        "dev" | "develop" | "development" => Some(Stage::Dev),
        "prod" | "production" | "live" => Some(Stage::Prod),
        "stage" | "staging" | "preview" | "previews" | "review" | "qa" | "uat" => Some(Stage::Other),
        _ => None,
    });
    stages.next()
}

#[cfg(test)]
mod tests;
