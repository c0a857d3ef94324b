//! Public hosts: what Ingresses, Traefik IngressRoutes and HTTPRoutes of the repository serve, the templates
//! of its charts included.
//!
//! Templates are not rendered. A host in them is a pattern with `*` for every `{{ … }}`; a host that comes
//! from the values is looked up in all values files, whoever uses them. Both err on the side of too many
//! hosts. Where a host cannot be told at all, [`Hosts::open`] says why.

use crate::model::linked::Rooted;
use crate::model::pipeline::Expression;
use crate::source::{Place, RepoPath, SourceFile, Span};
use crate::syntax::yaml::{Node, Yaml};
use regex::Regex;
use std::collections::BTreeSet;

/// The hosts of a repository.
#[derive(Debug, Default)]
pub struct Hosts {
    /// What is served.
    pub served: Vec<Served>,
    /// Why there may be others, and where that shows.
    pub open: Option<(Place, &'static str)>,
}

/// A host that is served.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    /// The host with `*` for what varies.
    pub pattern: String,
    /// Where it is written.
    pub place: Place,
}

/// Larger files hold no hosts written by hand (1 MB).
const LARGEST: usize = 1_000_000;

/// By these annotations Okteto makes a host of its own.
const OKTETO_HOSTS: [&str; 2] = ["dev.okteto.com/generate-host", "dev.okteto.com/auto-ingress"];

/// Keys of values files that hold hosts.
const HOST_KEYS: [&str; 8] =
    ["host", "hosts", "hostname", "hostnames", "fqdn", "domain", "domains", "domainName"];

impl Hosts {
    /// Reads the hosts of these trees, but for paths that `passes_over` names.
    pub fn load(trees: &[Rooted<'_>], passes_over: impl Fn(&RepoPath) -> bool) -> Self {
        let mut finder = Finder::default();
        for rooted in trees {
            // Cheap refusal first: most files of a large tree are none of these.
            let is_text = |path: &str| [".yaml", ".yml", ".tpl"].iter().any(|end| path.ends_with(end));
            for entry in rooted.tree.notable().filter(|entry| is_text(entry.path)) {
                let path = rooted.path(entry.path);
                if passes_over(&path) || is_other(entry.path) {
                    continue;
                }
                let Ok(file) = rooted.tree.source(&RepoPath::new(entry.path)) else { continue };
                if file.text.len() <= LARGEST {
                    finder.read(&SourceFile { path, ..file });
                }
            }
        }
        finder.finish()
    }

    /// Whether a host, with `*` for what varies, may be one that is served.
    pub fn may_serve(&self, host: &str) -> bool {
        self.served.iter().any(|served| super::namespaces::overlap(&served.pattern, host))
    }
}

/// YAML that is neither a Kubernetes object nor a values file.
fn is_other(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path.starts_with(".okteto/")
        || path.starts_with(".git")
        || name.starts_with("pnpm-")
        || name.contains("okteto.y")
}

#[derive(Default)]
struct Finder {
    served: BTreeSet<Served>,
    /// Hosts of values files: they count when a template takes its host from the values.
    values: BTreeSet<Served>,
    from_values: Option<Place>,
    open: Option<(Place, &'static str)>,
}

impl Finder {
    fn read(&mut self, file: &SourceFile) {
        let text = &*file.text;
        if let Some(at) = OKTETO_HOSTS.iter().find_map(|name| text.find(name)) {
            self.open.get_or_insert((file.place(Span::at(at)), "Okteto makes hosts by annotation"));
        }
        let routes = ["Ingress", "HTTPRoute"].iter().any(|kind| text.contains(kind));
        let in_chart = file.path.components().any(|folder| folder == "templates");
        if text.contains("{{") && (in_chart || Yaml::parse(text).template.is_some()) {
            if routes || file.path.extension() == Some("tpl") {
                self.template(file);
            }
            return;
        }
        if file.path.extension() == Some("tpl") {
            return;
        }
        let mentions = |keys: &[&str]| keys.iter().any(|key| text.contains(key));
        if !routes && !mentions(&["host", "domain", "fqdn"]) {
            return;
        }
        for document in &Yaml::parse(text).documents {
            match document.get("kind").and_then(Node::as_str) {
                Some("Application") => self.inline_values(file, document),
                Some(_) if document.get("apiVersion").is_some() => self.object(file, document),
                _ => self.values(file, document, false),
            }
        }
    }

