package format

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
)

const (
	receiptPrefix = "vote-receipt-1."
	receiptFixed  = 276
)

// Receipt is one ballot's part in its frame's promise.
type Receipt struct {
	Promise
	Index    int    // the ballot's place in the frame
	Position uint64 // of the frame in the log; nobody has signed it
	Ballot   Ballot
}

// ParseReceipt reads a receipt's line of text, and verifies that its path leads to the root that
// the promise names. The signature is left to whoever knows the keys.
func ParseReceipt(line string) (r Receipt, err error) {
	text, found := strings.CutPrefix(line, receiptPrefix)
	if !found {
		return r, fmt.Errorf("it does not begin with %s", receiptPrefix)
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(b) != text {
		return r, errors.New("it is not base64url as an encoder writes it")
	}
	if len(b) < receiptFixed+4 {
		return r, fmt.Errorf("it is cut short: %d bytes", len(b))
	}
	end := len(b) - 4
	if crc32.ChecksumIEEE(b[:end]) != binary.LittleEndian.Uint32(b[end:]) {
		return r, errors.New("its CRC-32 does not match: a slip in copying")
	}
	if r.Promise, err = parsePromise(b); err != nil {
		return r, err
	}
	r.Index = int(binary.LittleEndian.Uint32(b[promiseBytes:]))
	r.Position = binary.LittleEndian.Uint64(b[228:])
	r.Ballot = Ballot(b[236:receiptFixed])
	if r.Kind != KindBallots || r.Index >= r.Count {
		return r, fmt.Errorf("place %d in a frame of kind %d with %d ballots", r.Index, r.Kind, r.Count)
	}
	return r, r.followPath(b[receiptFixed:end])
}

func (r *Receipt) followPath(b []byte) error {
	want := pathLength(r.Index, r.Count)
	if len(b) != want*len(Hash{}) {
		return fmt.Errorf("its path has %d bytes, not the %d hashes that its place takes", len(b), want)
	}
	path := make([]Hash, want)
	for at := range path {
		path[at] = Hash(b[at*len(Hash{}):])
	}
	if rootOf(leafHash(r.Ballot[:]), path, r.Index, r.Count) != r.Root {
		return errors.New("its path does not lead to the signed Merkle root")
	}
	return nil
}
