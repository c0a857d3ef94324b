//! Names behind the verbs of the CLI, and variables of builds.

use super::{Found, Inputs, Kind, Meant, Missing, Said};
use crate::model::manifest::names::{build_variable, sanitise};
use crate::model::runbook::commands::{OktetoCall, is_stand_in, plain_hyphens};
use crate::model::runbook::known::Known;
use crate::source::{Place, Span, Spanned};
use crate::suggest::closest;
use std::collections::BTreeMap;

impl Kind {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dev => "dev container",
            Self::Build => "build",
            Self::Test => "test",
        }
    }

    /// What the operands of a verb name.
    fn behind(verb: &str) -> Option<Self> {
        match verb {
            "up" | "down" | "exec" | "status" | "doctor" | "restart" | "logs" => Some(Self::Dev),
            "build" => Some(Self::Build),
            "test" => Some(Self::Test),
            _ => None,
        }
    }
}

impl Known {
    /// The names of a kind.
    pub fn of_kind(&self, kind: Kind) -> &BTreeMap<String, Place> {
        match kind {
            Kind::Dev => &self.devs,
            Kind::Build => &self.builds,
            Kind::Test => &self.tests,
        }
    }
}

/// The operands of a call that name nothing.
pub(super) fn unknown(call: &OktetoCall, known: &Known, is_fenced: bool) -> Vec<Found> {
    let Some(kind) = Kind::behind(&call.verb).filter(|_| known.has_manifests) else { return Vec::new() };
    // `-f` of a manifest elsewhere, or of a Dockerfile: its names are not known here.
    let elsewhere = |file: &Spanned<String>| {
        let is_manifest = file.value.ends_with(".yml") || file.value.ends_with(".yaml");
        !is_manifest || file.value.starts_with("../") || file.value.contains("://")
    };
    if call.file.as_ref().is_some_and(elsewhere) {
        return Vec::new();
    }
    let names = known.of_kind(kind);
    let is_known = |name: &str| {
        let name = sanitise(&plain_hyphens(name));
        // `okteto logs` takes a pattern for the names of all components.
        names.contains_key(&name) || (call.verb == "logs" && names.keys().any(|known| known.contains(&name)))
    };
    let operands = match kind {
        // These take one name; more words than that are prose.
        Kind::Dev if call.verb != "exec" && (call.operands.len() > 1 || call.unknown) => return Vec::new(),
        Kind::Dev => call.operands.get(..1).unwrap_or_default(),
        // In a sentence `okteto build` may go on with any words.
        _ if !is_fenced
            && call.operands.len() > 1
            && !call.operands.iter().any(|operand| is_known(&operand.value)) =>
        {
            return Vec::new();
        }
        _ => call.operands.as_slice(),
    };
    let unknown = operands.iter().filter(|operand| is_name(&operand.value) && !is_known(&operand.value));
    // `okteto logs` also shows workloads that no manifest names: only a slip is certain there.
    let certain = |name: &&Spanned<String>| {
        call.verb != "logs" || closest(&name.value, names.keys().map(String::as_str)).is_some()
    };
    unknown
        .filter(certain)
        .map(|name| Found {
            span: name.span,
            missing: Missing::Name(kind, name.value.clone()),
            said: Said::Verb(call.verb.clone()),
        })
        .collect()
}

/// The build of a variable, if no manifest has it.
pub(super) fn unknown_variable(name: &str, span: Span, known: &Known) -> Vec<Found> {
    let stands_in = matches!(
        name,
        "NAME" | "APP" | "SERVICE" | "BUILD" | "X" | "XXX" | "FOO" | "BAR" | "MY_APP" | "EXAMPLE" | "N"
    );
    if stands_in || !known.has_manifests || known.has_variable(name) {
        return Vec::new();
    }
    vec![Found::plain(Missing::Variable(name.to_owned()), span)]
}

/// Whether a word is a name, and none that stands for any.
pub(super) fn is_name(word: &str) -> bool {
    let word = plain_hyphens(word);
    let formed = word.chars().all(|character| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '_')
    });
    formed
        && !is_stand_in(&word)
        && word.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !word.ends_with('-')
}

/// The name that was probably meant.
pub(super) fn meant(inputs: &Inputs<'_>, known: &Known, kind: Kind, name: &str) -> Option<Meant> {
    let names = known.of_kind(kind);
    let plain = sanitise(&plain_hyphens(name));
    if let Some(near) = closest(&plain, names.keys().map(String::as_str)) {
        return Some(Meant {
            text: near.to_owned(),
            place: names.get(near).cloned(),
            certain: is_slip(&plain, near),
        });
    }
    if kind != Kind::Dev {
        return None;
    }
    // The app instead of the dev container that serves it.
    let folder = known.apps.get(&plain)?;
    let mut serving = inputs.serving.of(folder).filter(|session| session.alias_of.is_none());
    let (session, None) = (serving.next()?, serving.next()) else { return None };
    let dev = inputs.manifests.get(session.manifest)?.devs.get(session.dev)?;
    let dev = sanitise(&dev.name.value);
    Some(Meant { place: Some(names.get(&dev)?.clone()), text: dev, certain: true })
}

/// The variable that was probably meant, in the capitals of its name.
pub(super) fn meant_variable(known: &Known, name: &str) -> Option<Meant> {
    let variables: Vec<(String, &Place)> =
        known.builds.iter().map(|(name, place)| (build_variable(name), place)).collect();
    let near = closest(name, variables.iter().map(|(name, _)| name.as_str()))?;
    let (_, place) = variables.iter().find(|(known, _)| known == near)?;
    Some(Meant { text: near.to_owned(), place: Some((*place).clone()), certain: is_slip(name, near) })
}

/// The dev container or app that a section was probably about.
pub(super) fn meant_subject(known: &Known, name: &str) -> Option<Meant> {
    let near = closest(name, known.devs.keys().chain(known.apps.keys()).map(String::as_str))?;
    let place = known.devs.get(near).cloned();
    Some(Meant { text: near.to_owned(), place, certain: is_slip(name, near) })
}

/// Whether two names differ so little that nothing else can be meant: by case, `-` and `_`, the order of
/// their parts, or one letter of many.
fn is_slip(name: &str, near: &str) -> bool {
    let parts = |text: &str| {
        let mut parts: Vec<String> = text.split(['-', '_']).map(str::to_lowercase).collect();
        parts.sort_unstable();
        parts
    };
    let joined = |text: &str| text.replace(['-', '_'], "").to_lowercase();
    let long = name.chars().count() >= 8;
    parts(name) == parts(near)
        || joined(name) == joined(near)
        || (long && name.len().abs_diff(near.len()) <= 1 && differ_once(name, near))
}

/// Whether one insertion, deletion or substitution of a letter separates two names; digits count as parts of
/// names (`web-1` and `web-2`).
fn differ_once(left: &str, right: &str) -> bool {
    let prefix = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
    let rest = |text: &str| text.chars().skip(prefix).collect::<Vec<char>>();
    let (left, right) = (rest(left), rest(right));
    let suffix = left.iter().rev().zip(right.iter().rev()).take_while(|(left, right)| left == right).count();
    let changed =
        |text: &[char]| text.iter().take(text.len().saturating_sub(suffix)).copied().collect::<Vec<char>>();
    let (left, right) = (changed(&left), changed(&right));
    left.len() <= 1
        && right.len() <= 1
        && !left.iter().chain(&right).any(|character| character.is_ascii_digit())
}
