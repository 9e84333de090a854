package browser

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

func example(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "testdata/examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pasted are three cases as the support desk meets them, and the causes.
func pasted(t *testing.T) map[string]string {
	return map[string]string{
		"audience-mismatch": example(t, "wrong-audience.txt"),
		"consent-missing": `Hi team, our reporting app stopped yesterday with
AADSTS65001: The user or administrator has not consented to use the application with ID '11112222-bbbb-3333-cccc-4444dddd5555' named 'Reporting'. Send an interactive authorization request for this user and resource. Trace ID: 0a1b2c3d-0000-4000-8000-00000000aa00 Correlation ID: 0a1b2c3d-0000-4000-8000-00000000bb00 Timestamp: 2026-11-20 09:15:00Z`,
		"permission-missing": "GET https://graph.microsoft.com/v1.0/users HTTP/1.1\nAuthorization: Bearer " + evidence.Mint(map[string]any{
			"aud": "https://graph.microsoft.com", "iss": "https://sts.windows.net/aaaabbbb-0000-cccc-1111-dddd2222eeee/", "tid": "aaaabbbb-0000-cccc-1111-dddd2222eeee",
			"appid": "11112222-bbbb-3333-cccc-4444dddd5555", "app_displayname": "Reporting", "idtyp": "app", "roles": []string{"Mail.Read"}, "oid": "22223333-cccc-4444-dddd-5555eeee6666",
			"iat": 1795168800, "nbf": 1795168800, "exp": 1795172700, "ver": "1.0",
		}) + "\n\nHTTP/1.1 403 Forbidden\nDate: Fri, 20 Nov 2026 10:15:00 GMT\nContent-Type: application/json\n\n" +
			`{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"date":"2026-11-20T10:15:00","request-id":"0a1b2c3d-0000-4000-8000-00000000cc00","client-request-id":"0a1b2c3d-0000-4000-8000-00000000cc00"}}}`,
	}
}

// first is the rule that the command finds first.
func first(t *testing.T, text string) string {
	t.Helper()
	var d struct{ Findings []struct{ Rule string } }
	if err := json.Unmarshal([]byte(command(t, text, "diagnose", "--format", "json", "-")), &d); err != nil {
		t.Fatal(err)
	}
	return d.Findings[0].Rule
}

// clock takes out when a report was written, for which the command asks the
// machine's own clock.
func clock(report string) string {
	return regexp.MustCompile(`Written [-\d: ]+ UTC`).ReplaceAllString(strings.TrimSpace(report), "")
}

var tokenRun = regexp.MustCompile(`eyJ[\w-]{20,}(\.[\w-]+)*`)

// leak returns 20 characters in a row of a token of the input that stand in the
// output, "" if there are none.
func leak(input, output string) string {
	for _, token := range tokenRun.FindAllString(input, -1) {
		for i := len("eyJ"); i+20 <= len(token); i++ {
			if strings.Contains(output, token[i:i+20]) {
				return token[i : i+20]
			}
		}
	}
	return ""
}

// signatures are the last parts of a text's tokens. The heads and claims that a
// stand-in keeps are no secrets.
func signatures(text string) string {
	var out []string
	for _, token := range tokenRun.FindAllString(text, -1) {
		out = append(out, "eyJ"+token[strings.LastIndexByte(token, '.')+1:])
	}
	return strings.Join(out, " ")
}

func TestPaste(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	for rule, text := range pasted(t) {
		b.paste(text)
		if got := first(t, text); got != rule {
			t.Fatalf("the command finds %s, want %s", got, rule)
		}
		if got := b.text("#findings > li:first-child .body"); !strings.Contains(got, "About "+rule) {
			t.Errorf("the first finding is no %s:\n%s", rule, got)
		}
		if n := eval[int](b, `document.querySelectorAll("#findings > li:first-child mark").length`); n == 0 {
			t.Errorf("%s: nothing is highlighted in the text", rule)
		}

		b.click("[data-take=ticket]")
		b.wait(`document.getElementById("said").textContent === "Copied."`)
		reports := map[string]string{"markdown": b.clipboard()}
		var name string
		for form, file := range map[string]string{"json": "graphdoctor.json", "html": "graphdoctor.html"} {
			if name, reports[form] = b.download("[data-take=" + form + "]"); name != file {
				t.Errorf("%s is saved as %q", form, name)
			}
		}
		for form, got := range reports {
			if want := command(t, text, "diagnose", "--format", form, "-"); clock(got) != clock(want) {
				t.Errorf("%s: %s of the page is not the command's (-command +page):\n%s", rule, form, cmp.Diff(want, got))
			}
			if l := leak(text, got); l != "" {
				t.Errorf("%s: %s holds %q of a token", rule, form, l)
			}
		}
		if l := leak(text, eval[string](b, `document.getElementById("answer").innerText`)); l != "" {
			t.Errorf("%s: the answer on the screen holds %q of a token", rule, l)
		}
		_, shared := b.download("[data-take=copy]")
		if l := leak(signatures(text), shared); l != "" || shared == text {
			t.Errorf("%s: the sanitised copy holds %q of a token", rule, l)
		}
		if got := first(t, shared); got != rule {
			t.Errorf("%s: the sanitised copy leads to %s", rule, got)
		}
	}
	b.quiet()
}

// A token alone is decoded in plain words, with its life as a line.
func TestToken(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	token := tokenRun.FindString(pasted(t)["permission-missing"])
	b.paste(token)
	for _, want := range []string{"application: without a user", "Mail.Read", "Reporting (11112222-bbbb-3333-cccc-4444dddd5555)", "2026-11-20 10:00:00 UTC", "2026-11-20 11:05:00 UTC"} {
		if got := b.text("#tokens"); !strings.Contains(got, want) {
			t.Errorf("the decoded token does not tell %q:\n%s", want, got)
		}
	}
	if got := eval[string](b, `document.querySelector("#tokens svg").getAttribute("aria-label")`); !strings.Contains(got, "issued 2026-11-20 10:00:00 UTC, expires 2026-11-20 11:05:00 UTC") {
		t.Errorf("the line of its life is read out as %q", got)
	}
	if got := eval[int](b, `document.querySelectorAll("#tokens svg .away").length`); got != 1 {
		t.Error("the present is not shown beyond its life")
	}
}

// What requests need stands in a table with one row a request.
func TestNeeds(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	b.paste(pasted(t)["permission-missing"])
	got := eval[[]string](b, `[...document.querySelectorAll("#needs tbody tr:first-child > *")].map((c) => c.innerText)`)
	if len(got) != 4 || !strings.Contains(got[0], "GET /users") || !strings.Contains(got[1], "User.ReadBasic.All") {
		t.Errorf("the first row is %q", got)
	}
}

// Every example gives an answer.
func TestExamples(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	n := eval[int](b, `document.querySelectorAll("#examples button").length`)
	if n < 4 {
		t.Fatalf("%d examples", n)
	}
	for i := range n {
		b.click("#clear")
		title := eval[string](b, `document.querySelectorAll("#examples button")[`+string(rune('0'+i))+`].textContent`)
		eval[bool](b, `document.querySelectorAll("#examples button")[`+string(rune('0'+i))+`].click(), true`)
		b.answered()
		if got := eval[int](b, `document.querySelectorAll("#findings > li").length + document.querySelectorAll("#needs tbody tr").length`); got == 0 {
			t.Errorf("%s: no finding and no request", title)
		}
		t.Logf("%s: %s", title, b.text("#answer-title"))
	}
}

// Files may be dropped anywhere on the page, or chosen; several make one answer.
func TestFiles(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	har := filepath.Join(root, "testdata/examples/browser-recording.har")
	har, err := filepath.Abs(har)
	if err != nil {
		t.Fatal(err)
	}
	b.drop(har)
	if got := b.text("#chosen"); !strings.Contains(got, "browser-recording.har") {
		t.Errorf("the files are %q", got)
	}
	titles := func() []string {
		return eval[[]string](b, `[...document.querySelectorAll("#findings > li > details > summary > strong")].map((e) => e.textContent)`)
	}
	want := func(files ...string) (titles []string) {
		var d struct{ Findings []struct{ Title string } }
		if err := json.Unmarshal([]byte(command(t, "", append([]string{"diagnose", "--format", "json"}, files...)...)), &d); err != nil {
			t.Fatal(err)
		}
		for _, f := range d.Findings {
			titles = append(titles, f.Title)
		}
		return titles
	}
	if diff := cmp.Diff(want(har), titles()); diff != "" {
		t.Errorf("a dropped HAR (-command +page):\n%s", diff)
	}
	more := file(t, "ticket.txt", pasted(t)["consent-missing"])
	b.choose(more)
	b.wait(`document.querySelectorAll("#chosen li").length === 2`)
	b.answered()
	if diff := cmp.Diff(want(har, more), titles()); diff != "" {
		t.Errorf("two files (-command +page):\n%s", diff)
	}
	b.click("#chosen button")
	if got := b.text("#chosen"); strings.Contains(got, "browser-recording.har") || !strings.Contains(got, "ticket.txt") {
		t.Errorf("after the first was removed the files are %q", got)
	}
}

// Pages of rules, codes and permissions open over the page, and close by key.
func TestExplain(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	for _, word := range []string{"AADSTS65001", "Authorization_RequestDenied", "Mail.Send", "audience-mismatch", "no-such-thing"} {
		b.click("#word")
		b.press("a", 65, control, "selectAll")
		b.do(chromedp.SendKeys("#word", word))
		b.enter(0)
		b.wait(`document.getElementById("page").open`)
		if got := b.text("#page"); !strings.Contains(got, word) || word != "no-such-thing" && len(got) < 200 || strings.Contains(got, "**") || strings.Contains(got, "](") {
			t.Errorf("%s: the page says %q", word, got)
		}
		if word == "audience-mismatch" {
			b.shot("explain-1280")
			b.serious("explain")
		}
		b.press("Escape", 27, 0)
		b.wait(`!document.getElementById("page").open`)
	}
}

// All that can be used is reached by the tab key, has a name, and shows that it
// is reached; a typed text is diagnosed by a key.
func TestKeyboard(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	b.do(chromedp.SendKeys("#text", "AADSTS65001: The user or administrator has not consented to use the application with ID '11112222-bbbb-3333-cccc-4444dddd5555' named 'Reporting'."))
	b.enter(control)
	b.answered()
	eval[bool](b, `document.activeElement.blur(), true`)
	wanted := eval[[]string](b, `(() => {
		let n = 0;
		return [...document.querySelectorAll("a[href], button, input, textarea, summary, [tabindex='0']")]
			.filter((e) => e.checkVisibility({ contentVisibilityAuto: true }) && !e.disabled)
			.map((e) => (e.dataset.n = "#" + n++ + " " + e.tagName + " " + e.textContent.slice(0, 30)));
	})()`)
	if len(wanted) < 15 {
		t.Errorf("only %d things to use: %q", len(wanted), wanted)
	}
	var reached []string
	for range len(wanted) + 5 {
		b.tabKey()
		type stop struct {
			N       string
			Visible bool
		}
		s := eval[stop](b, `(() => {
			const e = document.activeElement;
			const ring = (x) => x && getComputedStyle(x).outlineStyle !== "none";
			return { N: e.dataset.n || "", Visible: ring(e) || ring(e.previousElementSibling) };
		})()`)
		if s.N == "" || slices.Contains(reached, s.N) {
			continue
		}
		reached = append(reached, s.N)
		if !s.Visible {
			t.Errorf("nobody sees that %s has the focus", s.N)
		}
	}
	slices.Sort(wanted)
	slices.Sort(reached)
	if diff := cmp.Diff(wanted, reached); diff != "" {
		t.Errorf("what the tab key reaches (-there is +reached):\n%s", diff)
	}
}

// Nothing is stored, and nothing is there when the user leaves and comes back.
func TestNothingKept(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	b.paste(pasted(t)["audience-mismatch"])
	b.do(chromedp.SendKeys("#word", "AADSTS65001"))
	stored := `(async () => [localStorage.length, sessionStorage.length, document.cookie.length, (await indexedDB.databases()).length, (await caches.keys()).length,
		(await navigator.serviceWorker.getRegistrations()).length, (await navigator.storage.estimate()).usage].join(" "))()`
	if got := eval[string](b, stored); got != "0 0 0 0 0 0 0" {
		t.Errorf("local, session, cookies, databases, caches, service workers, bytes stored: %s", got)
	}
	b.do(chromedp.Navigate("about:blank"), chromedp.NavigateBack())
	b.wait(`document.documentElement.dataset.ready === "yes"`)
	if got := eval[string](b, `document.getElementById("text").value + document.getElementById("word").value + document.getElementById("findings").textContent`); got != "" {
		t.Errorf("after coming back the page holds %q", got)
	}
}
