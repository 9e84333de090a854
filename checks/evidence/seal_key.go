package evidence

import (
	"strings"
)

// This file seals private keys and certificates in their armour.

// maxKey bounds a private key in PEM: its text, and its lines.
const maxKey = 16 << 10

// sealKeys takes out private keys and certificates' keys in PEM. One whose end
// is missing ends where its lines do.
func (v *vault) sealKeys(text string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, "-----BEGIN ")
		for i >= 0 && !strings.Contains(text[i:min(i+60, len(text))], "PRIVATE KEY") {
			next := strings.Index(text[i+1:], "-----BEGIN ")
			if next < 0 {
				i = -1
				break
			}
			i += 1 + next
		}
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		end := keyEnd(text, i)
		b.WriteString(text[:i])
		b.WriteString(v.secretSeal("private_key", text[i:end]))
		text = text[end:]
	}
}

// keyEnd is where the key that begins at i ends.
func keyEnd(text string, i int) int {
	near := text[i:min(len(text), i+maxKey)]
	if j := strings.Index(near, "-----END "); j >= 0 {
		if k := strings.Index(near[j+9:], "-----"); k >= 0 && k < 60 {
			return i + j + 9 + k + 5
		}
		return i + j + len(firstLine(near[j:]))
	}
	end := i + len(firstLine(near))
	for end < i+len(near) { // lines of base64
		line := firstLine(text[end+1 : i+len(near)])
		if n := runLength(line, 0); n < 20 || n != len(strings.TrimRight(line, "\r ")) {
			break
		}
		end += 1 + len(line)
	}
	return end
}
