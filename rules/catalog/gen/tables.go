package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// convert turns the inverted tables (one row a path, methods that share their
// sets in one cell, sets by number) into permissions.txt, and copies the table
// of lost operations.
func convert(from, to string, origin Origin) error {
	text, err := os.ReadFile(filepath.Join(from, "graph-permission-sets.tsv"))
	if err != nil {
		return err
	}
	cells, _, err := lines(string(text), 3)
	if err != nil {
		return err
	}
	sets := map[string]Set{"-": nil}
	for _, c := range cells {
		if sets[c[0]], err = parseSet(c[2]); err != nil {
			return err
		}
	}
	if text, err = os.ReadFile(filepath.Join(from, "graph-paths.tsv")); err != nil {
		return err
	}
	if cells, _, err = lines(string(text), 5); err != nil {
		return err
	}
	var rows []Row
	for _, c := range cells {
		for m := range strings.SplitSeq(c[1], ",") {
			r := Row{Path: c[0], Method: m}
			for k := range kinds {
				set, ok := sets[c[2+k]]
				if !ok {
					return fmt.Errorf("%s: no set %q", c[0], c[2+k])
				}
				r.Sets[k] = set
			}
			rows = append(rows, r)
		}
	}
	if text, err = os.ReadFile(filepath.Join(from, "graph-paths-lost.tsv")); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "lost.txt"), text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "permissions.txt"), []byte(writeRows(rows, origin)), 0o644)
}
