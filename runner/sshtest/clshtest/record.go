package clshtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
)

// Attacker begins the script of a host that knows the agent's nonce, as who can
// read the list of processes there does: m says a mark on both streams, many says
// it 20,000 times, or $times, on one.
const Attacker = `[ "$command" ] || exit 0
eval "set -- ${command#*exec sh -c }"
nonce=$3
m() { printf '\036%s %s\n' "$nonce" "$1"; printf '\036%s %s\n' "$nonce" "$1" >&2; }
many() { awk -v n="$nonce" -v w="$1" -v times="${times:-20000}" 'BEGIN { for (i = 0; i < times; i++) printf "\036%s %s\n", n, w }'; }
`

// Outcomes reads a record: for each host how it ended, as often as that is told,
// and its standard output; and the summary.
func Outcomes(t *testing.T, record io.Reader) (ends map[string][]string, said map[string]string, summary map[string]any) {
	t.Helper()
	ends, said = map[string][]string{}, map[string]string{}
	for d := json.NewDecoder(record); ; {
		var o map[string]any
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return ends, said, summary
		}
		if err != nil {
			t.Fatalf("read the record: %v", err)
		}
		host, _ := o["host"].(string)
		switch o["type"] {
		case "line":
			text, _ := o["data"].(string)
			if o["stream"] == "stdout" {
				said[host] += text + "\n"
			}
		case "exit":
			end := fmt.Sprint(o["outcome"])
			if code, ok := o["code"]; ok {
				end += fmt.Sprintf(" %v", code)
			}
			if o["confirmed"] == false {
				end += ", end not confirmed"
			}
			ends[host] = append(ends[host], end)
		case "summary":
			if summary != nil {
				t.Error("a second summary")
			}
			summary = o
		}
	}
}
