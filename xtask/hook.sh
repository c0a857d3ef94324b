#!/bin/sh
# xtask-hook: checks exactly what is about to be committed.
#
# `cargo xtask hook install` puts this file in place and brings it up to date, `cargo xtask hook uninstall` takes it
# away. Hook managers call it where it lies: `sh xtask/hook.sh`. XTASK_HOOK=0 skips it.

# The hook that was here before comes first; also when pre-commit or prek came later and call this one `.legacy`.
before=${0%.legacy}.before-xtask
if [ -x "$before" ]; then
	"$before" "$@" || exit
fi
[ "${XTASK_HOOK-}" != 0 ] || exit 0

common=$(cd "$(git rev-parse --git-common-dir)" && pwd) || exit 0
cache=$common/xtask-check

# The checker is kept by the content of its sources, as this commit has them: no time stamp, branch or work tree
# can make it the wrong one. A repository without these sources has the checker that installed the hook.
sources() { git ls-files "$@" -- xtask Cargo.toml Cargo.lock .cargo; }
# Without --sparse git expands a sparse index, and writes objects in passing; before 2.35 it does not know the word.
listed=$(sources --sparse -s 2>/dev/null || sources -s)
case $listed in
*"	xtask/Cargo.toml"* | *"	xtask/") key=$(printf '%s\n' "$listed" | git hash-object --stdin) ;;
*) key=pinned ;;
esac
checker=$cache/$key/xtask

# Builds the staged sources. cargo must not see git's variables: they would lead its own git into this commit.
build() (
	copy=$cache/source-$$
	trap 'rm -rf "$copy" "$cache/$key/new-$$"' EXIT
	trap 'exit 130' HUP INT TERM
	# What git writes in passing goes here too.
	mkdir -p "$copy/objects" || exit
	export GIT_OBJECT_DIRECTORY="$copy/objects" GIT_ALTERNATE_OBJECT_DIRECTORIES="$common/objects"
	sources -z | git checkout-index -z --stdin --ignore-skip-worktree-bits --prefix="$copy/" || exit
	unset $(git rev-parse --local-env-vars)
	cd "$copy" || exit
	cargo build --quiet --release --locked --package xtask --target-dir "$cache/target" || exit
	mkdir -p "$cache/$key" &&
		cp "$cache/target/release/xtask" "$cache/$key/new-$$" &&
		mv -f "$cache/$key/new-$$" "$checker" || exit
	# The last three serve the branches that are being worked on.
	cd "$cache" || exit
	ls -1t | grep -E '^[0-9a-f]{40,64}$' | tail -n +4 | while read -r old; do rm -rf "$old"; done
)

if [ ! -x "$checker" ]; then
	# A branch from before there was a checker.
	[ "$key" != pinned ] || exit 0
	# Graphical clients start hooks without the user's PATH.
	PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
	if ! command -v cargo >/dev/null 2>&1; then
		echo "xtask: not checked, there is no cargo to build the checker with; CI checks this commit" >&2
		exit 0
	fi
	echo "xtask: building the checker, once for this version of it (a minute or two)" >&2
	if ! build; then
		echo "xtask: not checked, the checker does not build; CI checks this commit" >&2
		exit 0
	fi
fi
exec "$checker" check --staged
