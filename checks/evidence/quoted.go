package evidence

import (
	"strings"
)

// This file tells a text that reports a failure from one that talks about
// failures: source code, documentation, release notes, test names. Only the
// first makes a case.

type docKind uint8

const (
	reportText docKind = iota // something happened
	codeText                  // source code, specifications, diffs
	docsText                  // documentation, notes, lists
)

// codeMarks are met in source code and hardly in output or prose.
var codeMarks = []string{"if (", "if(", "} else", "else if", "elif ", "return ", "func ", "def ", "class ", "import ", "#include", "const ", "let ", "var ", "=> {", "==", "!=", "throw new", "raise ", "except ", "catch (", "catch(", "public ", "private ", "assert ", "assert(", "assertEqual", "assertThat", "Assert.", "expect(", "it('", "it(\"", "test('", "test(\"", "describe(", "[Fact", "[Theory", "@Test", "switch", "case \"", "case '", "package ", "using ", "namespace ", "interface ", "extends ", "function ", "errors.Is", "errors.As", "strings.Contains", ".includes(", ".Contains(", ".contains(", ".startsWith(", "t.Run(", "t.Error", "fmt.", "console.log(", "print(", "-match '", "-like '", "-eq ", "-contains ", "| where ", "| extend ", "| summarize ", "count() by", "| project ", "requests_mock", "pytest.", "param(", "try {", "finally", "});", "///", "/**", " * @", "self.", "this."}

var docMarks = []string{"this article", "learn how", "the following table", "see also", "applies to", "prerequisites", "in this article", "release notes", "changelog", "what's new", "breaking change", "for more information, see", "possible cause", "\n## ", "\n### ", "| --- ", "|---", "| :--", "ms.date", "ms.topic", "error code |", "| code", "common errors", "troubleshooting guide", "faq", "table of contents", "how to resolve", "reference for", "deprecated in", "search results", "results for", "this page", "documentation", "frequently", "best practice", "returned when", "the error means", "means that", "typically", "indicates that", "error codes", "people also ask", "related searches", "› ", "## license", "## usage", "## installation", "## troubleshooting", "for example,", "the response looks like", "```http", "can occur as a result", "results (0."}

// ticketMarks show that somebody reports what happened to them.
var ticketMarks = []string{"steps to reproduce", "expected behavior", "expected behaviour", "actual behavior", "describe the bug", "i get ", "i'm getting", "i am getting", "we get ", "we are getting", "i have ", "we have ", "my app", "our app", "getting the following", "getting this", "when i ", "when we ", "customer", "please help", "any idea", "severity", "support request", "ticket", "can't sign in", "cannot sign in", "fails with", "failing with", "ends with", "error message", "stack trace", "traceback", "is failing", "why do", "why does", "since yesterday", "since this morning", "does not work", "doesn't work", "ich bekomme", "wir bekommen", "fehlermeldung", "j'obtiens", "obtengo", "estou recebendo", "recebo", "エラーが", "报错", "出现"}

// kindOfText judges a whole text.
func kindOfText(text string) docKind {
	if len(text) > 256<<10 {
		text = text[:256<<10]
	}
	low := asciiLower(text)
	hard := hardSigns(text)
	var lines, code, doc, test, diff, commits, stamps, prompts int
	codes := map[string]bool{}
	for l := range strings.SplitSeq(text, "\n") {
		t := strings.TrimSpace(l)
		if t == "" {
			continue
		}
		lines++
		for from := 0; ; {
			c, _, end := nextAADSTS(t, from)
			if c == "" {
				break
			}
			codes[c] = true
			from = end
		}
		switch {
		case stackFrame(t):
		case strings.HasPrefix(t, "diff --git") || strings.HasPrefix(t, "@@ ") || strings.HasPrefix(t, "+++ ") || strings.HasPrefix(t, "--- a/"):
			diff++
		case testLine(t):
			test++
		case commitLine(t):
			commits++
		case isPrompt(t):
			prompts++
		case codeLine(t):
			code++
		case docLine(t):
			doc++
		}
		if _, ok := lineTime(t); ok || klogHead(t) {
			stamps++
		}
	}
	if lines == 0 {
		return reportText
	}
	tickets := 0
	for _, m := range ticketMarks {
		if strings.Contains(low, m) {
			tickets++
		}
	}
	for _, m := range docMarks {
		if strings.Contains(low, m) {
			doc++
		}
	}
	ids := idSigns(text)
	switch {
	case diff >= 2, strings.Contains(low, "openapi:") && strings.Contains(low, "paths:"):
		return codeText
	case test > 0 && test*2 >= lines && hard == 0:
		return codeText
	case commits*2 >= lines && commits > 1 && hard == 0:
		return docsText
	case code*10 >= lines*4 && code > 1 && hard == 0 && stamps == 0 && (prompts == 0 || prompts <= 2 && code >= 4):
		return codeText
	case ids == 0 && tickets <= 1 && stamps == 0 && prompts == 0 && doc >= 3+2*tickets:
		return docsText
	case hard > 0 && (stamps > 0 || tickets > 0) || tickets > 1:
		return reportText
	case len(codes) >= 3 && hard == 0 && stamps == 0 && tickets == 0:
		return docsText
	case doc >= 2 && hard == 0 && tickets == 0 && stamps == 0:
		return docsText
	}
	return reportText
}

