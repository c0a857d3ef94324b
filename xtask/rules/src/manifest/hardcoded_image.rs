//! `manifest/hardcoded-image`: an image that is built here named by its registry path; or, where CI builds the
//! images, one that only Okteto's own build would give. Silent while `okteto.images` is not configured.

use super::current;
use crate::config::ImageBuilder;
use crate::diagnostic::{Diagnostic, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::manifest::{Build, Manifest, Text, names};
use crate::syntax::yaml::Yaml;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "manifest/hardcoded-image",
    summary: "an image is named in another way than the team builds it",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Manifests],
    page: include_str!("hardcoded_image.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    let Some(builder) = facts.config.images else { return };
    for manifest in current(facts) {
        for (subject, image) in images(manifest) {
            let finding = match builder {
                ImageBuilder::Okteto => hardcoded(facts, manifest, &image),
                ImageBuilder::Ci => built_by_okteto(manifest, &image),
            };
            if let Some(finding) = finding {
                sink.report(finding.subject(subject));
            }
        }
    }
}

/// The images that the manifest runs, with the name of what runs them.
fn images(manifest: &Manifest) -> Vec<(String, Text)> {
    let mut images = Vec::new();
    for dev in &manifest.devs {
        let subject = format!("dev.{}", dev.name.value);
        let services = dev.services.iter().filter_map(|service| service.node.get("image")?.spanned());
        images.extend(dev.image.iter().cloned().chain(services).map(|image| (subject.clone(), image)));
    }
    for (name, run) in [("deploy", &manifest.deploy), ("destroy", &manifest.destroy)] {
        images.extend(run.iter().filter_map(|run| Some((name.to_owned(), run.image.clone()?))));
    }
    let tests = manifest.tests.iter();
    images.extend(tests.filter_map(|test| Some((format!("test.{}", test.name.value), test.image.clone()?))));
    images
}

fn hardcoded(facts: &Facts, manifest: &Manifest, image: &Text) -> Option<Diagnostic> {
    let repository = repository(&image.value)?;
    let build = manifest.builds.iter().find(|build| is_image_of(facts, manifest, repository, build))?;
    let variable = format!("${{OKTETO_BUILD_{}_IMAGE}}", names::build_variable(&build.name.value));
    // In `{image: …}` the braces need quotes.
    let plain = fits(manifest, image, &variable);
    let written = if plain { variable.clone() } else { format!("\"{variable}\"") };
    let title = format!("`{}` is the image of build `{}`", image.value, build.name.value);
    Some(
        Diagnostic::new(manifest.place(image.span), title)
            .label("a fixed name: not the image of this namespace and these files")
            .related(manifest.place(build.name.span), "built here")
            .help(format!("`cargo xtask fix --unsafe` writes `{variable}`"))
            .fix(Fix::needs_review(
                format!("replace it by `{variable}`"),
                vec![replace(&manifest.file.path, image.span, written)],
            )),
    )
}

/// Whether the manifest is still YAML with another text in the place of this one.
fn fits(manifest: &Manifest, old: &Text, new: &str) -> bool {
    let text = &manifest.file.text;
    let (before, after) = (text.get(..old.span.start), text.get(old.span.end..));
    let edited = [before.unwrap_or(""), new, after.unwrap_or("")].concat();
    Yaml::parse(&edited).errors.is_empty()
}

/// Whether a registry path is that of a build: written there, or made of its name in a registry of ours.
fn is_image_of(facts: &Facts, manifest: &Manifest, repository: &str, build: &Build) -> bool {
    if let Some(image) = &build.image {
        return self::repository(&image.value) == Some(repository);
    }
    let Some((host, path)) = repository.split_once('/') else { return false };
    let registry = facts.config.hosts.get("registry").is_some_and(|registry| registry.value == host);
    let ours = registry || matches!(host, "okteto.dev" | "okteto.global");
    let name = names::sanitise(&build.name.value);
    let last = path.rsplit('/').next().unwrap_or(path);
    let prefixed = manifest.name.as_ref().is_some_and(|prefix| last == format!("{}-{name}", prefix.value));
    ours && (last == name || prefixed)
}

/// The image without tag and digest; `None` when a variable hides it.
fn repository(image: &str) -> Option<&str> {
    let image = image.split('@').next().unwrap_or(image);
    let slash = image.rfind('/').map_or(0, |at| at + 1);
    let name = image.get(slash..)?;
    let end = name.find(':').map_or(image.len(), |colon| slash + colon);
    image.get(..end).filter(|repository| !repository.contains('$') && repository.contains('/'))
}

fn built_by_okteto(manifest: &Manifest, image: &Text) -> Option<Diagnostic> {
    let build = manifest.builds.iter().find(|build| {
        image.value.contains(&format!("OKTETO_BUILD_{}_", names::build_variable(&build.name.value)))
    })?;
    let title = format!("`{}` is an image of Okteto's own build", image.value);
    Some(
        Diagnostic::new(manifest.place(image.span), title)
            .label("the configuration says that CI builds the images")
            .related(manifest.place(build.name.span), "built a second time here")
            .help("name the image that CI pushes"),
    )
}
