package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// TestExplainCodes: every sign-in code has a page of its own, with its own name
// and cause, found with and without the prefix.
func TestExplainCodes(t *testing.T) {
	codes := catalog.Codes()
	if len(codes) < 882 {
		t.Errorf("%d codes, want at least 882", len(codes))
	}
	for _, n := range codes {
		row, _ := catalog.Code(n)
		p, err := Explain(n)
		q, err2 := Explain("AADSTS" + n)
		if err != nil || err2 != nil {
			t.Errorf("explain %s: %v %v", n, err, err2)
			continue
		}
		if p.Name != "AADSTS"+n || p.Markdown() != q.Markdown() {
			t.Errorf("explain %s gives the page of %s", n, p.Name)
		}
		text := p.Markdown()
		if row.Name != "" && row.Name != "-" && !strings.Contains(text, row.Name) {
			t.Errorf("explain %s does not name %s", n, row.Name)
		}
		if len(p.Rules) == 0 || !strings.Contains(text, "rests on: ") || strings.Contains(text, "rests on: \n") {
			t.Errorf("explain %s tells no cause or no source:\n%s", n, text)
		}
	}
}

// TestDefenderCodes: each code of the Defender APIs gives one of its causes,
// and the tracking id is reported.
func TestDefenderCodes(t *testing.T) {
	codes := catalog.DefenderCodes()
	if len(codes) < 19 {
		t.Errorf("%d codes, want at least 19", len(codes))
	}
	const target = "|6f0a1c1e-aaaa4bbb8ccc1234.7f0a1c1e_"
	for _, code := range codes {
		d, _ := catalog.Defender(code)
		input := fmt.Sprintf("GET https://api.securitycenter.microsoft.com/api/machines HTTP/1.1\nAuthorization: Bearer ***\n\nHTTP/1.1 %s X\nContent-Type: application/json\n\n{\"error\":{\"code\":%q,\"message\":\"Something about it.\",\"target\":%q}}\n", d.HTTP, code, target)
		res := diagnose(t, input)
		if len(res.Findings) == 0 {
			t.Errorf("%s (%s): nothing is found", code, d.HTTP)
			continue
		}
		ids := every(res.Findings)
		if !slices.ContainsFunc(d.Slugs, func(s string) bool { return slices.Contains(ids, s) }) && ids[0] != "unknown" {
			t.Errorf("%s (%s): %v, want one of %v", code, d.HTTP, ids, d.Slugs)
		}
		if len(d.Slugs) == 1 && ids[0] != d.Slugs[0] {
			t.Errorf("%s (%s): %s leads, want %s", code, d.HTTP, ids[0], d.Slugs[0])
		}
	}
}

// TestGraphErrorRows: every row of the table of Graph errors that rests on a
// source gives one of its causes when a service says it.
func TestGraphErrorRows(t *testing.T) {
	n := 0
	for _, row := range catalog.AllGraphErrors() {
		if row.Basis == "F" || row.Where == "status" || len(row.Slugs) == 0 {
			continue
		}
		n++
		ids := every(diagnose(t, saidBy(row)).Findings)
		if !slices.ContainsFunc(row.Slugs, func(s string) bool { return slices.Contains(ids, s) }) && !accepted(row, ids) {
			t.Errorf("%s %q: %v, want one of %v", row.Where, row.Code, ids, row.Slugs)
		}
	}
	if n < 50 {
		t.Errorf("only %d rows were tried", n)
	}
}

// accepted: a code that stands for several causes may leave an honest doubt,
// and our own table may judge a code otherwise, with its reason.
func accepted(row catalog.GraphError, ids []string) bool {
	if len(row.Slugs) > 2 && slices.Contains(ids, "unknown") {
		return true
	}
	for _, own := range override(row.Code) {
		if slices.Contains(ids, own) {
			return true
		}
	}
	if row.Where != "message" && !slices.ContainsFunc(strings.Split(phraseTable, "\n"), func(l string) bool {
		p, _, _ := strings.Cut(l, "\t")
		return evidence.Fold(p) == evidence.Fold(row.Code)
	}) {
		return false // the letters of a code are no sentence: Authorization_IdentityNotFound is no "identity not found"
	}
	return slices.ContainsFunc(phraseSlugs(row.Code), func(s string) bool { return slices.Contains(ids, s) })
}

// saidBy is an answer in which a service says a row of the table.
func saidBy(row catalog.GraphError) string {
	status := "403"
	if len(row.HTTP) > 0 {
		status = row.HTTP[0]
	}
	head := fmt.Sprintf("GET https://graph.microsoft.com/v1.0/things/1 HTTP/1.1\nAuthorization: Bearer ***\n\nHTTP/1.1 %s X\nContent-Type: application/json\n", status)
	switch row.Where {
	case "top":
		return head + fmt.Sprintf("\n{\"error\":{\"code\":%q,\"message\":\"\"}}\n", row.Code)
	case "inner":
		return head + fmt.Sprintf("\n{\"error\":{\"code\":\"Forbidden\",\"message\":\"\",\"innerError\":{\"code\":%q}}}\n", row.Code)
	case "message":
		return head + fmt.Sprintf("\n{\"error\":{\"code\":\"UnknownError\",\"message\":%q}}\n", row.Code)
	case "oauth":
		return fmt.Sprintf("POST https://login.microsoftonline.com/common/oauth2/v2.0/token HTTP/1.1\n\nHTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{\"error\":%q}\n", row.Code)
	}
	return head + fmt.Sprintf("WWW-Authenticate: Bearer error=%q\n\n", row.Code)
}
