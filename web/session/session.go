// Package session is what the page for the support desk asks of the engine: it
// diagnoses what was pasted or dropped, keeps the result, and writes it in the
// forms that the page offers. It decides nothing that the command does not, so
// both give the same answers.
package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// Version is what reports name; the build sets it.
var Version = "dev"

// A Source is one thing that was given: a pasted text, whose name is "-", or a
// file. Open begins to read it anew.
type Source struct {
	Name string
	Open func() io.Reader
}

// A Session is what the page works on. It is used by one goroutine at a time.
// The zero value has nothing to work on.
type Session struct {
	sources []Source
	now     time.Time
	found   *checks.Diagnosis
}

// Diagnose reads the sources and returns the diagnosis as JSON, version 1. now
// is taken for the present. Where the context ends before the sources do, the
// diagnosis is of what was read by then.
func (s *Session) Diagnose(ctx context.Context, sources []Source, now time.Time) (string, error) {
	s.sources, s.now = sources, now
	s.found, _ = checks.Diagnose(ctx, s.inputs(), rules.All(), checks.Options{Now: now, Known: rules.KnownID})
	return s.Report("json")
}

// Forget drops the sources and what was found in them.
func (s *Session) Forget() { *s = Session{} }

func (s *Session) inputs() iter.Seq2[evidence.Input, error] {
	return func(yield func(evidence.Input, error) bool) {
		for _, x := range s.sources {
			if !yield(evidence.Input{Name: x.Name, Reader: x.Open()}, nil) {
				return
			}
		}
	}
}

var errNothing = errors.New("there is no diagnosis yet: paste something, or choose a file")

// formats are those that the page offers.
var formats = map[string]func(io.Writer, *checks.Diagnosis, report.Options) error{
	"json": report.WriteJSON, "markdown": report.WriteMarkdown, "html": report.WriteHTML,
}

// Report writes the last diagnosis as json, markdown or html.
func (s *Session) Report(format string) (string, error) {
	if s.found == nil {
		return "", errNothing
	}
	write, ok := formats[format]
	if !ok {
		return "", fmt.Errorf("the page writes no %q", format)
	}
	var b bytes.Buffer
	err := write(&b, s.found, s.options())
	return b.String(), err
}

// options are those of the command, so that its reports and the page's are
// equal.
func (s *Session) options() report.Options {
	name, _, date := catalog.Source()
	return report.Options{Version: Version, Catalog: report.Catalog{Source: name, Date: date}, Rules: rules.All(), Doc: rules.Doc, Now: s.now}
}

// mostTokens bounds the tokens that are decoded for the page; the others are
// counted by nobody, since the page shows a few at most.
const mostTokens = 20

// smallInput bounds, in bytes, what is read of a source a second time for tokens
// and needs: no line is skipped there, so it takes longer than the diagnosis.
const smallInput = 2 << 20

// Tokens decodes the tokens of the sources, each once, in the order in which
// they are met, as JSON of `decode`. Persons are named there and nowhere else.
func (s *Session) Tokens(ctx context.Context) ([]string, error) {
	var out []string
	seen := map[string]bool{}
	for _, x := range s.sources {
		for c := range evidence.Read(ctx, evidence.Input{Name: x.Name, Reader: io.LimitReader(x.Open(), smallInput)}) {
			if c == nil {
				continue
			}
			for _, t := range c.Seen {
				d := rules.Decode(t)
				same := d
				same.Place, same.Stripped = evidence.Place{}, nil
				key, err := s.decoded(same)
				if err != nil || seen[key] {
					continue
				}
				seen[key] = true
				one, err := s.decoded(d)
				if err != nil {
					return out, err
				}
				if out = append(out, one); len(out) == mostTokens {
					return out, nil
				}
			}
		}
	}
	return out, ctx.Err()
}

func (s *Session) decoded(d checks.Decoded) (string, error) {
	var b bytes.Buffer
	err := report.WriteDecodedJSON(&b, d, s.options())
	return b.String(), err
}

// Needs tells what the requests in the sources need, as JSON of `need`.
func (s *Session) Needs(ctx context.Context) (string, error) {
	var calls []*evidence.Call
	for _, x := range s.sources {
		for c := range evidence.Calls(ctx, evidence.Input{Name: x.Name, Reader: io.LimitReader(x.Open(), smallInput)}) {
			if c != nil {
				calls = append(calls, c)
			}
		}
	}
	var b bytes.Buffer
	err := report.WriteNeedJSON(&b, rules.Need(calls, rules.NeedOptions{}), s.options())
	return b.String(), err
}

// Sanitize writes a copy of the n-th source that can be shared.
func (s *Session) Sanitize(ctx context.Context, n int, w io.Writer) error {
	if n < 0 || n >= len(s.sources) {
		return fmt.Errorf("there is no input %d", n+1)
	}
	_, err := evidence.Sanitize(s.sources[n].Open(), writer{ctx, w}, evidence.SanitizeOptions{Known: catalog.Public})
	return err
}

// writer ends a copy when it is stopped.
type writer struct {
	ctx context.Context
	io.Writer
}

func (w writer) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}
