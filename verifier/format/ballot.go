// Package format reads the records of an election as docs/formats.md lays them out, and verifies
// of each what it says about itself: its form, its checksums, its hashes. It knows no election.
package format

import "encoding/binary"

// BallotBytes is the size of a ballot.
const BallotBytes = 40

// Ballot is one vote as it stands in a frame, a segment or a receipt: 40 bytes.
type Ballot [BallotBytes]byte

// Tag is a voter's pseudonym.
type Tag [16]byte

// BallotID names one of a voter's ballots.
type BallotID [16]byte

// BallotAt is the ballot with this index among ballots that stand one after the other.
func BallotAt(ballots []byte, index int) *Ballot {
	return (*Ballot)(ballots[index*BallotBytes:])
}

// Tag is the voter's.
func (b *Ballot) Tag() Tag { return Tag(b[0:16]) }

// ID is the ballot's own.
func (b *Ballot) ID() BallotID { return BallotID(b[16:32]) }

// ReceivedAt is when ingest took it, in milliseconds since 1970.
func (b *Ballot) ReceivedAt() int64 {
	return int64(binary.LittleEndian.Uint32(b[32:])) | int64(binary.LittleEndian.Uint16(b[36:]))<<32
}

// Choice is the candidate's index, which may be none.
func (b *Ballot) Choice() int { return int(binary.LittleEndian.Uint16(b[38:])) }

// Partition is where the tag leads in an election of so many partitions.
func (t Tag) Partition(partitions int) int {
	return int(binary.LittleEndian.Uint32(t[:4]) % uint32(partitions))
}
