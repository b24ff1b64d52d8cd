package check

import (
	"crypto/sha256"
	"encoding/hex"

	"vote/verifier/format"
)

// listedRefusals is how many refused records a certificate lists.
const listedRefusals = 100

// checkCertificate compares each field with what was verified, and verifies the signature. The
// partitions are nil where one was damaged; then only what does not depend on them is compared.
func checkCertificate(text []byte, t trail, partitions []partition) error {
	here := place{File: certificateFile}
	object, err := format.ParseObject(text)
	if err != nil {
		return here.wrong("%v", err)
	}
	if format.Canonical(object) != string(text) {
		return here.wrong("it is not canonical JSON")
	}
	if err := checkSignature(object, t.last()); err != nil {
		return err
	}
	head := changeWithHash(t, object["trailHead"])
	if head == nil || head.election.status != 2 {
		return here.wrong("its \"trailHead\" is no change that left the election closed")
	}
	expected := expectedOf(t, &head.election)
	for _, name := range []string{"certifiedAt", "certifiedBy"} {
		if _, official := expected[name]; !official {
			expected[name] = object[name] // the trail does not say certified yet
		}
	}
	results := format.Object{}
	if partitions != nil {
		results = resultsOf(partitions, t.last().candidates)
		results["rejected"] = rejectedOf(object["rejected"], partitions)
	}
	for _, name := range resultFields {
		if expected[name] = object[name]; partitions != nil {
			expected[name] = results[name]
		}
	}
	for _, name := range []string{"keyId", "signature", "trailHead", "verifiedBy"} {
		expected[name] = object[name] // verified above, or nobody else's to say
	}
	program := format.FieldsOf(object["verifiedBy"])
	expected["verifiedBy"] = format.Object{"program": program.Text("program"), "version": program.Text("version")}
	if program.Err != nil {
		return here.wrong("\"verifiedBy\": %v", program.Err)
	}
	if name := firstDifference(expected, object); name != "" {
		return here.wrong("%q is %s, but trail, ledger and log make it %s", name, shown(object, name), shown(expected, name))
	}
	return nil
}

// resultFields depend on ledger and log.
var resultFields = []string{
	"result", "counted", "rejected", "refused", "refusedCount", "partitions", "digest",
}

func shown(object format.Object, name string) string {
	if _, found := object[name]; !found {
		return "not there"
	}
	text := format.Canonical(object[name])
	if len(text) > 300 {
		return text[:300] + "…"
	}
	return text
}

func checkSignature(object format.Object, e *election) error {
	here := place{File: certificateFile}
	fields := format.FieldsOf(object)
	keyID, signature := fields.Text("keyId"), fields.Base64("signature", 64)
	if fields.Err != nil {
		return here.wrong("%v", fields.Err)
	}
	rest := format.Object{}
	for name, value := range object {
		if name != "signature" {
			rest[name] = value
		}
	}
	if bad := refusalOf(e.signers, keyID, useAdmin, []byte(format.Canonical(rest)), signature); bad != 0 {
		return here.wrong("no admin of the election has signed it: %s", bad)
	}
	return nil
}

func changeWithHash(t trail, head any) *change {
	for at := range t {
		if hex.EncodeToString(t[at].hash[:]) == head {
			return &t[at]
		}
	}
	return nil
}

// expectedOf are the fields that follow from the trail.
func expectedOf(t trail, closed *election) format.Object {
	definition, _ := format.ParseObject([]byte(closed.definition))
	voided := []any{}
	list, _ := closed.record["voided"].([]any)
	for _, value := range list {
		entry := value.(format.Object)
		voided = append(voided, format.Object{
			"partition": entry["partition"], "position": entry["position"],
			"hash": entry["hash"], "reason": entry["reason"],
		})
	}
	expected := format.Object{
		"version": 2, "election": closed.id, "definition": definition,
		"definitionHash": hex.EncodeToString(closed.hash[:]),
		"voided":         voided, "verified": []any{"ledger", "log"},
	}
	for at := range t {
		if t[at].election.status == 3 {
			expected["certifiedAt"], expected["certifiedBy"] = t[at].at, t[at].by
			break
		}
	}
	return expected
}

// resultsOf are the fields that follow from ledger and log, but `rejected`.
func resultsOf(partitions []partition, candidates []string) format.Object {
	votes := make([]uint64, len(candidates))
	seals, refused := []any{}, []any{}
	refusedCount, counted := 0, uint64(0)
	digest := sha256.New()
	for _, p := range partitions {
		for at, more := range p.seal.totals.Counted {
			votes[at] += more
			counted += more
		}
		digest.Write(p.seal.hash[:])
		seals = append(seals, format.Object{
			"partition": p.number, "sequence": p.seal.sequence, "logEnd": p.seal.logEnd,
			"hash":      hex.EncodeToString(p.seal.hash[:]),
			"logDigest": hex.EncodeToString(p.seal.logDigest[:]),
		})
		for _, one := range p.seal.refused {
			if refusedCount++; refusedCount <= listedRefusals {
				refused = append(refused, format.Object{
					"partition": p.number, "position": one.Position,
					"reason": one.Reason.String(), "hash": hex.EncodeToString(one.Hash[:]),
				})
			}
		}
	}
	result := []any{}
	for at, id := range candidates {
		result = append(result, format.Object{"candidate": id, "votes": votes[at]})
	}
	return format.Object{
		"result": result, "counted": counted, "refused": refused, "refusedCount": refusedCount,
		"partitions": seals, "digest": hex.EncodeToString(digest.Sum(nil)),
	}
}

// rejectedOf is what a certificate may say: the rejections up to the seals, and of those as
// `election-closed` also any number of the late ballots that were decided since.
func rejectedOf(said any, partitions []partition) format.Object {
	var sealed, all [format.Reasons]uint64
	for _, p := range partitions {
		for at := range sealed {
			sealed[at] += p.seal.totals.Rejected[at]
			all[at] += p.totals.Rejected[at]
		}
	}
	closed := format.ElectionClosed - 1
	if object, ok := said.(format.Object); ok {
		late, _ := object[format.ElectionClosed.String()].(int64)
		if uint64(late) > sealed[closed] && uint64(late) <= all[closed] {
			sealed[closed] = uint64(late)
		}
	}
	rejected := format.Object{}
	for at, count := range sealed {
		if count > 0 {
			rejected[format.Decision(at+1).String()] = count
		}
	}
	return rejected
}
