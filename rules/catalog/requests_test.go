package catalog

import (
	"strings"
	"testing"
)

// missedRequests are the lines of testdata/requests.txt that the map does not
// place, each with the reason. None of them may be told to need nothing.
var missedRequests = map[string]string{
	"GET /v1.0/users/{id}/identities": "a property; the map has what stands above it, which would be a guess at a root",
	"GET https://graph.microsoft.com/v1.0/me/drive/items/{id}/workbook/names/{name}/range/sort":             "the map lacks range/sort below names; its parent is given as a guess",
	"DELETE https://graph.microsoft.com/v1.0/subscriptions/{id}":                                            "what it needs depends on the resource subscribed to, and the answer says so (facts/depends.tsv)",
	"PUT https://graph.microsoft.com/v1.0/organization/d69179bf-f4a4-41a9-a9de-249c0f2efb1d/branding":       "the map has GET, PATCH and DELETE; PUT was an earlier edition's",
	"GET https://graph.microsoft.com/v1.0/security/informationProtection/policy/labels":                     "not in the map: the labels live under sensitivityLabels now",
	"GET https://graph.microsoft.com/v1.0/security/ipSecurityProfiles/{ipSecurityProfileId}":                "not in the map: a retired API of beta",
	"GET https://graph.microsoft.com/v1.0/security/labels/authorities/a94af2e3-853b-6fcc-c898-d61d3a6d9efc": "not in the map",
	"GET https://graph.microsoft.com/v1.0/reports/getTenantSecureScores(period=1)/content":                  "not in the map: a retired report",
	"POST https://graph.microsoft.com/beta/drive/root/workbook/worksheets/{id}/range/rowsBelow(count=2)":    "the map has the function for GET alone",
	"POST https://graph.microsoft.com/v1.0/teams/{teamId}/schedule":                                         "the map has GET and PUT; POST is only in that page's snippet",
}

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
