/* One block: whose turn it is, barriers, collectives of a warp, and what stops a kernel. */
#include "runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <string>
#include <utility>

namespace sfd {

__thread Block *block = nullptr;
Kernel *kernels = nullptr;

static Run &running()
{
    return *static_cast<Run *>(block);
}

static Thread &current(Run &run)
{
    return *static_cast<Thread *>(run.current);
}

/* ---------------------------------------------------------------- giving up */

void tell(Launch &launch, const Run *run, Fault fault, const Site *site, const char *text)
{
    const std::lock_guard<std::mutex> guard(launch.fault_lock);
    if (launch.failed)
        return;
    Report &report = *launch.report;
    report.fault = fault;
    report.line = site ? site->line : 0;
    if (run) {
        const uint3 at = run->current ? run->current->index : uint3{0, 0, 0};
        const uint32_t where[] = {run->index.x, run->index.y, run->index.z, at.x, at.y, at.z};
        memcpy(report.block, where, sizeof report.block);
        memcpy(report.thread, where + 3, sizeof report.thread);
    }
    snprintf(report.text, sizeof report.text, "%s", text);
    launch.failed = true;
    launch.turns.end();
}

void give_up(Run &run, Fault fault, const Site *site, const char *format, ...)
{
    char text[sizeof run.launch->report->text];
    va_list words;
    va_start(words, format);
    vsnprintf(text, sizeof text, format, words);
    va_end(words);
    tell(*run.launch, &run, fault, site, text);
    run.given_up = true;
    fiber_switch(current(run).fiber, run.home, true);
    __builtin_unreachable();
}

/* ---------------------------------------------------------------- turns */

static void set_ready(Run &run, const Thread &thread)
{
    run.ready[thread.rank / 64] |= uint64_t(1) << thread.rank % 64;
}

static void set_waiting(Run &run, const Thread &thread)
{
    run.ready[thread.rank / 64] &= ~(uint64_t(1) << thread.rank % 64);
}

static Thread *first_ready(Run &run)
{
    for (unsigned word = 0; word * 64 < run.threads; word++)
        if (run.ready[word])
            return &run.thread[run.by_rank[word * 64 + unsigned(__builtin_ctzll(run.ready[word]))]];
    return nullptr;
}

/* Let the first ready thread go on; if there is none, the OS thread finds out why. */
static void pass_on(Run &run, bool for_good)
{
    Thread &self = current(run);
    Thread *next = first_ready(run);
    if (next == &self)
        return;
    run.switches++;
    run.current = next;
    fiber_switch(self.fiber, next ? next->fiber : run.home, for_good);
}

static void wait(Run &run, State state, const Site &site)
{
    Thread &self = current(run);
    self.state = state;
    self.site = &site;
    set_waiting(run, self);
    pass_on(run, false);
}

/* All threads are ready again. In a random order, another one from here on. */
static void all_ready(Run &run)
{
    if (run.launch->request->order > 1)
        run.random.shuffle(run.by_rank, run.threads);
    for (unsigned rank = 0; rank < run.threads; rank++) {
        Thread &thread = run.thread[run.by_rank[rank]];
        thread.rank = rank;
        thread.state = State::READY;
        set_ready(run, thread);
    }
}

/* ---------------------------------------------------------------- barriers */

static void join(Run &run, unsigned &arrived, const Site &site, const char *name)
{
    if (run.live < run.threads)
        give_up(run, INCOMPLETE_BARRIER, &site, "%s: %u of %u threads of the block have exited", name,
                run.threads - run.live, run.threads);
    if (arrived && run.barrier_site != &site)
        give_up(run, DIVERGENT_BARRIER, &site, "%u threads of the block wait at the barrier of line %d, this one at line %d",
                arrived, run.barrier_site->line, site.line);
    run.barrier_site = &site;
    arrived++;
}

int barrier(const Site &site, bool vote)
{
    Run &run = running();
    join(run, run.at_barrier, site, "__syncthreads");
    run.votes += vote;
    char *tag = &run.barrier_tag[run.barrier_round % 2];
    happens_before(tag);
    if (run.at_barrier == run.threads) {
        run.at_barrier = 0;
        run.barrier_round++;
        run.vote_result = run.votes;
        run.votes = 0;
        all_ready(run);
        pass_on(run, false);
    } else {
        wait(run, State::AT_BARRIER, site);
    }
    happens_after(tag);
    return run.vote_result;
}

void grid_barrier(const Site &site)
{
    Run &run = running();
    if (!run.launch->request->cooperative)
        give_up(run, NOT_COOPERATIVE, &site, "sfd_grid_sync in a launch that is not cooperative");
    join(run, run.at_grid_barrier, site, "sfd_grid_sync");
    char *tag = &run.launch->grid_tag[run.grid_round % 2];
    happens_before(tag);
    wait(run, State::AT_GRID_BARRIER, site);
    happens_after(tag);
}

/* ---------------------------------------------------------------- warps */

static const char *name_of(Meeting what)
{
    switch (what) {
    case Meeting::SYNC: return "__syncwarp";
    case Meeting::BALLOT: return "a vote";
    case Meeting::SHUFFLE: return "__shfl_sync";
    case Meeting::SHUFFLE_UP: return "__shfl_up_sync";
    case Meeting::SHUFFLE_DOWN: return "__shfl_down_sync";
    case Meeting::SHUFFLE_XOR: return "__shfl_xor_sync";
    }
    return "?";
}

/* The lane that a shuffle reads: inside of the caller's segment, or its own. */
static unsigned source_lane(Meeting what, unsigned lane, unsigned argument, unsigned width)
{
    const unsigned first = lane & ~(width - 1), last = first + width - 1;
    const int64_t by = int32_t(argument);
    int64_t source = lane;
    switch (what) {
    case Meeting::SHUFFLE: return first | (argument & (width - 1));
    case Meeting::SHUFFLE_UP: source -= by; break;
    case Meeting::SHUFFLE_DOWN: source += by; break;
    case Meeting::SHUFFLE_XOR: return (lane ^ argument) > last ? lane : (lane ^ argument) & (LANES - 1);
    default: break;
    }
    return source < first || source > last ? lane : unsigned(source);
}

/* Every lane of the mask is here: work out what each of them gets. */
static void hold(Run &run, const Assembly &here, Thread *warp)
{
    uint64_t ballot = 0;
    for (unsigned lane = 0; lane < LANES; lane++)
        if (here.mask >> lane & 1)
            ballot |= uint64_t(warp[lane].value != 0) << lane;
    for (unsigned lane = 0; lane < LANES; lane++) {
        if (!(here.mask >> lane & 1))
            continue;
        Thread &thread = warp[lane];
        thread.result = ballot;
        if (here.what > Meeting::BALLOT) {
            const unsigned source = source_lane(here.what, lane, thread.lane_argument, thread.width);
            if (!(here.mask >> source & 1)) {
                run.current = &thread;
                give_up(run, FOREIGN_LANE, here.site, "%s: lane %u reads lane %u, which is not in the mask %08x",
                        name_of(here.what), lane, source, here.mask);
            }
            thread.result = warp[source].value;
        }
        thread.state = State::READY;
        set_ready(run, thread);
    }
}

uint64_t meet(const Site &site, Meeting what, unsigned mask, uint64_t value, unsigned argument, unsigned width)
{
    Run &run = running();
    Thread &self = current(run);
    const unsigned warp = self.linear / LANES, lane = self.linear % LANES;
    const char *name = name_of(what);
    if (!(mask >> lane & 1))
        give_up(run, FOREIGN_LANE, &site, "%s: lane %u calls it, but is not in the mask %08x", name, lane, mask);
    if (run.gone[warp] & mask)
        give_up(run, MISSING_LANE, &site, "%s: lane %d of the mask %08x has exited or does not exist", name,
                __builtin_ctz(run.gone[warp] & mask), mask);
    const unsigned lowest = unsigned(__builtin_ctz(mask));
    Assembly &here = run.assembly[warp][lowest];
    if (here.arrived && (here.site != &site || here.what != what || here.mask != mask))
        give_up(run, MIXED_COLLECTIVES, &site, "%s with the mask %08x, while lanes of it wait in %s of line %d with the mask %08x",
                name, mask, name_of(here.what), here.site->line, here.mask);
    self.value = value;
    self.lane_argument = argument;
    self.width = width;
    self.mask = mask;
    /* Only __syncwarp orders memory: shuffles and votes do not, as on the device. */
    char *tag = what == Meeting::SYNC ? &here.tag[here.round % 2] : nullptr;
    if (tag)
        happens_before(tag);
    here.site = &site;
    here.what = what;
    here.mask = mask;
    here.arrived |= 1u << lane;
    if (here.arrived == mask) {
        here.arrived = 0;
        here.round++;
        hold(run, here, &run.thread[warp * LANES]);
        pass_on(run, false);
    } else {
        wait(run, State::IN_WARP, site);
    }
    if (tag)
        happens_after(tag);
    return self.result;
}

/* ---------------------------------------------------------------- other reasons to stop */

void fence()
{
    Run &run = running();
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    happens_before(&run.launch->fence_tag);
    happens_after(&run.launch->fence_tag);
}

void trap()
{
    give_up(running(), TRAP, nullptr, "__trap");
}

void out_of_range(const void *address, unsigned bytes, bool store)
{
    Run &run = running();
    const Buffer *near = nullptr;
    for (uint32_t i = 0; i < run.buffers; i++)
        if (run.buffer[i].start <= uintptr_t(address))
            near = &run.buffer[i];
    const char *verb = store ? "store" : "load";
    if (!near)
        give_up(run, OUT_OF_RANGE, nullptr, "a %s of %u bytes in no buffer", verb, bytes);
    give_up(run, OUT_OF_RANGE, nullptr, "a %s of %u bytes at byte %llu of a buffer of %llu bytes", verb, bytes,
            (unsigned long long)(uintptr_t(address) - near->start), (unsigned long long)near->bytes);
}

void out_of_bounds(long long index, long long count)
{
    give_up(running(), OUT_OF_RANGE, nullptr, "index %lld of a shared array of %lld", index, count);
}

Buffer *find_buffer(const void *address, unsigned bytes)
{
    Block &b = *block;
    uint32_t low = 0, high = b.buffers;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (b.buffer[middle].start <= uintptr_t(address))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return nullptr;
    Buffer &found = b.buffer[low - 1];
    const uint64_t offset = uintptr_t(address) - found.start;
    return offset < found.bytes && bytes <= found.bytes - offset ? &found : nullptr;
}

/* ---------------------------------------------------------------- from start to end */

/* Tell how many threads wait at which places; the first of them stands for all. */
static void tell_deadlock(Run &run)
{
    std::vector<std::pair<Thread *, unsigned>> places; /* the first thread, how many */
    for (Thread &thread : run.thread) {
        if (thread.state == State::GONE)
            continue;
        size_t i = 0;
        while (i < places.size() && places[i].first->site != thread.site)
            i++;
        if (i == places.size())
            places.emplace_back(&thread, 0u);
        places[i].second++;
    }
    std::string text = "all threads wait:";
    for (const auto &[thread, count] : places) {
        const char *where = thread->state == State::IN_WARP ? "collective" : "barrier";
        text += (thread == places[0].first ? " " : ", ") + std::to_string(count) + " at the " + where +
                " of line " + std::to_string(thread->site->line);
    }
    run.current = places[0].first;
    tell(*run.launch, &run, DEADLOCK, places[0].first->site, text.c_str());
    run.current = nullptr;
}

/* A thread is gone: nobody may wait for it. */
static void leave(Run &run)
{
    Thread &self = current(run);
    const unsigned warp = self.linear / LANES, lane = self.linear % LANES;
    for (const Assembly &here : run.assembly[warp])
        if (here.arrived && here.mask >> lane & 1)
            give_up(run, MISSING_LANE, here.site, "lane %u has exited, but %s waits for it with the mask %08x", lane,
                    name_of(here.what), here.mask);
    if (run.at_barrier || run.at_grid_barrier)
        give_up(run, INCOMPLETE_BARRIER, run.barrier_site, "this thread has exited, but %u threads of the block wait at the barrier of line %d",
                run.at_barrier + run.at_grid_barrier, run.barrier_site->line);
    self.state = State::GONE;
    run.live--;
    run.gone[warp] |= 1u << lane;
    set_waiting(run, self);
}

/* Where every fiber begins. */
static void entry()
{
    fiber_entered();
    Run &run = running();
    run.launch->kernel->invoke(*run.launch->kernel, run.launch->request->arguments);
    leave(run);
    happens_before(&run.end_tag);
    pass_on(run, true);
    __builtin_unreachable();
}

static void prepare(Run &run)
{
    const uint32_t order = run.launch->request->order;
    spoil_shared_memory(run);
    run.live = run.threads;
    run.at_barrier = run.at_grid_barrier = 0;
    run.votes = 0;
    run.given_up = false;
    memset(run.assembly, 0, sizeof run.assembly);
    memset(run.ready, 0, sizeof run.ready);
    for (unsigned warp = 0; warp < MOST_WARPS; warp++) {
        const unsigned lanes = run.threads > warp * LANES ? run.threads - warp * LANES : 0;
        run.gone[warp] = lanes >= LANES ? 0 : ~0u << lanes;
    }
    const dim3 shape = run.block_shape;
    for (unsigned i = 0; i < run.threads; i++) {
        Thread &thread = run.thread[i];
        thread.linear = i;
        thread.index = {i % shape.x, i / shape.x % shape.y, i / (shape.x * shape.y)};
        run.by_rank[i] = order == 1 ? run.threads - 1 - i : i;
        /* Tops at the same offset of a page would share few sets of the cache. */
        const size_t stagger = i % 16 * 192;
        thread.fiber.stack = stack_of(run, i);
        thread.fiber.bytes = STACK_BYTES - stagger;
        fiber_begin(thread.fiber, entry);
    }
}

void run_block(Run &run, unsigned turn)
{
    const dim3 grid = run.grid_shape;
    const unsigned number = run.launch->block_order[turn];
    run.index = {number % grid.x, number / grid.x % grid.y, number / (grid.x * grid.y)};
    prepare(run);
    all_ready(run);
    while (run.live && !run.given_up) {
        Thread *next = first_ready(run);
        if (next) {
            run.switches++;
            run.current = next;
            fiber_switch(run.home, next->fiber, false);
            run.current = nullptr;
        } else if (run.at_grid_barrier == run.threads) {
            if (!wait_for_grid(run, turn))
                break;
            run.at_grid_barrier = 0;
            run.grid_round++;
            all_ready(run);
        } else {
            tell_deadlock(run);
            break;
        }
    }
    for (Thread &thread : run.thread)
        fiber_end(thread.fiber);
}

} // namespace sfd
