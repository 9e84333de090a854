package evidence

import "strings"

// This file takes away what programs put around a service's sentence, where it
// is quoted: stamps, levels, loggers, classes of exceptions, addresses, ids.

// logLevels are the words by which loggers name how grave a line is, folded.
var logLevels = map[string]bool{"error": true, "err": true, "warning": true, "warn": true, "info": true, "debug": true, "fatal": true, "critical": true, "trace": true, "trce": true, "fail": true, "dbug": true, "crit": true, "mainthread": true}

// Speech is what was said, without what the program that printed it put before
// and behind it. Where nothing would be left the text comes back as it is.
func Speech(text string) string {
	s := strings.Join(strings.Fields(text), " ")
	for _, mark := range [...]string{"Error Message: ", "error message: ", "ErrorMessage: "} {
		if _, said, ok := strings.Cut(s, mark); ok && sentenceLike(said) {
			s = said
		}
	}
	if i := strings.Index(s, "Exception: "); i > 0 && i < 160 { // a class with its namespace, and what a log wrote before it
		if class := s[strings.LastIndexByte(s[:i], ' ')+1 : i]; strings.Contains(class, ".") && sentenceLike(s[i+11:]) {
			s = s[i+11:]
		}
	}
	for {
		rest := withoutHead(s)
		if rest == s || !sentenceLike(rest) {
			break
		}
		s = rest
	}
	for _, mark := range [...]string{" for url: ", " Trace ID: ", " Correlation ID: ", " trace_id: "} {
		if said, _, ok := strings.Cut(s, mark); ok && sentenceLike(said) {
			s = said
		}
	}
	return s
}

// withoutHead drops the first thing that a program put before a sentence.
func withoutHead(s string) string {
	if t := leadingTime(s); t != "" {
		if i := strings.Index(s, t); i < 3 {
			return strings.TrimLeft(s[i+len(t):], " ])}Z,:|-")
		}
	}
	word, rest, ok := strings.Cut(s, " ")
	if !ok {
		return s
	}
	bare := strings.Trim(word, "[](){}<>:|!#*")
	closed := strings.HasPrefix(word, "[") && strings.HasSuffix(strings.TrimRight(word, ":"), "]")
	switch {
	case logLevels[asciiLower(bare)] && (bare != word || bare == strings.ToUpper(bare)), closed && !strings.HasPrefix(word, "[Status"):
		return strings.TrimLeft(rest, " :|-")
	case strings.HasSuffix(word, "Exception:"), strings.HasSuffix(word, "Error:") && len(word) > 6 && !strings.HasPrefix(bare, "AADSTS"):
		return rest
	case word == "Unhandled" && strings.HasPrefix(rest, "exception. "):
		return strings.TrimPrefix(rest, "exception. ")
	case len(word) > 3 && strings.HasPrefix(rest, ": ") && strings.Trim(asciiLower(word), "abcdefghijklmnopqrstuvwxyz_") == "" && labelWords[foldName(word)]: // resultReason : ...
		return rest[2:]
	}
	return s
}

// labelWords name the field of a listing that holds the sentence.
var labelWords = map[string]bool{"resultreason": true, "message": true, "errormessage": true, "reason": true, "description": true, "detail": true, "details": true, "errordescription": true, "failurereason": true}

// sentenceLike: at least two words are left.
func sentenceLike(s string) bool { return len(strings.Fields(s)) > 1 && len(Fold(s)) > 7 }
