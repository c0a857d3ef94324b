//! What commands ask of a cluster: calls of the Okteto CLI, and the namespaces that `kubectl` and `helm` are told.
//!
//! Manifests, pipelines and runbooks write the same commands, and all of them are read here.

use crate::syntax::shell::{self, Flag, Invocation, Word};

/// A call of the Okteto CLI.
#[derive(Clone, Debug)]
pub struct OktetoCommand<'a> {
    /// The subcommands: `up`, `preview deploy`, `namespace create`; short names of groups written out.
    pub verb: String,
    /// The flags, wherever they stand.
    pub flags: Vec<Flag<'a>>,
    /// The operands, what stands behind `--` left out: it is for the pod.
    pub operands: Vec<&'a Word>,
}

/// Flags of the Okteto CLI that take a value as their next word (okteto/okteto 3.14, `cmd/*`).
const OKTETO_VALUES: [&str; 38] = [
    "-n",
    "--namespace",
    "-c",
    "--context",
    "-f",
    "--file",
    "-e",
    "--env",
    "-r",
    "--remote",
    "--repository",
    "-b",
    "--branch",
    "-s",
    "--scope",
    "--sourceUrl",
    "-t",
    "--tag",
    "--timeout",
    "--target",
    "--build-arg",
    "--cache-from",
    "--export-cache",
    "--secret",
    "--platform",
    "--progress",
    "--builder",
    "-v",
    "--var",
    "--name",
    "-p",
    "--label",
    "--token",
    "-l",
    "--loglevel",
    "--log-level",
    "--log-output",
    "--since",
];

/// Subcommands of the Okteto CLI that have subcommands themselves, with their short names.
const OKTETO_GROUPS: [(&str, &str); 8] = [
    ("context", "context"),
    ("ctx", "context"),
    ("namespace", "namespace"),
    ("ns", "namespace"),
    ("preview", "preview"),
    ("pipeline", "pipeline"),
    ("kubeconfig", "kubeconfig"),
    ("manifest", "manifest"),
];

/// Flags of `kubectl create` that take a value as their next word.
const KUBECTL_VALUES: [&str; 9] =
    ["-n", "--namespace", "-o", "--output", "--context", "--kubeconfig", "-f", "--filename", "--cluster"];

/// How all of them are told a namespace.
const NAMESPACE: [&str; 2] = ["-n", "--namespace"];

impl<'a> OktetoCommand<'a> {
    /// The call that an invocation is; `None` for other programs, and where only the shell knows the verb.
    pub fn of(invocation: &Invocation<'a>) -> Option<Self> {
        if invocation.program != "okteto" {
            return None;
        }
        let own = invocation.args.iter().position(|word| word.text == "--");
        let own = invocation.args.get(..own.unwrap_or(invocation.args.len())).unwrap_or_default();
        // `-v` is `--volumes` of `down`, and takes no value there.
        let is_down = own.iter().any(|word| word.text == "down");
        let arguments = match is_down {
            true => {
                shell::arguments(own, &OKTETO_VALUES.map(|flag| if flag == "-v" { "--var" } else { flag }))
            }
            false => shell::arguments(own, &OKTETO_VALUES),
        };
        let mut operands = arguments.operands.into_iter();
        let first = operands.next()?.as_literal()?;
        let group = OKTETO_GROUPS.iter().find(|(name, _)| *name == first);
        let verb = match group {
            Some((_, group)) => match operands.next().and_then(Word::as_literal) {
                Some(second) => format!("{group} {second}"),
                None => (*group).to_owned(),
            },
            None => first.to_owned(),
        };
        Some(Self { verb, flags: arguments.flags, operands: operands.collect() })
    }

    /// The value of the last of these flags.
    pub fn value(&self, names: &[&str]) -> Option<&Word> {
        shell::last_flag(&self.flags, names)?.value.as_ref()
    }

    /// `-n`, `--namespace`.
    pub fn namespace(&self) -> Option<&Word> {
        self.value(&NAMESPACE)
    }
}

/// The namespace that a call of `okteto namespace create`, `kubectl create namespace` or `helm --create-namespace`
/// creates.
pub fn created(invocation: &Invocation<'_>) -> Option<Word> {
    match invocation.program {
        "okteto" => {
            let call = OktetoCommand::of(invocation).filter(|call| call.verb == "namespace create")?;
            call.operands.first().map(|word| (*word).clone())
        }
        "kubectl" => {
            let words = shell::arguments(invocation.args, &KUBECTL_VALUES);
            let mut operands = words.operands.iter();
            let verb = operands.next()?.as_literal()?;
            let kind = operands.next()?.as_literal()?;
            let rehearsed = words.flags.iter().any(|flag| flag.name == "--dry-run");
            // `kubectl create --dry-run=client -o yaml | kubectl apply -f -` creates it all the same.
            let is_piped = rehearsed && words.flags.iter().any(|flag| matches!(flag.name, "-o" | "--output"));
            let creates = verb == "create" && matches!(kind, "namespace" | "ns" | "namespaces");
            let name = (*operands.next()?).clone();
            (creates && (!rehearsed || is_piped)).then_some(name)
        }
        "helm" => {
            let asked = invocation.args.iter().any(|word| word.text == "--create-namespace");
            told_namespace(invocation).filter(|_| asked)
        }
        _ => None,
    }
}

/// The namespace that a call is told with `-n` or `--namespace`.
pub fn told_namespace(invocation: &Invocation<'_>) -> Option<Word> {
    let flags = shell::arguments(invocation.args, &NAMESPACE).flags;
    shell::last_flag(&flags, &NAMESPACE)?.value.clone()
}

#[cfg(test)]
mod tests {
    use super::{OktetoCommand, created};
    use crate::syntax::shell;

    #[test]
    fn flags_stand_anywhere() {
        for (text, verb, operands) in [
            ("okteto -n web up api --reset", "up", vec!["api"]),
            ("okteto ns -c x use web", "namespace use", vec!["web"]),
            ("okteto preview deploy --label a -b main review-1", "preview deploy", vec!["review-1"]),
            ("okteto exec web -- bash -c ls", "exec", vec!["web"]),
            ("okteto namespace", "namespace", vec![]),
        ] {
            let script = shell::parse(text);
            let invocation = script.invocations().next().unwrap();
            let call = OktetoCommand::of(&invocation).unwrap();
            let found: Vec<&str> = call.operands.iter().map(|word| word.text.as_str()).collect();
            assert_eq!((call.verb.as_str(), found), (verb, operands), "{text}");
        }
    }

    #[test]
    fn namespaces_are_created_by_three_tools() {
        for (text, expected) in [
            ("okteto namespace create --use=false web", Some("web")),
            ("okteto -c https://okteto.example.com ns create web", Some("web")),
            ("okteto namespace delete web", None),
            ("kubectl --context x create namespace web", Some("web")),
            ("kubectl create namespace web --dry-run=client", None),
            ("kubectl create ns web --dry-run=client -o yaml", Some("web")),
            ("helm upgrade -i web chart -n web --create-namespace", Some("web")),
            ("helm upgrade -i web chart -n web", None),
        ] {
            let script = shell::parse(text);
            let invocation = script.invocations().next().unwrap();
            let found = created(&invocation).map(|word| word.text);
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
