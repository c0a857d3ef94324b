//! `!reference`, `extends`, `default` and global variables.

use super::load::is_reference;
use super::value::{Content, Pair, Value};
use std::cell::Cell;

/// GitLab follows so many levels of `extends`, and as many of `!reference`.
const MAX_LEVELS: usize = 10;

/// Values that all jobs together may come to: references can multiply each other.
const MAX_VALUES: usize = 1_000_000;

/// Of these, the keywords that may stand at the top level instead; others are names of jobs there.
const GLOBAL: [&str; 5] = ["after_script", "before_script", "cache", "image", "services"];

/// Keywords that a job takes from `default`.
const INHERITED: [&str; 13] = [
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
];

/// Resolves the jobs of a configuration.
pub(super) struct Resolver<'a> {
    root: &'a Value,
    budget: Cell<usize>,
}

impl<'a> Resolver<'a> {
    pub(super) const fn new(root: &'a Value) -> Self {
        Self { root, budget: Cell::new(MAX_VALUES) }
    }

    /// A job with all that it inherits.
    pub(super) fn job(&self, name: &str) -> Result<Value, String> {
        let job = self.extended(name, &mut Vec::new())?;
        Ok(self.with_globals(self.with_defaults(job)))
    }

    fn extended(&self, name: &str, above: &mut Vec<String>) -> Result<Value, String> {
        if above.iter().any(|known| known == name) {
            return Err(format!("`extends` leads back to `{name}`"));
        }
        if above.len() > MAX_LEVELS {
            return Err("`extends` has more levels than GitLab follows".to_owned());
        }
        let raw = self.root.get(name).ok_or_else(|| format!("`extends: {name}` names no job in sight"))?;
        let own = self.referenced(raw, 0);
        let bases: Vec<String> = match own.get("extends") {
            Some(extends) if extends.text().is_some() => {
                extends.text().map(str::to_owned).into_iter().collect()
            }
            Some(extends) => {
                extends.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect()
            }
            None => Vec::new(),
        };
        above.push(name.to_owned());
        let mut merged: Option<Value> = None;
        for base in &bases {
            let base = self.extended(base, above)?;
            merged = Some(match merged {
                Some(before) => before.merged(base),
                None => base,
            });
        }
        above.pop();
        Ok(match merged {
            Some(base) => base.merged(own),
            None => own,
        })
    }

    /// The value with `!reference` replaced by what it names.
    fn referenced(&self, value: &Value, level: usize) -> Value {
        let Some(left) = self.budget.get().checked_sub(1) else { return value.with(Content::Unknown) };
        self.budget.set(left);
        if is_reference(&value.node) {
            let target = (level < MAX_LEVELS).then(|| self.target(value)).flatten();
            return match target {
                Some(target) => self.referenced(target, level + 1),
                None => value.with(Content::Unknown),
            };
        }
        match &value.content {
            Content::Map(pairs) => {
                let pair = |pair: &Pair| Pair { value: self.referenced(&pair.value, level), ..pair.clone() };
                value.with(Content::Map(pairs.iter().map(pair).collect()))
            }
            Content::List(items) => {
                let mut flat = Vec::new();
                for item in items {
                    let resolved = self.referenced(item, level);
                    // A list in the place of an item is taken over item by item.
                    match resolved.content {
                        Content::List(inner) if is_reference(&item.node) => flat.extend(inner),
                        _ => flat.push(resolved),
                    }
                }
                value.with(Content::List(flat))
            }
            Content::Null | Content::Scalar | Content::Unknown => value.clone(),
        }
    }

    fn target(&self, reference: &Value) -> Option<&'a Value> {
        let keys: Vec<&str> = reference.items().iter().map(Value::text).collect::<Option<_>>()?;
        if keys.is_empty() { None } else { self.root.at(&keys) }
    }

    fn with_defaults(&self, mut job: Value) -> Value {
        let wanted = inheritance(&job, "default");
        let Content::Map(pairs) = &mut job.content else { return job };
        for key in INHERITED.into_iter().filter(|key| wanted.takes(key)) {
            let global = GLOBAL.contains(&key).then(|| self.root.get(key)).flatten();
            let default = self.root.at(&["default", key]).or(global);
            if let Some(default) = default.filter(|_| !pairs.iter().any(|pair| pair.key == key)) {
                pairs.push(inherited(key, self.referenced(default, 0)));
            }
        }
        job
    }

    fn with_globals(&self, mut job: Value) -> Value {
        let wanted = inheritance(&job, "variables");
        let Some(globals) = self.root.get("variables") else { return job };
        let globals = self.referenced(globals, 0);
        let taken: Vec<Pair> =
            globals.pairs().iter().filter(|pair| wanted.takes(&pair.key)).cloned().collect();
        let globals = globals.with(Content::Map(taken));
        let Content::Map(pairs) = &mut job.content else { return job };
        match pairs.iter_mut().find(|pair| pair.key == "variables") {
            Some(own) => own.value = globals.merged(own.value.clone()),
            None => pairs.push(inherited("variables", globals)),
        }
        job
    }
}

fn inherited(key: &str, value: Value) -> Pair {
    Pair { key: key.to_owned(), span: value.node.site(), file: value.file, value }
}

/// What `inherit: {default: …}` lets through.
enum Inheritance {
    All,
    None,
    Only(Vec<String>),
}

impl Inheritance {
    fn takes(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Only(keys) => keys.iter().any(|known| known == key),
        }
    }
}

fn inheritance(job: &Value, kind: &str) -> Inheritance {
    match job.at(&["inherit", kind]) {
        Some(value) if value.text() == Some("false") => Inheritance::None,
        Some(value) if matches!(value.content, Content::List(_)) => Inheritance::Only(
            value.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect(),
        ),
        _ => Inheritance::All,
    }
}
