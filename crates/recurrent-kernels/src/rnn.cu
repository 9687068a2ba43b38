// The simple recurrent network: h_t = act(W_ih x_t + b + W_hh h_{t−1}).
#include "kernels.cuh"

template <class Act>
struct Rnn {
    static constexpr int gates = 1, states = 1, kept = 0;
    static constexpr bool reset_after = false;

    __device__ static float forward(const float* x, const float* a, int, float, float&, float*) {
        return Act::of(x[0] + a[0]);
    }

    __device__ static float backward(const float*, float h, float, float, float d_h, float&, float* d_projection,
                                     float* d_a) {
        d_projection[0] = d_a[0] = d_h * Act::derivative(h);
        return 0.0f;
    }
};

struct Tanh {
    __device__ static float of(float a) { return tanhf(a); }
    // tanh' = 1 − h²
    __device__ static float derivative(float h) { return 1.0f - h * h; }
};

struct Relu {
    // A comparison, so that a NaN stays one.
    __device__ static float of(float a) { return a < 0.0f ? 0.0f : a; }
    __device__ static float derivative(float h) { return h > 0.0f ? 1.0f : 0.0f; }
};

KERNELS(rnn_tanh, Rnn<Tanh>)
KERNELS(rnn_relu, Rnn<Relu>)
