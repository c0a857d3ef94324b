//! Tree to manifest. Never stops at a problem: what is wrong is listed, the rest is read.

use super::{
    Build, CommandLine, CommandText, Dev, External, Format, Forward, Invalid, Manifest, Reverse, Run,
    Service, Sync, Test, Text, discovery, fields, limits,
};
use crate::source::{SourceFile, Span, Spanned};
use crate::syntax::shape::{self, Shape};
use crate::syntax::yaml::{Entry, Node, Resolved, Scalar, Style, Yaml};

pub(super) fn decode(file: SourceFile) -> Option<Manifest> {
    let role = discovery::role(&file.path)?;
    let yaml = Yaml::parse(&file.text);
    let folder = file.path.parent()?;
    let base = discovery::base(&file.path);
    let certain = role == super::Role::Discovered && (folder.is_root() || folder.file_name() == ".okteto");
    let format = format(&yaml, certain)?;
    let mut decoder = Decoder::default();
    let root = yaml.root().cloned();
    let root = root.as_ref();
    let mut manifest = Manifest {
        folder,
        base,
        role,
        format,
        name: root.and_then(|root| text(root.get("name"))),
        builds: Vec::new(),
        devs: Vec::new(),
        deploy: None,
        destroy: None,
        tests: Vec::new(),
        externals: Vec::new(),
        violations: Vec::new(),
        expanded: Vec::new(),
        invalid: Vec::new(),
        file,
        yaml,
    };
    let Some(root) = root.filter(|_| format == Format::Sections) else { return Some(manifest) };
    let outcome = shape::inspect(root, &fields::ROOT, "");
    manifest.violations = outcome.violations;
    manifest.expanded = outcome.expanded;
    manifest.builds = each(root, "build").map(|(entry, name)| build(entry, name)).collect();
    // Anything but a mapping is a violation already, and nothing can be said about it.
    let devs =
        each(root, "dev").filter(|(entry, _)| entry.value.as_mapping().is_some() || entry.value.is_null());
    manifest.devs = devs.map(|(entry, name)| decoder.dev(entry, name)).collect();
    manifest.deploy = decoder.run(root, "deploy");
    manifest.destroy = decoder.run(root, "destroy");
    manifest.tests = each(root, "test").map(|(entry, name)| decoder.test(entry, name)).collect();
    manifest.externals = each(root, "external").map(|(entry, name)| external(entry, name)).collect();
    decoder.global_forwards(root);
    manifest.invalid = decoder.invalid;
    let refusals = limits::refusals(&manifest);
    manifest.invalid.extend(refusals);
    Some(manifest)
}

/// What the top-level keys say: `None` for files in another format.
fn format(yaml: &Yaml, certain: bool) -> Option<Format> {
    if yaml.template.is_some() {
        return certain.then_some(Format::Sections);
    }
    let Some(root) = yaml.root() else { return certain.then_some(Format::Sections) };
    let has = |key: &str| root.get(key).is_some();
    // The Application that installs Okteto is often called `okteto.yaml`.
    if has("apiVersion") && has("kind") {
        return None;
    }
    let known = |shape: &Shape| {
        shape.fields.iter().any(|field| !matches!(field.name, "name" | "icon" | "forward") && has(field.name))
    };
    let sections = known(&fields::ROOT);
    if !sections && root.get("services").is_some_and(|services| services.as_mapping().is_some()) {
        // A Compose file under another name: the CLI reads it as one.
        return None;
    }
    if sections {
        return Some(Format::Sections);
    }
    let old = ["image", "sync", "command", "workdir"].iter().filter(|key| has(key)).count();
    if old > 0 && (certain || (has("name") && old > 1)) {
        return Some(Format::DevOnly);
    }
    certain.then_some(Format::Sections)
}

