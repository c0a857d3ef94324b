//! `variables/syntax`: `${…}` that the CLI reads in another way than Bash does, or not at all.

use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::expansion::{self, Slip, SlipKind};
use crate::model::manifest::{Format, Manifest};
use crate::source::Span;
use crate::syntax::shell::is_name;
use crate::syntax::yaml::Node;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeSet;

pub static RULE: Rule = Rule {
    id: "variables/syntax",
    summary: "the CLI does not understand a variable as it is written",
    severity: Severity::Error,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("syntax.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for manifest in facts.manifests().iter().filter(|manifest| manifest.format == Format::Sections) {
        let mut seen: BTreeSet<Span> = BTreeSet::new();
        for value in &manifest.expanded {
            let Some(scalar) = value.node.as_scalar() else { continue };
            for slip in expansion::scan(&scalar.text).slips {
                let span = scalar.locate(slip.span, value.node.span);
                if seen.insert(span) {
                    sink.report(diagnostic(manifest, &value.node, &slip, span).subject(value.path.clone()));
                }
            }
        }
    }
}

fn diagnostic(manifest: &Manifest, node: &Node, slip: &Slip, span: Span) -> Diagnostic {
    let text = node.as_str().unwrap_or("");
    let written = slip.span.slice(text);
    let inside = written.trim_start_matches("${").trim_end_matches('}');
    let (title, label, meant) = match slip.kind {
        SlipKind::Unterminated => {
            let meant = is_name(inside).then(|| format!("${{{inside}}}"));
            (format!("`{written}` has no `}}`"), "the CLI stops: closing brace expected", meant)
        }
        SlipKind::ErrorForm => {
            let name = inside.split([':', '?']).next().filter(|name| is_name(name));
            let meant = name.map(|name| format!("${{{name}}}"));
            (
                format!("`{written}` does not stop the CLI"),
                "Bash would; here an unset variable is the empty text",
                meant,
            )
        }
        SlipKind::NoOperator => {
            let meant = inside.split_once(':').map(|(name, rest)| format!("${{{name}:-{rest}}}"));
            (format!("`{written}` has no default"), "without `-` behind the colon the text is dropped", meant)
        }
    };
    let finding = Diagnostic::new(manifest.place(span), title).label(label);
    // Only where the text stands in the file as it is read.
    let verbatim = span.slice(&manifest.file.text) == written;
    match meant.filter(|_| verbatim) {
        Some(meant) => finding.help(format!("`cargo xtask fix --unsafe` writes `{meant}`")).fix(
            Fix::needs_review(format!("write `{meant}`"), vec![replace(&manifest.file.path, span, meant)]),
        ),
        None => finding.help("write `${NAME}` or `${NAME:-default}`; `$$` is a plain dollar"),
    }
}
