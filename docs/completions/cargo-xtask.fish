# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cargo_xtask_global_optspecs
    string join \n root= color= q/quiet v/verbose h/help V/version
end

function __fish_cargo_xtask_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cargo_xtask_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cargo_xtask_using_subcommand
    set -l cmd (__fish_cargo_xtask_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -s V -l version -d 'Print version'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "check" -d 'Run the rules'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "fix" -d 'Repair what can be repaired'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "hook" -d 'Check before each commit'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "init" -d 'Take an existing repository in: write what cannot be derived, tell what to do next'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "why" -d 'Tell for paths whether they are synced, sent to builds and remote runs, and ignored by git'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "plan" -d 'Show what would really be synced or sent, and what each ignore line saves'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "matrix" -d 'Show which ignore file covers which class of files, and with which pattern'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "explain" -d 'Print a rule\'s page'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "rules" -d 'List the rules'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "graph" -d 'Draw apps, dev containers, workloads, namespaces, ports and builds'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "generate" -d 'Write what is generated from code: docs/rules, the config schema, shell completions'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l rev -d 'A revision' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l since -d 'Count only what is new against this revision' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l rule -d 'Run only these rules or groups; their findings of every severity are shown' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l skip -d 'Leave these rules or groups out' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l level -d 'The least severity that is shown' -r -f -a "error\t'Will break, or leaks a secret'
warning\t'Costs time or will drift'
note\t'Advice'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l fail-on -d 'The least severity that makes the exit status 1; what does is shown' -r -f -a "error\t'Will break, or leaks a secret'
warning\t'Costs time or will drift'
note\t'Advice'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l format -d 'How to report, and where: human, concise, json, sarif, gitlab, github or junit; several in one run' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l staged -d 'The index: exactly the tree that a commit would create now'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l strict -d 'With --staged: count also what `HEAD` has already'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l timings -d 'Print how long each model and rule took'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -l rule -d 'Repair only what these rules or groups find' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -l skip -d 'Leave these rules or groups out' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -l level -d 'The least severity that is repaired' -r -f -a "error\t'Will break, or leaks a secret'
warning\t'Costs time or will drift'
note\t'Advice'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -l dry-run -d 'Write nothing; print a unified diff'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -l unsafe -d 'Apply also the fixes that need a human eye'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -l staged -d 'Repair the index, every file of it and not only what is staged, and the same places in the work tree'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand fix" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -f -a "install" -d 'Check before each commit and merge'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -f -a "uninstall" -d 'Take the hook away, and put back what was there before'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -f -a "status" -d 'Tell what git will really run'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and not __fish_seen_subcommand_from install uninstall status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from install" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from install" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from install" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from uninstall" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from uninstall" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from uninstall" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from uninstall" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from status" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from status" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from help" -f -a "install" -d 'Check before each commit and merge'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from help" -f -a "uninstall" -d 'Take the hook away, and put back what was there before'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from help" -f -a "status" -d 'Tell what git will really run'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand hook; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand init" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand init" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand init" -l dry-run -d 'Write nothing; say what would be written'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand init" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand init" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -l format -d 'How to answer' -r -f -a "human\t'For people'
json\t'For programs: one versioned object'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -l dialect -d 'Ask one ignore file alone, in this language: stignore, dockerignore, oktetoignore or gitignore' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -l ignore-file -d 'The file to ask; its includes lie beside it' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -l section -d 'For an .oktetoignore: deploy (the default), destroy, test or test.NAME' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -l platform -d 'For a .stignore, the system that Syncthing runs on: linux (the default), macos or windows' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -l stdin -d 'Read the paths from standard input, one a line, after those of the command line'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -s z -d 'Paths on standard input end with NUL instead of newline'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand why" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -f -a "sync" -d 'What `okteto up` syncs'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -f -a "context" -d 'What builds get as their context'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -f -a "remote" -d 'What remote deploys, destroys and tests get as their context'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and not __fish_seen_subcommand_from sync context remote help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from sync" -l format -d 'How to answer' -r -f -a "human\t'For people'
json\t'For programs: one versioned object'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from sync" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from sync" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from sync" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from sync" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from sync" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from context" -l format -d 'How to answer' -r -f -a "human\t'For people'
json\t'For programs: one versioned object'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from context" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from context" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from context" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from context" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from context" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from remote" -l format -d 'How to answer' -r -f -a "human\t'For people'
json\t'For programs: one versioned object'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from remote" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from remote" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from remote" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from remote" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from remote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from help" -f -a "sync" -d 'What `okteto up` syncs'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from help" -f -a "context" -d 'What builds get as their context'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from help" -f -a "remote" -d 'What remote deploys, destroys and tests get as their context'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand plan; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand matrix" -l format -d 'How to answer' -r -f -a "human\t'For people'
json\t'For programs: one versioned object'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand matrix" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand matrix" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand matrix" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand matrix" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand matrix" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand explain" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand explain" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand explain" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand explain" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand rules" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand rules" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand rules" -l json -d 'As JSON'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand rules" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand rules" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -l app -d 'Only this app: its folder, folder\'s name, or package' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -l format -d 'Mermaid or JSON' -r -f -a "mermaid\t'A Mermaid flowchart'
json\t'Nodes and edges'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -l rev -d 'A revision' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -l staged -d 'The index: exactly the tree that a commit would create now'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand graph" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -l check -d 'Write nothing; exit with 1 when a file is stale'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "check" -d 'Run the rules'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "fix" -d 'Repair what can be repaired'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "hook" -d 'Check before each commit'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "init" -d 'Take an existing repository in: write what cannot be derived, tell what to do next'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "why" -d 'Tell for paths whether they are synced, sent to builds and remote runs, and ignored by git'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "plan" -d 'Show what would really be synced or sent, and what each ignore line saves'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "matrix" -d 'Show which ignore file covers which class of files, and with which pattern'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "explain" -d 'Print a rule\'s page'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "rules" -d 'List the rules'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "graph" -d 'Draw apps, dev containers, workloads, namespaces, ports and builds'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "generate" -d 'Write what is generated from code: docs/rules, the config schema, shell completions'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check fix hook init why plan matrix explain rules graph generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and __fish_seen_subcommand_from hook" -f -a "install" -d 'Check before each commit and merge'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and __fish_seen_subcommand_from hook" -f -a "uninstall" -d 'Take the hook away, and put back what was there before'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and __fish_seen_subcommand_from hook" -f -a "status" -d 'Tell what git will really run'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and __fish_seen_subcommand_from plan" -f -a "sync" -d 'What `okteto up` syncs'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and __fish_seen_subcommand_from plan" -f -a "context" -d 'What builds get as their context'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and __fish_seen_subcommand_from plan" -f -a "remote" -d 'What remote deploys, destroys and tests get as their context'

# The program is called as `cargo xtask`: its words are completed as above.
function __fish_cargo_xtask_after_cargo
    set -l words (commandline -opc) (commandline -ct)
    test (count $words) -ge 3; and test $words[2] = xtask
end
function __fish_cargo_xtask_words
    set -l words (commandline -opc) (commandline -ct)
    complete -C "cargo-xtask $(string escape -- $words[3..-2] | string join ' ') $words[-1]"
end
complete -c cargo -n __fish_cargo_xtask_after_cargo -f -a '(__fish_cargo_xtask_words)'
