/* Switching stacks, and telling the sanitizers about it. SFD_ASAN, SFD_TSAN: for kernels that are
 * built with these; this file itself is not, or ThreadSanitizer would watch the scheduler. */
#include "fiber.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#ifdef SFD_ASAN
extern "C" {
void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom, size_t *size);
void __asan_unpoison_memory_region(const volatile void *address, size_t size);
}
#endif
#ifdef SFD_TSAN
extern "C" {
void *__tsan_get_current_fiber();
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_acquire(void *address);
void __tsan_release(void *address);
}
#endif

#ifndef SFD_UCONTEXT
/* Save the registers that a callee must keep, swap stacks, restore the other's. */
extern "C" void sfd_switch_stack(void **from, void *to);
asm(".text\n"
    ".globl sfd_switch_stack\n"
    ".hidden sfd_switch_stack\n"
    ".type sfd_switch_stack, @function\n"
    "sfd_switch_stack:\n"
    "    pushq %rbp\n"
    "    pushq %rbx\n"
    "    pushq %r12\n"
    "    pushq %r13\n"
    "    pushq %r14\n"
    "    pushq %r15\n"
    "    movq %rsp, (%rdi)\n"
    "    movq %rsi, %rsp\n"
    "    popq %r15\n"
    "    popq %r14\n"
    "    popq %r13\n"
    "    popq %r12\n"
    "    popq %rbx\n"
    "    popq %rbp\n"
    "    ret\n"
    ".size sfd_switch_stack, . - sfd_switch_stack\n");
#endif

namespace sfd {

void fiber_begin(Fiber &fiber, void (*entry)())
{
#ifdef SFD_ASAN
    /* A fiber that was given up in the middle of a function left its marks on the stack. */
    __asan_unpoison_memory_region(fiber.stack, fiber.bytes);
    fiber.fake_stack = nullptr;
#endif
#ifdef SFD_TSAN
    fiber.tsan = __tsan_create_fiber(0);
#endif
#ifdef SFD_UCONTEXT
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack;
    fiber.context.uc_stack.ss_size = fiber.bytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, entry, 0);
#else
    void **top = reinterpret_cast<void **>(fiber.stack + (fiber.bytes & ~size_t(15)));
    *--top = nullptr; /* where entry would return to */
    *--top = reinterpret_cast<void *>(entry);
    for (int callee_saved = 0; callee_saved < 6; callee_saved++)
        *--top = nullptr;
    fiber.top = top;
#endif
}

void fiber_entered()
{
#ifdef SFD_ASAN
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
}

void fiber_adopt_thread(Fiber &home)
{
    home = Fiber();
#if defined(SFD_ASAN) && defined(__linux__)
    pthread_attr_t attributes;
    void *stack;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &stack, &home.bytes);
        home.stack = static_cast<char *>(stack);
        pthread_attr_destroy(&attributes);
    }
#endif
#ifdef SFD_TSAN
    home.tsan = __tsan_get_current_fiber();
#endif
}

void fiber_switch(Fiber &from, Fiber &to, bool for_good)
{
    (void)for_good;
#ifdef SFD_ASAN
    __sanitizer_start_switch_fiber(for_good ? nullptr : &from.fake_stack, to.stack, to.bytes);
#endif
#ifdef SFD_TSAN
    const unsigned no_synchronisation = 1;
    __tsan_switch_to_fiber(to.tsan, no_synchronisation);
#endif
#ifdef SFD_UCONTEXT
    swapcontext(&from.context, &to.context);
#else
    sfd_switch_stack(&from.top, to.top);
#endif
#ifdef SFD_ASAN
    __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
#endif
}

void fiber_end(Fiber &fiber)
{
#ifdef SFD_TSAN
    if (fiber.tsan)
        __tsan_destroy_fiber(fiber.tsan);
    fiber.tsan = nullptr;
#endif
    (void)fiber;
}

void happens_before(void *tag)
{
#ifdef SFD_TSAN
    __tsan_release(tag);
#endif
    (void)tag;
}

void happens_after(void *tag)
{
#ifdef SFD_TSAN
    __tsan_acquire(tag);
#endif
    (void)tag;
}

} // namespace sfd
