"""One command out of several processes: one of them speaks, all end together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

from sfdfa_compiler.cli.group import STOPPED, code_of
from sfdfa_compiler.parallel import FollowedError, Group, join
from sfdfa_compiler.training.interrupt import Interrupt


@contextlib.contextmanager
def together() -> Iterator[Group]:
    """Within its block: the processes that `mpiexec` started, or this one alone.

    What one of them raises ends all of them; that one, or the first of several, raises it again
    and so says why. The others exit in silence with the same code.
    """
    group: Group | None = None
    try:
        with Interrupt() as interrupt:  # the others wait for this one to come
            group = join()
        if interrupt.requested:
            raise KeyboardInterrupt
        yield group
        group.meet()
    except FollowedError as error:
        if error.code == STOPPED and group and group.rank == 0:
            raise KeyboardInterrupt from error  # of Ctrl-C, process 0 speaks
        raise click.exceptions.Exit(error.code) from error
    except BaseException as error:
        code = code_of(error)
        speaks = group is None or group.fail(code)
        if not speaks:
            raise click.exceptions.Exit(code) from error
        raise
    finally:
        if group:
            group.close()
