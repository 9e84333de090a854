// Command graphdoctor-page serves the page for the support desk on this machine.
// The page diagnoses in the browser; this program hands out its files and is
// told nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// Exit codes, as those of graphdoctor.
const (
	exitDone   = 0
	exitUsage  = 2
	exitFailed = 3
)

// run is the whole program.
func run(args []string, out, errw io.Writer) int {
	f := pflag.NewFlagSet("graphdoctor-page", pflag.ContinueOnError)
	f.SetOutput(errw)
	f.Usage = func() {
		fmt.Fprintf(errw, "Serves graphdoctor's page on this machine. Nothing that is given to the page leaves the browser.\n\nUsage:\n  graphdoctor-page [--listen 127.0.0.1:0]\n\nFlags:\n%s", f.FlagUsages())
	}
	listen := f.String("listen", "127.0.0.1:0", "address and port; port 0 takes a free one")
	remote := f.Bool("allow-remote", false, "let other machines in too, where --listen names an address that they reach")
	dir := f.String("dir", "", "serve the page from this folder, as `make web` leaves it, and not the one that was built in")
	complain := func(code int, err error) int {
		fmt.Fprintln(errw, "graphdoctor-page:", tame(err.Error()))
		return code
	}
	switch err := f.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return exitDone
	case err != nil:
		return complain(exitUsage, err)
	case f.NArg() > 0:
		return complain(exitUsage, fmt.Errorf("%q: it takes no arguments; files are given to the page", f.Arg(0)))
	}
	if !*remote {
		if err := onlyLocal(*listen); err != nil {
			return complain(exitUsage, err)
		}
	}
	files := built
	if *dir != "" {
		files = os.DirFS(*dir)
	}
	if !complete(files) {
		return complain(exitUsage, errors.New("there is no page here: build it with `make web`, and name its folder with --dir web/dist"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *listen, newHandler(files, !*remote), out); err != nil {
		return complain(exitFailed, err)
	}
	return exitDone
}

// tame leaves out of a complaint what may be a token or a secret: somebody who
// is in a hurry pastes it after the program's name.
func tame(s string) string {
	const long = 20
	var b strings.Builder
	for len(s) > 0 {
		n := 0
		for n < len(s) && (s[n] >= 'a' && s[n] <= 'z' || s[n] >= 'A' && s[n] <= 'Z' || s[n] >= '0' && s[n] <= '9' || strings.IndexByte("._~+/=-", s[n]) >= 0) {
			n++
		}
		if n < long {
			n = min(n+1, len(s))
			b.WriteString(s[:n])
		} else {
			b.WriteString("<withheld>")
		}
		s = s[n:]
	}
	return b.String()
}

// complete tells whether the page was built, as it is or in its compressed forms.
func complete(files fs.FS) bool {
	for _, name := range [...]string{"graphdoctor.wasm", "graphdoctor.wasm.gz"} {
		if _, err := fs.Stat(files, name); err == nil {
			return true
		}
	}
	return false
}

// onlyLocal refuses an address that other machines could reach.
func onlyLocal(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("--listen %q is no address with a port, such as 127.0.0.1:0", listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--listen %q would let other machines in; say so with --allow-remote, or take 127.0.0.1", listen)
	}
	return nil
}

// serve hands out the page until the context ends. It prints the address once
// it listens.
func serve(ctx context.Context, listen string, h http.Handler, out io.Writer) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	if _, err := fmt.Fprintf(out, "http://%s/\n", l.Addr()); err != nil {
		return errors.Join(err, s.Close())
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := s.Shutdown(late); err != nil {
			return s.Close()
		}
		return nil
	}
}
