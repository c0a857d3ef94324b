//! `dockerfile/secret-in-layer`: a secret in an `ARG` or `ENV` stays in the image and its history.

use std::collections::HashMap;

use super::files;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::{Facts, Model};
use crate::model::images::ImageFile;
use crate::syntax::dockerfile::{Arguments, Instruction, Keyword, Pair};
use crate::{Repair, Rule, Scope, Sink};

pub static RULE: Rule = Rule {
    id: "dockerfile/secret-in-layer",
    summary: "a secret is set by `ARG` or `ENV`",
    severity: Severity::Error,
    fix: Repair::None,
    scope: Scope::Tree,
    needs: &[Model::Images],
    page: include_str!("secret_in_layer.md"),
    check,
};

/// BuildKit's words for a secret (`SecretsUsedInArgOrEnv`), each between underscores.
const SECRET: &[&str] =
    &["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];

/// Words that say that it is none.
const OPEN: &[&str] = &["public", "file", "version"];

/// Last words of names whose values say something about a secret: `AUTH_METHOD`, `TOKEN_HEADER`, `KEY_ALGORITHM`.
const ABOUT: &[&str] = &[
    "algorithm",
    "alg",
    "audience",
    "backend",
    "class",
    "domain",
    "driver",
    "enabled",
    "expiry",
    "format",
    "header",
    "host",
    "issuer",
    "length",
    "level",
    "lifetime",
    "method",
    "mode",
    "plugin",
    "plugins",
    "policy",
    "port",
    "prefix",
    "provider",
    "providers",
    "realm",
    "scheme",
    "size",
    "strategy",
    "ttl",
    "type",
    "usage",
];

/// Values that stand in for a secret during a build.
const PLACEHOLDERS: &[&str] = &[
    "dummy",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "example",
    "fake",
    "not-a",
    "not_a",
    "build",
    "xxx",
];

fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for file in files(facts, sink) {
        let arguments = BuildArguments::of(file);
        for (index, instruction) in file.dockerfile.instructions.iter().enumerate() {
            let inner = instruction.innermost();
            let Arguments::Pairs(pairs) = &inner.arguments else { continue };
            if !matches!(inner.keyword, Some(Keyword::Arg | Keyword::Env)) {
                continue;
            }
            for pair in pairs {
                if let Some(diagnostic) = diagnostic(file, &arguments, index, inner, pair) {
                    sink.report(diagnostic);
                }
            }
        }
    }
}

fn diagnostic(
    file: &ImageFile,
    arguments: &BuildArguments<'_>,
    index: usize,
    instruction: &Instruction,
    pair: &Pair,
) -> Option<Diagnostic> {
    let name = pair.key.value.trim_matches(['"', '\'']);
    let is_env = instruction.keyword == Some(Keyword::Env);
    let value = pair.value.as_ref().map_or("", |value| value.value.trim_matches(['"', '\'']));
    let is_token = name == "OKTETO_TOKEN";
    let secret = is_secret_name(name)
        && is_secret_value(file, arguments, index, is_env, value)
        && !(is_of_openpgp(name) && is_fingerprint(value));
    if !secret && !is_token {
        return None;
    }
    let keyword = if is_env { "ENV" } else { "ARG" };
    let label = if is_env {
        "everybody who can pull the image can read it"
    } else {
        "the value stays in the history of the image"
    };
    let lower = name.to_lowercase();
    let stage = file.dockerfile.stage_of(index).unwrap_or(0);
    let diagnostic = Diagnostic::new(
        file.place(pair.key.span),
        format!("`{keyword} {name}` puts a secret into the image"),
    )
    .label(label)
    .help(format!("mount it where it is needed: `RUN --mount=type=secret,id={lower},env={name}`"))
    .subject(file.subject(stage, name));
    Some(match &pair.value {
        Some(value) if !value.value.contains('$') => diagnostic.conceal(file.place(value.span)),
        _ => diagnostic,
    })
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| name.split('_').any(|part| words.contains(&part));
    let is_about = name.rsplit('_').next().is_some_and(|last| ABOUT.contains(&last));
    has(SECRET) && !has(OPEN) && !is_about
}

/// `GPG_KEY`, `PGP_KEY`
fn is_of_openpgp(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.split('_').any(|part| matches!(part, "gpg" | "pgp" | "openpgp"))
}

/// The fingerprints or long ids of OpenPGP keys, as key servers are asked for them: what they name is public.
fn is_fingerprint(value: &str) -> bool {
    value.split_whitespace().all(|word| {
        let digits = word.strip_prefix("0x").unwrap_or(word);
        matches!(digits.len(), 16 | 40 | 64) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Whether a value can be a secret: no switch, number, path or address, and no stand-in.
fn is_secret_value(
    file: &ImageFile,
    arguments: &BuildArguments<'_>,
    index: usize,
    is_env: bool,
    value: &str,
) -> bool {
    if let Some(variable) = value.strip_prefix('$') {
        // A build argument that becomes part of the environment.
        let variable = variable.trim_start_matches('{').split([':', '}']).next().unwrap_or("");
        return is_env && arguments.has(file, index, variable);
    }
    let lower = value.to_ascii_lowercase();
    let switch =
        matches!(lower.as_str(), "" | "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null");
    let number = value.bytes().all(|byte| byte.is_ascii_digit()) && value.len() < 8;
    let path = value.starts_with('/') || value.starts_with("./");
    let address = value.contains("://") && !value.contains('@');
    let stand_in = PLACEHOLDERS.iter().any(|word| lower.contains(word));
    !(switch || number || path || address || stand_in || value.contains('$') || value.contains('<'))
}

/// The build arguments that stages declare, each with the first instruction that does.
struct BuildArguments<'a>(HashMap<(usize, &'a str), usize>);

impl<'a> BuildArguments<'a> {
    fn of(file: &'a ImageFile) -> Self {
        let mut found = HashMap::new();
        for (index, instruction) in file.dockerfile.instructions.iter().enumerate() {
            let Arguments::Pairs(pairs) = &instruction.arguments else { continue };
            let Some(stage) = file.dockerfile.stage_of(index) else { continue };
            for pair in pairs.iter().filter(|_| instruction.keyword == Some(Keyword::Arg)) {
                found.entry((stage, pair.key.value.as_str())).or_insert(index);
            }
        }
        Self(found)
    }

    /// Whether the stage declares a build argument of that name before.
    fn has(&self, file: &ImageFile, index: usize, name: &str) -> bool {
        let stage = file.dockerfile.stage_of(index);
        stage.and_then(|stage| self.0.get(&(stage, name))).is_some_and(|first| *first < index)
    }
}
