package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"clsh/runner/event"
)

// What is put together by hand is what encoding/json makes of it: a host's end that has anything
// more than its code and its duration is not.
func TestPlainExitHasAll(t *testing.T) {
	t.Parallel()
	results := []event.Result{{Outcome: event.Exited}, {Outcome: event.Exited, Code: 3, Duration: 1234 * time.Millisecond, Attempts: 1}}
	all := reflect.TypeFor[event.Result]()
	for i := range all.NumField() {
		r := event.Result{Outcome: event.Exited}
		switch f := reflect.ValueOf(&r).Elem().Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString("x")
		case reflect.Slice:
			f.Set(reflect.ValueOf([]string{"x (1)"}))
		case reflect.Uint8:
			f.SetUint(uint64(event.Lost))
		default:
			f.SetInt(2)
		}
		results = append(results, r)
	}
	plain := 0
	for _, r := range results {
		e := event.Event{Kind: event.Ended, Host: 7, Result: &r}
		want, err := json.Marshal(newExit("n7", e))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := appendExit(nil, []byte(`"n7"`), e)
		if !ok {
			continue
		}
		plain++
		if string(got) != string(want)+"\n" {
			t.Errorf("by hand %swant    %s", got, want)
		}
	}
	if plain < 4 {
		t.Errorf("only %d of %d are put together by hand", plain, len(results))
	}
}

// FuzzPlain: what is taken apart by hand is what encoding/json reads.
func FuzzPlain(f *testing.F) {
	exit, _ := appendExit(nil, []byte(`"n1"`), event.Event{Host: 12, Result: &event.Result{Outcome: event.Exited, Code: 3}})
	for _, text := range []string{
		string(exit), string(appendStart(nil, []byte(`"n1"`), 12)), string(appendStart(nil, []byte(`"n\u0031"`), 1)),
		`{"type":"start","host":"n1","at_ms":012}` + "\n", `{"type":"start","host":"n1","at_ms":9999999999}` + "\n",
		`{"type":"start","host":"n1","at_ms":}` + "\n", `{"type":"start","host":"n1","at_ms":1},"host":"n2"}` + "\n",
		`{"type":"exit","host":"n1","rank":1,"outcome":"exited","code":-1,"duration_ms":1,"reason":""}` + "\n",
		`{"type":"line","host":"n1","stream":"stdout","data":"x","eol":false}` + "\n",
		string(appendAgain(nil, []byte(`"n1"`), event.Stderr, 7)), `{"type":"again","host":"n1","stream":"","line":7}` + "\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, ok := plainStart(text); ok {
			var want startObject
			if err := json.Unmarshal(text, &want); err != nil || got != want {
				t.Errorf("%s: %+v, want %+v (%v)", text, got, want, err)
			}
		}
		if got, ok := plainExit(text); ok {
			var want exitObject
			if err := json.Unmarshal(text, &want); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, want %+v (%v)", text, got, want, err)
			}
		}
		if got, ok := plainAgain(text); ok {
			var want againObject
			if err := json.Unmarshal(text, &want); err != nil || got != want {
				t.Errorf("%s: %+v, want %+v (%v)", text, got, want, err)
			}
		}
		if l, ok := plainLine(text); ok {
			var want lineObject
			got := fmt.Sprint(string(l.host), streamName(l.stream), string(l.data), l.eol)
			if err := json.Unmarshal(text, &want); err != nil || want.Data == nil || got != fmt.Sprint(want.Host, want.Stream, *want.Data, want.EOL == nil) {
				t.Errorf("%s: %s, want %+v (%v)", text, got, want, err)
			}
		}
	})
}
