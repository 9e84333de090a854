package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/testdata/gatewaylog"
)

// The figures here are printed and not held: they depend on the machine and on
// what else it does.

// gatewayLog writes a log of about so many bytes.
func gatewayLog(t *testing.T, bytes int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := gatewaylog.Write(f, gatewaylog.Options{Bytes: bytes, Seed: 1, Form: "json", Fails: 20, Bearer: 50, Tokens: 200}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// answerTime is how long the last answer took, in milliseconds.
func (b *tab) answerTime() float64 {
	b.t.Helper()
	return eval[float64](b, `performance.getEntriesByName("answer").at(-1).duration`)
}

func TestReady(t *testing.T) {
	var all []string
	for range 5 {
		t.Run("", func(t *testing.T) { // each in a browser without other tabs
			b := openPage(t)
			all = append(all, fmt.Sprintf("%.0f", eval[float64](b, `performance.getEntriesByName("ready")[0].startTime`)))
			b.wait(`performance.getEntriesByName("warm").length > 0`)
		})
	}
	t.Logf("ready after %s ms of navigation", strings.Join(all, ", "))
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	for rule, text := range pasted(t) {
		all = nil
		for range 4 {
			b.pasteQuick(text)
			all = append(all, fmt.Sprintf("%.0f", b.answerTime()))
		}
		t.Logf("%s: answered after %s ms", rule, strings.Join(all, ", "))
	}
}

// A log of 50 MB by the page and by the command.
func TestLogSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 50 MB")
	}
	log := gatewayLog(t, 50_000_000)
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	b.wait(`performance.getEntriesByName("warm").length > 0`)
	t.Logf("warm after %.0f ms of navigation", eval[float64](b, `performance.getEntriesByName("warm")[0].startTime`))
	var page float64
	for i, times := range []string{"the first time", "the second time", "the third time"} {
		eval[bool](b, `document.getElementById("clear").click(), true`)
		b.choose(log)
		b.wait(`document.querySelectorAll("#chosen li").length === 1`)
		b.answered()
		took := b.answerTime() / 1000
		if t.Logf("50 MB by the page, %s: %.2f s, %.0f MB/s; %s", times, took, 50/took, b.said()); i == 0 {
			page = took
		}
	}
	for _, jobs := range []string{"1", "2"} {
		cmd := exec.Command(world.graphdoctor, "diagnose", "--jobs", jobs, "--format", "json", "--now", noon, "--fail-on", "never", filepath.Base(log))
		cmd.Dir = filepath.Dir(log)
		start := time.Now()
		want, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		s := time.Since(start).Seconds()
		t.Logf("by the command, %s jobs: %.2f s, %.0f MB/s: the page has %.0f %% of its speed", jobs, s, 50/s, 100*s/page)
		if _, got := b.download("[data-take=json]"); got != string(want) {
			t.Errorf("a log is answered otherwise than by the command (-command +page):\n%s", cmp.Diff(string(want), got))
		}
	}
}

// A large log shows how far it is, leaves the page alive, and can be stopped.
func TestStop(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	log, err := os.ReadFile(gatewayLog(t, 4_000_000))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "large.log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if _, err := f.Write(log); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eval[bool](b, `(() => {
		window.longest = 0;
		let last = performance.now();
		setInterval(() => { const now = performance.now(); longest = Math.max(longest, now - last); last = now; }, 10);
		return true;
	})()`)
	b.choose(path)
	b.wait(`!document.getElementById("work").hidden && document.getElementById("bar").value > 0.02`)
	if got := b.text("#rate"); !strings.Contains(got, "of 200 MB") || !strings.Contains(got, "MB/s") || !strings.Contains(got, "left") {
		t.Errorf("progress says %q", got)
	}
	b.shot("progress-1280")
	b.click("#stop")
	start := time.Now()
	b.wait(`!document.getElementById("answer").hidden`)
	took := time.Since(start)
	b.answered()
	if got := b.said(); !strings.HasPrefix(got, "Stopped; this is what was found so far.") {
		t.Errorf("after the stop button the page says %q", got)
	}
	if got := eval[int](b, `document.querySelectorAll("#findings > li").length`); got == 0 {
		t.Error("nothing of what was found before the stop is shown")
	}
	t.Logf("stopped after %.2f s; the page was never deaf for longer than %.0f ms", took.Seconds(), eval[float64](b, `longest`))
	if got := eval[float64](b, `longest`); got > 2000 {
		t.Errorf("the page froze for %.0f ms", got)
	}
}
