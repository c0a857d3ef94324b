//! Completions in real shells, installed as the README says. A shell that is not there is passed over with a message.

#![cfg(unix)]

use crate::support::git_repo::Repo;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/completions");

/// What a script prints; `None` where the shell is missing.
fn said(shell: &str, flags: &[&str], script: &str) -> Option<String> {
    let repo = Repo::new();
    let mut command = repo.command(shell, repo.top());
    let Ok(output) = command.env("TERM", "dumb").args(flags).arg("-c").arg(script).output() else {
        eprintln!("skipped: `{shell}` is not installed");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Lines and what must be offered for them.
const LINES: [(&str, &str); 5] = [
    ("cargo xtask che", "check"),
    ("cargo xtask check --sta", "--staged"),
    ("cargo xtask check --color ne", "never"),
    ("cargo xtask hook sta", "status"),
    ("cargo xtask plan con", "context"),
];

#[test]
fn bash_completes_the_words_of_cargo_xtask() {
    for (line, offered) in LINES {
        let count = line.split(' ').count();
        let script = format!(
            "source '{FOLDER}/cargo-xtask.bash'
             COMP_WORDS=({line}); COMP_CWORD={last}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}
             function=$(complete -p cargo | sed 's/.*-F \\([^ ]*\\).*/\\1/')
             $function cargo \"${{COMP_WORDS[{last}]}}\" \"${{COMP_WORDS[{before}]}}\"
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            last = count - 1,
            before = count - 2,
        );
        let Some(out) = said("bash", &["--norc"], &script) else { return };
        assert_eq!(out.trim(), offered, "{line}");
    }
}

#[test]
fn bash_completes_other_commands_as_before() {
    let script = format!(
        "_cargo() {{ COMPREPLY=(as before); }}
         source '{FOLDER}/cargo-xtask.bash'
         COMP_WORDS=(cargo bui); COMP_CWORD=1
         _cargo_xtask_after_cargo cargo bui cargo
         echo \"${{COMPREPLY[@]}}\""
    );
    if let Some(out) = said("bash", &["--norc"], &script) {
        assert_eq!(out, "as before\n");
    }
}

#[test]
fn fish_completes_the_words_of_cargo_xtask() {
    for (line, offered) in LINES {
        let script = format!("source '{FOLDER}/cargo-xtask.fish'; complete -C '{line}'");
        let Some(out) = said("fish", &["--no-config"], &script) else { return };
        assert_eq!(out.split('\t').next(), Some(offered), "{line}: {out}");
    }
}

#[test]
fn zsh_completes_the_words_of_cargo_xtask() {
    // A terminal of its own: only there zsh completes.
    let script = |line: &str| {
        format!(
            "zmodload zsh/zpty
             zpty -b z 'TERM=dumb zsh -f -i'
             zpty -w z \"PS1=; PROMPT_EOL_MARK=; autoload -U compinit; compinit -u -D; source '{FOLDER}/_cargo-xtask'; echo re''ady\"
             while zpty -r z chunk; do [[ $chunk == *ready* ]] && break; done
             zpty -w -n z \"{line}\"$'\\t'
             out=; for try in {{1..50}}; do
                 sleep 0.1
                 while zpty -r -t z chunk; do out+=$chunk; done
                 [[ $out == *' ' ]] && break
             done
             zpty -d z
             print -r -- $out"
        )
    };
    for (line, offered) in LINES {
        let Some(out) = said("zsh", &["-f"], &script(line)) else { return };
        let completed = format!("{} {offered}", line.rsplit_once(' ').unwrap().0);
        assert!(out.contains(&completed), "{line}: {}", out.escape_debug());
    }
}
