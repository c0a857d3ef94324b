//! `.okteto/check.yml`: what cannot be derived from the repository. Strict: unknown keys and wrong forms
//! are errors at their place, and the run stops with exit code 2.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::workspace::Globs;
use crate::source::{Place, RepoPath, SourceFile, Span, Spanned};
use crate::suggest::closest;
use crate::syntax::shape::Expands::Nested;
use crate::syntax::shape::Form::{List, Map, Object, Text, Word};
use crate::syntax::shape::{self, Form, Shape, ViolationKind, field};
use crate::syntax::yaml::{Node, Yaml};
use std::collections::BTreeMap;

/// Where the configuration lies.
pub const PATH: &str = ".okteto/check.yml";

/// Who creates the namespaces of dev containers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NamespaceOwner {
    /// Okteto: Argo CD must not create them.
    #[default]
    Okteto,
    /// Argo CD: CI and runbooks must not.
    ArgoCd,
}

/// Where images of this repository are built and pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageBuilder {
    /// By `okteto build`: the manifest names them through `OKTETO_BUILD_*`.
    Okteto,
    /// By CI: the manifest names them by registry path.
    Ci,
}

/// The configuration; every field has the default of an absent file.
#[derive(Debug)]
pub struct Config {
    /// The file, if there is one.
    pub file: Option<SourceFile>,
    /// `apps.include`.
    pub app_globs: Globs,
    /// `apps.exempt`: folder → reason.
    pub exempt: BTreeMap<RepoPath, Spanned<String>>,
    /// `apps.dev-containers`: folder → names of dev containers.
    pub dev_containers: BTreeMap<RepoPath, Vec<Spanned<String>>>,
    /// `naming.dev-container`.
    pub dev_pattern: Option<Spanned<String>>,
    /// `naming.namespace.*`: kind → pattern.
    pub namespace_patterns: BTreeMap<String, Spanned<String>>,
    /// `okteto.cli`.
    pub cli: Option<Spanned<String>>,
    /// `okteto.images`.
    pub images: Option<ImageBuilder>,
    /// `okteto.namespace-owner`; Okteto unless written.
    pub namespace_owner: Option<NamespaceOwner>,
    /// `okteto.hosts`: role → host.
    pub hosts: BTreeMap<String, Spanned<String>>,
    /// `okteto.shared-cache-ids`.
    pub shared_cache_ids: Vec<String>,
    /// `okteto.cache-id-prefix`: stands at the front of cache ids instead of the repository's name.
    pub cache_id_prefix: Option<String>,
    /// `repositories`: name → path from the top level.
    pub repositories: BTreeMap<String, Spanned<String>>,
    /// `variables`.
    pub variables: Vec<String>,
    /// `exclude`.
    pub exclude: Vec<Spanned<String>>,
    /// `runbooks.files`.
    pub runbook_files: Option<Vec<Spanned<String>>>,
    /// `runbooks.language`: `en` or `ru`.
    pub runbook_language: Option<String>,
    /// `runbooks.required-sections`.
    pub required_sections: Vec<Spanned<String>>,
    /// `weight.megabytes` and `weight.files`.
    pub weight: Weight,
    /// `rules`: rule or group id → settings.
    pub rules: Vec<RuleSettings>,
}

/// Bounds of what is synced or sent before `ignore/weight` speaks.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// Bytes.
    pub bytes: u64,
    /// Files.
    pub files: u64,
}

impl Default for Weight {
    fn default() -> Self {
        Self { bytes: 200 * 1_000_000, files: 20_000 }
    }
}

/// Settings of a rule.
#[derive(Debug)]
pub struct RuleSettings {
    /// Rule or group.
    pub id: Spanned<String>,
    /// Another severity; `Some(None)` switches the rule off.
    pub severity: Option<Option<Severity>>,
    /// Where the rule stays silent.
    pub exclude: Vec<Spanned<String>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: None,
            app_globs: Globs::from_texts(["apps/*"]),
            exempt: BTreeMap::new(),
            dev_containers: BTreeMap::new(),
            dev_pattern: None,
            namespace_patterns: BTreeMap::new(),
            cli: None,
            images: None,
            namespace_owner: None,
            hosts: BTreeMap::new(),
            shared_cache_ids: Vec::new(),
            cache_id_prefix: None,
            repositories: BTreeMap::new(),
            variables: Vec::new(),
            exclude: Vec::new(),
            runbook_files: None,
            runbook_language: None,
            required_sections: Vec::new(),
            weight: Weight::default(),
            rules: Vec::new(),
        }
    }
}

