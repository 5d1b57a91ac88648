/* Small kernels that use every word of the dialect, each right once and wrong as often as it has a
 * way to go wrong that a test shall notice; cases.py adds a kernel for each. */

#define FULL 0xffffffffu
#define TILE 32

enum Fault {
    RIGHT,
    MISSING_BARRIER,
    MISSING_BUFFER,
    OFF_BY_ONE,
    OFF_BY_ONE_SHARED,
    DIVERGENT_BARRIER,
    WRONG_ORDER
};

/* ---------------------------------------------------------------- a sum by halving, per block */

template <Fault fault>
__device__ __forceinline__ void tree_sum(sfd_in<float> x, sfd_out<float> sums, int n)
{
    __shared__ sfd_array<float, 8> of_warp;
    const int thread = (int)threadIdx.x, warps = (int)blockDim.x / 32;
    float sum = thread < n ? x[(int)blockIdx.x * n + thread] : 0.0f;
    if (fault == WRONG_ORDER) {
        for (int by = 1; by < 32; by *= 2)
            sum = sum + __shfl_down_sync(FULL, sum, by);
    } else {
        for (int by = 16; by > 0; by /= 2)
            sum = sum + __shfl_down_sync(FULL, sum, by);
    }
    if (thread % 32 == 0)
        of_warp[thread / 32] = sum;
    if (fault != MISSING_BARRIER)
        __syncthreads();
    if (thread == 0) {
        float all = of_warp[0];
        for (int warp = 1; warp < warps; warp++)
            all = all + of_warp[warp];
        sums[blockIdx.x] = all;
    }
}

/* ---------------------------------------------------------------- a product, tile by tile */

/* y[j] = sum over i, ascending, of w[i] * x[i][j]: w goes through shared memory, one barrier for
 * each tile, because the next tile goes into the other half. */
template <Fault fault>
__device__ __forceinline__ void product(sfd_in<float> w, sfd_in<float> x, sfd_out<float> y, int rows, int columns)
{
    __shared__ sfd_array<sfd_array<float, TILE>, 2> tile;
    const int thread = (int)threadIdx.x, column = (int)(blockIdx.x * blockDim.x) + thread;
    float sum = 0.0f;
    int half = 0;
    for (int start = 0; start < rows; start += TILE) {
        const int count = min(TILE, rows - start);
        if (thread < count)
            tile[half][thread + (fault == OFF_BY_ONE_SHARED ? 1 : 0)] = w[start + thread];
        if (fault == DIVERGENT_BARRIER) {
            if (thread < count)
                __syncthreads();
        } else if (fault != MISSING_BARRIER) {
            __syncthreads();
        }
        if (column < columns)
            for (int i = 0; i < count; i++)
                sum = sum + tile[half][i] * x[(start + i) * columns + column];
        if (fault != MISSING_BUFFER)
            half ^= 1;
    }
    if (column < columns)
        y[column + (fault == OFF_BY_ONE ? 1 : 0)] = sum;
}

/* ---------------------------------------------------------------- races that no barrier is near */

/* Lanes hand numbers to their neighbours through shared memory. A shuffle makes them meet, but it
 * does not order memory: only __syncwarp does. */
template <Fault fault>
__device__ __forceinline__ void neighbours(sfd_in<int> x, sfd_out<int> out)
{
    __shared__ sfd_array<int, 32> tile;
    const int lane = (int)threadIdx.x;
    int zero = 0;
    tile[lane] = x[lane];
    if (fault == MISSING_BARRIER)
        zero = __shfl_sync(FULL, zero, 0);
    else
        __syncwarp();
    out[lane] = tile[lane ^ 1] + zero;
}

/* All blocks write the same number, or each its own. */
template <Fault fault>
__device__ __forceinline__ void blocks(sfd_out<int> out)
{
    if (threadIdx.x == 0)
        out[fault == OFF_BY_ONE ? 0 : (int)blockIdx.x] = 7;
}

/* ---------------------------------------------------------------- compaction, and counting */

