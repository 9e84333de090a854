package browser

import (
	"fmt"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestReport looks at the HTML report of a log: in both schemes and at both
// widths nothing stands out of the screen, filters leave what they name, and
// nothing is asked for from anywhere.
func TestReport(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.html")
	command(t, "", "--exit-zero", "--format", "html="+report, gatewayLog(t, 3_000_000))
	address := (&url.URL{Scheme: "file", Path: report}).String()
	const shown = `[...document.querySelectorAll("article")].filter((a) => a.checkVisibility())`
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280} {
			t.Run(fmt.Sprintf("%s-%d", scheme, width), func(t *testing.T) {
				asked := len(world.proxy.since(0))
				media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
				b := open(t, address, chromedp.EmulateViewport(width, 900), call(emulation.SetEmulatedMedia, media))
				look := func(state string) {
					t.Helper()
					b.shot(fmt.Sprintf("report-%s-%s-%d", state, scheme, width))
					b.fits(state)
					b.serious(state)
				}
				look("all")
				if dark := eval[string](b, `getComputedStyle(document.body).backgroundColor`) != "rgb(255, 255, 255)"; dark != (scheme == "dark") {
					t.Errorf("the page is dark: %v", dark)
				}
				all := eval[int](b, shown+`.length`)
				if all < 10 || b.text("output") != fmt.Sprintf("%d of %d findings", all, all) {
					t.Fatalf("%d findings; the page says %q", all, b.text("output"))
				}

				// a rule is chosen: its findings and its bars stay, all others go
				rule := eval[string](b, `(() => {
					const s = document.querySelector("select[name=rule]");
					s.value = s.options[2].value;
					s.dispatchEvent(new Event("input", { bubbles: true }));
					return s.value;
				})()`)
				left := eval[int](b, shown+`.length`)
				if left == 0 || left >= all || !eval[bool](b, shown+`.every((a) => a.dataset.rule === "`+rule+`")`) || b.text("output") != fmt.Sprintf("%d of %d findings", left, all) {
					t.Errorf("%s: %d of %d findings are left; the page says %q", rule, left, all, b.text("output"))
				}
				if bars := eval[int](b, `[...document.querySelectorAll(".bars li")].filter((a) => a.checkVisibility() && a.dataset.rule === "`+rule+`").length`); bars != left {
					t.Errorf("%d bars for %d findings", bars, left)
				}
				look("filtered")
				b.click("button[type=reset]")
				b.wait(shown + `.length === ` + fmt.Sprint(all))

				// words are typed, and a finding is opened
				b.click("input[name=words]")
				b.do(call(input.InsertText, input.InsertTextParams{Text: "no such words"}))
				b.wait(shown + `.length === 0`)
				b.click("button[type=reset]")
				b.wait(shown + `.length === ` + fmt.Sprint(all))
				was := eval[bool](b, `document.querySelector("#f2 details").open`)
				b.click("#f2 summary")
				b.wait(fmt.Sprintf(`document.querySelector("#f2 details").open === %v`, !was))

				// on paper there is no form, and every finding is unfolded
				media.Media = "print"
				b.do(call(emulation.SetEmulatedMedia, media))
				eval[bool](b, `dispatchEvent(new Event("beforeprint"))`)
				if !eval[bool](b, `!document.querySelector("form").checkVisibility() && [...document.querySelectorAll("article > details, details.more")].every((d) => d.open)`) {
					t.Errorf("on paper the filter is shown, or something is folded")
				}
				b.shot(fmt.Sprintf("report-paper-%s-%d", scheme, width))
				if now := world.proxy.since(asked); len(now) > 0 {
					t.Errorf("the report asked for %q", now)
				}
			})
		}
	}
}
