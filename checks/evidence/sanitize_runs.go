package evidence

import (
	"strings"
)

// This file finds secrets that nothing announces: long runs that look random.

// runs replaces long runs that look random: keys, ids of messages, whatever
// the reader itself would not show. Base64 of a text, such as the claims of a
// challenge, is decoded, cleaned and encoded again.
func (j *job) runs() {
	t := j.text
	for i := 0; i < len(t); {
		if j.taken[i] || !isRunByte(t[i]) {
			n := 1
			if c := t[i]; !j.taken[i] && (c == '%' || c == '\\' || c == '&') {
				n = max(1, escapeLength(t, i))
			}
			i += n
			continue
		}
		end := i
		for end < len(t) && !j.taken[end] && isRunByte(t[end]) {
			end++
		}
		if end-i >= minRun && !j.decoded(i, end) {
			eachRandom(t, i, end, func(from, to int) { j.random(from, to) })
		}
		i = end
	}
}

// minRun is the shortest run that may be a secret without a name.
const minRun = 16

func (j *job) random(from, to int) {
	if j.decoded(from, to) {
		return
	}
	if from >= 2 && j.text[from-1] == '.' && strings.IndexByte("01M", j.text[from-2]) >= 0 && j.free(from-2, from) { // the mark of a code or refresh token
		from -= 2
	}
	j.put(from, to, j.z.opaque(j.text[from:to]))
}

// decoded cleans a run that is base64 of a text; it tells whether it was.
func (j *job) decoded(from, to int) bool {
	run := j.text[from:to]
	core := strings.TrimRight(run, "=")
	if j.depth >= 3 || len(core)%4 == 1 || strings.Contains(core, "=") {
		return false
	}
	plain, ok := decodeText(core)
	if !ok || len(plain) < 12 || !printable(plain) {
		return false
	}
	if made := j.z.inner(plain, false, j.depth); made != plain {
		j.put(from, to, encodeLike(made, core, run[len(core):])+run[len(core):])
	} else {
		j.hold(from, to)
	}
	return true
}

// eachRandom calls do for the parts of a run of base64 characters that look
// random. The signs of that alphabet are also those of paths, forms and fields.
func eachRandom(t string, from, to int, do func(from, to int)) {
	if to-from < minRun {
		return
	}
	run := t[from:to]
	core := strings.TrimRight(run, "=")
	sep := ""
	switch {
	case strings.Contains(core, "="):
		sep = "="
	case pureBase64(core):
	case strings.Contains(core, "+"):
		sep = "+"
	case strings.Contains(core, "/"):
		sep = "/"
	}
	if sep != "" {
		at := from
		for seg := range strings.SplitSeq(run, sep) {
			eachRandom(t, at, at+len(seg), do)
			at += len(seg) + 1
		}
		return
	}
	if strings.ContainsAny(core, "+/") || randomWord(core) {
		do(from, from+len(core))
	}
}

func randomWord(w string) bool {
	w = strings.Trim(w, "-_")
	if len(w) < minRun || len(w) < 24 && !strings.ContainsAny(w, "0123456789") { // a name in camel case
		return false
	}
	return (secretWord(w) || restless(w)) && !strings.Contains(w, "--")
}

// restless: a long word that goes to and fro between small letters, large ones
// and digits, as no name does.
func restless(w string) bool {
	if len(w) < 32 || !strings.ContainsAny(w, "0123456789") || isGUID(w) {
		return false
	}
	return strings.ToLower(w) != w && strings.ToUpper(w) != w && turns(w)*100 >= len(w)*38
}

// turns counts where a word changes between small letters, large ones, digits
// and signs.
func turns(w string) int {
	class := func(c byte) int {
		switch {
		case isDigit(c):
			return 1
		case c >= 'a' && c <= 'z':
			return 2
		case c >= 'A' && c <= 'Z':
			return 3
		}
		return 0
	}
	n := 0
	for i := 1; i < len(w); i++ {
		if class(w[i]) != class(w[i-1]) {
			n++
		}
	}
	return n
}

// printable: mostly letters, digits and blanks, as text is.
func printable(s string) bool {
	plain := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; isAlnum(c) || c == ' ' || c == '"' || c == ':' || c == ',' || c == '{' || c == '}' || c == '/' || c == '.' || c == '=' || c == '<' || c == '>' || c == '-' || c == '_' || c == '&' {
			plain++
		}
	}
	return plain*10 >= len(s)*9 && ascii(s)
}

// pureBase64: a run with slashes or plus signs that is no path and no form: none
// of its pieces is a plain word or a version, and the whole looks random.
func pureBase64(run string) bool {
	joined := strings.Map(func(r rune) rune {
		if r == '/' || r == '+' {
			return -1
		}
		return r
	}, run)
	switch {
	case len(run) < 32, strings.ContainsAny(run, "-_"): // of the other alphabet, and in paths
		return false
	case turns(joined)*100 >= len(joined)*40:
		return restless(joined)
	case !secretWord(joined):
		return false
	}
	for seg := range strings.FieldsFuncSeq(run, func(r rune) bool { return r == '/' || r == '+' }) {
		plain := !strings.ContainsAny(seg, "0123456789") && seg == strings.ToLower(seg)
		if len(seg) >= 3 && plain || len(seg) > 3 && wordy(seg) || len(seg) == 2 && seg[0] == 'v' && isDigit(seg[1]) {
			return false
		}
	}
	return true
}

// wordy: mostly stretches of small letters, as names in camel case are.
func wordy(w string) bool {
	run, all := 0, 0
	for i := 0; i <= len(w); i++ {
		if i < len(w) && w[i] >= 'a' && w[i] <= 'z' {
			run++
			continue
		}
		if run >= 3 {
			all += run + 1
		}
		run = 0
	}
	return all*100 >= len(w)*60
}
