// Package browser tests the page, and the HTML report, in a real browser.
package browser

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const root = "../../.."

// world is what all tests share: the programs, the page's server, a browser,
// and a proxy through which the browser reaches anything at all.
var world struct {
	graphdoctor string
	page        string // address of the page
	proxy       *recorder
	browser     context.Context
	shots       string
}

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	fail := func(err error) int { fmt.Fprintln(os.Stderr, "browser tests:", err); return 1 }
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return fail(fmt.Errorf("%w (Debian: apt-get install chromium)", err))
	}
	if _, err := os.Stat(filepath.Join(root, "web/dist/graphdoctor.wasm")); err != nil {
		return fail(fmt.Errorf("%w: run `make web` first", err))
	}
	tmp, err := os.MkdirTemp("", "page")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(tmp)
	for _, name := range []string{"graphdoctor", "graphdoctor-page"} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(tmp, name), "./cmd/"+name)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fail(fmt.Errorf("go build %s: %w\n%s", name, err, out))
		}
	}
	world.graphdoctor = filepath.Join(tmp, "graphdoctor")
	world.shots = os.Getenv("SHOTS")
	stop, err := servePage(filepath.Join(tmp, "graphdoctor-page"))
	if err != nil {
		return fail(err)
	}
	defer stop()
	if world.proxy, err = record(); err != nil {
		return fail(err)
	}
	defer world.proxy.Close()

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.UserDataDir(filepath.Join(tmp, "profile")),
		chromedp.Flag("headless", "new"), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-features", "AutofillServerCommunication,OptimizationHints,OptimizationGuideModelDownloading,MediaRouter,Translate"),
		chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		// everything goes through the proxy, the page itself too
		chromedp.ProxyServer(world.proxy.address), chromedp.Flag("proxy-bypass-list", "<-loopback>"),
	)
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	browser, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(browser); err != nil {
		return fail(err)
	}
	world.browser = browser
	return m.Run()
}

// servePage starts the small server as users start it.
func servePage(program string) (stop func(), err error) {
	cmd := exec.Command(program, "--dir", filepath.Join(root, "web/dist"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line := make([]byte, 100)
	n, err := out.Read(line)
	if err != nil {
		return nil, err
	}
	world.page = strings.TrimSpace(string(line[:n]))
	return func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }, nil
}

// A recorder is a proxy that reaches the page's server alone and takes down
// what it was asked for.
type recorder struct {
	address string
	l       net.Listener
	mu      sync.Mutex
	asked   []string
}

func record() (*recorder, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &recorder{address: "http://" + l.Addr().String(), l: l}
	go func() { _ = http.Serve(l, r) }() // until the listener is closed
	return r, nil
}

func (r *recorder) Close() { _ = r.l.Close() }

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if !slices.Contains(ownHosts, q.URL.Hostname()) {
		r.mu.Lock()
		r.asked = append(r.asked, q.Method+" "+q.URL.String())
		r.mu.Unlock()
	}
	if q.Method == http.MethodConnect || "http://"+q.Host+"/" != world.page {
		http.Error(w, "the tests reach the page alone", http.StatusForbidden)
		return
	}
	q.RequestURI = ""
	q.Header.Del("Proxy-Connection")
	answer, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	for k, v := range answer.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}

// since returns what was asked for after the first n requests.
func (r *recorder) since(n int) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.asked[n:]...)
}

// quiet fails if anything was asked for since the page was ready, by the page,
// by its worker or by whatever it opened.
func (b *tab) quiet() {
	b.t.Helper()
	time.Sleep(100 * time.Millisecond)
	if asked := world.proxy.since(b.loaded); len(asked) > 0 {
		b.t.Errorf("after it was loaded the page asked for %v", asked)
	}
}

// ownHosts are asked by Chromium for its own sake, whatever page is open.
var ownHosts = []string{"accounts.google.com", "content-autofill.googleapis.com", "optimizationguide-pa.googleapis.com", "update.googleapis.com", "clients2.google.com", "www.google.com", "android.clients.google.com"}

// A tab is one page in the browser, with what went wrong in it.
type tab struct {
	context.Context
	t      *testing.T
	loaded int // what the proxy was asked until the page was ready
	mu     sync.Mutex
	errors []string
}

// open opens an address in a tab of its own.
func open(t *testing.T, address string, before ...step) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(world.browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	b := &tab{Context: ctx, t: t}
	complain := func(words string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.errors = append(b.errors, words)
	}
	b.do(before...)
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			complain("console: " + m.String())
		}
	}()
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() {
		for e, err := range dialogs {
			if err != nil {
				return
			}
			complain("a dialog: " + e.Message)
			_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}
	}()
	b.do(chromedp.Navigate(address))
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.errors) > 0 {
			t.Errorf("the page complains:\n%s", strings.Join(b.errors, "\n"))
		}
	})
	return b
}

type step = chromedp.Action[chromedp.Void]

// openPage opens the page and waits until it is ready.
func openPage(t *testing.T, before ...step) *tab {
	t.Helper()
	b := open(t, world.page, append(before, atNoon())...)
	b.wait(`document.documentElement.dataset.ready === "yes"`)
	b.loaded = len(world.proxy.since(0))
	return b
}

func (b *tab) do(steps ...step) {
	b.t.Helper()
	if err := chromedp.Do(b, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// eval evaluates an expression, a promise included, as if the user had just
// clicked.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise, func(p *runtime.EvaluateParams) {
		p.UserGesture, p.AllowUnsafeEvalBlockedByCSP = new(true), new(false)
	}))
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// wait waits until an expression is true. The page's policy forbids code made
// from text, so the waiting is written into what is evaluated.
func (b *tab) wait(expression string) {
	b.t.Helper()
	if !eval[bool](b, `new Promise((done) => {
		const end = performance.now() + 60000;
		const look = () => (`+expression+`) ? done(true) : performance.now() > end ? done(false) : setTimeout(look, 3);
		look();
	})`) {
		b.t.Fatalf("waited in vain for %s; the page says %q", expression, eval[string](b, `document.body.innerText.slice(0, 2000)`))
	}
}

// shot keeps a picture of the whole page where SHOTS names a folder.
func (b *tab) shot(name string) {
	b.t.Helper()
	if world.shots == "" {
		return
	}
	picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(world.shots, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
