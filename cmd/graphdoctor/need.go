package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// needing is what need was asked for.
type needing struct {
	outputs
	kinds  []string
	have   []string
	strict bool
}

func (e *env) needCmd() *cobra.Command {
	n := needing{outputs: outputs{failOn: "never"}} // it finds nothing that could fail
	cmd := &cobra.Command{
		Use:   "need 'METHOD URL'|CMDLET|FILE|-...",
		Short: "Tell which permissions requests need, least privileged first, and the smallest set for all of them",
		Long: `Looks requests up in the permission map, offline. A request is a method and a URL or path ('GET /me/messages'; without a
method it is GET), a Graph PowerShell cmdlet ('Get-MgUser -UserId x'), or a curl command. A file, or - for standard input,
holds a request a line, a HAR, a log, the body of a $batch, or code; which of them is told from the content.`,
		Example: `  graphdoctor need 'GET /users/{id}/messages'
  graphdoctor need --kind application --have 'User.Read.All Mail.Read' 'GET /users' 'POST /users/{id}/sendMail'
  graphdoctor need --kind delegated --format manifest calls.txt
  graphdoctor need 'PATCH /users/{id} {"accountEnabled": false}'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.need(&n, args, cmd.Flags().Changed("have"))
		},
	}
	f := cmd.Flags()
	var names []string
	for _, x := range report.NeedFormats {
		names = append(names, x.Name)
	}
	f.StringArrayVar(&n.formats, "format", []string{"text"}, "form of the answer, with =FILE for a file; repeatable: "+strings.Join(names, ", "))
	f.StringVar(&n.color, "color", "auto", "auto, always or never")
	f.BoolVar(&n.verbose, "verbose", false, "leave nothing out of the text")
	f.StringSliceVar(&n.kinds, "kind", nil, "only these kinds of caller: "+strings.Join(rules.NeedKinds, ", "))
	f.StringArrayVar(&n.have, "have", nil, "permissions that are held: tell what is missing and what is in excess")
	f.BoolVar(&n.strict, "strict", false, "exit 3 when any part of the input could not be read")
	return cmd
}

func (e *env) need(n *needing, args []string, compare bool) error {
	for _, k := range n.kinds {
		if !slices.Contains(rules.NeedKinds, k) {
			return usage("--kind %q: one of %s", evidence.Printable(k), strings.Join(rules.NeedKinds, ", "))
		}
	}
	all, err := needTargets(n.formats)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		if f, ok := e.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			return usage("nothing to look up: give a request such as 'GET /me/messages', a file, or pipe something in")
		}
		args = []string{"-"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	in := &needInput{env: e}
	for i := 0; i < len(args); i++ {
		a := args[i]
		if i+1 < len(args) && methodWord(a) { // GET /me without quotes
			i++
			a += " " + args[i]
		}
		in.argument(ctx, i, a)
	}
	result := rules.Need(in.calls, rules.NeedOptions{Kinds: n.kinds, Have: splitList(n.have), Compare: compare})
	wrong := in.wrong || slices.ContainsFunc(result.Problems, func(p *evidence.Problem) bool { return p.Place.Line == 0 })
	result.Problems = append(in.problems, result.Problems...)
	for _, t := range all {
		opt, err := e.options(&n.outputs, t.file)
		if err != nil {
			return err
		}
		if err := e.writeTo(t.file, func(w io.Writer) error { return t.Write(w, result, opt) }); err != nil {
			e.code = exitFailed
			return fmt.Errorf("writing %s: %w", t.Name, err)
		}
		if t.Name == "manifest" {
			for _, l := range report.LeftOutOfManifest(result) {
				fmt.Fprintln(e.err, "graphdoctor: not in the manifest:", l)
			}
		}
	}
	if err := report.WriteNeedProblems(e.err, result); err != nil {
		return err
	}
	switch {
	case wrong:
		e.code = exitUsage
	case in.unread && len(in.calls) == 0, n.strict && len(result.Problems) > 0:
		e.code = exitFailed
	}
	if ctx.Err() != nil {
		e.code = exitFailed
		return errors.New("interrupted; what was read so far is answered")
	}
	return nil
}

// A needTarget is one answer to write: its form and its file, "" for standard output.
type needTarget struct {
	report.NeedFormat
	file string
}

func needTargets(formats []string) ([]needTarget, error) {
	var out []needTarget
	toStdout := ""
	for _, spec := range formats {
		name, file, named := strings.Cut(spec, "=")
		f, err := report.LookupNeed(name)
		switch {
		case err != nil:
			return nil, usageError{err}
		case named && file == "":
			return nil, usage("--format %s names no file after the =", spec)
		case !named && toStdout != "":
			return nil, usage("--format %s and --format %s both go to standard output; give one of them a file: --format %s=FILE", toStdout, name, name)
		case !named:
			toStdout = name
		}
		out = append(out, needTarget{f, file})
	}
	return out, nil
}

func splitList(all []string) []string {
	var out []string
	for _, s := range all {
		out = append(out, strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '\n' || r == '\t' })...)
	}
	return out
}

// needInput gathers the requests of all arguments.
type needInput struct {
	env      *env
	calls    []*evidence.Call
	problems []*evidence.Problem
	wrong    bool // an argument is no request
	unread   bool // a file could not be read
}

// argument reads one argument: a file if there is one of that name, else a
// request.
func (in *needInput) argument(ctx context.Context, i int, arg string) {
	at := evidence.Place{File: fmt.Sprintf("argument %d", i+1)}
	if arg == "-" {
		in.read(ctx, "-", in.env.in)
		return
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir() && !strings.HasPrefix(arg, "/"), err != nil && fileLike(arg):
		if err == nil {
			err = errors.New("it is a folder")
		} else {
			err = errors.New("no such file")
		}
		in.failed(evidence.Place{File: arg}, err)
		return
	case err == nil && !info.IsDir():
		f, err := os.Open(arg)
		if err != nil {
			in.failed(evidence.Place{File: arg}, err)
			return
		}
		defer f.Close()
		in.read(ctx, arg, f)
		return
	}
	c, err := evidence.ParseCall(arg, at)
	if err != nil {
		in.wrong = true
		in.problems = append(in.problems, &evidence.Problem{Place: at, Err: err})
		return
	}
	in.calls = append(in.calls, c)
}

func methodWord(a string) bool {
	return slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"}, strings.ToUpper(a))
}

// fileLike tells a name that was meant as a file's.
func fileLike(arg string) bool {
	if strings.ContainsAny(arg, " ?") || strings.Contains(arg, ":/") || strings.HasPrefix(arg, "/") {
		return false
	}
	if strings.HasPrefix(arg, "./") || strings.HasPrefix(arg, "../") {
		return true
	}
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".txt", ".har", ".json", ".jsonl", ".ndjson", ".log", ".csv", ".md", ".http", ".ps1", ".js", ".ts", ".py", ".gz":
		return true
	}
	return false
}

func (in *needInput) read(ctx context.Context, name string, r io.Reader) {
	before := len(in.calls)
	for c, err := range evidence.Calls(ctx, evidence.Input{Name: name, Reader: r}) {
		var p *evidence.Problem
		switch {
		case errors.As(err, &p):
			in.problems = append(in.problems, p)
		case err != nil:
			in.failed(evidence.Place{File: name}, err)
		default:
			in.calls = append(in.calls, c)
		}
	}
	in.unread = in.unread || len(in.calls) == before
}

func (in *needInput) failed(at evidence.Place, err error) {
	in.unread = true
	in.problems = append(in.problems, &evidence.Problem{Place: at, Err: err})
}
