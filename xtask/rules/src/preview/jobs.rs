//! `preview/jobs`: a job that deploys a preview, and the job that takes it away again.

mod pair;
mod rules_of;

use super::{callers, skip_hidden};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, replace};
use crate::facts::{Facts, Model};
use crate::model::pipeline::{Job, OktetoCall, Pipeline, Value};
use crate::suggest::closest;
use crate::syntax::yaml::edit;
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "preview/jobs",
    summary: "a preview is deployed, but GitLab cannot stop it properly",
    severity: Severity::Warning,
    fix: Repair::Unsafe,
    scope: Scope::Tree,
    needs: &[Model::Pipeline],
    page: include_str!("jobs.md"),
    check,
};

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    skip_hidden(facts, sink);
    let pipeline = facts.pipeline();
    for (review, deploy) in reviews(pipeline) {
        if !review.is_known() {
            let place = pipeline.place(review.file, review.name.span);
            sink.skip(
                &place.path,
                format!("`{}` holds a reference that leads nowhere in sight", review.name.value),
            );
            continue;
        }
        check_review(pipeline, review, &deploy, sink);
    }
}

/// The jobs that deploy previews, and those that make a namespace for an environment with an end.
fn reviews(pipeline: &Pipeline) -> impl Iterator<Item = (&Job, OktetoCall)> {
    let has_end = |(job, _): &(&Job, OktetoCall)| job.at(&["environment", "on_stop"]).is_some();
    let namespaces = callers(pipeline, "namespace create").into_iter().filter(has_end);
    let previews = callers(pipeline, "preview deploy");
    let known: Vec<&str> = previews.iter().map(|(job, _)| job.name.value.as_str()).collect();
    let namespaces: Vec<_> = namespaces.filter(|(job, _)| !known.contains(&name(job))).collect();
    previews.into_iter().chain(namespaces)
}

/// What an include that is out of sight may say of the job as well is silent: GitLab merges it key by key.
fn check_review(pipeline: &Pipeline, review: &Job, deploy: &OktetoCall, sink: &mut Sink<'_>) {
    let Some(environment) = review.at(&["environment"]) else {
        if pipeline.is_complete() {
            sink.report(without_environment(pipeline, review));
        }
        return;
    };
    let Some(on_stop) = environment.get("on_stop") else {
        if pipeline.is_complete() {
            sink.report(without_on_stop(pipeline, review, environment, deploy));
        }
        return;
    };
    let Some(wanted) = on_stop.text() else { return };
    match pipeline.job(wanted) {
        Some(stop) if stop.is_known() => pair::check(pipeline, review, stop, sink),
        Some(_) => {}
        None if pipeline.is_complete() => sink.report(unknown_stop(pipeline, review, on_stop, wanted)),
        None => {}
    }
}

fn name(job: &Job) -> &str {
    &job.name.value
}

fn at_name(pipeline: &Pipeline, job: &Job, message: String) -> Diagnostic {
    Diagnostic::new(pipeline.place(job.file, job.name.span), message)
}

/// Adds lines to a mapping of the pipeline.
fn insert(pipeline: &Pipeline, mapping: &Value, lines: &[String]) -> Option<Edit> {
    let file = pipeline.files.get(mapping.file)?;
    let (span, text) = edit::insert_entry(&file.text, &mapping.node, lines)?;
    Some(replace(&file.path, span, text))
}

/// Title and help of an unsafe fix, when there is one.
fn with_fix(diagnostic: Diagnostic, title: String, edits: Option<Vec<Edit>>) -> Diagnostic {
    match edits {
        Some(edits) => diagnostic
            .help(format!("`cargo xtask fix --unsafe --rule preview/jobs` {title}"))
            .fix(Fix::needs_review(title, edits)),
        None => diagnostic,
    }
}

fn without_environment(pipeline: &Pipeline, review: &Job) -> Diagnostic {
    at_name(pipeline, review, format!("`{}` deploys a preview without an `environment`", name(review)))
        .label("GitLab neither links to the preview nor ever stops it")
        .help("add `environment` with `name`, `url` and `on_stop`")
        .subject(format!("{}.environment", name(review)))
}

