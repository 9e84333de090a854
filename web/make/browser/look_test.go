package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is axe-core's script. It is taken from npm once and kept in the user's
// cache, never in the repository.
var axe = sync.OnceValues(func() (string, error) {
	const version = "4.14.1"
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "graphdoctor-tests", "axe-core-"+version)
	script := filepath.Join(dir, "node_modules/axe-core/axe.min.js")
	if _, err := os.Stat(script); err != nil {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return "", err
		}
		cmd := exec.Command("npm", "install", "--prefix", dir, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@"+version)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("npm install axe-core: %w\n%s", err, out)
		}
	}
	b, err := os.ReadFile(script)
	return string(b), err
})

// serious runs axe-core over the page as it stands and complains about what it
// finds serious or worse.
func (b *tab) serious(state string) {
	b.t.Helper()
	script, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	eval[bool](b, `(() => { if (!window.axe) { `+script+` } return true; })()`)
	found := eval[[]string](b, `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) => v.impact + " " + v.id + ": " + v.help + " " + v.nodes.map((n) => n.target.join(" ") + " " + n.html.slice(0, 120)).join(" | ")))`)
	for _, f := range found {
		if strings.HasPrefix(f, "serious") || strings.HasPrefix(f, "critical") {
			b.t.Errorf("%s: axe: %s", state, f)
		} else {
			b.t.Logf("%s: axe: %s", state, f)
		}
	}
}

// fits complains where something stands out of the screen's width.
func (b *tab) fits(state string) {
	b.t.Helper()
	wide := eval[[]string](b, `(() => {
		const width = document.documentElement.clientWidth;
		const inScroller = (e) => { for (let p = e.parentElement; p; p = p.parentElement) if (["auto", "scroll", "hidden"].includes(getComputedStyle(p).overflowX)) return true; return false; };
		const out = document.documentElement.scrollWidth > width ? ["the page is " + document.documentElement.scrollWidth + " wide"] : [];
		for (const e of document.body.querySelectorAll("*")) {
			const r = e.getBoundingClientRect();
			if (r.width > 1 && r.right > 0 && (r.right > width + 1 || r.left < -1) && !inScroller(e)) // what lies wholly to the left waits for the tab key
				 out.push(e.tagName + " " + e.className + " " + e.textContent.slice(0, 40));
		}
		return out.slice(0, 5);
	})()`)
	if len(wide) > 0 {
		b.t.Errorf("%s: wider than the screen: %q", state, wide)
	}
}

// The page is looked at in both schemes and at both widths: empty, with an
// answer, with a log's answer.
func TestLook(t *testing.T) {
	text := pasted(t)["permission-missing"]
	log := gatewayLog(t, 300_000)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280} {
			t.Run(fmt.Sprintf("%s-%d", scheme, width), func(t *testing.T) {
				b := openPage(t, chromedp.EmulateViewport(width, 900), call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
				look := func(state string) {
					t.Helper()
					b.shot(fmt.Sprintf("%s-%s-%d", state, scheme, width))
					b.fits(state)
					b.serious(state)
				}
				look("empty")
				b.paste(text)
				look("answer")
				b.click("#clear")
				b.choose(log)
				b.wait(`document.querySelectorAll("#chosen li").length === 1`)
				b.answered()
				look("log")
				if dark := eval[string](b, `getComputedStyle(document.body).backgroundColor`) != "rgb(255, 255, 255)"; dark != (scheme == "dark") {
					t.Errorf("the page is dark: %v", dark)
				}
			})
		}
	}
}
