package main

import (
	"fmt"
	"slices"
	"strings"
)

// key stands for one key segment of any value, pathKey for a drive path that
// ends with a colon.
const (
	key     = "{id}"
	pathKey = "{id}:"
)

// normal splits a template into the segments of its normal form, case kept:
//
//	/users/{user-id}            users {id}
//	/workflows({id})            workflows {id}
//	/range(address={value})     range(address={id})
//	/f(b={x}, a='{y}')          f(a={id},b={id})
//	/knownIssues/Default.find   knownIssues find
//	/root:/{path}:/content      root: {id}: content
//
// A template that holds anything else is an error: errata.txt has to mend it.
func normal(path string) ([]string, error) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok || rest == "" {
		return nil, fmt.Errorf("template %q does not begin with a slash", path)
	}
	var out []string
	for s := range strings.SplitSeq(rest, "/") {
		seg, err := normalSegment(s)
		if err != nil {
			return nil, fmt.Errorf("template %q: %w", path, err)
		}
		out = append(out, seg...)
	}
	return out, nil
}

func normalSegment(s string) ([]string, error) {
	s = strings.TrimPrefix(s, "Default.") // the namespace of three update functions
	if strings.HasPrefix(s, "{") {
		switch strings.IndexByte(s, '}') {
		case len(s) - 1:
			return []string{key}, nil
		case len(s) - 2:
			if strings.HasSuffix(s, ":") {
				return []string{pathKey}, nil
			}
		}
		return nil, fmt.Errorf("odd placeholder %q", s)
	}
	name, args, has := strings.Cut(s, "(")
	if !plain(name) {
		return nil, fmt.Errorf("odd segment %q", s)
	}
	if !has {
		return []string{s}, nil
	}
	args, ok := strings.CutSuffix(args, ")")
	if !ok {
		return nil, fmt.Errorf("odd function %q", s)
	}
	if args == "" {
		return []string{name}, nil
	}
	if !strings.Contains(args, "=") {
		return []string{name, key}, nil
	}
	var names []string
	for a := range strings.SplitSeq(args, ",") {
		n, v, ok := strings.Cut(strings.TrimSpace(a), "=")
		v = strings.Trim(v, "'")
		if !ok || !plain(n) || !strings.HasPrefix(v, "{") || !strings.HasSuffix(v, "}") {
			return nil, fmt.Errorf("odd argument %q in %q", a, s)
		}
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return []string{name + "(" + strings.Join(names, "="+key+",") + "=" + key + ")"}, nil
}

// plain tells whether a segment is a name as Graph has them: letters, digits,
// dots of a namespace, $ref and kin, and the colon of "root:".
func plain(s string) bool {
	if s == "" || s == "." || s == ".." || strings.HasPrefix(s, "...") {
		return false
	}
	for i, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.':
		case c == '$' && i == 0, c == ':' && i == len(s)-1:
		default:
			return false
		}
	}
	return true
}

// fold is the form in which segments are compared.
func fold(s string) string { return strings.ToLower(s) }
