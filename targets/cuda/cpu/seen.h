/* What the text of the kernels sees of the runtime: all else of it is in runtime.h. */
#ifndef SFD_SEEN_H
#define SFD_SEEN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

namespace sfd {

/* A place in the kernels' text where threads wait for each other: its address tells it apart. */
struct Site {
    int line;
};

enum class Meeting : uint8_t { SYNC, BALLOT, SHUFFLE, SHUFFLE_UP, SHUFFLE_DOWN, SHUFFLE_XOR };

/* Bytes that threads asked for, in one buffer or one space. */
struct Traffic {
    uint64_t loads, stores;
};

/* A buffer that kernels may touch, known by its address. */
struct Buffer {
    uintptr_t start;
    uint64_t bytes;
    Traffic traffic;
};

/* What kernels see of a thread and of its block. The rest is the runtime's own: runtime.h. */
struct ThreadPlace {
    uint3 index;
};

struct Block {
    ThreadPlace *current; /* the thread that runs */
    uint3 index;
    dim3 block_shape, grid_shape;
    char *dynamic_shared;
    uint32_t dynamic_bytes;
    uint32_t buffers, last_buffer; /* last_buffer: where the last access was */
    Buffer *buffer;
    Traffic shared;
};

extern __thread Block *block; /* the one that this OS thread runs */

int barrier(const Site &site, bool vote); /* how many voted */
void grid_barrier(const Site &site);
uint64_t meet(const Site &site, Meeting what, unsigned mask, uint64_t value, unsigned lane, unsigned width);
void fence();
[[noreturn]] void trap();
[[noreturn]] void out_of_range(const void *address, unsigned bytes, bool store);
[[noreturn]] void out_of_bounds(long long index, long long count);
Buffer *find_buffer(const void *address, unsigned bytes);

/* A kernel that the host can launch: `invoke` takes pointers to its arguments. */
struct Kernel {
    const char *name;
    void (*invoke)(const Kernel &self, void *const *arguments);
    void (*text)();
    const uint32_t *sizes; /* of the parameters, in bytes */
    int parameters;
    Kernel *next;
};

extern Kernel *kernels; /* all of this library */

inline unsigned mask_or_all(unsigned mask = 0xffffffffu)
{
    return mask;
}

template <class T>
inline T exchange(const Site &site, Meeting what, unsigned mask, T value, int lane, int width)
{
    static_assert(sizeof(T) == 4 || sizeof(T) == 8, "shuffles take numbers of 4 or 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits = meet(site, what, mask, bits, unsigned(lane), unsigned(width));
    memcpy(&value, &bits, sizeof value);
    return value;
}

} // namespace sfd

#endif
