package main

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"strconv"
	"strings"
)

// Facts are what catalog.bin needs to know of each permission, by exact name.
type Facts map[string][kinds]Fact

// Fact is the part of a permission's row that orders and chooses permissions.
type Fact struct {
	Level   int // 1 to 5; 0 unknown
	Reckon  int // the level to reckon with where it is unknown; set by narrow
	RSC, ID bool
}

// factColumns is the head of facts/permissions.tsv.
const factColumns = "permission\tkind\tid\tother_ids\tadmin_consent\tlevel\thidden\tenabled\trsc\thas_paths"

func readFacts(text string) (Facts, error) {
	cells, _, err := lines(text, 10)
	if err != nil {
		return nil, err
	}
	out := Facts{}
	for _, c := range cells {
		k := kindNamed(c[1])
		if k < 0 {
			return nil, fmt.Errorf("%s: unknown kind %q", c[0], c[1])
		}
		all := out[c[0]]
		f := Fact{RSC: c[8] == "yes", ID: c[2] != "-"}
		if c[5] != "-" {
			if f.Level, err = strconv.Atoi(c[5]); err != nil || f.Level < 1 || f.Level > 7 {
				return nil, fmt.Errorf("%s: odd level %q", c[0], c[5])
			}
		}
		all[k] = f
		out[c[0]] = all
	}
	return out, nil
}

// readHosts takes the hosts of Microsoft Graph from facts/resources.tsv.
func readHosts(text string) ([]string, error) {
	for line := range strings.Lines(text) {
		if c := strings.Split(line, "\t"); c[0] == "msgraph" {
			return strings.Fields(c[4]), nil
		}
	}
	return nil, errors.New("no row msgraph")
}

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
