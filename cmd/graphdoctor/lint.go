package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/checks/evidence/gate"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/spf13/cobra"
)

// linting is what lint was asked for.
type linting struct {
	outputs
	config        string
	noConfig      bool
	init          bool
	writeBaseline bool
	token         string
	now           string
	only, skip    []string
	strict        bool
	failOnSet     func() bool
}

func (e *env) lintCmd() *cobra.Command {
	var l linting
	cmd := &cobra.Command{
		Use:   "lint [PATH]...",
		Short: "Check an app's registration, infrastructure code and calls against each other, before it is deployed",
		Long: `Finds, by content, app registrations (application objects, portal manifests, Terraform, Bicep, ARM, Teams and
SharePoint packages), exports of grants, and the calls that the code makes; and tells where they disagree.
Reads .graphdoctor.yaml from the folder upwards. Nothing is sent anywhere and no tenant is needed.`,
		Example: `  graphdoctor lint .
  graphdoctor lint app.json calls.txt
  graphdoctor lint --format text --format sarif=graphdoctor.sarif .
  az account get-access-token --resource-type ms-graph --query accessToken --output tsv | graphdoctor lint --token - .`,
		RunE: func(_ *cobra.Command, args []string) error { return e.lint(&l, args) },
	}
	f := cmd.Flags()
	l.register(f)
	f.StringVar(&l.config, "config", "", "configuration file, in place of .graphdoctor.yaml from the folder upwards")
	f.BoolVar(&l.noConfig, "no-config", false, "use no configuration")
	f.BoolVar(&l.init, "init", false, "write a .graphdoctor.yaml from what is found")
	f.BoolVar(&l.writeBaseline, "write-baseline", false, "write what is found now into the baseline")
	f.StringVar(&l.token, "token", "", "file with a token, the pipeline's own or the app's, to hold against the calls (- is standard input)")
	f.StringVar(&l.now, "now", "", "take this moment (RFC 3339) for the present")
	f.StringSliceVar(&l.only, "only", nil, "ask only these rules")
	f.StringSliceVar(&l.skip, "skip", nil, "leave these rules out")
	f.BoolVar(&l.strict, "strict", false, "exit 3 when any part of the input could not be read")
	l.failOnSet = func() bool { return f.Changed("fail-on") }
	return cmd
}

func (e *env) lint(l *linting, args []string) error {
	all, err := l.targets()
	if err != nil {
		return err
	}
	s, err := l.settings(args)
	if err != nil {
		return usageError{err}
	}
	if s.raw.FailOn != "" && !l.failOnSet() {
		l.failOn = s.raw.FailOn
	}
	if _, err := l.failLevel(); err != nil {
		return err
	}
	table, err := checks.Select(checks.Regrade(rules.Gate(), s.severity), l.only, l.skip)
	if err != nil {
		return usageError{err}
	}
	d := diagnosis{now: l.now}
	moment, err := d.moment()
	if err != nil {
		return err
	}
	l.when = moment
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	when := evidence.Moment{Time: moment, Ref: evidence.Ref{Origin: evidence.FromClock, Field: "now", Value: moment.UTC().Format(time.RFC3339)}}
	paths, opt := s.reading(args, when)
	res := gate.Read(ctx, paths, opt)
	if l.init {
		return e.initConfig(s, res)
	}
	if l.token != "" {
		c, err := l.tokenCase(e.in, res, when)
		if err != nil {
			return err
		}
		res.Cases = append(res.Cases, c)
	}
	result := examine(res, table, s.allow, when)
	if l.writeBaseline {
		return e.baseline(s, result)
	}
	werr := e.write(result, all, &l.outputs, true, table)
	if perr := report.WriteProblems(e.err, result); perr != nil {
		werr = errors.Join(werr, perr)
	}
	if result.Excused > 0 {
		fmt.Fprintf(e.err, "%d allowed by the configuration or the baseline\n", result.Excused)
	}
	e.exit(result, &l.outputs, len(res.Cases), l.strict || named(res, args))
	if len(res.Cases) == 0 {
		fmt.Fprintf(e.err, "graphdoctor: no app registration was found in %s (%d files looked at); name it, or list it under manifests: in %s\n", evidence.Printable(strings.Join(paths, ", ")), res.Files, configName)
	}
	if werr != nil {
		e.code = exitFailed
		return werr
	}
	if ctx.Err() != nil {
		e.code = exitFailed
		return errors.New("interrupted")
	}
	return nil
}

