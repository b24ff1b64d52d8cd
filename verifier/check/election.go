package check

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"vote/verifier/format"
)

// statuses in the order in which an election goes through them.
var statuses = []string{"draft", "open", "closed", "certified"}

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// voidEntry is a record of the log that is passed over by an admin's word.
type voidEntry struct {
	partition int
	position  uint64
	hash      format.Hash
}

// election is the registry's record, as one change of the trail left it.
type election struct {
	record     format.Object
	id         string
	instance   [16]byte
	title      string
	candidates []string // their ids, in the ballot's order
	partitions int
	status     int // index into statuses
	revision   int
	signers    []signer
	voided     []voidEntry
	definition string // canonical JSON
	hash       format.Hash
}

// parseElection reads the record, and verifies what it says about itself.
func parseElection(value any) (e election, err error) {
	fields := format.FieldsOf(value)
	e.id, e.title = fields.Text("id"), fields.Text("title")
	e.instance = [16]byte(fields.Bytes("instance", 16))
	e.partitions, e.revision = int(fields.Whole("partitions")), int(fields.Whole("revision"))
	status, candidates := fields.Text("status"), fields.List("candidates")
	signers, voided := fields.List("signers"), fields.List("voided")
	fields.Text("keyId")
	fields.Bytes("keyFingerprint", 32)
	fields.Whole("createdAt")
	if fields.Err != nil {
		return e, fields.Err
	}
	e.record = value.(format.Object)
	if e.status = indexOf(statuses, status); e.status < 0 {
		return e, fmt.Errorf("unknown status %q", status)
	}
	if e.partitions < 1 || e.partitions > 1024 || !idForm.MatchString(e.id) {
		return e, fmt.Errorf("election %q with %d partitions", e.id, e.partitions)
	}
	if err = e.readCandidates(candidates); err != nil {
		return e, err
	}
	if e.signers, err = signersOf(signers); err != nil {
		return e, err
	}
	return e, e.readVoided(voided)
}

// readCandidates also makes the definition, which holds of each candidate its id and its name.
func (e *election) readCandidates(list []any) error {
	candidates := []any{}
	for _, value := range list {
		fields := format.FieldsOf(value)
		id, name := fields.Text("id"), fields.Text("name")
		if fields.Err != nil {
			return fmt.Errorf("a candidate: %w", fields.Err)
		}
		if !idForm.MatchString(id) || indexOf(e.candidates, id) >= 0 {
			return fmt.Errorf("candidate %q is no id, or stands twice", id)
		}
		e.candidates = append(e.candidates, id)
		candidates = append(candidates, format.Object{"id": id, "name": name})
	}
	if len(list) < 1 || len(list) > 256 {
		return fmt.Errorf("%d candidates", len(list))
	}
	hours, opened := e.record["hoursAtOpening"]
	if !opened {
		hours = format.Object{}
	}
	definition := format.Object{
		"id": e.id, "instance": e.record["instance"], "title": e.title,
		"candidates": candidates, "partitions": e.partitions, "rule": "first-ballot-counts",
		"hours": hours, "keyFingerprint": e.record["keyFingerprint"],
	}
	if tokens, said := e.record["tokens"]; said {
		definition["tokens"] = tokens
	}
	e.definition = format.Canonical(definition)
	e.hash = sha256.Sum256([]byte(e.definition))
	return nil
}

// readVoided also verifies that an admin has signed each entry.
func (e *election) readVoided(list []any) error {
	for at, value := range list {
		fields := format.FieldsOf(value)
		one := voidEntry{
			int(fields.Whole("partition")), uint64(fields.Whole("position")),
			format.Hash(fields.Bytes("hash", 32)),
		}
		reason, when, keyID := fields.Text("reason"), fields.Whole("at"), fields.Text("keyId")
		signature := fields.Base64("signature", 64)
		if fields.Err != nil {
			return fmt.Errorf("voided record %d: %w", at, fields.Err)
		}
		message := format.Canonical(format.Object{
			"kind": "void", "election": e.id, "instance": e.record["instance"],
			"partition": one.partition, "position": int64(one.position),
			"hash": fields.Text("hash"), "reason": reason, "at": when, "keyId": keyID,
		})
		if bad := refusalOf(e.signers, keyID, useAdmin, []byte(message), signature); bad != 0 {
			return fmt.Errorf("voided record %d is not signed by an admin: %s", at, bad)
		}
		e.voided = append(e.voided, one)
	}
	return nil
}

// voids says whether an admin has voided exactly this record.
func (e *election) voids(partition int, position uint64, hash format.Hash) bool {
	for _, one := range e.voided {
		if one == (voidEntry{partition, position, hash}) {
			return true
		}
	}
	return false
}

// time is an optional moment of the record.
func (e *election) time(name string) (at int64, found bool) {
	at, found = e.record[name].(int64)
	return at, found
}

// hexOf is a hash as records of JSON have it.
func hexOf(hash format.Hash) string { return hex.EncodeToString(hash[:]) }

func indexOf(list []string, one string) int {
	for at, other := range list {
		if other == one {
			return at
		}
	}
	return -1
}
