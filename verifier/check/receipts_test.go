package check

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vote/verifier/format"
)

const vectors = "../../test/fixtures/vectors"

func vectorText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectors, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), "")
}

func vectorBytes(t *testing.T, name string) []byte {
	t.Helper()
	bytes, err := hex.DecodeString(vectorText(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

func vectorFrame(t *testing.T) format.Frame {
	frame, err := format.ParseFrame(vectorBytes(t, "frame.hex"))
	if err != nil {
		t.Fatal(err)
	}
	return frame
}

func vectorSegment(t *testing.T) format.Segment {
	segment, err := format.ParseSegment(vectorBytes(t, "segment.hex"))
	if err != nil {
		t.Fatal(err)
	}
	return segment
}

// vectorKeys is a vote-keys.json with the vectors' key, for a use and an instance.
func vectorKeys(t *testing.T, use, instance string) Keyring {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectors, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	object, err := format.ParseObject(text)
	if err != nil {
		t.Fatal(err)
	}
	key := format.FieldsOf(object["signingKey"])
	public := base64.RawURLEncoding.EncodeToString(key.Bytes("publicKey", 32))
	file := filepath.Join(t.TempDir(), "vote-keys.json")
	keys := format.Canonical(format.Object{"elections": []any{format.Object{
		"id": "vector-election", "instance": instance,
		"keys": []any{format.Object{
			"id": key.Text("keyId"), "publicKey": public, "use": use, "addedAt": 1,
		}},
	}}})
	if err := os.WriteFile(file, []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	keyring, err := ReadKeyring(file)
	if err != nil {
		t.Fatal(err)
	}
	return keyring
}

func TestAReceiptHoldsByItsElectionsKeyOnly(t *testing.T) {
	instance := "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
	for _, one := range []struct{ use, instance, why string }{
		{"frames", instance, ""},
		{"admin", instance, "wrong-key-use"},
		{"frames", strings.Repeat("00", 16), "there is no key of election"},
	} {
		receipt := vectorText(t, "receipt.txt")
		text := "\n" + receipt + "\r\n  \nvote-receipt-1.AAAA\n" + receipt
		lines, err := ReadReceipts(strings.NewReader(text), vectorKeys(t, one.use, one.instance))
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != 3 || lines[0].Number != 2 || lines[1].Number != 4 || lines[2].Number != 5 {
			t.Fatalf("%d lines", len(lines))
		}
		if lines[1].Err == nil {
			t.Error("four characters are taken for a receipt")
		}
		for _, line := range []Line{lines[0], lines[2]} {
			if (line.Err == nil) != (one.why == "") || line.Err != nil && !strings.Contains(line.Err.Error(), one.why) {
				t.Errorf("%s, %s: %v", one.use, one.instance, line.Err)
			}
		}
	}
}

func TestABallotNotKeptIsStillRejected(t *testing.T) {
	r := ruleOf(0, 1)
	frame := format.Frame{Promise: format.Promise{Kind: format.KindBallots}}
	receipts := receiptsByPromise{}
	var lines []Line
	for id := range uint32(18) {
		receipt := format.Receipt{Promise: frame.Promise, Index: int(id), Ballot: *ballotOf(1, id, 9)}
		lines = append(lines, Line{Number: int(id) + 1, Receipt: receipt})
	}
	all := receipts.add(lines, []string{"a", "b"})
	receipts.seen(&frame, 5, 0)
	for id := range uint32(18) {
		ballot := ballotOf(1, id, 9)
		receipts[frame.Signed].decided(int(id), ballot, r.decide(ballot), r)
	}
	for _, fate := range all {
		if fate.Outcome != "rejected" || fate.Reason != "unknown-candidate" || *fate.Position != 5 {
			t.Errorf("line %d: %+v", fate.Line, fate)
		}
	}
}

func TestAFrameThatIsPassedOverKeepsNoPromise(t *testing.T) {
	frame := format.Frame{}
	receipts := receiptsByPromise{}
	all := receipts.add([]Line{{Number: 1}}, nil)
	receipts.seen(&frame, 3, format.Voided)
	if all[0].Kept() || !strings.Contains(all[0].Detail, "position 3, passed over as voided") {
		t.Errorf("%+v", all[0])
	}
	receipts.seen(&frame, 4, 0)
	if !all[0].Kept() || all[0].Outcome != "pending" {
		t.Errorf("%+v", all[0])
	}
}
