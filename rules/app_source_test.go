package rules

import (
	"strings"
	"testing"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// TestInSource: what infrastructure code owns is edited there, at its line; an
// application object is changed by command.
func TestInSource(t *testing.T) {
	for form, edit := range map[string]bool{"Terraform": true, "Bicep": true, "application object": false} {
		app := &evidence.App{Form: form, Place: evidence.Place{File: "app.src", Line: 1}}
		seen := checks.Shows(evidence.Ref{Place: evidence.Place{File: "main.src", Line: 42}, Origin: evidence.FromRegistration})
		f := inSource(app, []checks.Finding{{Seen: []checks.Witness{seen}, Fixes: []checks.Fix{{Title: "take it out", Command: "az ad app permission delete --id x"}, {Title: "consent", Command: "az ad app permission admin-consent --id x"}}}})[0]
		if got := strings.Contains(f.Fixes[0].Title, "main.src:42") && f.Fixes[0].Command == ""; got != edit {
			t.Errorf("%s: %+v", form, f.Fixes[0])
		}
		if f.Fixes[1].Command == "" {
			t.Errorf("%s: consent is no part of the source: %+v", form, f.Fixes[1])
		}
	}
}
