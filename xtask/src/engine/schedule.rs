//! Building models and running rules on all cores, each as soon as what it needs stands.
//!
//! Answers come in the order of the tables, however the work was shared out.

use crate::diagnostic::{Diagnostic, Skipped};
use crate::facts::{Facts, Model};
use crate::rules::{Rule, Scope, Sink};
use crate::source::RepoPath;
use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What came of a model.
pub(super) struct Built {
    pub model: Model,
    /// The message of a panic.
    pub result: Result<(), String>,
    pub time: Duration,
}

/// What came of a rule.
pub(super) struct Ran {
    pub rule: &'static Rule,
    /// Findings and what was passed over, or the message of a panic.
    pub result: Result<(Vec<Diagnostic>, Vec<Skipped>), String>,
    pub time: Duration,
}

/// Builds the models that `rules` need, and runs them. What needs a model that failed is left out.
pub(super) fn run(facts: &Facts, rules: &[&'static Rule]) -> (Vec<Built>, Vec<Ran>) {
    let wanted = closure(rules.iter().flat_map(|rule| rule.needs));
    let models = Model::all().filter(|model| wanted.contains(model)).map(Task::Model);
    let tasks: Vec<Task> = models.chain(rules.iter().copied().map(Task::Rule)).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(tasks.len());
    let board = Board { state: Mutex::new(State::new(tasks.len())), changed: Condvar::new(), tasks };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| board.work(facts));
        }
        board.work(facts);
    });
    let state = board.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (mut built, mut ran) = (Vec::new(), Vec::new());
    for outcome in state.outcomes.into_iter().flatten() {
        match outcome {
            Outcome::Model(model) => built.push(model),
            Outcome::Rule(rule) => ran.push(rule),
        }
    }
    (built, ran)
}

/// Models with all that they are made of.
fn closure<'a>(needs: impl Iterator<Item = &'a Model>) -> BTreeSet<Model> {
    let mut all = BTreeSet::new();
    let mut queue: Vec<Model> = needs.copied().collect();
    while let Some(model) = queue.pop() {
        if all.insert(model) {
            queue.extend(model.made_of());
        }
    }
    all
}

#[derive(Clone, Copy)]
enum Task {
    Model(Model),
    Rule(&'static Rule),
}

impl Task {
    fn needs(&self) -> &'static [Model] {
        match self {
            Self::Model(model) => model.made_of(),
            Self::Rule(rule) => rule.needs,
        }
    }

    fn perform(self, facts: &Facts) -> Outcome {
        match self {
            Self::Model(model) => Outcome::Model(build(facts, model)),
            Self::Rule(rule) => Outcome::Rule(check(facts, rule)),
        }
    }
}

enum Outcome {
    Model(Built),
    Rule(Ran),
}

/// Where the workers meet.
struct Board {
    tasks: Vec<Task>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// By task: whether somebody has taken it, or nobody will.
    taken: Vec<bool>,
    /// By task: what came of it.
    outcomes: Vec<Option<Outcome>>,
    built: BTreeSet<Model>,
    failed: BTreeSet<Model>,
}

impl State {
    fn new(tasks: usize) -> Self {
        Self {
            taken: vec![false; tasks],
            outcomes: std::iter::repeat_with(|| None).take(tasks).collect(),
            built: BTreeSet::new(),
            failed: BTreeSet::new(),
        }
    }

    /// Takes the first task whose needs stand, and leaves out those whose needs failed.
    fn take(&mut self, tasks: &[Task]) -> Option<(usize, Task)> {
        for (number, (task, taken)) in tasks.iter().zip(&mut self.taken).enumerate() {
            let needs = task.needs();
            if *taken {
                continue;
            }
            if needs.iter().any(|model| self.failed.contains(model)) {
                *taken = true;
                if let Task::Model(model) = task {
                    self.failed.insert(*model);
                }
            } else if needs.iter().all(|model| self.built.contains(model)) {
                *taken = true;
                return Some((number, *task));
            }
        }
        None
    }

    fn put(&mut self, number: usize, outcome: Outcome) {
        if let Outcome::Model(Built { model, result, .. }) = &outcome {
            let side = if result.is_ok() { &mut self.built } else { &mut self.failed };
            side.insert(*model);
        }
        if let Some(slot) = self.outcomes.get_mut(number) {
            *slot = Some(outcome);
        }
    }
}

impl Board {
    /// Performs tasks until all are taken.
    fn work(&self, facts: &Facts) {
        let mut state = self.lock();
        loop {
            if let Some((number, task)) = state.take(&self.tasks) {
                drop(state);
                let outcome = task.perform(facts);
                state = self.lock();
                state.put(number, outcome);
                self.changed.notify_all();
            } else if state.taken.iter().all(|taken| *taken) {
                return;
            } else {
                // Somebody builds what the rest needs.
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn build(facts: &Facts, model: Model) -> Built {
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| model.build(facts)));
    Built { model, result: result.map_err(|payload| panic_text(&*payload)), time: start.elapsed() }
}

fn check(facts: &Facts, rule: &'static Rule) -> Ran {
    let start = Instant::now();
    if rule.scope == Scope::Disk && facts.disk.is_none() {
        let reason = "looks at the laptop's own files: silent for index and revisions".to_owned();
        let skipped = Skipped { rule: rule.id.to_owned(), path: RepoPath::root(), reason };
        return Ran { rule, result: Ok((Vec::new(), vec![skipped])), time: start.elapsed() };
    }
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut sink = Sink::new(rule, facts);
        (rule.check)(facts, &mut sink);
        sink.into_parts()
    }));
    Ran { rule, result: result.map_err(|payload| panic_text(&*payload)), time: start.elapsed() }
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".to_owned())
}
