package check

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"vote/verifier/format"
)

// fileSums are what the manifest says about a file, or what was found.
type fileSums struct {
	bytes, records, end, lastAt uint64
	sha256                      format.Hash
}

// records reads a .bin file of an export: each record with its number, in order.
type records struct {
	name   string
	file   *os.File
	reader *bufio.Reader
	hash   hash.Hash
	size   uint64
	sums   fileSums
	number uint64
	bytes  []byte
	ahead  bool // the record has been read, but not taken
}

func openRecords(directory, name string) (*records, error) {
	file, err := os.Open(filepath.Join(directory, name))
	if err != nil {
		return nil, place{File: name}.wrong("it cannot be read: %v", err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, place{File: name}.wrong("it cannot be read: %v", err)
	}
	r := &records{name: name, file: file, hash: sha256.New(), size: uint64(info.Size())}
	r.reader = bufio.NewReaderSize(io.TeeReader(file, r.hash), 1<<20)
	return r, nil
}

func (r *records) close() { r.file.Close() }

// next reads one record: its number and its bytes, which stay until the next call. There is none
// at the end of the file.
func (r *records) next() (more bool, err error) {
	if r.ahead {
		r.ahead = false
		return true, nil
	}
	at := r.sums.bytes
	if at == r.size {
		return false, nil
	}
	damaged := func() error {
		return place{File: r.name}.wrong("it is damaged: no whole record stands at byte %d", at)
	}
	var head [12]byte
	if _, err := io.ReadFull(r.reader, head[:]); err != nil {
		return false, damaged()
	}
	number, length := binary.LittleEndian.Uint64(head[:]), uint64(binary.LittleEndian.Uint32(head[8:]))
	if length > r.size-at-12 {
		return false, damaged()
	}
	if r.sums.records > 0 && number <= r.number {
		return false, place{File: r.name}.wrong("at byte %d, record %d follows record %d", at, number, r.number)
	}
	if uint64(cap(r.bytes)) < length {
		r.bytes = make([]byte, length)
	}
	r.bytes = r.bytes[:length]
	if _, err := io.ReadFull(r.reader, r.bytes); err != nil {
		return false, damaged()
	}
	r.number = number
	r.sums.lastAt, r.sums.end = at, number+1
	r.sums.records++
	r.sums.bytes += 12 + length
	return true, nil
}

// back lets the next call of next return the same record again.
func (r *records) back() { r.ahead = true }

// agrees compares the whole file, which has been read, with what the manifest says about it.
func (r *records) agrees(manifest fileSums) error {
	copy(r.sums.sha256[:], r.hash.Sum(nil))
	if r.sums != manifest {
		return place{File: r.name}.wrong("it has %s, but the manifest says %s", r.sums, manifest)
	}
	return nil
}

func (s fileSums) String() string {
	return fmt.Sprintf("%d bytes, %d records up to number %d, the last at byte %d, SHA-256 %x",
		s.bytes, s.records, s.end, s.lastAt, s.sha256)
}
