package check

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"vote/verifier/format"
)

// exported is a .bin file and what the manifest says about it.
type exported struct {
	name string
	sums fileSums
}

// exportedPartition are the two files of a partition.
type exportedPartition struct{ segments, frames exported }

// registryFile is a file of the registry, and whether it is as the manifest says.
type registryFile struct {
	text   []byte
	listed bool
}

// export is a directory that `vote audit export` has written.
type export struct {
	directory  string
	registry   map[string]registryFile
	partitions []exportedPartition
	trail      trail
	receipts   receiptsByPromise
}

// openExport reads the manifest and the registry's files, and verifies that no file is missing or added.
func openExport(directory string) (*export, error) {
	here := place{File: manifestFile}
	text, err := os.ReadFile(filepath.Join(directory, manifestFile))
	if err != nil {
		return nil, here.wrong("it cannot be read, so this is no export, or none that is finished: %v", err)
	}
	object, err := format.ParseObject(text)
	if err != nil {
		return nil, here.wrong("%v", err)
	}
	fields := format.FieldsOf(object)
	if version := fields.Whole("export"); fields.Err == nil && version != 1 {
		return nil, here.wrong("export version %d, not 1", version)
	}
	fields.Text("election")
	registry, partitions := fields.List("registry"), fields.List("partitions")
	if fields.Err != nil {
		return nil, here.wrong("%v", fields.Err)
	}
	x := &export{directory: directory, registry: map[string]registryFile{}, receipts: receiptsByPromise{}}
	for _, value := range registry {
		if err := x.readRegistry(value); err != nil {
			return nil, err
		}
	}
	for number, value := range partitions {
		if err := x.readPartition(number, value); err != nil {
			return nil, here.wrong("%v", err)
		}
	}
	if err := x.findOthers(); err != nil {
		return nil, err
	}
	x.trail, err = readTrail(x.registry[trailFile].text, x.registry[recordFile].text)
	if err == nil && x.trail.last().id != fields.Text("election") {
		err = here.wrong("it names election %q, but the trail is that of %q", object["election"], x.trail.last().id)
	}
	return x, err
}

// readRegistry reads one file of the registry. Whether it is what the manifest says is asked only
// once the trail and the certificate have been verified, which names the place.
func (x *export) readRegistry(value any) error {
	fields := format.FieldsOf(value)
	name, size := fields.Text("name"), fields.Whole("bytes")
	hash := format.Hash(fields.Bytes("sha256", 32))
	if fields.Err == nil && name != recordFile && name != trailFile && name != certificateFile {
		fields.Err = fmt.Errorf("%q is no file of the registry", name)
	}
	if fields.Err != nil {
		return place{File: manifestFile}.wrong("%v", fields.Err)
	}
	text, err := os.ReadFile(filepath.Join(x.directory, name))
	if err != nil {
		return place{File: name}.wrong("it cannot be read: %v", err)
	}
	x.registry[name] = registryFile{text, int64(len(text)) == size && sha256.Sum256(text) == hash}
	return nil
}

// checkRegistry finds a file of the registry that is not the one that the manifest describes.
func (x *export) checkRegistry() error {
	for name, file := range x.registry {
		if !file.listed {
			return place{File: name}.wrong("it is not the file that the manifest describes")
		}
	}
	return nil
}

func (x *export) readPartition(number int, value any) error {
	fields := format.FieldsOf(value)
	if listed := fields.Whole("partition"); fields.Err == nil && listed != int64(number) {
		return fmt.Errorf("it lists partition %d in the place of %d", listed, number)
	}
	var files [2]exported
	for at, kind := range []string{"segments", "frames"} {
		file := format.FieldsOf(fields.Value(kind))
		files[at] = exported{file.Text("name"), fileSums{
			uint64(file.Whole("bytes")), uint64(file.Whole("records")), uint64(file.Whole("end")),
			uint64(file.Whole("lastAt")), format.Hash(file.Bytes("sha256", 32)),
		}}
		if file.Err != nil {
			return fmt.Errorf("partition %d, %s: %w", number, kind, file.Err)
		}
		if want := fmt.Sprintf("%s/%04d.bin", kind, number); files[at].name != want {
			return fmt.Errorf("it lists %q in the place of %s", files[at].name, want)
		}
	}
	x.partitions = append(x.partitions, exportedPartition{files[0], files[1]})
	return fields.Err
}

// findOthers finds files that the manifest does not list: an unfinished export's, or of a chain in
// a partition that does not exist.
func (x *export) findOthers() error {
	for _, folder := range []string{"frames", "segments", "registry"} {
		entries, err := os.ReadDir(filepath.Join(x.directory, folder))
		if err != nil {
			return place{File: folder}.wrong("it cannot be read: %v", err)
		}
		listed := map[string]bool{}
		for file := range x.registry {
			listed[file] = true
		}
		for _, one := range x.partitions {
			listed[one.segments.name], listed[one.frames.name] = true, true
		}
		for _, entry := range entries {
			if file := folder + "/" + entry.Name(); !listed[file] {
				return place{File: file}.wrong("the manifest does not list it")
			}
		}
	}
	return nil
}
