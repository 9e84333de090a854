//go:build unix

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/graphdoctor/graphdoctor/testdata/gatewaylog"
	"github.com/klauspost/compress/zstd"
)

// This file holds what the program takes, as a process of its own: memory, file
// handles; and that carriers and workers change no byte of its answer.

// program builds the program.
func program(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "graphdoctor")
	cmd := exec.Command("go", "build", "-o", bin, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

func writeLog(t *testing.T, name string, o gatewaylog.Options) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := gatewaylog.Write(f, o); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMemory: what is held at once does not grow with the input. The inputs are
// longer than the limits.
func TestMemory(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("writes 180 MiB, and reads /proc")
	}
	bin, dir := program(t), t.TempDir()
	for _, c := range []struct {
		form  gatewaylog.Form
		size  int64
		limit int64 // MiB
	}{
		{gatewaylog.JSON, 72, 64},
		{gatewaylog.HAR, 104, 96},
	} {
		name := filepath.Join(dir, string(c.form))
		writeLog(t, name, gatewaylog.Options{Bytes: c.size << 20, Form: c.form})
		cmd := exec.Command(bin, "--exit-zero", name)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		peak := watch(cmd.Process.Pid)
		if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "Fix these") {
			t.Fatalf("%s: %v: %.300s", c.form, err, out.String())
		}
		t.Logf("%s: %d MiB take %d MiB", c.form, c.size, peak)
		if peak == 0 || peak > c.limit {
			t.Errorf("%s: %d MiB of memory, limit %d", c.form, peak, c.limit)
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// watch follows a process to its end and returns the most memory that it held, in
// MiB. What wait reports includes the parent's, from before the program began.
func watch(pid int) (peak int64) {
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, rest, ok := strings.Cut(string(text), "VmHWM:")
		if err != nil || !ok { // it has ended
			return peak
		}
		var kib int64
		if _, err := fmt.Sscan(rest, &kib); err == nil {
			peak = max(peak, kib>>10)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestManyFiles: a folder of many files is read with few handles open at once,
// compressed ones among them.
func TestManyFiles(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	var log bytes.Buffer
	if err := gatewaylog.Write(&log, gatewaylog.Options{Lines: 3, Fails: 1000}); err != nil {
		t.Fatal(err)
	}
	const files = 3000
	for i := range files {
		text := log.Bytes()
		if i%3 == 0 {
			text = packed(t, text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.log", i)), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("sh", "-c", `ulimit -n 40 && exec "$0" --exit-zero --jobs 4 "$1"`, bin, dir).CombinedOutput()
	if want := fmt.Sprintf("%d,%03d failed calls", 3*files/1000, 3*files%1000); err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("%v: %.300s; want %s", err, out, want)
	}
}

func packed(t *testing.T, text []byte, to func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var b bytes.Buffer
	w := to(&b)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSameBytes: the number of workers and what carries a log change no byte.
func TestSameBytes(t *testing.T) {
	for _, form := range []gatewaylog.Form{gatewaylog.JSON, gatewaylog.Plain, gatewaylog.HAR} {
		var log bytes.Buffer
		if err := gatewaylog.Write(&log, gatewaylog.Options{Bytes: 3 << 20, Form: form, Seed: 3}); err != nil {
			t.Fatal(err)
		}
		zs := packed(t, log.Bytes(), func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z })
		gz := packed(t, log.Bytes(), func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
		for _, format := range []string{"json", "text", "jsonl"} {
			want := ""
			for _, c := range []struct {
				name string
				text []byte
				jobs string
			}{{"one job", log.Bytes(), "1"}, {"two jobs", log.Bytes(), "2"}, {"five jobs", log.Bytes(), "5"}, {"gzip", gz, "2"}, {"zstd", zs, "1"}} {
				var out, errs bytes.Buffer
				if code := run([]string{"--jobs", c.jobs, "--format", format, "-"}, bytes.NewReader(c.text), &out, &errs); code != exitFound {
					t.Fatalf("%s %s: exit code %d: %s", form, c.name, code, errs.String())
				}
				if want == "" {
					want = out.String()
				}
				if out.String() != want {
					t.Errorf("%s, %s, %s: not the same bytes as with one job", form, format, c.name)
				}
			}
		}
	}
}
