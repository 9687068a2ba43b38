// One update of a parameter in place, a thread for each weight w with gradient g.
//
// A number below TINY is zero, as on the CPU: moments that shrink step after step end there.

// The same struct in Rust is `Constants`.
struct Rule {
    unsigned count, size;              // weights to update; numbers in a row of the parameter
    float scale, limit;                // gradients are multiplied by `scale`, then limited to −limit..=limit
    float keep;                        // weights are multiplied by it before the update
    float rate;                        // lr; of Adam lr / (1 − β₁ᵗ)
    float beta1, rest1, beta2, rest2;  // β₁ (the momentum of SGD), 1 − β₁, β₂, 1 − β₂
    float root_scale, epsilon;         // 1 / √(1 − β₂ᵗ), ε
};

__device__ inline float flush(float x) {
    constexpr float TINY = 1e-30f;
    return fabsf(x) < TINY ? 0.0f : x;
}

// w −= lr·g
struct Sgd {
    static constexpr int moments = 0;

    __device__ static void update(const Rule& rule, float g, float& w, float*, float*) { w -= rule.rate * g; }
};

// u = momentum·u + g; w −= lr·u
struct Momentum {
    static constexpr int moments = 1;

    __device__ static void update(const Rule& rule, float g, float& w, float* u, float*) {
        *u = flush(rule.beta1 * *u + g);
        w -= rule.rate * *u;
    }
};

// m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; w −= lr·m̂ / (√v̂ + ε)
struct Adam {
    static constexpr int moments = 2;

    __device__ static void update(const Rule& rule, float g, float& w, float* m, float* v) {
        *m = flush(rule.beta1 * *m + rule.rest1 * g);
        *v = flush(rule.beta2 * *v + rule.rest2 * g * g);
        w -= rule.rate * *m / (sqrtf(*v) * rule.root_scale + rule.epsilon);
    }
};

#define UPDATE_ARGUMENTS                                                                                         \
    Rule rule, const int *__restrict__ rows,                                                                     \
        const float *__restrict__ g, /* of the whole parameter, or of some of its rows (rows, E) */              \
        float *__restrict__ w, float *__restrict__ m, float *__restrict__ v /* unused where the method has none */

// Weight number `at` with gradient number `from`, or with none if that is below zero.
template <class Method>
__device__ void update(const Rule& rule, const float* g, float* w, float* m, float* v, size_t at, long long from) {
    float weight = w[at] * rule.keep;
    const bool m_rests = Method::moments < 1 || m[at] == 0.0f, v_rests = Method::moments < 2 || v[at] == 0.0f;
    if (from >= 0 || !m_rests || !v_rests) {
        const float clipped = from < 0 ? 0.0f : fminf(fmaxf(g[from] * rule.scale, -rule.limit), rule.limit);
        Method::update(rule, clipped, weight, m + at, v + at);
    }
    w[at] = weight;
}

#define UPDATE(name, Method, at, from)                                  \
    extern "C" __global__ void name(UPDATE_ARGUMENTS) {                 \
        const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;       \
        if (i < rule.count) update<Method>(rule, g, w, m, v, at, from); \
    }

// All weights have a gradient.
#define UPDATE_DENSE(name, Method) UPDATE(name, Method, i, i)

// Only these rows have one, the others stay as they are: g belongs to row rows[0], rows[1], ….
#define UPDATE_ROWS(name, Method) UPDATE(name, Method, (size_t)rows[i / rule.size] * rule.size + i % rule.size, i)

// All rows are updated: of row r the gradient is number rows[r], and zero if that is below zero.
#define UPDATE_ALL(name, Method) UPDATE(name, Method, i, gradient_of(rule, rows, i))

__device__ inline long long gradient_of(const Rule& rule, const int* rows, unsigned i) {
    const int row = rows[i / rule.size];
    if (row < 0) return -1;
    return (long long)row * rule.size + i % rule.size;
}

UPDATE_DENSE(sgd_dense, Sgd)
UPDATE_ROWS(sgd_rows, Sgd)
UPDATE_DENSE(momentum_dense, Momentum)
UPDATE_ALL(momentum_all, Momentum)
UPDATE_DENSE(adam_dense, Adam)
UPDATE_ROWS(adam_rows, Adam)
UPDATE_ALL(adam_all, Adam)
