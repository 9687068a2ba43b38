// Runs kernels on the processor. Each launch comes on standard input and goes back, with what it has written, on standard output:
// name, grid (x, y), threads, bytes of shared memory, seed of the threads' order, Sizes, then each argument's count and numbers, of four
// bytes each.

#include <string>

#include "cuda.h"

#include "../src/gru.cu"
#include "../src/lstm.cu"
#include "../src/rnn.cu"

struct Kernel {
    const char* name;
    void (*forward)(FORWARD_ARGUMENTS);
    void (*backward)(BACKWARD_ARGUMENTS);
    unsigned most_threads;
};

#define ENTRY(cell, K, R) {#cell "_forward_" #K "_" #R, cell##_forward_##K##_##R, nullptr, THREADS(K)}, \
                          {#cell "_backward_" #K "_" #R, nullptr, cell##_backward_##K##_##R, THREADS(K)},
#define ENTRIES(cell) ENTRY(cell, 16, 1) ENTRY(cell, 16, 4) ENTRY(cell, 32, 1) ENTRY(cell, 32, 4) ENTRY(cell, 64, 1) ENTRY(cell, 64, 4)
static const Kernel KERNELS_BY_NAME[] = {ENTRIES(rnn_tanh) ENTRIES(rnn_relu) ENTRIES(lstm) ENTRIES(gru)};

static bool read(void* to, size_t bytes) { return std::fread(to, 1, bytes, stdin) == bytes; }

template <class T>
static T expect() {
    T value;
    if (!read(&value, sizeof value)) fail("the input ends within a launch");
    return value;
}

// An argument between numbers that no kernel may touch. They are signalling NaNs: the program ends (SIGFPE) where one is computed with,
// even if the result is never used.
struct Argument {
    static constexpr size_t GUARD = 64;
    static constexpr uint32_t UNTOUCHED = 0x7fa0dead;
    std::vector<uint32_t> words;

    explicit Argument(size_t count) : words(count + 2 * GUARD, UNTOUCHED) {
        if (!read(data(), count * 4)) fail("the input ends within an argument");
    }
    uint32_t* data() { return words.data() + GUARD; }
    size_t count() const { return words.size() - 2 * GUARD; }
    float* floats() { return reinterpret_cast<float*>(data()); }
    const int* ints() { return reinterpret_cast<const int*>(data()); }

    void check() const {
        for (size_t i = 0; i < GUARD; ++i)
            if (words[i] != UNTOUCHED || words[words.size() - 1 - i] != UNTOUCHED) fail("a kernel wrote beside an argument");
    }
};

static const Kernel* kernel;
static Sizes sizes;
static std::vector<Argument> arguments;

static void one_thread() {
    auto a = [](size_t i) { return arguments[i].floats(); };
    const int* rows = arguments[0].ints();
    if (kernel->forward)
        kernel->forward(sizes, rows, a(1), a(2), a(3), a(4), a(5), a(6), a(7));
    else
        kernel->backward(sizes, rows, a(1), a(2), a(3), a(4), a(5), a(6), a(7), a(8), a(9), a(10));
}

static void launch(Index grid, unsigned shared_bytes) {
    auto* shared = reinterpret_cast<uint32_t*>(memory);
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y) {
        for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) {
            // Shared memory holds no numbers before they are written, and there is none beyond what was asked for.
            const size_t end = shared_bytes / 4;
            std::fill(shared, shared + end + Argument::GUARD, Argument::UNTOUCHED);
            Block::the().run(blockDim.x, one_thread);
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
        kernel = std::find_if(std::begin(KERNELS_BY_NAME), std::end(KERNELS_BY_NAME), [&](const Kernel& k) { return k.name == name; });
        if (kernel == std::end(KERNELS_BY_NAME)) fail(("no kernel has the name " + name).c_str());
        const Index grid = expect<Index>();
        blockDim = {expect<uint32_t>(), 1};
        if (blockDim.x > kernel->most_threads) fail("more threads than the kernel is compiled for");
        const uint32_t shared_bytes = expect<uint32_t>();
        Block::the().order.seed(expect<uint32_t>());
        sizes = expect<Sizes>();
        arguments.clear();
        for (int i = kernel->forward ? 8 : 11; i > 0; --i) arguments.emplace_back(expect<uint32_t>());
        launch(grid, shared_bytes);
        for (Argument& argument : arguments) std::fwrite(argument.data(), 4, argument.count(), stdout);
        std::fflush(stdout);
    }
}
