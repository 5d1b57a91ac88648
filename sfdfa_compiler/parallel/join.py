"""The group of this process: whoever `mpiexec` started with it."""

from __future__ import annotations

from sfdfa_compiler.diagnostics import place
from sfdfa_compiler.parallel.group import Alone, FollowedError, Group
from sfdfa_compiler.parallel.launch import Place, place_of
from sfdfa_compiler.parallel.rules import NO_MPI

LAUNCHER = "mpiexec"
UNUSABLE = 2  # exit code of SNN561, as of whatever cannot run here


def join(where: Place | None = None) -> Group:
    """Join the others; nothing is imported or waited for if there are none.

    Args:
        where: Which of how many this process is; None: as its environment says.

    Raises:
        UserError: SNN561 if they were started but MPI cannot be used; process 0 says so.
        FollowedError: The same on the other processes.
    """
    where = where or place_of()
    if where is None:
        return Alone()
    try:
        from sfdfa_compiler.parallel.mpi import MpiGroup
    except (ImportError, RuntimeError) as error:
        if where.rank:
            raise FollowedError(UNUSABLE) from error
        missing = "mpi4py is not installed"
        if not isinstance(error, ModuleNotFoundError):
            missing = f"mpi4py cannot be used: {str(error).splitlines()[0]}"
        raise NO_MPI.error(
            place(LAUNCHER), ranks=where.ranks, missing=missing, launcher=LAUNCHER
        ) from error
    group = MpiGroup(where)
    if group.ranks != where.ranks:  # another MPI than the launcher's: everyone believes to be alone
        if where.rank:
            raise FollowedError(UNUSABLE)
        missing = "`mpiexec` and mpi4py belong to different MPI libraries"
        raise NO_MPI.error(place(LAUNCHER), ranks=where.ranks, missing=missing, launcher=LAUNCHER)
    return group
