package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// patience is how long a run may take before it shows how far it is.
const patience = time.Second

// progress shows on a terminal how far a long reading is: bytes, rate, time
// left and failures met so far. The returned function takes it away again.
// Where standard error is no terminal it shows nothing.
func (e *env) progress(m *meter, names []string) (stop func()) {
	f, ok := e.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return func() {}
	}
	return show(f, m, func() int64 { return sizeOf(names) }, patience)
}

// show draws the progress on w from a while after now until it is stopped.
func show(w io.Writer, m *meter, size func() int64, after time.Duration) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-quit:
			return
		case <-time.After(after):
		}
		draw(w, m, size(), after, quit)
	}()
	return func() {
		close(quit)
		<-done
	}
}

// draw draws until quit is closed, then removes what it drew.
func draw(w io.Writer, m *meter, total int64, already time.Duration, quit <-chan struct{}) {
	began := time.Now().Add(-already)
	p := mpb.New(mpb.WithOutput(w), mpb.WithAutoRefresh(), mpb.WithRefreshRate(150*time.Millisecond))
	bar := newBar(p, m, total, began)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		read := m.read.Load()
		if total > 0 {
			read = min(read, total-1) // it ends when the report is ready, not before
		}
		bar.SetCurrent(read)
		select {
		case <-quit:
			bar.Abort(true)
			p.Wait()
			return
		case <-tick.C:
		}
	}
}

// newBar makes the line that is drawn; without a total it has no bar.
func newBar(p *mpb.Progress, m *meter, total int64, began time.Time) *mpb.Bar {
	rest := decor.Any(func(decor.Statistics) string {
		read, spent := m.read.Load(), time.Since(began)
		line := fmt.Sprintf(" % .1f/s", decor.SizeB1024(float64(read)/spent.Seconds()))
		if total > 0 {
			line += timeLeft(read, total, spent)
		}
		return line + fmt.Sprintf(", %d failures so far", m.failures.Load())
	})
	if total > 0 {
		return p.AddBar(total, mpb.BarRemoveOnComplete(), mpb.BarWidth(24), mpb.PrependDecorators(decor.CountersKibiByte("% .1f of % .1f ")), mpb.AppendDecorators(rest))
	}
	return p.AddSpinner(0, mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.CurrentKibiByte("% .1f")), mpb.AppendDecorators(rest))
}

// timeLeft says how long the rest takes at the rate so far.
func timeLeft(read, total int64, spent time.Duration) string {
	if read <= 0 || read >= total {
		return ""
	}
	left := time.Duration(float64(spent) * float64(total-read) / float64(read))
	return ", " + left.Round(time.Second).String() + " left"
}

// sizeOf adds up the sizes of files and of those in folders; 0 where standard
// input is among them, whose size nobody knows.
func sizeOf(names []string) (total int64) {
	if len(names) == 0 {
		return 0
	}
	for _, name := range names {
		if name == "-" {
			return 0
		}
		_ = filepath.WalkDir(name, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
			return nil
		})
	}
	return total
}