    /// An object as it is.
    fn object(&mut self, file: &SourceFile, document: &Node) {
        let kind = document.get("kind").and_then(Node::as_str).unwrap_or_default();
        let items = |keys: &[&str]| document.at(keys).map_or(&[] as &[Node], Node::items);
        match kind {
            "Ingress" => {
                let rules = items(&["spec", "rules"]).iter().filter_map(|rule| rule.get("host"));
                rules.for_each(|host| self.serve(file, host));
            }
            "HTTPRoute" => items(&["spec", "hostnames"]).iter().for_each(|host| self.serve(file, host)),
            "IngressRoute" | "IngressRouteTCP" => {
                for route in items(&["spec", "routes"]).iter().filter_map(|route| route.get("match")) {
                    self.matches(file, route.as_str().unwrap_or_default(), route.span);
                }
            }
            _ => {}
        }
    }

    fn serve(&mut self, file: &SourceFile, node: &Node) {
        if let Some(pattern) = node.as_str().and_then(pattern) {
            self.served.insert(Served { pattern, place: file.place(node.span) });
        }
    }

    /// Traefik's ``Host(`a`) || Host(`b`)``.
    fn matches(&mut self, file: &SourceFile, text: &str, span: Span) {
        if text.contains("HostRegexp") {
            self.open.get_or_insert((file.place(span), "a route matches hosts by a regular expression"));
        }
        for (at, _) in text.match_indices("Host(") {
            let list = text.get(at + "Host(".len()..).unwrap_or_default();
            let list = list.split(')').next().unwrap_or_default();
            for host in list.split(',').map(|host| host.trim().trim_matches(['`', '"', '\''])) {
                match pattern(host) {
                    Some(pattern) => {
                        self.served.insert(Served { pattern, place: file.place(span) });
                    }
                    None => {
                        self.from_values.get_or_insert(file.place(span));
                    }
                }
            }
        }
    }

    /// The lines of a template that give a host.
    fn template(&mut self, file: &SourceFile) {
        let Ok(line) = Regex::new(r#"(?m)^[ \t]*(?:-[ \t]+)?(?:host|hostname):[ \t]*(.+?)[ \t\r]*$"#) else {
            return;
        };
        for found in line.captures_iter(&file.text).filter_map(|captures| captures.get(1)) {
            let span = Span::new(found.start(), found.end());
            match pattern(found.as_str().trim_matches(['"', '\''])) {
                Some(pattern) => {
                    self.served.insert(Served { pattern, place: file.place(span) });
                }
                None => {
                    self.from_values.get_or_insert(file.place(span));
                }
            }
        }
        self.matches(file, &file.text, Span::at(0));
    }

    /// `helm.values`, `helm.valuesObject` and `helm.parameters` of an Application.
    fn inline_values(&mut self, file: &SourceFile, document: &Node) {
        let single = document.at(&["spec", "source"]).into_iter();
        let many = document.at(&["spec", "sources"]).map_or(&[] as &[Node], Node::items);
        for helm in single.chain(many).filter_map(|source| source.get("helm")) {
            if let Some(object) = helm.get("valuesObject") {
                self.values(file, object, false);
            }
            if let Some(text) = helm.get("values") {
                let inner = Yaml::parse(text.as_str().unwrap_or_default());
                let mut nested = Self::default();
                inner.documents.iter().for_each(|values| nested.values(file, values, false));
                let place = file.place(text.span);
                self.values.extend(
                    nested.values.into_iter().map(|served| Served { place: place.clone(), ..served }),
                );
            }
            for parameter in helm.get("parameters").map_or(&[] as &[Node], Node::items) {
                let name = parameter.get("name").and_then(Node::as_str).unwrap_or_default();
                let key = name.rsplit('.').next().unwrap_or_default().split('[').next().unwrap_or_default();
                if let Some(value) = parameter.get("value").filter(|_| HOST_KEYS.contains(&key)) {
                    self.value(file, key, value);
                }
            }
        }
    }

    /// Hosts below keys that hold hosts.
    fn values(&mut self, file: &SourceFile, node: &Node, in_hosts: bool) {
        for entry in node.entries() {
            let key = &*entry.key.value;
            let holds = HOST_KEYS.contains(&key) || in_hosts;
            if entry.value.as_str().is_some() {
                if holds {
                    self.value(file, key, &entry.value);
                }
                continue;
            }
            self.values(file, &entry.value, HOST_KEYS.contains(&key));
            for item in entry.value.items() {
                if item.as_str().is_some() && holds {
                    self.value(file, key, item);
                }
                self.values(file, item, false);
            }
        }
    }

