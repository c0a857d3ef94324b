
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
