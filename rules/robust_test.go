package rules

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
)

// codeLeft tells an input in which a code survives: a sign-in number or a
// service's code, by which it can be judged in any language.
var codeLeft = regexp.MustCompile(`AADSTS\d{4,}|"code"\s*:\s*"[A-Za-z_]{6,}"|Authorization_\w+|Error[A-Z]\w{6,}|InvalidAuthenticationToken`)

var (
	quotedText = regexp.MustCompile(`'[^'\n]{2,120}'|"[^"\n]{2,120}"`)
	plainWord  = regexp.MustCompile(`\b[a-z]{3,}\b`)
	sentence60 = regexp.MustCompile(`(AADSTS\d{4,}: |"[mM]essage"\s*:\s*"|error_description"?\s*[:=]\s*"?)([^"\n]{20,})`)
)

// translate puts the prose of messages into a language that nobody knows: its
// plain words turn into others; codes, ids, quoted values, addresses and names
// of parameters stay.
func translate(input string) string {
	return sentence60.ReplaceAllStringFunc(input, func(m string) string {
		parts := sentence60.FindStringSubmatch(m)
		var kept []string
		text := quotedText.ReplaceAllStringFunc(parts[2], func(q string) string {
			kept = append(kept, q)
			return "\x00"
		})
		text = plainWord.ReplaceAllStringFunc(text, func(w string) string {
			b := []byte(w)
			slices.Reverse(b)
			return string(b) + "u"
		})
		for _, q := range kept {
			text = strings.Replace(text, "\x00", q, 1)
		}
		return parts[1] + text
	})
}

// cut60 keeps the first six tenths of an input.
func cut60(input string) string { return strings.ToValidUTF8(input[:len(input)*6/10], "") }

// TestForeignLanguage and TestTruncated: of the failures before a token, the
// first answer falls by at most eight points in a hundred where a code
// survives. Services behind Graph use one code for many causes and tell them
// apart by a sentence, so there more is lost, and the limit is thirty.
func TestForeignLanguage(t *testing.T) { falls(t, translate) }

func TestTruncated(t *testing.T) { falls(t, cut60) }

func falls(t *testing.T, change func(string) string) {
	t.Helper()
	acquire := map[string]bool{}
	for _, r := range All() {
		acquire[r.ID] = r.Layer == checks.Acquire
	}
	type tally struct{ n, before, after int }
	var signIn, rest tally
	for _, s := range slices.Concat(loadSamples(t, "shared"), loadSamples(t, "own")) {
		changed := change(s.Input)
		if s.Want.Silent || len(s.Want.Accept) == 0 || changed == s.Input || !codeLeft.MatchString(changed) {
			continue
		}
		to := &rest
		if acquire[s.Want.Accept[0]] {
			to = &signIn
		}
		to.n++
		was, is := top(t, s.Input, s.Want.Accept), top(t, changed, s.Want.Accept)
		if was {
			to.before++
		}
		if is {
			to.after++
		}
		if was && !is {
			t.Logf("falls: %s", s.Path)
		}
	}
	for _, g := range []struct {
		name  string
		limit int
		tally
	}{{"sign-in", 8, signIn}, {"services", 30, rest}} {
		t.Logf("%s: %d inputs, %d right before, %d after", g.name, g.n, g.before, g.after)
		if g.n < 40 {
			t.Errorf("%s: only %d inputs", g.name, g.n)
		}
		if (g.before-g.after)*100 > g.limit*g.n {
			t.Errorf("%s: top-1 falls by %d of %d, more than %d points", g.name, g.before-g.after, g.n, g.limit)
		}
	}
}

func top(t *testing.T, input string, accept []string) bool {
	d := diagnose(t, input)
	return len(d.Findings) > 0 && slices.Contains(accept, d.Findings[0].Rule.ID)
}
