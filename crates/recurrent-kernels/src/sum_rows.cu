// Sums of rows, as in an embedding's gradient: sum number s is over the rows rows[starts[s]], …, rows[starts[s + 1] −
// 1] of a matrix, always in this order, so that the result is the same to the last bit each time. One block for each
// sum; its threads go over the columns.

extern "C" __global__ void sum_rows(int size,                        // E
                                    const int *__restrict__ starts,  // (sums + 1)
                                    const int *__restrict__ rows, const float *__restrict__ values,  // (rows, E)
                                    float *__restrict__ sums) {                                        // (sums, E)
    const int start = starts[blockIdx.x], end = starts[blockIdx.x + 1];
    for (int column = threadIdx.x; column < size; column += blockDim.x) {
        float sum = 0.0f;
#pragma unroll 8
        for (int i = start; i < end; ++i) sum += values[(size_t)rows[i] * size + column];
        sums[(size_t)blockIdx.x * size + column] = sum;
    }
}
