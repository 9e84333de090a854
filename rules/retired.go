package rules

import (
	_ "embed"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file turns a request of a retired API into the one of Microsoft Graph
// that replaces it, by the table of operations.

//go:embed retired.tsv
var retiredTable string

// replacement is the Microsoft Graph request for one of Azure AD Graph or of
// Outlook REST: "GET https://graph.microsoft.com/v1.0/users". It is "" where
// the call is none of theirs, or the table has no row for it.
func replacement(c *evidence.Case) string {
	if c.Call == nil {
		return ""
	}
	api, path := retiredPath(c.Call.Host, c.Call.Path)
	if api == "" {
		return ""
	}
	segs := strings.Split(strings.Trim(path, "/"), "/")
	best, to := 0, ""
	for f := range tableRows(retiredTable) {
		if len(f) < 4 || f[0] != api || f[1] != "*" && f[1] != c.Call.Method {
			continue
		}
		pattern := strings.Split(strings.Trim(f[2], "/"), "/")
		if ids, ok := fits(pattern, segs); ok && len(pattern) > best {
			best, to = len(pattern), fill(f[3], ids)+rest(segs[len(pattern):])
		}
	}
	if to == "" {
		return ""
	}
	return strings.TrimSpace(c.Call.Method + " https://" + graphHost(c) + "/v1.0" + to)
}

// retiredPath tells which retired API a call is of, and its path without
// tenant or version.
func retiredPath(host, path string) (api, rest string) {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case strings.HasPrefix(host, "graph.") && (strings.Contains(host, "windows.net") || strings.Contains(host, "chinacloudapi") || strings.Contains(host, "microsoftazure.us")):
		if len(segs) > 0 && (evidence.IsGUID(segs[0]) || strings.Contains(segs[0], ".") || segs[0] == "myorganization" || strings.HasPrefix(segs[0], "{")) {
			segs = segs[1:]
		}
		return "aadgraph", strings.Join(segs, "/")
	case strings.HasPrefix(host, "outlook.") && len(segs) > 2 && strings.EqualFold(segs[0], "api"):
		return "outlook", strings.Join(segs[2:], "/")
	}
	return "", ""
}

// fits tells whether segments begin as a pattern does, and returns what stands
// in the place of each {id}.
func fits(pattern, segs []string) (ids []string, ok bool) {
	if len(segs) < len(pattern) {
		return nil, false
	}
	for i, p := range pattern {
		if p == "{id}" {
			ids = append(ids, segs[i])
			continue
		}
		if !strings.EqualFold(p, segs[i]) {
			return nil, false
		}
	}
	return ids, true
}

func fill(template string, ids []string) string {
	for _, id := range ids {
		template = strings.Replace(template, "{id}", id, 1)
	}
	return template
}

func rest(segs []string) string {
	if len(segs) == 0 {
		return ""
	}
	return "/" + strings.Join(segs, "/")
}
