// All steps of R sequences in one direction, from the last to the first.
//
// At each step the block's R·H hidden units go through the cell's derivatives, which gives d_a, the gradient of W_hh
// h_{t−1} + b_hh. Then thread g·H + k multiplies column k of gate g's part of W_hh with it; d_h_{t−1} is the sum over
// the gates. What a whole sequence is summed into (the gradients of the weights) is left to matrix products after the
// launch.
#pragma once
#include "sizes.cuh"
#include "weights.cuh"

#define BACKWARD_ARGUMENTS                                                                                            \
    Sizes s, const int *__restrict__ rows, const float *__restrict__ weights, const float *__restrict__ states,       \
        const float *__restrict__ result, const float *__restrict__ gates, const float *__restrict__ kept,            \
        const float *__restrict__ d_result, /* of output, h_n and c_n, as in `result` */                              \
        float *__restrict__ d_projection,   /* (D, B, T, G·H); zero beforehand, as the next two */                    \
        float *__restrict__ d_a,            /* of W_hh h_{t−1} + b_hh: only a GRU's differs; unused by the others */  \
        float *__restrict__ h_before,       /* (D, B, T, H): h_{t−1} */                                               \
        float *__restrict__ d_states        /* as `states`; unused without initial states */

template <class Cell, int K, int R>
__device__ void backward(BACKWARD_ARGUMENTS) {
    extern __shared__ float4 memory[];
    constexpr int G = Cell::gates;
    constexpr int U = (R + G - 1) / G;  // units of one thread
    const int H = s.hidden, j = threadIdx.x, pitch = pitch_of(H, K), first = blockIdx.x * R;
    const bool owns = j < G * H;
    const int gate = owns ? j / H : 0, column = j % H;
    float* v = reinterpret_cast<float*>(memory);  // (R, G, pitch): d_a
    float* part = v + R * G * pitch;              // (R, G·H): the gates' parts of d_h_{t−1}

    const size_t weight_count = (size_t)G * H * (s.input + H + 1 + s.two_biases);
    const float* w_hh = weights + blockIdx.y * weight_count + (size_t)G * H * s.input;
    const Weights<K> column_of_w(s, G, w_hh + (size_t)gate * H * H + column, H, part + R * G * H);

    struct Unit {
        float kept[Cell::kept + 1], h, h_before, c_before, d_h;  // of the step to come
        float direct, d_c;                                       // on the way from step to step
    } units[U];
    auto each_unit = [&](auto&& work) {
#pragma unroll
        for (int u = 0; u < U; ++u) {
            const int unit = j + u * G * H, r = unit / H;
            if (owns && unit < R * H) work(Sequence(s, rows, first + r), r, unit % H, units[u]);
        }
    };
    const size_t plane = (size_t)s.batch * s.steps * s.directions * H;
    auto fetch = [&](const Sequence& sequence, int k, int t, Unit& unit) {
        if (t < 0 || t >= sequence.length) return;
        const size_t at = unit_index(s, sequence.place(t), k);
#pragma unroll
        for (int p = 0; p < Cell::kept; ++p) unit.kept[p] = (p < G ? gates + p * plane : kept)[at];
        unit.h = result[at];
        unit.d_h = d_result[at];
        unit.h_before = unit.c_before = 0.0f;
        if (t > 0) {
            const size_t before = unit_index(s, sequence.place(t - 1), k);
            unit.h_before = result[before];
            if (Cell::states == 2) unit.c_before = kept[before];
        } else if (s.initial) {
            unit.h_before = states[state_index(s, Cell::states, 0, sequence.row, k)];
            if (Cell::states == 2) unit.c_before = states[state_index(s, Cell::states, 1, sequence.row, k)];
        }
    };
    // d_h_{t−1}: what went past the product, and the sum over the gates.
    auto d_state = [&](int r, int k, const Unit& unit) {
        float sum = unit.direct;
#pragma unroll
        for (int g = 0; g < G; ++g) sum += part[r * G * H + g * H + k];
        return sum;
    };

    const Sequence longest(s, rows, first);
    for (int q = j; q < R * G * pitch; q += blockDim.x) v[q] = 0.0f;
    each_unit([&](const Sequence& sequence, int, int k, Unit& unit) { fetch(sequence, k, longest.length - 1, unit); });
    __syncthreads();

    for (int t = longest.length - 1; t >= 0; --t) {
        each_unit([&](const Sequence& sequence, int r, int k, Unit& unit) {
            if (t < sequence.length) {
                float d_h = unit.d_h;
                if (t + 1 == sequence.length) {
                    const size_t end = unit_index(s, sequence.row, k);
                    d_h += d_result[plane + end];
                    unit.d_c = Cell::states == 2 ? d_result[plane + (size_t)s.batch * s.directions * H + end] : 0.0f;
                } else {
                    d_h += d_state(r, k, unit);
                }
                float d_projection_step[G], d_a_step[G];
                unit.direct = Cell::backward(unit.kept, unit.h, unit.h_before, unit.c_before, d_h, unit.d_c,
                                             d_projection_step, d_a_step);
                const size_t at = (size_t)blockIdx.y * s.batch * s.steps + sequence.place(t);
                h_before[at * H + k] = unit.h_before;
#pragma unroll
                for (int g = 0; g < G; ++g) {
                    v[(r * G + g) * pitch + k] = d_a_step[g];
                    d_projection[at * G * H + g * H + k] = d_projection_step[g];
                    if (Cell::reset_after) d_a[at * G * H + g * H + k] = d_a_step[g];
                }
            }
            fetch(sequence, k, t - 1, unit);
        });
        __syncthreads();
        if (owns) {
            float sum[R];
            column_of_w.times(v + gate * pitch, G * pitch, sum);
#pragma unroll
            for (int r = 0; r < R; ++r) part[r * G * H + j] = sum[r];
        }
        __syncthreads();
    }
    if (!s.initial) return;
    each_unit([&](const Sequence& sequence, int r, int k, Unit& unit) {
        if (sequence.length == 0) return;
        d_states[state_index(s, Cell::states, 0, sequence.row, k)] = d_state(r, k, unit);
        if (Cell::states == 2) d_states[state_index(s, Cell::states, 1, sequence.row, k)] = unit.d_c;
    });
}
