"""One process that turns a program into native code, and prints as JSON the CPU seconds of it.

    XDG_CACHE_HOME=... python -m bench.building examples/mnist.snn

From the plan to the compiled library: generating the code, and compiling it or finding it in the
cache. The program is checked and its plan is made before.
"""

from __future__ import annotations

import argparse
import json
import time

from bench.process import children_cpu
from sfdfa_compiler import driver
from sfdfa_compiler.machine import choose
from sfdfa_compiler.schedule.lower import lower


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.building", description=__doc__)
    parser.add_argument("program")
    given = parser.parse_args()
    machine = choose("native")
    program = driver.check(given.program)
    schedule = lower(program.graph, machine.profile)

    start, before = time.process_time(), children_cpu()
    build = machine.target.build(driver.emit(program, machine, schedule), None)
    cpu = time.process_time() - start + children_cpu() - before
    print(json.dumps({"cpu": cpu, "cached": build.facts["cached"]}))


if __name__ == "__main__":
    main()
