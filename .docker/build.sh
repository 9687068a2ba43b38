#!/bin/sh
# Prepares a fresh checkout for a user who has no Rust yet: rustup, then set-up, then away with what only the build
# needed. The Dockerfile runs it. Elsewhere: on a clean clone, with HOME set to an empty folder.
set -eu
cd "$(dirname "$0")/.."

PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
export PATH
if ! command -v rustup >/dev/null; then
    # no toolchain: cargo installs the one that rust-toolchain.toml names
    curl --proto '=https' --tlsv1.2 --silent --show-error --fail https://sh.rustup.rs |
        sh -s -- -y --no-modify-path --profile minimal --default-toolchain none
fi

cargo lab setup
cargo lab doctor

# An image has no git history to compare the pages with: who builds it trusts what was copied into it.
.venv/bin/python -m nbformat.sign notebooks/*.ipynb

# The kernel has been copied into .lab/. Crate sources stay: the kernel's rust-analyzer reads them.
rm -rf "${CARGO_TARGET_DIR:-target}/kernel"
