//! `buildkit/performance`: the BuildKit part of the Okteto chart's values.

use crate::argocd::located::{self, Located};
use crate::argocd::okteto_source;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::argocd::{Application, LARGEST, Source};
use crate::model::manifest::Text;
use crate::source::{Place, RepoPath, SourceFile};
use crate::suggest::closest;
use crate::syntax::yaml::{Node, Yaml};
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "buildkit/performance",
    summary: "BuildKit runs on defaults of the Okteto chart that make builds slow",
    severity: Severity::Note,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::ArgoCd],
    page: include_str!("performance.md"),
    check,
};

/// Metrics that Okteto's adapter knows.
const METRICS: [&str; 4] = [
    "okteto_build_active_builds",
    "okteto_build_cpu_pressure",
    "okteto_build_memory_usage",
    "okteto_build_io_pressure",
];

/// Keys that only the values of the Okteto chart have together with `buildkit`.
const OKTETO_KEYS: [&str; 6] =
    ["subdomain", "license", "okteto-nginx", "wildcardCertificate", "userDefinedNamespaces", "autodiscovery"];

/// The smallest cache that the documentation recommends, in GiB.
const SMALLEST_CACHE: f64 = 100.0;
/// The chart's own grace period in seconds: builds that run longer are cut off.
const GRACE: u64 = 600;

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let installed = Installed::find(facts);
    let mut read = installed.parts;
    for layers in &installed.whole {
        read.extend(layers.iter().map(|layer| layer.file.path.clone()));
        judge(layers, sink);
    }
    for rooted in facts.trees() {
        // Cheap refusal first: most files of a large tree are no YAML.
        let is_yaml = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
        for entry in rooted.tree.notable().filter(|entry| is_yaml(entry.path)) {
            let path = rooted.path(entry.path);
            if read.contains(&path) || (!path.is_outside() && facts.is_excluded(&path)) {
                continue;
            }
            let Some(layer) = Layer::read(facts, &path) else { continue };
            let is_okteto = OKTETO_KEYS.iter().any(|key| layer.root.get(key).is_some());
            if is_okteto && layer.root.get("buildkit").is_some() {
                judge(&[layer], sink);
            }
        }
    }
}

/// One values file.
struct Layer {
    file: SourceFile,
    root: Node,
}

impl Layer {
    fn read(facts: &Facts, path: &RepoPath) -> Option<Self> {
        let file = facts.source(path).ok()?;
        if file.text.len() > LARGEST || !file.text.contains("buildkit:") {
            return None;
        }
        let yaml = Yaml::parse(&file.text);
        let sound = yaml.template.is_none() && yaml.errors.is_empty();
        let root = yaml.root().filter(|_| sound)?.clone();
        Some(Self { file, root })
    }
}

/// What the Applications that install Okteto say of its values.
#[derive(Default)]
struct Installed {
    /// Values files that all lie in sight, a list for each Application; later ones win.
    whole: Vec<Vec<Layer>>,
    /// Values files of Applications that hold other values as well: out of sight, or written in the Application.
    parts: BTreeSet<RepoPath>,
}

impl Installed {
    fn find(facts: &Facts) -> Self {
        let mut installed = Self::default();
        for application in &facts.argocd().applications {
            let Some(source) = okteto_source(application) else { continue };
            let inline = source.helm.as_ref().is_some_and(|helm| {
                ["values", "valuesObject", "parameters"].iter().any(|key| helm.get(key).is_some())
            });
            let files: Vec<Option<RepoPath>> = source
                .value_files
                .iter()
                .map(|file| in_sight(facts, application, source, file.as_ref()?))
                .collect();
            if inline || files.contains(&None) {
                installed.parts.extend(files.into_iter().flatten());
                continue;
            }
            let layers: Vec<Layer> =
                files.iter().flatten().filter_map(|file| Layer::read(facts, file)).collect();
            if !layers.is_empty() {
                installed.whole.push(layers);
            }
        }
        installed
    }
}

/// The path of a values file that is there.
fn in_sight(facts: &Facts, application: &Application, source: &Source, file: &Text) -> Option<RepoPath> {
    let Located::Here(found) = located::values_file(facts, application, source, &file.value) else {
        return None;
    };
    let rooted = found.origin.rooted;
    rooted.tree.is_file(&found.path).then(|| rooted.path(found.path.as_str()))
}

fn judge(layers: &[Layer], sink: &mut Sink<'_>) {
    let find = |keys: &[&str]| {
        layers.iter().rev().find_map(|layer| Some((layer, layer.root.get("buildkit")?.at(keys)?)))
    };
    let Some((place, _)) = layers.iter().rev().find_map(|layer| {
        let entry = layer.root.as_mapping()?.entry("buildkit")?;
        Some((layer.file.place(entry.key.span), entry))
    }) else {
        return;
    };
    defaults(&find, place, sink);
    cache(&find, sink);
    scaling(&find, sink);
}

type Find<'a> = dyn Fn(&[&str]) -> Option<(&'a Layer, &'a Node)> + 'a;