fn each<'a>(root: &'a Node, key: &str) -> impl Iterator<Item = (&'a Entry, Text)> {
    let entries = root.get(key).map_or(&[] as &[Entry], Node::entries);
    entries.iter().map(|entry| (entry, Spanned::new(entry.key.value.to_string(), entry.key.span)))
}

/// The text of a scalar; nothing for null and collections.
fn text(node: Option<&Node>) -> Option<Text> {
    node.filter(|node| !node.is_null())?.spanned()
}

/// A list of texts, or one text in its place.
fn texts(node: Option<&Node>) -> Vec<Text> {
    match node {
        Some(node) if node.as_sequence().is_some() => {
            node.items().iter().filter_map(|item| text(Some(item))).collect()
        }
        node => text(node).into_iter().collect(),
    }
}

/// `{A: b}` or `[A=b, C]`.
pub(super) fn pairs(node: Option<&Node>) -> Vec<(Text, Option<Text>)> {
    let Some(node) = node else { return Vec::new() };
    let from_map = node
        .entries()
        .iter()
        .map(|entry| (Spanned::new(entry.key.value.to_string(), entry.key.span), text(Some(&entry.value))));
    let from_list = node.items().iter().filter_map(|item| {
        let scalar = item.as_scalar()?;
        match scalar.text.split_once('=') {
            None => Some((Spanned::new(scalar.text.to_string(), item.span), None)),
            Some((name, value)) => {
                let part = |range: Span| scalar.locate(range, item.span);
                let name_span = part(Span::new(0, name.len()));
                let value_span = part(Span::new(name.len() + 1, scalar.text.len()));
                let value = Spanned::new(value.to_owned(), value_span);
                Some((Spanned::new(name.to_owned(), name_span), Some(value)))
            }
        }
    });
    from_map.chain(from_list).collect()
}

