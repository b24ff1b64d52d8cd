package format

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

const (
	segmentHeader = 240
	refusedBytes  = 42
	maxCandidates = 256
)

// Totals are cumulative over a partition's chain. Rejected and Unkept are by reason.
type Totals struct {
	Counted         []uint64 // by candidate
	Rejected        [Reasons]uint64
	Unkept          [Reasons]uint64
	RetriesAbsorbed uint64
}

// Refused is a record that was passed over.
type Refused struct {
	Position uint64
	Reason   Refusal
	Hash     Hash
}

// Segment is one commit of the tally.
type Segment struct {
	Sealed                             bool
	Election                           Field
	Partition                          int
	Sequence, PositionFrom, PositionTo uint64
	Revision                           int
	Instance                           [16]byte
	DefinitionHash                     Hash
	LogDigest                          Hash
	LastRecord                         Hash
	Previous                           Hash
	Totals                             Totals
	Ballots                            []byte
	Decisions                          []byte
	Refused                            []Refused
	Hash                               Hash
}

// ParseSegment reads a segment and verifies what it says about itself.
func ParseSegment(b []byte) (s Segment, err error) {
	le := binary.LittleEndian
	if len(b) < segmentHeader+sha256.Size {
		return s, fmt.Errorf("only %d bytes", len(b))
	}
	if string(b[:4]) != "VSEG" {
		return s, errors.New("it does not begin with VSEG")
	}
	if version := le.Uint16(b[4:]); version != 2 {
		return s, fmt.Errorf("segment version %d, not 2", version)
	}
	candidates, reasons := int(le.Uint16(b[44:])), int(le.Uint16(b[46:]))
	ballots, refused := int(le.Uint32(b[72:])), int(le.Uint32(b[76:]))
	length := segmentHeader + 8*candidates + 16*reasons + 41*ballots + refusedBytes*refused + sha256.Size
	end := len(b) - sha256.Size
	s.Hash = Hash(b[end:])
	flags := le.Uint16(b[6:])
	switch {
	case reasons != Reasons:
		err = fmt.Errorf("%d rejection reasons, not %d", reasons, Reasons)
	case candidates < 1 || candidates > maxCandidates:
		err = fmt.Errorf("%d candidates", candidates)
	case len(b) != length:
		err = fmt.Errorf("%d bytes, but by its own numbers it has %d", len(b), length)
	case sha256.Sum256(b[:end]) != s.Hash:
		err = errors.New("its SHA-256 does not match")
	case flags > 1:
		err = fmt.Errorf("unknown flags %#x", flags)
	case le.Uint32(b[92:]) != 0:
		err = errors.New("reserved bytes are not zero")
	}
	if err != nil {
		return s, err
	}
	s.Sealed = flags == 1
	s.readHeader(b)
	return s, s.readLists(b[segmentHeader:end], candidates, ballots, refused)
}

func (s *Segment) readHeader(b []byte) {
	le := binary.LittleEndian
	s.Election = Field(b[8:40])
	s.Partition = int(le.Uint32(b[40:]))
	s.Sequence = le.Uint64(b[48:])
	s.PositionFrom = le.Uint64(b[56:])
	s.PositionTo = le.Uint64(b[64:])
	s.Totals.RetriesAbsorbed = le.Uint64(b[80:])
	s.Revision = int(le.Uint32(b[88:]))
	s.Instance = [16]byte(b[96:112])
	s.DefinitionHash = Hash(b[112:144])
	s.LogDigest = Hash(b[144:176])
	s.LastRecord = Hash(b[176:208])
	s.Previous = Hash(b[208:240])
}

// readLists reads what follows the header; the length has been verified.
func (s *Segment) readLists(b []byte, candidates, ballots, refused int) error {
	le := binary.LittleEndian
	take := func(size int) []byte {
		part := b[:size]
		b = b[size:]
		return part
	}
	s.Totals.Counted = make([]uint64, candidates)
	for candidate := range s.Totals.Counted {
		s.Totals.Counted[candidate] = le.Uint64(take(8))
	}
	for _, totals := range []*[Reasons]uint64{&s.Totals.Rejected, &s.Totals.Unkept} {
		for reason := range totals {
			totals[reason] = le.Uint64(take(8))
		}
	}
	s.Ballots = take(ballots * BallotBytes)
	s.Decisions = take(ballots)
	for index, decision := range s.Decisions {
		if Decision(decision) > WrongPartition {
			return fmt.Errorf("ballot %d has the unknown decision %d", index, decision)
		}
	}
	for range refused {
		one := take(refusedBytes)
		entry := Refused{le.Uint64(one), Refusal(le.Uint16(one[8:])), Hash(one[10:])}
		if entry.Reason < WrongElection || entry.Reason > Voided {
			return fmt.Errorf("a refused record has the unknown reason %d", entry.Reason)
		}
		s.Refused = append(s.Refused, entry)
	}
	return nil
}
