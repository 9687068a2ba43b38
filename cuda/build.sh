#!/bin/sh
# Compiles the project for NVIDIA GPUs on a machine with neither a GPU nor CUDA: tests and bench, linked but not run.
#
#   cuda/build.sh                                   everything; the programs go to TARGET/cuda/programs
#   cuda/build.sh cargo check --features cuda       any other command, with the same compiler and libraries
#   cuda/build.sh cargo lab --features cuda         the lesson, on a machine with a GPU, its driver and no CUDA toolkit
#
# TARGET is cargo's target folder (CARGO_TARGET_DIR, or target/). CUDA's compiler, headers and libraries come from PyPI
# (1.2 GB on disk, once) and go to CUDA_WHEELS, by default TARGET/cuda/wheels. CUDA_COMPUTE_CAP is the compute
# capability of the GPU to compile for, without the dot; unless set, that of the GPU in this machine, and without one 90
# (Hopper). PROFILE is cargo's profile, release unless set: bench results need it. PYTHON needs pip. candle compiles its
# own kernels once in each profile: about 15 minutes on 2 cores.
#
# To try the programs on a machine with a GPU: cuda/pack.sh.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/cuda"
target=$(cd "$target" && pwd)
wheels=${CUDA_WHEELS:-$target/cuda/wheels}
mkdir -p "$wheels"
wheels=$(cd "$wheels" && pwd)
profile=${PROFILE:-release}

# The compiler. A folder is only complete if the last step has made the mark.
home=$wheels/nvidia/cu13
if [ ! -e "$home/complete" ]; then
    rm -rf "$wheels/nvidia" "$wheels/stub"
    "${PYTHON:-python3}" -m pip install --quiet --disable-pip-version-check --no-deps --no-compile --target "$wheels" \
        'nvidia-cuda-nvcc==13.0.*' 'nvidia-cuda-crt==13.0.*' 'nvidia-nvvm==13.0.*' 'nvidia-cuda-runtime==13.0.*' \
        'nvidia-cuda-cccl==13.0.*' 'nvidia-cuda-nvrtc==13.0.*' 'nvidia-cublas==13.0.*' 'nvidia-curand==10.4.*'
    # Wheels hold libX.so.N alone, in lib; the linker looks for libX.so, nvcc for lib64.
    ln -sfn lib "$home/lib64"
    for library in "$home"/lib/lib*.so.*; do
        ln -sf "$(basename "$library")" "${library%%.so.*}.so"
    done
    # The driver's library comes with a GPU. Programs link against one that has all names of cuda.h and answers
    # CUDA_ERROR_STUB_LIBRARY (34), as NVIDIA's own stub does.
    mkdir -p "$wheels/stub"
    grep -oE '\bcu[A-Z][A-Za-z0-9_]*' "$home/include/cuda.h" | sort -u |
        sed 's/.*/int &(void) { return 34; }/' >"$wheels/stub/libcuda.c"
    cc -shared -fPIC -w -Wl,-soname,libcuda.so.1 -o "$wheels/stub/libcuda.so.1" "$wheels/stub/libcuda.c"
    ln -sf libcuda.so.1 "$wheels/stub/libcuda.so"
    touch "$home/complete"
fi

export CUDA_HOME="$home" CUDA_PATH="$home" CUDA_ROOT="$home" CUDA_TOOLKIT_ROOT_DIR="$home"
export NVCC="$home/bin/nvcc" PATH="$home/bin:$PATH"
export LIBRARY_PATH="$wheels/stub:$home/lib${LIBRARY_PATH:+:$LIBRARY_PATH}"
export LD_LIBRARY_PATH="$home/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
if [ -z "${CUDA_COMPUTE_CAP:-}" ]; then
    CUDA_COMPUTE_CAP=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -d .) || true
fi
export CUDA_COMPUTE_CAP="${CUDA_COMPUTE_CAP:-90}"
export CARGO_TARGET_DIR="$target"

if [ $# -gt 0 ]; then
    exec "$@"
fi
programs=$target/cuda/programs
rm -rf "$programs"
mkdir -p "$programs"
cargo build --all-targets --profile "$profile" --features cuda \
    --message-format json-render-diagnostics >"$target/cuda/messages"
"${PYTHON:-python3}" - "$target/cuda/messages" "$programs" <<'PYTHON'
import json, os, sys
from pathlib import Path

for line in open(sys.argv[1]):
    message = json.loads(line)
    if message.get("executable"):
        name, kind = message["target"]["name"], message["target"]["kind"][0]
        if message["profile"]["test"] and kind not in ("test", "bench"):
            name += "-unit-tests"
        package = Path(message["manifest_path"]).parent.name
        folder = Path(sys.argv[2], package)
        folder.mkdir(exist_ok=True)
        os.link(message["executable"], folder / name)
PYTHON
echo "Compiled and linked with CUDA, for compute capability $CUDA_COMPUTE_CAP, not run:"
ls "$programs"/*
