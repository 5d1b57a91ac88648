/* A launch: workers that take blocks, the barrier of the grid, stacks, signals, and the functions
 * that the host calls. */
#include "runtime.h"

#ifdef __linux__
#include <link.h>
#endif
#include <memory>
#include <new>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <system_error>
#include <thread>

namespace sfd {

#if defined(SFD_ASAN) || defined(SFD_TSAN)
#define SFD_SANITIZED 1
constexpr size_t STACK_KIB = 256; /* their functions need more */
#else
constexpr size_t STACK_KIB = 64;
#endif
const size_t STACK_BYTES = STACK_KIB * 1024;

/* ---------------------------------------------------------------- stacks, for the time of a launch */

static size_t bytes_of_stacks(unsigned threads)
{
    return threads * (STACK_BYTES + GUARD_BYTES);
}

char *take_stacks(unsigned threads)
{
    void *memory = mmap(nullptr, bytes_of_stacks(threads), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        throw std::bad_alloc();
    char *stacks = static_cast<char *>(memory);
    /* A process may have some 65,000 mappings; blocks beyond that go without guards. */
    for (unsigned i = 0; i < threads; i++)
        if (mprotect(stacks + i * (STACK_BYTES + GUARD_BYTES), GUARD_BYTES, PROT_NONE))
            break;
    return stacks;
}

void give_stacks(char *stacks, unsigned threads)
{
    munmap(stacks, bytes_of_stacks(threads));
}

/* ---------------------------------------------------------------- shared memory */

#ifdef __linux__
static int look(struct dl_phdr_info *info, size_t, void *into)
{
    bool ours = false;
    const ElfW(Phdr) *local = nullptr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) &part = info->dlpi_phdr[i];
        const uintptr_t offset = reinterpret_cast<uintptr_t>(&kernels) - info->dlpi_addr - part.p_vaddr;
        ours |= part.p_type == PT_LOAD && offset < part.p_memsz;
        if (part.p_type == PT_TLS)
            local = &part;
    }
    if (ours && local)
        *static_cast<Local *>(into) = {info->dlpi_tls_data, local->p_memsz};
    return ours;
}

Local find_thread_local()
{
    Local found;
    dl_iterate_phdr(look, &found);
    return found;
}
#else
Local find_thread_local()
{
    return {};
}
#endif

void spoil_shared_memory(const Run &run)
{
    memset(run.dynamic_shared, UNWRITTEN, run.dynamic_bytes);
    if (run.local.start) {
        Block *const kept = block; /* it lies in there too */
        memset(run.local.start, UNWRITTEN, run.local.bytes);
        block = kept;
    }
}

/* ---------------------------------------------------------------- signals */

#ifndef SFD_SANITIZED
constexpr int CAUGHT[] = {SIGSEGV, SIGBUS, SIGFPE};
static struct sigaction before[3];

/* A kernel touched what it must not, or divided by zero: the launch ends, the process goes on. */
static void on_signal(int number, siginfo_t *info, void *)
{
    if (!block || !block->current) { /* not a kernel's fault: as if we were not here */
        for (int i = 0; i < 3; i++)
            sigaction(CAUGHT[i], &before[i], nullptr);
        return;
    }
    Run &run = *static_cast<Run *>(block);
    if (number == SIGFPE)
        give_up(run, DIVISION_BY_ZERO, nullptr, "an integer divided by zero");
    const unsigned linear = static_cast<Thread *>(run.current)->linear;
    const char *address = static_cast<char *>(info->si_addr), *stack = stack_of(run, linear);
    if (address < stack && address >= stack - GUARD_BYTES)
        give_up(run, STACK_OVERFLOW, nullptr, "more than %zu KiB of stack for one thread", STACK_KIB);
    give_up(run, OUT_OF_RANGE, nullptr, "an access to memory that is not the process's");
}

class SignalGuard { /* for the whole process, during a launch */
  public:
    SignalGuard()
    {
        struct sigaction action = {};
        action.sa_sigaction = on_signal;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        for (int i = 0; i < 3; i++)
            sigaction(CAUGHT[i], &action, &before[i]);
    }
    ~SignalGuard()
    {
        for (int i = 0; i < 3; i++)
            sigaction(CAUGHT[i], &before[i], nullptr);
    }
};

class SignalStack { /* for one OS thread: the fiber's own may be the one that is full */
    std::unique_ptr<char[]> memory{new char[size]};
    stack_t before;

  public:
    static constexpr size_t size = 64 * 1024;
    SignalStack()
    {
        stack_t mine = {};
        mine.ss_sp = memory.get();
        mine.ss_size = size;
        sigaltstack(&mine, &before);
    }
    ~SignalStack() { sigaltstack(&before, nullptr); }
};
#else
struct SignalGuard { /* the sanitizers have handlers of their own, with longer reports */
    SignalGuard() {}
};
struct SignalStack {
    SignalStack() {}
};
#endif

