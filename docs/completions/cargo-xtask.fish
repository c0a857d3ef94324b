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
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "explain" -d 'Print a rule\'s page'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "rules" -d 'List the rules'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "generate" -d 'Write what is generated from code: docs/rules, the config schema, shell completions'
complete -c cargo-xtask -n "__fish_cargo_xtask_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l rev -d 'A revision' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l rule -d 'Run only these rules or groups; their findings of every severity are shown' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l skip -d 'Leave these rules or groups out' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l level -d 'The least severity that is shown' -r -f -a "error\t'Will break, or leaks a secret'
warning\t'Costs time or will drift'
note\t'Advice'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l fail-on -d 'The least severity that makes the exit status 1' -r -f -a "error\t'Will break, or leaks a secret'
warning\t'Costs time or will drift'
note\t'Advice'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l format -d 'How to report, and where: human, concise, json, sarif, gitlab, github or junit; several in one run' -r
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l staged -d 'The index: exactly the tree that a commit would create now'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -l timings -d 'Print how long each model and rule took'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -l root -d 'The repository, or a folder in it; any repository will do' -r -F
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -l color -d 'When to colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Also into files and pipes'
never\t'Never'"
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -l check -d 'Write nothing; exit with 1 when a file is stale'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -s q -l quiet -d 'Say less: no summary, no notes'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -s v -l verbose -d 'Say more: every finding in full, and what was skipped and why'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check explain rules generate help" -f -a "check" -d 'Run the rules'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check explain rules generate help" -f -a "explain" -d 'Print a rule\'s page'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check explain rules generate help" -f -a "rules" -d 'List the rules'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check explain rules generate help" -f -a "generate" -d 'Write what is generated from code: docs/rules, the config schema, shell completions'
complete -c cargo-xtask -n "__fish_cargo_xtask_using_subcommand help; and not __fish_seen_subcommand_from check explain rules generate help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
