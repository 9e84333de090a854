package browser

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// evil are texts that a careless page would run or be torn by. Each of them
// would call pwned or navigate.
var evil = []string{
	`<script>pwned()</script>`,
	`<img src=x onerror=pwned()>`,
	`"><svg onload=pwned()>`,
	`' autofocus onfocus=pwned() x='`,
	`<iframe srcdoc="<script>parent.pwned()</script>">`,
	`javascript:pwned()`,
	`<a href="javascript:pwned()">here</a>`,
	`[here](javascript:pwned())`,
	`<style>*{display:none!important}</style>`,
	`<meta http-equiv=refresh content="0;url=https://example.com">`,
	`<base href="https://example.com/">`,
	`${pwned()} {{pwned()}} <%= pwned() %>`,
	"</textarea></pre></code></script><script>pwned()</script>",
	"\u202eevitcejbo\u202c \u2066x\u2069 \u200b\u200d\ufeff\u00ad",
	"\x1b]8;;https://example.com\x07link\x1b]8;;\x07",
	strings.Repeat("W", 3000),
	"a" + strings.Repeat("\u0301", 300),
}

// carriers put a text wherever a page shows something of its input.
func carriers(s string) []string {
	quoted := quote(s)
	token := evidence.Mint(map[string]any{"aud": s, "iss": s, "tid": s, "appid": s, "app_displayname": s, "scp": s, "roles": []string{s}, "name": s, s: s, "iat": 1795168800, "exp": 1795172700, "ver": "1.0"})
	har, _ := json.Marshal(map[string]any{"log": map[string]any{"version": "1.2", "entries": []any{map[string]any{
		"startedDateTime": "2026-11-20T08:20:03Z", "request": map[string]any{"method": "GET", "url": "https://graph.microsoft.com/v1.0/users/" + s, "headers": []any{map[string]any{"name": s, "value": s}}},
		"response": map[string]any{"status": 403, "headers": []any{}, "content": map[string]any{"mimeType": "application/json", "text": `{"error":{"code":` + quoted + `,"message":` + quoted + `}}`}},
	}}}})
	return []string{
		s,
		"AADSTS65001: The user or administrator has not consented to use the application with ID '11112222-bbbb-3333-cccc-4444dddd5555' named '" + s + "'.",
		"GET https://graph.microsoft.com/v1.0/users/" + s + " HTTP/1.1\nAuthorization: Bearer " + token + "\n\nHTTP/1.1 403 Forbidden\nx: " + s + "\n\n" +
			`{"error":{"code":"Authorization_RequestDenied","message":` + quoted + `,"innerError":{"request-id":` + quoted + `}}}`,
		token,
		string(har),
	}
}

// Nothing that is pasted is run or read as markup, and nothing tears the page.
func TestHostile(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(360, 800))
	eval[bool](b, `(() => {
		window.ran = [];
		window.pwned = () => ran.push("pwned");
		addEventListener("securitypolicyviolation", (e) => ran.push(e.violatedDirective + " " + e.sample));
		// what the page is made of, before anything was given
		window.kinds = () => [...new Set([...document.querySelectorAll("*")].map((e) => e.localName))].sort();
		window.odd = () => {
			const out = [];
			for (const e of document.querySelectorAll("script, style, iframe, object, embed, img, base, meta[http-equiv=refresh], form[action]")) {
				if (e.localName !== "script" || !e.src.endsWith("/app.js")) out.push(e.outerHTML.slice(0, 100));
			}
			for (const e of document.querySelectorAll("*")) {
				for (const a of e.attributes) {
					if (a.name.startsWith("on") || /^\s*(javascript|data|vbscript):/i.test(a.value) && e.localName !== "link") out.push(e.localName + " " + a.name + "=" + a.value.slice(0, 60));
				}
			}
			const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
			for (const id of ["answer", "tokens", "needs", "page-text", "said"]) {
				const m = hidden.exec(document.getElementById(id).textContent);
				if (m) out.push("in " + id + " a raw U+" + m[0].codePointAt(0).toString(16));
			}
			return out.slice(0, 5);
		};
		return true;
	})()`)
	for _, s := range evil {
		for _, text := range carriers(s) {
			name := text[:min(len(text), 60)]
			b.pasteQuick(text)
			eval[bool](b, `document.querySelectorAll("details").forEach((d) => { d.open = true; }), true`)
			eval[bool](b, `new Promise((r) => setTimeout(() => r(true)))`)
			if odd := eval[[]string](b, `odd()`); len(odd) > 0 {
				t.Errorf("%q: the page holds %q", name, odd)
			}
			b.fits(name)
		}
	}
	if ran := eval[[]string](b, `ran`); len(ran) > 0 {
		t.Errorf("pasted texts ran: %q", ran)
	}
	if at := eval[string](b, `location.href`); at != world.page {
		t.Errorf("a pasted text led the page to %s", at)
	}
	b.shot("hostile-360")

	// explain pages are asked for by what is typed
	for _, s := range evil[:8] {
		eval[bool](b, `(() => { document.getElementById("word").value = `+quote(s)+`; document.getElementById("ask").requestSubmit(); return true; })()`)
		b.wait(`document.getElementById("page").open`)
		if odd := eval[[]string](b, `odd()`); len(odd) > 0 {
			t.Errorf("explaining %q: the page holds %q", s, odd)
		}
		b.press("Escape", 27, 0)
		b.wait(`!document.getElementById("page").open`)
	}
	b.quiet()
}

