package format

import "fmt"

// Decision is what became of a ballot.
type Decision byte

// The decisions. Those from AlreadyVoted on are the reasons for a rejection, in this order.
const (
	Counted Decision = iota
	AlreadyVoted
	ElectionClosed
	UnknownCandidate
	WrongPartition
)

// Reasons is how many reasons there are to reject a ballot.
const Reasons = 4

var decisionNames = [...]string{
	"counted", "already-voted", "election-closed", "unknown-candidate", "wrong-partition",
}

func (d Decision) String() string {
	if int(d) < len(decisionNames) {
		return decisionNames[d]
	}
	return fmt.Sprintf("decision %d", byte(d))
}

// Refusal is why a record of the log was passed over.
type Refusal uint16

// The refusals; 0 is none.
const (
	WrongElection Refusal = iota + 1
	OtherPartition
	WrongInstance
	UnknownKey
	WrongKeyUse
	BadSignature
	Voided
)

var refusalNames = [...]string{
	"good", "wrong-election", "wrong-partition", "wrong-instance", "unknown-key", "wrong-key-use",
	"bad-signature", "voided",
}

func (r Refusal) String() string {
	if int(r) < len(refusalNames) {
		return refusalNames[r]
	}
	return fmt.Sprintf("refusal %d", uint16(r))
}
