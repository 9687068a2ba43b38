#!/bin/sh
# Packs the trial on a GPU: programs that need no Rust, compiled here without a GPU, and all they read, into cuda/pack/.
#
#   cuda/pack.sh DATA        takes the first 12,000 and 2,000 rows of DATA/ag_news/train.csv and test.csv
#
# Then, on the machine with the GPU, in this folder or in a copy of cuda/pack/ alone: cuda/pack/try.sh OUT.
# Compiles as cuda/build.sh does: see there for its variables and for how long the first time takes. A second call
# compiles only what changed.
set -eu
cd "$(dirname "$0")/.."
if [ $# -ne 1 ] || [ ! -f "$1/ag_news/train.csv" ] || [ ! -f "$1/ag_news/test.csv" ]; then
    echo "usage: cuda/pack.sh DATA, where DATA/ag_news/train.csv and test.csv are" >&2
    exit 2
fi
data=$1
python=${PYTHON:-python3}
profile=${PROFILE:-release}
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/cuda"
target=$(cd "$target" && pwd)

# Pages are examples of the crate `recurrent`, so that they share what the other programs are compiled with, and only
# while that lasts. Page 06 is without the table of its 13 models in 3 seeds, which takes minutes.
pages=$target/cuda/pages
examples=crates/recurrent/examples
mkdir -p "$pages"
trap 'rm -f "$examples"/page_*.rs' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
page() {
    "$python" cuda/page_program.py "notebooks/$2" --leave-out "$3" >"$pages/new"
    cmp -s "$pages/new" "$pages/$1.rs" || cp "$pages/new" "$pages/$1.rs"
    cp -p "$pages/$1.rs" "$examples" # with its time: what has not changed is not compiled again
}
page page_02 02-simple-rnn.ipynb ""
page page_04 04-lstm.ipynb ""
page page_06 06-bidirectional-and-multilayer.ipynb 34

# The tests that know a GPU, the bench, what looking costs, and the pages.
cuda/build.sh cargo build --profile "$profile" --features cuda --message-format json-render-diagnostics \
    --test devices --test engine --bin recurrent-bench \
    --example view_times --example page_02 --example page_04 --example page_06 >"$target/cuda/trial.json"

rm -rf cuda/pack "$target/cuda/trial"
mkdir -p cuda/pack
wheels=${CUDA_WHEELS:-$target/cuda/wheels}
"$python" cuda/pack.py --messages "$target/cuda/trial.json" --data "$data" --stage "$target/cuda/trial" \
    --libraries "$wheels/nvidia/cu13/lib" --stub "$wheels/stub/libcuda.so.1"
