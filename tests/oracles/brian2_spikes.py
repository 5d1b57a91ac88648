"""Simulates a layer of neurons in brian2. Run by its own Python: JSON in, JSON out.

In: `tau`, `tau_syn`, `theta`, `dt`, `window` [s], `times` (one per event, multiples of dt) and
`weights` (events, neurons). Out: for each neuron a list of spike times [s].

A weight enters the fast variable x, which drives the slow one so that one event gives the kernel
exp(-t / tau) - exp(-t / tau_syn) of eq. 1; a spike takes theta off the slow one.
"""

import json
import sys

from brian2 import (
    NeuronGroup,
    SpikeGeneratorGroup,
    SpikeMonitor,
    Synapses,
    defaultclock,
    prefs,
    run,
    second,
)

prefs.codegen.target = "numpy"  # no compiler

job = json.load(sys.stdin)
defaultclock.dt = job["dt"] * second
events, neurons = len(job["weights"]), len(job["weights"][0])
layer = NeuronGroup(
    neurons,
    """
    du/dt = -u / tau + (1 / tau_syn - 1 / tau) * x : 1
    dx/dt = -x / tau_syn : 1
    """,
    threshold="u >= theta",
    reset="u -= theta",
    method="exact",
    namespace={
        "tau": job["tau"] * second,
        "tau_syn": job["tau_syn"] * second,
        "theta": job["theta"],
    },
)
source = SpikeGeneratorGroup(events, range(events), job["times"] * second)
synapses = Synapses(source, layer, "w : 1", on_pre="x += w")
synapses.connect()
synapses.w = [w for row in job["weights"] for w in row]
monitor = SpikeMonitor(layer)
run(job["window"] * second)
trains = monitor.spike_trains()
json.dump([[float(t / second) for t in trains[i]] for i in range(neurons)], sys.stdout)
