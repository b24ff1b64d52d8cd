package check

import (
	"encoding/binary"
	"reflect"
	"testing"

	"vote/verifier/format"
)

func ballotOf(voter, id uint32, choice uint16) *format.Ballot {
	var ballot format.Ballot
	binary.LittleEndian.PutUint32(ballot[0:], voter)
	binary.LittleEndian.PutUint32(ballot[16:], id)
	binary.LittleEndian.PutUint16(ballot[38:], choice)
	return &ballot
}

func ruleOf(partition, partitions int) *rule {
	return newRule(&election{partitions: partitions, candidates: []string{"a", "b"}}, partition, 0)
}

func TestTheRule(t *testing.T) {
	r := ruleOf(0, 2)
	for at, step := range []struct {
		ballot *format.Ballot
		want   outcome
	}{
		{ballotOf(2, 1, 9), outcome{decision: format.UnknownCandidate, kept: true}},
		{ballotOf(2, 2, 1), outcome{decision: format.Counted, kept: true}},
		{ballotOf(2, 3, 1), outcome{decision: format.AlreadyVoted, kept: true}},
		{ballotOf(2, 4, 9), outcome{decision: format.UnknownCandidate, kept: true}},
		{ballotOf(2, 2, 0), outcome{retry: true}},
		{ballotOf(2, 1, 0), outcome{retry: true}},
		{ballotOf(4, 2, 0), outcome{decision: format.Counted, kept: true}},
		{ballotOf(3, 5, 0), outcome{decision: format.WrongPartition, kept: true}},
		{ballotOf(3, 6, 9), outcome{decision: format.WrongPartition, kept: true}},
	} {
		if got := r.decide(step.ballot); got != step.want {
			t.Errorf("ballot %d: %+v, not %+v", at, got, step.want)
		}
	}
	r.closed = true
	if got := r.decide(ballotOf(6, 7, 0)); got.decision != format.ElectionClosed {
		t.Errorf("after the close: %+v", got)
	}
	if got := r.decide(ballotOf(4, 2, 0)); !got.retry {
		t.Errorf("a retry after the close: %+v", got)
	}
	want := format.Totals{
		Counted: []uint64{1, 1}, Rejected: [4]uint64{1, 1, 2, 2}, RetriesAbsorbed: 3,
	}
	if !reflect.DeepEqual(r.totals, want) {
		t.Errorf("totals are %+v, not %+v", r.totals, want)
	}
}

func TestOfOneVoterSixteenRejectionsAreKept(t *testing.T) {
	r := ruleOf(0, 1)
	for id := range uint32(20) {
		got := r.decide(ballotOf(1, id, 9))
		if got.kept != (id < 16) || got.decision != format.UnknownCandidate {
			t.Errorf("ballot %d: %+v", id, got)
		}
	}
	if got := r.decide(ballotOf(1, 15, 9)); !got.retry {
		t.Errorf("one that is kept comes again: %+v", got)
	}
	if got := r.decide(ballotOf(1, 16, 9)); got.retry || got.kept {
		t.Errorf("one that nobody remembers comes again: %+v", got)
	}
	if got := r.decide(ballotOf(1, 99, 0)); got.decision != format.Counted {
		t.Errorf("the voter's vote: %+v", got)
	}
	if got := r.decide(ballotOf(1, 16, 0)); got.decision != format.AlreadyVoted || got.kept {
		t.Errorf("and one more: %+v", got)
	}
	if r.totals.Rejected != [4]uint64{1, 0, 21, 0} || r.totals.Unkept != [4]uint64{1, 0, 5, 0} {
		t.Errorf("totals are %+v", r.totals)
	}
}

// The vectors' frame, decided again, gives the vectors' segment.
func TestTheVectorsAreDecidedAlike(t *testing.T) {
	frame, segment := vectorFrame(t), vectorSegment(t)
	r := newRule(&election{partitions: 1, candidates: []string{"ana", "bruno", "clara"}}, 0, 0)
	var ballots, decisions []byte
	for index := range frame.Count {
		ballot := format.BallotAt(frame.Ballots, index)
		if result := r.decide(ballot); result.kept {
			ballots = append(ballots, ballot[:]...)
			decisions = append(decisions, byte(result.decision))
		}
	}
	if string(ballots) != string(segment.Ballots) || string(decisions) != string(segment.Decisions) {
		t.Errorf("decisions are %v, not %v", decisions, segment.Decisions)
	}
	if !reflect.DeepEqual(r.totals, segment.Totals) {
		t.Errorf("totals are %+v, not %+v", r.totals, segment.Totals)
	}
}
