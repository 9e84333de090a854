package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// Causes that are no fault of authorization, and those that lie in which
// service was called at all.
var serviceRules = []checks.Rule{
	{
		ID: "throttled", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title:    "The service throttles the caller: wait and try again",
		Explains: []string{"service-unavailable"},
		Check:    throttled,
	},
	{
		ID: "service-unavailable", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title: "The service failed or is unavailable: not the caller's fault",
		Check: unavailable,
	},
	{
		ID: "not-found", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title: "The object or path is not there, or is hidden from this caller",
		Check: notFound,
	},
	{
		ID: "request-invalid", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title: "The request itself is wrong: query, body or parameter",
		Check: requestInvalid,
	},
	{
		ID: "conflict", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title: "The request conflicts with the object's present state",
		Check: conflict,
	},
	{
		ID: "webhook-validation-failed", Layer: checks.Call, Severity: checks.Error, NotAuth: true,
		Title:    "The caller's own notification endpoint failed the subscription's validation",
		Explains: []string{"request-invalid", "permission-missing"},
		Check:    stated("webhook-validation-failed", webhookWords),
	},
	{
		ID: "legacy-endpoint", Layer: checks.Call, Severity: checks.Error,
		Title:    "A retired API or library is in use",
		Explains: []string{"app-disabled", "permission-missing", "user-privilege-insufficient", "not-found"},
		Check:    legacy,
	},
	{
		ID: "sharepoint-app-only-refused", Layer: checks.Call, Severity: checks.Error,
		Title:    "SharePoint refuses the app-only token itself: a certificate is needed, not a secret",
		Explains: []string{"permission-missing", "no-permissions-in-token"},
		Check:    sharePointRefused,
	},
	{
		ID: "not-graph", Layer: checks.Call, Severity: checks.Note, NotAuth: true,
		Title: "The refusal is another vendor's or host's, not Microsoft's",
		Check: notGraph,
	},
}

func status(c *evidence.Case) int {
	if c.Call == nil {
		return 0
	}
	return c.Call.Status
}

// byStatus adds the cause that a status alone names, where nobody said more.
func byStatus(c *evidence.Case, found []checks.Finding, words advice, how checks.How) []checks.Finding {
	r, ok := c.StatusRef()
	if !ok {
		return found
	}
	if len(found) == 0 {
		f := checks.Finding{Subject: subject(c)}
		f.Message, f.Fixes = words(c, firstSaid(c))
		f.Seen = []checks.Witness{{Ref: r, How: how}}
		return []checks.Finding{f}
	}
	found[0].Seen = append(found[0].Seen, checks.Fits(r))
	if found[0].Seen[0].How == checks.HowFits && how > checks.HowFits {
		found[0].Seen[len(found[0].Seen)-1].How = how
	}
	return found
}

func firstSaid(c *evidence.Case) evidence.Statement {
	for _, s := range c.Said {
		if s.Carrier != evidence.InProse {
			return s
		}
	}
	for _, s := range c.Said {
		if s.Ref.Origin == evidence.FromService { // a page's own sentence
			return s
		}
	}
	return evidence.Statement{}
}

const notYourToken = "your token and permissions are not the problem"

func throttled(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "throttled", throttleWords)
	if len(found) > 0 && found[0].Seen[0].How == checks.HowSays && status(c) != 0 && status(c) < 400 {
		return nil
	}
	_, retry := retryAfter(c)
	switch {
	case status(c) == 429:
		return byStatus(c, found, throttleWords, checks.HowSays)
	case (status(c) == 503 || status(c) == 504) && retry:
		return byStatus(c, found, throttleWords, checks.HowSays)
	case len(found) > 0 && found[0].Seen[0].How == checks.HowFits && status(c) != 0 && status(c) != 409 && status(c) != 503:
		return nil
	}
	return found
}

func retryAfter(c *evidence.Case) (string, bool) {
	if c.Call == nil {
		return "", false
	}
	v := c.Call.Response["retry-after"]
	return v, v != ""
}

func throttleWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	wait := "wait with growing pauses (1, 2, 4 ... seconds, with some chance in them)"
	if v, ok := retryAfter(c); ok {
		wait = "wait the Retry-After of " + v + " seconds"
		if strings.Trim(v, "0123456789") != "" {
			wait = "wait until " + v
		}
	}
	what := fmt.Sprintf("%s was throttled", callName(c))
	if strings.Contains(evidence.Fold(s.Message), "mailboxconcurrency") {
		what += ": more than four requests at once of one app to one mailbox"
	} else if s.Message != "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	return what + "; " + notYourToken, []checks.Fix{
		fix(wait+", then try again; honour Retry-After in every client and inside each $batch part", checks.Developer, "", "https://learn.microsoft.com/graph/throttling"),
		fix("send less: $select, delta queries, change notifications instead of polling, fewer requests at once", checks.Developer, "", "https://learn.microsoft.com/graph/throttling-limits"),
	}
}

func unavailable(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "service-unavailable", unavailableWords)
	if _, retry := retryAfter(c); status(c) == 503 && retry {
		return nil
	}
	if status(c) >= 500 && status(c) < 600 && status(c) != 501 && status(c) != 507 {
		if own(c) {
			return nil
		}
		how := checks.HowSays
		if otherSays(c, "service-unavailable") {
			return found
		}
		return byStatus(c, found, unavailableWords, how)
	}
	if len(found) > 0 && status(c) != 0 && status(c) < 500 && found[0].Seen[0].How == checks.HowFits {
		return nil
	}
	return found
}

// own: the failed host is the app's own, not one of Microsoft's.
func own(c *evidence.Case) bool {
	return foreign(c) || c.Call != nil && c.Call.Host != "" && !c.Call.Known()
}

// otherSays: another cause is named outright.
func otherSays(c *evidence.Case, but string) bool {
	for id, vs := range hear(c).voices {
		if id == but {
			continue
		}
		for _, v := range vs {
			if v.how == checks.HowSays && v.weak == "" && v.st.Carrier != evidence.InProse {
				return true
			}
		}
	}
	return false
}

func unavailableWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := fmt.Sprintf("%s failed inside the service", callName(c))
	if st := status(c); st >= 500 {
		what = fmt.Sprintf("%s failed inside the service (%d)", callName(c), st)
	}
	if s.Message != "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	return what + "; " + notYourToken, []checks.Fix{
		fix("try again after a pause, with growing pauses", checks.Developer, "", "https://learn.microsoft.com/graph/best-practices-concept"),
		fix("look at the service health, and give Microsoft the request id and date if it stays", checks.Microsoft, "", "https://admin.microsoft.com/Adminportal/Home#/servicehealth"),
	}
}

func notFound(c *evidence.Case) []checks.Finding {
	if !c.Failed || own(c) || len(hear(c).voices["provisioning-quarantined"]) > 0 {
		return nil
	}
	found := voiced(c, "not-found", notFoundWords)
	if status(c) == 404 && !otherSays(c, "not-found") {
		how := checks.HowSays
		if _, other := otherMailbox(c); other && exchangePath(c) && hidden(c) {
			return nil // Exchange hides what the caller may not see
		}
		if s := firstSaid(c); strings.HasPrefix(s.Code, "itemNotFound") && len(selectedScopes(heldOf(c))) > 0 {
			how = checks.HowFits
		}
		found = byStatus(c, found, notFoundWords, how)
		if how == checks.HowFits && len(found) > 0 && found[0].Cap == 0 {
			found[0].Cap, found[0].CapReason = checks.Possible, "the service hides what the caller may not see"
		}
		return found
	}
	if _, other := otherMailbox(c); other && exchangePath(c) && hidden(c) {
		return nil
	}
	if len(found) > 0 && status(c) != 0 && status(c) != 404 && status(c) != 400 && status(c) != 410 && found[0].Seen[0].How == checks.HowFits {
		return nil
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowFits && me(c) {
		found[0].Seen[0].How = checks.HowSays
	}
	return found
}

func heldOf(c *evidence.Case) []string {
	h, _, _, _ := c.Held()
	return h
}

// hidden: the answer is one that Exchange gives for a refusal too, and the
// caller is a user.
func hidden(c *evidence.Case) bool {
	k, _ := c.Kind()
	_, ok := c.SaidAny("ErrorItemNotFound", "ErrorFolderNotFound")
	return k == evidence.Delegated && ok
}

func notFoundWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := fmt.Sprintf("%s names something that is not there (or that this caller cannot see)", callName(c))
	if s.Message != "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	if s.Target != "" {
		what += fmt.Sprintf(" (tracking id %s)", s.Target)
	}
	return what, []checks.Fix{
		fix("check the id, the path's spelling and the version (v1.0 or beta); read the collection first and take the id from there", checks.Developer, "", ""),
		fix("an object made a moment ago, or moved (a mail gets a new id), may not be found under the old id", checks.Developer, "", ""),
	}
}

