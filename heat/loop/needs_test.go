package loop

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"clsh/heat/checker"
	"clsh/heat/fleet"
	"clsh/runner/sshtest"
)

// outages are times at which something is down.
type outages [][2]time.Duration

func (o outages) down(at time.Duration) bool {
	for _, span := range o {
		if at >= span[0] && at < span[1] {
			return true
		}
	}
	return false
}

// randomOutages returns outages of up to ten minutes, about one in half an hour.
func randomOutages(r *rand.Rand, day time.Duration) (all outages) {
	for at := time.Duration(0); at < day; {
		at += time.Duration(r.Int64N(int64(time.Hour)))
		end := at + time.Duration(r.Int64N(int64(10*time.Minute)))
		all = append(all, [2]time.Duration{at, end})
		at = end
	}
	return all
}

// A day with outages of db and of web, which needs it and is asked more often, at a threshold of one:
// web is never repaired while db is down, is repaired when it is down by itself, and db likewise.
func TestADayOfOutages(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		t.Helper()
		day, seeds := 4*time.Hour, uint64(1)
		if sshtest.Full() {
			day, seeds = 24*time.Hour, 5
		}
		for seed := range seeds {
			r := rand.New(rand.NewPCG(seed, 22))
			dbDown, webDown := randomOutages(r, day), randomOutages(r, day)
			db := newWorld(t, 0, "-i", "30", "--threshold", "2", "--recovery", "./recover", "true")
			web := newWorld(t, 0, "-i", "7", "--threshold", "1", "--recovery", "./recover", "true")
			begin := time.Now()
			db.check = func(int) (checker.Report, time.Duration) {
				return map[bool]checker.Report{true: bad(1), false: good()}[dbDown.down(time.Since(begin))], 0
			}
			web.check = func(int) (checker.Report, time.Duration) {
				now := time.Since(begin)
				return map[bool]checker.Report{true: bad(1), false: good()}[webDown.down(now) || dbDown.down(now)], 0
			}
			webRepairs, dbRepairs := 0, 0
			web.hook = func(string) (int, time.Duration) {
				webRepairs++
				if now := time.Since(begin); dbDown.down(now) || !webDown.down(now) {
					t.Errorf("seed %d: web is repaired at %v; db is down: %v, web is: %v", seed, now, dbDown.down(now), webDown.down(now))
				}
				return 0, time.Second
			}
			db.hook = func(string) (int, time.Duration) { dbRepairs++; return 0, time.Second }
			board := fleet.NewBoard()
			db.loop.Join(t.Context(), board, "db", nil, begin)
			web.loop.Join(t.Context(), board, "web", []string{"db"}, begin)
			var wg sync.WaitGroup
			wg.Go(func() { db.loop.Run() })
			wg.Go(func() { web.loop.Run() })
			<-time.After(day)
			web.cancel()
			synctest.Wait()
			db.cancel()
			wg.Wait()
			held := strings.Count(web.out.String(), "Unknown: needs db\n")
			if webRepairs == 0 || dbRepairs == 0 || held == 0 {
				t.Errorf("seed %d: %d repairs of web, %d of db, web was held %d times", seed, webRepairs, dbRepairs, held)
			}
			t.Logf("%d repairs of web, %d of db; web was held %d times in %d checks", webRepairs, dbRepairs, held, len(web.begins))
		}
	})
}
