package evidence

import (
	"bufio"
	"context"
	"io"
	"strings"
)

// longJSON is how long a JSON text may be that is read as one document.
const longJSON = 2 << 20

// manyLines is how many lines make a log where each stands for itself. Failures
// of a document that read alike are one that was told twice; in a log they are
// several.
const manyLines = 40

// formOf tells the form of an input from its beginning and opens it as that.
// Only what stands for itself line by line is taken for a log where the whole
// of the input is at hand: what a person pasted is one document.
func formOf(ctx context.Context, name string, br *bufio.Reader, head []byte, whole bool) stream {
	lines := textLines(head, whole)
	start := strings.TrimLeft(string(head[:min(len(head), 256)]), " \r\n\t")
	is, full := jsonLines(lines)
	var mark []byte
	if (is || !whole) && !full {
		mark = joinMark(lines)
	}
	switch {
	case mark != nil && (is || plainLines(lines)):
		return newJoinLog(ctx, name, br, mark, !is)
	case is && (full || !whole || len(lines) >= manyLines && !toldApart(lines, jsonHalf)):
		return newJSONLog(ctx, name, br, head, whole)
	case whole && !isTable(string(head)) && (accessLines(lines) || plainLines(lines) && !toldApart(lines, plainHalf)):
		return newPlainLog(ctx, name, br)
	case whole:
		return &document{ctx: ctx, name: name, r: br}
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "[{"), strings.HasPrefix(start, "[") && strings.HasPrefix(strings.TrimLeft(start[1:], " \r\n\t"), "{"):
		return &document{ctx: ctx, name: name, r: br, limit: longJSON, large: func(head []byte, r io.Reader) stream { return newElements(ctx, name, head, r) }}
	case csvHead(string(head)) != nil:
		return newCSVLog(ctx, name, br, head)
	case plainLines(lines):
		return newPlainLog(ctx, name, br)
	}
	return &document{ctx: ctx, name: name, r: br, large: func(head []byte, r io.Reader) stream { return newWindows(ctx, name, head, r, false) }}
}