/* The indices of what is above 0, in their order. One block. */
extern "C" __global__ void __launch_bounds__(256) compact(sfd_in<float> x, sfd_out<int> found, sfd_out<int> count, int n)
{
    __shared__ sfd_array<int, 8> of_warp;
    const int thread = (int)threadIdx.x, lane = thread % 32, warp = thread / 32, warps = (int)blockDim.x / 32;
    int before = 0;
    for (int start = 0; start < n; start += (int)blockDim.x) {
        const int i = start + thread;
        const bool here = i < n && x[i] > 0.0f;
        const unsigned ballot = __ballot_sync(FULL, here);
        if (lane == 0)
            of_warp[warp] = __popc(ballot);
        __syncthreads();
        int mine = before + __popc(ballot & ((1u << lane) - 1u));
        for (int other = 0; other < warps; other++) {
            const int of_other = of_warp[other];
            mine += other < warp ? of_other : 0;
            before += of_other;
        }
        if (here)
            found[mine] = i;
        __syncthreads();
    }
    if (thread == 0)
        count[0] = before;
}

/* How often each value occurs, first in the block, then in all; and the largest. */
extern "C" __global__ void __launch_bounds__(256)
    histogram(sfd_in<unsigned> values, sfd_out<unsigned> counts, sfd_out<unsigned> largest, int n, int bins)
{
    sfd_shared<unsigned> mine = sfd_dynamic<unsigned>(0);
    for (int bin = (int)threadIdx.x; bin < bins; bin += (int)blockDim.x)
        mine[bin] = 0u;
    __syncthreads();
    const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    if (i < n) {
        const unsigned value = values[i];
        atomicAdd(&mine[(int)value], 1u);
        atomicMax(&largest[0], value);
    }
    __syncthreads();
    for (int bin = (int)threadIdx.x; bin < bins; bin += (int)blockDim.x) {
        const unsigned count = mine[bin];
        if (count)
            atomicAdd(&counts[bin], count);
    }
}

/* ---------------------------------------------------------------- words that have no other test */

/* Every warp passes its numbers round by each kind of shuffle and votes on them. */
extern "C" __global__ void __launch_bounds__(64) words(sfd_in<int> x, sfd_out<int> out, sfd_out<float> reals)
{
    const int thread = (int)(threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z));
    const int threads = (int)(blockDim.x * blockDim.y * blockDim.z);
    const int mine = x[thread];
    out[0 * threads + thread] = __shfl_sync(FULL, mine, 5);
    out[1 * threads + thread] = __shfl_up_sync(FULL, mine, 3);
    out[2 * threads + thread] = __shfl_down_sync(FULL, mine, 3, 8);
    out[3 * threads + thread] = __shfl_xor_sync(FULL, mine, 9);
    out[4 * threads + thread] = (int)__ballot_sync(FULL, mine > 0);
    out[5 * threads + thread] = __any_sync(FULL, mine > 90) + 2 * __all_sync(FULL, mine > -200);
    out[6 * threads + thread] = __syncthreads_count(mine > 0);
    out[7 * threads + thread] = __syncthreads_or(mine > 90) + 2 * __syncthreads_and(mine > -200);
    if (thread % 32 < 16) { /* half a warp by itself */
        out[8 * threads + thread] = __shfl_xor_sync(0x0000ffffu, mine, 1);
        __syncwarp(0x0000ffffu);
    } else {
        out[8 * threads + thread] = __shfl_xor_sync(0xffff0000u, mine, 2);
        __syncwarp(0xffff0000u);
    }
    out[9 * threads + thread] = __clz(mine) + 64 * __ffs(mine) + 4096 * (int)(__umulhi((unsigned)mine, 0xd2511f53u) & 0xffu);
    const float real = (float)mine;
    reals[0 * threads + thread] = sfd_fma(real, 1.1f, __uint_as_float(0x3f8ccccdu));
    reals[1 * threads + thread] = __fdiv_rn(__fadd_rn(real, 0.5f), __fsqrt_rn(__fmul_rn(real, real) + 2.0f));
    reals[2 * threads + thread] = __int_as_float(__float_as_int(fabsf(real)) ^ 1);
}

/* Each step needs what all blocks did in the one before. */
extern "C" __global__ void __launch_bounds__(64) steps(sfd_out<int> even, sfd_out<int> odd, unsigned *arrived, int count)
{
    const int all = (int)(gridDim.x * blockDim.x), i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
    for (int step = 0; step < count; step++) {
        if (step % 2 == 0)
            odd[i] = even[(i + 65) % all] + 1;
        else
            even[i] = odd[(i + 65) % all] + 1;
        sfd_grid_sync(arrived);
    }
}
