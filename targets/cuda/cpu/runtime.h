/* The runtime's own view of a block. Its threads are fibers of one OS thread. A fiber runs until it
 * waits for others; then the first ready thread in the order of the launch goes on. So a schedule
 * depends on the order alone and can be repeated, and what depends on a schedule shows under
 * another order. */
#ifndef SFD_RUNTIME_H
#define SFD_RUNTIME_H

#include "fiber.h"
#include "seen.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <vector>

namespace sfd {

constexpr unsigned LANES = 32, MOST_THREADS = 1024, MOST_WARPS = MOST_THREADS / LANES;

/* Numbers that the host knows by name: execute.py. */
enum Fault : int32_t {
    NONE,
    DIVERGENT_BARRIER,   /* threads of a block at different barriers */
    INCOMPLETE_BARRIER,  /* a barrier that some threads (or blocks) will never reach */
    MISSING_LANE,        /* a mask names a lane that has exited or does not exist */
    MIXED_COLLECTIVES,   /* lanes of one mask at different collectives */
    FOREIGN_LANE,        /* a shuffle reads, or is called by, a lane outside of its mask */
    DEADLOCK,            /* all threads wait, none for a reason above */
    OUT_OF_RANGE,        /* an access outside of the buffers or the array */
    STACK_OVERFLOW,      /* of a thread */
    DIVISION_BY_ZERO,    /* of integers */
    TRAP,                /* the kernel gave up */
    NOT_COOPERATIVE,     /* a grid barrier in a launch whose blocks do not all run at once */
    NO_RESOURCES,        /* no memory or threads for the launch itself */
};

/* How the host asks for a launch, and what it gets back: mirrored in execute.py. */
struct Request {
    int32_t kernel;
    uint32_t grid[3], block[3];
    uint32_t dynamic_bytes;
    uint32_t workers;
    uint32_t order; /* 0 ascending, 1 descending, else the seed of random orders */
    uint32_t cooperative;
    uint32_t buffers;
    Buffer *buffer; /* sorted by address; their traffic is added to */
    void *const *arguments;
};

struct Report {
    int32_t fault;
    int32_t line; /* of the kernels' text, or 0 */
    uint32_t block[3], thread[3];
    uint64_t switches;
    Traffic shared;
    char text[1024];
};

enum class State : uint8_t { READY, AT_BARRIER, AT_GRID_BARRIER, IN_WARP, GONE };

struct Thread : ThreadPlace {
    Fiber fiber;
    unsigned linear, rank; /* rank: its place in the order, 0 runs first */
    State state;
    const Site *site; /* where it waits */
    unsigned mask, lane_argument, width;
    uint64_t value, result;
};

struct Assembly { /* lanes on their way into one collective */
    const Site *site;
    Meeting what;
    unsigned mask, arrived, round;
    char tag[2];
};

struct Random { /* splitmix64: any seed will do */
    uint64_t state;
    uint64_t next()
    {
        uint64_t x = state += 0x9e3779b97f4a7c15u;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        x = (x ^ x >> 27) * 0x94d049bb133111ebu;
        return x ^ x >> 31;
    }
    template <class T>
    void shuffle(T *items, size_t count)
    {
        for (size_t i = count; i > 1; i--) {
            const size_t j = next() % i;
            const T kept = items[i - 1];
            items[i - 1] = items[j];
            items[j] = kept;
        }
    }
};

struct Local { /* the thread-local memory of this library, for one OS thread */
    void *start = nullptr;
    size_t bytes = 0;
};

struct Launch;

struct Run : Block { /* a block that runs, with the OS thread that runs it */
    Launch *launch;
    unsigned threads, live, at_barrier, at_grid_barrier;
    const Site *barrier_site;
    int votes, vote_result;
    unsigned gone[MOST_WARPS]; /* lanes of each warp that have exited or never were */
    uint64_t ready[MOST_THREADS / 64]; /* by rank */
    unsigned by_rank[MOST_THREADS];    /* linear index of the thread */
    std::vector<Thread> thread;
    Assembly assembly[MOST_WARPS][LANES]; /* by the lowest lane of the mask */
    Fiber home;                           /* the OS thread itself */
    bool given_up;
    Random random;
    uint64_t switches;
    char *stacks; /* lowest address of the fibers' stacks */
    Local local;  /* where __shared__ lies */
    unsigned barrier_round, grid_round;
    char barrier_tag[2], end_tag; /* names for the race detector: see happens_before */
};

/* Lets blocks run by turns, at most some at once: of those that wait, the first in the order. */
class Turns {
    std::mutex lock;
    std::condition_variable change;
    std::set<unsigned> waiting;
    unsigned free = 0;
    bool over = false;

  public:
    void open(unsigned at_once, unsigned blocks);
    void enqueue(unsigned blocks); /* all of them wait again */
    void take(unsigned turn);
    void give();
    void end(); /* the launch has failed: nobody waits any more */
};

struct Launch {
    const Request *request;
    Report *report;
    const Kernel *kernel;
    std::mutex fault_lock;
    std::atomic<bool> failed{false};
    std::vector<unsigned> block_order;
    Turns turns;
    /* the grid barrier */
    std::mutex grid_lock;
    std::condition_variable grid_change;
    unsigned grid_live = 0, grid_waiting = 0, grid_round = 0;
    const Site *grid_site = nullptr;
    char grid_tag[2] = {}, fence_tag = 0;
};

/* Stop the launch and tell why; does not return to the kernel. */
[[noreturn]] void give_up(Run &run, Fault fault, const Site *site, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void tell(Launch &launch, const Run *run, Fault fault, const Site *site, const char *text);

/* Run the block whose turn it is from its start to its end, or until the launch has failed. */
void run_block(Run &run, unsigned turn);

/* What run_block does when all of a block has arrived: wait for the other blocks. */
bool wait_for_grid(Run &run, unsigned turn);

/* Stacks for the threads of a block; each has a page below it that must not be touched. */
constexpr size_t GUARD_BYTES = 4096;
extern const size_t STACK_BYTES;
char *take_stacks(unsigned threads);
void give_stacks(char *stacks, unsigned threads);
inline char *stack_of(const Run &run, unsigned linear)
{
    return run.stacks + linear * (STACK_BYTES + GUARD_BYTES) + GUARD_BYTES;
}

/* All memory of a block gets this byte before it starts, so that what no thread has written is NaN,
 * or no index of anything. */
constexpr int UNWRITTEN = 0xff;
void spoil_shared_memory(const Run &run);

} // namespace sfd

#endif
