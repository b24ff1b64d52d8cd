"""Reads what kafka-console-consumer prints of an election's topic, and counts the votes.

    python3 topic.py SEPARATOR ELECTION INSTANCE PARTITIONS CANDIDATES < OUTPUT

Each record is "Partition:P<TAB>Offset:N<TAB>HEADERS<TAB>KEY<TAB>", the value as it is, and the
separator. Python 3 standard library only.
"""

import json
import sys

from rule import Partition, decode_frame, next_log_digest, require, summary


def main(separator, election, instance, partition_count, candidates):
    partitions = [
        Partition(number, int(partition_count), int(candidates))
        for number in range(int(partition_count))
    ]
    ends, frames = [0] * len(partitions), 0
    digests = ["00" * 32] * len(partitions)
    *records, rest = sys.stdin.buffer.read().split(separator.encode())
    require(rest == b"", "the last record is cut off")
    for record in records:
        place, offset, headers, key, value = record.split(b"\t", 4)
        number = int(place.removeprefix(b"Partition:"))
        require(int(offset.removeprefix(b"Offset:")) == ends[number], "a gap in the offsets")
        require((headers, key) == (b"NO_HEADERS", b"null"), "key or headers are not empty")
        frame = decode_frame(value)
        require(frame["election"] == election, "another election's frame")
        require(frame["instance"] == instance, "another instance's frame")
        require(frame["partition"] == number, "another partition's frame")
        ends[number] += 1
        digests[number] = next_log_digest(digests[number], frame["hash"])
        frames += 1
        partition = partitions[number]
        for ballot in frame["ballots"]:
            partition.decide(ballot)
        partition.closed = partition.closed or frame["kind"] == "close"
    require(all(partition.closed for partition in partitions), "a partition has no close marker")
    print(json.dumps({"frames": frames, "ends": ends, "logDigests": digests, **summary(partitions)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
