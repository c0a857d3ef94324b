//! Values of the right form that the CLI refuses all the same, when it checks a manifest as a whole
//! (okteto/okteto `pkg/model/dev.go`, `Validate`; `serializer.go`).

use super::{Dev, Invalid, Manifest, Sync, Text, decode};
use crate::model::expansion;
use crate::source::{RepoPath, Span};
use crate::syntax::yaml::{Entry, Node, Resolved};
use std::collections::BTreeMap;

/// Variables that nobody may set, in any case.
const RESERVED: [&str; 4] = ["OKTETO_CONTEXT", "OKTETO_NAMESPACE", "OKTETO_URL", "OKTETO_TOKEN"];

/// Everything in the manifest that the CLI refuses for its value.
pub(super) fn refusals(manifest: &Manifest) -> Vec<Invalid> {
    let mut found = Refusals::default();
    for dev in &manifest.devs {
        found.dev(manifest, dev);
    }
    for test in &manifest.tests {
        found.hosts(&test.node, &format!("test.{}", test.name.value));
    }
    if let Some(dependencies) = manifest.section("dependencies") {
        found.dependencies(&dependencies.value);
    }
    found.invalid
}

#[derive(Default)]
struct Refusals {
    invalid: Vec<Invalid>,
}

impl Refusals {
    fn add(&mut self, span: Span, path: String, message: String, label: &str) {
        self.invalid.push(Invalid { message, label: label.to_owned(), span, path, instead: None });
    }

    fn dev(&mut self, manifest: &Manifest, dev: &Dev) {
        let path = format!("dev.{}", dev.name.value);
        self.replicas(dev, &path);
        self.forwards(dev, &path);
        self.secrets(dev, &path);
        self.security(dev, &path);
        self.volumes(dev, &path);
        self.persistent_volume(manifest, dev, &path);
        self.quantities(&dev.node, &path);
        if let Some(timeout) = dev.node.get("timeout") {
            self.duration(timeout, &format!("{path}.timeout"));
        }
    }

    fn replicas(&mut self, dev: &Dev, path: &str) {
        if let Some(entry) = dev.node.as_mapping().and_then(|dev| dev.entry("replicas")) {
            let message = "`replicas` is not possible in a dev container".to_owned();
            self.add(
                entry.key.span,
                format!("{path}.replicas"),
                message,
                "only entries of `services` take it",
            );
        }
    }

    /// Ports of forwards in the form of a mapping; the others are read where they are split.
    fn forwards(&mut self, dev: &Dev, path: &str) {
        for (number, item) in dev.node.get("forward").map_or(&[] as &[Node], Node::items).iter().enumerate() {
            for key in ["localPort", "remotePort"] {
                let Some(port) = item.get(key) else { continue };
                let Resolved::Int(value) = port.go_yaml_v2() else { continue };
                if u16::try_from(value).is_err() {
                    let path = format!("{path}.forward[{number}].{key}");
                    self.add(port.span, path, format!("`{value}` is no port"), "ports end at 65535");
                }
            }
        }
    }

