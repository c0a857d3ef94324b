//! What each program needs and makes: one function for each kind of command line.

use super::flags::{COMPOSE_VALUES, HELM_VALUES, KUBECTL_VALUES, MAKERS};
use super::{Role, Step, Walk};
use crate::syntax::shell::{Arguments, Flag, Invocation, Subcommand, Word, arguments, subcommand};

impl Walk<'_> {
    pub(super) fn program(&mut self, invocation: &Invocation<'_>) {
        let word = invocation.word;
        if word.text.contains('/') && !word.text.starts_with('/') {
            self.run(word);
        }
        let args = invocation.args;
        match invocation.program {
            "helm" => self.helm(&subcommand(args, HELM_VALUES)),
            "kubectl" | "oc" => self.kubectl(&subcommand(args, KUBECTL_VALUES)),
            "kustomize" => self.kustomize(&subcommand(args, &[])),
            "docker-compose" => self.flags(&subcommand(args, COMPOSE_VALUES).flags, &["-f", "--file"]),
            "docker" => self.docker(&subcommand(args, &["--context", "-H", "--host", "--config"])),
            "okteto" => self.okteto(&subcommand(args, &["-n", "--namespace", "-c", "--context"])),
            "sh" | "bash" | "dash" | "ksh" | "zsh" | "ash" => {
                let arguments = arguments(args, &["-o", "+o"]);
                match arguments.operands.first() {
                    Some(script) => self.run(script),
                    None => self.steps.push(Step::MakeAnything),
                }
            }
            "source" | "." => match args.first().filter(|script| script.text.contains('/')) {
                Some(script) => self.run(script),
                None => self.steps.push(Step::MakeAnything),
            },
            "cd" | "pushd" => {
                let target =
                    args.iter().find(|word| !matches!(word.text.as_str(), "--" | "-P" | "-L" | "-e"));
                if let Some(target) = target {
                    self.need(target, Role::Folder);
                }
            }
            "test" | "[" | "[[" => {
                self.steps.extend(args.iter().map(|word| Step::Ask(word.text.clone())));
            }
            program => self.file_tools(program, args),
        }
        if MAKERS.contains(&invocation.program) {
            self.steps.push(Step::MakeAnything);
        }
    }

    fn file_tools(&mut self, program: &str, args: &[Word]) {
        match program {
            "make" => {
                let found = arguments(args, &["-C", "--directory", "-f", "--file", "-j", "-o", "-W"]);
                self.flags(&found.flags, &["-C", "--directory", "-f", "--file"]);
            }
            "node" | "python" | "python3" | "ruby" | "perl" | "deno" | "tsx" | "ts-node" => {
                let found = arguments(args, &["-r", "--require", "--import", "--loader"]);
                let inline =
                    found.flags.iter().any(|flag| matches!(flag.name, "-c" | "-e" | "-m" | "-p" | "--eval"));
                let script = found.operands.first().filter(|word| {
                    let known = [".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl"];
                    known.iter().any(|extension| word.text.ends_with(extension))
                });
                if let Some(script) = script.filter(|_| !inline) {
                    self.need(script, Role::Script);
                }
            }
            "mkdir" | "touch" | "tee" => {
                arguments(args, &["-m", "--mode"]).operands.into_iter().for_each(|word| self.make(word));
            }
            "cp" | "mv" | "ln" | "install" => {
                self.copy(&arguments(args, &["-m", "-t", "--target-directory"]))
            }
            "git" => self.git(&subcommand(args, &["-C", "-c", "--git-dir", "--work-tree"])),
            "curl" | "wget" => {
                let found =
                    arguments(args, &["-o", "--output", "-O", "--output-document", "-H", "-d", "-X", "-u"]);
                let target = ["-o", "--output", "-O", "--output-document"];
                let values = found.flags.iter().filter(|flag| target.contains(&flag.name));
                values.filter_map(|flag| flag.value.as_ref()).for_each(|word| self.make(word));
                // `curl -O URL` takes the name from the URL.
                let last = |word: &Word| word.text.rsplit('/').next().unwrap_or("").to_owned();
                let names: Vec<String> =
                    args.iter().filter(|word| word.text.contains("://")).map(last).collect();
                self.steps.extend(names.into_iter().map(|name| Step::Make(self.directory.clone(), name)));
            }
            _ => {}
        }
    }

    fn copy(&mut self, arguments: &Arguments<'_>) {
        let Some((target, sources)) = arguments.operands.split_last() else { return };
        self.make(target);
        for source in sources {
            if let (Some(folder), Some(source)) = (target.as_literal(), source.as_literal()) {
                let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                self.steps.push(Step::Make(self.directory.clone(), format!("{folder}/{name}")));
            }
        }
    }

    fn git(&mut self, found: &Subcommand<'_>) {
        if found.name() != "clone" {
            if matches!(
                found.name(),
                "checkout" | "pull" | "submodule" | "worktree" | "restore" | "apply" | "archive"
            ) {
                self.steps.push(Step::MakeAnything);
            }
            return;
        }
        let values = ["-b", "--branch", "--depth", "-o", "--origin", "--reference", "-c", "--config"];
        let arguments = arguments(found.rest, &values);
        match arguments.operands.as_slice() {
            [_, folder, ..] if folder.is_literal() => self.make(folder),
            [url] if url.is_literal() => {
                let name = url.text.trim_end_matches('/').trim_end_matches(".git");
                let name = name.rsplit(['/', ':']).next().unwrap_or("").to_owned();
                self.steps.push(Step::Make(self.directory.clone(), name));
            }
            _ => self.steps.push(Step::MakeAnything),
        }
    }

    /// The values of some flags, each a path.
    fn flags(&mut self, flags: &[Flag<'_>], names: &[&str]) {
        for flag in flags.iter().filter(|flag| names.contains(&flag.name)) {
            if let Some(value) = &flag.value {
                self.need_list(value, Role::Input);
            }
        }
    }

    fn helm(&mut self, found: &Subcommand<'_>) {
        let values = arguments(found.rest, HELM_VALUES);
        let has = |name: &str| values.flags.iter().chain(&found.flags).any(|flag| flag.name == name);
        let chart = match found.name() {
            "secrets" | "diff" => return self.helm(&subcommand(found.rest, HELM_VALUES)),
            "repo" if values.operands.first().is_some_and(|word| word.text == "add") => {
                self.steps
                    .extend(values.operands.get(1).map(|name| Step::ChartRepository(name.text.clone())));
                return;
            }
            "pull" | "fetch" | "create" => return self.steps.push(Step::MakeAnything),
            "upgrade" => values.operands.get(1),
            "install" | "template" => values.operands.get(1).or(values.operands.first()),
            "lint" | "package" => values.operands.first(),
            "dependency" | "dep" | "dependencies" => values.operands.get(1),
            _ => return,
        };
        self.flags(&values.flags, &["-f", "--values"]);
        for flag in values.flags.iter().filter(|flag| flag.name == "--set-file") {
            self.after_key(flag.value.as_ref());
        }
        let Some(chart) = chart.filter(|_| !has("--repo")) else { return };
        let relative = chart.text.starts_with("./") || chart.text.starts_with("../");
        let one_word = !chart.text.contains('/') && !has("--version");
        let never_remote = matches!(found.name(), "lint" | "package" | "dependency" | "dep" | "dependencies");
        let role = if relative || one_word || never_remote { Role::Chart } else { Role::ChartReference };
        if !has("--version") || role == Role::Chart {
            self.need(chart, role);
        }
        if found.name().starts_with("dep") {
            self.steps.push(Step::Make(self.directory.clone(), format!("{}/charts", chart.text)));
        }
    }

    fn kubectl(&mut self, found: &Subcommand<'_>) {
        let values = arguments(found.rest, KUBECTL_VALUES);
        match found.name() {
            // `-f` of `logs` and `exec` is another flag.
            "apply" | "create" | "replace" | "delete" | "diff" | "label" | "annotate" | "wait" | "get"
            | "patch" => {
                self.flags(
                    &values.flags,
                    &["-f", "--filename", "-k", "--kustomize", "--from-env-file", "--patch-file"],
                );
                for flag in values.flags.iter().filter(|flag| flag.name == "--from-file") {
                    self.after_key(flag.value.as_ref());
                }
            }
            "kustomize" => {
                if let Some(folder) = values.operands.first() {
                    self.need(folder, Role::Input);
                }
            }
            "cp" => self.steps.push(Step::MakeAnything),
            _ => {}
        }
    }

    /// `key=path`, or the path alone.
    fn after_key(&mut self, value: Option<&Word>) {
        if let Some(value) = value {
            let start = value.text.find('=').map_or(0, |at| at + 1);
            self.need_part(value, start, value.text.len(), Role::Input);
        }
    }

    fn kustomize(&mut self, found: &Subcommand<'_>) {
        let operands = arguments(found.rest, &["-o", "--output", "--load-restrictor"]).operands;
        if let Some(folder) = operands.first().filter(|_| found.name() == "build") {
            self.need(folder, Role::Input);
        }
    }

    fn docker(&mut self, found: &Subcommand<'_>) {
        match found.name() {
            "compose" => self.flags(&subcommand(found.rest, COMPOSE_VALUES).flags, &["-f", "--file"]),
            "build" | "buildx" => {
                let values =
                    arguments(found.rest, &["-f", "--file", "-t", "--tag", "--build-arg", "--target"]);
                self.flags(&values.flags, &["-f", "--file"]);
            }
            _ => {}
        }
    }

    fn okteto(&mut self, found: &Subcommand<'_>) {
        if matches!(found.name(), "build" | "deploy" | "destroy" | "test" | "up" | "down" | "validate") {
            let values =
                ["-f", "--file", "-n", "--namespace", "-c", "--context", "-v", "--var", "--image", "--name"];
            self.flags(&arguments(found.rest, &values).flags, &["-f", "--file"]);
        }
    }
}