// Lines of 10 MB neither freeze nor tear the page.
func TestLongLines(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(360, 800))
	for name, text := range map[string]string{
		"letters":  strings.Repeat("x", 10_000_000),
		"a secret": "client_secret=" + strings.Repeat("aB3~", 2_500_000),
		"an error": `{"error":{"code":"Authorization_RequestDenied","message":"` + strings.Repeat("Insufficient privileges to complete the operation. ", 200_000) + `"}}`,
		"tags":     strings.Repeat("<script>", 300_000),
	} {
		f := file(t, strings.ReplaceAll(name, " ", "-")+".txt", text)
		b.click("#clear")
		b.choose(f)
		b.wait(`document.querySelectorAll("#chosen li").length === 1`)
		b.answered()
		b.fits(name)
		t.Logf("%d kB of %s: answered in %.0f ms: %s", len(text)/1000, name, b.answerTime(), b.text("#answer-title"))
	}
	// pasted, such a text stands beside the field
	eval[bool](b, `(() => {
		document.getElementById("clear").click();
		const data = new DataTransfer();
		data.setData("text/plain", "AADSTS65001: ".padEnd(10_000_000, "x"));
		document.getElementById("text").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
		return true;
	})()`)
	b.answered()
	if got := b.text("#chosen"); !strings.Contains(got, "pasted text") {
		t.Errorf("a pasted text of 10 MB: the files are %q", got)
	}
	b.fits("pasted")
}

// The page's own policy holds, also where the server sends none: nothing but
// its own files is loaded, no script runs that is not one of them.
func TestPolicy(t *testing.T) {
	b := openPage(t)
	got := eval[map[string]string](b, `(async () => {
		const out = {};
		const attempt = (name, f) => { try { out[name] = String(f()); } catch (e) { out[name] = "refused: " + e.name; } };
		attempt("eval", () => setTimeout.constructor("return 1")());
		attempt("markup", () => { document.createElement("div").innerHTML = "<b>x</b>"; return "allowed"; });
		attempt("worker", () => { new Worker("blob:x"); return "allowed"; });
		attempt("script", () => { const s = document.createElement("script"); s.textContent = "window.inline = 1"; document.head.append(s); return window.inline || "refused"; });
		attempt("style", () => { const s = document.createElement("style"); s.textContent = "body { color: rgb(1, 2, 3) }"; document.head.append(s); const c = getComputedStyle(document.body).color; s.remove(); return c === "rgb(1, 2, 3)" ? "allowed" : "refused"; });
		for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "RTCPeerConnection"]) out[name] = name in window && window[name] !== undefined ? "there" : "refused: gone";
		await new Promise((done) => { const i = new Image(); i.onload = () => { out.image = "allowed"; done(); }; i.onerror = () => { out.image = "refused"; done(); }; i.src = location.origin + "/style.css?x"; document.body.append(i); });
		out.beacon = navigator.sendBeacon("https://example.com/", "x") ? "queued" : "refused";
		out.policy = document.querySelector("meta[http-equiv=Content-Security-Policy]").content;
		return out;
	})()`)
	for name, what := range got {
		if name == "policy" {
			for _, want := range []string{"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'", "require-trusted-types-for 'script'"} {
				if !strings.Contains(what, want) {
					t.Errorf("the page's policy lacks %s: %s", want, what)
				}
			}
			if strings.Contains(what, "unsafe-inline") || strings.Contains(what, "'unsafe-eval'") || strings.Contains(what, "http") {
				t.Errorf("the page's policy is lax: %s", what)
			}
		} else if !strings.HasPrefix(what, "refused") && name != "beacon" {
			t.Errorf("%s: %s", name, what)
		}
	}
	b.quiet()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.errors) == 0 {
		t.Error("the browser told of no violation")
	}
	b.errors = nil // they were asked for
}
