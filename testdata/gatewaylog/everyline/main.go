// Command everyline is the yardstick of the benchmark: it decodes each line of a
// log of JSON objects with encoding/json and counts those that failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: everyline FILE")
		os.Exit(2)
	}
	n, err := failed(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "everyline:", err)
		os.Exit(1)
	}
	fmt.Println(n)
}

func failed(name string) (n int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	for lines.Scan() {
		var record map[string]any
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			return n, err
		}
		if status, ok := record["status"].(float64); ok && status >= 400 {
			n++
		}
	}
	return n, lines.Err()
}
