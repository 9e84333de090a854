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
func notGraph(c *evidence.Case) []checks.Finding {
	if said := voiced(c, "not-graph", wayWords); len(said) > 0 && !fitsOnly(said) {
		return said
	}
	if f, ok := fronted(c); ok {
		return []checks.Finding{f}
	}
	if r, ok := c.StatusRef(); ok && c.Failed && status(c) == 407 {
		f := checks.Finding{Severity: checks.Note, Subject: "proxy", Seen: []checks.Witness{checks.Says(r)}}
		f.Message, f.Fixes = wayWords(c, evidence.Statement{Message: "407 Proxy Authentication Required"})
		return []checks.Finding{f}
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
