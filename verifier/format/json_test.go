package format

import "testing"

func TestCanonicalJSON(t *testing.T) {
	// Sorted by UTF-16: 😀 is a surrogate pair and comes before ﬁ, which a sort of UTF-8 puts first.
	text := `{ "ﬁ": [1, true, null], "😀": "\u00e9\u000a\u001f\"\\/", "a": {"c": -1, "b": {}} }`
	object, err := ParseObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":{"b":{},"c":-1},"😀":"é\n\u001f\"\\/","ﬁ":[1,true,null]}`
	if got := Canonical(object); got != want {
		t.Errorf("it is %s, not %s", got, want)
	}
}

func TestWhatIsNoRecord(t *testing.T) {
	for _, text := range []string{
		"", "[]", "1", "{", `{"a":1}{}`, `{"a":1,"a":2}`, `{"a":1.5}`, `{"a":1e3}`, `{"a":-0}`,
		`{"a":9007199254740992}`, "{\"a\":\"\xff\"}", `{"a":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}`,
	} {
		if object, err := ParseObject([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, object)
		}
	}
}

func TestNamesAreReadAsTheyAreWritten(t *testing.T) {
	object, err := ParseObject([]byte(`{"ID":"other","id":"one"}`))
	if err != nil {
		t.Fatal(err)
	}
	if id := FieldsOf(object).Text("id"); id != "one" {
		t.Errorf("id is %q", id)
	}
	if fields := FieldsOf(object); fields.Text("Id") != "" || fields.Err == nil {
		t.Error("a missing field is read")
	}
}
