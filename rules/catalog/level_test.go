package catalog

import (
	"testing"

	"pgregory.net/rapid"
)

// TestNarrowerOrders: nothing is narrower than itself, nor two than each other.
func TestNarrowerOrders(t *testing.T) {
	n := u16(section(secNames))
	rapid.Check(t, func(t *rapid.T) {
		a := permissionName(rapid.IntRange(0, n-1).Draw(t, "a"))
		b := permissionName(rapid.IntRange(0, n-1).Draw(t, "b"))
		k := Kind(rapid.IntRange(0, 2).Draw(t, "kind"))
		if Narrower(a, a, k) || Narrower(a, b, k) && Narrower(b, a, k) {
			t.Fatalf("%s and %s as %s", a, b, k)
		}
		if Milder(a, a, k) || Narrower(a, b, k) && Milder(b, a, k) {
			t.Fatalf("milder: %s and %s as %s", a, b, k)
		}
	})
}

func TestNarrower(t *testing.T) {
	for _, c := range []struct {
		a, b             string
		kind             Kind
		narrower, milder bool
	}{
		{"Mail.ReadBasic", "Mail.ReadWrite", Delegated, false, true}, // of one level, and the map forgets GET /me/messages/{id} for Mail.ReadWrite
		{"Mail.ReadWrite", "Mail.ReadBasic", Delegated, false, false},
		{"Group.ReadBasic.All", "Directory.ReadWrite.All", Delegated, false, true},
		{"Directory.ReadWrite.All", "Group.ReadBasic.All", Delegated, false, false},
		{"AccessReview.Read.All", "No.Such.Permission", Application, false, false},
	} {
		if got := Narrower(c.a, c.b, c.kind); got != c.narrower {
			t.Errorf("Narrower(%s, %s, %s) = %t", c.a, c.b, c.kind, got)
		}
		if got := Milder(c.a, c.b, c.kind); got != c.milder {
			t.Errorf("Milder(%s, %s, %s) = %t", c.a, c.b, c.kind, got)
		}
	}
}
