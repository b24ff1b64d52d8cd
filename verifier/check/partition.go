package check

import (
	"bytes"
	"fmt"
	"slices"

	"vote/verifier/format"
)

// seal is the segment that ends a partition, and what was decided up to it.
type seal struct {
	sequence, logEnd uint64
	hash, logDigest  format.Hash
	totals           format.Totals
	refused          []format.Refused
}

// partition is what was verified of one.
type partition struct {
	number            int
	segments, records uint64
	ballots           int // decided and kept
	totals            format.Totals
	seal              *seal
	pending           int
	hours             hours
}

// chain verifies a partition's segments against its log, one after the other.
type chain struct {
	trail    trail
	election *election
	number   int
	segments *records
	log      *logReader
	ballots  int
	position uint64 // up to which the log is decided
	previous format.Hash
	refused  []format.Refused
	seal     *seal
	totals   format.Totals
}

// checkPartition verifies a partition up to its first wrong place.
func checkPartition(x *export, number int) (p partition, err error) {
	p.number = number
	names := x.partitions[number]
	segments, err := openRecords(x.directory, names.segments.name)
	if err != nil {
		return p, err
	}
	defer segments.close()
	frames, err := openRecords(x.directory, names.frames.name)
	if err != nil {
		return p, err
	}
	defer frames.close()
	e := x.trail.last()
	log := &logReader{
		partition: number, election: e, records: frames, hours: hoursOf(e),
		rule: newRule(e, number, int(frames.size/format.BallotBytes)), receipts: x.receipts,
	}
	c := &chain{trail: x.trail, election: e, number: number, segments: segments, log: log}
	if err := c.run(); err != nil {
		return p, err
	}
	p = partition{
		number, segments.sums.records, frames.sums.records, c.ballots, c.totals, c.seal,
		log.pending, log.hours,
	}
	if err := segments.agrees(names.segments.sums); err != nil {
		return p, err
	}
	if err := frames.agrees(names.frames.sums); err != nil {
		return p, err
	}
	if p.pending > 0 {
		at := log.pendingAt
		return p, place{Partition: &p.number, Position: &at}.wrong(
			"the log goes on behind the last segment: %d ballots from here on are not decided", p.pending)
	}
	return p, nil
}

func (c *chain) run() error {
	for sequence := uint64(0); ; sequence++ {
		more, err := c.segments.next()
		if err != nil {
			return err
		}
		here := place{Partition: &c.number, Segment: &sequence}
		if !more {
			if c.seal == nil && c.election.status >= 2 {
				return here.wrong("the chain ends before a seal, though the election is closed")
			}
			c.totals = c.log.rule.totals
			c.totals.Counted = slices.Clone(c.totals.Counted)
			return c.log.rest()
		}
		if c.segments.number != sequence {
			return here.wrong("it is missing: segment %d stands here", c.segments.number)
		}
		segment, err := format.ParseSegment(c.segments.bytes)
		if err != nil {
			return here.wrong("it is damaged: %v", err)
		}
		if err := c.checkPlace(&segment, here); err != nil {
			return err
		}
		if err := c.checkLog(&segment, here); err != nil {
			return err
		}
		c.previous, c.position = segment.Hash, segment.PositionTo
		c.ballots += len(segment.Decisions)
	}
}

// checkPlace verifies what binds a segment to its election, its partition, and the one before.
func (c *chain) checkPlace(s *format.Segment, here place) error {
	switch {
	case s.Election != format.FieldOf(c.election.id):
		return here.wrong("it belongs to election %q", s.Election)
	case s.Partition != c.number:
		return here.wrong("it belongs to partition %d", s.Partition)
	case s.Sequence != *here.Segment:
		return here.wrong("segment %d is stored here", s.Sequence)
	case s.Instance != c.election.instance:
		return here.wrong("it belongs to another election that had the same id, instance %x", s.Instance)
	case s.DefinitionHash != c.election.hash:
		return here.wrong("it was made for another definition, %x, than the election's, %x",
			s.DefinitionHash, c.election.hash)
	case len(s.Totals.Counted) != len(c.election.candidates):
		return here.wrong("it has totals of %d candidates", len(s.Totals.Counted))
	case s.Previous != c.previous:
		return here.wrong("it follows segment %x, but the one before is %x", s.Previous, c.previous)
	case s.PositionFrom != c.position || s.PositionTo <= s.PositionFrom:
		here.Position = &s.PositionFrom
		return here.wrong("it covers positions %d to %d, but the one before ends at %d",
			s.PositionFrom, s.PositionTo, c.position)
	case s.Revision < 1 || s.Revision > len(c.trail):
		return here.wrong("it names revision %d of the election, which the trail does not have", s.Revision)
	}
	return nil
}

