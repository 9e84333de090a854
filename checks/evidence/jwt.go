//go:build !js

package evidence

import "github.com/golang-jwt/jwt/v5"

// parseJWT decodes the header and the claims of a JWT without looking at its
// signature, as far as they can be decoded.
func parseJWT(text string) (header, claims map[string]any) {
	c := jwt.MapClaims{}
	parsed, _, _ := jwt.NewParser(jwt.WithJSONNumber(), jwt.WithPaddingAllowed()).ParseUnverified(text, c)
	if parsed != nil { // what failed, the caller sees by what is missing
		header = parsed.Header
	}
	return header, c
}
