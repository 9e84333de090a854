package rules

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file looks codes and phrases up in the tables of causes.

//go:embed wording.tsv
var wordingTable string

//go:embed phrases.tsv
var phraseTable string

//go:embed oauth.tsv
var oauthTable string

// codeSlugs looks a service's error code up; the answer's status tells rows of
// one code apart.
func codeSlugs(c *evidence.Case, s evidence.Statement) []string {
	if s.Code == "" {
		return nil
	}
	if own := override(s.Code); own != nil {
		return own
	}
	var slugs []string
	for _, row := range catalog.GraphErrors(s.Code) {
		if row.Where == "message" {
			continue
		}
		for _, id := range row.Slugs {
			if !slices.Contains(slugs, id) {
				slugs = append(slugs, id)
			}
		}
	}
	if s.Target != "" || len(slugs) == 0 {
		if d, ok := catalog.Defender(s.Code); ok {
			slugs = d.Slugs
		}
	}
	return slugs
}

//go:embed graphcodes.tsv
var codeTable string

// override returns our own judgement of a Graph code, where there is one.
func override(code string) []string {
	for line := range strings.Lines(codeTable) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(f) > 1 && f[0] == code {
			return strings.Fields(f[1])
		}
	}
	return nil
}

// oauthSlugs returns nil for a word that is no OAuth code, and an empty list
// for one that says nothing by itself.
func oauthSlugs(code string) []string {
	if code == "" {
		return nil
	}
	for line := range strings.Lines(oauthTable) {
		if f := strings.Split(strings.TrimRight(line, "\n"), "\t"); len(f) > 1 && f[0] == code {
			if f[1] == "-" {
				return []string{}
			}
			return strings.Fields(f[1])
		}
	}
	return nil
}

type phrase struct {
	folded string
	tail   string // what follows a value, where the sentence has one in its middle
	slugs  string // parted by blanks
	weight int
}

// phraseList holds our own sentences and those of the catalog, folded, the
// longest first, so that the particular is found before the general.
var phraseList = sync.OnceValue(func() []phrase {
	list := make([]phrase, 0, 600)
	own := make(map[string]bool, 600)
	for line := range strings.Lines(phraseTable) {
		text, rest, ok := strings.Cut(line, "\t")
		if !ok || line[0] == '#' {
			continue
		}
		slugs, _, _ := strings.Cut(rest, "\t")
		head, tail, _ := strings.Cut(text, "*")
		p := phrase{folded: evidence.Fold(head), tail: evidence.Fold(tail), slugs: strings.TrimSpace(slugs)}
		own[p.folded] = true
		list = append(list, p)
	}
	for _, p := range catalog.Phrases() {
		if len(p.Folded) > 7 && !own[p.Folded] {
			list = append(list, phrase{folded: p.Folded, slugs: strings.Join(p.Slugs, " ")})
		}
	}
	for i := range list {
		list[i].weight = weight(list[i])
	}
	slices.SortStableFunc(list, func(a, b phrase) int { return b.weight - a.weight })
	return list
})

// weight orders phrases: a number of a library or a service (IDX10214,
// AKV10032) says more than the sentence beside it, a longer sentence more than
// a shorter one.
func weight(p phrase) int {
	letters := strings.TrimRight(p.folded, "0123456789")
	if n := len(letters); n >= 2 && n <= 4 && len(p.folded)-n >= 4 {
		return 1000 + len(p.folded)
	}
	return len(p.folded) + len(p.tail)
}

// maxGap is how far the end of a sentence may stand behind the value in it.
const maxGap = 120

func (p phrase) in(folded string) bool {
	i := strings.Index(folded, p.folded)
	if i < 0 || p.tail == "" {
		return i >= 0
	}
	after := folded[i+len(p.folded):]
	j := strings.Index(after, p.tail)
	return j >= 0 && j <= maxGap
}

// phraseSlugs returns the causes of the longest phrase in a text.
func phraseSlugs(text string) []string {
	if len(text) < 6 {
		return nil
	}
	folded := evidence.Fold(strings.ToLower(text))
	for _, p := range phraseList() {
		if p.in(folded) {
			return strings.Fields(p.slugs)
		}
	}
	return nil
}
