package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Whole processes, from start to exit, as users meet them:
//
//	go test -run '^$' -bench Process ./cmd/graphdoctor
//
// BenchmarkProcessHello is the floor: a program that prints one line.

const hello = `package main

import "os"

func main() { os.Stdout.WriteString("hello\n") }
`

// built compiles a program once for a benchmark.
func built(b *testing.B, name string) string {
	b.Helper()
	dir := b.TempDir()
	bin := filepath.Join(dir, name)
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", bin}
	if name == "hello" {
		src := filepath.Join(dir, "hello.go")
		if err := os.WriteFile(src, []byte(hello), 0o600); err != nil {
			b.Fatal(err)
		}
		args = append(args, src)
	} else {
		args = append(args, ".")
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

func process(b *testing.B, want string, bin string, args ...string) {
	for b.Loop() {
		out, err := exec.Command(bin, args...).Output()
		if err != nil || !bytes.Contains(out, []byte(want)) {
			b.Fatalf("%v: %.300s", err, out)
		}
	}
}

func BenchmarkProcessHello(b *testing.B) { process(b, "hello", built(b, "hello")) }

// BenchmarkProcessNeedOne is the cold start to the first answer.
func BenchmarkProcessNeedOne(b *testing.B) {
	process(b, "Mail.ReadBasic", built(b, "graphdoctor"), "need", "GET /me/messages")
}

// BenchmarkProcessNeed1000 answers a list of a thousand different requests.
func BenchmarkProcessNeed1000(b *testing.B) {
	file := filepath.Join(b.TempDir(), "calls.txt")
	if err := os.WriteFile(file, []byte(manyRequests(b, 1000)), 0o600); err != nil {
		b.Fatal(err)
	}
	bin := built(b, "graphdoctor")
	for _, format := range []string{"text", "json", "manifest"} {
		b.Run(format, func(b *testing.B) { process(b, "", bin, "need", "--format", format, file) })
	}
}

// manyRequests draws requests from the permission map, spread over all of it.
func manyRequests(b *testing.B, n int) string {
	b.Helper()
	text, err := os.ReadFile("../../rules/catalog/permissions.txt")
	if err != nil {
		b.Fatal(err)
	}
	var rows []string
	for l := range strings.Lines(string(text)) {
		if c := strings.Split(l, "\t"); l[0] == '/' && !strings.ContainsAny(c[0], "?}{}}. ()") || l[0] == '/' && strings.Contains(c[0], "/{id}/") && !strings.ContainsAny(c[0], "? (.") {
			rows = append(rows, c[1]+" https://graph.microsoft.com/v1.0"+c[0])
		}
	}
	var out strings.Builder
	for i := range n {
		fmt.Fprintln(&out, rows[i*len(rows)/n])
	}
	return out.String()
}
