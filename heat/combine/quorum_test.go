package combine

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// votes reads u up, d down, and . no vote.
func votes(text string) (all []Vote) {
	for _, c := range text {
		all = append(all, map[rune]Vote{'u': Up, 'd': Down, '.': NoVote}[c])
	}
	return all
}

// TestTally has every vote of three places, up to their order, and the edges of shares.
func TestTally(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		votes, quorum, voters string
		want                  State
	}{
		{"uuu", ">18%", "50%", Good}, {"uud", ">18%", "50%", Good}, {"udd", ">18%", "50%", Good}, {"ddd", ">18%", "50%", Failing},
		{"uu.", ">18%", "50%", Good}, {"ud.", ">18%", "50%", Good}, {"dd.", ">18%", "50%", Failing},
		{"u..", ">18%", "50%", Unknown}, {"d..", ">18%", "50%", Unknown}, {"...", ">18%", "50%", Unknown},
		{"udd", ">=50%", "50%", Failing}, {"uud", ">=50%", "50%", Good}, {"ud.", ">=50%", "50%", Good}, {"ud.", ">50%", "50%", Failing},
		{"d..", ">18%", "1", Failing}, {"u..", ">18%", "1", Good}, {"...", ">18%", "1", Unknown},
		{"dd.", ">18%", "3", Unknown}, {"dd.", ">18%", "67%", Unknown}, {"dd.", ">18%", "66%", Failing},
		{"uud", ">=100%", "50%", Failing}, {"uuu", ">=100%", "50%", Good}, {"ddu", ">0%", "1", Good},
		{"uudddddddd", ">18%", "50%", Good}, {"udddddddddd", ">18%", "50%", Failing}, {"dd..", ">18%", "50%", Failing},
	} {
		quorum, err := ParseQuorum(tt.quorum)
		if err != nil {
			t.Fatal(err)
		}
		voters, err := ParseVoters(tt.voters, len(tt.votes))
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _ := Tally(votes(tt.votes), quorum, voters); got != tt.want {
			t.Errorf("%s, quorum %s, voters %s: state %d, want %d", tt.votes, tt.quorum, tt.voters, got, tt.want)
		}
	}
}

// TestPlace has the checks of a place, g good, b bad, l lost, and its votes after them.
func TestPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rise, fall   int
		checks, want string
	}{
		{1, 1, "gbgblg", "udud.u"},
		{2, 3, "ggbbbggbg", ".uuudduuu"},
		{2, 3, "bbgbbbg", ".....dd"},
		{1, 2, "gbglbbb", "uuu..dd"},
		{3, 1, "bggbggg", "ddddddu"},
	} {
		var p Place
		got := ""
		for _, c := range tt.checks {
			if p = p.Observe(PlaceRules{tt.rise, tt.fall}, c == 'g'); c == 'l' {
				p = Place{}
			}
			got += map[Vote]string{Up: "u", Down: "d", NoVote: "."}[p.Vote]
		}
		if got != tt.want {
			t.Errorf("rise %d, fall %d: %s gives %s, want %s", tt.rise, tt.fall, tt.checks, got, tt.want)
		}
	}
}

func TestParseShares(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		">18%": true, ">=50%": true, ">0%": true, ">=100%": true, ">=0%": false, ">100%": false, "18%": false, ">18": false, ">": false, "": false, ">-1%": false, "> 18%": false,
	} {
		if _, err := ParseQuorum(text); (err == nil) != ok {
			t.Errorf("quorum %q: %v", text, err)
		}
	}
	for text, ok := range map[string]bool{"1": true, "3": true, "4": false, "0": false, "50%": true, "100%": true, "101%": false, "0%": false, "": false, "half": false} {
		if _, err := ParseVoters(text, 3); (err == nil) != ok {
			t.Errorf("voters %q: %v", text, err)
		}
	}
}

// FuzzTally looks for a failure that fewer voters report than must, or that nobody reports; for one
// that a vote Up makes; and for a state that depends on how many places are lost, beyond their number.
func FuzzTally(f *testing.F) {
	f.Add([]byte("uud"), byte(18), byte(2))
	f.Add([]byte("d..dd"), byte(99), byte(3))
	f.Fuzz(func(t *testing.T, text []byte, percent, fewest byte) {
		if len(text) == 0 || len(text) > 200 {
			return
		}
		all := make([]Vote, len(text))
		downs, given := 0, []Vote{}
		for i, c := range text {
			if all[i] = Vote(c % 3); all[i] != NoVote {
				given = append(given, all[i])
			}
			if all[i] == Down {
				downs++
			}
		}
		must := 1 + int(fewest)%len(all)
		quorum, voters := Share{int(percent % 100), true, true}, Share{n: must}
		state, voted, up := Tally(all, quorum, voters)
		if voted != len(given) || up != voted-downs {
			t.Fatalf("%v: %d voted, %d up", all, voted, up)
		}
		switch {
		case state == Failing && (voted < must || downs == 0):
			t.Fatalf("%v fails with %d voters of %d that must vote", all, voted, must)
		case (state == Unknown) != (voted < must):
			t.Fatalf("%v: state %d with %d voters of %d", all, state, voted, must)
		case state != Unknown:
			if alone, _, _ := Tally(given, quorum, Share{n: 1}); alone != state {
				t.Fatalf("%v: state %d, the voters alone say %d", all, state, alone)
			}
		}
		for i, v := range all {
			if all[i] = Up; state == Good && v == Down {
				if better, _, _ := Tally(all, quorum, voters); better != Good {
					t.Fatalf("%v: another vote up makes it %d", all, better)
				}
			}
			all[i] = v
		}
	})
}

// The table of docs/heat.md has every partition of three places, and what becomes of it.
func TestTableOfDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/heat.md")
	if err != nil {
		t.Fatal(err)
	}
	quorum, err := ParseQuorum(">18%")
	if err != nil {
		t.Fatal(err)
	}
	words := map[State]string{Good: "good", Failing: "failed, repaired", Unknown: "unknown"}
	for lost := range 4 {
		for down := range 4 - lost {
			up := 3 - down - lost
			state, _, _ := Tally(votes(strings.Repeat("u", up)+strings.Repeat("d", down)+strings.Repeat(".", lost)), quorum, Share{n: 50, percent: true})
			if row := fmt.Sprintf("\n| %d | %d | %d | %s |\n", up, down, lost, words[state]); !strings.Contains(string(text), row) {
				t.Errorf("docs/heat.md lacks the row %q", row)
			}
		}
	}
}
