package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges requests that are wrong in themselves: not found, not valid, in conflict.

func notFound(c *evidence.Case) []checks.Finding {
	if !c.Failed || own(c) || len(hear(c).voices["provisioning-quarantined"]) > 0 || me(c) && isAppOnly(c) {
		return nil // an app has no /me to be found
	}
	found := voiced(c, "not-found", notFoundWords)
	if status(c) == 404 && !otherSays(c, "not-found") && !(len(found) == 0 && c.Call.Host == "" && c.Call.Path == "" && c.Call.Cmdlet == "" && wantsToken(c)) {
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

// wantsToken: what failed is the acquisition of a token, by a credential or an
// agent on the machine; its states are not an API's.
func wantsToken(c *evidence.Case) bool {
	return hasWords(c, "Credential authentication failed", "authentication failed: Response status", "failed to get key vault token", "failed to get token", "failed to acquire token", "failed to acquire a token", "nmi response failed", "could not get a token", "unable to get token")
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
	if p := c.Call.PathLower(); strings.Contains(p, "/applications/") || strings.Contains(p, "/serviceprincipals/") {
		if id := firstSegmentGUID(c.Call.Path); id != "" {
			return what + "; is the id the appId (client id)? the path takes the object id", []checks.Fix{
				fix("where it is the client id, address the object by it", checks.Developer, fmt.Sprintf("%s https://%s/v1.0/%s(appId='%s')", or(c.Call.Method, "GET"), graphHost(c), collectionOf(p), id), "https://learn.microsoft.com/graph/api/resources/application"),
				fix("an object made a moment ago may not be found everywhere yet: try again after some seconds", checks.Developer, "", ""),
			}
		}
	}
	return what, []checks.Fix{
		fix("check the id, the path's spelling and the version (v1.0 or beta); read the collection first and take the id from there", checks.Developer, "", ""),
		fix("an object made a moment ago, or moved (a mail gets a new id), may not be found under the old id", checks.Developer, "", ""),
	}
}

// firstSegmentGUID is the first segment of a path that is a GUID, "" if none is.
func firstSegmentGUID(path string) string {
	for seg := range strings.SplitSeq(path, "/") {
		if evidence.IsGUID(seg) {
			return seg
		}
	}
	return ""
}

func collectionOf(path string) string {
	if strings.Contains(path, "/serviceprincipals/") {
		return "servicePrincipals"
	}
	return "applications"
}

func requestInvalid(c *evidence.Case) []checks.Finding {
	if !c.Failed || own(c) || onTheWay(c) {
		return nil
	}
	if _, _, ok := withheldCmdlet(c); ok {
		return nil // the service lacks a cmdlet by the caller's role, not by the request
	}
	found := voiced(c, "request-invalid", invalidWords)
	for _, code := range []int{400, 405, 406, 411, 413, 414, 415, 416, 422} {
		if status(c) == code && !c.Call.Login() && !wantsToken(c) && !oauthSpoke(c) && !otherSays(c, "request-invalid") && !(me(c) && isAppOnly(c)) {
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
	case strings.Contains(folded, "inputexternalsecret"):
		return what + "; the secret token is larger than Entra stores with an application: about 1 KB for the tenant URL, the token and the rest together; " + notYourToken, []checks.Fix{
			fix("have the target's identity server issue a shorter token for provisioning (an opaque one, or a JWT with fewer claims)", checks.Developer, "", "https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem"),
		}
	case strings.Contains(folded, "usagelocation"):
		fixes = append(fixes, fix("set the user's usage location (a country) first: without it no licence can be assigned", checks.Developer, fmt.Sprintf("Update-MgUser -UserId %s -UsageLocation <two letters of the country>", arg(or(target(c), "<user id>"))), "https://learn.microsoft.com/graph/api/user-assignlicense"))
	case strings.Contains(folded, "unsupportedquery") || advanced(c):
		fixes = append(fixes, fix("an advanced query (endsWith, ne, not, $search, $count, $orderby with $filter) needs the header ConsistencyLevel: eventual and $count=true", checks.Developer, "ConsistencyLevel: eventual", "https://learn.microsoft.com/graph/aad-advanced-queries"))
	case status(c) == 413 || strings.Contains(folded, "toolarge"):
		fixes = append(fixes, fix("the body is larger than the service takes: send large files and attachments by an upload session, in pieces", checks.Developer, "POST https://"+graphHost(c)+"/v1.0/me/messages/<id>/attachments/createUploadSession", "https://learn.microsoft.com/graph/outlook-large-attachments"))
	case strings.Contains(folded, "pagetoken") || strings.Contains(folded, "skiptoken"):
		return what + "; " + notYourToken, []checks.Fix{fix("begin again with the first page: a page token holds for a short while only, so follow @odata.nextLink at once and never keep it", checks.Developer, "", "https://learn.microsoft.com/graph/paging")}
	case s.Code == "InvalidRequestBody" || s.Code == "MissingRequiredParameter":
		fixes = append(fixes, fix("check the names in the body letter by letter: parameters of the Defender API are case-sensitive (Comment, not comment)", checks.Developer, "", "https://learn.microsoft.com/defender-xdr/api-error-codes"))
	}
	if number, ok := strings.CutPrefix(s.Code, "AADSTS"); ok {
		return fmt.Sprintf("the sign-in request itself is wrong: %q", clip(strings.TrimPrefix(s.Message, s.Code+": "))), signInRequestFixes(number)
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
	folded := evidence.Fold(s.Code + s.Message)
	switch {
	case strings.Contains(folded, "samevalueforproperty"):
		fixes = append(fixes, fix("another object has that value already: find out whose it is, and choose another one or use that object; what was asked for was not made", checks.Developer, "", ""))
	case strings.Contains(folded, "exist") || hasWords(c, "already exists"):
		fixes = append(fixes, fix("read the object's present state first: what already exists needs no second try, or another name", checks.Developer, "", ""))
	case len(fixes) == 0:
		fixes = append(fixes, fix("read the object's present state first, whether it exists already, then send the change anew", checks.Developer, "", ""))
	}
	return what + "; " + notYourToken, fixes
}

// notificationURL is the endpoint that Graph was told to call: of the request's
// body, or the one address in the texts that is not Microsoft's.
func notificationURL(c *evidence.Case) string {
	if c.Call != nil {
		for k, v := range c.Call.Fields {
			if strings.EqualFold(k, "notificationUrl") && strings.HasPrefix(v, "https://") {
				return v
			}
		}
	}
	found := ""
	for _, s := range c.Said {
		low := strings.ToLower(s.Message)
		if !strings.Contains(low, "webhook") && !strings.Contains(low, "notification") && !strings.Contains(low, "subscription") {
			continue
		}
		for w := range strings.FieldsSeq(s.Message) {
			i := strings.Index(w, "https://")
			if i < 0 {
				continue
			}
			w = strings.TrimRight(w[i:], "'\",.;)")
			host, _, _ := strings.Cut(w[len("https://"):], "/")
			if _, known := catalog.ResourceByHost(host); known || strings.Contains(host, "microsoft") || found != "" && found != w {
				return "<notification url>"
			}
			found = w
		}
	}
	return or(found, "<notification url>")
}

func webhookWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	what := "Graph asked the notification URL to prove itself, and that endpoint (the caller's own) did not answer as it must"
	if s.Message != "" {
		what += fmt.Sprintf(": %q", clip(s.Message))
	}
	return what + "; the Forbidden or error in the text is the endpoint's, not Graph's", []checks.Fix{
		fix("answer the POST with validationToken within 10 seconds: status 200, content type text/plain, the decoded token as body, without any sign-in in front (let App Service authentication, a firewall or a WAF pass it)", checks.Developer, "curl -i -X POST "+arg(notificationURL(c)+"?validationToken=test"), "https://learn.microsoft.com/graph/change-notifications-delivery-webhooks"),
		fix("the URL must be public https with a certificate that chains to a known authority", checks.Developer, "", ""),
	}
}