const TEXT: &[Form] = &[Text];
const TEXTS: &[Form] = &[List(TEXT)];
const TEXT_MAP: &[Form] = &[Map(TEXT)];

const fn plain(name: &'static str, forms: &'static [Form], doc: &'static str) -> shape::Field {
    field(name, forms, Nested, doc)
}

/// The configuration's shape: source of its checks and of its JSON Schema.
pub static SHAPE: Shape = Shape {
    name: "the configuration",
    fields: &[
        plain("apps", &[Object(&APPS)], "Which workspace members are apps, and who serves them"),
        plain(
            "naming",
            &[Object(&NAMING)],
            "Name patterns; `{app}` is the folder, `{package}` the package name without its scope",
        ),
        plain("okteto", &[Object(&OKTETO)], "The Okteto installation"),
        plain("repositories", TEXT_MAP, "Sibling repositories: name → path from the top level"),
        plain("variables", TEXTS, "Variables that are set outside the repository"),
        plain("exclude", TEXTS, "Globs of paths on which nothing is reported"),
        plain("runbooks", &[Object(&RUNBOOKS)], "The runbooks bound to the manifests"),
        plain("weight", &[Object(&WEIGHT)], "Bounds for `ignore/weight`"),
        plain("rules", &[Map(&[Object(&RULE)])], "Settings of a rule or of a group of rules"),
    ],
};

static APPS: Shape = Shape {
    name: "`apps`",
    fields: &[
        plain("include", TEXTS, "Globs of folders that hold apps; `apps/*` by default"),
        plain("exempt", TEXT_MAP, "Apps without a dev container: folder → reason"),
        plain(
            "dev-containers",
            &[Map(TEXTS)],
            "Dev containers of an app, where nothing in the manifest tells",
        ),
    ],
};

static NAMING: Shape = Shape {
    name: "`naming`",
    fields: &[
        plain("dev-container", TEXT, "Pattern for keys of `dev`"),
        plain("namespace", &[Object(&NAMESPACES)], "Patterns for namespaces"),
    ],
};

static NAMESPACES: Shape = Shape {
    name: "`naming.namespace`",
    fields: &[
        plain("dev", TEXT, "Namespaces of dev containers"),
        plain("prod", TEXT, "Namespaces of production"),
        plain("preview", TEXT, "Namespaces of previews"),
    ],
};

static OKTETO: Shape = Shape {
    name: "`okteto`",
    fields: &[
        plain("cli", TEXT, "Minor version of the CLI in use, `3.14` by default"),
        plain("images", &[Word(&["okteto", "ci"])], "Where images of this repository are built"),
        plain("namespace-owner", &[Word(&["okteto", "argocd"])], "Who creates dev namespaces"),
        plain("hosts", &[Object(&HOSTS)], "Public hosts of the installation"),
        plain("shared-cache-ids", TEXTS, "Cache ids that repositories share on purpose"),
        plain("cache-id-prefix", TEXT, "What cache ids of this repository begin with; its name by default"),
    ],
};

static HOSTS: Shape = Shape {
    name: "`okteto.hosts`",
    fields: &[
        plain("context", TEXT, "`okteto context use https://HOST`"),
        plain("builder", TEXT, "BuildKit"),
        plain("registry", TEXT, "Registry"),
    ],
};

static RUNBOOKS: Shape = Shape {
    name: "`runbooks`",
    fields: &[
        plain("files", TEXTS, "Globs of runbooks; `docs/runbooks/*.md` by default"),
        plain("language", &[Word(&["en", "ru"])], "Language of owned regions"),
        plain("required-sections", TEXTS, "Regions that must exist"),
    ],
};

static WEIGHT: Shape = Shape {
    name: "`weight`",
    fields: &[
        plain("megabytes", &[Form::Int], "Megabytes, 200 by default"),
        plain("files", &[Form::Int], "Files, 20000 by default"),
    ],
};

static RULE: Shape = Shape {
    name: "settings of a rule",
    fields: &[
        plain("severity", &[Word(&["error", "warning", "note", "off"])], "Another severity"),
        plain("exclude", TEXTS, "Globs of paths on which the rule stays silent"),
    ],
};

/// The names by which rules can be configured.
#[derive(Clone, Copy, Debug)]
pub struct KnownRules<'a> {
    /// All rule ids.
    pub ids: &'a [&'a str],
}