/* ---------------------------------------------------------------- turns and the grid */

void Turns::open(unsigned at_once, unsigned blocks)
{
    free = at_once;
    enqueue(blocks);
}

void Turns::enqueue(unsigned blocks)
{
    const std::lock_guard<std::mutex> guard(lock);
    for (unsigned i = 0; i < blocks; i++)
        waiting.insert(i);
    change.notify_all();
}

void Turns::take(unsigned turn)
{
    std::unique_lock<std::mutex> guard(lock);
    change.wait(guard, [&] { return over || (free && *waiting.begin() == turn); });
    if (over)
        return;
    waiting.erase(turn);
    free--;
    change.notify_all();
}

void Turns::give()
{
    const std::lock_guard<std::mutex> guard(lock);
    free++;
    change.notify_all();
}

void Turns::end()
{
    const std::lock_guard<std::mutex> guard(lock);
    over = true;
    change.notify_all();
}

static void open_grid(Launch &launch)
{
    launch.turns.enqueue(launch.grid_waiting);
    launch.grid_waiting = 0;
    launch.grid_round++;
    launch.grid_change.notify_all();
}

bool wait_for_grid(Run &run, unsigned turn)
{
    Launch &launch = *run.launch;
    {
        std::unique_lock<std::mutex> guard(launch.grid_lock);
        const unsigned blocks = unsigned(launch.block_order.size());
        if (launch.grid_live < blocks || (launch.grid_waiting && launch.grid_site != run.barrier_site)) {
            char text[200];
            const bool gone = launch.grid_live < blocks;
            if (gone)
                snprintf(text, sizeof text, "sfd_grid_sync: %u of %u blocks have ended", blocks - launch.grid_live, blocks);
            else
                snprintf(text, sizeof text, "%u blocks wait at the grid barrier of line %d, this one at line %d",
                         launch.grid_waiting, launch.grid_site->line, run.barrier_site->line);
            tell(launch, &run, gone ? INCOMPLETE_BARRIER : DIVERGENT_BARRIER, run.barrier_site, text);
            open_grid(launch);
            return false;
        }
        launch.grid_site = run.barrier_site;
        const unsigned round = launch.grid_round;
        if (++launch.grid_waiting == blocks)
            open_grid(launch);
        launch.turns.give();
        launch.grid_change.wait(guard, [&] { return launch.grid_round != round; });
    }
    launch.turns.take(turn);
    return !launch.failed;
}

/* run: null if the block never began. */
static void block_has_ended(Launch &launch, const Run *run)
{
    const std::lock_guard<std::mutex> guard(launch.grid_lock);
    launch.grid_live--;
    if (launch.grid_waiting && !launch.failed) {
        char text[200];
        snprintf(text, sizeof text, "this block has ended, but %u blocks wait at the grid barrier of line %d",
                 launch.grid_waiting, launch.grid_site->line);
        tell(launch, run, INCOMPLETE_BARRIER, launch.grid_site, text);
    }
    if (launch.grid_waiting && launch.failed)
        open_grid(launch);
}

/* ---------------------------------------------------------------- workers */

static std::mutex traffic_lock;

/* What an OS thread needs to run blocks, one after the other. */
class Worker {
    std::unique_ptr<Run> run{new Run()};
    SignalStack signal_stack;
    std::vector<char> dynamic;
    std::vector<Buffer> buffers;

  public:
    explicit Worker(Launch &launch)
    {
        const Request &request = *launch.request;
        run->launch = &launch;
        run->block_shape = dim3(request.block[0], request.block[1], request.block[2]);
        run->grid_shape = dim3(request.grid[0], request.grid[1], request.grid[2]);
        run->threads = request.block[0] * request.block[1] * request.block[2];
        run->thread.resize(run->threads);
        dynamic.resize(request.dynamic_bytes + 16);
        run->dynamic_shared = reinterpret_cast<char *>((uintptr_t(dynamic.data()) + 15) & ~uintptr_t(15));
        run->dynamic_bytes = request.dynamic_bytes;
        buffers.assign(request.buffer, request.buffer + request.buffers);
        for (Buffer &buffer : buffers)
            buffer.traffic = {};
        run->buffer = buffers.data();
        run->buffers = request.buffers;
        run->random.state = request.order;
        run->stacks = take_stacks(run->threads);
        fiber_adopt_thread(run->home);
        block = run.get();
        run->local = find_thread_local();
    }

    Worker(const Worker &) = delete;

