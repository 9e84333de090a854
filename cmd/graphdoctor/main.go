// Command graphdoctor diagnoses Microsoft Graph authorization failures. It
// reads whatever a failure left behind, offline, and prints the root cause,
// its evidence and the fixes.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes, as docs/contract promises them.
const (
	exitClean  = 0 // no finding at or above --fail-on
	exitFound  = 1
	exitUsage  = 2 // wrong usage or configuration
	exitFailed = 3 // an input could not be read, or the tool failed
)

// version is set by the release build.
var version = "dev"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// env is what a command works with: its streams and the exit code it leaves.
type env struct {
	in       io.Reader
	out, err io.Writer
	code     int
}

// run is the whole program, streams and arguments in, exit code out.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	// One short run over little data: collecting less often is faster, and the
	// limit keeps it small.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(44 << 20)
	e := &env{in: in, out: out, err: errw}
	if name, ok := secretArgument(args); ok {
		fmt.Fprintf(errw, "graphdoctor: %s holds a token or secret; give it in a file or by a pipe, since process lists and shell histories keep arguments\n", name)
		return exitUsage
	}
	root := e.root()
	root.SetArgs(withDefault(root, args))
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	if err := root.Execute(); err != nil {
		var u usageError
		fmt.Fprintf(errw, "graphdoctor: %v\n", err)
		if errors.As(err, &u) || e.code == 0 {
			return exitUsage
		}
	}
	return e.code
}

// usageError is wrong usage: it ends with exit code 2.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// root wires the commands.
func (e *env) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "graphdoctor",
		Short:             "Diagnose Microsoft Graph authorization failures, offline",
		SilenceUsage:      true,
		SilenceErrors:     true,
		Version:           version,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.AddCommand(e.diagnoseCmd(), e.decodeCmd(), e.lintCmd(), e.needCmd(), e.sanitizeCmd(), e.mergeCmd(), e.explainCmd(), e.rulesCmd(), e.versionCmd())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return root
}

// withDefault puts the word diagnose before arguments that name no command.
func withDefault(root *cobra.Command, args []string) []string {
	for _, a := range args {
		if a == "-h" || a == "--help" || a == "--version" || a == "-v" {
			if len(args) == 1 {
				return args
			}
			break
		}
	}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		if known(root, args[0]) {
			return args
		}
		if _, err := os.Stat(args[0]); err != nil && !strings.ContainsAny(args[0], "./\\") && nearCommand(root, args[0]) != "" {
			return args // cobra says what was meant
		}
	}
	return append([]string{"diagnose"}, args...)
}

func known(root *cobra.Command, word string) bool {
	if word == "help" || word == "completion" || strings.HasPrefix(word, "__complete") {
		return true
	}
	return slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == word || c.HasAlias(word) })
}

func nearCommand(root *cobra.Command, word string) string {
	if s := root.SuggestionsFor(word); len(s) > 0 {
		return s[0]
	}
	return ""
}

func (e *env) versionCmd() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version and the date of the permission catalog", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(e.out, versionLine())
			return err
		},
	}
}
