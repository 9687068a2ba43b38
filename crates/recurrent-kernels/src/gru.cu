// The gated recurrent unit, the reset gate after the product: r = σ(x_r + a_r), z = σ(x_z + a_z), n = tanh(x_n + r a_n)
// with x = W_ih x_t + b_ih and a = W_hh h_{t−1} + b_hh; h_t = (1 − z) n + z h_{t−1}.
#include "kernels.cuh"

struct Gru {
    static constexpr int gates = 3, states = 1, kept = 4;  // r, z, n, a_n
    static constexpr bool reset_after = true;

    __device__ static float forward(const float* x, const float* a, int H, float h_before, float&, float* kept) {
        const float r = kept[0] = sigmoid(x[0] + a[0]);
        const float z = kept[1] = sigmoid(x[H] + a[H]);
        kept[3] = a[2 * H];
        const float n = kept[2] = tanhf(x[2 * H] + r * a[2 * H]);
        return (1.0f - z) * n + z * h_before;
    }

    __device__ static float backward(const float* kept, float, float h_before, float, float d_h, float&,
                                     float* d_projection, float* d_a) {
        const float r = kept[0], z = kept[1], n = kept[2], a_n = kept[3];
        // d_n before tanh = d_h (1 − z) (1 − n²)
        const float d_n = d_h * (1.0f - z) * (1.0f - n * n);
        // d_r before σ = d_n a_n r (1 − r)
        d_projection[0] = d_a[0] = d_n * a_n * r * (1.0f - r);
        // d_z before σ = d_h (h_{t−1} − n) z (1 − z)
        d_projection[1] = d_a[1] = d_h * (h_before - n) * z * (1.0f - z);
        d_projection[2] = d_n;
        // d_a_n = d_n r
        d_a[2] = d_n * r;
        // the part of d_h_{t−1} that goes past the product = d_h z
        return d_h * z;
    }
};

KERNELS(gru, Gru)
