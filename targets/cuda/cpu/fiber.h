/* Fibers: stacks that one OS thread runs by turns, each until it hands over to another. */
#ifndef SFD_FIBER_H
#define SFD_FIBER_H

#include <stddef.h>

#if !defined(__x86_64__) || !defined(__ELF__)
#define SFD_UCONTEXT 1 /* portable, and some ten times slower: every switch asks the system */
#endif
#ifdef SFD_UCONTEXT
#include <ucontext.h>
#endif

namespace sfd {

struct Fiber {
    char *stack = nullptr; /* lowest address */
    size_t bytes = 0;
#ifdef SFD_UCONTEXT
    ucontext_t context;
#else
    void *top = nullptr; /* of the stack, with the registers on it, while the fiber does not run */
#endif
    void *fake_stack = nullptr; /* AddressSanitizer's */
    void *tsan = nullptr;       /* ThreadSanitizer's idea of this fiber */
};

/* Make a fiber that will run `entry`, on its own stack; entry never returns. */
void fiber_begin(Fiber &fiber, void (*entry)());

/* The first thing that entry does. */
void fiber_entered();

/* Let a fiber stand for the calling OS thread. */
void fiber_adopt_thread(Fiber &home);

/* Stop running `from`, go on with `to`. With `for_good`, from will not run again. */
void fiber_switch(Fiber &from, Fiber &to, bool for_good);

/* Forget a fiber, whether or not it came to its end. */
void fiber_end(Fiber &fiber);

/* What the race detector is told: all that was done before happens_before(tag) is seen by whoever
 * calls happens_after(tag) later. A barrier needs two tags by turns: a thread that is slow to leave
 * would else see what the fast ones do on their way to the next barrier. */
void happens_before(void *tag);
void happens_after(void *tag);

} // namespace sfd

#endif
