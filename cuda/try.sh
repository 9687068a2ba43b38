#!/bin/sh
# The trial on a GPU: all of the project that computes on one, in one call of at most 7 minutes, from what cuda/pack.sh
# has made.
#
#   cuda/try.sh OUT                  everything; a table at the end, and OUT/results.jsonl
#   cuda/try.sh OUT --part lesson    this part again, in place of its lines before
#   cuda/try.sh OUT --cpu            what runs without a GPU
#
# Needs Linux on x86-64, an NVIDIA driver for CUDA 13, CUDA's libraries (the toolkit's, or those that PyTorch brings),
# and a Python 3.10 or newer with PyTorch to be measured against, python3 unless PYTHON names it. No Rust, no network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ -e "$here/pack.json" ]; then
    pack=$here
elif [ -e "$here/pack/pack.json" ]; then
    pack=$here/pack
else
    echo "there is no pack: run cuda/pack.sh DATA where Rust is" >&2
    exit 2
fi
exec "${PYTHON:-python3}" "$here/trial.py" --pack "$pack" "$@"
