package evidence

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
)

// session is a login to a mail server with a token for another API, as a
// client's debug output shows it.
func session(token string) string {
	sasl := base64.StdEncoding.EncodeToString([]byte("user=adele@contoso.com\x01auth=Bearer " + token + "\x01\x01"))
	return "* OK The Microsoft Exchange IMAP4 service is ready.\nA1 AUTHENTICATE XOAUTH2 " + sasl + "\nA1 NO AUTHENTICATE failed.\n"
}

func TestMailSession(t *testing.T) {
	token := Mint(map[string]any{"aud": "https://graph.microsoft.com", "tid": "2499202a-1333-4288-885a-0ca01c19f56b", "scp": "IMAP.AccessAsUser.All", "ver": "1.0"})
	input := session(token)
	var cases []*Case
	for c := range Read(context.Background(), Input{Name: "-", Reader: strings.NewReader(input)}) {
		cases = append(cases, c)
	}
	if len(cases) != 1 || !cases[0].Failed {
		t.Fatalf("%d cases, want one failure", len(cases))
	}
	c := cases[0]
	if !c.Token.Readable() || c.Token.Use != Sent || c.Token.Str("aud") != "https://graph.microsoft.com" {
		t.Errorf("the token in the SASL string was not read as the one that was sent: %+v", c.Token)
	}
	if c.Call == nil || c.Call.Host != "outlook.office365.com" {
		t.Errorf("the call is %+v", c.Call)
	}
	if f, _ := c.Fact("mailbox"); f.Value != "adele@contoso.com" {
		t.Errorf("the mailbox is %q", f.Value)
	}
	var copied strings.Builder
	if _, err := Sanitize(strings.NewReader(input), &copied, SanitizeOptions{Key: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	spans := saslSpans(copied.String())
	if len(spans) != 1 || strings.Contains(spans[0].plain, token[len(token)-40:]) || strings.Contains(spans[0].plain, "adele") {
		t.Errorf("the copy still holds the token or the user: %q", copied.String())
	}
}

// TestMailWithoutServer: the words alone, of whichever server, are no refusal of Exchange's.
func TestMailWithoutServer(t *testing.T) {
	for c := range Read(context.Background(), Input{Name: "-", Reader: strings.NewReader("imap.example.org:993\nA1 NO AUTHENTICATE failed.\n")}) {
		if c != nil && c.Call != nil && c.Call.Host != "" {
			t.Errorf("another server's refusal was laid to %s", c.Call.Host)
		}
	}
}
