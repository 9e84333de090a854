//go:build !unix

package gate

import (
	"io"
	"os"
)

// readFile reads a regular file into buf.
func readFile(name string, buf []byte) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return buf, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	buf = append(buf, raw...)
	if len(buf) > maxFile {
		return buf[:maxFile], errCut
	}
	return buf, err
}
