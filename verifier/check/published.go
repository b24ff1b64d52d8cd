package check

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vote/verifier/format"
)

const (
	checkpointFile = "checkpoint"
	tileWidth      = 256
)

// Published is the head of a transparency log that holds exactly an export's decisions.
type Published struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
}

// PublishedLog makes the log of an export that holds anew, up to the seals, and compares each tile,
// each bundle of entries and the checkpoint with the published ones.
func PublishedLog(exported, published string) (*Published, error) {
	x, err := openExport(exported)
	if err != nil {
		return nil, err
	}
	e := x.trail.last()
	origin := fmt.Sprintf("vote/%s/%x", e.id, e.instance)
	head, err := readCheckpoint(published, origin, e.signers)
	if err != nil {
		return nil, err
	}
	made := &tiles{directory: published}
	for number := range x.partitions {
		if err := made.addPartition(x, number); err != nil {
			return nil, err
		}
	}
	root, err := made.finish()
	if err != nil {
		return nil, err
	}
	if head.Size != made.count || head.Root != hexOf(format.Hash(root)) {
		return nil, place{File: checkpointFile}.wrong("it is of %d leaves with the root %s; the export has %d with %x",
			head.Size, head.Root, made.count, root[:])
	}
	return head, nil
}

// readCheckpoint reads the checkpoint, which an admin's key of the election has to have signed.
func readCheckpoint(directory, origin string, signers []signer) (*Published, error) {
	here := place{File: checkpointFile}
	text, err := os.ReadFile(filepath.Join(directory, checkpointFile))
	if err != nil {
		return nil, here.wrong("it cannot be read: %v", err)
	}
	var known []note.Verifier
	for _, one := range signers {
		if one.use != useAdmin {
			continue
		}
		key, err := note.NewEd25519VerifierKey(origin, one.key)
		if err != nil {
			return nil, here.wrong("%v", err)
		}
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return nil, here.wrong("%v", err)
		}
		known = append(known, verifier)
	}
	signed, err := note.Open(text, note.VerifierList(known...))
	if err != nil {
		return nil, here.wrong("%v", err)
	}
	lines := strings.SplitN(signed.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != origin {
		return nil, here.wrong("it is no checkpoint of %s", origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return nil, here.wrong("%q is no number of leaves", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != sha256.Size {
		return nil, here.wrong("%q is no root", lines[2])
	}
	return &Published{origin, size, hex.EncodeToString(root)}, nil
}

// tiles makes the files of a log from its leaves, and compares them with those in a directory. It
// holds one tile a level.
type tiles struct {
	directory string
	count     int64
	entries   []byte
	levels    [][]tlog.Hash
}

// addPartition adds what the segments decide, from the first to the sealed one.
func (t *tiles) addPartition(x *export, number int) error {
	segments, err := openRecords(x.directory, x.partitions[number].segments.name)
	if err != nil {
		return err
	}
	defer segments.close()
	for {
		more, err := segments.next()
		if err != nil {
			return err
		}
		if !more {
			return place{Partition: &number}.wrong("the chain has no seal, so there is no log of it")
		}
		segment, err := format.ParseSegment(segments.bytes)
		if err != nil {
			return place{Partition: &number}.wrong("%v", err)
		}
		for at, decision := range segment.Decisions {
			leaf := []byte{1, decision, 0, 0}
			binary.LittleEndian.PutUint16(leaf[2:], uint16(number))
			if err := t.add(append(leaf, format.BallotAt(segment.Ballots, at)[:]...)); err != nil {
				return err
			}
		}
		if segment.Sealed {
			return nil
		}
	}
}

func (t *tiles) add(leaf []byte) error {
	t.entries = binary.BigEndian.AppendUint16(t.entries, uint16(len(leaf)))
	t.entries = append(t.entries, leaf...)
	t.count++
	if t.count%tileWidth == 0 {
		if err := t.compare("entries", t.count/tileWidth-1, tileWidth, t.entries); err != nil {
			return err
		}
		t.entries = t.entries[:0]
	}
	return t.push(0, tlog.RecordHash(leaf))
}

func (t *tiles) push(level int, hash tlog.Hash) error {
	if level == len(t.levels) {
		t.levels = append(t.levels, nil)
	}
	t.levels[level] = append(t.levels[level], hash)
	full := t.levels[level]
	if len(full) < tileWidth {
		return nil
	}
	index := (t.count - 1) >> (8 * (level + 1))
	if err := t.compare(strconv.Itoa(level), index, tileWidth, joined(full)); err != nil {
		return err
	}
	t.levels[level] = nil
	return t.push(level+1, rootOf(full))
}

// finish compares the tiles at the end that are not full. The root is made of these.
func (t *tiles) finish() (root tlog.Hash, err error) {
	root = sha256.Sum256(nil)
	if width := int(t.count % tileWidth); width > 0 {
		if err := t.compare("entries", t.count/tileWidth, width, t.entries); err != nil {
			return root, err
		}
	}
	empty := true
	for level, hashes := range t.levels {
		if len(hashes) == 0 {
			continue
		}
		index := t.count >> (8 * (level + 1))
		if err := t.compare(strconv.Itoa(level), index, len(hashes), joined(hashes)); err != nil {
			return root, err
		}
		if !empty {
			hashes = append(hashes, root)
		}
		root, empty = rootOf(hashes), false
	}
	return root, nil
}

// compare finds the first difference of a file from what the export makes it.
func (t *tiles) compare(level string, index int64, width int, made []byte) error {
	name := tileName(level, index, width)
	found, err := os.ReadFile(filepath.Join(t.directory, name))
	if err != nil {
		return place{File: name}.wrong("it cannot be read: %v", err)
	}
	if bytes.Equal(found, made) {
		return nil
	}
	at := 0
	for at < len(found) && at < len(made) && found[at] == made[at] {
		at++
	}
	one := at * width / len(made)
	return place{File: name}.wrong("it is not what the export makes it, from byte %d on: number %d of level %s",
		at, index*tileWidth+int64(one), level)
}

func tileName(level string, index int64, width int) string {
	name := fmt.Sprintf("%03d", index%1000)
	for index >= 1000 {
		index /= 1000
		name = fmt.Sprintf("x%03d/%s", index%1000, name)
	}
	if width < tileWidth {
		name = fmt.Sprintf("%s.p/%d", name, width)
	}
	return "tile/" + level + "/" + name
}

func joined(hashes []tlog.Hash) []byte {
	var all []byte
	for _, hash := range hashes {
		all = append(all, hash[:]...)
	}
	return all
}

// rootOf is the tree hash over subtrees of one size, of which the last may be smaller.
func rootOf(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	left := 1
	for left*2 < len(hashes) {
		left *= 2
	}
	return tlog.NodeHash(rootOf(hashes[:left]), rootOf(hashes[left:]))
}
