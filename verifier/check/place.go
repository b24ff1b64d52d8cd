package check

import "fmt"

// The files of an export's registry.
const (
	manifestFile    = "manifest.json"
	recordFile      = "registry/election.json"
	trailFile       = "registry/trail.ndjson"
	certificateFile = "registry/certificate.json"
)

// place is where something does not hold. Change counts from 1; the other numbers are pointers
// because they count from 0.
type place struct {
	File      string  `json:"file,omitempty"`
	Change    int     `json:"change,omitempty"`
	Partition *int    `json:"partition,omitempty"`
	Segment   *uint64 `json:"segment,omitempty"`
	Position  *uint64 `json:"position,omitempty"`
	Ballot    *int    `json:"ballot,omitempty"`
}

// Finding is something that does not hold, and where. It is an error.
type Finding struct {
	place
	Detail string `json:"detail"`
}

func (p place) wrong(format string, values ...any) Finding {
	return Finding{p, fmt.Sprintf(format, values...)}
}

func (f Finding) Error() string {
	text := ""
	if f.File != "" {
		text += f.File + ", "
	}
	if f.Change > 0 {
		text += fmt.Sprintf("change %d, ", f.Change)
	}
	if f.Partition != nil {
		text += fmt.Sprintf("partition %d, ", *f.Partition)
	}
	if f.Segment != nil {
		text += fmt.Sprintf("segment %d, ", *f.Segment)
	}
	if f.Position != nil {
		text += fmt.Sprintf("position %d, ", *f.Position)
	}
	if f.Ballot != nil {
		text += fmt.Sprintf("ballot %d, ", *f.Ballot)
	}
	if text == "" {
		return f.Detail
	}
	return text[:len(text)-2] + ": " + f.Detail
}
