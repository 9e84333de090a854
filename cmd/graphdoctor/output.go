package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// This file decides where results go, in which form, and with colour or not.

// outputs are the flags that every command with a report shares.
type outputs struct {
	when     time.Time // the run's present, zero for the clock's
	formats  []string
	color    string
	failOn   string
	exitZero bool
	verbose  bool
}

func (o *outputs) register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.formats, "format", []string{"text"}, "form of the report, with =FILE for a file; repeatable: "+formatNames())
	f.StringVar(&o.color, "color", "auto", "auto, always or never")
	f.StringVar(&o.failOn, "fail-on", "error", "exit 1 from this severity on: error, warning, note or never")
	f.BoolVar(&o.exitZero, "exit-zero", false, "exit 0 whatever was found")
	f.BoolVar(&o.verbose, "verbose", false, "leave nothing out of the text")
}

func formatNames() string {
	names := make([]string, len(report.Formats))
	for i, f := range report.Formats {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}

// A target is one report to write: its form and its file, "" for standard output.
type target struct {
	report.Format
	file string
}

// targets reads the --format flags.
func (o *outputs) targets() ([]target, error) {
	var out []target
	toStdout := ""
	for _, spec := range o.formats {
		name, file, _ := strings.Cut(spec, "=")
		f, err := report.Lookup(name)
		if err != nil {
			return nil, usageError{err}
		}
		if file == "" && strings.HasSuffix(spec, "=") {
			return nil, usage("--format %s names no file after the =", spec)
		}
		if file == "" {
			if toStdout != "" {
				return nil, usage("--format %s and --format %s both go to standard output; give one of them a file: --format %s=FILE", toStdout, name, name)
			}
			toStdout = name
		}
		out = append(out, target{f, file})
	}
	return out, nil
}

// failLevel reads --fail-on; never is above every severity.
func (o *outputs) failLevel() (checks.Severity, error) {
	if o.failOn == "never" {
		return checks.Error + 1, nil
	}
	s, err := checks.ParseSeverity(o.failOn)
	if err != nil {
		return 0, usage("--fail-on: %v, or never", err)
	}
	return s, nil
}

// options is what the renderers need to know of this run.
func (e *env) options(o *outputs, file string) (report.Options, error) {
	opt := report.Options{Version: version, Doc: rules.Doc, Verbose: o.verbose, Now: o.when}
	if o.when.IsZero() {
		opt.Now = now()
	}
	name, _, date := catalog.Source()
	opt.Catalog = report.Catalog{Source: name, Date: date}
	level, err := o.failLevel()
	if err != nil {
		return opt, err
	}
	opt.FailOn = level
	tty, width := false, 0
	if f, ok := e.out.(*os.File); ok && file == "" && term.IsTerminal(int(f.Fd())) {
		tty = true
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			width = w
		}
	}
	opt.Width = width
	opt.Color, err = wantColor(o.color, tty && file == "")
	return opt, err
}

// wantColor decides about colour: the flag, then the environment's customs,
// then whether a terminal is there.
func wantColor(flag string, tty bool) (bool, error) {
	switch flag {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
	default:
		return false, usage("--color %q is none of auto, always, never", flag)
	}
	if os.Getenv("NO_COLOR") != "" {
		return false, nil
	}
	if v := os.Getenv("CLICOLOR_FORCE"); v != "" && v != "0" {
		return true, nil
	}
	return tty && os.Getenv("TERM") != "dumb", nil
}

// write renders the diagnosis to every target. Where a file cannot be written
// (the disk is full) and nothing else shows what was found, it is told as text.
func (e *env) write(d *checks.Diagnosis, all []target, o *outputs, gate bool, table []checks.Rule) error {
	err := e.writeAll(d, all, o, gate, table)
	if more := withText(all); err != nil && len(more) > len(all) {
		err = errors.Join(err, e.writeAll(d, more[len(all):], o, gate, table))
	}
	return err
}

// withText adds a text on standard output, if nothing goes there.
func withText(all []target) []target {
	if slices.ContainsFunc(all, func(t target) bool { return t.file == "" }) {
		return all
	}
	text, _ := report.Lookup("text")
	return append(slices.Clone(all), target{Format: text})
}

func (e *env) writeAll(d *checks.Diagnosis, all []target, o *outputs, gate bool, table []checks.Rule) error {
	var errs []error
	for _, t := range all {
		opt, err := e.options(o, t.file)
		if err != nil {
			return err
		}
		opt.Gate, opt.Rules = gate, table
		if opt.Base, err = os.Getwd(); err != nil {
			opt.Base = ""
		}
		if err := e.writeTo(t.file, func(w io.Writer) error { return t.Write(w, d, opt) }); err != nil {
			errs = append(errs, fmt.Errorf("writing %s: %w", t.Name, err))
		}
		if t.Name == "github" {
			if err := stepSummary(d, opt); err != nil {
				errs = append(errs, fmt.Errorf("writing the step summary: %w", err))
			}
		}
	}
	return errors.Join(errs...)
}

// stepSummary adds what the annotations leave out to the page of the workflow run,
// in the file that GitHub Actions names.
func stepSummary(d *checks.Diagnosis, opt report.Options) error {
	file := os.Getenv("GITHUB_STEP_SUMMARY")
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(report.WriteSummary(f, d, opt), f.Close())
}

// writeTo writes to a file, or to standard output where none is named.
func (e *env) writeTo(file string, write func(io.Writer) error) error {
	if file == "" {
		return buffered(e.out, write)
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := buffered(f, write); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func buffered(out io.Writer, write func(io.Writer) error) error {
	w := bufio.NewWriter(out)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

// exit sets the exit code: nothing could be read, something was found, or neither.
func (e *env) exit(d *checks.Diagnosis, o *outputs, read int, strict bool) {
	level, err := o.failLevel()
	if err != nil {
		e.code = exitUsage
		return
	}
	switch {
	case read == 0 || strict && d.Problem > 0:
		e.code = exitFailed
	case o.exitZero:
	default:
		for _, f := range d.Findings {
			if f.Level() >= level {
				e.code = exitFound
			}
		}
	}
}

func versionLine() string {
	name, commit, date := catalog.Source()
	return fmt.Sprintf("graphdoctor %s (permission catalog: %s of %s, commit %.12s)", version, name, date, commit)
}
