package format

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// Fields takes a JSON object apart. The first field that is missing or of another type is kept in
// Err, and everything after it reads as empty.
type Fields struct {
	object Object
	Err    error
}

// FieldsOf reads a value that has to be an object.
func FieldsOf(value any) *Fields {
	object, ok := value.(Object)
	if !ok {
		return &Fields{Err: fmt.Errorf("%s is no object", Canonical(value))}
	}
	return &Fields{object: object}
}

// Has says whether the object has a field of this name.
func (f *Fields) Has(name string) bool {
	_, found := f.object[name]
	return found
}

// Value is the field as it is.
func (f *Fields) Value(name string) any {
	value, found := f.object[name]
	if !found {
		f.fail(name, "missing")
	}
	return value
}

// Text is the field's text.
func (f *Fields) Text(name string) string {
	text, ok := f.Value(name).(string)
	if !ok {
		f.fail(name, "no text")
	}
	return text
}

// Whole is the field's whole number, which is not negative.
func (f *Fields) Whole(name string) int64 {
	whole, ok := f.Value(name).(int64)
	if !ok || whole < 0 {
		f.fail(name, "no whole number from 0")
	}
	return whole
}

// List is the field's list.
func (f *Fields) List(name string) []any {
	list, ok := f.Value(name).([]any)
	if !ok {
		f.fail(name, "no list")
	}
	return list
}

// Bytes are the field's, so many of them, in lower-case hexadecimal.
func (f *Fields) Bytes(name string, size int) []byte {
	text := f.Text(name)
	bytes, err := hex.DecodeString(text)
	if err != nil || len(bytes) != size || hex.EncodeToString(bytes) != text {
		f.fail(name, fmt.Sprintf("not %d bytes in lower-case hexadecimal", size))
		return make([]byte, size)
	}
	return bytes
}

// Base64 are the field's bytes, so many of them, in base64url without padding.
func (f *Fields) Base64(name string, size int) []byte {
	text := f.Text(name)
	bytes, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(bytes) != size || base64.RawURLEncoding.EncodeToString(bytes) != text {
		f.fail(name, fmt.Sprintf("not %d bytes in base64url", size))
		return make([]byte, size)
	}
	return bytes
}

func (f *Fields) fail(name, what string) {
	if f.Err == nil {
		f.Err = fmt.Errorf("%q is %s", name, what)
	}
}
