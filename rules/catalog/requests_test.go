package catalog

import (
	"strings"
	"testing"
)

// missedRequests are the lines of testdata/requests.txt that the map does not
// place, each with the reason. None of them may be told to need nothing.
var missedRequests = map[string]string{}

// TestRequests looks up request lines collected from public documentation.
func TestRequests(t *testing.T) {
	all, good := 0, 0
	how := map[How]int{}
	for _, l := range readText(t, "testdata/requests.txt") {
		request, _, _ := strings.Cut(l, "\t")
		method, url, _ := strings.Cut(request, " ")
		all++
		m := Find(method, url)
		placed := m.How != None && m.How != Parent && !m.MethodMissing
		_, listed := missedRequests[request]
		if placed == listed {
			t.Errorf("%s: %s %s, method missing %t, listed as missed %t", request, m.How, m.Template, m.MethodMissing, listed)
		}
		if placed {
			good++
			how[m.How]++
		}
		for k := Application; k <= Personal; k++ {
			n := m.Needs(k)
			if _, ok := n.Suffices(nil); ok || n.Supported && len(n.Any) == 0 {
				t.Errorf("%s is told to need no permission", request)
			}
		}
	}
	t.Logf("%d of %d request lines resolve (%.1f %%): %v", good, all, 100*float64(good)/float64(all), how)
	if all < 200 || good*100 < all*95 {
		t.Errorf("%d of %d resolve, want at least 200 lines and 95 %%", good, all)
	}
}
