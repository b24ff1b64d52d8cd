package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"vote/verifier/check"
)

// shownLines is how many wrong lines are named to a person; --json has all.
const shownLines = 50

// receiptsResult is what `vote-verify receipts --json` prints.
type receiptsResult struct {
	Receipts int                `json:"receipts"`
	Hold     int                `json:"hold"`
	Broken   []check.BrokenLine `json:"broken"`
	Seconds  float64            `json:"seconds"`
}

func runReceipts(arguments []string, stdout io.Writer) (holds bool, err error) {
	options := newOptions("receipts")
	keysFile := options.set.String("keys", "", "")
	if err := options.parse(arguments, "file of receipts"); err != nil {
		return false, err
	}
	if *keysFile == "" {
		return false, errors.New("--keys FILE is missing: vote-keys.json, from /.well-known/vote-keys.json")
	}
	keys, err := check.ReadKeyring(*keysFile)
	if err != nil {
		return false, fmt.Errorf("%s: %w", *keysFile, err)
	}
	file, err := open(options.argument)
	if err != nil {
		return false, err
	}
	defer file.Close()
	started := time.Now()
	lines, err := check.ReadReceipts(file, keys)
	if err != nil {
		return false, err
	}
	if len(lines) == 0 {
		return false, fmt.Errorf("%s has no receipt in it", options.argument)
	}
	broken := check.Broken(lines)
	result := receiptsResult{len(lines), len(lines) - len(broken), broken, time.Since(started).Seconds()}
	if *options.json {
		return len(broken) == 0, printJSON(stdout, result)
	}
	printBroken(stdout, broken)
	fmt.Fprintf(stdout, "%s of %s receipts hold (%.2f s).\n",
		grouped(result.Hold), grouped(result.Receipts), result.Seconds)
	return len(broken) == 0, nil
}

func printBroken(out io.Writer, broken []check.BrokenLine) {
	for at, line := range broken {
		if at == shownLines {
			fmt.Fprintf(out, "✗ … and %s more lines\n", grouped(len(broken)-at))
			return
		}
		fmt.Fprintf(out, "✗ line %d: the receipt does not hold: %s\n", line.Line, plain(line.Reason))
	}
}
