package main

import "strings"

// This file keeps secrets off the command line: an argument that holds one is
// refused before anything is done with it.

// secretArgument tells which argument holds a token, code or secret.
func secretArgument(args []string) (string, bool) {
	for i, a := range args {
		value := a
		if strings.HasPrefix(a, "--") {
			if _, v, ok := strings.Cut(a, "="); ok {
				value = v
			}
		}
		if !looksSecret(value) {
			continue
		}
		switch {
		case i > 0 && strings.HasPrefix(args[i-1], "--") && !strings.Contains(args[i-1], "="):
			return args[i-1], true
		case strings.HasPrefix(a, "--"):
			name, _, _ := strings.Cut(a, "=")
			return name, true
		}
		return "an argument", true
	}
	return "", false
}

// looksSecret tells a token, a code, a secret in a query or a bearer header.
func looksSecret(v string) bool {
	if i := strings.Index(v, "eyJ"); i >= 0 && len(v)-i > 15 && !strings.ContainsAny(v[i:i+15], " /.\\") {
		return true
	}
	low := strings.ToLower(v)
	for _, name := range []string{"client_secret=", "code=0.", "code=1.", "code=m.", "refresh_token=", "password=", "assertion=", "sig=", "access_token="} {
		if i := strings.Index(low, name); i >= 0 && len(low) > i+len(name)+6 && !strings.HasPrefix(v[i+len(name):], "$") && !strings.HasPrefix(v[i+len(name):], "<") {
			return true
		}
	}
	if i := strings.Index(low, "bearer "); i >= 0 {
		rest := strings.TrimSpace(v[i+7:])
		return len(rest) > 20 && !strings.ContainsAny(rest[:1], "$<{%") && !strings.Contains(rest, " ")
	}
	if strings.Contains(low, "cookie:") && strings.Contains(v, "=") && len(v) > 20 {
		return true
	}
	return len(v) > 80 && (strings.HasPrefix(v, "0.A") || strings.HasPrefix(v, "1.A") || strings.HasPrefix(v, "EwA") || strings.HasPrefix(v, "EwB") || strings.HasPrefix(v, "M.C"))
}
