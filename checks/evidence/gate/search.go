package gate

import (
	"bytes"
	"sync"
)

// This file searches a text for any of several words in one pass. It looks at
// the end of a window as long as the shortest word, two bytes at a time, and
// moves on as far as no word can begin: most bytes are never looked at (Wu and
// Manber, "A fast algorithm for multi-pattern searching", 1994).

type searcher struct {
	words  []string
	window int
	shift  [1 << 12]uint8 // how far to move, by the hash of two bytes
	first  [1 << 12]uint8 // with shift 0: the first word to compare, 1-based
	next   []uint8        // the next word to compare
}

func hash2(a, b byte) uint16 { return (uint16(a)<<5 ^ uint16(b)) & (1<<12 - 1) }

// newSearcher prepares words; each must have two bytes or more.
func newSearcher(words ...string) *searcher {
	s := &searcher{words: words, window: len(words[0]), next: make([]uint8, len(words)+1)}
	for _, w := range words {
		s.window = min(s.window, len(w))
	}
	for i := range s.shift {
		s.shift[i] = uint8(s.window - 1)
	}
	for k, w := range words {
		for end := 1; end < s.window; end++ {
			h := hash2(w[end-1], w[end])
			s.shift[h] = min(s.shift[h], uint8(s.window-1-end))
			if end == s.window-1 {
				s.next[k+1] = s.first[h]
				s.first[h] = uint8(k + 1)
			}
		}
	}
	return s
}

// in tells whether a text has one of the words.
func (s *searcher) in(text []byte) bool {
	for i := s.window - 1; i < len(text); {
		h := hash2(text[i-1], text[i])
		if by := s.shift[h]; by > 0 {
			i += int(by)
			continue
		}
		for k := s.first[h]; k > 0; k = s.next[k] {
			if w := s.words[k-1]; len(text)-(i-s.window+1) >= len(w) && string(text[i-s.window+1:i-s.window+1+len(w)]) == w {
				return true
			}
		}
		i++
	}
	return false
}

// The searchers of each kind of file, made when the first is read.
var (
	inJSON = sync.OnceValue(func() *searcher {
		return newSearcher("requiredResourceAccess", "RequiredResourceAccess", "signInAudience", "SignInAudience", "ppRoleId", "onsentType", "oauth2PermissionGrants", "approleassign", "ppRoleAssign",
			"manifestVersion", "PermissionRequests", "Microsoft.Graph/", "graph.microsoft", "microsoftgraph.", "graph.windows.net")
	})
	inCode = sync.OnceValue(func() *searcher {
		return newSearcher("graph.microsoft", "raphClient", "raphServiceClient", "raph_client", "graph.windows.net", "login.microsoftonline", "microsoftgraph.", "microsoft-graph", "outlook.office", "raphBase", "raphUrl", "raphEndpoint", "RAPH_ENDPOINT", "RAPH_BASE", "RAPH_URL", "raph_url", "raph_base",
			"@pnp/graph", "soft/mgt", "365.graph_client", "rom O365")
	})
	inShell = sync.OnceValue(func() *searcher {
		return newSearcher("graph.microsoft", "graph.windows.net", "login.microsoftonline", "microsoftgraph.", "-AzureAD", "nvoke-MgGraph")
	})
	inBicep    = sync.OnceValue(func() *searcher { return newSearcher("Microsoft.Graph", "microsoftGraph") })
	inProjects = sync.OnceValue(func() *searcher { return newSearcher("adal", "ActiveDirectory", "azure-graphrbac") })
)

// has tells whether a text has one of a few short words.
func has(text []byte, words ...string) bool {
	for _, w := range words {
		if bytes.Contains(text, []byte(w)) {
			return true
		}
	}
	return false
}
