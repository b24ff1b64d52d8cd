package main

import (
	"fmt"
	"io"
	"os"
	"sort"
	"time"

	"vote/verifier/check"
)

// exportResult is what `vote-verify export --json` prints.
type exportResult struct {
	*check.Report
	Seconds float64 `json:"seconds"`
}

func runExport(arguments []string, stdout io.Writer) (holds bool, err error) {
	options := newOptions("export")
	receiptsFile := options.set.String("receipts", "", "")
	logDirectory := options.set.String("log", "", "")
	if err := options.parse(arguments, "directory"); err != nil {
		return false, err
	}
	if info, err := os.Stat(options.argument); err != nil {
		return false, err
	} else if !info.IsDir() {
		return false, fmt.Errorf("%s is no directory", options.argument)
	}
	var receipts io.Reader
	if *receiptsFile != "" {
		file, err := open(*receiptsFile)
		if err != nil {
			return false, err
		}
		defer file.Close()
		receipts = file
	}
	started := time.Now()
	report, err := check.Export(options.argument, receipts)
	if err != nil {
		return false, err
	}
	if *logDirectory != "" {
		report.CheckLog(options.argument, *logDirectory)
	}
	result := exportResult{report, time.Since(started).Seconds()}
	holds = report.Agrees && (report.Receipts == nil || report.Receipts.Kept())
	if *options.json {
		return holds, printJSON(stdout, result)
	}
	printReport(stdout, result)
	return holds, nil
}

func printReport(out io.Writer, r exportResult) {
	if r.Election != "" {
		fmt.Fprintf(out, "Election %s: %s (%s)\n", r.Election, plain(r.Title), r.Status)
		fmt.Fprintf(out, "  %s ballots decided again, from %s frames, against %s segments in %d partitions (%.2f s)\n\n",
			grouped(r.Ballots), grouped(r.Frames), grouped(r.Segments), r.Partitions, r.Seconds)
	}
	if !r.Agrees {
		for _, finding := range r.Findings {
			fmt.Fprintf(out, "✗ %s\n", plain(finding.Error()))
		}
		fmt.Fprintln(out, "\nThe evidence does not hold. No result is taken from it.")
	} else {
		printResult(out, r)
	}
	if r.Receipts != nil {
		printFates(out, r.Receipts)
	}
}

func printResult(out io.Writer, r exportResult) {
	for _, one := range r.Result {
		fmt.Fprintf(out, "  %-32s %14s\n", one.Candidate, grouped(one.Votes))
	}
	fmt.Fprintf(out, "\n  %-32s %14s\n", "counted", grouped(r.Counted))
	for _, reason := range sortedNames(r.Rejected) {
		fmt.Fprintf(out, "  %-32s %14s\n", "rejected: "+reason, grouped(r.Rejected[reason]))
	}
	fmt.Fprintf(out, "  %-32s %14s\n", "repeated, and absorbed", grouped(r.Retries))
	fmt.Fprintln(out, "\n✓ trail, frames, log digests and segments hold, and each decision is the rule's")
	if r.Certified {
		fmt.Fprintln(out, "✓ the certificate says the same, field by field, and an admin's key has signed it")
	} else {
		fmt.Fprintln(out, "· there is no official result yet")
	}
	if r.Log != nil {
		fmt.Fprintf(out, "✓ the published log has exactly these decisions, %s leaves\n", grouped(int(r.Log.Size)))
		fmt.Fprintf(out, "  log root    %s\n", r.Log.Root)
	}
	fmt.Fprintf(out, "  trail head  %s\n", r.TrailHead)
}

func printFates(out io.Writer, r *check.ReceiptReport) {
	fmt.Fprintln(out)
	printBroken(out, r.Broken)
	shown := 0
	for _, fate := range r.Fates {
		if fate.Kept() {
			continue
		}
		if shown++; shown <= shownLines {
			fmt.Fprintf(out, "✗ line %d: ballot %s is %s: %s\n", fate.Line, fate.BallotID, fate.Outcome, plain(fate.Detail))
		}
	}
	if shown > shownLines {
		fmt.Fprintf(out, "✗ … and %s more ballots\n", grouped(shown-shownLines))
	}
	fmt.Fprintf(out, "%s of %s receipts hold. What became of their ballots:\n", grouped(r.Hold), grouped(r.Receipts))
	for _, outcome := range sortedNames(r.Outcomes) {
		fmt.Fprintf(out, "  %-32s %14s\n", outcome, grouped(r.Outcomes[outcome]))
	}
}

func sortedNames[V any](values map[string]V) []string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