fn labels(node: Option<&Node>) -> Vec<(Text, Text)> {
    pairs(node).into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn build(entry: &Entry, name: Text) -> Build {
    let node = &entry.value;
    // A bare string is the context.
    let context = if node.as_scalar().is_some() { text(Some(node)) } else { text(node.get("context")) };
    Build {
        name,
        context,
        dockerfile: text(node.get("dockerfile")),
        target: text(node.get("target")),
        image: text(node.get("image")),
        args: pairs(node.get("args")),
        secrets: secret_files(node.get("secrets")),
        depends_on: texts(node.get("depends_on")),
        node: node.clone(),
    }
}

/// `{ID: path}` or `{ID: {file: path}}`; secrets from the environment have no file.
fn secret_files(node: Option<&Node>) -> Vec<(Text, Text)> {
    let entries = node.map_or(&[] as &[Entry], Node::entries).iter();
    entries
        .filter_map(|entry| {
            let file = text(Some(entry.value.get("file").unwrap_or(&entry.value)))?;
            Some((Spanned::new(entry.key.value.to_string(), entry.key.span), file))
        })
        .collect()
}

fn external(entry: &Entry, name: Text) -> External {
    let endpoints = entry.value.get("endpoints").map_or(&[] as &[Node], Node::items);
    let endpoints =
        endpoints.iter().filter_map(|node| Some((text(node.get("name"))?, text(node.get("url"))))).collect();
    External { name, endpoints }
}

/// Paths, or mappings with `path`.
fn artifacts(node: Option<&Node>) -> Vec<Text> {
    let items = node.map_or(&[] as &[Node], Node::items).iter();
    items.filter_map(|item| text(Some(item.get("path").unwrap_or(item)))).collect()
}

/// The commands of a section: strings, or mappings with `command`.
fn commands(node: Option<&Node>) -> Vec<CommandText> {
    let items = node.map_or(&[] as &[Node], Node::items);
    items.iter().filter_map(|item| command_text(item.get("command").unwrap_or(item))).collect()
}

fn command_text(node: &Node) -> Option<CommandText> {
    Some(CommandText { scalar: node.as_scalar()?.clone(), span: node.span })
}

/// Part `range` of a scalar as a text with its place.
fn part(scalar: &Scalar, whole: Span, start: usize, length: usize) -> Text {
    let range = Span::new(start, start + length);
    Spanned::new(range.slice(&scalar.text).to_owned(), scalar.locate(range, whole))
}

#[derive(Default)]
struct Decoder {
    invalid: Vec<Invalid>,
}

impl Decoder {
    fn refuse(
        &mut self,
        span: Span,
        path: String,
        message: impl Into<String>,
        label: impl Into<String>,
        instead: Option<String>,
    ) {
        self.invalid.push(Invalid { message: message.into(), label: label.into(), span, path, instead });
    }

    fn dev(&mut self, entry: &Entry, name: Text) -> Dev {
        let node = &entry.value;
        let path = format!("dev.{}", name.value);
        let sync_node = node.get("sync").map(|sync| sync.get("folders").unwrap_or(sync)).cloned();
        let sync = sync_node.as_ref().map(|list| list.items().iter().filter_map(sync).collect());
        let command = node.get("command").and_then(|command| match command.as_sequence() {
            Some(list) => Some(CommandLine::Argv(list.items.iter().filter_map(command_text).collect())),
            None => command_text(command).map(CommandLine::Shell),
        });
        let volumes = texts(node.get("volumes"));
        let services = node.get("services").map_or(&[] as &[Node], Node::items);
        Dev {
            selector: labels(node.get("selector")),
            image: text(node.get("image")),
            workdir: text(node.get("workdir")),
            command,
            hybrid: node.get("mode").and_then(Node::as_str) == Some("hybrid"),
            autocreate: node.get("autocreate").is_some_and(|node| node.go_yaml_v2() == Resolved::Bool(true)),
            sync,
            sync_node,
            forwards: self.forwards(node, &path),
            reverses: self.reverses(node, &path),
            volumes: volumes.into_iter().filter(|volume| !volume.value.contains(':')).collect(),
            external_volumes: node.get("externalVolumes").map(mounts).unwrap_or_default(),
            environment: pairs(node.get("environment")),
            env_files: texts(node.get("envFiles")),
            secrets: self.secrets(node, &path),
            services: services.iter().map(service).collect(),
            node: node.clone(),
            name,
        }
    }

    fn forwards(&mut self, node: &Node, path: &str) -> Vec<Forward> {
        let mut forwards = Vec::new();
        for (number, item) in node.get("forward").map_or(&[] as &[Node], Node::items).iter().enumerate() {
            let path = format!("{path}.forward[{number}]");
            if item.as_mapping().is_some() {
                forwards.extend(forward_object(item));
            } else if let Some(scalar) = item.as_scalar() {
                match forward_text(scalar, item.span) {
                    Ok(forward) => forwards.push(forward),
                    Err(label) => self.refuse(
                        item.span,
                        path,
                        format!("`{}` is no port forward", scalar.text),
                        label,
                        None,
                    ),
                }
            }
        }
        forwards
    }

    fn reverses(&mut self, node: &Node, path: &str) -> Vec<Reverse> {
        let mut reverses = Vec::new();
        for (number, item) in node.get("reverse").map_or(&[] as &[Node], Node::items).iter().enumerate() {
            let Some(scalar) = item.as_scalar() else { continue };
            let ports = ports(scalar, item.span);
            match ports.as_slice() {
                [Ok(remote), Ok(local)] => {
                    reverses.push(Reverse { span: item.span, remote: remote.clone(), local: local.clone() });
                }
                _ => self.refuse(
                    item.span,
                    format!("{path}.reverse[{number}]"),
                    format!("`{}` is no reverse forward", scalar.text),
                    "must be `REMOTE:LOCAL`, two port numbers; variables are not expanded here",
                    None,
                ),
            }
        }
        reverses
    }

    fn secrets(&mut self, node: &Node, path: &str) -> Vec<(Text, Text)> {
        let mut secrets = Vec::new();
        for (number, item) in node.get("secrets").map_or(&[] as &[Node], Node::items).iter().enumerate() {
            let Some(scalar) = item.as_scalar() else { continue };
            let parts: Vec<&str> = scalar.text.split(':').collect();
            let (Some(local), Some(remote), 2 | 3) = (parts.first(), parts.get(1), parts.len()) else {
                self.refuse(
                    item.span,
                    format!("{path}.secrets[{number}]"),
                    format!("`{}` is no secret file", scalar.text),
                    "must be `LOCAL:REMOTE` or `LOCAL:REMOTE:MODE`",
                    None,
                );
                continue;
            };
            let remote = part(scalar, item.span, local.len() + 1, remote.len());
            if !remote.value.starts_with('/') && !remote.value.starts_with('$') {
                self.refuse(
                    remote.span,
                    format!("{path}.secrets[{number}]"),
                    format!("remote path `{}` of a secret is not absolute", remote.value),
                    "the CLI refuses the manifest",
                    None,
                );
            }
            secrets.push((part(scalar, item.span, 0, local.len()), remote));
        }
        secrets
    }

    fn run(&mut self, root: &Node, key: &'static str) -> Option<Run> {
        let entry = root.as_mapping()?.entry(key)?;
        let node = &entry.value;
        let list = if node.as_sequence().is_some() { Some(node) } else { node.get("commands") };
        let endpoints = node.get("endpoints").map_or(&[] as &[Node], Node::items);
        Some(Run {
            key: entry.key.span,
            commands: commands(list),
            remote: node.get("remote").and_then(|remote| match remote.go_yaml_v2() {
                Resolved::Bool(value) => Some(Spanned::new(value, remote.span)),
                _ => None,
            }),
            image: text(node.get("image")),
            context: text(node.get("context")),
            endpoints: endpoints.iter().filter_map(|endpoint| text(endpoint.get("path"))).collect(),
            compose: node.get("compose").map(compose_files).unwrap_or_default(),
            node: node.clone(),
        })
    }

    fn test(&mut self, entry: &Entry, name: Text) -> Test {
        let node = &entry.value;
        if let Some(commands) = node.get("commands")
            && commands.as_sequence().is_some_and(|list| list.items.is_empty())
        {
            self.refuse(
                commands.span,
                format!("test.{}.commands", name.value),
                format!("test `{}` has no commands", name.value),
                "the CLI stops with \"no commands defined\"",
                None,
            );
        }
        Test {
            commands: commands(node.get("commands")),
            image: text(node.get("image")),
            context: text(node.get("context")),
            depends_on: texts(node.get("depends_on")),
            caches: texts(node.get("caches")),
            artifacts: artifacts(node.get("artifacts")),
            node: node.clone(),
            name,
        }
    }

    /// A global forward needs its service: `local:service:remote`.
    fn global_forwards(&mut self, root: &Node) {
        for (number, item) in root.get("forward").map_or(&[] as &[Node], Node::items).iter().enumerate() {
            let path = format!("forward[{number}]");
            if let Some(scalar) = item.as_scalar() {
                let parts: Vec<&str> = scalar.text.split(':').collect();
                let is_port = |text: &&str| text.parse::<u16>().is_ok();
                if !(parts.len() == 3
                    && parts.first().is_some_and(is_port)
                    && parts.last().is_some_and(is_port))
                {
                    let message = format!("global forward `{}` names no service", scalar.text);
                    self.refuse(item.span, path, message, "must be `LOCAL:SERVICE:REMOTE`", None);
                }
            } else if item.as_mapping().is_some()
                // A key that nobody knows may be the one that lacks.
                && item.entries().iter().all(|entry| fields::GLOBAL_FORWARD.fields.iter().any(|field| field.name == &*entry.key.value))
                && item.get("name").is_some() == item.get("labels").is_some()
            {
                let label = "exactly one of `name` and `labels` tells where it leads";
                self.refuse(item.site(), path, "global forward without one target", label, None);
            }
        }
    }
}

fn service(node: &Node) -> Service {
    let folders = node.get("sync").map_or(&[] as &[Node], Node::items);
    Service { sync: folders.iter().filter_map(sync).collect(), node: node.clone() }
}

/// Splits a sync entry as `SyncFolder.UnmarshalYAML` does: at every colon, before anything is expanded.
/// Three parts are taken for a Windows path (`C:\code:/app`) on every system.
fn sync(item: &Node) -> Option<Sync> {
    let scalar = item.as_scalar()?;
    let parts: Vec<&str> = scalar.text.split(':').collect();
    let local_length = match parts.as_slice() {
        [local, _] => local.len(),
        [drive, path, _] => drive.len() + 1 + path.len(),
        [first, ..] => first.len(),
        [] => 0,
    };
    let rest = scalar.text.len().saturating_sub(local_length + 1);
    Some(Sync {
        text: item.spanned()?,
        local: part(scalar, item.span, 0, local_length),
        remote: part(scalar, item.span, (local_length + 1).min(scalar.text.len()), rest),
        parts: parts.len(),
    })
}

/// `name[:subpath]:/mount`: the mount path.
fn mounts(node: &Node) -> Vec<Text> {
    node.items()
        .iter()
        .filter_map(|item| {
            let scalar = item.as_scalar()?;
            let (before, mount) = scalar.text.rsplit_once(':')?;
            Some(part(scalar, item.span, before.len() + 1, mount.len()))
        })
        .collect()
}

fn compose_files(node: &Node) -> Vec<Text> {
    if node.as_mapping().is_some() {
        return texts(node.get("file"));
    }
    if node.as_sequence().is_some() {
        return node.items().iter().filter_map(|item| text(Some(item.get("file").unwrap_or(item)))).collect();
    }
    texts(Some(node))
}

/// The numbers between the colons of a scalar.
fn ports(scalar: &Scalar, whole: Span) -> Vec<Result<Spanned<u16>, Text>> {
    let mut at = 0;
    scalar
        .text
        .split(':')
        .map(|piece| {
            let place = part(scalar, whole, at, piece.len());
            at += piece.len() + 1;
            match piece.parse::<u16>() {
                Ok(port) => Ok(Spanned::new(port, place.span)),
                Err(_) => Err(place),
            }
        })
        .collect()
}

fn forward_text(scalar: &Scalar, span: Span) -> Result<Forward, String> {
    let ports = ports(scalar, span);
    match ports.as_slice() {
        [Ok(local), Ok(remote)] => {
            Ok(Forward { span, local: local.clone(), remote: remote.clone(), service: None })
        }
        [Ok(local), service, Ok(remote)] => {
            let name = match service {
                Ok(port) => port.value.to_string(),
                Err(name) => name.value.clone(),
            };
            Ok(Forward { span, local: local.clone(), remote: remote.clone(), service: Some(name) })
        }
        _ if scalar.text.contains('$') => Err("variables are not expanded in `forward`".to_owned()),
        _ if scalar.style == Style::Plain && ports.len() == 1 => {
            Err("must be `LOCAL:REMOTE`: one number is not enough".to_owned())
        }
        _ => Err("must be `LOCAL:REMOTE` or `LOCAL:SERVICE:REMOTE`".to_owned()),
    }
}

fn forward_object(node: &Node) -> Option<Forward> {
    let port = |key: &str| {
        let node = node.get(key)?;
        match node.go_yaml_v2() {
            Resolved::Int(value) => u16::try_from(value).ok().map(|value| Spanned::new(value, node.span)),
            _ => None,
        }
    };
    let service = node.get("name").and_then(Node::as_str).map(str::to_owned);
    let service = service.or_else(|| node.get("labels").map(|_| "selected by labels".to_owned()));
    Some(Forward { span: node.span, local: port("localPort")?, remote: port("remotePort")?, service })
}
