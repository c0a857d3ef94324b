//! What the documentation of the Okteto chart asks of its Argo CD Application, by chart version.

use crate::model::argocd::Ignored;

/// A sync option.
pub(super) struct SyncOption {
    pub(super) text: &'static str,
    /// What happens without it.
    pub(super) reason: &'static str,
}

/// docs.okteto.com, *Installation, Argo CD*.
pub(super) static OPTIONS: [SyncOption; 4] = [
    SyncOption {
        text: "RespectIgnoreDifferences=true",
        reason: "every sync overwrites the ignored fields, certificates among them",
    },
    SyncOption { text: "PruneLast=true", reason: "old objects go before the new ones are healthy" },
    SyncOption { text: "CreateNamespace=true", reason: "the first sync finds no namespace for Okteto" },
    SyncOption { text: "ApplyOutOfSyncOnly=true", reason: "every sync applies every object of the chart" },
];

/// Fields of a kind that Okteto sets itself.
struct Documented {
    group: &'static str,
    kind: &'static str,
    name: &'static str,
    pointers: &'static [&'static str],
    expressions: &'static [&'static str],
    /// The first `1.N` chart that needs it.
    since: u32,
    reason: &'static str,
}

const TLS: &str = "Okteto generates the TLS certificates: a sync that resets them breaks its webhooks";
const LABELS: &[&str] = &[
    "/metadata/labels/app",
    "/metadata/labels/app.kubernetes.io~1instance",
    "/metadata/labels/chart",
    "/metadata/labels/heritage",
    "/metadata/labels/release",
];
const CA_BUNDLE: &[&str] = &[".webhooks[].clientConfig.caBundle"];

static DOCUMENTED: [Documented; 9] = [
    fields("", "Secret", "", &["/data/ca.crt", "/data/tls.crt", "/data/tls.key"], &[], 0, TLS),
    fields(
        "",
        "Secret",
        "",
        &["/stringData/ca.crt", "/stringData/tls.crt", "/stringData/tls.key"],
        &[],
        43,
        TLS,
    ),
    fields("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "", &[], CA_BUNDLE, 0, TLS),
    fields("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "", &[], CA_BUNDLE, 0, TLS),
    fields("apiregistration.k8s.io", "APIService", "", &["/spec/caBundle"], &[], 40, TLS),
    fields("", "ServiceAccount", "okteto-bot", LABELS, &[], 0, "Okteto labels its service accounts itself"),
    fields("", "ServiceAccount", "okteto-admin", LABELS, &[], 0, "Okteto labels its service accounts itself"),
    fields(
        "apps",
        "DaemonSet",
        "",
        &["/spec/template/metadata/annotations/checksum~1certs"],
        &[],
        0,
        RESTART,
    ),
    fields(
        "apps",
        "Deployment",
        "",
        &["/spec/template/metadata/annotations/checksum~1secrets"],
        &[],
        0,
        RESTART,
    ),
];

const RESTART: &str = "each rendering has another checksum: every sync restarts these pods";

const fn fields(
    group: &'static str,
    kind: &'static str,
    name: &'static str,
    pointers: &'static [&'static str],
    expressions: &'static [&'static str],
    since: u32,
    reason: &'static str,
) -> Documented {
    Documented { group, kind, name, pointers, expressions, since, reason }
}

/// Documented fields that an Application does not ignore.
pub(super) struct Fields {
    pub(super) kind: &'static str,
    pub(super) reason: &'static str,
    group: &'static str,
    name: &'static str,
    pointers: Vec<&'static str>,
    expressions: Vec<&'static str>,
}

/// What is missing for this chart version; without a version, what every version needs.
pub(super) fn missing_fields(ignored: &[Ignored], minor: Option<u32>) -> Vec<Fields> {
    let applies = |documented: &&Documented| documented.since <= minor.unwrap_or(0);
    DOCUMENTED.iter().filter(applies).filter_map(|documented| missing(documented, ignored)).collect()
}

fn missing(documented: &Documented, ignored: &[Ignored]) -> Option<Fields> {
    let name = (!documented.name.is_empty()).then_some(documented.name);
    let about: Vec<&Ignored> =
        ignored.iter().filter(|entry| entry.is_about(documented.group, documented.kind, name)).collect();
    let is_pointed = |pointer: &&&str| !about.iter().any(|entry| entry.covers(pointer));
    // `.webhooks[]?` and the like are the same field.
    let is_expressed = |_: &&&str| {
        !about.iter().any(|entry| {
            let written = entry.expressions.iter().chain(&entry.pointers);
            written
                .into_iter()
                .any(|text| text.contains("webhooks") && (text.contains("caBundle") || text == "/webhooks"))
        })
    };
    let pointers: Vec<&str> = documented.pointers.iter().filter(is_pointed).copied().collect();
    let expressions: Vec<&str> = documented.expressions.iter().filter(is_expressed).copied().collect();
    if pointers.is_empty() && expressions.is_empty() {
        return None;
    }
    let Documented { group, kind, name, reason, .. } = *documented;
    Some(Fields { kind, reason, group, name, pointers, expressions })
}

impl Fields {
    /// In one line of prose.
    pub(super) fn shown(&self) -> String {
        let fields: Vec<&str> = self.pointers.iter().chain(&self.expressions).copied().collect();
        let name = if self.name.is_empty() { String::new() } else { format!(" `{}`", self.name) };
        format!("`{}`{name} {}", self.kind, fields.join(" "))
    }

    /// As an item of `ignoreDifferences`.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.group.is_empty() {
            lines.push(format!("group: {}", self.group));
        }
        lines.push(format!("kind: {}", self.kind));
        if !self.name.is_empty() {
            lines.push(format!("name: {}", self.name));
        }
        for (key, fields) in [("jsonPointers", &self.pointers), ("jqPathExpressions", &self.expressions)] {
            if !fields.is_empty() {
                lines.push(format!("{key}:"));
                lines.extend(fields.iter().map(|field| format!("  - {field}")));
            }
        }
        lines
    }
}
