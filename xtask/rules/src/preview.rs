//! `preview/`: preview environments in GitLab CI.

use super::{Rule, Sink};
use crate::facts::Facts;
use crate::model::pipeline::{Job, OktetoCall, Pipeline};

mod credentials;
mod jobs;
mod name;

/// The rules of the group.
pub static RULES: &[&Rule] = &[&jobs::RULE, &name::RULE, &credentials::RULE];

/// The jobs that call `okteto VERB`, each with its first such call.
fn callers<'a>(pipeline: &'a Pipeline, verb: &str) -> Vec<(&'a Job, OktetoCall)> {
    let call = |job: &Job| pipeline.okteto_calls(job).into_iter().find(|call| call.verb == verb);
    pipeline.jobs.iter().filter_map(|job| Some((job, call(job)?))).collect()
}

/// The calls of `okteto VERB` in a job, in order.
fn calls(pipeline: &Pipeline, job: &Job, verb: &str) -> Vec<OktetoCall> {
    pipeline.okteto_calls(job).into_iter().filter(|call| call.verb == verb).collect()
}

/// Says which parts of the pipeline are out of sight.
fn skip_hidden(facts: &Facts, sink: &mut Sink<'_>) {
    for (place, reason) in &facts.pipeline().hidden {
        sink.skip(&place.path, reason.clone());
    }
}
