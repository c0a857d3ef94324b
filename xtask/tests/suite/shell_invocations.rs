//! What runs: from a shell text to programs and arguments.

use xtask::syntax::shell;

/// `program arg arg` of every invocation, with `user: ` in front when a wrapper changed it.
fn runs(text: &str) -> Vec<String> {
    let script = shell::parse(text);
    let line = |invocation: shell::Invocation<'_>| {
        let mut parts = vec![invocation.program];
        parts.extend(invocation.args.iter().map(|word| word.text.as_str()));
        let user = invocation.user.map(|user| format!("{user}: ")).unwrap_or_default();
        format!("{user}{}", parts.join(" "))
    };
    script.invocations().map(line).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(runs(text), expected, "{text:?}");
}

#[test]
fn lists_pipelines_and_groups() {
    check("a 1; b && c || d | e |& f & g\nh", &["a 1", "b", "c", "d", "e", "f", "g", "h"]);
    check("{ a; b; } && (c; d) > log", &["a", "b", "c", "d"]);
    check("! a && { ! b; }", &["a", "b"]);
    check("(cd x && npm ci)", &["cd x", "npm ci"]);
    check("a;;b ) c } d", &["a", "b", "c } d"]);
    check("npm ci &>log; npm i >&2 2>/dev/null <in", &["npm ci", "npm i"]);
    check("npm \\\n  ci && \\\r\n yarn\r\nb # npm ci\n # x\nc#d", &["npm ci", "yarn", "b", "c#d"]);
}

#[test]
fn the_template_of_next_js() {
    check(
        "if [ -f yarn.lock ]; then yarn --frozen-lockfile; \\\n elif [ -f package-lock.json ]; then npm ci; \\\n \
         elif [ -f pnpm-lock.yaml ]; then corepack enable pnpm && pnpm i --frozen-lockfile; \\\n \
         else echo \"Lockfile not found.\" && exit 1; \\\n fi",
        &[
            "[ -f yarn.lock ]",
            "yarn --frozen-lockfile",
            "[ -f package-lock.json ]",
            "npm ci",
            "[ -f pnpm-lock.yaml ]",
            "corepack enable pnpm",
            "pnpm i --frozen-lockfile",
            "echo Lockfile not found.",
            "exit 1",
        ],
    );
}

#[test]
fn compound_commands() {
    check("for d in a b; do (cd $d && npm ci); done", &["cd $d", "npm ci"]);
    check("for d in $(ls apps)\ndo npm ci\ndone > log && echo", &["ls apps", "npm ci", "echo"]);
    check("for ((i=0; i<3; i++)); do a; done; b", &["a", "b"]);
    check("while read -r l; do a; done < f; until b; do c; done", &["read -r l", "a", "b", "c"]);
    check("case $x in a|b) npm ci;; (c) yarn ;& *) pnpm i; esac; z", &["npm ci", "yarn", "pnpm i", "z"]);
    check("case x in esac; z", &["z"]);
    check("x=$(case a in a) npm ci;; esac) && b", &["npm ci", "b"]);
    check("f() { npm ci; }; f", &["npm ci", "f"]);
    check("function f { npm ci; }\nfunction g() ( a )\ng", &["npm ci", "a", "g"]);
    check("[[ -f a && $(b) < c ]] && d", &["[[ -f a && $(b) < c ]]", "b", "d"]);
    check("(( x = 1 << 2 )) && a; ((1)); b", &["a", "b"]);
    check("time -p { a; }; time (b); time c", &["a", "b", "c"]);
    check("if a; then b; ) c", &["a", "b", "c"]);
    check("select x in a; do b; done", &["b"]);
    check("{\na\n}\nb", &["a", "b"]);
    check("if a\nthen\n\nb\nelse\nc\nfi\nd", &["a", "b", "c", "d"]);
}

