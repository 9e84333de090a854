package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// screen is a terminal that only keeps what was written.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestProgress(t *testing.T) {
	m := &meter{}
	m.read.Store(3 << 20)
	m.failures.Store(7)
	var s screen
	stop := show(&s, m, func() int64 { return 12 << 20 }, time.Millisecond)
	deadline := time.Now().Add(10 * time.Second)
	for !strings.Contains(s.String(), "7 failures so far") && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	for _, want := range []string{"3.0 MiB of 12.0 MiB", "MiB/s", "left", "7 failures so far"} {
		if !strings.Contains(s.String(), want) {
			t.Errorf("no %q in %.300q", want, s.String())
		}
	}
	// Before patience ends nothing is shown.
	var quiet screen
	show(&quiet, m, func() int64 { return 1 }, time.Hour)()
	if quiet.String() != "" {
		t.Errorf("shown at once: %q", quiet.String())
	}
}

func TestTimeLeft(t *testing.T) {
	for _, c := range []struct {
		read, total int64
		spent       time.Duration
		want        string
	}{
		{0, 10, time.Second, ""},
		{5, 10, 3 * time.Second, ", 3s left"},
		{1, 4, time.Minute, ", 3m0s left"},
		{10, 10, time.Second, ""},
	} {
		if got := timeLeft(c.read, c.total, c.spent); got != c.want {
			t.Errorf("%d of %d after %v: %q, want %q", c.read, c.total, c.spent, got, c.want)
		}
	}
}
