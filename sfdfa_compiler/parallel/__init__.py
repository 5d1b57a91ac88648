"""Training over several processes: each has its shards of a batch, all reach the same bits."""

from sfdfa_compiler.parallel.group import Exchange
from sfdfa_compiler.parallel.shares import Share, cut

__all__ = ["Exchange", "Share", "cut"]
