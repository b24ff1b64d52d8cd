"""The rule by which ballots are decided, from docs/formats.md alone; with the decoder beside it."""

import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures" / "vectors"))

from decode import DECISIONS, decode_frame, decode_segment, require  # noqa: E402

__all__ = ["Partition", "decode_frame", "decode_segment", "require", "summary"]


class Partition:
    """One partition's fold: give it ballots in log order."""

    def __init__(self, number, partitions, candidates):
        self.number, self.partitions = number, partitions
        self.seen, self.voted = set(), set()
        self.closed = False
        self.counts = [0] * candidates
        self.rejections = [0] * (len(DECISIONS) - 1)
        self.retries = 0
        self.decisions = []

    def decide(self, ballot):
        """The ballot's decision, or None for a retry, which gets no second one."""
        tag, identity = ballot["voterTag"], (ballot["voterTag"], ballot["ballotId"])
        (first,) = struct.unpack_from("<I", bytes.fromhex(tag))
        require(first % self.partitions == self.number, f"{tag} is in a wrong partition")
        if identity in self.seen:
            self.retries += 1
            return None
        self.seen.add(identity)
        decision = self.of(tag, ballot["choice"])
        self.decisions.append([ballot["ballotId"], decision])
        if decision == "counted":
            self.voted.add(tag)
            self.counts[ballot["choice"]] += 1
        else:
            self.rejections[DECISIONS.index(decision) - 1] += 1
        return decision

    def of(self, tag, choice):
        if self.closed:
            return "election-closed"
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
