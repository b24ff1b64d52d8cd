package check

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"vote/verifier/format"
)

// change is one entry of the trail.
type change struct {
	election election
	by       string
	at       int64
	hash     format.Hash
}

// trail is an election's history, the oldest change first; revision n stands at n - 1.
type trail []change

// last is the election as it is now.
func (t trail) last() *election { return &t[len(t)-1].election }

// readTrail verifies the chain of changes and each step, and that the record is what the last one left.
func readTrail(lines, record []byte) (trail, error) {
	var t trail
	previous := ""
	if len(lines) > 0 && lines[len(lines)-1] != '\n' {
		return nil, place{File: trailFile}.wrong("its last line is cut short")
	}
	for line := range bytes.Lines(lines) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		here := place{File: trailFile, Change: len(t) + 1}
		one, before, err := parseChange(line)
		if err != nil {
			return nil, here.wrong("%v", err)
		}
		if before != previous {
			return nil, here.wrong("it follows %q, but the change before has the hash %q", before, previous)
		}
		if err := checkStep(t, &one.election); err != nil {
			return nil, here.wrong("%v", err)
		}
		t = append(t, one)
		previous = hex.EncodeToString(one.hash[:])
	}
	if len(t) == 0 {
		return nil, place{File: trailFile}.wrong("it has no change")
	}
	now, err := format.ParseObject(record)
	if err != nil {
		return nil, place{File: recordFile}.wrong("%v", err)
	}
	if name := firstDifference(now, t.last().record); name != "" {
		return nil, place{File: recordFile}.wrong("%q is not what the last change left", name)
	}
	return t, nil
}

func parseChange(line []byte) (c change, previous string, err error) {
	object, err := format.ParseObject(line)
	if err != nil {
		return c, "", err
	}
	fields := format.FieldsOf(object)
	previous = fields.Text("previous")
	c.by, c.at = fields.Text("by"), fields.Whole("at")
	record := fields.Value("election")
	if fields.Err != nil {
		return c, "", fields.Err
	}
	c.hash = sha256.Sum256(line)
	c.election, err = parseElection(record)
	return c, previous, err
}

// Fields that never change; that stay once the election is open, closed, certified; and that only grow.
var (
	fixedFields = []string{
		"id", "instance", "title", "candidates", "partitions", "keyId", "keyFingerprint", "tokens",
		"createdAt",
	}
	fieldsOf = [][]string{
		1: {"opensAt", "hoursAtOpening", "openedAt"},
		2: {"closesAt", "closedAt"},
		3: {"certifiedAt"},
	}
	// momentOf is when the election reached a status: there from then on, and not before.
	momentOf = []string{1: "openedAt", 2: "closedAt", 3: "certifiedAt"}
	grown    = []string{"signers", "voided", "keyDestroyed"}
)

// checkStep verifies what may follow the changes so far.
func checkStep(before trail, now *election) error {
	if now.revision != len(before)+1 {
		return fmt.Errorf("it has revision %d", now.revision)
	}
	for status := 1; status < len(statuses); status++ {
		_, has := now.time(momentOf[status])
		if due := now.status >= status; has && !due {
			return fmt.Errorf("it is %s and has %q already", statuses[now.status], momentOf[status])
		} else if due && !has {
			return fmt.Errorf("it is %s and has no %q", statuses[now.status], momentOf[status])
		}
	}
	if len(before) == 0 {
		if now.status != 0 {
			return fmt.Errorf("the first change leaves it %s, not a draft", statuses[now.status])
		}
		return nil
	}
	old := before.last()
	if now.status != old.status && now.status != old.status+1 {
		return fmt.Errorf("it goes from %s to %s", statuses[old.status], statuses[now.status])
	}
	stay := append([]string{}, fixedFields...)
	for status := 1; status <= old.status; status++ {
		stay = append(stay, fieldsOf[status]...)
	}
	for _, name := range stay {
		if !sameField(old.record, now.record, name) {
			return fmt.Errorf("it changes %q of an election that is %s", name, statuses[old.status])
		}
	}
	for _, name := range grown {
		was, _ := old.record[name].([]any)
		is, _ := now.record[name].([]any)
		if len(is) < len(was) || format.Canonical(is[:len(was)]) != format.Canonical(was) {
			return fmt.Errorf("it removes or alters some of %q", name)
		}
	}
	return nil
}

func sameField(a, b format.Object, name string) bool {
	_, inA := a[name]
	_, inB := b[name]
	return inA == inB && format.Canonical(a[name]) == format.Canonical(b[name])
}

// firstDifference is the name of a field in which two objects differ; empty if there is none.
func firstDifference(a, b format.Object) string {
	for name := range a {
		if !sameField(a, b, name) {
			return name
		}
	}
	for name := range b {
		if !sameField(a, b, name) {
			return name
		}
	}
	return ""
}
