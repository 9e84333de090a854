package session

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func given(name, text string) Source {
	return Source{Name: name, Open: func() io.Reader { return strings.NewReader(text) }}
}

func example(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../testdata/examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// now is inside the life of the examples' tokens.
var now = time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC)

// TestSession walks through what the page asks for, in its order.
func TestSession(t *testing.T) {
	ctx := context.Background()
	var s Session
	if _, err := s.Report("json"); err == nil {
		t.Error("a report before anything was diagnosed")
	}
	answer, err := s.Diagnose(ctx, []Source{given("-", example(t, "wrong-audience.txt"))}, now)
	if err != nil {
		t.Fatal(err)
	}
	var d struct{ Findings []struct{ Rule string } }
	if err := json.Unmarshal([]byte(answer), &d); err != nil || len(d.Findings) == 0 || d.Findings[0].Rule != "audience-mismatch" {
		t.Errorf("%v: %s", err, answer)
	}
	for format, want := range map[string]string{"json": `"version": 1`, "markdown": "## Cause", "html": "<!DOCTYPE html>"} {
		if r, err := s.Report(format); err != nil || !strings.Contains(r, want) {
			t.Errorf("%s: %v, no %q in %s", format, err, want, r)
		}
	}
	if _, err := s.Report("pdf"); err == nil {
		t.Error("a format that is none")
	}
	tokens, err := s.Tokens(ctx)
	if err != nil || len(tokens) != 1 || !strings.Contains(tokens[0], `"graph.windows.net`) && !strings.Contains(tokens[0], "https://graph.windows.net") {
		t.Errorf("%v: %s", err, tokens)
	}
	needs, err := s.Needs(ctx)
	if err != nil || !strings.Contains(needs, "/users/{id}/messages") {
		t.Errorf("%v: %s", err, needs)
	}
	var out bytes.Buffer
	if err := s.Sanitize(ctx, 0, &out); err != nil || strings.Contains(out.String(), "adele@contoso.com") || !strings.Contains(out.String(), "Invalid audience") {
		t.Errorf("%v: %s", err, out.String())
	}
	if err := s.Sanitize(ctx, 1, &out); err == nil {
		t.Error("a source that was not given")
	}
	s.Forget()
	if _, err := s.Report("json"); err == nil {
		t.Error("a report of what was forgotten")
	}
}

// TestTokensOnce: a token that stands in many lines is told once, and a copy of
// it with one claim changed is another.
func TestTokensOnce(t *testing.T) {
	text := example(t, "wrong-audience.txt")
	var s Session
	if _, err := s.Diagnose(context.Background(), []Source{given("a", text), given("b", text)}, now); err != nil {
		t.Fatal(err)
	}
	if tokens, err := s.Tokens(context.Background()); err != nil || len(tokens) != 1 {
		t.Errorf("%d tokens, %v", len(tokens), err)
	}
}

// TestStopped: what was found before the context ended is told.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var s Session
	answer, err := s.Diagnose(ctx, []Source{given("-", "AADSTS65001")}, now)
	if err != nil || !strings.Contains(answer, `"cases": 0`) {
		t.Errorf("%v: %s", err, answer)
	}
	if err := s.Sanitize(ctx, 0, io.Discard); err == nil {
		t.Error("a copy that was stopped says nothing of it")
	}
}

func TestExplain(t *testing.T) {
	for word, want := range map[string]string{"token-expired": "rule", "AADSTS65001": "sign-in code", "Mail.Read": "permission"} {
		var p struct{ Kind, Text string }
		text, err := Explain(word)
		if err == nil {
			err = json.Unmarshal([]byte(text), &p)
		}
		if err != nil || p.Kind != want || p.Text == "" {
			t.Errorf("%s: %v: %s", word, err, text)
		}
	}
	if _, err := Explain("no such thing"); err == nil {
		t.Error("a page of nothing")
	}
	if a, err := About(); err != nil || !strings.Contains(a, "token-expired") {
		t.Errorf("%v: %s", err, a)
	}
}