    /// Secrets become files of one folder: their names must differ. The mode is octal.
    fn secrets(&mut self, dev: &Dev, path: &str) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for (_, remote) in &dev.secrets {
            let name = remote.value.rsplit('/').next().unwrap_or("");
            if remote.value.contains('$') || name.is_empty() {
                continue;
            }
            if seen.insert(name, remote.span).is_some() {
                let message = format!("two secrets are called `{name}`");
                let label = "Okteto tells secrets apart by the last part of the remote path";
                self.add(remote.span, format!("{path}.secrets"), message, label);
            }
        }
        for item in dev.node.get("secrets").map_or(&[] as &[Node], Node::items) {
            let Some(mode) = item.as_str().and_then(|text| text.split(':').nth(2)) else { continue };
            let octal = !mode.is_empty() && mode.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
            if !octal && !mode.contains('$') {
                let message = format!("`{mode}` is no file mode");
                self.add(item.span, format!("{path}.secrets"), message, "must be octal digits, as in `644`");
            }
        }
    }

    fn security(&mut self, dev: &Dev, path: &str) {
        let Some(context) = dev.node.get("securityContext") else { return };
        let non_root = context.get("runAsNonRoot").map(Node::go_yaml_v2) == Some(Resolved::Bool(true));
        let user = context.get("runAsUser").filter(|user| user.go_yaml_v2() == Resolved::Int(0));
        if let Some(user) = user.filter(|_| non_root) {
            let message = "`runAsUser: 0` contradicts `runAsNonRoot: true`".to_owned();
            self.add(user.span, format!("{path}.securityContext"), message, "user 0 is root");
        }
    }

    fn volumes(&mut self, dev: &Dev, path: &str) {
        for volume in &dev.volumes {
            self.mount(volume, &format!("{path}.volumes"), "volumes");
        }
        for mount in &dev.external_volumes {
            self.mount(mount, &format!("{path}.externalVolumes"), "externalVolumes");
        }
        for item in dev.node.get("externalVolumes").map_or(&[] as &[Node], Node::items) {
            let Some(text) = item.as_str().filter(|text| !matches!(text.split(':').count(), 2 | 3)) else {
                continue;
            };
            let message = format!("`{text}` is no external volume");
            let label = "must be `NAME:/MOUNT` or `NAME:SUBPATH:/MOUNT`";
            self.add(item.span, format!("{path}.externalVolumes"), message, label);
        }
    }

    fn mount(&mut self, mount: &Text, path: &str, key: &str) {
        let text = mount.value.as_str();
        // `volumes` is not expanded: a variable there has a rule of its own.
        if text.contains('$') {
            return;
        }
        if !text.starts_with('/') {
            let message = format!("`{text}` in `{key}` is no absolute path");
            self.add(mount.span, path.to_owned(), message, "it is a folder of the pod: begin it with `/`");
        } else if text.trim_matches('/').is_empty() {
            let message = format!("`/` cannot be mounted in `{key}`");
            self.add(mount.span, path.to_owned(), message, "name a folder below it");
        }
    }

    /// Without the volume there is no place for services, volumes and nested folders.
    fn persistent_volume(&mut self, manifest: &Manifest, dev: &Dev, path: &str) {
        let Some(enabled) = dev.node.at(&["persistentVolume", "enabled"]) else { return };
        if enabled.go_yaml_v2() != Resolved::Bool(false) {
            return;
        }
        let nested = dev.sync.as_deref().is_some_and(|entries| has_nested(manifest, entries));
        let needed = [
            (!dev.services.is_empty(), "`services`"),
            (!dev.volumes.is_empty(), "`volumes`"),
            (nested, "a synced folder inside another one"),
        ];
        if let Some((_, what)) = needed.iter().find(|(needed, _)| *needed) {
            let message = format!("{what} needs the persistent volume that is switched off here");
            let label = "the CLI refuses `persistentVolume.enabled: false` then";
            self.add(enabled.span, format!("{path}.persistentVolume"), message, label);
        }
    }

    fn quantities(&mut self, node: &Node, path: &str) {
        let resources = [
            (node.get("resources"), format!("{path}.resources")),
            (node.at(&["initContainer", "resources"]), format!("{path}.initContainer.resources")),
        ];
        let mut values: Vec<(String, &Node)> = Vec::new();
        for (resources, path) in &resources {
            for key in ["requests", "limits"] {
                let entries = entries_of(*resources, key).iter();
                values
                    .extend(entries.map(|entry| (format!("{path}.{key}.{}", entry.key.value), &entry.value)));
            }
        }
        let size = node.at(&["persistentVolume", "size"]);
        values.extend(size.map(|size| (format!("{path}.persistentVolume.size"), size)));
        for (path, value) in values {
            let Some(text) = value.as_str().filter(|text| !text.contains('$') && !is_quantity(text)) else {
                continue;
            };
            let message = format!("`{text}` is no Kubernetes quantity");
            self.add(value.span, path, message, "as in `500m`, `2`, `512Mi`, `4Gi`");
        }
    }

    /// `time.ParseDuration`, or a mapping of such.
    fn duration(&mut self, value: &Node, path: &str) {
        for entry in value.entries() {
            self.duration(&entry.value, &format!("{path}.{}", entry.key.value));
        }
        let Some(text) = value.as_str() else { return };
        let number = matches!(value.go_yaml_v2(), Resolved::Int(_));
        if !number && !value.is_null() && !text.contains('$') && !is_duration(text) {
            let message = format!("`{text}` is no duration");
            self.add(value.span, path.to_owned(), message, "as in `90s`, `5m`, `1m30s`, `1h`");
        }
    }

    /// `NAME:IP`
    fn hosts(&mut self, test: &Node, path: &str) {
        for item in test.get("hosts").map_or(&[] as &[Node], Node::items) {
            if let Some(text) = item.as_str().filter(|text| !text.contains([':', '$'])) {
                let message = format!("host `{text}` has no address");
                self.add(item.span, format!("{path}.hosts"), message, "must be `NAME:IP`");
            }
        }
    }

    fn dependencies(&mut self, dependencies: &Node) {
        for dependency in dependencies.entries() {
            let path = format!("dependencies.{}.variables", dependency.key.value);
            for (name, _) in decode::pairs(dependency.value.get("variables")) {
                if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(&name.value)) {
                    let message = format!("`{}` cannot be set for a dependency", name.value);
                    self.add(name.span, path.clone(), message, "Okteto reserves the name for itself");
                }
            }
        }
    }
}

