//! The two jobs of one environment, held against each other.

use super::{at_name, insert, name, own, rules_of, with_fix};
use crate::Sink;
use crate::diagnostic::{Diagnostic, Edit, replace};
use crate::model::pipeline::{Job, Pipeline, Value};
use crate::syntax::yaml::edit;

pub(super) fn check(pipeline: &Pipeline, review: &Job, stop: &Job, sink: &mut Sink<'_>) {
    let whole = pipeline.is_complete();
    let found = [
        environment_name(pipeline, review, stop).filter(|_| whole || stop.environment_name().is_some()),
        action(pipeline, review, stop).filter(|_| whole || stop.at(&["environment", "action"]).is_some()),
        manual(pipeline, stop).filter(|_| whole || stop.at(&["rules"]).is_some()),
        checkout(pipeline, stop).filter(|_| whole || stop.at(&["variables", "GIT_STRATEGY"]).is_some()),
        rules_of::disagreement(pipeline, review, stop).filter(|_| whole || stop.at(&["rules"]).is_some()),
    ];
    for diagnostic in found.into_iter().flatten() {
        sink.report(diagnostic);
    }
}

fn environment_name(pipeline: &Pipeline, review: &Job, stop: &Job) -> Option<Diagnostic> {
    let wanted = review.environment_name()?;
    let subject = format!("{}.environment", name(stop));
    let Some(found) = stop.environment_name() else {
        return Some(
            at_name(pipeline, stop, format!("`{}` has no `environment`", name(stop)))
                .label(format!("`{}` names it in `on_stop`: GitLab refuses the pipeline", name(review)))
                .related(pipeline.place_of(wanted), "this environment is to be stopped")
                .help("give it the same `environment.name`, with `action: stop`")
                .subject(subject),
        );
    };
    let (wanted_text, found_text) = (wanted.text()?, found.text()?);
    if review.expression(wanted_text) == stop.expression(found_text) {
        return None;
    }
    let diagnostic = Diagnostic::new(
        pipeline.place_of(found),
        format!("`{}` stops `{found_text}`, not the environment of `{}`", name(stop), name(review)),
    )
    .label("the two names must be equal, or GitLab never runs the job for it")
    .related(pipeline.place_of(wanted), "this environment is to be stopped")
    .help(format!("write `{wanted_text}`"))
    .subject(subject);
    let edits = pipeline.files.get(found.file).zip(edit::replace_scalar(&found.node, wanted_text));
    let edits = edits.map(|(file, (span, text))| vec![replace(&file.path, span, text)]);
    Some(with_fix(diagnostic, format!("writes `{wanted_text}`"), edits))
}

fn action(pipeline: &Pipeline, review: &Job, stop: &Job) -> Option<Diagnostic> {
    let environment = stop.at(&["environment"])?;
    let subject = format!("{}.action", name(stop));
    let title = |rest: &str| format!("`{}` {rest}", name(stop));
    let reason =
        format!("`on_stop` of `{}` needs a job that stops: GitLab refuses the pipeline", name(review));
    match environment.get("action") {
        Some(action) if action.text() == Some("stop") => None,
        Some(action) => {
            let diagnostic =
                Diagnostic::new(pipeline.place_of(action), title("has another `action` than `stop`"))
                    .label(reason)
                    .help("write `action: stop`")
                    .subject(subject);
            let edits = pipeline.files.get(action.file).zip(edit::replace_scalar(&action.node, "stop"));
            let edits = edits.map(|(file, (span, text))| vec![replace(&file.path, span, text)]);
            Some(with_fix(diagnostic, "writes `action: stop`".to_owned(), edits))
        }
        None => {
            let diagnostic = Diagnostic::new(pipeline.place_of(environment), title("lacks `action: stop`"))
                .label(reason)
                .help("add `action: stop` to its environment")
                .subject(subject);
            let edits = insert(pipeline, environment, &["action: stop".to_owned()]).map(|edit| vec![edit]);
            Some(with_fix(diagnostic, "adds `action: stop`".to_owned(), edits))
        }
    }
}

/// A stop job that nothing holds back runs right behind the deployment.
fn manual(pipeline: &Pipeline, stop: &Job) -> Option<Diagnostic> {
    let job_when = stop.text(&["when"]);
    let when = |rule: &Value| rule.get("when").and_then(Value::text).map(str::to_owned);
    let rules: Vec<&Value> = stop.at(&["rules"]).map_or(&[] as &[Value], Value::items).iter().collect();
    let active = || rules.iter().copied().filter(|rule| when(rule).as_deref() != Some("never"));
    let bare: Vec<&Value> = active().filter(|rule| when(rule).is_none()).collect();
    let held = match rules.is_empty() {
        true => job_when == Some("manual"),
        false => active().all(|rule| when(rule).as_deref().or(job_when) == Some("manual")),
    };
    if held {
        return None;
    }
    let diagnostic = at_name(pipeline, stop, format!("`{}` runs without a click", name(stop)))
        .label("no `when: manual`: it destroys the preview as soon as it is deployed")
        .help("add `when: manual`")
        .subject(format!("{}.when", name(stop)));
    let line = ["when: manual".to_owned()];
    let edits: Option<Vec<Edit>> = match rules.is_empty() {
        true if job_when.is_none() => insert(pipeline, &stop.value, &line).map(|edit| vec![edit]),
        true => None,
        false if bare.len() == active().count() => {
            bare.iter().map(|rule| insert(pipeline, rule, &line)).collect()
        }
        false => None,
    };
    Some(with_fix(diagnostic, "adds `when: manual`".to_owned(), edits))
}

/// The branch may be gone when the job runs.
fn checkout(pipeline: &Pipeline, stop: &Job) -> Option<Diagnostic> {
    let strategy = stop.at(&["variables", "GIT_STRATEGY"]);
    if strategy.is_some_and(|strategy| matches!(strategy.text(), Some("none" | "empty") | None)) {
        return None;
    }
    let title = format!("`{}` checks the branch out before it stops the preview", name(stop));
    let reason = "it also runs when the branch is deleted, and fails then";
    let place = match strategy {
        Some(strategy) => pipeline.place_of(strategy),
        None => pipeline.place(stop.file, stop.name.span),
    };
    let diagnostic = Diagnostic::new(place, title)
        .label(format!("no `GIT_STRATEGY: none`: {reason}"))
        .help("set the variable `GIT_STRATEGY: none`")
        .subject(format!("{}.GIT_STRATEGY", name(stop)));
    let line = "GIT_STRATEGY: none".to_owned();
    let edit = match (strategy, own(stop, "variables")) {
        (Some(_), _) => None,
        (None, Some(variables)) => insert(pipeline, variables, &[line]),
        (None, None) => insert(pipeline, &stop.value, &["variables:".to_owned(), format!("  {line}")]),
    };
    Some(with_fix(diagnostic, "adds `GIT_STRATEGY: none`".to_owned(), edit.map(|edit| vec![edit])))
}