// klogHead: a line of Kubernetes' loggers, "E0901 14:17:00.923480  1 vmss.go:99] ",
// which names no year.
func klogHead(t string) bool {
	return len(t) > 20 && strings.IndexByte("IWEF", t[0]) >= 0 && isDigits(t[1:5]) && t[5] == ' ' && t[8] == ':' && t[11] == ':' && t[14] == '.'
}

// idSigns counts ids and dates that only a failure that happened has.
func idSigns(text string) int {
	n := 0
	for _, m := range []string{"Trace ID:", "Correlation ID:", "trace_id", "correlation_id", "request-id", "\n   at ", "\n\tat ", "Traceback (most recent", "FullyQualifiedErrorId", "\nDate: ", "\ndate: "} {
		n += strings.Count(text, m)
	}
	return n
}

// hardSigns counts what only a real failure leaves: trace ids, stack frames,
// raw HTTP.
func hardSigns(text string) int {
	n := 0
	for from := 0; ; {
		c, _, end := nextAADSTS(text, from)
		if c == "" {
			break
		}
		if q := strings.IndexAny(text[end:min(len(text), end+160)], "'\"\u2018\u201c"); q >= 0 && guidIn(text[end+q:min(len(text), end+q+42)]) != "" {
			n++
		}
		from = end
	}
	for _, m := range []string{"Trace ID:", "Correlation ID:", "trace_id", "correlation_id", "\n   at ", "\n    at ", "\n\tat ", "Traceback (most recent", "HTTP/1.1 4", "HTTP/2 4", "HTTP/1.1 5", "HTTP/2 5", "request-id", "FullyQualifiedErrorId", "error_codes", "startedDateTime", "\"strServiceExceptionMessage\":\"AADSTS", "\"sErrTxt\":\"", "\"Detail\":\"AADB2C"} {
		n += strings.Count(text, m)
	}
	return n
}

func codeLine(t string) bool {
	for _, m := range codeMarks {
		if strings.Contains(t, m) {
			return true
		}
	}
	if strings.HasPrefix(t, "//") || strings.HasPrefix(t, "/*") || strings.HasPrefix(t, "* ") && strings.HasSuffix(t, "*/") {
		return true
	}
	last := t[len(t)-1]
	return last == ';' || last == '{' && len(t) > 1 && !strings.HasPrefix(t, "\"") && strings.ContainsAny(t, "()=") || t == "}" || t == "});" || t == "}," && false
}

func docLine(t string) bool {
	if strings.HasPrefix(t, "# ") || strings.HasPrefix(t, "## ") || strings.HasPrefix(t, "### ") || strings.HasPrefix(t, "|") && strings.Count(t, "|") >= 3 {
		return true
	}
	if (strings.HasPrefix(t, "- ") || strings.HasPrefix(t, "* ") || strings.HasPrefix(t, "• ")) && (strings.Contains(t, "AADSTS") || strings.Contains(t, "ix ") || strings.Contains(t, "ixed") || strings.Contains(t, "dded") || strings.Contains(t, "mproved") || strings.Contains(t, "andle")) {
		return true
	}
	return false
}

func testLine(t string) bool {
	for _, p := range []string{"--- PASS", "=== RUN", "PASS", "ok  \t", "ok \t", "✓", "✔", "√", "Passed ", "Passed!", "Test Suites:", "Tests:", "[PASS]", "test_", "PASSED"} {
		if strings.HasPrefix(t, p) {
			return true
		}
	}
	return strings.HasSuffix(t, " PASSED") || strings.HasSuffix(t, " ... ok") || strings.Contains(t, "::test_")
}

func commitLine(t string) bool {
	n := 0
	for n < len(t) && (t[n] >= '0' && t[n] <= '9' || t[n] >= 'a' && t[n] <= 'f') {
		n++
	}
	if n >= 7 && n <= 40 && n < len(t) && t[n] == ' ' && strings.ContainsAny(t[:n], "0123456789") && !isGUID(t[:min(len(t), 36)]) {
		return true
	}
	return strings.HasPrefix(t, "commit ") && len(t) > 20 || strings.HasPrefix(t, "* ") && len(t) > 10 && commitLine(t[2:])
}

func isPrompt(t string) bool {
	return strings.HasPrefix(t, "PS ") && strings.Contains(t, ">") || strings.HasPrefix(t, "$ ") || strings.HasPrefix(t, ">>> ") || strings.HasPrefix(t, "C:\\") && strings.Contains(t, ">")
}
