package checks

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file examines on several processors. Each worker takes the next part of
// the input, examines it into a tally of its own, and the tallies are merged;
// which worker took which part makes no difference.

// Diagnose reads inputs of any number and size, examines what they hold and
// merges what is found. The result is the same for any number of jobs. It fails
// only when the context ends, and then returns what was found so far;
// whatever could not be read stands in Diagnosis.Problems.
func Diagnose(ctx context.Context, inputs iter.Seq2[evidence.Input, error], rules []Rule, opt Options) (*Diagnosis, error) {
	feed := evidence.NewFeed(ctx, inputs, evidence.Reading{Alike: opt.Each == nil, Known: opt.Known})
	defer feed.Close()
	jobs := opt.Jobs
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	tallies := make([]*Tally, jobs)
	order := newTurns()
	var wg sync.WaitGroup
	for i := range tallies {
		tallies[i] = NewTally(rules, opt)
		wg.Go(func() { work(feed, tallies[i], order, opt.Each) })
	}
	wg.Wait()
	for _, t := range tallies[1:] {
		tallies[0].Merge(t)
	}
	tallies[0].d.Inputs = feed.Inputs()
	return tallies[0].Diagnosis(), ctx.Err()
}

// work examines parts until there are no more.
func work(feed *evidence.Feed, t *Tally, order *turns, each func(*evidence.Case, []Finding)) {
	w := feed.Worker()
	for {
		cases, n, ok := feed.Next(w)
		if !ok {
			return
		}
		type result struct {
			c     *evidence.Case
			found []Finding
		}
		var results []result
		for c, err := range cases {
			found := t.Add(c, err)
			if each != nil && c != nil {
				results = append(results, result{c, found})
			}
		}
		if each == nil {
			continue
		}
		order.wait(n)
		for _, r := range results {
			each(r.c, r.found)
		}
		order.done()
	}
}

// turns lets workers speak in the order of the parts that they took.
type turns struct {
	mu   sync.Mutex
	cond *sync.Cond
	next int
}

func newTurns() *turns {
	t := &turns{}
	t.cond = sync.NewCond(&t.mu)
	return t
}

// wait waits until all parts before the n-th are done.
func (t *turns) wait(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.next != n {
		t.cond.Wait()
	}
}

func (t *turns) done() {
	t.mu.Lock()
	t.next++
	t.mu.Unlock()
	t.cond.Broadcast()
}