impl KnownRules<'_> {
    fn knows(&self, id: &str) -> bool {
        self.ids
            .iter()
            .any(|known| *known == id || known.split_once('/').is_some_and(|(group, _)| group == id))
    }
}

impl Config {
    /// Reads the configuration. The errors are `check/config` diagnostics; the run must stop on them.
    pub fn parse(file: SourceFile, rules: KnownRules<'_>) -> (Self, Vec<Diagnostic>) {
        let yaml = Yaml::parse(&file.text);
        let mut errors = Vec::new();
        for error in &yaml.errors {
            errors.push(config_error(&file, error.span, format!("invalid YAML: {}", error.message)));
        }
        for duplicate in &yaml.duplicates {
            let message = format!("key `{}` stands twice", duplicate.key);
            errors.push(
                config_error(&file, duplicate.second, message)
                    .related(file.place(duplicate.first), "first here"),
            );
        }
        let mut config = Self::default();
        if let Some(root) = yaml.root().filter(|root| !root.is_null()) {
            if root.as_mapping().is_none() {
                let message = format!("the configuration must be a mapping, not {}", root.kind());
                errors.push(config_error(&file, root.span, message));
            }
            // What was read of a broken file may be half of what is written.
            for violation in shape::check(root, &SHAPE, "").iter().filter(|_| yaml.errors.is_empty()) {
                errors.extend(violation_error(&file, violation));
            }
            config.fill(root, &file, rules, &mut errors);
        }
        config.file = Some(file);
        (config, errors)
    }

    fn fill(&mut self, root: &Node, file: &SourceFile, rules: KnownRules<'_>, errors: &mut Vec<Diagnostic>) {
        let text = |keys: &[&str]| root.at(keys).and_then(Node::spanned);
        let texts = |keys: &[&str]| spanned_items(root.at(keys));
        let word = |keys: &[&str]| text(keys).map(|text| text.value);
        if let Some(include) = root.at(&["apps", "include"]) {
            self.app_globs = Globs::new(&spanned_items(Some(include)));
        }
        self.exempt = map_of(root.at(&["apps", "exempt"]))
            .map(|(key, node)| (RepoPath::new(&key), node.spanned()))
            .filter_map(|(folder, reason)| Some((folder, reason?)))
            .collect();
        for entry in root.at(&["apps", "exempt"]).map_or(&[] as &[_], Node::entries) {
            if entry.value.is_null() || entry.value.as_str().is_some_and(|reason| reason.trim().is_empty()) {
                let error = config_error(
                    file,
                    entry.key.span,
                    format!("`{}` is exempt without a reason", entry.key.value),
                );
                errors.push(error.label("write behind the colon why it needs no dev container"));
            }
        }
        self.dev_containers = map_of(root.at(&["apps", "dev-containers"]))
            .map(|(key, node)| (RepoPath::new(&key), spanned_items(Some(node))))
            .collect();
        self.dev_pattern = text(&["naming", "dev-container"]);
        self.namespace_patterns = text_map(root.at(&["naming", "namespace"]));
        self.cli = text(&["okteto", "cli"]);
        self.images = match word(&["okteto", "images"]).as_deref() {
            Some("okteto") => Some(ImageBuilder::Okteto),
            Some("ci") => Some(ImageBuilder::Ci),
            _ => None,
        };
        self.namespace_owner = match word(&["okteto", "namespace-owner"]).as_deref() {
            Some("argocd") => Some(NamespaceOwner::ArgoCd),
            Some("okteto") => Some(NamespaceOwner::Okteto),
            _ => None,
        };
        self.hosts = text_map(root.at(&["okteto", "hosts"]));
        self.shared_cache_ids =
            texts(&["okteto", "shared-cache-ids"]).into_iter().map(|id| id.value).collect();
        self.cache_id_prefix = word(&["okteto", "cache-id-prefix"]);
        self.repositories = text_map(root.at(&["repositories"]));
        self.variables = texts(&["variables"]).into_iter().map(|name| name.value).collect();
        self.exclude = texts(&["exclude"]);
        self.runbook_files = root.at(&["runbooks", "files"]).map(|node| spanned_items(Some(node)));
        self.runbook_language = word(&["runbooks", "language"]);
        self.required_sections = texts(&["runbooks", "required-sections"]);
        let number = |keys: &[&str]| word(keys).and_then(|text| text.parse::<u64>().ok());
        if let Some(megabytes) = number(&["weight", "megabytes"]) {
            self.weight.bytes = megabytes.saturating_mul(1_000_000);
        }
        if let Some(files) = number(&["weight", "files"]) {
            self.weight.files = files;
        }
        self.fill_rules(root, file, rules, errors);
        for globs in [&self.exclude].into_iter().chain(self.rules.iter().map(|rule| &rule.exclude)) {
            for glob in globs {
                if let Err(error) = globset::Glob::new(&glob.value) {
                    errors.push(config_error(file, glob.span, format!("not a glob: {}", error.kind())));
                }
            }
        }
    }

