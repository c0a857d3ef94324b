
# The program is called as `cargo xtask`: its words are completed as above, those of any other `cargo` as before.
_cargo-xtask_after_cargo() {
    if (( CURRENT > 2 )) && [[ "$words[2]" == xtask ]]; then
        words=(cargo-xtask "${(@)words[3,-1]}")
        (( CURRENT-- ))
        _cargo-xtask "$@"
    elif [[ -n "$_cargo_xtask_before" ]]; then
        "$_cargo_xtask_before" "$@"
    else
        _default "$@"
    fi
}
if [ "$funcstack[1]" != "_cargo-xtask" ] && [ "$_comps[cargo]" != "_cargo-xtask_after_cargo" ]; then
    typeset -g _cargo_xtask_before="$_comps[cargo]"
    compdef _cargo-xtask_after_cargo cargo
fi
