// Runs kernels on the CPU. Each launch comes on standard input and goes back, with what it has written, on
// standard output: name, grid (x, y), threads, bytes of shared memory, seed of the threads' order, the kernel's
// constants, then each argument's count and numbers, of four bytes each.

#include <cstring>
#include <string>

#include "cuda.h"

#include "../src/gru.cu"
#include "../src/lstm.cu"
#include "../src/measure.cu"
#include "../src/optimizer.cu"
#include "../src/rnn.cu"
#include "../src/sum_rows.cu"

static bool read(void* to, size_t bytes) { return std::fread(to, 1, bytes, stdin) == bytes; }

template <class T>
static T expect() {
    T value;
    if (!read(&value, sizeof value)) fail("the input ends within a launch");
    return value;
}

// An argument between numbers that no kernel may touch. They are signalling NaNs: the program ends (SIGFPE) where one
// is computed with, even if the result is never used.
struct Argument {
    static constexpr size_t GUARD = 64;
    static constexpr uint32_t UNTOUCHED = 0x7fa0dead;
    std::vector<uint32_t> words;

    explicit Argument(size_t count) : words(count + 2 * GUARD, UNTOUCHED) {
        if (!read(data(), count * 4)) fail("the input ends within an argument");
    }
    uint32_t* data() { return words.data() + GUARD; }
    size_t count() const { return words.size() - 2 * GUARD; }

    void check() const {
        for (size_t i = 0; i < GUARD; ++i)
            if (words[i] != UNTOUCHED || words[words.size() - 1 - i] != UNTOUCHED)
                fail("a kernel wrote outside an argument");
    }
};

static std::vector<uint32_t> constants;
static std::vector<Argument> arguments;

// The constants and the arguments as a kernel takes them.
template <class Struct>
static Struct all_constants() {
    Struct all;
    if (constants.size() * 4 != sizeof all) fail("the constants are not those of the kernel");
    std::memcpy(&all, constants.data(), sizeof all);
    return all;
}
static float* f(size_t i) { return reinterpret_cast<float*>(arguments[i].data()); }
static const int* ints(size_t i) { return reinterpret_cast<const int*>(arguments[i].data()); }

// One thread of a kernel; how many arguments it has and how many threads a block may have.
struct Kernel {
    const char* name;
    void (*thread)();
    size_t arguments;
    unsigned most_threads;
};
#define FORWARD(name, K)                                                                                             \
    {#name, [] { name(all_constants<Sizes>(), ints(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7)); }, 8, THREADS(K)},
#define BACKWARD(name, K)                                                                                              \
    {#name,                                                                                                            \
     [] { name(all_constants<Sizes>(), ints(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), f(10)); },       \
     11,                                                                                                               \
     THREADS(K)},
#define SEQUENCE(cell, K, R) FORWARD(cell##_forward_##K##_##R, K) BACKWARD(cell##_backward_##K##_##R, K)
#define CELL(cell)        \
    SEQUENCE(cell, 16, 1) \
    SEQUENCE(cell, 16, 4) \
    SEQUENCE(cell, 32, 1) \
    SEQUENCE(cell, 32, 4) \
    SEQUENCE(cell, 64, 1) \
    SEQUENCE(cell, 64, 4)
#define UPDATED(name) {#name, [] { name(all_constants<Rule>(), ints(0), f(1), f(2), f(3), f(4)); }, 5, 1024},
static const Kernel KERNELS_BY_NAME[] = {
    CELL(rnn_tanh) CELL(rnn_relu) CELL(lstm) CELL(gru)
    UPDATED(sgd_dense) UPDATED(sgd_rows) UPDATED(momentum_dense) UPDATED(momentum_all)
    UPDATED(adam_dense) UPDATED(adam_rows) UPDATED(adam_all)
    {"measure", [] { measure(all_constants<unsigned>(), f(0), reinterpret_cast<Size*>(f(1))); }, 2, 1024},
    {"sum_rows", [] { sum_rows(all_constants<int>(), ints(0), ints(1), f(2), f(3)); }, 4, 1024},
};

static void launch(const Kernel& kernel, Index grid, unsigned shared_bytes) {
    gridDim = grid;
    auto* shared = reinterpret_cast<uint32_t*>(memory);
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y) {
        for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) {
            // Shared memory holds no numbers before they are written, and there is none beyond what was asked for.
            const size_t end = shared_bytes / 4;
            std::fill(shared, shared + end + Argument::GUARD, Argument::UNTOUCHED);
            Block::the().run(blockDim.x, kernel.thread);
            for (size_t i = end; i < end + Argument::GUARD; ++i)
                if (shared[i] != Argument::UNTOUCHED) fail("a kernel wrote beyond its shared memory");
        }
    }
    for (const Argument& argument : arguments) argument.check();
}

int main() {
    feenableexcept(FE_INVALID);
    uint32_t length;
    while (read(&length, 4)) {
        std::string name(length, ' ');
        if (!read(name.data(), length)) fail("the input ends within a name");
        const auto has_name = [&](const Kernel& k) { return k.name == name; };
        const Kernel* kernel = std::find_if(std::begin(KERNELS_BY_NAME), std::end(KERNELS_BY_NAME), has_name);
        if (kernel == std::end(KERNELS_BY_NAME)) fail(("no kernel has the name " + name).c_str());
        const Index grid = expect<Index>();
        blockDim = {expect<uint32_t>(), 1};
        if (blockDim.x > kernel->most_threads) fail("more threads than the kernel is compiled for");
        const uint32_t shared_bytes = expect<uint32_t>();
        Block::the().order.seed(expect<uint32_t>());
        constants.resize(expect<uint32_t>());
        if (!read(constants.data(), constants.size() * 4)) fail("the input ends within the constants");
        arguments.clear();
        for (size_t i = kernel->arguments; i > 0; --i) arguments.emplace_back(expect<uint32_t>());
        launch(*kernel, grid, shared_bytes);
        for (Argument& argument : arguments) std::fwrite(argument.data(), 4, argument.count(), stdout);
        std::fflush(stdout);
    }
}