    fn fill_rules(
        &mut self,
        root: &Node,
        file: &SourceFile,
        rules: KnownRules<'_>,
        errors: &mut Vec<Diagnostic>,
    ) {
        for entry in root.get("rules").map_or(&[] as &[_], Node::entries) {
            let id = Spanned::new(entry.key.value.to_string(), entry.key.span);
            if !rules.knows(&id.value) {
                let mut error = config_error(file, id.span, format!("there is no rule `{}`", id.value));
                error.rule = "check/unknown-rule";
                if let Some(meant) = closest(&id.value, rules.ids.iter().copied()) {
                    error = error.label(format!("did you mean `{meant}`?"));
                }
                errors.push(error.help("`cargo xtask rules` lists them"));
                continue;
            }
            let severity = entry.value.get("severity").and_then(Node::as_str).map(|word| match word {
                "error" => Some(Severity::Error),
                "warning" => Some(Severity::Warning),
                "note" => Some(Severity::Note),
                _ => None,
            });
            self.rules.push(RuleSettings {
                id,
                severity,
                exclude: spanned_items(entry.value.get("exclude")),
            });
        }
    }

    /// The severity of a rule's findings: its own unless configured; `None` when switched off. The entry of
    /// the rule itself wins over that of its group.
    pub fn severity(&self, rule: &str, default: Severity) -> Option<Severity> {
        let group = rule.split_once('/').map_or(rule, |(group, _)| group);
        let of = |id: &str| {
            self.rules
                .iter()
                .rev()
                .filter(|setting| setting.id.value == id)
                .find_map(|setting| setting.severity)
        };
        of(rule).or_else(|| of(group)).unwrap_or(Some(default))
    }
}

fn spanned_items(node: Option<&Node>) -> Vec<Spanned<String>> {
    node.map_or(&[] as &[Node], Node::items).iter().filter_map(Node::spanned).collect()
}

fn map_of(node: Option<&Node>) -> impl Iterator<Item = (String, &Node)> {
    let entries = node.map_or(&[] as &[_], Node::entries);
    entries.iter().map(|entry| (entry.key.value.to_string(), &entry.value))
}

fn text_map(node: Option<&Node>) -> BTreeMap<String, Spanned<String>> {
    map_of(node).filter_map(|(key, node)| Some((key, node.spanned()?))).collect()
}

fn config_error(file: &SourceFile, span: Span, message: impl Into<String>) -> Diagnostic {
    let mut error = Diagnostic::new(Place::new(&file.path, span), message);
    error.rule = "check/config";
    error.severity = Severity::Error;
    error.subject = "config".to_owned();
    error
}

fn violation_error(file: &SourceFile, violation: &shape::Violation) -> Option<Diagnostic> {
    let path = &violation.path;
    let error = match &violation.kind {
        ViolationKind::UnknownKey { key, shape, .. } => {
            let names: Vec<&str> = shape.fields.iter().map(|field| field.name).collect();
            let error = config_error(file, violation.span, format!("{} has no key `{key}`", shape.name));
            match closest(key, names.iter().copied()) {
                Some(meant) => error.label(format!("did you mean `{meant}`?")),
                None => error.label(format!("known: {}", names.join(", "))),
            }
        }
        ViolationKind::WrongForm { expected, found, .. } => {
            config_error(file, violation.span, format!("`{path}` must be {expected}, not {found}"))
        }
        ViolationKind::MissingKey { key, shape } => {
            config_error(file, violation.span, format!("{} lacks `{key}`", shape.name))
        }
        ViolationKind::NewerKey { .. }
        | ViolationKind::NewerForm { .. }
        | ViolationKind::RefusedByValidate { .. }
        | ViolationKind::RepeatedByMerge { .. }
        | ViolationKind::NotExpanded { .. } => return None,
    };
    Some(error.subject(path.clone()))
}
