//! `dockerfile/build-cache`: a bundler or task runner that keeps nothing between builds.

use super::{command_name, edit, files, mount_text};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::facts::{Facts, Model};
use crate::model::image::{CacheNeed, Class, Location, Run};
use crate::model::images::{ImageFile, Images, ids};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/build-cache",
    summary: "`next build` or `turbo build` keeps no cache between builds",
    severity: Severity::Note,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("build_cache.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        for run in &file.image.runs {
            let needs = run.needs.iter().filter(|need| need.tool.class == Class::Build && !need.is_met());
            for need in needs {
                if let Some(diagnostic) = diagnostic(facts.images(), file, run, need) {
                    sink.report(diagnostic);
                }
            }
        }
    }
}

fn diagnostic(images: &Images, file: &ImageFile, run: &Run, need: &CacheNeed) -> Option<Diagnostic> {
    let used = need.uses.iter().find(|used| used.served_by.is_none())?;
    let command = command_name(used);
    let diagnostic =
        Diagnostic::new(file.place(used.span), format!("`{command}` runs without a cache mount"))
            .label("compiles everything again in every build")
            .why(need.tool.why)
            .subject(file.subject(run.stage, need.tool.name));
    // next works where `cd` led to, turbo at the root of the workspace.
    let mut known = used.directories.iter().filter_map(|folder| match &folder.path {
        Location::Known(path) => Some(path),
        Location::BelowUnknownHome(_) => None,
    });
    let target = if need.tool.name == "next" { known.next_back() } else { known.next() }?;
    let writer = file.image.writer(run, Some(used));
    let app = target.strip_suffix("/.next/cache").map(|folder| folder.rsplit('/').next().unwrap_or(""));
    let id = format!("{}-{}", images.id_of(need.tool, target, &writer), ids::slug(app.unwrap_or("")));
    let text = mount_text(need.tool, id.trim_end_matches('-'), target, &writer)?;
    let instruction = file.instruction(run)?.innermost();
    let edits = vec![edit(file, file.dockerfile.insert_flag(instruction, &text))];
    let fix = Fix::needs_review(format!("mount the cache of {}", need.tool.name), edits);
    Some(diagnostic.help(super::help(&format!("add `{text}`"), &fix)).fix(fix))
}
