/* The dialect of the project's kernels: what they use beyond CUDA itself. Executed on a CPU, the
 * same words come from cuda_on_cpu.h, where they can be checked and counted. */
#ifndef SFD_ON_CPU

#ifdef __CUDACC_RTC__ /* NVRTC has no standard headers */
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#else
#include <stdint.h>
#endif

template <class T>
using sfd_in = const T *__restrict__; /* global memory that nobody writes during the launch */
template <class T>
using sfd_out = T *__restrict__; /* global memory that is reached by this name alone */
template <class T>
using sfd_shared = T *; /* memory of the block */
template <class T, int n>
using sfd_array = T[n]; /* __shared__ sfd_array<float, 256> tile; */

/* The dynamic shared memory, from a byte on. */
template <class T>
__device__ __forceinline__ T *sfd_dynamic(size_t offset)
{
    extern __shared__ __align__(16) unsigned char sfd_dynamic_bytes[];
    return reinterpret_cast<T *>(sfd_dynamic_bytes + offset);
}

/* x * y + z, rounded once. In assembly, so that the audit of the PTX can tell a fused operation
 * that the kernels wrote from one that the compiler made. */
__device__ __forceinline__ float sfd_fma(float x, float y, float z)
{
    float result;
    asm("fma.rn.f32 %0, %1, %2, %3;" : "=f"(result) : "f"(x), "f"(y), "f"(z));
    return result;
}

/* Wait for all blocks of the grid. Every thread calls it; all blocks must be on the device at once
 * (a cooperative launch), and the counter must be 0 when the kernel starts. */
__device__ inline void sfd_grid_sync(unsigned *counter)
{
    __syncthreads();
    if (threadIdx.x == 0 && threadIdx.y == 0 && threadIdx.z == 0) {
        const unsigned blocks = gridDim.x * gridDim.y * gridDim.z;
        __threadfence();
        const unsigned goal = (atomicAdd(counter, 1u) / blocks + 1) * blocks;
        while (*(volatile unsigned *)counter < goal)
            ;
        __threadfence();
    }
    __syncthreads();
}

#endif
