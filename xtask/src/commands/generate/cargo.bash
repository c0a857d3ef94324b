
# The program is called as `cargo xtask`: its words are completed as above, those of any other `cargo` as before.
_cargo_xtask_after_cargo() {
    if [[ COMP_CWORD -ge 2 && "${COMP_WORDS[1]}" == xtask ]]; then
        COMP_WORDS=(cargo_xtask "${COMP_WORDS[@]:2}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _cargo_xtask cargo_xtask "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        return
    fi
    if ! declare -F _cargo >/dev/null; then
        # bash-completion reads the file for a program when it is first needed, and takes our place.
        { _comp_load cargo || _completion_loader cargo; } &>/dev/null
        complete -F _cargo_xtask_after_cargo -o bashdefault -o default cargo
    fi
    if declare -F _cargo >/dev/null; then
        _cargo "$@"
    fi
}
complete -F _cargo_xtask_after_cargo -o bashdefault -o default cargo
