// How large gradients are: of each block's share of the numbers the sum of squares, and the number with the largest
// absolute value.
//
// Threads and blocks take turns, and halves of a block are put together in a fixed order, so the sums are the same to
// the last bit each time.

struct Size {
    double squares, largest;

    __device__ void add(const Size& other) {
        squares += other.squares;
        // A NaN is kept once it is there.
        if (isnan(largest)) return;
        if (isnan(other.largest) || fabs(other.largest) > fabs(largest)) largest = other.largest;
    }
};

extern "C" __global__ void measure(unsigned count, const float* __restrict__ values,
                                   Size* __restrict__ sizes) {  // one of each block
    extern __shared__ float4 memory[];
    Size* of_threads = reinterpret_cast<Size*>(memory);  // blockDim.x, a power of two

    Size own = {0.0, 0.0};
    for (size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += (size_t)gridDim.x * blockDim.x) {
        const double value = values[i];
        own.add({value * value, value});
    }
    of_threads[threadIdx.x] = own;
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half) of_threads[threadIdx.x].add(of_threads[threadIdx.x + half]);
    }
    if (threadIdx.x == 0) sizes[blockIdx.x] = of_threads[0];
}
