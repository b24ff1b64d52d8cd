package check

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"

	"vote/verifier/format"
)

// maxLine is more than the longest receipt, which is below 1,000 characters.
const maxLine = 4096

// Line is one receipt of a file: what it says, or why it does not hold.
type Line struct {
	Number  int
	Receipt format.Receipt
	Err     error
}

// Keyring are the keys that may sign ballots, by election and instance.
type Keyring map[[48]byte][]signer

func homeOf(election format.Field, instance [16]byte) (home [48]byte) {
	copy(home[:], election[:])
	copy(home[32:], instance[:])
	return home
}

// ReadKeyring reads vote-keys.json.
func ReadKeyring(file string) (Keyring, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	object, err := format.ParseObject(text)
	if err != nil {
		return nil, err
	}
	fields := format.FieldsOf(object)
	list := fields.List("elections")
	keys := Keyring{}
	for _, value := range list {
		one := format.FieldsOf(value)
		id, instance := one.Text("id"), one.Bytes("instance", 16)
		signers, err := signersOf(one.List("keys"))
		if err = errors.Join(one.Err, err); err != nil {
			return nil, err
		}
		home := homeOf(format.FieldOf(id), [16]byte(instance))
		keys[home] = append(keys[home], signers...)
	}
	return keys, fields.Err
}

// keyringOf has the keys of one election.
func keyringOf(e *election) Keyring {
	return Keyring{homeOf(format.FieldOf(e.id), e.instance): e.signers}
}

// ReadReceipts reads a file with a receipt a line and verifies each on its own, on all cores. Empty
// lines are passed over. Lines come back in the file's order.
func ReadReceipts(reader io.Reader, keys Keyring) ([]Line, error) {
	buffered := bufio.NewReaderSize(reader, 1<<20)
	var lines []Line
	var texts []string
	for number := 1; ; number++ {
		text, err := buffered.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		if trimmed := strings.TrimSpace(text); trimmed != "" {
			lines = append(lines, Line{Number: number})
			texts = append(texts, trimmed)
		}
		if err == io.EOF {
			break
		}
	}
	v := verifier{keys: keys}
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for at := worker * len(lines) / workers; at < (worker+1)*len(lines)/workers; at++ {
				lines[at].Receipt, lines[at].Err = v.verify(texts[at])
			}
		}()
	}
	wait.Wait()
	return lines, nil
}

// verifier verifies each promise once, however many ballots are part of it.
type verifier struct {
	keys  Keyring
	known sync.Map // of a promise's signed bytes and signature: the error, or nil
}

func (v *verifier) verify(text string) (format.Receipt, error) {
	if len(text) > maxLine {
		return format.Receipt{}, fmt.Errorf("%d characters are no receipt", len(text))
	}
	receipt, err := format.ParseReceipt(text)
	if err != nil {
		return receipt, err
	}
	type promise struct {
		signed    [160]byte
		signature [64]byte
	}
	key := promise{receipt.Signed, receipt.Signature}
	result, found := v.known.Load(key)
	if !found {
		result = v.signature(&receipt)
		v.known.Store(key, result)
	}
	return receipt, result.(verdict).err
}

// verdict lets no error be told from nothing known.
type verdict struct{ err error }

func (v *verifier) signature(r *format.Receipt) verdict {
	signers, found := v.keys[homeOf(r.Election, r.Instance)]
	if !found {
		return verdict{fmt.Errorf("there is no key of election %q, instance %x", r.Election, r.Instance)}
	}
	id := hex.EncodeToString(r.KeyID[:])
	if bad := refusalOf(signers, id, useFrames, r.Signed[:], r.Signature[:]); bad != 0 {
		return verdict{fmt.Errorf("key %s: %s", id, bad)}
	}
	return verdict{}
}

// Fate is what became of a receipt's ballot.
type Fate struct {
	Line     int    `json:"line"`
	BallotID string `json:"ballotId"`
	Choice   string `json:"choice"`
	// Outcome is counted, rejected, repeated, pending, missing, or unknown in a damaged partition.
	Outcome   string  `json:"outcome"`
	Reason    string  `json:"reason,omitempty"`
	Partition int     `json:"partition"`
	Position  *uint64 `json:"position,omitempty"`
	Detail    string  `json:"detail,omitempty"`

	index int
}

// Kept says whether the promise that a receipt shows was kept, as far as anybody can see.
func (f *Fate) Kept() bool { return f.Outcome != "missing" && f.Outcome != "unknown" }

// fates of the ballots in one frame, in no order.
type fates []*Fate

// receiptsByPromise finds them by the bytes that a frame's producer signed.
type receiptsByPromise map[[160]byte]fates

// add prepares to look for the ballots of receipts that hold.
func (r receiptsByPromise) add(lines []Line, candidates []string) (all fates) {
	for at := range lines {
		if lines[at].Err != nil {
			continue
		}
		receipt := &lines[at].Receipt
		id := receipt.Ballot.ID()
		fate := &Fate{
			Line: lines[at].Number, BallotID: hex.EncodeToString(id[:]), Outcome: "missing",
			Choice: "none of the candidates", Partition: receipt.Partition,
			Detail: "its frame is not in the log", index: receipt.Index,
		}
		if choice := receipt.Ballot.Choice(); choice < len(candidates) {
			fate.Choice = candidates[choice]
		}
		r[receipt.Signed] = append(r[receipt.Signed], fate)
		all = append(all, fate)
	}
	return all
}

// seen notes where a frame with receipts stands. What a segment decides about it comes after.
func (r receiptsByPromise) seen(frame *format.Frame, position uint64, refusal format.Refusal) {
	for _, fate := range r[frame.Signed] {
		switch {
		case fate.Position != nil:
		case refusal != 0:
			fate.Detail = fmt.Sprintf("the log has its frame at position %d, passed over as %s", position, refusal)
		default:
			fate.Position, fate.Outcome, fate.Detail = &position, "pending", ""
		}
	}
}

// decided notes what was decided about the ballot at this place of the frame, the first time that
// the frame stands in the log.
func (f fates) decided(index int, ballot *format.Ballot, result outcome, r *rule) {
	for _, fate := range f {
		if fate.index != index || fate.Outcome != "pending" {
			continue
		}
		decision, choice := result.decision, ballot.Choice()
		if result.retry {
			decision, choice = r.first(ballot)
		}
		switch {
		case choice != ballot.Choice():
			fate.Outcome, fate.Reason = "repeated", decision.String()
			fate.Detail = "another ballot with its id came before and chose otherwise"
		case decision == format.Counted:
			fate.Outcome = "counted"
		default:
			fate.Outcome, fate.Reason = "rejected", decision.String()
		}
	}
}

// lost marks the ballots of a partition that could not be verified to its end.
func (f fates) lost(unread map[int]bool) {
	for _, fate := range f {
		if unread[fate.Partition] && fate.Outcome == "missing" {
			fate.Outcome, fate.Detail = "unknown", "its partition is damaged"
		}
	}
}
