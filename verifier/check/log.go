package check

import (
	"crypto/sha256"
	"encoding/hex"

	"vote/verifier/format"
)

// logReader reads one partition's frames, decides what they hold, and keeps the log digest.
type logReader struct {
	partition int
	election  *election // as it is now: its id, its instance
	records   *records
	rule      *rule
	digest    format.Hash
	hours     hours
	receipts  receiptsByPromise
	pending   int    // ballots that no segment decides
	pendingAt uint64 // where the first of them stands
}

// folded is what the log says about the positions that one segment covers.
type folded struct {
	ballots, decisions []byte
	positions          []uint64 // of each ballot's frame
	refused            []format.Refused
	last               uint64 // position of the last record, whose hash is
	lastHash           format.Hash
	empty              bool
	missing            *uint64 // the first position without a record
	marker             *uint64 // where the partition ended, if it did here
}

func (l *logReader) at(position uint64) place {
	return place{Partition: &l.partition, Position: &position}
}

// fold reads and decides the records from one position up to another, and takes or refuses them
// as the election was by then.
func (l *logReader) fold(from, to uint64, asOf *election) (f folded, err error) {
	f.empty = true
	for due := from; ; due = l.records.number + 1 {
		more, err := l.records.next()
		if err != nil || !more {
			return f, err
		}
		position := l.records.number
		if position >= to {
			l.records.back()
			return f, nil
		}
		if position > due && f.missing == nil {
			f.missing = &due
		}
		frame, hash, refusal, err := l.judge(asOf)
		if err != nil {
			return f, err
		}
		l.digest = format.NextDigest(l.digest, hash)
		f.last, f.lastHash, f.empty = position, hash, false
		l.receipts.seen(&frame, position, refusal)
		switch {
		case refusal != 0:
			f.refused = append(f.refused, format.Refused{Position: position, Reason: refusal, Hash: hash})
		case frame.Kind == format.KindBallots:
			l.decide(&frame, position, &f)
		case !l.rule.closed:
			l.rule.closed = true
			f.marker = &position
		}
	}
}

// judge reads the record and says whether it is passed over. It is an error if it is no frame, and
// nobody has voided it.
func (l *logReader) judge(asOf *election) (frame format.Frame, hash format.Hash, refusal format.Refusal, err error) {
	bytes, position := l.records.bytes, l.records.number
	frame, broken := format.ParseFrame(bytes)
	if broken != nil {
		if hash = sha256.Sum256(bytes); asOf.voids(l.partition, position, hash) {
			return format.Frame{}, hash, format.Voided, nil
		}
		return frame, hash, 0, l.at(position).wrong("the record is no frame: %v", broken)
	}
	hash = format.FrameHash(bytes)
	refusal = l.refuses(&frame, asOf)
	if refusal != 0 && asOf.voids(l.partition, position, hash) {
		refusal = format.Voided
	}
	return frame, hash, refusal, nil
}

func (l *logReader) refuses(frame *format.Frame, asOf *election) format.Refusal {
	use := useFrames
	if frame.Kind == format.KindMarker {
		use = useAdmin
	}
	switch {
	case frame.Election != format.FieldOf(l.election.id):
		return format.WrongElection
	case frame.Partition != l.partition:
		return format.OtherPartition
	case frame.Instance != l.election.instance:
		return format.WrongInstance
	}
	id := hex.EncodeToString(frame.KeyID[:])
	return refusalOf(asOf.signers, id, use, frame.Signed[:], frame.Signature[:])
}

func (l *logReader) decide(frame *format.Frame, position uint64, f *folded) {
	wanted := l.receipts[frame.Signed]
	for index := range frame.Count {
		ballot := format.BallotAt(frame.Ballots, index)
		result := l.rule.decide(ballot)
		if result.kept {
			f.ballots = append(f.ballots, ballot[:]...)
			f.decisions = append(f.decisions, byte(result.decision))
			f.positions = append(f.positions, position)
			l.hours.check(ballot, result.decision, l.partition, position)
		}
		wanted.decided(index, ballot, result, l.rule)
	}
}

// rest reads what follows the last segment: records that nobody has decided yet. Repetitions need
// no decision, and neither does a second close marker.
func (l *logReader) rest() error {
	for {
		more, err := l.records.next()
		if err != nil || !more {
			return err
		}
		position := l.records.number
		frame, _, refusal, err := l.judge(l.election)
		if err != nil {
			return err
		}
		l.receipts.seen(&frame, position, refusal)
		if refusal != 0 {
			continue
		}
		for index := range frame.Count {
			ballot := format.BallotAt(frame.Ballots, index)
			if result := l.rule.decide(ballot); result.retry {
				l.receipts[frame.Signed].decided(index, ballot, result, l.rule)
				continue
			}
			if l.pending++; l.pending == 1 {
				l.pendingAt = position
			}
		}
	}
}
