// Command vote-verify checks the evidence of an election: receipts, and what `vote audit export` has
// written. It was written from docs/formats.md alone, and shares no code with the program that it checks.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

// Exit codes: damage and forgery are told from wrong usage.
const (
	exitHolds  = 0
	exitUsage  = 2
	exitBroken = 3
)

const usage = `vote-verify checks an election's evidence without the program that made it.

  vote-verify receipts --keys FILE RECEIPTS    each line of RECEIPTS (or -) is a receipt;
                                               FILE is /.well-known/vote-keys.json
  vote-verify export [--receipts FILE] [--log LOG] DIR
                                               everything that vote audit export wrote,
                                               what became of each receipt, and whether LOG,
                                               by vote audit publish, has these decisions

With --json before the last argument it prints JSON. It exits with 0 if everything holds,
with 3 if something does not, with 2 if it cannot do what was asked.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run carries out one command and returns its exit code.
func run(arguments []string, stdout, stderr io.Writer) int {
	if len(arguments) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	var holds bool
	var err error
	switch arguments[0] {
	case "receipts":
		holds, err = runReceipts(arguments[1:], stdout)
	case "export":
		holds, err = runExport(arguments[1:], stdout)
	case "help", "-h", "--help":
		fmt.Fprint(stdout, usage)
		return exitHolds
	default:
		err = fmt.Errorf("%q is no command of vote-verify", arguments[0])
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return exitHolds
	case err != nil:
		fmt.Fprintf(stderr, "Error: %v\nSee: vote-verify --help\n", err)
		return exitUsage
	case !holds:
		return exitBroken
	}
	return exitHolds
}

// options are a command's flags and its one argument.
type options struct {
	set      *flag.FlagSet
	json     *bool
	argument string
}

func newOptions(command string) *options {
	set := flag.NewFlagSet(command, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return &options{set: set, json: set.Bool("json", false, "")}
}

func (o *options) parse(arguments []string, what string) error {
	if err := o.set.Parse(arguments); err != nil {
		return err
	}
	if o.set.NArg() != 1 {
		return fmt.Errorf("vote-verify %s takes one %s, after its flags", o.set.Name(), what)
	}
	o.argument = o.set.Arg(0)
	return nil
}

// open opens a file, or standard input for -.
func open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, fmt.Errorf("%s is a directory", name)
	}
	return file, nil
}
