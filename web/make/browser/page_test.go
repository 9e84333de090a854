package browser

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"
)

func quote(s string) string { b, _ := json.Marshal(s); return string(b) }

// paste pastes a text as a user does and waits for the answer.
func (b *tab) paste(text string) {
	b.t.Helper()
	eval[bool](b, `(() => {
		document.getElementById("clear").click();
		const text = document.getElementById("text");
		text.focus();
		const data = new DataTransfer();
		data.setData("text/plain", `+quote(text)+`);
		const e = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
		if (text.dispatchEvent(e)) document.execCommand("insertText", false, data.getData("text/plain"));
		return true;
	})()`)
	b.answered()
}

func (b *tab) answered() {
	b.t.Helper()
	b.wait(`!document.getElementById("answer").hidden`)
}

func TestPaste(t *testing.T) {
	b := openPage(t, chromedp.EmulateViewport(1280, 900))
	t.Logf("ready after %.0f ms", eval[float64](b, `performance.getEntriesByName("ready")[0].startTime`))
	b.shot("empty-1280")
	eval[bool](b, `document.querySelector("#examples button:last-of-type").click(), true`)
	b.answered()
	t.Log(eval[string](b, `document.getElementById("answer-title").textContent`))
	b.shot("answer-1280")
}
