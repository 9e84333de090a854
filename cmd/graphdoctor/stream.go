package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/report"
)

// A lineStream writes the answer of each case on a line of its own, as soon as
// the case was examined: --format jsonl, for pipelines that cannot wait for the
// end of a log.
type lineStream struct {
	w     *bufio.Writer
	close func() error
	opt   report.Options
	file  bool  // it goes to a file
	err   error // the first one
}

// stream opens the target jsonl, if there is one, and returns the others, which
// are written at the end.
func (e *env) stream(all []target, o *outputs) (*lineStream, []target, error) {
	i := slices.IndexFunc(all, func(t target) bool { return t.Name == "jsonl" })
	if i < 0 {
		return nil, all, nil
	}
	opt, err := e.options(o, all[i].file)
	if err != nil {
		return nil, nil, err
	}
	var out io.Writer = e.out
	closing := func() error { return nil }
	if name := all[i].file; name != "" {
		f, err := os.Create(name)
		if err != nil {
			e.code = exitFailed
			return nil, nil, err
		}
		out, closing = f, f.Close
	}
	rest := slices.Delete(slices.Clone(all), i, i+1)
	return &lineStream{w: bufio.NewWriter(out), close: closing, opt: opt, file: all[i].file != ""}, rest, nil
}

// write writes the first finding of a case.
func (s *lineStream) write(found []checks.Finding) {
	if s == nil || s.err != nil || len(found) == 0 {
		return
	}
	if s.err = report.WriteFindings(s.w, found[:1], s.opt); s.err == nil {
		s.err = s.w.Flush()
	}
}

// end closes the stream and returns what went wrong with it.
func (s *lineStream) end() error {
	if s == nil {
		return nil
	}
	if s.err == nil {
		s.err = s.w.Flush()
	}
	return errors.Join(s.err, s.close())
}
