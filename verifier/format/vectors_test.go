package format

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const vectors = "../../test/fixtures/vectors"

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectors, name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readHex(t *testing.T, name string) []byte {
	t.Helper()
	bytes, err := hex.DecodeString(strings.Join(strings.Fields(string(read(t, name))), ""))
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// expected is a part of vectors.json.
func expected(t *testing.T, name string) *Fields {
	t.Helper()
	object, err := ParseObject(read(t, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	return FieldsOf(object[name])
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

func TestFrames(t *testing.T) {
	key := expected(t, "signingKey").Bytes("publicKey", 32)
	var digest Hash
	for at, name := range []string{"frame", "foreignMarker", "closeMarker"} {
		want := expected(t, name)
		bytes := readHex(t, want.Text("file"))
		frame, err := ParseFrame(bytes)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		kind := map[string]int{"ballots": KindBallots, "close": KindMarker}[want.Text("kind")]
		same(t, "kind", frame.Kind, kind)
		same(t, "election", frame.Election, want.Text("election"))
		same(t, "instance", hex.EncodeToString(frame.Instance[:]), want.Text("instance"))
		same(t, "partition", frame.Partition, want.Whole("partition"))
		same(t, "key", hex.EncodeToString(frame.KeyID[:]), want.Text("keyId"))
		same(t, "root", hex.EncodeToString(frame.Root[:]), want.Text("merkleRoot"))
		hash := FrameHash(bytes)
		same(t, "hash", hex.EncodeToString(hash[:]), want.Text("hash"))
		same(t, "signed", ed25519.Verify(key, frame.Signed[:], frame.Signature[:]), true)
		digest = NextDigest(digest, hash)
		object, _ := ParseObject(read(t, "vectors.json"))
		same(t, "log digest", hex.EncodeToString(digest[:]), object["logDigests"].([]any)[at])
		same(t, "ballots", frame.Count, len(want.List("ballots")))
		for index, value := range want.List("ballots") {
			sameBallot(t, BallotAt(frame.Ballots, index), FieldsOf(value))
		}
	}
}

func sameBallot(t *testing.T, ballot *Ballot, want *Fields) {
	t.Helper()
	tag, id := ballot.Tag(), ballot.ID()
	same(t, "tag", hex.EncodeToString(tag[:]), want.Text("voterTag"))
	same(t, "id", hex.EncodeToString(id[:]), want.Text("ballotId"))
	same(t, "receivedAt", ballot.ReceivedAt(), want.Whole("receivedAt"))
	same(t, "choice", ballot.Choice(), want.Whole("choice"))
}

func TestVoterTags(t *testing.T) {
	object, _ := ParseObject(read(t, "vectors.json"))
	key, _ := hex.DecodeString(object["electionKey"].(string))
	for _, value := range object["voters"].([]any) {
		voter := FieldsOf(value)
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(voter.Text("voterId")))
		tag := Tag(mac.Sum(nil)[:16])
		same(t, "tag", hex.EncodeToString(tag[:]), voter.Text("voterTag"))
		for _, partitions := range []int{1, 8, 64} {
			want := voter.Value("partition").(Object)[fmt.Sprint(partitions)]
			same(t, "partition", tag.Partition(partitions), want)
		}
	}
}

func TestSegment(t *testing.T) {
	want := expected(t, "segment")
	segment, err := ParseSegment(readHex(t, want.Text("file")))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "hash", hex.EncodeToString(segment.Hash[:]), want.Text("hash"))
	same(t, "definition", hex.EncodeToString(segment.DefinitionHash[:]), want.Text("definitionHash"))
	same(t, "digest", hex.EncodeToString(segment.LogDigest[:]), want.Text("logDigest"))
	same(t, "last record", hex.EncodeToString(segment.LastRecord[:]), want.Text("lastRecordHash"))
	same(t, "previous", hex.EncodeToString(segment.Previous[:]), want.Text("previousHash"))
	same(t, "revision", segment.Revision, want.Whole("revision"))
	same(t, "from", segment.PositionFrom, want.Whole("positionFrom"))
	same(t, "to", segment.PositionTo, want.Whole("positionTo"))
	same(t, "sealed", segment.Sealed, want.Value("sealed"))
	same(t, "counts", segment.Totals.Counted, want.List("counts"))
	same(t, "rejections", segment.Totals.Rejected, want.List("rejections"))
	same(t, "unkept", segment.Totals.Unkept, want.List("unkept"))
	same(t, "retries", segment.Totals.RetriesAbsorbed, want.Whole("retriesAbsorbed"))
	for index, value := range want.List("decisions") {
		same(t, "decision", Decision(segment.Decisions[index]), value)
	}
	same(t, "refused records", len(segment.Refused), len(want.List("refused")))
	for index, value := range want.List("refused") {
		refused := FieldsOf(value)
		same(t, "position", segment.Refused[index].Position, refused.Whole("position"))
		same(t, "reason", segment.Refused[index].Reason, refused.Text("reason"))
	}
}

func TestReceipt(t *testing.T) {
	want := expected(t, "receipt")
	receipt, err := ParseReceipt(strings.TrimSpace(string(read(t, want.Text("file")))))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "place", receipt.Index, want.Whole("index"))
	same(t, "position", receipt.Position, want.Whole("position"))
	same(t, "count", receipt.Count, want.Whole("ballotCount"))
	sameBallot(t, &receipt.Ballot, FieldsOf(want.Value("ballot")))
}

// Each byte of a record is bound by a checksum or a rule; of a frame, the signature's only by its CRC-32.
func TestEveryFlippedByteIsFound(t *testing.T) {
	line := strings.TrimSpace(string(read(t, "receipt.txt")))
	for at := range line {
		altered := []byte(line)
		altered[at] ^= 1
		if _, err := ParseReceipt(string(altered)); err == nil {
			t.Errorf("a receipt with another character at %d is taken", at)
		}
	}
	for name, parse := range map[string]func([]byte) error{
		"frame.hex":        func(b []byte) error { _, err := ParseFrame(b); return err },
		"close-marker.hex": func(b []byte) error { _, err := ParseFrame(b); return err },
		"segment.hex":      func(b []byte) error { _, err := ParseSegment(b); return err },
	} {
		bytes := readHex(t, name)
		for at := range bytes {
			bytes[at] ^= 0x40
			if parse(bytes) == nil {
				t.Errorf("%s with another byte at %d is taken", name, at)
			}
			bytes[at] ^= 0x40
			if parse(bytes[:at]) == nil {
				t.Errorf("%s cut after %d bytes is taken", name, at)
			}
		}
		if parse(append(bytes, 0)) == nil {
			t.Errorf("%s with a byte more is taken", name)
		}
	}
}
