package evidence

import (
	"context"
	"strings"
	"testing"
)

// Holds finds any 20 characters of a token and nothing shorter.
func TestHolds(t *testing.T) {
	text := Mint(map[string]any{"aud": "https://graph.microsoft.com", "scp": "User.Read"})
	var tok *Token
	for c := range Read(context.Background(), Input{Name: "-", Reader: strings.NewReader(text)}) {
		tok = c.Token
	}
	for i := 0; i+20 <= len(text); i++ {
		if !tok.Holds("it is "+text[i:i+20]+", no more") || tok.Holds("it is "+text[i:i+19]+", no more") {
			t.Fatalf("%q: %v with 20 characters, %v with 19", text[i:i+20], tok.Holds(text[i:i+20]), tok.Holds(text[i:i+19]))
		}
	}
	for _, s := range []string{"", "User.Read", "https://graph.microsoft.com/v1.0/me/messages", strings.Repeat("no token at all ", 9)} {
		if tok.Holds(s) {
			t.Errorf("%q does not stand in the token", s)
		}
	}
	long := &Token{raw: strings.Repeat("a", longestCompared+1)}
	if !long.Holds(strings.Repeat("b", 20)) || long.Holds("short") {
		t.Error("a token too long to search holds what could be a piece, and only that")
	}
}
