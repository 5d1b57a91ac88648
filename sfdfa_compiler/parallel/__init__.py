"""Training over several processes: each has its shards of a batch, all reach the same bits."""

from sfdfa_compiler.parallel.group import Alone, Exchange, FollowedError, Group
from sfdfa_compiler.parallel.join import join
from sfdfa_compiler.parallel.last_words import last_words
from sfdfa_compiler.parallel.shares import Share, cut

__all__ = [
    "Alone",
    "Exchange",
    "FollowedError",
    "Group",
    "Share",
    "cut",
    "join",
    "last_words",
]
