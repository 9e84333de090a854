//go:build js && wasm

// Command wasm is the engine of the page: it hands package session to the
// worker's script, which talks to the page.
package main

import (
	"context"
	"runtime/debug"
	"syscall/js"
	"time"

	"github.com/graphdoctor/graphdoctor/web/session"
)

func main() {
	// The memory of a page never shrinks, so less of it is worth more than speed.
	debug.SetGCPercent(100)
	d := &desk{}
	js.Global().Set("graphdoctor", js.ValueOf(map[string]any{
		"diagnose": promising(d.diagnose),
		"report":   promising(func(args []js.Value) (any, error) { return d.s.Report(args[0].String()) }),
		"tokens":   promising(d.tokens),
		"needs":    promising(func([]js.Value) (any, error) { return d.s.Needs(d.begin()) }),
		"sanitize": promising(d.sanitize),
		"explain":  promising(func(args []js.Value) (any, error) { return session.Explain(args[0].String()) }),
		"warm":     promising(d.warm),
		"about":    promising(func([]js.Value) (any, error) { return session.About() }),
		"stop":     js.FuncOf(func(js.Value, []js.Value) any { d.stop(); return nil }),
	}))
	select {} // what was registered is called from outside
}

// A desk is the session that the worker's script works on.
type desk struct {
	s      session.Session
	cancel context.CancelFunc
}

// begin starts work that stop ends.
func (d *desk) begin() context.Context {
	d.stop()
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	return ctx
}

func (d *desk) stop() {
	if d.cancel != nil {
		d.cancel()
	}
}

// diagnose(sources, now, progress): sources are {name, blob}, now is RFC 3339,
// and progress is called with the number of bytes read. It gives the diagnosis
// as JSON.
func (d *desk) diagnose(args []js.Value) (any, error) {
	now, err := time.Parse(time.RFC3339, args[1].String())
	if err != nil {
		return nil, err
	}
	ctx := d.begin()
	d.s.Forget()
	return d.s.Diagnose(ctx, sourcesOf(args[0], args[2]), now)
}

func sourcesOf(list, progress js.Value) (out []session.Source) {
	for i := range list.Length() {
		x := list.Index(i)
		out = append(out, source(x.Get("name").String(), x.Get("blob"), progress))
	}
	return out
}

// warm(sources, progress) does what diagnose does, in a session of its own, so
// that the first who asks finds everything compiled. Asking ends it.
func (d *desk) warm(args []js.Value) (any, error) {
	var s session.Session
	ctx := d.begin()
	if _, err := s.Diagnose(ctx, sourcesOf(args[0], args[1]), time.Now()); err != nil {
		return nil, err
	}
	if _, err := s.Tokens(ctx); err != nil {
		return nil, err
	}
	_, err := s.Needs(ctx)
	return nil, err
}

func (d *desk) tokens([]js.Value) (any, error) {
	all, err := d.s.Tokens(d.begin())
	out := make([]any, len(all))
	for i, s := range all {
		out[i] = s
	}
	return out, err
}

// sanitize(n, chunks) pushes the copy of the n-th source into chunks, as byte
// arrays.
func (d *desk) sanitize(args []js.Value) (any, error) {
	return nil, d.s.Sanitize(d.begin(), args[0].Int(), chunks(args[1]))
}
