package rules

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// Faults of an app that show before it runs: in its registration, its grants,
// its calls. They are no part of the diagnosis of a failure.
var appRules = []checks.Rule{
	{
		ID: "call-not-covered", Layer: checks.App, Severity: checks.Error,
		Title: "A call of the app that no declared permission covers",
		Check: ofApp(callNotCovered),
	},
	{
		ID: "declared-wrong-kind", Layer: checks.App, Severity: checks.Error,
		Title: "A permission is declared in the kind that the app's flow does not use",
		Check: ofApp(declaredWrongKind),
	},
	{
		ID: "permission-excess", Layer: checks.App, Severity: checks.Warning,
		Title: "A declared permission that no call needs, or a wider one than needed",
		Check: ofApp(permissionExcess),
	},
	{
		ID: "permission-unknown", Layer: checks.App, Severity: checks.Error,
		Title: "A declared permission does not exist on that API",
		Check: ofApp(permissionUnknown),
	},
	{
		ID: "permission-deprecated", Layer: checks.App, Severity: checks.Warning,
		Title: "A declared permission is hidden, disabled or superseded",
		Check: ofApp(permissionDeprecated),
	},
	{
		ID: "permission-high-privilege", Layer: checks.App, Severity: checks.Warning,
		Title: "An application permission leads to control of the tenant",
		Check: ofApp(permissionHighPrivilege),
	},
	{
		ID: "admin-consent-needed", Layer: checks.App, Severity: checks.Note,
		Title: "An administrator must consent before the app works",
		Check: ofApp(adminConsentNeeded),
	},
	{
		ID: "grant-missing", Layer: checks.App, Severity: checks.Error,
		Title: "A declared permission is not granted in the tenant",
		Check: ofApp(grantMissing),
	},
	{
		ID: "grant-undeclared", Layer: checks.App, Severity: checks.Warning,
		Title: "The tenant grants a permission that the app does not declare",
		Check: ofApp(grantUndeclared),
	},
	{
		ID: "redirect-uri-unsafe", Layer: checks.App, Severity: checks.Error,
		Title: "A reply URL can hand codes and tokens to somebody else",
		Check: ofApp(redirectUnsafe),
	},
	{
		ID: "redirect-uri-platform", Layer: checks.App, Severity: checks.Warning,
		Title: "A reply URL stands under the wrong platform, or twice",
		Check: ofApp(redirectPlatform),
	},
	{
		ID: "implicit-grant-enabled", Layer: checks.App, Severity: checks.Warning,
		Title: "The implicit grant is enabled",
		Check: ofApp(implicitGrant),
	},
	{
		ID: "public-client-enabled", Layer: checks.App, Severity: checks.Warning,
		Title: "Public client flows are enabled for an app that holds credentials",
		Check: ofApp(publicClient),
	},
	{
		ID: "sign-in-audience-mismatch", Layer: checks.App, Severity: checks.Error,
		Title: "signInAudience does not fit the authority or the accounts meant",
		Check: ofApp(audienceUnfit),
	},
	{
		ID: "credential-expired", Layer: checks.App, Severity: checks.Error,
		Title: "A secret or certificate of the app has expired",
		Check: credentialExpired,
	},
	{
		ID: "credential-expiring", Layer: checks.App, Severity: checks.Warning,
		Title: "A secret or certificate of the app expires soon",
		Check: credentialExpiring,
	},
	{
		ID: "credential-long-lived", Layer: checks.App, Severity: checks.Warning,
		Title: "A secret lives long, or stands where a better credential would do",
		Check: credentialLongLived,
	},
	{
		ID: "token-version-mismatch", Layer: checks.App, Severity: checks.Warning,
		Title: "requestedAccessTokenVersion does not fit what the app's own API validates",
		Check: ofApp(tokenVersion),
	},
	{
		ID: "allow-unused", Layer: checks.App, Severity: checks.Warning,
		Title: "An allow entry or baseline line matches nothing any more",
		Check: ofApp(allowUnused),
	},
}

// servingRules are causes of failures that the gate finds before they fail:
// the rule is the same, the evidence another.
var servingRules = map[string]func(*evidence.Case) []checks.Finding{
	"legacy-endpoint":       ofApp(legacyDeclared),
	"me-with-app-only":      ofApp(meByDaemon),
	"app-only-unsupported":  ofApp(appOnlyDeclared),
	"delegated-unsupported": ofApp(delegatedDeclared),
	"permission-missing":    pipelineLacks,
	"audience-mismatch":     pipelineAudience,
	"token-expired":         nil, // as in the diagnosis
	"token-malformed":       nil,
}

// Gate returns the rules of lint: the app layer, and the causes of failures
// that show before they fail.
var Gate = sync.OnceValue(func() []checks.Rule {
	out := slices.Clone(appRules)
	for _, r := range All() {
		if check, ok := servingRules[r.ID]; ok {
			if check != nil {
				r.Check = check
			}
			r.RuledOut, r.Explains = nil, nil
			out = append(out, r)
		}
	}
	return out
})

// Every returns all rules, each once: those of the diagnosis and those that
// only the gate has.
var Every = sync.OnceValue(func() []checks.Rule { return slices.Concat(All(), appRules) })

// ofApp makes a check of a function that judges an app.
func ofApp(judge func(*posture) []checks.Finding) func(*evidence.Case) []checks.Finding {
	return func(c *evidence.Case) []checks.Finding {
		if c.App == nil {
			return nil
		}
		return inSource(c.App, judge(stand(c.App)))
	}
}

// codeForms are the forms in which infrastructure code owns a registration: what
// a command changes there, the next deployment takes back.
var codeForms = []string{"Terraform", "Bicep", "ARM template"}

// inSource makes of commands that change a registration an edit of the code that
// owns it.
func inSource(app *evidence.App, found []checks.Finding) []checks.Finding {
	if !slices.Contains(codeForms, app.Form) {
		return found
	}
	for i := range found {
		at := app.Place
		for _, w := range found[i].Seen {
			if w.Origin == evidence.FromRegistration && w.File != "" && w.Line > 0 {
				at = w.Place
				break
			}
		}
		for j, f := range found[i].Fixes {
			if strings.HasPrefix(f.Command, "az ad app permission add") || strings.HasPrefix(f.Command, "az ad app permission delete") || strings.HasPrefix(f.Command, "az ad app update") {
				f.Command = ""
				f.Title += fmt.Sprintf(", in the %s source that owns it (%s:%d)", app.Form, at.File, at.Line)
				found[i].Fixes[j] = f
			}
		}
	}
	return found
}
