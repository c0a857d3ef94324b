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

/// Words in front of the word for a secret: the name is that of a switch (`S3_NO_CREDENTIALS`, `USE_AUTH`).
const SWITCHES: &[&str] = &["no", "disable", "disabled", "use", "enable", "enabled", "skip", "without"];

/// Last words of names whose values say something about a secret: `AUTH_METHOD`, `TOKEN_HEADER`, `KEY_ALGORITHM`.
const ABOUT: &[&str] = &[
    "algorithm",
    "alg",
    "audience",
    "backend",
    "class",
    "dir",
    "directory",
    "domain",
    "driver",
    "enabled",
    "expiry",
    "format",
    "header",
    "host",
    "id",
    "ids",
    "issuer",
    "length",
    "level",
    "lifetime",
    "method",
    "mode",
    "name",
    "names",
    "path",
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
    "uri",
    "url",
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
    let before = name.split('_').take_while(|part| !SECRET.contains(part));
    let is_switch = before.into_iter().any(|part| SWITCHES.contains(&part));
    let is_about = name.rsplit('_').next().is_some_and(|last| ABOUT.contains(&last));
    has(SECRET) && !has(OPEN) && !is_about && !is_switch
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
    if value.starts_with('$') {
        // A build argument that becomes part of the environment.
        let stage = file.dockerfile.stage_of(index);
        return is_env && carried(value).iter().any(|name| arguments.may_be_secret(stage, index, name, 0));
    }
    can_be_secret(value)
}

/// Whether a literal can be a secret.
fn can_be_secret(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let switch = matches!(
        lower.as_str(),
        "" | "true" | "false" | "t" | "f" | "yes" | "no" | "y" | "n" | "on" | "off" | "none" | "null"
    );
    let number = value.bytes().all(|byte| byte.is_ascii_digit()) && value.len() < 8;
    let path = value.starts_with('/') || value.starts_with("./");
    let address = value.contains("://") && !value.contains('@');
    let stand_in = PLACEHOLDERS.iter().any(|word| lower.contains(word));
    !(switch || number || path || address || stand_in || value.contains('$') || value.contains('<'))
}

/// The variables whose values an expansion gives: `X` for `${X:-0}`, and for `${USE:+${X}}`.
fn carried(value: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some((_, behind)) = rest.split_once('$') {
        let braced = behind.strip_prefix('{');
        let text = braced.unwrap_or(behind);
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (name, behind) = text.split_at_checked(end).unwrap_or((text, ""));
        let is_condition = braced.is_some() && behind.trim_start_matches(':').starts_with('+');
        found.extend((!is_condition && !name.is_empty()).then_some(name));
        // What an operator is followed by is looked through in turn.
        rest = behind;
    }
    found
}

/// How often a default is followed to the default of another argument.
const MAX_DEPTH: usize = 8;

/// The build arguments: of stages, each with the first instruction that declares it, and the defaults of all.
struct BuildArguments<'a> {
    declared: HashMap<(usize, &'a str), usize>,
    /// `None` for those before the first `FROM`.
    defaults: HashMap<(Option<usize>, &'a str), &'a str>,
}

impl<'a> BuildArguments<'a> {
    fn of(file: &'a ImageFile) -> Self {
        let mut found = Self { declared: HashMap::new(), defaults: HashMap::new() };
        for (index, instruction) in file.dockerfile.instructions.iter().enumerate() {
            let Arguments::Pairs(pairs) = &instruction.arguments else { continue };
            let stage = file.dockerfile.stage_of(index);
            for pair in pairs.iter().filter(|_| instruction.keyword == Some(Keyword::Arg)) {
                let name = pair.key.value.as_str();
                if let Some(stage) = stage {
                    found.declared.entry((stage, name)).or_insert(index);
                }
                if let Some(value) = &pair.value {
                    found.defaults.entry((stage, name)).or_insert(value.value.trim_matches(['"', '\'']));
                }
            }
        }
        found
    }

    /// Whether a name is a build argument that the stage declares before, whose default does not show that it is
    /// none: that of a secret is empty or a secret.
    fn may_be_secret(&self, stage: Option<usize>, index: usize, name: &str, depth: usize) -> bool {
        let declared = stage.and_then(|stage| self.declared.get(&(stage, name)));
        if declared.is_none_or(|first| *first >= index) {
            return false;
        }
        let own = self.defaults.get(&(stage, name)).or_else(|| self.defaults.get(&(None, name)));
        match own.copied().unwrap_or_default() {
            "" => true,
            value if value.starts_with('$') && depth < MAX_DEPTH => {
                let names = carried(value);
                names.is_empty()
                    || names
                        .iter()
                        .any(|other| *other == name || self.may_be_secret(stage, index, other, depth + 1))
            }
            value => value.starts_with('$') || can_be_secret(value),
        }
    }
}