#[test]
fn substitutions() {
    check("out=$(npm ci)", &["npm ci"]);
    check("echo \"x $(npm ci) `yarn` y\"", &["echo x $(npm ci) `yarn` y", "npm ci", "yarn"]);
    check("echo ${x:-$(a)} $((1 + $(b)))", &["echo ${x:-$(a)} $((1 + $(b)))", "a", "b"]);
    check("echo $( (c) ) <(d) >(e)", &["echo $( (c) ) <(d) >(e)", "c", "d", "e"]);
    check("echo `a \\`b\\` c`", &["echo `a \\`b\\` c`", "a `b` c", "b"]);
    check("echo '$(npm ci)' \"\\$(b)\"", &["echo $(npm ci) $(b)"]);
    check("x=$(cat <<EOF\n$(npm ci)\nEOF\n) && b", &["cat", "npm ci", "b"]);
    check("A=(a $(b)) c", &["c", "b"]);
    check("echo $((2 << 3)) && a <<EOF\nx\nEOF", &["echo $((2 << 3))", "a"]);
    check("echo \"${x:-\"$(a)\"}\" b", &["echo ${x:-\"$(a)\"} b", "a"]);
}

#[test]
fn subscripts_arrays_and_old_arithmetic() {
    check("x=$[a -1] && npm ci", &["npm ci"]);
    check("echo \"$[\" && npm ci", &["echo $[", "npm ci"]);
    check("echo ${a[$((${#b[@]} - 1))]} && npm ci", &["echo ${a[$((${#b[@]} - 1))]}", "npm ci"]);
    check("echo ${a[`x y`]}", &["echo ${a[`x y`]}", "x y"]);
    check("a=(\n# it's (one\n'b' # c)\n) && npm ci", &["npm ci"]);
    check("a=(b#c) npm ci", &["npm ci"]);
}

