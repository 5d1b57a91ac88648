/* The kernels' words for memory. With SFD_CHECKED every access through them is held against the
 * bounds of its array or buffer and counted in bytes; without, they are plain pointers and arrays,
 * as under nvcc (dialect.h). */
#ifndef SFD_MEMORY_H
#define SFD_MEMORY_H

namespace sfd {

/* 0, 1, ... as a list of template arguments: std::index_sequence without its header. */
template <size_t... I>
struct Numbers {};
template <size_t n, size_t... I>
struct Counting : Counting<n - 1, n - 1, I...> {};
template <size_t... I>
struct Counting<0, I...> {
    using numbers = Numbers<I...>;
};
template <size_t n>
using Count = typename Counting<n>::numbers;

} // namespace sfd

#ifndef SFD_CHECKED

template <class T>
using sfd_in = const T *__restrict__; /* global memory that nobody writes during the launch */
template <class T>
using sfd_out = T *__restrict__; /* global memory that is reached by this name alone */
template <class T>
using sfd_shared = T *; /* memory of the block */
template <class T, int n>
using sfd_array = T[n]; /* __shared__ sfd_array<float, 256> tile; */

template <class T>
inline T *sfd_dynamic(size_t offset)
{
    return reinterpret_cast<T *>(sfd::block->dynamic_shared + offset);
}

namespace sfd {
template <class T>
inline T *both(T *address)
{
    return address;
}
} // namespace sfd

#else

namespace sfd {

/* An access to global memory: inside of one buffer, or the kernel stops. */
inline Traffic &global(const void *address, unsigned bytes, bool store)
{
    Block &b = *block;
    if (b.last_buffer < b.buffers) {
        Buffer &last = b.buffer[b.last_buffer];
        const uint64_t offset = uintptr_t(address) - last.start;
        if (offset < last.bytes && bytes <= last.bytes - offset)
            return last.traffic;
    }
    Buffer *found = find_buffer(address, bytes);
    if (!found)
        out_of_range(address, bytes, store);
    b.last_buffer = uint32_t(found - b.buffer);
    return found->traffic;
}

/* An atomic reads and writes; it may be in a buffer, or else it is in shared memory. */
template <class T>
inline T *both(T *address)
{
    Buffer *found = find_buffer(address, sizeof(T));
    Traffic &traffic = found ? found->traffic : block->shared;
    traffic.loads += sizeof(T);
    traffic.stores += sizeof(T);
    return address;
}

struct Global {
    static Traffic &of(const void *address, unsigned bytes, bool store) { return global(address, bytes, store); }
};
struct Shared {
    static Traffic &of(const void *, unsigned, bool) { return block->shared; }
};

/* One element, not yet read or written. */
template <class T, class Space>
struct Cell {
    T *address;

    operator T() const
    {
        Space::of(address, sizeof(T), false).loads += sizeof(T);
        return *address;
    }
    T operator=(T value) const
    {
        Space::of(address, sizeof(T), true).stores += sizeof(T);
        return *address = value;
    }
    Cell(T *address_) : address(address_) {}
    Cell(const Cell &) = default;
    T operator=(const Cell &other) const { return *this = T(other); }
    T operator+=(T value) const { return *this = T(*this) + value; }
    T operator-=(T value) const { return *this = T(*this) - value; }
    T operator*=(T value) const { return *this = T(*this) * value; }
    T operator|=(T value) const { return *this = T(*this) | value; }
    T operator&=(T value) const { return *this = T(*this) & value; }
    T operator^=(T value) const { return *this = T(*this) ^ value; }
    T operator++() const { return *this = T(*this) + 1; }
    T *operator&() const
    {
        (void)Space::of(address, sizeof(T), true);
        return address;
    }
};

} // namespace sfd

template <class T>
class sfd_in {
    const T *start;

  public:
    sfd_in() = default;
    sfd_in(const T *start_) : start(start_) {}
    const T &operator[](ptrdiff_t i) const
    {
        sfd::global(start + i, sizeof(T), false).loads += sizeof(T);
        return start[i];
    }
    const T &operator*() const { return (*this)[0]; }
    const T *operator->() const { return &(*this)[0]; }
    sfd_in operator+(ptrdiff_t n) const { return start + n; }
    sfd_in operator-(ptrdiff_t n) const { return start - n; }
    sfd_in &operator+=(ptrdiff_t n) { return start += n, *this; }
    explicit operator bool() const { return start != nullptr; }
    const T *get() const { return start; }
};

template <class T>
class sfd_out {
    T *start;

  public:
    sfd_out() = default;
    sfd_out(T *start_) : start(start_) {}
    sfd::Cell<T, sfd::Global> operator[](ptrdiff_t i) const { return start + i; }
    sfd::Cell<T, sfd::Global> operator*() const { return start; }
    sfd_out operator+(ptrdiff_t n) const { return start + n; }
    sfd_out operator-(ptrdiff_t n) const { return start - n; }
    sfd_out &operator+=(ptrdiff_t n) { return start += n, *this; }
    operator sfd_in<T>() const { return start; }
    explicit operator bool() const { return start != nullptr; }
    T *get() const { return start; }
};

/* A part of a shared array; it knows how much of it lies behind and ahead. */
template <class T>
class sfd_shared {
    T *start;
    ptrdiff_t first, end; /* the elements there are, counted from start */

  public:
    sfd_shared(T *start_, ptrdiff_t first_, ptrdiff_t end_) : start(start_), first(first_), end(end_) {}
    sfd::Cell<T, sfd::Shared> operator[](ptrdiff_t i) const
    {
        if (i < first || i >= end)
            sfd::out_of_bounds(i - first, end - first);
        return start + i;
    }
    sfd::Cell<T, sfd::Shared> operator*() const { return (*this)[0]; }
    sfd_shared operator+(ptrdiff_t n) const { return {start + n, first - n, end - n}; }
    sfd_shared operator-(ptrdiff_t n) const { return *this + -n; }
    sfd_shared &operator+=(ptrdiff_t n) { return *this = *this + n; }
};

/* The array itself, or one row of an array of arrays. */
template <class T, int n>
struct sfd_array {
    T all[n];

    sfd::Cell<T, sfd::Shared> operator[](ptrdiff_t i) { return sfd_shared<T>(*this)[i]; }
    operator sfd_shared<T>() { return {all, 0, n}; }
    sfd_shared<T> operator+(ptrdiff_t i) { return sfd_shared<T>(*this) + i; }
};

template <class T, int m, int n>
struct sfd_array<sfd_array<T, m>, n> {
    sfd_array<T, m> all[n];

    sfd_array<T, m> &operator[](ptrdiff_t i)
    {
        if (i < 0 || i >= n)
            sfd::out_of_bounds(i, n);
        return all[i];
    }
};

template <class T>
inline sfd_shared<T> sfd_dynamic(size_t offset)
{
    sfd::Block &b = *sfd::block;
    if (offset > b.dynamic_bytes)
        sfd::out_of_bounds((long long)offset, b.dynamic_bytes);
    return {reinterpret_cast<T *>(b.dynamic_shared + offset), 0, ptrdiff_t((b.dynamic_bytes - offset) / sizeof(T))};
}

#endif
#endif
