package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"syscall"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/report"
	"github.com/graphdoctor/graphdoctor/rules"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// maxDecoded bounds the tokens that one decode tells of; the others are counted.
const maxDecoded = 20

// decoding is what decode was asked for.
type decoding struct {
	format, color string
	verbose       bool
}

func (e *env) decodeCmd() *cobra.Command {
	var d decoding
	cmd := &cobra.Command{
		Use:   "decode [FILE|-]",
		Short: "Put a token into plain words, without judging it",
		Long: `Reads a token, or anything that holds one (a curl trace, a token response, a log), and tells what its claims say: the API it is
for, the app, the tenant, delegated or application, permissions, directory roles by name, and its times. The signature is not
checked and nothing is judged. The persons that the token names are shown here, and by no other command. The token itself is not.`,
		Example: `  pbpaste | graphdoctor decode
  graphdoctor decode --format json token.txt`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return e.decode(&d, args) },
	}
	f := cmd.Flags()
	f.StringVar(&d.format, "format", "text", "text, json or markdown; several tokens make as many documents, one after the other")
	f.StringVar(&d.color, "color", "auto", "auto, always or never")
	f.BoolVar(&d.verbose, "verbose", false, "show every value of long lists")
	return cmd
}

func (e *env) decode(d *decoding, args []string) error {
	if !slices.Contains(report.DecodedFormats, d.format) {
		return usageError{report.WriteDecoded(io.Discard, checks.Decoded{}, d.format, report.Options{})}
	}
	opt, err := e.options(&outputs{color: d.color, verbose: d.verbose, failOn: "never"}, "")
	if err != nil {
		return err
	}
	if f, ok := e.in.(*os.File); ok && len(args) == 0 && term.IsTerminal(int(f.Fd())) {
		return usage("nothing to read: name a file with a token, or pipe one in")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	found, err := e.tokens(ctx, args)
	if len(found) == 0 {
		e.code = exitFailed
		if err != nil {
			return err
		}
		return errors.New("there is no token in the input: give the value of the Authorization header, or a response, trace or log that holds one")
	}
	werr := e.writeTo("", func(w io.Writer) error {
		for i, one := range found[:min(len(found), maxDecoded)] {
			if i > 0 && d.format != "json" {
				if _, err := io.WriteString(w, "\n"); err != nil {
					return err
				}
			}
			if err := report.WriteDecoded(w, one, d.format, opt); err != nil {
				return err
			}
		}
		return nil
	})
	if more := len(found) - maxDecoded; more > 0 {
		fmt.Fprintf(e.err, "graphdoctor: %d more tokens were not told; the limit is %d\n", more, maxDecoded)
	}
	if err = errors.Join(err, werr); err != nil {
		e.code = exitFailed
	}
	return err
}

// tokens decodes every token of the input, each once, in the order in which
// they stand.
func (e *env) tokens(ctx context.Context, args []string) ([]checks.Decoded, error) {
	var found []checks.Decoded
	var problems []error
	seen := map[*evidence.Token]bool{}
	for in, err := range (&source{env: e, args: args}).inputs(ctx) {
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for c, err := range evidence.ReadHealthy(ctx, in) {
			if err != nil {
				problems = append(problems, err)
			}
			if c == nil {
				continue
			}
			for _, t := range c.Seen {
				if seen[t] {
					continue
				}
				seen[t] = true
				one := rules.Decode(t)
				if !slices.ContainsFunc(found, func(d checks.Decoded) bool { return sameDecoded(d, one) }) {
					found = append(found, one)
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b checks.Decoded) int { return a.Place.Line - b.Place.Line })
	return found, errors.Join(problems...)
}

// sameDecoded compares what two tokens say, wherever they stand.
func sameDecoded(a, b checks.Decoded) bool {
	a.Place, b.Place = evidence.Place{}, evidence.Place{}
	a.Stripped, b.Stripped = nil, nil
	return reflect.DeepEqual(a, b)
}
