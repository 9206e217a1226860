"""From verdicts to a plan: the cut, the runtime base, the runtime packages, the artifacts and the lines of both
stages.
"""
