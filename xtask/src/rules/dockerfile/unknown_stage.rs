//! `dockerfile/unknown-stage`: the name of a stage, misspelt: BuildKit takes it for an image.

use super::{edit, files};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::Base;
use crate::model::images::ImageFile;
use crate::rules::{Repair, Rule, Scope, Sink};
use crate::source::{Span, Spanned};
use crate::suggest::closest;
use crate::syntax::dockerfile::{Arguments, MountFlag};

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
        for reference in references(file) {
            if let Some(diagnostic) = diagnostic(file, &reference) {
                sink.report(diagnostic);
            }
        }
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

fn diagnostic(file: &ImageFile, reference: &Reference) -> Option<Diagnostic> {
    let written = reference.name.value.as_str();
    // What looks like an image is one.
    if written.is_empty() || written.contains(['/', ':', '@', '$', '.']) {
        return None;
    }
    let named: Vec<(usize, &Spanned<String>)> = file
        .dockerfile
        .stages
        .iter()
        .enumerate()
        .filter_map(|(index, stage)| Some((index, stage.name.as_ref()?)))
        .collect();
    let same =
        |name: &str| if reference.exact { name == written } else { name.eq_ignore_ascii_case(written) };
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
    if named.iter().any(|(index, name)| *index < reference.before && same(&name.value)) {
        return None;
    }
    if let Some((_, later)) =
        named.iter().find(|(index, name)| *index > reference.before && same(&name.value))
    {
        return Some(
            diagnostic(format!("stage `{written}` comes later"))
                .related(file.place(later.span), "defined here")
                .help("move the stage in front"),
        );
    }
    if Base::new(written).official {
        return None;
    }
    let earlier = named.iter().filter(|(index, _)| *index < reference.before);
    let meant = closest(written, earlier.map(|(_, name)| name.value.as_str()))?;
    let (_, place) = named.iter().find(|(_, name)| name.value == meant)?;
    let fix =
        Fix::safe(format!("write `{meant}`"), vec![edit(file, (reference.name.span, meant.to_owned()))]);
    Some(
        diagnostic(format!("there is no stage `{written}`"))
            .related(file.place(place.span), "did you mean this one?")
            .help(super::help(&format!("write `{meant}`"), &fix))
            .fix(fix),
    )
}
