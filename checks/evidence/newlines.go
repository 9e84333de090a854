//go:build !js

package evidence

import "bytes"

// newlines counts the lines that end in b.
func newlines(b []byte) int { return bytes.Count(b, newline) }
