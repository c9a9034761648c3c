package hosts

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"
)

// keepAnswers is how long an answer is kept by default: ClusterShell's cache_time.
const keepAnswers = time.Hour

// Answers keeps what the commands of group sources and inventories have printed, in memory, for
// further selections of the same process. The zero value is empty. It may be used by several
// goroutines.
type Answers struct {
	mu   sync.Mutex
	kept map[string]answer
}

type answer struct {
	text    []byte
	expires time.Time
}

// errNoCommands is the error of a System that runs no commands.
var errNoCommands = errors.New("commands of group sources cannot be run here")

// ask runs a command, or returns what it has printed within the time keep. A failure is not kept.
func (sys System) ask(ctx context.Context, argv []string, keep time.Duration) ([]byte, error) {
	if sys.Run == nil {
		return nil, errNoCommands
	}
	key := strings.Join(argv, "\x00")
	if text, kept := sys.Answers.find(key); kept {
		return text, nil
	}
	text, err := sys.Run(ctx, argv)
	if err == nil {
		sys.Answers.keep(key, answer{text, time.Now().Add(keep)})
	}
	return text, err
}

func (a *Answers) find(key string) (text []byte, kept bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, kept := a.kept[key]
	return found.text, kept && time.Now().Before(found.expires)
}

func (a *Answers) keep(key string, found answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil {
		a.kept = map[string]answer{}
	}
	a.kept[key] = found
}
