package browser

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// This file holds what a user's hands do: paste, drop, choose, click, press.

// noon is the present of all tests, so that the page and the command, and
// today's run and tomorrow's, answer alike.
const noon = "2026-11-21T12:00:00Z"

func quote(s string) string { b, _ := json.Marshal(s); return string(b) }

// call sends one command of the browser's protocol as a step.
func call[P, R any](c cdp.Command[P, R], p P) step {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, c, p)
		return err
	})
}

// atNoon stops the page's clock.
func atNoon() step {
	return call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
		window.Date = class extends Date {
			constructor(...a) { if (a.length) super(...a); else super(` + quote(noon) + `); }
			static now() { return new Date().getTime(); }
		};`})
}

// press presses a key with its modifiers, and gives the browser the editing
// command that a keyboard would give with them.
func (b *tab) press(key string, code int64, modifiers int64, command ...string) {
	b.t.Helper()
	p := input.DispatchKeyEventParams{Type: "rawKeyDown", Key: key, Code: key, WindowsVirtualKeyCode: code, Modifiers: modifiers, Commands: command}
	if len(key) == 1 {
		p.Code = "Key" + strings.ToUpper(key)
	}
	up := p
	up.Type, up.Commands = "keyUp", nil
	b.do(call(input.DispatchKeyEvent, p), call(input.DispatchKeyEvent, up))
}

const control, shift = 2, 8

func (b *tab) tabKey() { b.t.Helper(); b.press("Tab", 9, 0) }

// enter presses the key that activates what has the focus.
func (b *tab) enter(modifiers int64) {
	b.t.Helper()
	p := input.DispatchKeyEventParams{Type: "keyDown", Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13, Modifiers: modifiers}
	up := p
	up.Type, up.Text = "keyUp", ""
	b.do(call(input.DispatchKeyEvent, p), call(input.DispatchKeyEvent, up))
}

// paste takes a text over the clipboard, as users do, into a cleared page and
// waits for the answer.
func (b *tab) paste(text string) {
	b.t.Helper()
	b.click("#clear")
	eval[any](b, `navigator.clipboard.writeText(`+quote(text)+`)`)
	b.click("#text")
	b.press("v", 86, control, "paste")
	b.answered()
}

// pasteQuick does what paste does by the same event, without the clipboard.
func (b *tab) pasteQuick(text string) {
	b.t.Helper()
	eval[bool](b, `(() => {
		document.getElementById("clear").click();
		const field = document.getElementById("text");
		field.focus();
		const data = new DataTransfer();
		data.setData("text/plain", `+quote(text)+`);
		const e = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
		if (field.dispatchEvent(e)) field.setRangeText(data.getData("text/plain"), 0, field.value.length, "end");
		return true;
	})()`)
	b.answered()
}

// clipboard is what a paste would bring.
func (b *tab) clipboard() string {
	b.t.Helper()
	b.do(call(browser.SetPermission, browser.SetPermissionParams{Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: "granted"}))
	// the page may not read the clipboard; a field that nobody listens to may
	eval[bool](b, `(() => {
		const field = document.createElement("textarea");
		field.id = "brought";
		document.body.append(field);
		field.focus();
		return true;
	})()`)
	b.press("v", 86, control, "paste")
	b.wait(`document.getElementById("brought").value !== ""`)
	return eval[string](b, `(() => { const f = document.getElementById("brought"); f.remove(); return f.value; })()`)
}

// click clicks what a selector names, where it stands on the screen.
func (b *tab) click(selector string) {
	b.t.Helper()
	type point struct{ X, Y float64 }
	p := eval[point](b, `(() => {
		const e = document.querySelector(`+quote(selector)+`);
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const r = e.getBoundingClientRect();
		const p = { X: r.x + r.width / 2, Y: r.y + r.height / 2 };
		const hit = document.elementFromPoint(p.X, p.Y);
		if (!e.contains(hit) && hit !== null) throw new Error("covered by " + hit.outerHTML.slice(0, 200));
		return p;
	})()`)
	b.do(chromedp.MouseClickXY(p.X, p.Y))
}

// drop drags files over the page and lets them go.
func (b *tab) drop(files ...string) {
	b.t.Helper()
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: files, DragOperationsMask: 1}
	for _, kind := range []input.DispatchDragEventType{"dragEnter", "dragOver", "drop"} {
		b.do(call(input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: 200, Y: 200, Data: data}))
	}
	b.answered()
}

// choose chooses files with the file button.
func (b *tab) choose(files ...string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles("#files", files))
}

// answered waits until the answer stands, with all that is told beside it.
func (b *tab) answered() {
	b.t.Helper()
	b.wait(`document.querySelector("main").getAttribute("aria-busy") === "false" && !document.getElementById("answer").hidden`)
}

// download clicks a button and returns the file that the browser saves.
func (b *tab) download(button string) (name, text string) {
	b.t.Helper()
	dir := b.t.TempDir()
	if _, err := chromedp.CallBrowser(b, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: dir}); err != nil {
		b.t.Fatal(err)
	}
	b.click(button)
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(entries) != 1 || strings.HasSuffix(entries[0].Name(), ".crdownload") || strings.HasPrefix(entries[0].Name(), ".") {
			continue
		}
		name = entries[0].Name()
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			b.t.Fatal(err)
		}
		return name, string(raw)
	}
	b.t.Fatalf("%s saved nothing; the page says %q", button, b.said())
	return "", ""
}

func (b *tab) said() string { b.t.Helper(); return b.text("#said") }

func (b *tab) text(selector string) string {
	b.t.Helper()
	return eval[string](b, `document.querySelector(`+quote(selector)+`).innerText`)
}

// file writes a file to give to the page.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
