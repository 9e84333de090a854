package evidence

import (
	_ "embed"
	"strings"
)

// This file tells error codes from other words.

//go:embed codes.txt
var codeWords string

// knownCode tells whether a word is one of the codes of codes.txt, in its case.
func knownCode(w string) bool {
	if len(w) < 6 || len(w) > 60 {
		return false
	}
	for rest := codeWords; ; {
		i := strings.Index(rest, w)
		if i < 0 {
			return false
		}
		if (i == 0 || rest[i-1] == '\n') && i+len(w) < len(rest) && rest[i+len(w)] == '\n' {
			return true
		}
		rest = rest[i+1:]
	}
}

// codePrefixes begin the codes of the directory and of the logs.
var codePrefixes = []string{"Authorization_", "Authentication_", "Request_", "Directory_", "Service_", "ObjectConflict", "Tenant_", "Policy_"}

// notCodes look like Exchange's Error codes and are names of fields and switches.
var notCodes = []string{"ErrorCode", "ErrorMessage", "ErrorDetails", "ErrorDetail", "ErrorAction", "ErrorActionPreference", "ErrorId", "ErrorRecord", "ErrorResponse",
	"ErrorSourceService", "ErrorVariable", "ErrorHandler", "ErrorType", "ErrorInfo", "ErrorUri", "ErrorDescription", "ErrorException", "ErrorBoundary", "ErrorEvent", "ErrorCategory"}

// codeShaped tells a code by its form: Authorization_X, ErrorX.
func codeShaped(w string) bool {
	for _, p := range codePrefixes {
		if len(w) > len(p)+3 && strings.HasPrefix(w, p) && w[len(p)] >= 'A' && w[len(p)] <= 'Z' {
			return true
		}
	}
	if len(w) > 9 && strings.HasPrefix(w, "Error") && w[5] >= 'A' && w[5] <= 'Z' && w[6] >= 'a' {
		for _, n := range notCodes {
			if strings.HasPrefix(w, n) && (len(w) == len(n) || n == "ErrorCode" || n == "ErrorMessage" || n == "ErrorHandler") {
				return false
			}
		}
		return true
	}
	return false
}

// isCode tells whether a word in running text is an error code.
func isCode(w string) bool { return codeShaped(w) || knownCode(w) }

// findCodes returns the codes in a line, with where each begins and ends.
func findCodes(line string) (out [][2]int) {
	for i := 0; i < len(line); {
		if !wordByte(line[i]) {
			i++
			continue
		}
		j := i
		for j < len(line) && (wordByte(line[j]) || line[j] == '-' && j+1 < len(line) && wordByte(line[j+1])) {
			j++
		}
		if w := line[i:j]; labelledCode(line[:i]) && (j == len(line) || line[j] == ' ' || line[j] == ',') && camel2(w) {
			out = append(out, [2]int{i, j})
		} else if quotedCode(line, i, j) {
			out = append(out, [2]int{i, j})
		} else if announced(line[:i]) && j < len(line) && line[j] == ':' && serviceCode(w) {
			out = append(out, [2]int{i, j})
		} else if (i == 0 || line[i-1] != '.' && line[i-1] != '/') && isCode(w) {
			out = append(out, [2]int{i, j})
		} else if k := strings.IndexByte(w, '-'); k > 0 && isCode(w[:k]) && (i == 0 || line[i-1] != '.' && line[i-1] != '/') {
			out = append(out, [2]int{i, i + k})
		}
		i = j
	}
	return out
}

// labelledCode: the word stands behind the label of an exception's code.
func labelledCode(before string) bool {
	return strings.HasSuffix(before, "xception: Code: ") || strings.HasSuffix(before, "rror: Code: ")
}

// camel2: at least two words in camel case, nothing but letters and underscores.
func camel2(w string) bool {
	if len(w) < 7 || !wordLike(w) || strings.ContainsAny(w, ".-0123456789") || strings.HasSuffix(w, "Exception") {
		return false
	}
	humps := 0
	for i := 1; i < len(w); i++ {
		if w[i] >= 'A' && w[i] <= 'Z' && w[i-1] >= 'a' && w[i-1] <= 'z' {
			humps++
		}
	}
	return humps > 0
}

// announced: what stands before a word says that an error code follows, as
// Azure's and HashiCorp's Go clients write it.
func announced(before string) bool {
	return strings.HasSuffix(before, "OData error: ") || strings.HasSuffix(before, "with error: ")
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}