// checkLog decides the records that the segment covers again, and compares.
func (c *chain) checkLog(s *format.Segment, here place) error {
	f, err := c.log.fold(s.PositionFrom, s.PositionTo, &c.trail[s.Revision-1].election)
	if err != nil {
		return err
	}
	if f.missing != nil {
		// A log whose positions have gaps is no damage by itself, so this only helps to find it.
		here.Position = f.missing
	}
	if f.empty || f.last != s.PositionTo-1 {
		end := s.PositionFrom
		if !f.empty {
			end = f.last + 1
		}
		here.Position = &end
		return here.wrong("the log has no record before position %d, up to which the segment goes", s.PositionTo)
	}
	if err := refusedDifference(s, &f, here); err != nil {
		return err
	}
	switch {
	case !bytes.Equal(f.ballots, s.Ballots) || !bytes.Equal(f.decisions, s.Decisions):
		return ballotDifference(s, &f, here)
	case c.log.digest != s.LogDigest:
		return here.wrong("it was made from other records: log digest %x, the log's is %x", s.LogDigest, c.log.digest)
	case f.lastHash != s.LastRecord:
		return here.wrong("its last record has the hash %x, the log's %x", s.LastRecord, f.lastHash)
	}
	if what := totalsDifference(&s.Totals, &c.log.rule.totals, c.election.candidates); what != "" {
		return here.wrong("%s", what)
	}
	return c.checkSeal(s, &f, here)
}

func (c *chain) checkSeal(s *format.Segment, f *folded, here place) error {
	if s.Sealed != (f.marker != nil) {
		return here.wrong("sealed: %t, but the first close marker is among its records: %t", s.Sealed, f.marker != nil)
	}
	if c.seal == nil {
		c.refused = append(c.refused, s.Refused...)
	}
	if !s.Sealed {
		return nil
	}
	if *f.marker != f.last {
		here.Position = f.marker
		return here.wrong("it is sealed, but goes on after the close marker")
	}
	c.seal = &seal{s.Sequence, s.PositionTo, s.Hash, s.LogDigest, s.Totals, c.refused}
	return nil
}

// ballotDifference names the first ballot that the segment and the log do not agree about.
func ballotDifference(s *format.Segment, f *folded, here place) error {
	for index := range max(len(s.Decisions), len(f.decisions)) {
		here.Ballot = &index
		if index < len(f.positions) {
			here.Position = &f.positions[index]
		}
		if index >= len(f.decisions) {
			return here.wrong("id %x: the log has no such ballot here", format.BallotAt(s.Ballots, index).ID())
		}
		log := format.BallotAt(f.ballots, index)
		if index >= len(s.Decisions) {
			return here.wrong("id %x of the log is missing in the segment", log.ID())
		}
		ledger := format.BallotAt(s.Ballots, index)
		if what := differenceOf(ledger, log, s.Decisions[index], f.decisions[index]); what != "" {
			return here.wrong("id %x: %s", ledger.ID(), what)
		}
	}
	return here.wrong("its ballots are not the log's")
}

// differenceOf says in what a ballot of the ledger is not that of the log; empty if in nothing.
func differenceOf(ledger, log *format.Ballot, decided, rule byte) string {
	switch {
	case ledger.ID() != log.ID():
		return fmt.Sprintf("the log has ballot %x here", log.ID())
	case ledger.Tag() != log.Tag():
		return fmt.Sprintf("voter %x, in the log %x", ledger.Tag(), log.Tag())
	case ledger.Choice() != log.Choice():
		return fmt.Sprintf("choice %d, in the log %d", ledger.Choice(), log.Choice())
	case ledger.ReceivedAt() != log.ReceivedAt():
		return fmt.Sprintf("received at %d, in the log at %d", ledger.ReceivedAt(), log.ReceivedAt())
	case decided != rule:
		return fmt.Sprintf("the ledger says %s, the rule %s", format.Decision(decided), format.Decision(rule))
	}
	return ""
}

// refusedDifference names the first record that only one of them passes over.
func refusedDifference(s *format.Segment, f *folded, here place) error {
	for index := range max(len(s.Refused), len(f.refused)) {
		inLedger, inLog := index < len(s.Refused), index < len(f.refused)
		switch {
		case inLedger && inLog && s.Refused[index] == f.refused[index]:
		case inLog && (!inLedger || f.refused[index].Position <= s.Refused[index].Position):
			here.Position = &f.refused[index].Position
			return here.wrong("this record has to be passed over as %s; the segment does not say so",
				f.refused[index].Reason)
		default:
			here.Position = &s.Refused[index].Position
			return here.wrong("the segment passes this record over as %s, which the log does not show",
				s.Refused[index].Reason)
		}
	}
	return nil
}

// totalsDifference says which total is not what the decisions make; empty if all are.
func totalsDifference(ledger, log *format.Totals, candidates []string) string {
	for at, id := range candidates {
		if ledger.Counted[at] != log.Counted[at] {
			return fmt.Sprintf("%d votes for %s so far, but the log has %d", ledger.Counted[at], id, log.Counted[at])
		}
	}
	for at := range format.Reasons {
		reason := format.Decision(at + 1)
		if ledger.Rejected[at] != log.Rejected[at] {
			return fmt.Sprintf("%d rejected as %s so far, but the log has %d", ledger.Rejected[at], reason, log.Rejected[at])
		}
		if ledger.Unkept[at] != log.Unkept[at] {
			return fmt.Sprintf("%d of %s not kept so far, but the log has %d", ledger.Unkept[at], reason, log.Unkept[at])
		}
	}
	if ledger.RetriesAbsorbed != log.RetriesAbsorbed {
		return fmt.Sprintf("%d retries absorbed so far, but the log has %d", ledger.RetriesAbsorbed, log.RetriesAbsorbed)
	}
	return ""
}