fn entries_of<'a>(node: Option<&'a Node>, key: &str) -> &'a [Entry] {
    node.and_then(|node| node.get(key)).map_or(&[], Node::entries)
}

/// The local folder of a sync entry without variables, inside or outside the repository.
fn local(manifest: &Manifest, entry: &Sync) -> Option<RepoPath> {
    let text = entry.local.value.as_str();
    let literal =
        expansion::scan(text).references.is_empty() && !text.starts_with(['/', '~']) && entry.parts == 2;
    literal.then(|| manifest.folder.join(text))
}

fn has_nested(manifest: &Manifest, entries: &[Sync]) -> bool {
    let folders: Vec<RepoPath> = entries.iter().filter_map(|entry| local(manifest, entry)).collect();
    folders.iter().any(|inner| folders.iter().any(|outer| inner != outer && inner.starts_with(outer)))
}

/// `resource.ParseQuantity` of Kubernetes: a decimal number with a binary, decimal or exponent suffix.
fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|character: char| !character.is_ascii_digit() && character != '.');
    let (number, suffix) = unsigned.split_at_checked(end.unwrap_or(unsigned.len())).unwrap_or((unsigned, ""));
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let plain = digits > 0 && number.len() - digits <= 1;
    let exponent = || {
        let rest = suffix.strip_prefix(['e', 'E'])?;
        let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        Some(!rest.is_empty() && rest.bytes().all(|digit| digit.is_ascii_digit()))
    };
    let known = matches!(
        suffix,
        "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei"
    );
    plain && (known || exponent() == Some(true))
}

/// Whether Go's `time.ParseDuration` takes the text: numbers with units, one behind the other.
pub fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number =
            rest.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(0);
        let Some((digits, tail)) = rest.split_at_checked(number) else { return false };
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let unit = units.iter().filter(|unit| tail.starts_with(**unit)).max_by_key(|unit| unit.len());
        let fits = digits.bytes().any(|byte| byte.is_ascii_digit()) && digits.matches('.').count() <= 1;
        match unit.and_then(|unit| tail.strip_prefix(unit)) {
            Some(tail) if fits => rest = tail,
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_those_of_kubernetes() {
        for good in ["1", "0.5", ".5", "500m", "1Gi", "1e3", "1E", "2.", "-1k"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "1gb", "1 Gi", "Gi", "1.2.3", "1mi", "1e"] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }

    #[test]
    fn durations_are_those_of_go() {
        for good in ["90s", "1m30s", "1.5h", "300ms", "0", "-1s"] {
            assert!(is_duration(good), "{good}");
        }
        for bad in ["", "1", "5 m", "5min", "s", "1d"] {
            assert!(!is_duration(bad), "{bad}");
        }
    }
}
