package catalog

import (
	_ "embed"
	"strings"
	"sync/atomic"
)

//go:embed facts/resources.tsv
var resources string

// Resource is an API: an application of Microsoft's that tokens are issued for.
type Resource struct {
	Key       string   // our short name, "msgraph"; empty for one that is only known by its audience
	Name      string   // Microsoft's display name; ours where the table says [editorial name]
	AppID     string   // its application id, always an audience too
	Audiences []string // as they stand in tokens; * {tenant} {org} {region} {unit} and N are placeholders
	Hosts     []string // hosts of its endpoints, with the same placeholders
	Clouds    string   // "all", "global", "global china", "usgov"
	Status    string   // live, retired, retired-api, internal; empty if unknown
	Note      string
}

func resourceOf(r row) Resource {
	return Resource{Key: r.cell(0), Name: r.cell(1), AppID: r.cell(2), Audiences: r.fields(3), Hosts: r.fields(4), Clouds: r.cell(5), Status: r.cell(6), Note: r.cell(8)}
}

// ResourceByHost names the API that a host belongs to, by facts/resources.tsv.
// A port and case do not matter; the most particular entry wins.
func ResourceByHost(host string) (Resource, bool) {
	host = foldHost(host)
	if host == "" {
		return Resource{}, false
	}
	// One case asks for the same host many times over.
	place := &hosted[hash(host)%uint32(len(hosted))]
	if seen := place.Load(); seen != nil && seen.host == host {
		return seen.Resource, seen.ok
	}
	found, ok := resourceByHost(host)
	place.Store(&hostAnswer{strings.Clone(host), found, ok})
	return found, ok
}

// hosted holds the last answers.
var hosted [64]atomic.Pointer[hostAnswer]

type hostAnswer struct {
	host string
	Resource
	ok bool
}

func hash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

func resourceByHost(host string) (Resource, bool) {
	var best row
	most := -1
	for r := range rows(resources) {
		for h := range strings.FieldsSeq(r.cell(4)) {
			if n := fixed(h); n > most && like(host, h) {
				best, most = r, n
			}
		}
	}
	if most < 0 {
		return Resource{}, false
	}
	return resourceOf(best), true
}

// ResourceByKey returns the resource with our short name.
func ResourceByKey(key string) (Resource, bool) {
	r, ok := find(resources, key)
	if !ok {
		return Resource{}, false
	}
	return resourceOf(r), true
}

// fixed counts the characters of a pattern outside its placeholders.
func fixed(pattern string) int {
	n, in := 0, false
	for _, c := range pattern {
		switch {
		case c == '{':
			in = true
		case c == '}':
			in = false
		case !in && c != '*':
			n++
		}
	}
	return n
}

// like compares a folded text with a pattern: * and {name} stand for one or
// more characters without a slash, N before a dot for digits or nothing.
func like(s, pattern string) bool {
	for {
		if pattern == "" {
			return s == ""
		}
		c := pattern[0]
		switch {
		case c == '*' || c == '{':
			rest := pattern[1:]
			if c == '{' {
				i := strings.IndexByte(pattern, '}')
				if i < 0 {
					return false
				}
				rest = pattern[i+1:]
			}
			if rest == "" {
				return s != "" && (c == '*' || !strings.Contains(s, "/"))
			}
			for i := 1; i <= len(s) && s[i-1] != '/'; i++ {
				if like(s[i:], rest) {
					return true
				}
			}
			return false
		case c == 'N' && (len(pattern) == 1 || pattern[1] == '.'):
			for s != "" && s[0] >= '0' && s[0] <= '9' {
				s = s[1:]
			}
			pattern = pattern[1:]
			continue
		}
		if s == "" || lower(s[0]) != lower(c) {
			return false
		}
		s, pattern = s[1:], pattern[1:]
	}
}