/// What is left to the chart's defaults: one note for all of it.
fn defaults(find: &Find<'_>, place: Place, sink: &mut Sink<'_>) {
    let is_set = |keys: &[&str]| find(keys).is_some_and(|(_, node)| !node.is_null());
    let wanted: [(&[&str], &str); 5] = [
        (&["nodeSelectors"], "no pool of its own: builds and dev containers slow each other down"),
        (&["tolerations"], "no tolerations: it cannot run on a pool that is kept free for builds"),
        (&["resources", "requests", "cpu"], "no CPU request: builds share whatever is left on the node"),
        (&["resources", "requests", "memory"], "no memory request: a large build is killed first"),
        (
            &["persistence", "class"],
            "no storage class: the cache lies on the cluster's default disks, not on SSDs",
        ),
    ];
    let missing: Vec<&(&[&str], &str)> = wanted.iter().filter(|(keys, _)| !is_set(keys)).collect();
    let Some((_, reason)) = missing.first() else { return };
    let names: Vec<String> = missing.iter().map(|(keys, _)| format!("`{}`", keys.join("."))).collect();
    sink.report(
        Diagnostic::new(place, format!("BuildKit leaves {} to the chart's defaults", listed(&names)))
            .label(*reason)
            .why(missing.iter().map(|(_, reason)| *reason).collect::<Vec<_>>().join("; "))
            .help("set them for a pool of nodes that runs builds alone")
            .subject("buildkit.defaults"),
    );
}

fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(2).map(String::as_str).collect();
    match names.len() {
        0..=2 => shown.join(" and "),
        all => format!("{} and {} more", shown.join(", "), all - 2),
    }
}

fn cache(find: &Find<'_>, sink: &mut Sink<'_>) {
    if let Some((layer, node)) =
        find(&["persistence", "enabled"]).filter(|(_, node)| node.as_str() == Some("false"))
    {
        sink.report(
            Diagnostic::new(layer.file.place(node.span), "BuildKit has no persistent cache")
                .label("each restart of its pod makes every image from scratch")
                .help("set `persistence.enabled: true`")
                .subject("buildkit.persistence.enabled"),
        );
        return;
    }
    let Some((layer, node)) = find(&["persistence", "size"]) else { return };
    let Some(size) = node.as_str().and_then(gibibytes).filter(|size| *size < SMALLEST_CACHE) else { return };
    sink.report(
        Diagnostic::new(
            layer.file.place(node.span),
            format!("BuildKit's cache has {} on its disk", node.as_str().unwrap_or_default()),
        )
        .label(format!(
            "{size:.0} GiB, and half of it (`cacheRatio`) is the cache: layers are lost between builds"
        ))
        .help("take 100Gi or more")
        .subject("buildkit.persistence.size"),
    );
}

/// A Kubernetes quantity of bytes, in GiB.
fn gibibytes(text: &str) -> Option<f64> {
    let units =
        [("Gi", 1.0), ("Ti", 1024.0), ("Mi", 1.0 / 1024.0), ("G", 0.931), ("T", 931.0), ("M", 0.000_931)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    Some(number.trim().parse::<f64>().ok()? * factor)
}

fn scaling(find: &Find<'_>, sink: &mut Sink<'_>) {
    let scales = find(&["hpa", "enabled"]).is_some_and(|(_, node)| node.as_str() == Some("true"));
    if !scales {
        return;
    }
    if let Some((layer, metrics)) = find(&["hpa", "metrics"]) {
        let mut names = Vec::new();
        metric_names(metrics, &mut names);
        for name in names {
            let Some(text) =
                name.as_str().filter(|text| text.starts_with("okteto_") && !METRICS.contains(text))
            else {
                continue;
            };
            let meant = closest(text, METRICS)
                .map_or_else(|| METRICS.join(", "), |meant| format!("did you mean `{meant}`?"));
            sink.report(
                Diagnostic::new(layer.file.place(name.span), format!("Okteto has no build metric `{text}`"))
                    .label(meant)
                    .help("name a metric that the adapter serves, or BuildKit never scales")
                    .subject(format!("buildkit.hpa.metrics.{text}")),
            );
        }
    }
    let Some((layer, node)) = find(&["terminationGracePeriodSeconds"]) else { return };
    let short =
        node.as_str().and_then(|text| text.parse::<u64>().ok()).is_some_and(|seconds| seconds < GRACE);
    if short {
        sink.report(
            Diagnostic::new(layer.file.place(node.span), "BuildKit's pods are ended before their builds are")
                .label(format!(
                    "each scale-down cuts off builds that run longer; the chart gives them {GRACE} seconds"
                ))
                .help("remove the key, or give builds the time that they take")
                .subject("buildkit.terminationGracePeriodSeconds"),
        );
    }
}

/// `name` at any depth.
fn metric_names<'a>(node: &'a Node, names: &mut Vec<&'a Node>) {
    for entry in node.entries() {
        if &*entry.key.value == "name" && entry.value.as_str().is_some() {
            names.push(&entry.value);
        }
        metric_names(&entry.value, names);
    }
    node.items().iter().for_each(|item| metric_names(item, names));
}
