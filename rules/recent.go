package rules

import (
	"sync/atomic"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// recent keeps what was worked out for the cases that are being examined, so that
// the rules which ask for it one after the other share it. Several cases are
// examined at once, one by each worker: they have places of their own, mostly.
type recent[T any] [16]atomic.Pointer[T]

func (r *recent[T]) of(c *evidence.Case) *atomic.Pointer[T] {
	return &r[uint(c.Place.Line)%uint(len(r))]
}
