package evidence

import (
	"bufio"
	"context"
)

// formOf tells the form of an input from its beginning and opens it as that.
func formOf(ctx context.Context, name string, br *bufio.Reader, head []byte, whole bool) stream {
	lines := textLines(head, whole)
	if is, full := jsonLines(lines); is && (full || !whole) {
		return newJSONLog(ctx, name, br, head, whole)
	}
	return &document{ctx: ctx, name: name, r: br}
}