    fn value(&mut self, file: &SourceFile, key: &str, node: &Node) {
        let Some(pattern) = node.as_str().and_then(pattern) else { return };
        let place = file.place(node.span);
        if key.starts_with("domain") {
            self.values.insert(Served { pattern: format!("*.{pattern}"), place: place.clone() });
        }
        self.values.insert(Served { pattern, place });
    }

    fn finish(self) -> Hosts {
        let Self { mut served, values, from_values, mut open } = self;
        if let Some(place) = from_values {
            if values.is_empty() {
                open.get_or_insert((place, "a chart takes its host from values that are not here"));
            }
            served.extend(values);
        }
        Hosts { served: served.into_iter().collect(), open }
    }
}

/// A host as a pattern; `None` when the text is none, or nothing of it is known.
fn pattern(text: &str) -> Option<String> {
    let mut pattern = String::new();
    let mut rest = text.trim();
    while let Some((before, after)) = rest.split_once("{{") {
        pattern.push_str(before);
        pattern.push('*');
        rest = after.split_once("}}").map_or("", |(_, behind)| behind);
    }
    pattern.push_str(rest);
    let pattern = Expression::of_text(&pattern).pattern().to_ascii_lowercase();
    is_host(&pattern).then_some(pattern)
}

/// Whether a text with `*` is a host with at least a known domain of two labels.
pub fn is_host(pattern: &str) -> bool {
    let allowed =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '*' | '_');
    let labels: Vec<&str> = pattern.split('.').collect();
    let known = labels.iter().rev().take_while(|label| !label.contains('*') && !label.is_empty()).count();
    let numeric = pattern.chars().all(|character| character.is_ascii_digit() || character == '.');
    pattern.chars().all(allowed) && known >= 2 && !numeric
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Snapshot;

    fn hosts(files: &[(&str, &str)]) -> Hosts {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        let tree = Snapshot::memory(files);
        let root = RepoPath::root();
        Hosts::load(&[Rooted { folder: &root, name: None, tree: &tree }], |_| false)
    }

    fn patterns(files: &[(&str, &str)]) -> Vec<String> {
        hosts(files).served.into_iter().map(|served| served.pattern).collect()
    }

    const TEMPLATE: (&str, &str) = (
        "chart/templates/ingress.yaml",
        "kind: Ingress\nspec:\n  rules:\n    - host: {{ tpl .Values.ingress.host . }}\n",
    );

    #[test]
    fn objects_and_templates_serve_hosts() {
        let ingress =
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {rules: [{host: a.example.com}]}\n";
        assert_eq!(patterns(&[("a.yaml", ingress)]), ["a.example.com"]);
        let route = "apiVersion: traefik.io/v1alpha1\nkind: IngressRoute\nspec: {routes: [{match: 'Host(`a.example.com`) && PathPrefix(`/x`) || Host(`b.example.com`)'}]}\n";
        assert_eq!(patterns(&[("a.yaml", route)]), ["a.example.com", "b.example.com"]);
        let literal = "kind: Ingress\nspec:\n  rules:\n    - host: \"{{ .Release.Name }}.dev.example.com\"\n";
        assert_eq!(patterns(&[("c/templates/i.yaml", literal)]), ["*.dev.example.com"]);
    }

    #[test]
    fn values_count_when_a_template_asks_for_them() {
        let values = (
            "env/dev.yaml",
            "ingress:\n  host: \"web-{{ .Release.Namespace }}.example.com\"\n  domain: x.example.com\n",
        );
        assert!(patterns(&[values]).is_empty());
        assert_eq!(patterns(&[TEMPLATE, values]), ["*.x.example.com", "web-*.example.com", "x.example.com"]);
        let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {source: {helm: {values: \"ingress: {host: c.example.com}\"}}}\n";
        assert_eq!(patterns(&[TEMPLATE, ("app.yaml", application)]), ["c.example.com"]);
    }

    #[test]
    fn what_cannot_be_told_leaves_it_open() {
        assert!(hosts(&[TEMPLATE]).open.is_some());
        assert!(
            hosts(&[(
                "a.yaml",
                "kind: Service\nmetadata: {annotations: {dev.okteto.com/auto-ingress: 'true'}}\n"
            )])
            .open
            .is_some()
        );
    }

    #[test]
    fn hosts_have_a_known_domain() {
        for host in ["a.example.com", "*.example.com", "a-*.example.com"] {
            assert!(is_host(host), "{host}");
        }
        for text in ["*", "localhost", "a.*", "*.*", "10.0.0.1", "a b.example.com", "db:5432", ""] {
            assert!(!is_host(text), "{text}");
        }
    }
}
