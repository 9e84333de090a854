// Command make builds the page's folder: the engine as WebAssembly, the page's
// files beside it, and compressed forms of all of them for servers that can hand
// those out. It is a module of its own, so that what it and its tests need never
// weighs on the program.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

func main() {
	root := flag.String("root", "../..", "the repository")
	version := flag.String("version", "dev", "what reports name as the version")
	plain := flag.Bool("plain", false, "leave the compressed forms out")
	flag.Parse()
	if err := build(*root, *version, !*plain); err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(1)
	}
}

func build(root, version string, compressed bool) error {
	dist := filepath.Join(root, "web", "dist")
	if err := os.RemoveAll(dist); err != nil {
		return err
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	wasm := filepath.Join(dist, "graphdoctor.wasm")
	if err := compile(root, wasm, version); err != nil {
		return err
	}
	runtime, err := wasmExec()
	if err != nil {
		return err
	}
	script, err := script(root)
	if err != nil {
		return err
	}
	files := map[string][]byte{"wasm_exec.js": runtime, "app.js": script}
	for _, name := range []string{"index.html", "style.css", "worker.js"} {
		if files[name], err = os.ReadFile(filepath.Join(root, "web", "page", name)); err != nil {
			return err
		}
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dist, name), b, 0o644); err != nil {
			return err
		}
	}
	engine, err := os.ReadFile(wasm)
	if err != nil {
		return err
	}
	small, err := shorten(engine)
	if err != nil { // another version of Go; the page works as well
		fmt.Fprintf(os.Stderr, "make: the engine's code stays as it is: %v\n", err)
	}
	if small, err = strip(small); err != nil {
		fmt.Fprintf(os.Stderr, "make: the engine keeps its names and lines: %v\n", err)
	}
	if err := os.WriteFile(wasm, small, 0o644); err != nil {
		return err
	}
	files["graphdoctor.wasm"] = small
	fmt.Printf("graphdoctor.wasm: %d bytes, as it was linked %d\n", len(small), len(engine))
	if !compressed {
		return nil
	}
	for name, b := range files {
		br, gz, err := compress(filepath.Join(dist, name), b)
		if err != nil {
			return err
		}
		if name == "graphdoctor.wasm" {
			fmt.Printf("%s: %d bytes by brotli, %d by gzip\n", name, br, gz)
		}
	}
	return nil
}

// rare are the packages whose functions run a few times for an answer. Copies of
// functions inside of others make them larger and not noticeably quicker.
var rare = []string{
	"github.com/graphdoctor/graphdoctor/rules/...", "github.com/graphdoctor/graphdoctor/report", "github.com/graphdoctor/graphdoctor/checks",
	"github.com/graphdoctor/graphdoctor/web/...", "encoding/json", "encoding/csv", "encoding/xml", "time", "fmt", "reflect", "net/...", "crypto/...",
}

// compile builds the engine without tables for debuggers.
func compile(root, out, version string) error {
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	args := []string{"build", "-trimpath", "-ldflags", "-s -w -X github.com/graphdoctor/graphdoctor/web/session.Version=" + version, "-o", out}
	for _, p := range rare {
		args = append(args, "-gcflags="+p+"=-l")
	}
	cmd := exec.Command("go", append(args, "./web/wasm")...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	if msg, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, msg)
	}
	return nil
}

// wasmExec is the script that Go's own distribution brings for its programs in
// WebAssembly; it must be of the Go that compiled the engine.
func wasmExec() ([]byte, error) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "wasm", "wasm_exec.js"))
}

// script joins the parts of the page's script, in the order of their names, and
// puts the examples before them.
func script(root string) ([]byte, error) {
	parts, err := filepath.Glob(filepath.Join(root, "web", "page", "app", "*.js"))
	if err != nil {
		return nil, err
	}
	slices.Sort(parts)
	var b bytes.Buffer
	b.WriteString("\"use strict\";\n(() => {\nconst EXAMPLES = ")
	list, err := examples(root)
	if err != nil {
		return nil, err
	}
	b.Write(list)
	b.WriteString(";\n")
	for _, p := range parts {
		text, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		b.Write(text)
	}
	b.WriteString("})();\n")
	return b.Bytes(), nil
}

type example struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// examples are the files of testdata/examples, as the page offers them. Their
// names are their titles.
func examples(root string) ([]byte, error) {
	dir := filepath.Join(root, "testdata", "examples")
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []example
	for _, e := range entries {
		if e.IsDir() { // a project to lint, which is no matter of the page
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		title, _, _ := strings.Cut(e.Name(), ".")
		all = append(all, example{e.Name(), strings.ReplaceAll(title, "-", " "), string(text)})
	}
	return json.Marshal(all)
}

// compress writes a file's brotli and gzip forms and returns their sizes.
func compress(name string, b []byte) (inBrotli, inGzip int, err error) {
	var br, gz bytes.Buffer
	z, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		return 0, 0, err
	}
	for _, w := range []io.WriteCloser{z, brotli.NewWriterOptions(&br, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 24})} {
		if _, err := w.Write(b); err != nil {
			return 0, 0, err
		}
		if err := w.Close(); err != nil {
			return 0, 0, err
		}
	}
	return br.Len(), gz.Len(), errors.Join(os.WriteFile(name+".br", br.Bytes(), 0o644), os.WriteFile(name+".gz", gz.Bytes(), 0o644))
}
