/* CUDA C++ for a CPU: what the project's kernels use of the language, so that g++ and clang++ can
 * compile their text and run it. Include it before the kernels; link block.cpp, launch.cpp and
 * fiber.cpp. Every thread of a block is a fiber: see runtime.h.
 *
 * What CUDA has and this file lacks is not in the dialect: float atomics, fast math, fminf and
 * fmaxf (their zeros and NaN differ between machines), printf, textures, warp sums of sm_80. */
#ifndef SFD_CUDA_ON_CPU_H
#define SFD_CUDA_ON_CPU_H

#include "seen.h"

#include <math.h>

/* ---------------------------------------------------------------- vectors */

#define SFD_VECTORS(T, name)                                                                       \
    struct alignas(2 * sizeof(T)) name##2 { T x, y; };                                             \
    struct alignas(4 * sizeof(T)) name##4 { T x, y, z, w; };                                       \
    inline name##2 make_##name##2(T x, T y) { return {x, y}; }                                     \
    inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
SFD_VECTORS(float, float)
SFD_VECTORS(int, int)
SFD_VECTORS(unsigned, uint)
#undef SFD_VECTORS

#define SFD_SITE                                                                                   \
    ([]() -> const sfd::Site & {                                                                   \
        static const sfd::Site here = {__LINE__};                                                  \
        return here;                                                                               \
    }())

/* ---------------------------------------------------------------- words of the language */

/* One OS thread runs one block at a time, so its thread-local memory is that block's. */
#define __shared__ static thread_local
#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __forceinline__ inline
#undef __noinline__
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

#define threadIdx (sfd::block->current->index)
#define blockIdx (sfd::block->index)
#define blockDim (sfd::block->block_shape)
#define gridDim (sfd::block->grid_shape)
#define warpSize 32

#define __syncthreads() ((void)sfd::barrier(SFD_SITE, false))
#define __syncthreads_or(vote) (sfd::barrier(SFD_SITE, (vote) != 0) != 0)
#define __syncthreads_count(vote) (sfd::barrier(SFD_SITE, (vote) != 0))
#define __syncthreads_and(vote) (sfd::barrier(SFD_SITE, (vote) == 0) == 0)

#define SFD_MEET(what, mask, value, lane, width)                                                   \
    sfd::exchange(SFD_SITE, sfd::Meeting::what, (mask), (value), int(lane), (width))
#define SFD_SHUFFLE(what, mask, value, lane, width, ...) SFD_MEET(what, mask, value, lane, width)
#define __shfl_sync(mask, value, ...) SFD_SHUFFLE(SHUFFLE, mask, value, __VA_ARGS__, 32, )
#define __shfl_up_sync(mask, value, ...) SFD_SHUFFLE(SHUFFLE_UP, mask, value, __VA_ARGS__, 32, )
#define __shfl_down_sync(mask, value, ...) SFD_SHUFFLE(SHUFFLE_DOWN, mask, value, __VA_ARGS__, 32, )
#define __shfl_xor_sync(mask, value, ...) SFD_SHUFFLE(SHUFFLE_XOR, mask, value, __VA_ARGS__, 32, )
#define __ballot_sync(mask, vote) SFD_MEET(BALLOT, mask, (vote) ? 1u : 0u, 0, 32)
#define __any_sync(mask, vote) (__ballot_sync(mask, vote) != 0)
#define __all_sync(mask, vote) (__ballot_sync(mask, !(vote)) == 0)
#define __syncwarp(...) ((void)SFD_MEET(SYNC, sfd::mask_or_all(__VA_ARGS__), 0u, 0, 32))

inline void __threadfence() { sfd::fence(); }
inline void __threadfence_block() { sfd::fence(); }
[[noreturn]] inline void __trap() { sfd::trap(); }

/* ---------------------------------------------------------------- arithmetic */

inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
inline float __fadd_rn(float x, float y) { return x + y; }
inline float __fsub_rn(float x, float y) { return x - y; }
inline float __fmul_rn(float x, float y) { return x * y; }
inline float __fdiv_rn(float x, float y) { return x / y; }
inline float __frcp_rn(float x) { return 1.0f / x; }
inline float __fsqrt_rn(float x) { return sqrtf(x); }

template <class To, class From>
inline To sfd_bits(From from)
{
    static_assert(sizeof(To) == sizeof(From), "the same bits");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}
inline int __float_as_int(float x) { return sfd_bits<int>(x); }
inline unsigned __float_as_uint(float x) { return sfd_bits<unsigned>(x); }
inline float __int_as_float(int x) { return sfd_bits<float>(x); }
inline float __uint_as_float(unsigned x) { return sfd_bits<float>(x); }

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz(unsigned(x)) : 32; }
inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline unsigned __umulhi(unsigned x, unsigned y) { return unsigned(uint64_t(x) * y >> 32); }
inline int __mulhi(int x, int y) { return int(int64_t(x) * y >> 32); }

