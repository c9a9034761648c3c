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
	kept sync.Map // an answer for each command
}

type answer struct {
	text    []byte
	expires time.Time
}

// ask runs a command, or returns what it has printed within the time keep. A failure is not kept.
func (sys System) ask(ctx context.Context, argv []string, keep time.Duration) ([]byte, error) {
	if sys.Run == nil {
		return nil, errors.New("commands of group sources cannot be run here")
	}
	key := strings.Join(argv, "\x00")
	kept, _ := sys.Answers.kept.Load(key)
	if found, ok := kept.(answer); ok && time.Now().Before(found.expires) {
		return found.text, nil
	}
	text, err := sys.Run(ctx, argv)
	if err == nil {
		sys.Answers.kept.Store(key, answer{text, time.Now().Add(keep)})
	}
	return text, err
}
