//! `dockerfile/unknown-stage`: the name of a stage, misspelt: BuildKit takes it for an image.

use std::collections::HashMap;

use super::{edit, files};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::Base;
use crate::model::images::ImageFile;
use crate::source::{Span, Spanned};
use crate::suggest::closest;
use crate::syntax::dockerfile::{Arguments, MountFlag};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/unknown-stage",
    summary: "`FROM` or `--from` names a stage that is spelt otherwise",
    severity: Severity::Warning,
    fix: Repair::Sometimes,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("unknown_stage.md"),
    check,
};

/// A name that may be one of a stage.
struct Reference {
    name: Spanned<String>,
    /// Number of stages that stand before it.
    before: usize,
    /// `FROM` compares names by case, the others do not.
    exact: bool,
}

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        let names = Names::of(file);
        for reference in references(file) {
            if let Some(diagnostic) = diagnostic(file, &names, &reference) {
                sink.report(diagnostic);
            }
        }
    }
}

/// So many names in front of a reference are compared with it, nearest first: nobody misspells the name of a stage
/// that stands further away, and each comparison costs time.
const NEAREST: usize = 64;

/// The names of stages.
struct Names<'a> {
    /// In order.
    all: Vec<(usize, &'a Spanned<String>)>,
    /// As they are written by BuildKit, and in lower case: positions in `all`.
    exact: HashMap<&'a str, Vec<usize>>,
    lower: HashMap<String, Vec<usize>>,
}

impl<'a> Names<'a> {
    fn of(file: &'a ImageFile) -> Self {
        let stages = file.dockerfile.stages.iter().enumerate();
        let all: Vec<(usize, &Spanned<String>)> =
            stages.filter_map(|(index, stage)| Some((index, stage.name.as_ref()?))).collect();
        let mut exact: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut lower: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, (_, name)) in all.iter().enumerate() {
            exact.entry(&name.value).or_default().push(at);
            lower.entry(name.value.to_ascii_lowercase()).or_default().push(at);
        }
        Self { all, exact, lower }
    }

    /// The stages of the name that a reference gives.
    fn same(&self, reference: &Reference) -> impl Iterator<Item = (usize, &'a Spanned<String>)> {
        let written = reference.name.value.as_str();
        let found = if reference.exact {
            self.exact.get(written)
        } else {
            self.lower.get(&written.to_ascii_lowercase())
        };
        found.into_iter().flatten().filter_map(|at| self.all.get(*at).copied())
    }

    /// The names in front of a reference, nearest last.
    fn before(&self, reference: &Reference) -> &[(usize, &'a Spanned<String>)] {
        let end = self.all.partition_point(|(index, _)| *index < reference.before);
        self.all.get(end.saturating_sub(NEAREST)..end).unwrap_or_default()
    }
}

fn references(file: &ImageFile) -> Vec<Reference> {
    let mut references = Vec::new();
    for (index, instruction) in file.dockerfile.instructions.iter().enumerate() {
        let before = file.dockerfile.stage_of(index).unwrap_or(0);
        if let Arguments::From(from) = &instruction.arguments {
            references.push(Reference { name: from.image.clone(), before, exact: true });
        }
        for flag in &instruction.innermost().flags {
            let value = flag.value.as_ref().filter(|_| flag.name.value == "from");
            let copied = value.map(|value| {
                Spanned::new(value.text().to_owned(), value.span(Span::new(0, value.text().len())))
            });
            let fields = MountFlag::new(flag).map(|flag| flag.fields).unwrap_or_default();
            let mounted =
                fields.into_iter().find(|field| field.key.value == "from").and_then(|field| field.value);
            references.extend(copied.or(mounted).map(|name| Reference { name, before, exact: false }));
        }
    }
    references
}

fn diagnostic(file: &ImageFile, names: &Names<'_>, reference: &Reference) -> Option<Diagnostic> {
    let written = reference.name.value.as_str();
    // What looks like an image is one.
    if written.is_empty() || written.contains(['/', ':', '@', '$', '.']) {
        return None;
    }
    let diagnostic = |title: String| {
        Diagnostic::new(file.place(reference.name.span), title)
            .subject(file.subject(reference.before, written))
            .label("BuildKit looks for an image of this name")
    };
    if written.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: usize = written.parse().ok()?;
        return (!reference.exact && number >= file.dockerfile.stages.len())
            .then(|| diagnostic(format!("there is no stage number {written}")).help("stages count from 0"));
    }
    // They are in order: the first one tells whether any stands in front.
    if names.same(reference).next().is_some_and(|(index, _)| index < reference.before) {
        return None;
    }
    if let Some((_, later)) = names.same(reference).find(|(index, _)| *index > reference.before) {
        return Some(
            diagnostic(format!("stage `{written}` comes later"))
                .related(file.place(later.span), "defined here")
                .help("move the stage in front"),
        );
    }
    if Base::new(written).official {
        return None;
    }
    let earlier = names.before(reference);
    let meant = closest(written, earlier.iter().map(|(_, name)| name.value.as_str()))?;
    let (_, place) = earlier.iter().find(|(_, name)| name.value == meant)?;
    let fix =
        Fix::safe(format!("write `{meant}`"), vec![edit(file, (reference.name.span, meant.to_owned()))]);
    Some(
        diagnostic(format!("there is no stage `{written}`"))
            .related(file.place(place.span), "did you mean this one?")
            .help(super::help(&format!("write `{meant}`"), &fix))
            .fix(fix),
    )
}
