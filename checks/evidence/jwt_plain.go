package evidence

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// plainJWT decodes a JWT as golang-jwt does. A test holds them against each
// other.
func plainJWT(text string) (header, claims map[string]any) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, nil
	}
	b, err := padded(parts[0])
	if err != nil || json.Unmarshal(b, &header) != nil {
		return nil, nil
	}
	if b, err = padded(parts[1]); err != nil {
		return header, nil
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	if dec.Decode(&claims) != nil {
		return header, nil
	}
	return header, claims
}

// padded decodes base64url whose padding may be there.
func padded(s string) ([]byte, error) {
	if n := len(s) % 4; n > 0 {
		s += strings.Repeat("=", 4-n)
	}
	return base64.URLEncoding.DecodeString(s)
}
