// All steps of R sequences in one direction.
//
// Thread j = g·H + k owns row j of W_hh. At each step it multiplies its row with h_{t−1}; then the block's R·H hidden
// units, spread over the same threads, go through the cell's equation.
#pragma once
#include "sizes.cuh"
#include "weights.cuh"

#define FORWARD_ARGUMENTS                                                                                             \
    Sizes s, const int *__restrict__ rows,    /* (2, B): Sequence */                                                  \
        const float *__restrict__ projection, /* (D, B, T, G·H): W_ih x, without biases */                            \
        const float *__restrict__ w_hh_t,     /* (D, H, G·H): W_hh transposed, so that neighbours read neighbours */  \
        const float *__restrict__ weights,    /* D times W_ih, W_hh, b_ih and, if there are two, b_hh */              \
        const float *__restrict__ states,     /* (D, states, B, H), or one unused number */                           \
        float *__restrict__ result,           /* output (B, T, D·H), zero beforehand; h_n and c_n (B, D·H) */         \
        float *__restrict__ gates,            /* (G, B, T, D·H), activated; unused by the simple RNN */               \
        float *__restrict__ kept              /* (B, T, D·H): c of an LSTM, W_hn h + b_hn of a GRU; unused likewise */

template <class Cell, int K, int R>
__device__ void forward(FORWARD_ARGUMENTS) {
    extern __shared__ float4 memory[];
    constexpr int G = Cell::gates;
    constexpr int U = (R + G - 1) / G;  // units of one thread
    const int H = s.hidden, j = threadIdx.x, pitch = pitch_of(H, K), first = blockIdx.x * R;
    const bool owns = j < G * H;
    float* h = reinterpret_cast<float*>(memory);  // (R, pitch)
    float* x = h + R * pitch;                     // (R, G·H): W_ih x + b_ih
    float* a = x + R * G * H;                     // (R, G·H): W_hh h + b_hh

    const Weights<K> row_of_w(s, G, w_hh_t + (size_t)blockIdx.y * H * G * H + j, G * H, a + R * G * H);
    const size_t weight_count = (size_t)G * H * (s.input + H + 1 + s.two_biases);
    const float* b_ih = weights + blockIdx.y * weight_count + (size_t)G * H * (s.input + H);
    const float bias_x = owns ? b_ih[j] : 0.0f;
    const float bias_a = owns && s.two_biases ? b_ih[G * H + j] : 0.0f;

    // The projection of the next step is on its way while this one is computed.
    const Sequence longest(s, rows, first);
    float ahead[R];
    auto fetch = [&](int t) {
#pragma unroll
        for (int r = 0; r < R; ++r) {
            const Sequence sequence(s, rows, first + r);
            const size_t at = (size_t)blockIdx.y * s.batch * s.steps + sequence.place(t);
            ahead[r] = owns && t < sequence.length ? projection[at * G * H + j] : 0.0f;
        }
    };
    fetch(0);

    for (int q = j; q < R * pitch; q += blockDim.x) h[q] = 0.0f;
    __syncthreads();
    float c[U];
    auto each_unit = [&](auto&& work) {
#pragma unroll
        for (int u = 0; u < U; ++u) {
            const int unit = j + u * G * H, r = unit / H;
            if (owns && unit < R * H) work(Sequence(s, rows, first + r), r, unit % H, c[u]);
        }
    };
    each_unit([&](const Sequence& sequence, int r, int k, float& c) {
        c = 0.0f;
        if (!s.initial) return;
        h[r * pitch + k] = states[state_index(s, Cell::states, 0, sequence.row, k)];
        if (Cell::states == 2) c = states[state_index(s, Cell::states, 1, sequence.row, k)];
    });
    __syncthreads();

    const size_t plane = (size_t)s.batch * s.steps * s.directions * H;
    for (int t = 0; t < longest.length; ++t) {
        float now[R];
#pragma unroll
        for (int r = 0; r < R; ++r) now[r] = ahead[r];
        fetch(t + 1);
        if (owns) {
            float sum[R];
            row_of_w.times(h, pitch, sum);
#pragma unroll
            for (int r = 0; r < R; ++r) {
                x[r * G * H + j] = now[r] + bias_x;
                a[r * G * H + j] = sum[r] + bias_a;
            }
        }
        __syncthreads();
        each_unit([&](const Sequence& sequence, int r, int k, float& c) {
            if (t >= sequence.length) return;
            float kept_of_step[Cell::kept + 1];
            const int own = r * G * H + k;
            const float h_t = Cell::forward(x + own, a + own, H, h[r * pitch + k], c, kept_of_step);
            h[r * pitch + k] = h_t;
            const size_t at = unit_index(s, sequence.place(t), k);
            result[at] = h_t;
#pragma unroll
            for (int p = 0; p < Cell::kept; ++p) (p < G ? gates + p * plane : kept)[at] = kept_of_step[p];
            if (t + 1 == sequence.length) {
                const size_t end = unit_index(s, sequence.row, k);
                result[plane + end] = h_t;
                if (Cell::states == 2) result[plane + (size_t)s.batch * s.directions * H + end] = c;
            }
        });
        __syncthreads();
    }
}
