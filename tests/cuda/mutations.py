"""Faults that people make in kernels, seeded into the emitted text: what to replace by what.

Each text must be there exactly once, so a template that changes is noticed here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One fault, and the program that shows it."""

    program: str
    before: str
    after: str

    def apply(self, text: str) -> str:
        """The kernels with the fault in them."""
        found = text.count(self.before)
        if found != 1:
            raise ValueError(f"{self.before!r} is {found} times in the kernels, not once")
        return text.replace(self.before, self.after)


MUTATIONS = {
    # The tile of events is read before all threads have loaded it.
    "missing barrier": Mutation(
        "sfdfa",
        """\
            tile_neuron[threadIdx.x] = neuron[mine];
        }
        __syncthreads();
""",
        """\
            tile_neuron[threadIdx.x] = neuron[mine];
        }
""",
    ),
    # The next tile of grades is written over the one that others still read.
    "missing double buffer": Mutation(
        "bp",
        """\
        const uint32_t mine = first + threadIdx.x, end = min(SFD_THREADS, heard.count - first);
        __syncthreads();
        if (mine < heard.count) {
            const real here""",
        """\
        const uint32_t mine = first + threadIdx.x, end = min(SFD_THREADS, heard.count - first);
        if (mine < heard.count) {
            const real here""",
    ),
    # The last synapse of the last warp goes behind the shared memory, all others to a neighbour's.
    "off by one": Mutation(
        "sfdfa",
        "const uint32_t at = (pre - low) * 32 + lane;",
        "const uint32_t at = (pre - low + 1) * 32 + lane;",
    ),
    # Threads without a neuron do not come to the barrier of the others.
    "divergent barrier": Mutation(
        "sfdfa",
        """\
        __syncthreads();
        for (uint32_t k = 0; alive && k < end; k++) {
            const uint32_t pre""",
        """\
        if (alive)
            __syncthreads();
        for (uint32_t k = 0; alive && k < end; k++) {
            const uint32_t pre""",
    ),
    # The gradients of the samples are added from the last to the first.
    "wrong reduction order": Mutation(
        "sfdfa",
        "for (uint32_t sample = start; sample < stop; sample++) {",
        "for (uint32_t sample = stop; sample-- > start;) {",
    ),
    # The halves of a warp's sum are added from the nearest to the farthest.
    "wrong reduction tree": Mutation(
        "bp",
        "for (uint32_t half = 16; half; half /= 2) {",
        "for (uint32_t half = 1; half < 32; half *= 2) {",
    ),
    # A product and a difference in one rounding, as a compiler makes of them if it may.
    "contraction": Mutation(
        "sfdfa",
        "const float t6 = Q - t4;",
        "const float t6 = sfd_fma(-t3, z, Q);",
    ),
}

# Faults that need not show in any bit: ThreadSanitizer's.
RACES = {
    # A key is read, and not used, while the thread of the other key of the pair writes it.
    "read beside a write": Mutation(
        "one_neuron",
        """\
                if (j < i)
                    continue; /* the thread of key j has both */
                const uint64_t x = keys[i], y = keys[j];
                if ((x > y) == !(i & run)) {
""",
        """\
                const uint64_t x = keys[i], y = j > i ? keys[j] : x;
                if (j > i && (x > y) == !(i & run)) {
""",
    ),
    # Blocks do not wait for each other between the steps of the plan.
    "missing barrier of the grid": Mutation(
        "sfdfa",
        """\
    for (const sfd_call &call : sfd_plan_learn) {
        if (call.step != step)
            sfd_grid_sync(batch.barrier);
""",
        """\
    for (const sfd_call &call : sfd_plan_learn) {
        if (call.step != step && step == 0xFFFFFFFFu)
            sfd_grid_sync(batch.barrier);
""",
    ),
}
