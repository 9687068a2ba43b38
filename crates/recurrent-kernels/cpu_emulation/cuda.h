// What the kernels need of CUDA, for a C++ compiler: the threads of a block take turns, each from one barrier to the
// next. In which order they run between two barriers is drawn anew each time, so that a missing barrier shows.
#pragma once
#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <ucontext.h>
#include <vector>

#define __global__
#define __device__
#define __shared__
#define __launch_bounds__(threads)
// A C++ compiler may know other pragmas than nvcc.
#pragma GCC diagnostic ignored "-Wunknown-pragmas"

using std::isnan;
using std::max;
using std::min;
struct alignas(16) float4 {
    float x, y, z, w;
};
struct Index {
    unsigned x, y;
};
static Index threadIdx, blockIdx, blockDim, gridDim;

// Shared memory: what a block may have on the largest GPUs, 227 KiB, and room to see whether a kernel wrote beyond.
float4 memory[228 * 1024 / sizeof(float4)];

[[noreturn]] inline void fail(const char* what) {
    std::fprintf(stderr, "%s\n", what);
    std::exit(1);
}

// One block at a time.
struct Block {
    struct Thread {
        ucontext_t context;
        std::vector<char> stack = std::vector<char>(64 * 1024);
        bool done;
    };
    std::vector<Thread> threads;
    ucontext_t scheduler;
    size_t running;
    void (*body)();
    std::mt19937 order;

    static Block& the() {
        static Block block;
        return block;
    }

    static void start() {
        Block& block = the();
        block.body();
        block.threads[block.running].done = true;
    }

    void wait() {
        Thread& thread = threads[running];
        swapcontext(&thread.context, &scheduler);
    }

    void run(unsigned count, void (*kernel)()) {
        body = kernel;
        if (threads.size() < count) threads.resize(count);
        std::vector<unsigned> turns(count);
        for (unsigned i = 0; i < count; ++i) {
            Thread& thread = threads[i];
            turns[i] = i;
            thread.done = false;
            getcontext(&thread.context);
            thread.context.uc_stack.ss_sp = thread.stack.data();
            thread.context.uc_stack.ss_size = thread.stack.size();
            thread.context.uc_link = &scheduler;
            makecontext(&thread.context, start, 0);
        }
        for (size_t done = 0; done < count;) {
            std::shuffle(turns.begin(), turns.end(), order);
            done = 0;
            for (unsigned i : turns) {
                running = i;
                threadIdx = {i, 0};
                swapcontext(&scheduler, &threads[i].context);
                done += threads[i].done;
            }
            if (done != 0 && done != count) fail("some threads of a block have ended, others wait at a barrier");
        }
    }
};

inline void __syncthreads() { Block::the().wait(); }
