//! When the two jobs are part of a pipeline: `rules`, or `only` and `except`.

use super::{name, own};
use crate::diagnostic::Diagnostic;
use crate::model::pipeline::{Content, Job, Pipeline, Value, may_hold_for_merge_request};
use crate::syntax::yaml::edit;

/// The stop job must be part of every pipeline that has the deploy job: GitLab runs it in the pipeline that
/// made the deployment.
pub(super) fn disagreement(pipeline: &Pipeline, review: &Job, stop: &Job) -> Option<Diagnostic> {
    let wanted = Conditions::of(review);
    let found = Conditions::of(stop);
    let missing = wanted.missing_in(&found)?;
    let key = |job: &Job| {
        let pair = ["rules", "only", "except"].into_iter().find_map(|key| job.value.pair(key))?;
        Some(pipeline.place(pair.file, pair.span))
    };
    let place = key(stop).unwrap_or_else(|| pipeline.place(stop.file, stop.name.span));
    let diagnostic = Diagnostic::new(
        place,
        format!("`{}` is missing in pipelines that have `{}`", name(stop), name(review)),
    )
    .label(format!("{missing}; then there is no job that could stop the preview"))
    .help(format!("give both jobs the same conditions, `{}` with `when: manual`", name(stop)))
    .subject(format!("{}.rules", name(stop)));
    Some(match key(review) {
        Some(place) => diagnostic.related(place, format!("when `{}` runs", name(review))),
        None => diagnostic,
    })
}

/// When a job is added to a pipeline.
struct Conditions {
    /// Conditions of rules that add it, and of rules that keep it out; `None` without `rules`.
    rules: Option<(Vec<String>, Vec<String>)>,
    /// `only` and `except`.
    refs: (Vec<String>, Vec<String>),
}

impl Conditions {
    fn of(job: &Job) -> Self {
        let rules = job.at(&["rules"]).map(|rules| {
            let (never, add): (Vec<&Value>, Vec<&Value>) = rules
                .items()
                .iter()
                .partition(|rule| rule.get("when").and_then(Value::text) == Some("never"));
            (add.into_iter().map(condition).collect(), never.into_iter().map(condition).collect())
        });
        let refs = |key: &str| job.at(&[key]).map(words).unwrap_or_default();
        Self { rules, refs: (refs("only"), refs("except")) }
    }

    /// What the other job lacks, as a reason.
    fn missing_in(&self, other: &Self) -> Option<String> {
        match (&self.rules, &other.rules) {
            (Some((add, never)), Some((other_add, other_never))) => {
                let everything = other_add.iter().any(String::is_empty);
                if let Some(missing) = add.iter().find(|rule| !everything && !other_add.contains(rule)) {
                    return Some(if missing.is_empty() {
                        "it has no rule without a condition".to_owned()
                    } else {
                        format!("no rule `{missing}`")
                    });
                }
                let extra = other_never.iter().find(|rule| !never.contains(rule))?;
                Some(format!("only this job has the rule `{extra}` with `when: never`"))
            }
            // Without `rules` a job is part of all pipelines but those of merge requests.
            (Some((add, _)), None) => {
                let beyond = add.iter().any(|rule| may_hold_for_merge_request(rule));
                (beyond || other.refs != Default::default() && !add.is_empty())
                    .then(|| "it has no `rules`".to_owned())
            }
            (None, Some((other_add, _))) => {
                let everything = other_add.iter().any(String::is_empty);
                (!everything && self.refs == Default::default())
                    .then(|| "only this job has `rules`".to_owned())
            }
            (None, None) => (self.refs != other.refs).then(|| "`only` and `except` differ".to_owned()),
        }
    }
}

/// The condition of a rule as one text; empty when there is none.
fn condition(rule: &Value) -> String {
    let parts = ["if", "changes", "exists"].into_iter().filter_map(|key| {
        let words = words(rule.get(key)?).join(" ");
        Some(if key == "if" { words } else { format!("{key}: {words}") })
    });
    parts.collect::<Vec<_>>().join(" and ")
}

/// The texts in a value, sorted where order has no meaning, blanks normalised.
fn words(value: &Value) -> Vec<String> {
    match &value.content {
        Content::Scalar => {
            let text = value.text().unwrap_or_default();
            vec![text.split_whitespace().collect::<Vec<_>>().join(" ")]
        }
        Content::List(items) => {
            let mut all: Vec<String> = items.iter().flat_map(words).collect();
            all.sort();
            all
        }
        Content::Map(pairs) => {
            let pair = |pair: &crate::model::pipeline::Pair| {
                format!("{}: {}", pair.key, words(&pair.value).join(", "))
            };
            let mut all: Vec<String> = pairs.iter().map(pair).collect();
            all.sort();
            all
        }
        Content::Null | Content::Unknown => Vec::new(),
    }
}

/// The lines that make a new stop job part of the same pipelines, held for a click. `None` when the
/// conditions are of a form that cannot be copied as text.
pub(super) fn manual_copy(review: &Job) -> Option<Vec<String>> {
    let Some(rules) = review.at(&["rules"]) else { return Some(vec!["  when: manual".to_owned()]) };
    // What the base brings along, the new job gets from it too, but without the click.
    own(review, "rules")?;
    let mut lines = vec!["  rules:".to_owned()];
    for rule in rules.items() {
        let [pair] = rule.pairs() else { return None };
        let text = pair.value.text().filter(|_| pair.key == "if")?;
        lines.push(format!("    - if: {}", edit::quote(text)));
        lines.push("      when: manual".to_owned());
        lines.push("      allow_failure: true".to_owned());
    }
    Some(lines)
}
