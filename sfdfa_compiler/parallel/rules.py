"""What can be wrong with processes that train together: SNN561 to SNN565."""

from sfdfa_compiler.diagnostics import Rule

NO_MPI = Rule(
    code="SNN561",
    message="{ranks} processes were started, but {missing}",
    help="`pip install 'sfdfac[mpi]'`, or start `sfdfac` without `{launcher}`",
)
TOO_MANY = Rule(
    code="SNN562",
    message="{ranks} processes cannot share {shards}",
    notes=(
        "a process needs at least one shard of every batch; the result depends on their number",
    ),
    help="start at most {most}, or write `shards = {ranks}` in the learner",
)
NOT_SHARED = Rule(
    code="SNN563",
    message="target `{target}` trains `{profile}` in one process, and {ranks} were started",
    help="start `sfdfac` without `mpiexec`, or choose a target and a profile that can share",
)
LOST = Rule(
    code="SNN564",
    message="a process of this training is gone: {why}",
    notes=("the others were ended; nothing that was learned before the checkpoint is lost",),
    help="go on with as many processes as you like: `{resume}`",
)
DIFFERENT = Rule(
    code="SNN565",
    message="the processes of this run do not agree: they have different {what}",
    help="give all of them the same files, the same options and the same version of sfdfac",
)
