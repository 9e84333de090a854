//go:build js && wasm

package main

import (
	"errors"
	"io"
	"syscall/js"

	"github.com/graphdoctor/graphdoctor/web/session"
)

// This file carries bytes and results over the border between Go and the
// browser.

// sliceSize is how much of a file is asked for at a time, in bytes. Waiting for
// a slice costs milliseconds, so that slices of one MiB took a third longer.
const sliceSize = 8 << 20

// source is a Blob that is read in slices.
func source(name string, b, progress js.Value) session.Source {
	return session.Source{Name: name, Open: func() io.Reader {
		return &blob{b: b, size: b.Get("size").Int(), progress: progress}
	}}
}

type blob struct {
	b        js.Value
	at, size int
	left     []byte
	slice    []byte
	next     js.Value // a promise of the slice that was asked for, or undefined
	progress js.Value
}

// Read waits for the next slice, which the browser reads while the one before
// it is worked on. While it waits, the worker hears messages, one of which may
// be to stop.
func (r *blob) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		if r.next.IsUndefined() {
			r.ask()
		}
		if r.next.IsUndefined() {
			return 0, io.EOF
		}
		data, err := await(r.next)
		if err != nil {
			return 0, errors.New("the browser cannot read it any more: " + err.Error())
		}
		r.ask()
		if r.slice == nil {
			r.slice = make([]byte, min(sliceSize, r.size))
		}
		n := js.CopyBytesToGo(r.slice, js.Global().Get("Uint8Array").New(data))
		r.left = r.slice[:n]
		r.progress.Invoke(n)
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// ask lets the browser read the next slice, if there is one.
func (r *blob) ask() {
	if r.next = js.Undefined(); r.at < r.size {
		end := min(r.at+sliceSize, r.size)
		r.next = r.b.Call("slice", r.at, end).Call("arrayBuffer")
		r.at = end
	}
}

// chunks is a JavaScript array that takes what is written.
type chunks js.Value

func (c chunks) Write(p []byte) (int, error) {
	a := js.Global().Get("Uint8Array").New(len(p))
	js.CopyBytesToJS(a, p)
	js.Value(c).Call("push", a)
	return len(p), nil
}

// await waits for a promise.
func await(p js.Value) (js.Value, error) {
	type result struct {
		v  js.Value
		ok bool
	}
	done := make(chan result, 1)
	settle := func(ok bool) js.Func {
		return js.FuncOf(func(_ js.Value, args []js.Value) any {
			done <- result{args[0], ok}
			return nil
		})
	}
	yes, no := settle(true), settle(false)
	defer yes.Release()
	defer no.Release()
	p.Call("then", yes, no)
	r := <-done
	if !r.ok {
		return r.v, errors.New(r.v.Get("message").String())
	}
	return r.v, nil
}

// promising makes a function that returns a promise of what f returns.
func promising(f func(args []js.Value) (any, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		var begin js.Func
		begin = js.FuncOf(func(_ js.Value, settle []js.Value) any {
			go func() {
				defer begin.Release()
				v, err := f(args)
				if err != nil {
					settle[1].Invoke(js.Global().Get("Error").New(err.Error()))
					return
				}
				settle[0].Invoke(v)
			}()
			return nil
		})
		return js.Global().Get("Promise").New(begin)
	})
}
