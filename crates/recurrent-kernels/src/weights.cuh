// The H weights that one thread multiplies with, step after step. They stay on the chip where they fit: the first K in
// registers, the next in shared memory; the others come through the L2 cache at every step.
#pragma once

template <int K>
struct Weights {
    float near[K];
    const float *middle, *far;
    int middle_end, hidden, threads, stride;

    // Weight q is first[q · stride]. `room` is shared memory for shared_columns × (G·H) numbers.
    __device__ Weights(const Sizes& s, int gates, const float* first, int stride, float* room)
        : middle(room + threadIdx.x), far(first), hidden(s.hidden), threads(gates * s.hidden), stride(stride) {
        middle_end = min(K + s.shared_columns, hidden);
        const bool owns = threadIdx.x < threads;
#pragma unroll
        for (int q = 0; q < K; ++q) near[q] = owns && q < hidden ? first[(size_t)q * stride] : 0.0f;
        for (int q = K; owns && q < middle_end; ++q) room[(q - K) * threads + threadIdx.x] = first[(size_t)q * stride];
    }

    // For a thread that owns weights: sum_r = Σ_q w_q v_r[q] for R vectors in shared memory, `pitch` numbers apart,
    // each followed by zeros up to K.
    template <int R>
    __device__ void times(const float* v, int pitch, float (&sum)[R]) const {
        // Four independent sums, for one vector too, so that a product need not wait for the previous one.
        constexpr int CHAINS = 4 / R;
        float part[R][CHAINS] = {};
#pragma unroll
        for (int q = 0; q < K; q += 4) {
#pragma unroll
            for (int r = 0; r < R; ++r) {
                const float4 x = *reinterpret_cast<const float4*>(v + r * pitch + q);
                part[r][0 % CHAINS] += near[q] * x.x;
                part[r][1 % CHAINS] += near[q + 1] * x.y;
                part[r][2 % CHAINS] += near[q + 2] * x.z;
                part[r][3 % CHAINS] += near[q + 3] * x.w;
            }
        }
        for (int q = K; q < middle_end; ++q) {
            const float w = middle[(q - K) * threads];
#pragma unroll
            for (int r = 0; r < R; ++r) part[r][0] += w * v[r * pitch + q];
        }
#pragma unroll 8
        for (int q = max(K, middle_end); q < hidden; ++q) {
            const float w = far[(size_t)q * stride];
#pragma unroll
            for (int r = 0; r < R; ++r) part[r][0] += w * v[r * pitch + q];
        }
#pragma unroll
        for (int r = 0; r < R; ++r) {
            sum[r] = 0.0f;
#pragma unroll
            for (int chain = 0; chain < CHAINS; ++chain) sum[r] += part[r][chain];
        }
    }
};

// Numbers from one vector to the next in shared memory: H and zeros up to K, a multiple of four.
__device__ inline int pitch_of(int hidden, int k) { return (max(hidden, k) + 3) / 4 * 4; }