    ~Worker()
    {
        block = nullptr;
        give_stacks(run->stacks, run->threads);
        const std::lock_guard<std::mutex> guard(traffic_lock);
        const Request &request = *run->launch->request;
        for (uint32_t i = 0; i < request.buffers; i++) {
            request.buffer[i].traffic.loads += buffers[i].traffic.loads;
            request.buffer[i].traffic.stores += buffers[i].traffic.stores;
        }
        Report &report = *run->launch->report;
        report.switches += run->switches;
        report.shared.loads += run->shared.loads;
        report.shared.stores += run->shared.stores;
    }

    void serve(unsigned turn)
    {
        run->random.state = run->launch->request->order + 0x100000001u * turn;
        run_block(*run, turn);
        block_has_ended(*run->launch, run.get());
    }

    void know_what_the_threads_did() { happens_after(&run->end_tag); }
};

/* Blocks do not wait for each other: each worker takes one after the other. */
static void serve_in_turn(Launch &launch, std::atomic<unsigned> &next)
{
    try {
        Worker worker(launch);
        const unsigned blocks = unsigned(launch.block_order.size());
        for (unsigned turn; !launch.failed && (turn = next++) < blocks;)
            worker.serve(turn);
    } catch (const std::bad_alloc &) {
        tell(launch, nullptr, NO_RESOURCES, nullptr, "no memory for the stacks of a block");
    }
}

/* Every block has an OS thread: because blocks wait for each other, or so that the race detector
 * sees that nothing orders what they do. */
static void serve_one(Launch &launch, unsigned turn)
{
    std::unique_ptr<Worker> worker;
    launch.turns.take(turn);
    try {
        if (!launch.failed) {
            worker.reset(new Worker(launch));
            worker->serve(turn);
        }
    } catch (const std::bad_alloc &) {
        tell(launch, nullptr, NO_RESOURCES, nullptr, "no memory for the stacks of a block");
        block_has_ended(launch, nullptr);
    }
    launch.turns.give(); /* first, so that the next block does not seem to come after this one */
    if (worker)
        worker->know_what_the_threads_did();
}

static void serve_all(Launch &launch)
{
    const Request &request = *launch.request;
    const unsigned blocks = unsigned(launch.block_order.size());
#ifdef SFD_TSAN
    const bool together = true;
#else
    const bool together = request.cooperative;
#endif
    const unsigned most = together ? blocks : request.workers < blocks ? request.workers : blocks;
    std::atomic<unsigned> next{0};
    std::vector<std::thread> threads;
    try {
        for (unsigned i = together ? 0 : 1; i < most; i++) {
            if (together)
                threads.emplace_back([&launch, i] { serve_one(launch, i); });
            else
                threads.emplace_back([&launch, &next] { serve_in_turn(launch, next); });
        }
    } catch (const std::system_error &) {
        tell(launch, nullptr, NO_RESOURCES, nullptr, "the system has no more threads");
    }
    if (together)
        launch.turns.open(request.workers, blocks);
    else
        serve_in_turn(launch, next);
    for (std::thread &thread : threads)
        thread.join();
}

static Kernel *kernel_at(int index)
{
    Kernel *found = kernels;
    for (int i = 0; found && i < index; i++)
        found = found->next;
    return found;
}

} // namespace sfd

/* ---------------------------------------------------------------- for the host */

extern "C" {

const char *sfd_kernel_name(int index)
{
    const sfd::Kernel *kernel = sfd::kernel_at(index);
    return kernel ? kernel->name : nullptr;
}

int sfd_kernel_parameters(int index, const uint32_t **sizes)
{
    const sfd::Kernel *kernel = sfd::kernel_at(index);
    *sizes = kernel->sizes;
    return kernel->parameters;
}

/* Run a kernel to its end; returns the fault, or 0. */
int sfd_launch(const sfd::Request *request, sfd::Report *report)
{
    static std::mutex one_at_a_time;
    const std::lock_guard<std::mutex> guard(one_at_a_time);
    memset(report, 0, sizeof *report);
    sfd::Launch launch;
    launch.request = request;
    launch.report = report;
    launch.kernel = sfd::kernel_at(request->kernel);
    const unsigned blocks = request->grid[0] * request->grid[1] * request->grid[2];
    launch.grid_live = blocks;
    for (unsigned i = 0; i < blocks; i++)
        launch.block_order.push_back(request->order == 1 ? blocks - 1 - i : i);
    if (request->order > 1)
        sfd::Random{request->order}.shuffle(launch.block_order.data(), blocks);
    const sfd::SignalGuard signals;
    sfd::serve_all(launch);
    return report->fault;
}

} /* extern "C" */
