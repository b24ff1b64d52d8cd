package check

import (
	"errors"
	"io"
	"runtime"
	"sync"

	"vote/verifier/format"
)

// Votes are those of one candidate.
type Votes struct {
	Candidate string `json:"candidate"`
	Votes     uint64 `json:"votes"`
}

// Report is what came out of an export.
type Report struct {
	Election   string            `json:"election"`
	Title      string            `json:"title"`
	Status     string            `json:"status"`
	Partitions int               `json:"partitions"`
	Frames     uint64            `json:"frames"`
	Segments   uint64            `json:"segments"`
	Ballots    int               `json:"ballots"`
	Result     []Votes           `json:"result"`
	Counted    uint64            `json:"counted"`
	Rejected   map[string]uint64 `json:"rejected"`
	Unkept     uint64            `json:"unkept"`
	Retries    uint64            `json:"retriesAbsorbed"`
	Late       uint64            `json:"late"`
	Pending    int               `json:"pending"`
	TrailHead  string            `json:"trailHead"`
	Certified  bool              `json:"certified"`
	Agrees     bool              `json:"agrees"`
	Findings   []Finding         `json:"findings"`
	Receipts   *ReceiptReport    `json:"receipts,omitempty"`
	Log        *Published        `json:"log,omitempty"`
}

// CheckLog holds a published log against the export, if that has held so far.
func (r *Report) CheckLog(exported, published string) {
	if !r.Agrees {
		return
	}
	log, err := PublishedLog(exported, published)
	if err != nil {
		r.add(err)
		r.Agrees = false
	}
	r.Log = log
}

// ReceiptReport is what became of receipts.
type ReceiptReport struct {
	Receipts int            `json:"receipts"`
	Hold     int            `json:"hold"`
	Outcomes map[string]int `json:"outcomes"`
	Broken   []BrokenLine   `json:"broken"`
	Fates    []*Fate        `json:"fates"`
}

// Kept says whether every receipt holds, and no promise is broken.
func (r *ReceiptReport) Kept() bool {
	for _, fate := range r.Fates {
		if !fate.Kept() {
			return false
		}
	}
	return len(r.Broken) == 0
}

// BrokenLine is a line that is no receipt that holds.
type BrokenLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// Export verifies everything in a directory that `vote audit export` has written, and beside it
// what became of each receipt, if there are any. An error is about the receipts' file alone.
func Export(directory string, receipts io.Reader) (*Report, error) {
	report := &Report{Findings: []Finding{}, Rejected: map[string]uint64{}, Result: []Votes{}}
	x, err := openExport(directory)
	if err != nil {
		report.add(err)
		return report, nil
	}
	var lines []Line
	if receipts != nil {
		if lines, err = ReadReceipts(receipts, keyringOf(x.trail.last())); err != nil {
			return nil, err
		}
	}
	fates := x.receipts.add(lines, x.trail.last().candidates)
	partitions, damaged := x.checkPartitions(report)
	report.fill(x.trail, partitions)
	x.checkEnd(report, partitions, len(damaged) == 0)
	if receipts != nil {
		fates.lost(damaged)
		report.Receipts = receiptReport(lines, fates)
	}
	report.Agrees = len(report.Findings) == 0
	return report, nil
}

func (r *Report) add(err error) {
	var finding Finding
	if !errors.As(err, &finding) {
		finding.Detail = err.Error()
	}
	r.Findings = append(r.Findings, finding)
}

// checkPartitions verifies them side by side, on all cores. It says which are damaged, and of those
// whether they could not be read to their end.
func (x *export) checkPartitions(report *Report) ([]partition, map[int]bool) {
	damaged := map[int]bool{}
	e := x.trail.last()
	if len(x.partitions) != e.partitions {
		report.add(place{File: manifestFile}.wrong("it lists %d partitions, the election has %d",
			len(x.partitions), e.partitions))
		damaged[-1] = true
	}
	partitions := make([]partition, len(x.partitions))
	faults := make([]error, len(x.partitions))
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(x.partitions)) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for number := range next {
				partitions[number], faults[number] = checkPartition(x, number)
			}
		}()
	}
	for number := range x.partitions {
		next <- number
	}
	close(next)
	wait.Wait()
	for number, fault := range faults {
		if fault != nil {
			report.add(fault)
			damaged[number] = partitions[number].totals.Counted == nil
		}
	}
	return partitions, damaged
}

// checkEnd verifies what rests on the partitions.
func (x *export) checkEnd(report *Report, partitions []partition, whole bool) {
	e := x.trail.last()
	for _, p := range partitions {
		if p.hours.outside > 0 {
			report.add(p.hours.finding())
		}
	}
	if e.status < 2 {
		report.add(place{File: recordFile}.wrong("the election has not ended"))
	}
	certificate, found := x.registry[certificateFile]
	if found {
		if !whole || e.status < 2 {
			partitions = nil
		}
		if err := checkCertificate(certificate.text, x.trail, partitions); err != nil {
			report.add(err)
		} else {
			report.Certified = whole && e.status == 3
		}
	} else if e.status == 3 {
		report.add(place{File: certificateFile}.wrong("it is missing, though the election is certified"))
	}
	if len(report.Findings) == 0 {
		if err := x.checkRegistry(); err != nil {
			report.add(err)
		}
	}
}

func (r *Report) fill(t trail, partitions []partition) {
	e := t.last()
	r.Election, r.Title, r.Status = e.id, e.title, statuses[e.status]
	r.Partitions, r.TrailHead = len(partitions), hexOf(t[len(t)-1].hash)
	for _, id := range e.candidates {
		r.Result = append(r.Result, Votes{Candidate: id})
	}
	for _, p := range partitions {
		r.Frames, r.Segments, r.Ballots = r.Frames+p.records, r.Segments+p.segments, r.Ballots+p.ballots
		r.Pending += p.pending
		r.Retries += p.totals.RetriesAbsorbed
		for at, votes := range p.totals.Counted {
			r.Result[at].Votes += votes
			r.Counted += votes
		}
		for at, count := range p.totals.Rejected {
			if count > 0 {
				r.Rejected[format.Decision(at+1).String()] += count
			}
			r.Unkept += p.totals.Unkept[at]
		}
		if closed := format.ElectionClosed - 1; p.seal != nil {
			r.Late += p.totals.Rejected[closed] - p.seal.totals.Rejected[closed]
		}
	}
}

func receiptReport(lines []Line, all fates) *ReceiptReport {
	report := &ReceiptReport{
		Receipts: len(lines), Hold: len(all), Outcomes: map[string]int{}, Fates: all, Broken: Broken(lines),
	}
	for _, fate := range all {
		report.Outcomes[fate.Outcome]++
	}
	return report
}

// Broken are the lines that are no receipt that holds.
func Broken(lines []Line) []BrokenLine {
	broken := []BrokenLine{}
	for _, line := range lines {
		if line.Err != nil {
			broken = append(broken, BrokenLine{line.Number, line.Err.Error()})
		}
	}
	return broken
}
