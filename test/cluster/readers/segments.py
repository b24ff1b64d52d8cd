"""Reads an election's chains from DynamoDB with boto3, verifies them, and counts the votes.

    python3 segments.py ENDPOINT SEGMENTS_TABLE REGISTRY_TABLE ELECTION

Verifies what docs/formats.md says under "The chain". Needs boto3.
"""

import hashlib
import json
import sys

import boto3
from boto3.dynamodb.conditions import Key

from rule import Partition, decode_segment, definition_hash, require, summary


def record(table, kind, election):
    item = table.get_item(Key={"kind": kind, "id": election}, ConsistentRead=True)["Item"]
    return json.loads(item["record"])


def items(table, chain):
    query = {"KeyConditionExpression": Key("chain").eq(chain), "ConsistentRead": True}
    while True:
        page = table.query(**query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


class Chain:
    def __init__(self, election, partition):
        self.election, self.partition = election["id"], partition
        self.bound = (election["instance"], definition_hash(election))
        self.log_digest = None
        self.length, self.position, self.retries = 0, 0, 0
        self.hash = "00" * 32
        self.unkept = [0] * len(self.partition.rejections)
        self.seals = []

    def add(self, item):
        segment = decode_segment(bytes(item["segment"]))
        place = (segment["election"], segment["partition"], segment["sequence"])
        require(place == (self.election, self.partition.number, self.length), "wrong place")
        bound = (segment["instance"], segment["definitionHash"])
        require(bound == self.bound, "another instance or definition")
        require(int(item["sequence"]) == self.length, "wrong sort key")
        require(segment["previousHash"] == self.hash, "broken link")
        require(segment["positionFrom"] == self.position, "wrong position")
        require(segment["positionTo"] > self.position, "empty range")
        require(segment["retriesAbsorbed"] >= self.retries, "retries fell")
        for ballot, decision in zip(segment["ballots"], segment["decisions"]):
            # Where in the sealed segment the close marker stood, its first late ballot shows.
            if segment["sealed"] and decision == "election-closed":
                self.partition.closed = True
            require(self.partition.decide(ballot) == decision, "wrong decision")
        if segment["sealed"]:
            self.partition.closed = True
            self.seals.append(segment["hash"])
        for reason, unkept in enumerate(segment["unkept"]):
            require(unkept >= self.unkept[reason], "unkept rejections fell")
            self.partition.rejections[reason] += unkept - self.unkept[reason]
        self.unkept = segment["unkept"]
        require(segment["counts"] == self.partition.counts, "wrong counts")
        require(segment["rejections"] == self.partition.rejections, "wrong rejections")
        self.hash, self.position = segment["hash"], segment["positionTo"]
        self.retries = segment["retriesAbsorbed"]
        self.log_digest = segment["logDigest"]
        self.length += 1


def main(endpoint, segments_table, registry_table, election_id):
    database = boto3.resource(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    registry = database.Table(registry_table)
    segments = database.Table(segments_table)
    election = record(registry, "election", election_id)
    count, candidates = election["partitions"], len(election["candidates"])
    chains = []
    for number in range(count):
        chain = Chain(election, Partition(number, count, candidates))
        for item in items(segments, f"{election_id}#{number}"):
            chain.add(item)
        require(len(chain.seals) == 1, "not exactly one seal")
        chains.append(chain)
    digest = hashlib.sha256(b"".join(bytes.fromhex(one.seals[0]) for one in chains)).hexdigest()
    figures = {
        "segments": sum(chain.length for chain in chains),
        "ends": [chain.position for chain in chains],
        "digest": digest,
        "logDigests": [chain.log_digest for chain in chains],
        "certificate": record(registry, "certificate", election_id),
        **summary([chain.partition for chain in chains]),
        "retriesAbsorbed": sum(chain.retries for chain in chains),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
