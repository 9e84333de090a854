package evidence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func collect(seq func(func(*Case, error) bool)) (cases []*Case, problems []string) {
	for c, err := range seq {
		if c != nil {
			cases = append(cases, c)
		}
		if err != nil {
			problems = append(problems, err.Error())
		}
	}
	return cases, problems
}

const (
	healthyLine = `{"time":"2026-11-20T06:00:00Z","method":"GET","url":"https://graph.microsoft.com/v1.0/me","status":200,"authorization":"Bearer %s"}`
	failedLine  = `{"time":"2026-11-20T06:00:01Z","method":"GET","url":"https://graph.microsoft.com/v1.0/me/messages","status":403,"body":"{\"error\":{\"code\":\"ErrorAccessDenied\",\"message\":\"Access is denied.\"}}"}`
)

// TestReadHealthy: what went well is read where it is asked for.
func TestReadHealthy(t *testing.T) {
	text := strings.Repeat(fmt.Sprintf(healthyLine, Mint(map[string]any{"aud": "x", "appid": "y"}))+"\n", 3)
	if cases, _ := collect(Read(context.Background(), Input{"log", strings.NewReader(text), nil})); len(cases) > 0 {
		t.Errorf("%d cases in a healthy log", len(cases))
	}
	cases, _ := collect(ReadHealthy(context.Background(), Input{"log", strings.NewReader(text), nil}))
	if len(cases) != 1 || len(cases[0].Seen) != 1 {
		t.Errorf("%d cases, want one with the token", len(cases))
	}
}

// broken gives some bytes, then an error.
type broken struct {
	r   io.Reader
	err error
}

func (b broken) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if errors.Is(err, io.EOF) {
		err = b.err
	}
	return n, err
}

// TestBrokenOff: what was read before a reader broke off stands, and the problem
// names the line.
func TestBrokenOff(t *testing.T) {
	healthy := fmt.Sprintf(healthyLine, "x") + "\n"
	for name, text := range map[string]string{
		"json":     strings.Repeat(healthy, 5) + failedLine + "\n",
		"long":     strings.Repeat(healthy, 5000) + failedLine + "\n",
		"document": "HTTP/1.1 403 Forbidden\n\n{\"error\":{\"code\":\"ErrorAccessDenied\",\"message\":\"Access is denied.\"}}\n",
		"plain":    strings.Repeat("2026-11-20 06:00:00 INFO all is well\n", 5000) + "2026-11-20 06:00:01 ERROR AADSTS65001: The user or administrator has not consented\n",
		"list":     `[` + strings.Repeat(`{"a":"`+strings.Repeat("x", 1000)+"\"},\n", 3000) + failedLine + ",\n",
	} {
		for _, fault := range []error{errors.New("the disk is on fire"), io.ErrUnexpectedEOF} { // the second: gzip and zstd that were cut off
			cases, problems := collect(Read(context.Background(), Input{name, broken{strings.NewReader(text), fault}, nil}))
			lines := 1 + strings.Count(text, "\n")
			if want := fmt.Sprintf("%s:%d: reading stopped: %v", name, lines, fault); len(problems) != 1 || problems[0] != want {
				t.Errorf("%s: problems %q, want %q", name, problems, want)
			}
			if len(cases) != 1 || !cases[0].Failed {
				t.Errorf("%s: %d cases, want the one that was read before", name, len(cases))
			}
		}
	}
}

// TestLongLines: a line past the limit is left out, said, and read past; whether
// it is does not depend on where it stands.
func TestLongLines(t *testing.T) {
	healthy := fmt.Sprintf(healthyLine, "x") + "\n"
	for _, size := range []int{maxLine - 100, maxLine + 1, 3 * maxLine} {
		for _, before := range []int{10, 1500, 1501, 4000} {
			long := `{"time":"2026-11-20T06:00:00Z","pad":"` + strings.Repeat("x", size-len(`{"time":"2026-11-20T06:00:00Z","pad":""}`)) + `"}`
			text := strings.Repeat(healthy, before) + long + "\n" + failedLine + "\n" + strings.Repeat(healthy, 3)
			cases, problems := collect(Read(context.Background(), Input{"log", strings.NewReader(text), nil}))
			if len(cases) != 1 || cases[0].Place.Line != before+2 {
				t.Errorf("%d bytes at line %d: the failure behind it was not read at its place", size, before+1)
			}
			if want := fmt.Sprintf("log:%d: the line is longer than 1 MiB, the limit of a line; it is left out", before+1); size > maxLine != (len(problems) == 1 && problems[0] == want) {
				t.Errorf("%d bytes at line %d: problems %q", size, before+1, problems)
			}
		}
	}
}

// fault panics.
type fault struct{}

func (fault) next(*Worker) part { panic("oh") }

// TestFaultOfAReader ends one input, not the reading.
func TestFaultOfAReader(t *testing.T) {
	f := &Feed{ctx: context.Background(), cur: fault{}, name: "bad", next: once(Input{"good", strings.NewReader(failedLine), nil})}
	w := f.Worker()
	var cases, problems int
	for {
		seq, _, ok := f.Next(w)
		if !ok {
			break
		}
		c, p := collect(seq)
		cases, problems = cases+len(c), problems+len(p)
	}
	if cases != 1 || problems != 1 {
		t.Errorf("%d cases and %d problems, want one each", cases, problems)
	}
}

// TestSplitter: elements come out as they stand, whole, with their lines.
func TestSplitter(t *testing.T) {
	text := "{\"a\": [1, 2],\n \"value\": [\n{\"x\": \"]}{[\\\"\", \"y\": [1]},\n\n {\"z\": {}} ],\n\"tail\": {\"entries\": 3}}"
	s := newSplitter(iotest{strings.NewReader(text)})
	var got []string
	for {
		e, line, err := s.next()
		if err != nil {
			break
		}
		got = append(got, fmt.Sprintf("%d %s", line, bytes.TrimSpace(e)))
	}
	want := []string{`3 {"x": "]}{[\"", "y": [1]}`, `5 {"z": {}}`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// iotest gives a byte at a time.
type iotest struct{ r io.Reader }

func (r iotest) Read(p []byte) (int, error) { return r.r.Read(p[:min(len(p), 1)]) }
