// The sizes of one launch; the same struct in Rust is `Sizes`.
#pragma once

struct Sizes {
    int batch, steps, input, hidden, directions;  // B, T, E, H, D
    int two_biases;
    int reverse;         // whether a single direction runs from each sequence's own end
    int initial;         // whether there are initial states; else they are zero
    int shared_columns;  // how many of a thread's weights lie in shared memory
};

// One sequence of the batch. `rows` holds the batch row of each, the longest first, then their lengths in that order.
struct Sequence {
    int row, length, steps;
    bool backwards;

    __device__ Sequence(const Sizes& s, const int* rows, int number) {
        const bool real = number < s.batch;
        row = real ? rows[number] : 0;
        length = real ? rows[s.batch + number] : 0;
        steps = s.steps;
        backwards = s.reverse || blockIdx.y == 1;
    }

    // Where the step that is read as number t lies in (B, T).
    __device__ size_t place(int t) const {
        return (size_t)row * steps + (backwards ? length - 1 - t : t);
    }
};

// (D, states, B, H): initial state `which` (0: h, 1: c) of this block's direction.
__device__ inline size_t state_index(const Sizes& s, int states, int which, int row, int k) {
    return (((size_t)blockIdx.y * states + which) * s.batch + row) * s.hidden + k;
}

// (…, D·H): unit k of this block's direction in row number `place`.
__device__ inline size_t unit_index(const Sizes& s, size_t place, int k) {
    return (place * s.directions + blockIdx.y) * s.hidden + k;
}
