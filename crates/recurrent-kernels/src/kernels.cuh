// The entries of a cell's kernels: K weights of a thread in registers, R sequences in a block.
#pragma once
#include "backward.cuh"
#include "forward.cuh"

__device__ inline float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// A multiprocessor has 65,536 registers: with many weights in them there is room for 512 threads, with few for as many
// as a block can have.
#define THREADS(K) ((K) == 16 ? 1024 : 512)

#define KERNELS_OF(name, Cell, K, R)                                                                                   \
    extern "C" __global__ void __launch_bounds__(THREADS(K)) name##_forward_##K##_##R(FORWARD_ARGUMENTS) {             \
        forward<Cell, K, R>(s, rows, projection, w_hh_t, weights, states, result, gates, kept);                        \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(THREADS(K)) name##_backward_##K##_##R(BACKWARD_ARGUMENTS) {           \
        backward<Cell, K, R>(s, rows, weights, states, result, gates, kept, d_result, d_projection, d_a, h_before,     \
                             d_states);                                                                                \
    }

#define KERNELS(name, Cell)       \
    KERNELS_OF(name, Cell, 16, 1) \
    KERNELS_OF(name, Cell, 16, 4) \
    KERNELS_OF(name, Cell, 32, 1) \
    KERNELS_OF(name, Cell, 32, 4) \
    KERNELS_OF(name, Cell, 64, 1) \
    KERNELS_OF(name, Cell, 64, 4)
