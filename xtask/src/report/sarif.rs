//! SARIF 2.1.0 for code scanning, validated against the schema of OASIS in a test.

mod model;

use super::Report;
use super::json::to_pretty;
use super::places::Places;
use super::prose::{headline, remarks};
use crate::diagnostic::{Diagnostic, Edit, Fix, InternalError, RuleInfo, Severity, Skipped};
use crate::source::{Place, Position, RepoPath};
use model::*;
use std::collections::BTreeMap;

/// The key of our fingerprints; changes with the way they are computed.
const FINGERPRINT: &str = "xtaskCheck/v1";
/// Stands for the top level of the repository, wherever it lies.
const ROOT: &str = "SRCROOT";

pub(super) fn render(report: &Report) -> String {
    let places = Places::new(report);
    let rules: BTreeMap<&str, usize> = report.rules.iter().zip(0..).map(|(rule, at)| (rule.id, at)).collect();
    let results = report.diagnostics.iter().map(|diagnostic| result(diagnostic, &places, &rules));
    let errors = report.errors.iter().map(failure);
    let skipped = report.skipped.iter().map(skip);
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "cargo-xtask-check",
                version: env!("CARGO_PKG_VERSION"),
                rules: report.rules.iter().map(descriptor).collect(),
            },
        },
        invocations: vec![Invocation {
            execution_successful: report.errors.is_empty(),
            tool_execution_notifications: errors.chain(skipped).collect(),
        }],
        original_uri_base_ids: BTreeMap::from([(
            ROOT,
            UriBase { description: text("The top level of the repository.") },
        )]),
        column_kind: "unicodeCodePoints",
        results: results.collect(),
    };
    to_pretty(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: vec![run],
    })
}

fn text(text: impl Into<String>) -> Message {
    Message { text: text.into() }
}

const fn level(severity: Severity) -> &'static str {
    severity.as_str()
}

fn descriptor(rule: &RuleInfo) -> Descriptor<'_> {
    Descriptor {
        id: rule.id,
        short_description: text(rule.summary),
        help: Help { text: rule.page, markdown: rule.page },
        default_configuration: Configuration { level: level(rule.severity) },
    }
}

fn result<'a>(
    diagnostic: &'a Diagnostic,
    places: &Places<'_>,
    rules: &BTreeMap<&str, usize>,
) -> ResultObject<'a> {
    let related = diagnostic.related.iter().zip(0..);
    let fingerprint = Some(diagnostic.fingerprint.as_str()).filter(|fingerprint| !fingerprint.is_empty());
    ResultObject {
        rule_id: diagnostic.rule,
        rule_index: rules.get(diagnostic.rule).copied(),
        level: level(diagnostic.severity),
        message: text(headline(diagnostic) + &remarks(diagnostic)),
        locations: vec![location(&diagnostic.place, places)],
        related_locations: related
            .map(|(related, id)| Location {
                id: Some(id),
                message: Some(text(related.message.as_str())),
                ..location(&related.place, places)
            })
            .collect(),
        partial_fingerprints: fingerprint.map(|fingerprint| (FINGERPRINT, fingerprint)).into_iter().collect(),
        fixes: diagnostic.fix.iter().filter_map(|fix| repair(fix, places)).collect(),
    }
}

fn location(place: &Place, places: &Places<'_>) -> Location {
    let (start, end) = places.range(place);
    Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: artifact(&place.path),
            region: Some(region(start, end)),
        },
        message: None,
    }
}

const fn region(start: Position, end: Position) -> Region {
    Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column }
}

fn artifact(path: &RepoPath) -> ArtifactLocation {
    ArtifactLocation { uri: uri(path), uri_base_id: ROOT }
}

/// The path as a relative reference (RFC 3986 §4.2): a colon in its first segment would end a scheme.
fn uri(path: &RepoPath) -> String {
    let mut out = String::new();
    for byte in path.to_string().bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The fix, if all of it can be told: SARIF has no deletion of a file.
fn repair(fix: &Fix, places: &Places<'_>) -> Option<FixObject> {
    let mut changes: BTreeMap<&RepoPath, Vec<Replacement>> = BTreeMap::new();
    for edit in &fix.edits {
        changes.entry(edit.path()).or_default().push(replacement(edit, places)?);
    }
    if changes.is_empty() {
        return None;
    }
    Some(FixObject {
        description: text(fix.title.as_str()),
        artifact_changes: changes
            .into_iter()
            .map(|(path, replacements)| ArtifactChange { artifact_location: artifact(path), replacements })
            .collect(),
    })
}

fn replacement(edit: &Edit, places: &Places<'_>) -> Option<Replacement> {
    const TOP: Position = Position { line: 1, column: 1 };
    let (start, end, inserted) = match edit {
        Edit::Replace { place, text } => {
            let file = places.file(&place.path)?;
            let fits = file.clamp(place.span) == place.span;
            let (start, end) = fits.then(|| file.range(place.span))?;
            (start, end, text)
        }
        Edit::Create { text, .. } => (TOP, TOP, text),
        Edit::Delete { .. } => return None,
    };
    Some(Replacement { deleted_region: region(start, end), inserted_content: text(inserted.as_str()) })
}

fn failure(error: &InternalError) -> Notification<'_> {
    Notification {
        level: "error",
        message: text(format!("rule `{}` failed: {}", error.rule, error.message)),
        associated_rule: RuleReference { id: &error.rule },
        locations: Vec::new(),
    }
}

fn skip(skip: &Skipped) -> Notification<'_> {
    let physical_location = PhysicalLocation { artifact_location: artifact(&skip.path), region: None };
    Notification {
        level: "note",
        message: text(format!("`{}` was skipped: {}", skip.rule, skip.reason)),
        associated_rule: RuleReference { id: &skip.rule },
        locations: vec![Location { id: None, physical_location, message: None }],
    }
}