#define SFD_ORDERED(T)                                                                             \
    inline T min(T x, T y) { return y < x ? y : x; }                                               \
    inline T max(T x, T y) { return x < y ? y : x; }
SFD_ORDERED(int)
SFD_ORDERED(unsigned)
SFD_ORDERED(long)
SFD_ORDERED(unsigned long)
SFD_ORDERED(long long)
SFD_ORDERED(unsigned long long)
#undef SFD_ORDERED

/* ---------------------------------------------------------------- memory */

#include "memory.h"

template <class T>
inline T __ldg(const T *address)
{
    return sfd_in<T>(address)[0];
}

#define SFD_ATOMIC(T)                                                                              \
    inline T atomicAdd(T *p, T x) { return __atomic_fetch_add(sfd::both(p), x, __ATOMIC_RELAXED); } \
    inline T atomicSub(T *p, T x) { return __atomic_fetch_sub(sfd::both(p), x, __ATOMIC_RELAXED); } \
    inline T atomicAnd(T *p, T x) { return __atomic_fetch_and(sfd::both(p), x, __ATOMIC_RELAXED); } \
    inline T atomicOr(T *p, T x) { return __atomic_fetch_or(sfd::both(p), x, __ATOMIC_RELAXED); }  \
    inline T atomicXor(T *p, T x) { return __atomic_fetch_xor(sfd::both(p), x, __ATOMIC_RELAXED); } \
    inline T atomicExch(T *p, T x) { return __atomic_exchange_n(sfd::both(p), x, __ATOMIC_RELAXED); } \
    inline T atomicCAS(T *p, T old, T x)                                                           \
    {                                                                                              \
        __atomic_compare_exchange_n(sfd::both(p), &old, x, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED); \
        return old;                                                                                \
    }                                                                                              \
    inline T atomicMax(T *p, T x)                                                                  \
    {                                                                                              \
        T old = __atomic_load_n(sfd::both(p), __ATOMIC_RELAXED);                                   \
        while (old < x && !__atomic_compare_exchange_n(p, &old, x, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) \
            ;                                                                                      \
        return old;                                                                                \
    }                                                                                              \
    inline T atomicMin(T *p, T x)                                                                  \
    {                                                                                              \
        T old = __atomic_load_n(sfd::both(p), __ATOMIC_RELAXED);                                   \
        while (x < old && !__atomic_compare_exchange_n(p, &old, x, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) \
            ;                                                                                      \
        return old;                                                                                \
    }
SFD_ATOMIC(int)
SFD_ATOMIC(unsigned)
SFD_ATOMIC(unsigned long long)
#undef SFD_ATOMIC

/* The sum would depend on the order of the threads, and a GPU flushes subnormals in it. */
float atomicAdd(float *, float) = delete;
double atomicAdd(double *, double) = delete;

/* Wait for all blocks of the grid; all must fit on the device at once. Every thread calls it. */
#define sfd_grid_sync(counter) ((void)(counter), sfd::grid_barrier(SFD_SITE))

#define sfd_fma fmaf

/* ---------------------------------------------------------------- kernels by name */

namespace sfd {

template <class T>
inline T argument(const void *from)
{
    T value;
    memcpy(&value, from, sizeof value);
    return value;
}

template <class... P>
struct Exported {
    static constexpr uint32_t sizes[sizeof...(P) + 1] = {uint32_t(sizeof(P))..., 0};

    template <size_t... I>
    static void spread(void (*text)(P...), void *const *arguments, Numbers<I...>)
    {
        (void)arguments;
        text(argument<P>(arguments[I])...);
    }
    static void invoke(const Kernel &self, void *const *arguments)
    {
        spread(reinterpret_cast<void (*)(P...)>(self.text), arguments, Count<sizeof...(P)>());
    }
};

struct Export : Kernel {
    template <class... P>
    Export(const char *name_, void (*text_)(P...))
    {
        name = name_;
        invoke = Exported<P...>::invoke;
        text = reinterpret_cast<void (*)()>(text_);
        sizes = Exported<P...>::sizes;
        parameters = int(sizeof...(P));
        next = kernels;
        kernels = this;
    }
};

} // namespace sfd

#define SFD_EXPORT(kernel) static sfd::Export sfd_export_##kernel(#kernel, kernel);

/* Not in the dialect: their bits differ between machines, or they have none that are promised. */
#pragma GCC poison fminf fmaxf fmin fmax expf exp logf log powf pow sinf cosf tanhf
#pragma GCC poison __expf __logf __powf __fdividef __sinf __cosf rsqrtf __frsqrt_rn

#endif
