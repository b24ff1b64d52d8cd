package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// grouped writes a count with commas: 12,345.
func grouped[N int | uint64](n N) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// plain is a text of the evidence without what could steer a terminal.
func plain(text string) string {
	return strings.Map(func(char rune) rune {
		if unicode.IsPrint(char) {
			return char
		}
		return '\uFFFD'
	}, text)
}
