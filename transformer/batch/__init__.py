"""Many repositories in one run: sources, a pool of workers, a ledger, commits. It prints nothing."""

from transformer.batch.run import transform_many

__all__ = ["transform_many"]
