package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// policy lets the page load its own files and nothing else. index.html says the
// same for servers that send no headers.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types graphdoctor; frame-ancestors 'none'"

// headers are sent with every answer.
var headers = [...][2]string{
	{"Content-Security-Policy", policy},
	{"Cross-Origin-Embedder-Policy", "require-corp"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=(), clipboard-read=(), clipboard-write=(self)"},
	{"Referrer-Policy", "no-referrer"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Cache-Control", "no-cache"},
	{"Vary", "Accept-Encoding"},
}

// types are the files there are, by ending; no other is handed out.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".wasm": "application/wasm",
}

// A handler hands out the page's files.
type handler struct {
	files fs.FS
	local bool // answer only to this machine's own names
	// engine is the one large file as it is: a browser on this machine takes it
	// in less time than it would unpack it.
	engine func() ([]byte, error)
}

const engineName = "graphdoctor.wasm"

func newHandler(files fs.FS, local bool) http.Handler {
	h := &handler{files, local, sync.OnceValues(func() ([]byte, error) { return whole(files, engineName) })}
	if local {
		go h.engine() // while the browser is opened
	}
	return h
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for _, x := range headers {
		w.Header().Set(x[0], x[1])
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = "index.html"
	}
	kind := types[path.Ext(name)]
	switch {
	case h.local && !localName(r.Host):
		// a foreign name that leads here: somebody else's page would read this one
		http.Error(w, "this page answers to this machine's own names only", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "there is nothing to send here", http.StatusMethodNotAllowed)
	case kind == "" || strings.Contains(name, "/"):
		http.Error(w, "no such file", http.StatusNotFound)
	default:
		h.file(w, r, name, kind)
	}
}

// localName tells whether a Host header names this machine.
func localName(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// file sends a file in the smallest form that the browser takes.
func (h *handler) file(w http.ResponseWriter, r *http.Request, name, kind string) {
	if h.local && name == engineName {
		if b, err := h.engine(); err == nil {
			send(w, r, kind, b)
			return
		}
	}
	accepted := r.Header.Get("Accept-Encoding")
	for _, form := range [...]struct{ name, ending string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(accepted, form.name) {
			continue
		}
		if b, err := fs.ReadFile(h.files, name+form.ending); err == nil {
			w.Header().Set("Content-Encoding", form.name)
			send(w, r, kind, b)
			return
		}
	}
	b, err := whole(h.files, name)
	if err != nil {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	send(w, r, kind, b)
}

// accepts reads an Accept-Encoding header.
func accepts(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) != coding {
			continue
		}
		q, ok := strings.CutPrefix(strings.TrimSpace(weight), "q=")
		v, err := strconv.ParseFloat(q, 64)
		return !ok || err != nil || v > 0
	}
	return false
}

// whole reads a file as it is, or unpacks it where only the compressed forms
// were built in.
func whole(files fs.FS, name string) ([]byte, error) {
	if b, err := fs.ReadFile(files, name); err == nil {
		return b, nil
	}
	b, err := fs.ReadFile(files, name+".gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func send(w http.ResponseWriter, r *http.Request, kind string, b []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(b) // a browser that went away is no fault of ours
}