fn without_on_stop(
    pipeline: &Pipeline,
    review: &Job,
    environment: &Value,
    deploy: &OktetoCall,
) -> Diagnostic {
    let place = pipeline.place_of(environment);
    let subject = format!("{}.on_stop", name(review));
    let stops = |job: &&Job| {
        job.text(&["environment", "action"]) == Some("stop")
            || pipeline.okteto_calls(job).iter().any(|call| call.verb == "preview destroy")
    };
    let mut candidates = pipeline.jobs.iter().filter(stops).filter(|job| job.name.value != review.name.value);
    if let (Some(stop), None) = (candidates.next(), candidates.next()) {
        let lines = [format!("on_stop: {}", edit::quote(name(stop)))];
        let diagnostic =
            Diagnostic::new(place, format!("the environment of `{}` names no `on_stop` job", name(review)))
                .label("GitLab does not know how to stop it: the preview outlives the branch")
                .related(pipeline.place(stop.file, stop.name.span), "this job would do it")
                .help(format!("add `on_stop: {}`", name(stop)))
                .subject(subject);
        let edits = insert(pipeline, environment, &lines).map(|edit| vec![edit]);
        return with_fix(diagnostic, format!("adds `on_stop: {}`", name(stop)), edits);
    }
    let diagnostic = Diagnostic::new(place, format!("nothing stops the preview of `{}`", name(review)))
        .label("its namespace outlives the branch, with everything that runs in it")
        .help("add a job with `okteto preview destroy` and `action: stop`, and name it in `on_stop`")
        .subject(subject);
    let edits = new_stop_job(pipeline, review, environment, deploy);
    with_fix(diagnostic, "adds a job that destroys it".to_owned(), edits)
}

/// A stop job behind everything else, and `on_stop` that names it.
fn new_stop_job(
    pipeline: &Pipeline,
    review: &Job,
    environment: &Value,
    deploy: &OktetoCall,
) -> Option<Vec<Edit>> {
    let job = format!("stop-{}", name(review));
    let file = pipeline.files.get(review.file)?;
    let preview = deploy.operand.as_ref().filter(|operand| !operand.expression.is_unknown())?;
    let environment_name = review.environment_name()?.text()?;
    // The lines are copied from the review job, so both must be simple enough to be copied.
    if pipeline.job(&job).is_some() || review.at(&["only"]).is_some() || environment.text().is_some() {
        return None;
    }
    let mut lines = vec![String::new(), format!("{job}:")];
    for key in ["extends", "stage", "image"] {
        if let Some(text) = own(review, key).and_then(Value::text) {
            lines.push(format!("  {key}: {}", edit::quote(text)));
        }
    }
    lines.extend(["  variables:".to_owned(), "    GIT_STRATEGY: none".to_owned()]);
    lines.extend([
        "  script:".to_owned(),
        format!("    - okteto preview destroy \"{}\"", preview.expression.shown()),
    ]);
    lines.extend([
        "  environment:".to_owned(),
        format!("    name: {}", edit::quote(environment_name)),
        "    action: stop".to_owned(),
    ]);
    lines.extend(rules_of::manual_copy(review)?);
    let ending = file.line_ending();
    let body: String = lines.iter().map(|line| format!("{line}{ending}")).collect();
    let end = file.text.len();
    let gap = if file.text.ends_with('\n') { "" } else { ending };
    let on_stop = insert(pipeline, environment, &[format!("on_stop: {}", edit::quote(&job))])?;
    Some(vec![on_stop, replace(&file.path, crate::source::Span::at(end), format!("{gap}{body}"))])
}

/// The value of a key that stands in the job itself.
fn own<'a>(job: &'a Job, key: &str) -> Option<&'a Value> {
    let pair = job.value.pair(key)?;
    let whole = job.value.node.span;
    (pair.file == job.value.file && whole.contains(pair.span)).then_some(&pair.value)
}

fn unknown_stop(pipeline: &Pipeline, review: &Job, on_stop: &Value, wanted: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        pipeline.place_of(on_stop),
        format!("`on_stop` of `{}` names `{wanted}`, which is no job", name(review)),
    )
    .subject(format!("{}.on_stop", name(review)));
    let names = pipeline.jobs.iter().map(|job| job.name.value.as_str());
    match closest(wanted, names) {
        Some(meant) => {
            let file = pipeline.files.get(on_stop.file);
            let edits = file.zip(edit::replace_scalar(&on_stop.node, meant));
            let edits = edits.map(|(file, (span, text))| vec![replace(&file.path, span, text)]);
            let diagnostic =
                diagnostic.label(format!("did you mean `{meant}`?")).help(format!("write `{meant}`"));
            with_fix(diagnostic, format!("writes `{meant}`"), edits)
        }
        None => diagnostic
            .label("GitLab refuses the pipeline: the job must exist")
            .help("name the job that destroys the preview"),
    }
}
