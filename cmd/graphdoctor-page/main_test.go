package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// page is a folder as `make web` leaves it; packed has the compressed forms
// alone, as they are built in.
func page(t *testing.T) (folder, packed fstest.MapFS) {
	t.Helper()
	folder, packed = fstest.MapFS{}, fstest.MapFS{}
	for name, text := range map[string]string{"index.html": "<!DOCTYPE html>", "app.js": "'use strict'", "graphdoctor.wasm": "\x00asm", "notes.txt": "not for browsers"} {
		var gz bytes.Buffer
		z := gzip.NewWriter(&gz)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		forms := fstest.MapFS{name + ".gz": {Data: gz.Bytes()}, name + ".br": {Data: []byte("brotli of " + text)}}
		folder[name] = &fstest.MapFile{Data: []byte(text)}
		for k, v := range forms {
			folder[k], packed[k] = v, v
		}
	}
	return folder, packed
}

func TestHandler(t *testing.T) {
	folder, packed := page(t)
	for _, c := range []struct {
		name, method, path, host, accept string
		files                            fstest.MapFS
		remote                           bool
		status                           int
		coding, body                     string
	}{
		{name: "the page", path: "/", status: 200, body: "<!DOCTYPE html>"},
		{name: "by its name", path: "/index.html", status: 200, body: "<!DOCTYPE html>"},
		{name: "in brotli", path: "/app.js", accept: "gzip, br", status: 200, coding: "br", body: "brotli of 'use strict'"},
		{name: "brotli refused", path: "/app.js", accept: "gzip, br;q=0", status: 200, coding: "gzip"},
		{name: "brotli by weight", path: "/app.js", accept: "br;q=0.5", status: 200, coding: "br"},
		{name: "a coding that only looks like it", path: "/app.js", accept: "brotli", status: 200, body: "'use strict'"},
		{name: "the engine for this machine", path: "/graphdoctor.wasm", accept: "br", status: 200, body: "\x00asm"},
		{name: "the engine for others", path: "/graphdoctor.wasm", accept: "br", remote: true, status: 200, coding: "br"},
		{name: "unpacked", path: "/app.js", files: packed, status: 200, body: "'use strict'"},
		{name: "the engine unpacked", path: "/graphdoctor.wasm", accept: "br", files: packed, status: 200, body: "\x00asm"},
		{name: "its head", method: "HEAD", path: "/app.js", status: 200},
		{name: "no file of the page", path: "/notes.txt", status: 404},
		{name: "a compressed form by its name", path: "/app.js.gz", status: 404},
		{name: "a file that is not there", path: "/other.js", status: 404},
		{name: "out of the folder", path: "/../main.js", status: 404},
		{name: "out of the folder, encoded", path: "/..%2fmain.js", status: 404},
		{name: "something sent", method: "POST", path: "/", status: 405},
		{name: "a foreign name", path: "/", host: "evil.example", status: 421},
		{name: "a foreign name that begins well", path: "/", host: "localhost.evil.example", status: 421},
		{name: "localhost", path: "/", host: "LOCALHOST:8080", status: 200, body: "<!DOCTYPE html>"},
		{name: "IPv6", path: "/", host: "[::1]:8080", status: 200, body: "<!DOCTYPE html>"},
		{name: "a foreign name where others are let in", path: "/", host: "desk.example", remote: true, status: 200, body: "<!DOCTYPE html>"},
	} {
		files := c.files
		if files == nil {
			files = folder
		}
		if c.method == "" {
			c.method = "GET"
		}
		q := httptest.NewRequest(c.method, c.path, nil)
		if q.Host = c.host; c.host == "" {
			q.Host = "127.0.0.1:8080"
		}
		q.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		newHandler(files, !c.remote).ServeHTTP(w, q)
		if w.Code != c.status || w.Header().Get("Content-Encoding") != c.coding {
			t.Errorf("%s: %d %q, want %d %q", c.name, w.Code, w.Header().Get("Content-Encoding"), c.status, c.coding)
		}
		if got := w.Body.String(); c.status == 200 && c.body != "" && got != c.body {
			t.Errorf("%s: %q, want %q", c.name, got, c.body)
		}
		for _, h := range headers {
			if w.Header().Get(h[0]) != h[1] {
				t.Errorf("%s: no %s", c.name, h[0])
			}
		}
		if strings.Contains(w.Body.String(), "not for browsers") {
			t.Errorf("%s: a file is handed out that is none of the page's", c.name)
		}
	}
}

// The page carries the policy itself, for servers that send no headers. A page
// cannot say who may frame it, so that part stands in the header alone.
func TestPolicy(t *testing.T) {
	b, err := os.ReadFile("../../web/page/index.html")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]+)"`).FindSubmatch(b)
	if m == nil {
		t.Fatal("the page has no policy")
	}
	own := html.UnescapeString(string(m[1]))
	if own+"; frame-ancestors 'none'" != policy {
		t.Errorf("the page says\n%s\nand the header\n%s", own, policy)
	}
	for _, bad := range []string{"unsafe-inline", "'unsafe-eval'", "*", "http:", "https:", "blob:"} {
		if strings.Contains(policy, bad) {
			t.Errorf("the policy lets in %s", bad)
		}
	}
	if regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|\son\w+=|<style|style=|javascript:`).Match(b) {
		t.Error("the page holds a script or a style of its own, which its policy forbids")
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, exitDone, "Usage:"},
		{[]string{"--listen", "0.0.0.0:0"}, exitUsage, "--allow-remote"},
		{[]string{"--listen", ":8080"}, exitUsage, "--allow-remote"},
		{[]string{"--listen", "192.0.2.1:0"}, exitUsage, "--allow-remote"},
		{[]string{"--listen", "localhost.evil.example:0"}, exitUsage, "--allow-remote"},
		{[]string{"--listen", "127.0.0.1"}, exitUsage, "no address with a port"},
		{[]string{"--nonsense"}, exitUsage, "unknown flag"},
		{[]string{"a.log"}, exitUsage, "no arguments"},
		{[]string{"--dir", t.TempDir()}, exitUsage, "make web"},
	} {
		var out, errs bytes.Buffer
		if code := run(c.args, &out, &errs); code != c.code || !strings.Contains(errs.String(), c.says) || out.Len() > 0 {
			t.Errorf("%v: exit code %d, %q", c.args, code, &errs)
		}
	}
	const secret = "Q2hlY2tzX25vdGhpbmc.8Q~abcdefghijklm"
	for _, args := range [][]string{{secret}, {"--" + secret}, {"-" + secret}, {"--listen", secret}, {"--listen=" + secret + ":80"}} {
		var out, errs bytes.Buffer
		if code := run(args, &out, &errs); code != exitUsage || strings.Contains(errs.String(), "8Q~abcdefghijklm") || !strings.Contains(errs.String(), "withheld") {
			t.Errorf("%v: exit code %d, %q", args, code, &errs)
		}
	}
	for _, ok := range []string{"127.0.0.1:0", "localhost:80", "[::1]:0", "127.9.9.9:1"} {
		if err := onlyLocal(ok); err != nil {
			t.Error(err)
		}
	}
}

// The address that is printed answers, and the server ends with its context.
func TestServe(t *testing.T) {
	folder, _ := page(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- serve(ctx, "127.0.0.1:0", newHandler(folder, true), w) }()
	line := make([]byte, 100)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if b, err := io.ReadAll(answer.Body); err != nil || string(b) != "<!DOCTYPE html>" {
		t.Errorf("%q, %v", b, err)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the server goes on after its end")
	}
}
