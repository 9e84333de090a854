package evidence

import (
	"bytes"
	"context"
	"io"
)

// This file reads what is too long for one document and is no log: paragraphs at
// a time.

const windowSize = 1 << 20

// newWindows opens a long text of which head was read already.
func newWindows(ctx context.Context, name string, head []byte, r io.Reader, healthy bool) stream {
	return &lineLog{
		ctx: ctx, name: name, r: io.MultiReader(bytes.NewReader(head), r), size: windowSize, cut: cutParagraphs, line: 1,
		read: func(w *Worker, c chunk, yield func(*Case, error) bool) bool {
			g := group{file: name, text: c.text, first: c.first}
			return yieldAll(ctx, readPart(ctx, &g, healthy, kindOfText), yield)
		},
	}
}

// cutParagraphs ends a window at the last blank line of its second half, or else
// at its last line.
func cutParagraphs(b []byte, last bool) int {
	if last {
		return len(b)
	}
	for _, blank := range []string{"\n\n", "\n\r\n"} {
		if i := bytes.LastIndex(b, []byte(blank)); i > len(b)/2 {
			return i + len(blank)
		}
	}
	return bytes.LastIndexByte(b, '\n') + 1
}