// named tells whether a path that was named could not be read: then the gate
// has not seen what it should have.
func named(res *gate.Result, args []string) bool {
	for _, err := range res.Problems {
		var p *evidence.Problem
		if !errors.As(err, &p) {
			continue
		}
		for _, a := range args {
			if p.Place.File == filepath.ToSlash(a) {
				return true
			}
		}
	}
	return false
}

// settings finds the configuration and checks it.
func (l *linting) settings(args []string) (*settings, error) {
	dir := "."
	if len(args) > 0 {
		if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
			dir = args[0]
		}
	}
	none := &settings{root: filepath.ToSlash(filepath.Clean(dir))}
	file := l.config
	switch {
	case l.noConfig && l.config != "":
		return nil, errors.New("--config and --no-config exclude each other")
	case l.noConfig || l.init:
		return none, nil
	case file == "":
		var err error
		if file, err = findConfig(dir); err != nil || file == "" {
			return none, err
		}
	}
	s, err := loadConfig(file)
	if err != nil {
		return nil, err
	}
	if !l.writeBaseline {
		err = s.loadBaseline()
	}
	return s, err
}

// reading says what to read: the folders and files named, or the folder of the
// configuration. Files that are named stand for what the configuration lists.
func (s *settings) reading(args []string, when evidence.Moment) ([]string, gate.Options) {
	opt := gate.Options{Root: s.root, Policy: s.policy, When: when}
	folders := false
	for _, a := range args {
		if info, err := os.Stat(a); err == nil && info.IsDir() {
			folders = true
		}
	}
	if len(args) == 0 {
		args, folders = []string{s.root}, true
	}
	if folders {
		opt.Manifests, opt.Calls, opt.Grants = s.raw.Manifests, s.raw.Calls, s.raw.Grants
	}
	return args, opt
}

// examine asks the rules about every app, and settles what the owner allows.
func examine(res *gate.Result, table []checks.Rule, allow []evidence.Allow, when evidence.Moment) *checks.Diagnosis {
	tally := checks.NewTally(table, checks.Options{})
	for _, c := range res.Cases {
		tally.Add(c, nil)
	}
	for _, err := range res.Problems {
		tally.Add(nil, err)
	}
	d := tally.Diagnosis()
	d.Probe, d.RuledOut = "", nil
	if stale := d.Excuse(allow, when.Time); len(stale) > 0 {
		c := &evidence.Case{App: &evidence.App{Partial: true, Policy: evidence.Policy{Stale: stale}}, When: when}
		d.Findings = append(d.Findings, checks.Examine(c, table)...)
	}
	d.WorstFirst()
	for _, o := range res.Open {
		if o.Permission {
			d.Unresolved.Permissions++
		} else {
			d.Unresolved.Calls++
		}
		d.Unresolved.Places = append(d.Unresolved.Places, o.Place)
	}
	return d
}

// tokenCase is the case of a token that is held against all calls.
func (l *linting) tokenCase(stdin io.Reader, res *gate.Result, when evidence.Moment) (*evidence.Case, error) {
	text, err := readSmall(l.token, stdin)
	if err != nil {
		return nil, usage("--token: %v", err)
	}
	for c := range evidence.Read(context.Background(), evidence.Input{Name: "--token", Reader: strings.NewReader(strings.TrimSpace(text) + "\n")}) {
		if c != nil && c.Token != nil {
			c.App = &evidence.App{Name: "the token's holder", Partial: true, Calls: res.Calls, Place: c.Place}
			c.When = when
			return c, nil
		}
	}
	return nil, usage("--token: there is no token in %s", evidence.Printable(l.token))
}
