"""The rule by which ballots are decided, from docs/formats.md alone; with the decoder beside it."""

import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures" / "vectors"))

from decode import (  # noqa: E402
    DECISIONS,
    decode_frame,
    decode_segment,
    definition_hash,
    next_log_digest,
    require,
)

__all__ = [
    "Partition",
    "decode_frame",
    "decode_segment",
    "definition_hash",
    "next_log_digest",
    "require",
    "summary",
]


KEPT = 16
"""So many rejected ballots of one voter stand in segments."""


class Partition:
    """One partition's fold: give it ballots in log order."""

    def __init__(self, number, partitions, candidates):
        self.number, self.partitions = number, partitions
        self.seen, self.voted, self.kept = set(), set(), {}
        self.closed = False
        self.counts = [0] * candidates
        self.rejections = [0] * (len(DECISIONS) - 1)
        self.retries = 0
        self.decisions = []

    def decide(self, ballot):
        """The ballot's decision, or None for a retry and for a rejection that is not kept."""
        tag, identity = ballot["voterTag"], (ballot["voterTag"], ballot["ballotId"])
        if identity in self.seen:
            self.retries += 1
            return None
        decision = self.of(tag, ballot["choice"])
        if decision == "counted":
            self.voted.add(tag)
            self.counts[ballot["choice"]] += 1
        else:
            self.rejections[DECISIONS.index(decision) - 1] += 1
            self.kept[tag] = self.kept.get(tag, 0) + 1
            if self.kept[tag] > KEPT:
                return None
        self.seen.add(identity)
        self.decisions.append([ballot["ballotId"], decision])
        return decision

    def of(self, tag, choice):
        if self.closed:
            return "election-closed"
        (first,) = struct.unpack_from("<I", bytes.fromhex(tag))
        if first % self.partitions != self.number:
            return "wrong-partition"
        if choice >= len(self.counts):
            return "unknown-candidate"
        return "already-voted" if tag in self.voted else "counted"


def summary(partitions):
    rejections = [sum(column) for column in zip(*(one.rejections for one in partitions))]
    return {
        "counts": [sum(column) for column in zip(*(one.counts for one in partitions))],
        "rejected": {n: c for n, c in zip(DECISIONS[1:], rejections) if c > 0},
        "retriesAbsorbed": sum(one.retries for one in partitions),
        "decisions": [one.decisions for one in partitions],
    }
