/* Kernels that do what no kernel may; test_faults.py says what the runtime must call it. */

#define FULL 0xffffffffu

extern "C" __global__ void two_barriers(sfd_out<int> out)
{
    if (threadIdx.x == 3)
        __syncthreads(); /* the third thread's */
    else
        __syncthreads(); /* everybody else's */
    out[threadIdx.x] = 1;
}

extern "C" __global__ void early_exit(sfd_out<int> out)
{
    if (threadIdx.x == 40)
        return;
    __syncthreads(); /* incomplete */
    out[threadIdx.x] = 1;
}

extern "C" __global__ void absent_lane(sfd_out<int> out)
{
    if (threadIdx.x == 7)
        return;
    out[threadIdx.x] = __shfl_down_sync(FULL, 1, 1); /* lane 7 is gone */
}

extern "C" __global__ void two_collectives(sfd_out<int> out)
{
    if (threadIdx.x & 1)
        out[threadIdx.x] = __any_sync(FULL, 1); /* odd lanes */
    else
        out[threadIdx.x] = __shfl_xor_sync(FULL, 1, 1); /* even lanes */
}

extern "C" __global__ void two_masks(sfd_out<int> out)
{
    const unsigned mask = threadIdx.x & 1 ? FULL : 0x55555555u | 1u << (threadIdx.x & 31);
    out[threadIdx.x] = (int)__ballot_sync(threadIdx.x & 2 ? FULL : mask, 1); /* mixed masks */
}

extern "C" __global__ void reads_outside(sfd_out<int> out)
{
    if (threadIdx.x < 4)
        out[threadIdx.x] = __shfl_down_sync(0xfu, 1, 1); /* lane 4 is not in it */
}

extern "C" __global__ void calls_outside(sfd_out<int> out)
{
    if (threadIdx.x < 4)
        out[threadIdx.x] = (int)__ballot_sync(0x3u, 1); /* lane 2 calls */
}

extern "C" __global__ void waits_for_ever(sfd_out<int> out)
{
    if (threadIdx.x == 0)
        __syncwarp(); /* one lane */
    else
        __syncthreads(); /* all others */
    out[threadIdx.x] = 1;
}

extern "C" __global__ void one_too_far(sfd_out<int> out)
{
    out[threadIdx.x + 1] = 1;
}

extern "C" __global__ void one_too_early(sfd_in<int> in, sfd_out<int> out)
{
    out[threadIdx.x] = in[(int)threadIdx.x - 1];
}

extern "C" __global__ void far_away(sfd_out<int> out)
{
    out[((size_t)threadIdx.x + 1) << 40] = 1;
}

extern "C" __global__ void shared_index(sfd_out<int> out, int n)
{
    __shared__ sfd_array<sfd_array<int, 32>, 2> rows;
    rows[1][n] = 1;
    const int read = rows[1][n];
    out[threadIdx.x] = read;
}

extern "C" __global__ void dynamic_index(sfd_out<int> out, int n)
{
    sfd_shared<int> all = sfd_dynamic<int>(16);
    sfd_shared<int> part = all + 2;
    part[n] = 1;
    const int read = part[n];
    out[threadIdx.x] = read;
}

__device__ __noinline__ int deep(int n)
{
    volatile int frame[500];
    frame[n % 500] = n;
    return n == 0 ? 0 : deep(n - 1) + frame[n % 500];
}

extern "C" __global__ void recursion(sfd_out<int> out, int n)
{
    out[threadIdx.x] = deep(n);
}

extern "C" __global__ void division(sfd_out<int> out, int n)
{
    out[threadIdx.x] = 7 / n;
}

extern "C" __global__ void gives_up(sfd_out<int> out)
{
    if (threadIdx.x == 5)
        __trap();
    out[threadIdx.x] = 1;
}

extern "C" __global__ void grid_without(sfd_out<int> out, unsigned *arrived)
{
    sfd_grid_sync(arrived); /* of the grid */
    out[threadIdx.x] = 1;
}

extern "C" __global__ void block_ends(sfd_out<int> out, unsigned *arrived)
{
    if (blockIdx.x == 1)
        return;
    sfd_grid_sync(arrived); /* block 1 is gone */
    out[threadIdx.x] = 1;
}

extern "C" __global__ void two_grid_barriers(sfd_out<int> out, unsigned *arrived)
{
    if (blockIdx.x == 1)
        sfd_grid_sync(arrived); /* block 1's */
    else
        sfd_grid_sync(arrived); /* the other blocks' */
    out[threadIdx.x] = 1;
}

extern "C" __global__ void fails_on_the_way(sfd_out<int> out, unsigned *arrived)
{
    for (int step = 0; step < 5; step++) {
        if (blockIdx.x == 7 && step == 3 && threadIdx.x == 1)
            __trap();
        sfd_grid_sync(arrived);
    }
    out[threadIdx.x] = 1;
}

/* Not a fault of a thread, but of all: nobody has written what is read. */
extern "C" __global__ void unwritten(sfd_out<float> out, int written)
{
    __shared__ sfd_array<float, 64> tile;
    sfd_shared<float> more = sfd_dynamic<float>(0);
    if (written)
        tile[threadIdx.x] = more[threadIdx.x] = 1.0f;
    const float first = tile[threadIdx.x], second = more[threadIdx.x];
    out[threadIdx.x] = first;
    out[64 + threadIdx.x] = second;
}
