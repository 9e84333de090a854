package rules

import (
	"fmt"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file tells answers that no Microsoft service gave.

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
