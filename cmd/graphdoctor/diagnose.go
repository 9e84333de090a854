package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// diagnosis is what diagnose was asked for.
type diagnosis struct {
	outputs
	token, request, app string
	status              int
	headers             []string
	now                 string
	only, skip          []string
	whyNot              []string
	strict              bool
	claimsFor           string
	maxKinds            int
	jobs                int
}

func (e *env) diagnoseCmd() *cobra.Command {
	var d diagnosis
	cmd := &cobra.Command{
		Use:   "diagnose [FILE|-]...",
		Short: "Find the root cause of a failure in whatever it left behind (the default command)",
		Long: `Reads a response, a curl trace, a HAR file, an exception, a log, a token or a ticket, and prints
the root cause, its evidence and the fixes. Nothing is sent anywhere. The format is recognised from the content.`,
		Example: `  curl -i -H "Authorization: Bearer $TOKEN" https://graph.microsoft.com/v1.0/me/messages | graphdoctor
  graphdoctor failed.har
  graphdoctor --token token.txt --request 'GET https://graph.microsoft.com/v1.0/users' --status 403`,
		RunE: func(_ *cobra.Command, args []string) error { return e.diagnose(&d, args) },
	}
	f := cmd.Flags()
	d.register(f)
	f.StringVar(&d.token, "token", "", "file with the token that was sent (- is standard input)")
	f.StringVar(&d.request, "request", "", "the request that failed: 'GET https://...'")
	f.IntVar(&d.status, "status", 0, "HTTP status of the answer")
	f.StringArrayVar(&d.headers, "header", nil, "a header of the answer: 'Name: value'; repeatable")
	f.StringVar(&d.app, "app", "", "file with the app registration (JSON), in which what the token lacks is looked up")
	f.StringVar(&d.now, "now", "", "take this moment (RFC 3339) for the present")
	f.StringSliceVar(&d.only, "only", nil, "ask only these rules")
	f.StringSliceVar(&d.skip, "skip", nil, "leave these rules out")
	f.StringSliceVar(&d.whyNot, "why-not", nil, "tell why these rules stayed silent")
	f.BoolVar(&d.strict, "strict", false, "exit 3 when any part of the input could not be read")
	f.StringVar(&d.claimsFor, "claims-for", "", "print only the retry that answers a claims challenge, in this language: "+strings.Join(rules.SnippetLanguages(), ", "))
	f.IntVar(&d.maxKinds, "max-kinds", checks.DefaultMaxKinds, "keep at most this many kinds of finding")
	f.IntVar(&d.jobs, "jobs", 0, "read with this many workers (0: one for each processor); the result is the same for any number")
	return cmd
}

