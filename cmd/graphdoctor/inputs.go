package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// source is what a command reads: files, folders, standard input, parts by hand.
type source struct {
	env   *env
	args  []string
	parts []evidence.Part
	meter *meter // may be nil
}

// inputs opens one input after the other, until the context ends. A folder stands for the files below
// it, in the order of their names; what begins with a dot is left out.
func (s *source) inputs(ctx context.Context) iter.Seq2[evidence.Input, error] {
	return func(yield func(evidence.Input, error) bool) {
		names := s.args
		if len(names) == 0 && (len(s.parts) == 0 || piped(s.env.in)) {
			names = []string{"-"}
		}
		if len(names) == 0 {
			yield(evidence.Input{Name: "--request", Reader: strings.NewReader(""), Parts: s.parts}, nil)
			return
		}
		for _, name := range names {
			if ctx.Err() != nil || !s.named(ctx, name, yield) {
				return
			}
		}
	}
}

func (s *source) named(ctx context.Context, name string, yield func(evidence.Input, error) bool) bool {
	if name == "-" {
		return yield(evidence.Input{Name: "-", Reader: s.meter.stdin(ctx, s.env.in), Parts: s.parts}, nil)
	}
	info, err := os.Stat(name)
	if err != nil {
		return yield(evidence.Input{}, unreadable(name, err))
	}
	switch {
	case info.Mode()&os.ModeNamedPipe != 0:
		return yield(evidence.Input{Name: name, Reader: s.meter.pipe(ctx, name), Parts: s.parts}, nil)
	case !info.IsDir():
		return s.file(ctx, name, yield)
	}
	more, files := true, 0
	err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			more = yield(evidence.Input{}, unreadable(path, err))
			if d != nil && d.IsDir() && more {
				return fs.SkipDir
			}
		case path != name && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			files++
			more = s.file(ctx, path, yield)
		}
		more = more && ctx.Err() == nil
		if !more {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil && more {
		return yield(evidence.Input{}, unreadable(name, err))
	}
	if files == 0 && more {
		return yield(evidence.Input{}, unreadable(name, errors.New("there is no file in this folder")))
	}
	return more
}

// file opens one file; whoever reads it closes it.
func (s *source) file(ctx context.Context, name string, yield func(evidence.Input, error) bool) bool {
	f, err := os.Open(name)
	if err != nil {
		return yield(evidence.Input{}, unreadable(name, err))
	}
	return yield(evidence.Input{Name: name, Reader: s.meter.file(ctx, f), Parts: s.parts}, nil)
}

// unreadable says of a file why it could not be read, and its name once.
func unreadable(name string, err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &evidence.Problem{Place: evidence.Place{File: evidence.Printable(name)}, Err: err}
}

// piped tells whether standard input has something to read beside the parts.
func piped(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return in != nil
	}
	info, err := f.Stat()
	return err == nil && (info.Mode()&os.ModeNamedPipe != 0 || info.Mode().IsRegular() && info.Size() > 0)
}
