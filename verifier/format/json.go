package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Object is a JSON object whose numbers are whole: int64 beside string, bool, nil, []any, Object.
// Names are as they were written; Go's own decoding into structs would not mind their case.
type Object = map[string]any

const (
	maxSafe  = 1<<53 - 1
	maxDepth = 16
)

// ParseObject reads one JSON object and nothing after it. No name may stand twice.
func ParseObject(b []byte) (Object, error) {
	if !utf8.Valid(b) {
		return nil, errors.New("it is not UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.UseNumber()
	value, err := parseValue(decoder, 0)
	if err != nil {
		return nil, fmt.Errorf("it is not the JSON that it should be: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows its JSON")
	}
	object, ok := value.(Object)
	if !ok {
		return nil, errors.New("it is no JSON object")
	}
	return object, nil
}

func parseValue(decoder *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("it is nested too deeply")
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return parseMembers(decoder, depth+1)
		}
		return parseElements(decoder, depth+1)
	case json.Number:
		whole, err := strconv.ParseInt(token.String(), 10, 64)
		if err != nil || whole > maxSafe || whole < -maxSafe || token == "-0" {
			return nil, fmt.Errorf("%s is not a whole number within 2^53", token)
		}
		return whole, nil
	}
	return token, nil
}

func parseMembers(decoder *json.Decoder, depth int) (any, error) {
	object := Object{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string)
		if _, twice := object[name]; twice {
			return nil, fmt.Errorf("%q stands twice", name)
		}
		if object[name], err = parseValue(decoder, depth); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return object, err
}

func parseElements(decoder *json.Decoder, depth int) (any, error) {
	list := []any{}
	for decoder.More() {
		value, err := parseValue(decoder, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := decoder.Token()
	return list, err
}

// Canonical is the value as RFC 8785 writes it.
func Canonical(value any) string {
	var text strings.Builder
	writeCanonical(&text, value)
	return text.String()
}

func writeCanonical(text *strings.Builder, value any) {
	switch value := value.(type) {
	case Object:
		writeMembers(text, value)
	case []any:
		text.WriteByte('[')
		for at, one := range value {
			if at > 0 {
				text.WriteByte(',')
			}
			writeCanonical(text, one)
		}
		text.WriteByte(']')
	case string:
		writeString(text, value)
	default: // int64, int, bool
		if value == nil {
			value = "null"
		}
		fmt.Fprint(text, value)
	}
}

func writeMembers(text *strings.Builder, object Object) {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	sort.Slice(names, func(a, b int) bool { return lessByUTF16(names[a], names[b]) })
	text.WriteByte('{')
	for at, name := range names {
		if at > 0 {
			text.WriteByte(',')
		}
		writeString(text, name)
		text.WriteByte(':')
		writeCanonical(text, object[name])
	}
	text.WriteByte('}')
}

// lessByUTF16 sorts as RFC 8785 does: by UTF-16 code units, not by bytes of UTF-8.
func lessByUTF16(a, b string) bool {
	left, right := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for at := range min(len(left), len(right)) {
		if left[at] != right[at] {
			return left[at] < right[at]
		}
	}
	return len(left) < len(right)
}

var escapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`,
}

func writeString(text *strings.Builder, value string) {
	text.WriteByte('"')
	for _, char := range value {
		if escape, found := escapes[char]; found {
			text.WriteString(escape)
		} else if char < 0x20 {
			fmt.Fprintf(text, `\u%04x`, char)
		} else {
			text.WriteRune(char)
		}
	}
	text.WriteByte('"')
}