func (e *env) diagnose(d *diagnosis, args []string) error {
	all, err := d.targets()
	if err != nil {
		return err
	}
	if _, err := d.failLevel(); err != nil {
		return err
	}
	table, err := checks.Select(rules.All(), d.only, d.skip)
	if err != nil {
		return usageError{err}
	}
	if d.jobs < 0 {
		return usage("--jobs %d: a number of workers, 0 for one on each processor", d.jobs)
	}
	moment, err := d.moment()
	if err != nil {
		return err
	}
	if _, ok := rules.Snippet(d.claimsFor, "{}"); d.claimsFor != "" && !ok {
		return usage("--claims-for %q: one of %s", d.claimsFor, strings.Join(rules.SnippetLanguages(), ", "))
	}
	parts, err := d.parts(e.in)
	if err != nil {
		return err
	}
	if len(args) == 0 && len(parts) == 0 {
		if f, ok := e.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return usage("nothing to read: name a file, or pipe something in (graphdoctor --help shows how)")
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // who asks twice need not wait

	m := &meter{}
	src := &source{env: e, args: args, parts: parts, meter: m}
	if d.claimsFor != "" {
		return e.claimsFor(ctx, d.claimsFor, src)
	}
	opt := checks.Options{MaxKinds: d.maxKinds, Jobs: d.jobs, Now: moment, Known: rules.KnownID, Failures: &m.failures}
	var silent []string
	d.when = moment
	lines, all, err := e.stream(all, &d.outputs)
	if err != nil {
		return err
	}
	if len(d.whyNot) > 0 || lines != nil {
		opt.Each = func(c *evidence.Case, found []checks.Finding) {
			silent = append(silent, rules.WhyNot(c, found, d.whyNot)...)
			lines.write(found)
		}
	}
	stopShowing := e.progress(m, args)
	// an interrupt ends the reading; what was read by then is examined
	result, _ := checks.Diagnose(context.WithoutCancel(ctx), src.inputs(ctx), table, opt)
	stopShowing()
	lerr := lines.end()
	if lerr != nil && lines.file {
		all = withText(all)
	}
	werr := errors.Join(lerr, e.write(result, all, &d.outputs, false, table))
	for _, line := range silent {
		fmt.Fprintln(e.err, evidence.Printable(line))
	}
	if perr := report.WriteProblems(e.err, result); perr != nil && werr == nil {
		werr = perr
	}
	e.exit(result, &d.outputs, result.Inputs, d.strict)
	if werr != nil {
		e.code = exitFailed
		return werr
	}
	if ctx.Err() != nil {
		e.code = exitFailed
		return errors.New("interrupted; what was found so far is reported")
	}
	return nil
}

// moment is the present: --now, or the clock.
func (d *diagnosis) moment() (time.Time, error) {
	if d.now == "" {
		return now(), nil
	}
	t, err := time.Parse(time.RFC3339, d.now)
	if err != nil {
		return t, usage("--now %q is no RFC 3339 time such as 2026-11-21T02:00:00Z", d.now)
	}
	return t, nil
}

// parts gathers what was given by hand, in the order of an exchange.
func (d *diagnosis) parts(stdin io.Reader) ([]evidence.Part, error) {
	var parts []evidence.Part
	add := func(name, text string) { parts = append(parts, evidence.Part{Name: name, Text: text}) }
	if d.request != "" {
		add("--request", d.request+"\n")
	}
	if d.token != "" {
		text, err := readSmall(d.token, stdin)
		if err != nil {
			return nil, usage("--token: %v", err)
		}
		add("--token", "Authorization: Bearer "+strings.TrimSpace(text)+"\n")
	}
	if d.status != 0 {
		if d.status < 100 || d.status > 599 {
			return nil, usage("--status %d is no HTTP status", d.status)
		}
		add("--status", fmt.Sprintf("HTTP/1.1 %d\n", d.status))
	}
	for _, h := range d.headers {
		if name, _, ok := strings.Cut(h, ":"); !ok || strings.ContainsAny(name, " \t") || name == "" {
			return nil, usage("--header %q is not of the form 'Name: value'", evidence.Printable(h))
		}
		add("--header", h+"\n")
	}
	if d.app != "" {
		text, err := readSmall(d.app, stdin)
		if err != nil {
			return nil, usage("--app: %v", err)
		}
		add("--app", text)
	}
	return parts, nil
}

// readSmall reads a file given beside the input.
func readSmall(name string, stdin io.Reader) (string, error) {
	r := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, 1<<20))
	return string(b), err
}

// claimsFor prints the code that answers the first claims challenge.
func (e *env) claimsFor(ctx context.Context, language string, src *source) error {
	for in, err := range src.inputs(ctx) {
		if err != nil {
			continue
		}
		for c := range evidence.Read(ctx, in) {
			if c == nil {
				continue
			}
			i := slices.IndexFunc(c.Said, func(s evidence.Statement) bool { return s.Claims != "" })
			if i < 0 {
				continue
			}
			code, _ := rules.Snippet(language, c.Said[i].Claims)
			_, err := fmt.Fprintln(e.out, code)
			return err
		}
	}
	e.code = exitFound
	return errors.New("there is no claims challenge in the input: it stands in the WWW-Authenticate header of the 401, or as claims in the token endpoint's answer")
}

func now() time.Time { return time.Now() }
