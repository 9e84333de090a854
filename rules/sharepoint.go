package rules

import (
	"fmt"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges SharePoint's refusal of app-only tokens.

func sharePointRefused(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "sharepoint-app-only-refused", sharePointWords)
	site := c.Call != nil && strings.Contains(c.Call.Host, "sharepoint")
	if len(found) > 0 && found[0].Seen[0].How == checks.HowFits && !site {
		return nil
	}
	t := c.Token
	if !t.Readable() {
		return bySecret(c, found, site)
	}
	kind, _ := t.Kind()
	acr := firstOf(t.Str("appidacr"), t.Str("azpacr"))
	if kind != evidence.AppOnly || acr != "1" || !site && !strings.HasPrefix(t.Str("aud"), sharePointID) || c.Call != nil && c.Call.Status != 401 && c.Call.Status != 403 && len(found) == 0 {
		if acr == "2" && len(found) > 0 && found[0].Seen[0].How == checks.HowFits {
			return nil
		}
		return found
	}
	if want, ok := called(c); ok && !audienceIs(t.Str("aud"), want, c.Call.Host) {
		return nil
	}
	found = orRefused(c, found)
	r := t.Ref("appidacr")
	r.Value = "1 (client secret)"
	found[0].Message, found[0].Fixes = sharePointWords(c, evidence.Statement{})
	found[0].Seen = append([]checks.Witness{checks.Shows(r)}, found[0].Seen...)
	return found
}

// bySecret: SharePoint refused an app that signed in with an id and a secret,
// as add-ins did by Azure ACS. No token was seen.
func bySecret(c *evidence.Case, found []checks.Finding, site bool) []checks.Finding {
	secret, ok := c.Fact("sharepoint_secret")
	r, answered := c.StatusRef()
	if !ok || !site || !answered || c.Call.Status != 401 && c.Call.Status != 403 || len(found) > 0 {
		return found
	}
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(secret), checks.Fits(r)}}
	f.Message, f.Fixes = sharePointWords(c, evidence.Statement{})
	f.Fixes = append(f.Fixes, widen(fix("or allow add-ins' own sign-in in the tenant again, which Microsoft retires", checks.SharePointAdmin, "Set-SPOTenant -DisableCustomAppAuthentication $false", "https://learn.microsoft.com/sharepoint/dev/solution-guidance/security-apponly-azureacs")))
	f.Cap, f.CapReason = checks.Shown, "the tenant's setting DisableCustomAppAuthentication is not in the evidence"
	f.Probe = "Get-SPOTenant | Select-Object DisableCustomAppAuthentication"
	return []checks.Finding{f}
}

func sharePointWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	return "SharePoint's own API takes an app-only token only if the app proved itself with a certificate; this one came with a client secret", []checks.Fix{
		fix("register a certificate on the app and ask for the token with it", checks.Developer, fmt.Sprintf("az ad app credential reset --id %s --append --cert @<certificate.pem>", appID(c)), "https://learn.microsoft.com/sharepoint/dev/solution-guidance/security-apponly-azuread"),
		fix("or call the same site through Microsoft Graph, which accepts the secret", checks.Developer, azRest("GET", "https://"+graphHost(c)+"/v1.0/sites/"+hostOr(c)+":/sites/<site>", ""), ""),
	}
}

func hostOr(c *evidence.Case) string {
	if c.Call != nil && c.Call.Host != "" {
		return c.Call.Host
	}
	return "<tenant>.sharepoint.com"
}
