//! `preview/credentials`: an Okteto token in the pipeline itself (error); an image of the Okteto CLI that is
//! another one tomorrow, or not the one in use (note).

use super::skip_hidden;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::pipeline::{Job, Pipeline};
use crate::model::secrets::token;
use crate::source::Place;
use crate::{Repair, Rule, Scope, Sink};
use std::collections::BTreeMap;

pub static RULE: Rule = Rule {
    id: "preview/credentials",
    summary: "a pipeline holds an Okteto token, or its CLI image is not pinned",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Pipeline],
    page: include_str!("credentials.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    skip_hidden(facts, sink);
    let pipeline = facts.pipeline();
    for file in &pipeline.files {
        for token in token::tokens(&file.text) {
            let name = token.name.slice(&file.text);
            sink.report(
                Diagnostic::new(file.place(token.name), format!("`{name}` is a literal in the pipeline"))
                    .label("everybody who can read the repository can act as its owner")
                    .help("replace the token in Okteto and keep the new one in the CI/CD settings, masked")
                    .subject(name)
                    .conceal(file.place(token.value)),
            );
        }
    }
    let configured = facts.config.cli.as_ref().map(|cli| cli.value.as_str());
    let mut images: BTreeMap<Place, (String, &Job)> = BTreeMap::new();
    for job in &pipeline.jobs {
        let Some((place, image)) = image(pipeline, job) else { continue };
        // One image that many jobs inherit is one finding.
        images.entry(place).or_insert((image, job));
    }
    for (place, (image, job)) in images {
        if let Some((title, label)) = complaint(&image, configured) {
            let minor = configured.unwrap_or("3.14");
            let repository = repository(&image);
            sink.report_as(
                Severity::Note,
                Diagnostic::new(place, title)
                    .label(label)
                    .help(format!("name the version that the team uses: `{repository}:{minor}.0`"))
                    .subject(format!("{}.image", job.name.value)),
            );
        }
    }
}

/// The image of a job, variables put in, if it is one of the Okteto CLI and fully known.
fn image(pipeline: &Pipeline, job: &Job) -> Option<(Place, String)> {
    let image = job.at(&["image"])?;
    let value = if image.text().is_some() { image } else { image.get("name")? };
    let expression = job.expression(value.text()?);
    let text = expression.as_literal()?;
    let name = repository(text);
    let is_cli = name == "okteto/okteto" || name.ends_with("/okteto/okteto");
    is_cli.then(|| (pipeline.place_of(value), text.to_owned()))
}

/// The image without its tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// What is wrong with the tag; nothing about digests, which cannot be read.
fn complaint(image: &str, configured: Option<&str>) -> Option<(String, String)> {
    if image.contains('@') {
        return None;
    }
    let tag = image.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
    match (tag, configured) {
        (None, _) => Some((
            format!("`{image}` names no version of the Okteto CLI"),
            "this is `latest`, another one tomorrow".to_owned(),
        )),
        (Some(tag), _) if !tag.contains(|character: char| character.is_ascii_digit()) => Some((
            format!("`{image}` names no version of the Okteto CLI"),
            format!("`{tag}` is another one tomorrow"),
        )),
        (Some(tag), Some(minor)) if !is_of(tag, minor) => Some((
            format!("`{image}` is not the Okteto CLI {minor}"),
            format!("`okteto.cli` of the configuration says {minor}"),
        )),
        _ => None,
    }
}

/// Whether a tag is of this version: `3.14.0` of `3.14`.
fn is_of(tag: &str, minor: &str) -> bool {
    let tag = tag.trim_start_matches('v');
    tag.strip_prefix(minor).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
}
