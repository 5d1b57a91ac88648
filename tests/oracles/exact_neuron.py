"""Spike times of a neuron to 30 digits, from eq. 1 alone: no closed form and no E.

Between two events the potential rises at most once and then falls. Its highest point is found by
bisection of the derivative, a crossing before it by bisection of the potential. All numbers have 50
digits; the time constants may be any.
"""

from collections.abc import Callable, Sequence

from mpmath import exp, mpf

CLOSE = mpf(10) ** -30


def exact_spikes(
    events: Sequence[tuple[mpf, mpf]],
    end: mpf,
    *,
    tau: mpf,
    tau_syn: mpf,
    theta: mpf,
    most: int,
) -> list[mpf]:
    """Spike times until `end`, at most so many, of a neuron that hears events (time, weight)."""
    slow = fast = mpf(0)  # the two sums of eq. 1, resets included, as they stand at `now`
    now = events[0][0]
    spikes: list[mpf] = []

    def potential(t: mpf) -> mpf:
        return slow * exp((now - t) / tau) - fast * exp((now - t) / tau_syn)

    def fall(t: mpf) -> mpf:
        return slow / tau * exp((now - t) / tau) - fast / tau_syn * exp((now - t) / tau_syn)

    def advance(t: mpf) -> None:
        nonlocal slow, fast, now
        slow, fast = slow * exp((now - t) / tau), fast * exp((now - t) / tau_syn)
        now = t

    following = [*(time for time, _ in events[1:]), end]
    for (time, weight), until in zip(events, following, strict=True):
        advance(time)
        slow, fast = slow + weight, fast + weight
        while len(spikes) < most and fall(now) < 0:
            top = bisect(fall, now, until)
            if potential(top) < theta:
                break
            advance(bisect(lambda t: potential(t) - theta, now, top))
            spikes.append(now)
            slow -= theta
    return spikes


def bisect(f: Callable[[mpf], mpf], low: mpf, high: mpf) -> mpf:
    """Where f, negative at `low`, becomes positive; `high` if it does not."""
    if f(high) < 0:
        return high
    while high - low > CLOSE:
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < 0 else (low, middle)
    return high
