"""Which side of the cut each step serves: gates, roots, and backward liveness."""
