package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// member is a member of a JSON object.
type member struct {
	key   string
	value json.RawMessage
}

// members returns the members of a JSON object in their order, which a map would lose. A key that
// occurs twice is an error: Python would drop the first one.
func members(data []byte) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("invalid JSON: %w", err)
		}
		return nil, errors.New("not a JSON object")
	}
	var all []member
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("invalid JSON: %w", err)
		}
		m := member{key: token.(string)} //nolint:forcetypeassert // Token returns no other key
		if err := decoder.Decode(&m.value); err != nil {
			return nil, fmt.Errorf("invalid JSON: %w", err)
		}
		if err := checkText(m.key); err != nil {
			return nil, err
		}
		if seen[m.key] {
			return nil, fmt.Errorf("%q occurs twice", m.key)
		}
		seen[m.key] = true
		all = append(all, m)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, fmt.Errorf("invalid JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return all, nil
}

// checkText refuses a name for which JSON has no text: encoding/json puts U+FFFD where half of a
// surrogate pair is, so that two names could become one.
func checkText(name string) error {
	if strings.ContainsRune(name, utf8.RuneError) {
		return fmt.Errorf("%q is not text: it has a character that is not Unicode", name)
	}
	return nil
}

// names returns the elements of a JSON array of names.
func names(data []byte) ([]string, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil || items == nil {
		return nil, errors.New("not a list of names")
	}
	all := make([]string, len(items))
	for i, item := range items {
		if len(item) == 0 || item[0] != '"' || json.Unmarshal(item, &all[i]) != nil {
			return nil, fmt.Errorf("element %d is not a name", i+1)
		}
		if err := checkText(all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Value is the value of a variable.
type Value struct {
	Text string
	// Problem says why the value is no text, or is empty.
	Problem string
}

// Marks that Ansible puts around a value (ansible.parsing.ajson).
const (
	unsafeMark = "__ansible_unsafe" // text from a source that is not to be templated
	vaultMark  = "__ansible_vault"  // text that is encrypted
)

// parseValue returns a variable's value; set is false for null.
func parseValue(data json.RawMessage) (v Value, set bool) {
	var parsed any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	_ = decoder.Decode(&parsed) // members has read it, so it is valid
	switch value := parsed.(type) {
	case nil:
		return Value{}, false
	case string:
		return Value{Text: value}, true
	case json.Number:
		if n, err := value.Int64(); err == nil {
			return Value{Text: strconv.FormatInt(n, 10)}, true
		}
		return Value{Problem: "is not a whole number"}, true
	case map[string]any:
		if text, ok := value[unsafeMark].(string); ok && len(value) == 1 {
			return Value{Text: text}, true
		}
		if _, encrypted := value[vaultMark]; encrypted {
			return Value{Problem: "is encrypted"}, true
		}
	}
	return Value{Problem: "is not text"}, true
}
