package check

import (
	"encoding/binary"
	"strings"
	"testing"

	"vote/verifier/format"
)

func TestBallotsOutsideOfTheHours(t *testing.T) {
	h := hours{opens: 1_000, closes: 2_000}
	for _, one := range []struct {
		at       uint32
		decision format.Decision
		outside  int
	}{
		{999, format.ElectionClosed, 0},
		{1_000, format.Counted, 0},
		{1_999, format.Counted, 0},
		{999, format.Counted, 1},
		{2_000, format.UnknownCandidate, 2},
	} {
		ballot := ballotOf(1, 1, 0)
		binary.LittleEndian.PutUint32(ballot[32:], one.at)
		h.check(ballot, one.decision, 3, 7)
		if h.outside != one.outside {
			t.Errorf("received at %d, %s: %d are outside", one.at, one.decision, h.outside)
		}
	}
	text := h.finding().Error()
	if !strings.HasPrefix(text, "partition 3, position 7: ballot ") || !strings.Contains(text, "1 more") {
		t.Error(text)
	}
}
