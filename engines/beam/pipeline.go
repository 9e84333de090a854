package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file is the pipeline:
//
//	patterns -> names of shards -> a diagnosis each -> one diagnosis -> a report
//
// Names and diagnoses are all that travels between machines. What a shard holds
// stays on the worker that reads it, so its credentials do too.

// job is what is asked for. It is the same on all workers.
type job struct {
	Inputs         []string // patterns
	Format, Output string
	Version, Base  string    // for the report; see report.Options
	Now            time.Time // when the report is written
	Present        time.Time // for failures without a time of their own
}

// part is the diagnosis of some of the shards, an element and an accumulator. It
// hides the diagnosis, because rules hold functions and Beam takes no element
// that shows one; encode and decode carry it over.
type part struct{ d *checks.Diagnosis }

// build adds the steps to a pipeline.
func (j job) build(s beam.Scope) {
	patterns := beam.CreateList(s, j.Inputs)
	shards, lost := beam.ParDo2(s.Scope("List"), &listFn{}, patterns)
	// Without a reshuffle a runner may fuse listing and reading into one step,
	// and all shards of a pattern would be read by one worker.
	each := beam.ParDo(s.Scope("Diagnose"), &diagnoseFn{Present: j.Present}, beam.Reshuffle(s, shards))
	whole := beam.Combine(s.Scope("Merge"), &mergeFn{}, beam.Flatten(s, each, lost))
	beam.ParDo0(s.Scope("Write"), &writeFn{Job: j}, whole)
}

func init() {
	register.DoFn4x1[context.Context, string, func(string), func(part), error](&listFn{})
	register.DoFn2x2[context.Context, string, part, error](&diagnoseFn{})
	register.DoFn2x1[context.Context, part, error](&writeFn{})
	register.Combiner1[part](&mergeFn{})
	register.Emitter1[string]()
	register.Emitter1[part]()
	beam.RegisterCoder(reflect.TypeFor[part](), encode, decode)
}

// Counters, which runners show while the job runs.
const (
	counters     = "graphdoctor"
	readShards   = "shards_read"
	unreadShards = "shards_unread"
)

// listFn finds the shards of a pattern. What cannot be listed is a part
// that holds the problem: a typing error in one pattern must neither end the
// job nor pass unnoticed.
type listFn struct{}

func (*listFn) ProcessElement(ctx context.Context, pattern string, shard func(string), lost func(part)) error {
	names, err := list(ctx, pattern)
	if err == nil && len(names) == 0 {
		err = errors.New("no file matches this pattern")
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		beam.NewCounter(counters, unreadShards).Inc(ctx, 1)
		lost(unreadable(pattern, err))
		return nil
	}
	for _, name := range names {
		shard(name)
	}
	return nil
}

func list(ctx context.Context, pattern string) ([]string, error) {
	files, err := filesystem.New(ctx, pattern)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	return files.List(ctx, pattern)
}

// diagnoseFn examines one shard. It is read as a stream by the same code that
// graphdoctor runs, so memory does not grow with the shard.
type diagnoseFn struct {
	Present time.Time
}

func (fn *diagnoseFn) ProcessElement(ctx context.Context, name string) (part, error) {
	opt := checks.Options{
		Jobs: 1, // the runner has its own workers, one for each processor
		Now:  fn.Present, Known: rules.KnownID,
	}
	d, err := checks.Diagnose(ctx, open(ctx, name), rules.All(), opt)
	if err != nil {
		return part{}, err // cut short: a part must not pass for the whole, so the runner tries again
	}
	counter := readShards
	if d.Inputs == 0 {
		counter = unreadShards
	}
	beam.NewCounter(counters, counter).Inc(ctx, 1)
	return part{d}, nil
}

// open opens a shard when it is asked for. Compression is left to evidence,
// which tells it by content. Whoever reads the shard closes it.
func open(ctx context.Context, name string) func(yield func(evidence.Input, error) bool) {
	return func(yield func(evidence.Input, error) bool) {
		files, err := filesystem.New(ctx, name)
		if err != nil {
			yield(evidence.Input{}, problem(name, err))
			return
		}
		defer files.Close()
		r, err := files.OpenRead(ctx, name)
		if err != nil {
			yield(evidence.Input{}, problem(name, err))
			return
		}
		yield(evidence.Input{Name: name, Reader: r}, nil)
	}
}

// mergeFn puts diagnoses together as `graphdoctor merge` does. Merging is
// associative and commutative, so that runners may do it in any order and in
// parts. Input, accumulator and output are one type, for which Beam needs this
// method alone: it serves as AddInput too, and the zero part is the empty accumulator.
type mergeFn struct{}

func (*mergeFn) MergeAccumulators(a, b part) part {
	return part{checks.Merge(a.d, b.d)}
}

// writeFn writes the report, and problems to the runner's log as well, since
// not every form has room for them. A runner may call it again after a fault: it
// then replaces the file by the same bytes, since the moment is the job's.
type writeFn struct {
	Job job
}

func (fn *writeFn) ProcessElement(ctx context.Context, p part) error {
	files, err := filesystem.New(ctx, fn.Job.Output)
	if err != nil {
		return err
	}
	defer files.Close()
	var b bytes.Buffer // rendered before the file is touched: no half report
	if err := fn.Job.render(&b, p.d); err != nil {
		return err
	}
	if p.d.Problem > 0 {
		var said bytes.Buffer
		if err := report.WriteProblems(&said, p.d); err != nil {
			return err
		}
		log.Warn(ctx, said.String())
	}
	w, err := files.OpenWrite(ctx, fn.Job.Output)
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return errors.Join(err, w.Close())
}

// render writes a diagnosis as graphdoctor does. What it says on standard error
// beside a text, the parts that could not be read, stands below the text here.
func (j job) render(b *bytes.Buffer, d *checks.Diagnosis) error {
	form, err := report.Lookup(j.Format)
	if err != nil {
		return err
	}
	source, _, date := catalog.Source()
	err = form.Write(b, d, report.Options{
		Version: j.Version, Catalog: report.Catalog{Source: source, Date: date},
		Rules: rules.All(), Doc: rules.Doc, Base: j.Base, Now: j.Now,
	})
	if err != nil || form.Name != "text" || d.Problem == 0 {
		return err
	}
	b.WriteByte('\n')
	return report.WriteProblems(b, d)
}

// encode is how a diagnosis travels: the JSON that `graphdoctor merge` reads,
// so that workers of two versions understand each other, and so that nothing
// leaves a worker that a report would not show.
func encode(p part) ([]byte, error) {
	form, err := report.Lookup("json")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = form.Write(&b, p.d, report.Options{})
	return b.Bytes(), err
}

func decode(b []byte) (part, error) {
	table := rules.All()
	d, err := report.ReadJSON(bytes.NewReader(b), func(id string) *checks.Rule {
		if i := slices.IndexFunc(table, func(r checks.Rule) bool { return r.ID == id }); i >= 0 {
			return &table[i]
		}
		return nil
	})
	return part{d}, err
}

// unreadable is the part of what could not be read.
func unreadable(name string, err error) part {
	d := &checks.Diagnosis{}
	d.AddProblem(problem(name, err))
	return part{d}
}

// problem says of a file why it could not be read, and its name once.
func problem(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &evidence.Problem{Place: evidence.Place{File: evidence.Printable(name)}, Err: err}
}
