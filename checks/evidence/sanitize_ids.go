package evidence

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
)

// This file makes the stand-ins of ids and addresses: GUIDs and IP addresses.

// guid replaces a GUID, with dashes or without. Its version stays; public
// constants and GUIDs that only fill a place stay whole.
func (m *masker) guid(s string) string {
	bare := strings.ToLower(strings.ReplaceAll(s, "-", ""))
	if len(bare) != 32 || filler(bare) || guidStands(bare) {
		return s
	}
	dashed := bare[:8] + "-" + bare[8:12] + "-" + bare[12:16] + "-" + bare[16:20] + "-" + bare[20:]
	if publicGUID(dashed) || m.known != nil && m.known(dashed) {
		return s
	}
	out := []byte(hex.EncodeToString(m.noise(bare, 16)))
	out[12], out[16] = bare[12], bare[16]
	copy(out[20:], hex.EncodeToString(sum(string(out[:20]), 6)))
	made := string(out)
	if len(s) == 36 {
		made = made[:8] + "-" + made[8:12] + "-" + made[12:16] + "-" + made[16:20] + "-" + made[20:]
	}
	if strings.ToLower(s) != s {
		made = strings.ToUpper(made)
	}
	m.kept("guid", s, made)
	return made
}

func guidStands(bare string) bool { return bare[20:] == hex.EncodeToString(sum(bare[:20], 6)) }

// filler: every group of the GUID is one digit over and over.
func filler(bare string) bool {
	for _, g := range [...][2]int{{0, 8}, {8, 12}, {12, 16}, {16, 20}, {20, 32}} {
		if strings.Trim(bare[g[0]:g[1]], bare[g[0]:g[0]+1]) != "" && !(bare[:31] == strings.Repeat("0", 31)) {
			return false
		}
	}
	return true
}

// publicGUID: tenants that are the same for everybody.
func publicGUID(dashed string) bool {
	switch dashed {
	case consumerTenant, appOnlyMark,
		"f8cdef31-a31e-4b4a-93e4-5f571e91255a", // Microsoft Services, where first-party apps live
		"72f988bf-86f1-41af-91ab-2d7cd011db47", // Microsoft's own tenant
		"b79fbf4d-3ef9-4689-8143-76b194e85509": // every user's default role
		return true
	}
	return false
}

// ip replaces an IP address by one that nobody has: of the reserved block 240/4,
// or of 2001:db8::/32, which is kept for documentation (RFC 1112, RFC 3849).
func (m *masker) ip(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil || a.IsLoopback() || a.IsUnspecified() {
		return s
	}
	var made string
	if a.Is4() {
		made = m.ip4(s, a.As4())
	} else {
		made = m.ip6(s, a)
	}
	if made != s {
		m.kept("address", s, made)
	}
	return made
}

func (m *masker) ip4(s string, a [4]byte) string {
	if a[0] >= 240 || s == "169.254.169.254" || s == "168.63.129.16" { // the metadata service and Azure's own wire
		return s
	}
	h := m.noise(s, 4)
	parts := strings.Split(s, ".")
	parts[0] = strconv.Itoa(240 + int(h[0]%15))
	for i := 1; i < 4; i++ {
		switch len(parts[i]) {
		case 1:
			parts[i] = strconv.Itoa(int(h[i] % 10))
		case 2:
			parts[i] = strconv.Itoa(10 + int(h[i]%90))
		default:
			parts[i] = strconv.Itoa(100 + int(h[i]%156))
		}
	}
	return strings.Join(parts, ".")
}

func (m *masker) ip6(s string, a netip.Addr) string {
	if low := strings.ToLower(s); strings.HasPrefix(low, "2001:db8:") {
		return s
	}
	h := hex.EncodeToString(m.noise(a.String(), 32))
	groups := strings.Split(s, ":")
	heads := []string{"2001", "db8"}
	for i, g := range groups {
		if g == "" {
			if len(heads) > 0 && i == 0 {
				groups[0] = "2001:db8"
				heads = nil
			}
			continue
		}
		if len(heads) > 0 {
			groups[i], heads = heads[0], heads[1:]
			if i+1 < len(groups) && groups[i+1] == "" && len(heads) > 0 {
				groups[i], heads = groups[i]+":"+heads[0], nil
			}
			continue
		}
		groups[i] = "abcdef"[h[0]%6:][:1] + h[1:len(g)]
		h = h[len(g):]
	}
	return strings.Join(groups, ":")
}
