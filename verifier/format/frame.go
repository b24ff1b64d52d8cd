package format

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The kinds of frame.
const (
	KindBallots = 1
	KindMarker  = 2
)

const (
	promiseBytes = 224
	headerBytes  = 232
	signedBytes  = 160
	maxBallots   = 4096
)

// Field is an id in its fixed field: ASCII, padded with zero bytes.
type Field [32]byte

// FieldOf is the field that holds the id.
func FieldOf(id string) (field Field) {
	copy(field[:], id)
	return field
}

// String is the id without its padding.
func (f Field) String() string {
	end := len(f)
	for end > 0 && f[end-1] == 0 {
		end--
	}
	return string(f[:end])
}

// Promise is bytes 0 to 223 of a frame: what its producer signed, and the signature.
type Promise struct {
	Kind        int
	Election    Field
	Partition   int
	Count       int // of ballots
	Instance    [16]byte
	KeyID       [8]byte
	BallotsHash Hash
	Root        Hash // of the Merkle tree; zeros: no receipts
	Signed      [signedBytes]byte
	Signature   [64]byte
}

// Frame is one record of the log.
type Frame struct {
	Promise
	Ballots []byte
}

// parsePromise reads the first 224 bytes of a frame, which its caller has.
func parsePromise(b []byte) (p Promise, err error) {
	if string(b[:4]) != "VFRM" {
		return p, errors.New("it does not begin with VFRM")
	}
	if version := binary.LittleEndian.Uint16(b[4:]); version != 2 {
		return p, fmt.Errorf("frame version %d, not 2", version)
	}
	p.Kind = int(binary.LittleEndian.Uint16(b[6:]))
	if p.Kind != KindBallots && p.Kind != KindMarker {
		return p, fmt.Errorf("unknown kind %d of frame", p.Kind)
	}
	p.Election = Field(b[8:40])
	p.Partition = int(binary.LittleEndian.Uint32(b[64:]))
	p.Count = int(binary.LittleEndian.Uint32(b[68:]))
	if p.Count > maxBallots || p.Kind == KindMarker && p.Count != 0 {
		return p, fmt.Errorf("a frame of kind %d with %d ballots", p.Kind, p.Count)
	}
	p.Instance = [16]byte(b[72:88])
	p.KeyID = [8]byte(b[88:96])
	p.BallotsHash = Hash(b[96:128])
	p.Root = Hash(b[128:160])
	p.Signed = [signedBytes]byte(b[:signedBytes])
	p.Signature = [64]byte(b[signedBytes:promiseBytes])
	return p, nil
}

// ParseFrame reads a record of the log. An error means that it is no frame at all; whether anybody
// may be believed who has signed it is not asked here.
func ParseFrame(b []byte) (f Frame, err error) {
	if len(b) < headerBytes {
		return f, fmt.Errorf("only %d bytes", len(b))
	}
	if f.Promise, err = parsePromise(b); err != nil {
		return f, err
	}
	f.Ballots = b[headerBytes:]
	switch {
	case len(f.Ballots) != f.Count*BallotBytes:
		err = fmt.Errorf("%d bytes, which do not fit %d ballots", len(b), f.Count)
	case crc32.ChecksumIEEE(b[:228]) != binary.LittleEndian.Uint32(b[228:]):
		err = errors.New("the header's CRC-32 does not match")
	case sha256.Sum256(f.Ballots) != f.BallotsHash:
		err = errors.New("the ballots' SHA-256 does not match")
	case binary.LittleEndian.Uint32(b[224:]) != 0:
		err = errors.New("reserved bytes are not zero")
	case f.Root != Hash{} && (f.Count == 0 || MerkleRoot(f.Ballots) != f.Root):
		err = errors.New("the Merkle root is not the ballots' own")
	}
	return f, err
}

// FrameHash is the hash of a record that is a frame: of its header, which binds its ballots.
func FrameHash(b []byte) Hash { return sha256.Sum256(b[:headerBytes]) }

// NextDigest is the log digest after one record more.
func NextDigest(digest, record Hash) Hash {
	var text [2 * sha256.Size]byte
	copy(text[:], digest[:])
	copy(text[sha256.Size:], record[:])
	return sha256.Sum256(text[:])
}