func requestInvalid(c *evidence.Case) []checks.Finding {
	if !c.Failed || own(c) {
		return nil
	}
	found := voiced(c, "request-invalid", invalidWords)
	for _, code := range []int{400, 405, 406, 411, 413, 414, 415, 416, 422} {
		if status(c) == code && !c.Call.Login() && !oauthSpoke(c) && !otherSays(c, "request-invalid") && !(me(c) && isAppOnly(c)) {
			if fitsOnly(found) && undecidable(c) || len(found) == 0 && undecidable(c) {
				return nil
			}
			return byStatus(c, found, invalidWords, checks.HowSays)
		}
	}
	if len(found) > 0 && found[0].Seen[0].How == checks.HowFits && (status(c) == 401 || status(c) == 403) {
		return nil
	}
	return found
}

// oauthSpoke: the answer is a token endpoint's.
func oauthSpoke(c *evidence.Case) bool {
	return slices.ContainsFunc(c.Said, func(s evidence.Statement) bool { return s.Carrier == evidence.InOAuth })
}

func isAppOnly(c *evidence.Case) bool {
	k, _ := c.Kind()
	return k == evidence.AppOnly
}

// undecidable: a 400 whose text speaks of rights, or that has no text.
func undecidable(c *evidence.Case) bool {
	_, ok := refusal(c)
	return ok
}

func invalidWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := fmt.Sprintf("%s is not a valid request", callName(c))
	if s.Message != "" || s.Code != "" {
		what += fmt.Sprintf(": %q", clip(firstOf(s.Message, s.Code)))
	}
	if s.Target != "" {
		what += fmt.Sprintf(" (tracking id %s)", s.Target)
	}
	var fixes []checks.Fix
	folded := evidence.Fold(s.Message + s.Code)
	if f, ok := c.Fact("shell.emptied"); ok {
		what += fmt.Sprintf("; in double quotes the shell replaces %s by nothing before curl sends the URL", f.Value)
		fixes = append(fixes, fix("put the URL in single quotes, or write %24 for the dollar sign of "+f.Value, checks.Developer, `curl -H "Authorization: Bearer $TOKEN" 'https://`+graphHost(c)+evidence.Printable(c.Call.Path)+"?"+f.Value+"=...'", ""))
	}
	switch {
	case strings.Contains(folded, "unsupportedquery") || advanced(c):
		fixes = append(fixes, fix("an advanced query (endsWith, ne, not, $search, $count, $orderby with $filter) needs the header ConsistencyLevel: eventual and $count=true", checks.Developer, "ConsistencyLevel: eventual", "https://learn.microsoft.com/graph/aad-advanced-queries"))
	case status(c) == 413 || strings.Contains(folded, "toolarge"):
		fixes = append(fixes, fix("the body is larger than the service takes: send large files and attachments by an upload session, in pieces", checks.Developer, "POST https://"+graphHost(c)+"/v1.0/me/messages/<id>/attachments/createUploadSession", "https://learn.microsoft.com/graph/outlook-large-attachments"))
	case s.Code == "InvalidRequestBody" || s.Code == "MissingRequiredParameter":
		fixes = append(fixes, fix("check the names in the body letter by letter: parameters of the Defender API are case-sensitive (Comment, not comment)", checks.Developer, "", "https://learn.microsoft.com/defender-xdr/api-error-codes"))
	}
	return what + "; " + notYourToken, append(fixes,
		fix("compare method, path, query, headers and body with the reference page of the operation", checks.Developer, "", "https://learn.microsoft.com/graph/api/overview"))
}

// advanced: the query uses what the directory serves only eventually.
func advanced(c *evidence.Case) bool {
	if c.Call == nil || c.Call.Headers["consistencylevel"] != "" {
		return false
	}
	q := strings.ToLower(c.Call.Query)
	p := c.Call.PathLower()
	return (strings.Contains(q, "endswith(") || strings.Contains(q, "$search") || strings.Contains(q, " ne ") || strings.Contains(q, "%20ne%20")) && (strings.Contains(p, "/users") || strings.Contains(p, "/groups") || strings.Contains(p, "/serviceprincipals"))
}

func conflict(c *evidence.Case) []checks.Finding {
	if !c.Failed || own(c) {
		return nil
	}
	found := voiced(c, "conflict", conflictWords)
	if slices.Contains([]int{409, 412, 423}, status(c)) && !otherSays(c, "conflict") {
		return byStatus(c, found, conflictWords, checks.HowSays)
	}
	return found
}

func conflictWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := fmt.Sprintf("%s conflicts with the present state of the object", callName(c))
	if s.Message != "" || s.Code != "" {
		what += fmt.Sprintf(": %q", clip(firstOf(s.Message, s.Code)))
	}
	fixes := []checks.Fix{}
	if status(c) == 412 || strings.Contains(evidence.Fold(s.Code+s.Message), "etag") || strings.Contains(evidence.Fold(s.Code), "modified") {
		fixes = append(fixes, fix("read the object again and send its newest ETag in If-Match", checks.Developer, "If-Match: <etag of the object>", ""))
	}
	if status(c) == 423 || strings.Contains(evidence.Fold(s.Message), "locked") {
		fixes = append(fixes, fix("somebody has the file open or checked out: wait, or have it checked in", checks.User, "", ""))
	}
	return what + "; " + notYourToken, append(fixes, fix("read the object's present state first; treat \"already exists\" as done", checks.Developer, "", ""))
}

func webhookWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := "Graph asked the notification URL to prove itself, and that endpoint (the caller's own) did not answer as it must"
	if s.Message != "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	return what + "; the Forbidden or error in the text is the endpoint's, not Graph's", []checks.Fix{
		fix("answer the POST with validationToken within 10 seconds: status 200, content type text/plain, the decoded token as body, without any sign-in in front (let App Service authentication, a firewall or a WAF pass it)", checks.Developer, "curl -i -X POST \"<notification url>?validationToken=test\"", "https://learn.microsoft.com/graph/change-notifications-delivery-webhooks"),
		fix("the URL must be public https with a certificate that chains to a known authority", checks.Developer, "", ""),
	}
}

// legacy: Azure AD Graph, ADAL, Outlook REST and their kin.
func legacy(c *evidence.Case) []checks.Finding {
	if !c.Failed {
		return nil
	}
	found := voiced(c, "legacy-endpoint", legacyWords)
	if len(found) > 0 {
		return found
	}
	res, ok := called(c)
	if !ok || res.Key != "aadgraph" && res.Status != "retired-api" && res.Status != "retired" || c.Call.Status == 0 && !refusedAtAll(c) {
		if env, okEnv := c.Fact("envelope"); okEnv {
			return envelopeOnly(c, env)
		}
		return nil
	}
	if _, _, elsewhere := askedFor(c); elsewhere {
		return nil
	}
	if c.Token.Readable() && !audienceIs(c.Token.Str("aud"), res, c.Call.Host) {
		return nil // audience-mismatch wins unless the retired API refused as such
	}
	req, _ := c.RequestRef()
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(req)}}
	if s, okS := spokeOfToken(c); okS {
		f.Seen = append(f.Seen, checks.Fits(s.Ref))
	}
	f.Message, f.Fixes = legacyWords(c, evidence.Statement{})
	return []checks.Finding{f}
}

func refusedAtAll(c *evidence.Case) bool {
	_, ok := spokeOfToken(c)
	return ok
}

// envelopeOnly: an odata.error body without a URL is Azure AD Graph's form.
func envelopeOnly(c *evidence.Case, env evidence.Ref) []checks.Finding {
	if c.Call != nil && c.Call.Host != "" && !strings.Contains(c.Call.Host, "windows.net") || !refusedAtAll(c) || otherSays(c, "legacy-endpoint") {
		return nil
	}
	f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Fits(env)}}
	f.Message, f.Fixes = legacyWords(c, evidence.Statement{})
	return []checks.Finding{f}
}

func legacyWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := "a retired API or library is in use (Azure AD Graph, ADAL, Outlook REST, MSOnline or AzureAD PowerShell)"
	res, ok := called(c)
	if ok && res.Key == "aadgraph" {
		what = "Azure AD Graph (graph.windows.net) is retired and refuses apps"
	}
	if s.Message != "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	var fixes []checks.Fix
	if to := replacement(c); to != "" {
		fixes = append(fixes, fix("the same request in Microsoft Graph", checks.Developer, to, "https://learn.microsoft.com/graph/migrate-azure-ad-graph-request-differences"))
	}
	if hasWords(c, "AzureAD", "Get-AzureAD", "MSOnline", "Msol") {
		fixes = append(fixes, fix("use Microsoft Graph PowerShell (or Microsoft Entra PowerShell) in place of the AzureAD and MSOnline modules", checks.Developer, "Install-Module Microsoft.Graph -Scope CurrentUser; Connect-MgGraph", "https://learn.microsoft.com/powershell/microsoftgraph/azuread-msoline-cmdlet-map"))
	}
	if f := evidence.Fold(s.Message + s.Code); strings.Contains(f, "tokenretrieval") || strings.Contains(f, "clientaccesstoken") {
		return "the add-in asks Outlook for a legacy Exchange token, which is switched off for the organisation", []checks.Fix{
			fix("let the add-in sign in by nested app authentication (NAA) with MSAL and call Microsoft Graph", checks.Developer, "", "https://learn.microsoft.com/office/dev/add-ins/develop/enable-nested-app-authentication-in-your-add-in"),
			widen(fix("or, for a short while, allow legacy Exchange tokens again", checks.ExchangeAdmin, "Set-AuthenticationPolicy -AllowLegacyExchangeTokens -Identity <policy>", "https://learn.microsoft.com/office/dev/add-ins/outlook/faq-nested-app-auth-outlook-legacy-tokens")),
		}
	}
	return what, append(fixes,
		fix("move the calls to Microsoft Graph (https://graph.microsoft.com) and the library to MSAL or Azure Identity", checks.Developer, "", "https://learn.microsoft.com/graph/migrate-azure-ad-graph-overview"),
	)
}

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
	if len(found) == 0 {
		found = []checks.Finding{{Subject: subject(c)}}
		if s, ok := spokeOfToken(c); ok {
			found[0].Seen = []checks.Witness{checks.Fits(s.Ref)}
		}
	}
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
		fix("or call the same site through Microsoft Graph, which accepts the secret", checks.Developer, "GET https://"+graphHost(c)+"/v1.0/sites/"+hostOr(c)+":/sites/<site>", ""),
	}
}

func hostOr(c *evidence.Case) string {
	if c.Call != nil && c.Call.Host != "" {
		return c.Call.Host
	}
	return "<tenant>.sharepoint.com"
}

// notGraph: the failed host is not Microsoft's, and nothing Microsoft said is
// in the input.
// proxyWords: the refusal is of something on the way.
func proxyWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	return fmt.Sprintf("a proxy on the way refused the connection, so Microsoft was never reached: %q", clip(firstOf(s.Message, s.Code))), []checks.Fix{
		fix("let the proxy pass the hosts that the call needs (login.microsoftonline.com, graph.microsoft.com), or correct the proxy's address and credentials in HTTPS_PROXY", checks.Developer, `curl -v -x "$HTTPS_PROXY" https://login.microsoftonline.com/`, "https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges"),
	}
}

func notGraph(c *evidence.Case) []checks.Finding {
	if said := voiced(c, "not-graph", proxyWords); len(said) > 0 && !fitsOnly(said) {
		return said
	}
	if !c.Failed || len(hear(c).voices) > 0 && !foreign(c) {
		for _, vs := range hear(c).voices {
			for _, v := range vs {
				if v.how == checks.HowSays {
					return nil
				}
			}
		}
	}
	if !c.Failed || c.Token.Readable() {
		return nil
	}
	vendor, marked := c.Fact("vendor")
	own := c.Call != nil && c.Call.Host != "" && !c.Call.Known()
	if !foreign(c) && (!own || c.Call.Status == 0) {
		return nil
	}
	if own {
		if _, ok := catalog.ResourceByHost(c.Call.Host); ok {
			return nil
		}
		if len(hear(c).voices) > 1 && !marked && (c.Call.Auth == evidence.AuthBearer || c.Token != nil) {
			return nil // an API of one's own took a bearer token: what it said of it may be of ours
		}
	}
	who := or(vendor.Value, "another vendor")
	f := checks.Finding{Severity: checks.Note}
	if own {
		req, _ := c.RequestRef()
		who = c.Call.Host
		f.Seen = append(f.Seen, checks.Shows(req))
	}
	if r, ok := c.StatusRef(); ok {
		f.Seen = append(f.Seen, checks.Says(r))
	}
	if marked {
		f.Seen = append(f.Seen, checks.Says(vendor))
	}
	f.Subject = who
	f.Message = fmt.Sprintf("the refusal comes from %s, which is neither Microsoft Graph nor Microsoft's sign-in", who)
	f.Fixes = []checks.Fix{fix("ask the owner of "+who+": graphdoctor knows Microsoft's services only", checks.Developer, "", "")}
	return []checks.Finding{f}
}
