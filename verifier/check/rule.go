package check

import "vote/verifier/format"

// keptRejections is how many rejected ballots of one voter a partition remembers.
const keptRejections = 16

// remembered is a rejected ballot that stands in a segment.
type remembered struct {
	id       format.BallotID
	choice   uint16
	decision format.Decision
}

// voter is what a partition knows of one voter: the counted ballot, and which entry of `rejected`
// holds the others; 0 is none.
type voter struct {
	counted  format.BallotID
	choice   uint16
	voted    bool
	rejected int32
}

// rule decides the ballots of one partition in the log's order.
type rule struct {
	partition, partitions, candidates int
	closed                            bool
	voters                            map[format.Tag]voter
	rejected                          [][]remembered
	totals                            format.Totals
}

func newRule(e *election, partition, ballots int) *rule {
	return &rule{
		partition: partition, partitions: e.partitions, candidates: len(e.candidates),
		voters:   make(map[format.Tag]voter, ballots),
		rejected: make([][]remembered, 1),
		totals:   format.Totals{Counted: make([]uint64, len(e.candidates))},
	}
}

// outcome of one ballot: a retry gets no decision, and what is not kept stands in no segment.
type outcome struct {
	decision    format.Decision
	retry, kept bool
}

// decide applies the rule to the next ballot.
func (r *rule) decide(ballot *format.Ballot) outcome {
	tag, id := ballot.Tag(), ballot.ID()
	known := r.voters[tag]
	if known.voted && known.counted == id || r.remembers(known, id) != nil {
		r.totals.RetriesAbsorbed++
		return outcome{retry: true}
	}
	decision := r.judge(tag, ballot.Choice(), known)
	if decision == format.Counted {
		r.totals.Counted[ballot.Choice()]++
		known.counted, known.choice, known.voted = id, uint16(ballot.Choice()), true
		r.voters[tag] = known
		return outcome{decision: decision, kept: true}
	}
	r.totals.Rejected[decision-1]++
	if len(r.rejected[known.rejected]) == keptRejections {
		r.totals.Unkept[decision-1]++
		return outcome{decision: decision}
	}
	if known.rejected == 0 {
		known.rejected = int32(len(r.rejected))
		r.rejected = append(r.rejected, nil)
		r.voters[tag] = known
	}
	entry := remembered{id, uint16(ballot.Choice()), decision}
	r.rejected[known.rejected] = append(r.rejected[known.rejected], entry)
	return outcome{decision: decision, kept: true}
}

func (r *rule) judge(tag format.Tag, choice int, known voter) format.Decision {
	switch {
	case r.closed:
		return format.ElectionClosed
	case tag.Partition(r.partitions) != r.partition:
		return format.WrongPartition
	case choice >= r.candidates:
		return format.UnknownCandidate
	case known.voted:
		return format.AlreadyVoted
	}
	return format.Counted
}

func (r *rule) remembers(known voter, id format.BallotID) *remembered {
	for at := range r.rejected[known.rejected] {
		if one := &r.rejected[known.rejected][at]; one.id == id {
			return one
		}
	}
	return nil
}

// first is what was decided about the first ballot with this one's voter and id, and its choice.
func (r *rule) first(ballot *format.Ballot) (decision format.Decision, choice int) {
	known := r.voters[ballot.Tag()]
	if one := r.remembers(known, ballot.ID()); one != nil {
		return one.decision, int(one.choice)
	}
	return format.Counted, int(known.choice)
}
