// The long short-term memory: i = σ(z_i), f = σ(z_f), g = tanh(z_g), o = σ(z_o) with z = W_ih x_t + b + W_hh h_{t−1};
// c_t = f c_{t−1} + i g; h_t = o tanh(c_t).
#include "kernels.cuh"

struct Lstm {
    static constexpr int gates = 4, states = 2, kept = 5;  // i, f, g, o, c
    static constexpr bool reset_after = false;

    __device__ static float forward(const float* x, const float* a, int H, float, float& c, float* kept) {
        const float i = kept[0] = sigmoid(x[0] + a[0]);
        const float f = kept[1] = sigmoid(x[H] + a[H]);
        const float g = kept[2] = tanhf(x[2 * H] + a[2 * H]);
        const float o = kept[3] = sigmoid(x[3 * H] + a[3 * H]);
        c = kept[4] = f * c + i * g;
        return o * tanhf(c);
    }

    __device__ static float backward(const float* kept, float, float, float c_before, float d_h, float& d_c,
                                     float* d_projection, float* d_a) {
        const float i = kept[0], f = kept[1], g = kept[2], o = kept[3], tanh_c = tanhf(kept[4]);
        // d_c = d_c from step t+1 + d_h o tanh'(c), tanh' = 1 − tanh²
        d_c += d_h * o * (1.0f - tanh_c * tanh_c);
        // d_z_i = d_c g σ'(z_i), σ' = σ (1 − σ)
        d_projection[0] = d_c * g * i * (1.0f - i);
        // d_z_f = d_c c_{t−1} σ'(z_f)
        d_projection[1] = d_c * c_before * f * (1.0f - f);
        // d_z_g = d_c i tanh'(z_g)
        d_projection[2] = d_c * i * (1.0f - g * g);
        // d_z_o = d_h tanh(c) σ'(z_o)
        d_projection[3] = d_h * tanh_c * o * (1.0f - o);
        for (int gate = 0; gate < 4; ++gate) d_a[gate] = d_projection[gate];
        // d_c_{t−1} = d_c f
        d_c *= f;
        return 0.0f;
    }
};

KERNELS(lstm, Lstm)