#[test]
fn wrappers() {
    for (text, expected) in [
        ("corepack pnpm@9 i", "pnpm i"),
        ("npx -y pnpm@9 i", "pnpm i"),
        ("env -u X -i A=b npm ci", "npm ci"),
        ("xargs -n 1 npm i -g", "npm i -g"),
        ("xargs -0n1 npm i", "npm i"),
        ("\"npm\" ci", "npm ci"),
        ("\\npm ci", "npm ci"),
        (">log npm ci", "npm ci"),
        ("/usr/bin/npm ci", "npm ci"),
        ("A=1 npm ci", "npm ci"),
        ("command npm ci", "npm ci"),
        ("command -v npm", "command -v npm"),
        ("exec -a x npm ci", "npm ci"),
        ("timeout -s KILL 5m npm ci", "npm ci"),
        ("nice -n 5 nohup time npm ci", "npm ci"),
        ("env -S 'npm ci'", "npm ci"),
        ("bash -lec 'npm ci'", "npm ci"),
        ("bash -eo pipefail -c 'npm ci' x y", "npm ci"),
        ("bash -o pipefail -c 'npm ci'", "npm ci"),
        ("eval npm ci", "npm ci"),
        ("eval \"npm ci\"", "npm ci"),
        ("tini -- npm ci", "npm ci"),
        ("dotenv -e .env -- npm ci", "npm ci"),
        ("cross-env A=1 npm ci", "npm ci"),
        ("doppler run -p x -- npm ci", "npm ci"),
        ("pnpm dlx npm@10 ci", "npm ci"),
        ("script -qec 'npm ci' /dev/null", "npm ci"),
        ("corepack enable", "corepack enable"),
        ("npx -c 'npm ci'", "npm ci"),
        ("sh <<EOF\nnpm ci\nEOF\n", "npm ci"),
        ("bash -s -- x <<'EOF'\nnpm ci\nEOF", "npm ci"),
        ("sh <<< 'npm ci'", "npm ci"),
        ("sh script.sh", "sh script.sh"),
        ("sh", "sh"),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn wrappers_that_change_the_user() {
    for text in [
        "su node -c 'npm ci'",
        "su - node -c 'npm ci'",
        "su -c 'npm ci' node",
        "su node <<EOF\nnpm ci\nEOF",
        "sudo -u node npm ci",
        "sudo -Eu node -- npm ci",
        "runuser -u node -- npm ci",
        "runuser -u node npm ci",
        "runuser node -c 'npm ci'",
        "gosu node npm ci",
        "su-exec node:node npm ci",
        "setpriv --reuid=node --init-groups npm ci",
        "sudo -u node sh -c 'env A=1 npm ci'",
        "doas -u node npm ci",
        "chroot --userspec=node:node /mnt npm ci",
    ] {
        check(text, &["node: npm ci"]);
    }
    check("sudo npm ci", &["root: npm ci"]);
}

#[test]
fn heredocs_are_scripts_only_for_shells() {
    check("cat <<EOF | sh\nnpm ci\nEOF", &["cat", "npm ci"]);
    check("cat <<EOF > f\nnpm ci $(a)\nEOF\nb", &["cat", "a", "b"]);
    check("cat <<'EOF' > f\nnpm ci $(a)\nEOF\nb", &["cat", "b"]);
    check("cat <<-EOF > f && c\n\tnpm ci\n\tEOF\nb", &["cat", "c", "b"]);
    check("cat <<A <<B\n$(a)\nA\n$(b)\nB\nc", &["cat", "a", "b", "c"]);
    check("sh -c \"cd $D && npm ci $(a)\"", &["cd $D", "npm ci $(a)", "a"]);
    check("sh <<EOF\r\nnpm ci\r\nEOF\r\nb", &["npm ci", "b"]);
}

/// Everything here mentions an installation and runs none.
#[test]
fn what_is_only_mentioned_does_not_run() {
    for text in [
        "echo npm ci",
        "command -v npm",
        "command -V npm ci",
        "[ 'npm', 'ci' ]",
        "make npm-install",
        "echo 'a; npm ci' \"&& npm ci\" a\\;npm",
        "true # && npm ci",
        "cat <<EOF > run.sh\nnpm ci\nEOF",
        "cat <<'EOF' > run.sh\n$(npm ci)\nEOF",
        "while read -r line; do :; done <<EOF\nnpm ci\nEOF",
        "python3 - <<EOF\nnpm ci\nEOF",
        "ssh host <<EOF\nnpm ci\nEOF",
        "bash build.sh npm ci",
        "bash build.sh <<EOF\nnpm ci\nEOF",
        "case npm in npm) ;; ci|npm) ;; esac",
        "for npm in npm ci; do :; done",
        "x=npm y='npm ci' z=(npm ci)",
        "echo ${x:-npm ci} $((npm))",
        "a > npm 2> npm < npm",
        "[[ npm == npm && npm ]]",
        "sudo -l npm",
        "corepack prepare npm@10 --activate",
        "npx --help npm ci",
        "env",
    ] {
        let script = shell::parse(text);
        let programs: Vec<_> = script.invocations().map(|invocation| invocation.program).collect();
        assert!(!programs.contains(&"npm"), "{text:?} runs {programs:?}");
    }
}

#[test]
fn a_broken_piece_costs_only_itself() {
    check("if a; then b; done; c", &["a", "b", "c"]);
    check("( a; b; }; c", &["a", "b", "c"]);
    check("a &&& b ||| c", &["a", "b", "c"]);
    check("fi; a; esac b", &["a", "b"]);
    check("for; do a; done; b", &["a", "b"]);
    check("case; a", &["a"]);
    check("[[ a ; b", &["[[ a", "b"]);
    check("a < ; b > && c", &["a", "b", "c"]);
    check("$(a; b", &["$(a; b", "a", "b"]);
    check("a 'b; c", &["a b; c"]);
    check("a\u{0} b; c", &["a\u{0} b", "c"]);
}

#[test]
fn the_wrappers_around_a_program_are_kept() {
    let script = shell::parse("sudo -u node pnpm --filter web exec next build");
    let next = script.invocations().next().expect("it runs");
    let layers: Vec<_> = next.through.iter().map(|layer| (layer.program, layer.args.len())).collect();
    assert_eq!((next.program, layers), ("next", vec![("sudo", 8), ("pnpm", 5)]));
}
