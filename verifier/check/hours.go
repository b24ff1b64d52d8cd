package check

import (
	"fmt"

	"vote/verifier/format"
)

// hours in which ballots may have been received, and how many were outside.
type hours struct {
	opens, closes int64 // closes 0: no end is known
	outside       int
	first         place
	what          string
}

// finding names the first ballot outside, and says how many more there are.
func (h *hours) finding() Finding {
	if h.outside > 1 {
		return h.first.wrong("%s (and %d more of this partition)", h.what, h.outside-1)
	}
	return h.first.wrong("%s", h.what)
}

func hoursOf(e *election) hours {
	opens, _ := e.time("openedAt")
	closes, _ := e.time("closesAt")
	return hours{opens: opens, closes: closes}
}

// check looks at a ballot that was decided.
func (h *hours) check(ballot *format.Ballot, decision format.Decision, partition int, position uint64) {
	at := ballot.ReceivedAt()
	if decision == format.ElectionClosed || at >= h.opens && (h.closes == 0 || at < h.closes) {
		return
	}
	if h.outside++; h.outside == 1 {
		h.first = place{Partition: &partition, Position: &position}
		h.what = fmt.Sprintf("ballot %x was received at %d, outside of the hours, which are from %d to before %d",
			ballot.ID(), at, h.opens, h.closes)
	}
}
