package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// This file judges the national cloud of token, authority and endpoint.

// audienceCloud is the cloud that an audience's host belongs to.
func audienceCloud(aud string) (catalog.Cloud, bool) {
	host := strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(aud), "/"), "https://")
	if strings.ContainsAny(host, "/") || !strings.Contains(host, ".") {
		return catalog.Cloud{}, false
	}
	return catalog.CloudOf(host)
}

func wrongCloud(c *evidence.Case) []checks.Finding {
	found := voiced(c, "wrong-cloud", cloudWords)
	if len(found) > 0 && !fitsOnly(found) {
		return found
	}
	if !c.Failed {
		return nil
	}
	if _, ok := c.Accepted(); ok {
		return nil
	}
	host, okHost := cloud(c)
	if t := c.Token; t.Readable() && okHost {
		aud, ok := audienceCloud(t.Str("aud"))
		if ok && differ(aud, host) && (graphAudience(t.Str("aud")) || isGraph(c.Call.Host)) {
			req, _ := c.RequestRef()
			f := checks.Finding{Subject: subject(c), Seen: []checks.Witness{checks.Shows(t.Ref("aud")), checks.Fits(req)},
				Message: fmt.Sprintf("the token is for %s (%s cloud), but %s (%s cloud) was called", t.Str("aud"), aud.Name, c.Call.Host, host.Name),
				Fixes:   cloudFixes(c, host)}
			switch home, told := homeCloud(t); {
			case told && home.Name == host.Name:
				f.Seen = append(f.Seen, checks.Fits(t.Ref("tenant_region_scope")))
			case told && home.Name != aud.Name:
				f.Seen = append(f.Seen, checks.Fits(t.Ref("tenant_region_scope")))
				f.Fixes = cloudFixes(c, home)
			default:
				// the token was issued: its cloud knows the tenant, and the endpoint is the odd one out
				f.Fixes = []checks.Fix{fix(fmt.Sprintf("call the cloud that issued the token: endpoint https://%s (an SDK's base URL: https://%s/v1.0)", aud.GraphHost, aud.GraphHost), checks.Developer, "", "https://learn.microsoft.com/graph/deployments")}
			}
			return []checks.Finding{f}
		}
	}
	return authorityCloud(c)
}

// homeCloud is the cloud that the token says its tenant lives in, where it says
// so: the region of government tenants.
func homeCloud(t *evidence.Token) (catalog.Cloud, bool) {
	if !strings.HasPrefix(strings.ToUpper(t.Str("tenant_region_scope")), "USG") {
		return catalog.Cloud{}, false
	}
	switch strings.ToUpper(t.Str("tenant_region_sub_scope")) {
	case "DOD":
		return mustCloud("usgov-l5"), true
	case "GCC":
		return mustCloud("global"), true
	}
	return mustCloud("usgov-l4"), true
}

// authorityCloud compares the sign-in host with the API's cloud, where a
// sovereign one stands beside a refusal to know the tenant or the app.
func authorityCloud(c *evidence.Case) []checks.Finding {
	auth, ok := c.Fact("authority_host")
	if !ok {
		return nil
	}
	a, okA := catalog.CloudOf(auth.Value)
	if okA && a.Name == "germany" && c.Failed {
		return []checks.Finding{{Subject: subject(c), Seen: []checks.Witness{checks.Shows(auth), checks.Fits(firstSaid(c).Ref)},
			Message: fmt.Sprintf("the sign-in went to %s of the German cloud (Microsoft Cloud Deutschland), which is closed and knows no tenant of the worldwide cloud", auth.Value),
			Fixes:   cloudFixes(c, mustCloud("global"))}}
	}
	var other evidence.Ref
	var o catalog.Cloud
	for _, f := range c.Facts {
		if f.Field == "scope" || f.Field == "resource" || f.Field == "www-authenticate.resource" || f.Field == "environment" {
			if cl, ok := cloudIn(f.Value); ok && differ(cl, a) {
				other, o = f, cl
			}
		}
	}
	for _, s := range c.Said {
		for _, v := range s.Values {
			if cl, ok := cloudIn(v.Value); ok && v.Field == "resource" && differ(cl, a) {
				other, o = v, cl
			}
		}
	}
	if c.Call != nil && !c.Call.Login() {
		if cl, ok := cloud(c); ok && differ(cl, a) {
			other, _ = c.RequestRef()
			o = cl
		}
	}
	if !okA || other.Value == "" {
		return nil
	}
	lives := o
	if other.Field == "resource" && other.Origin == evidence.FromService {
		lives = a // Entra found the tenant there: it is the resource that is of the wrong cloud
	}
	f := checks.Finding{Subject: subject(c), Message: fmt.Sprintf("the authority %s is of the %s cloud, but %q is of the %s cloud", auth.Value, a.Name, other.Value, o.Name),
		Seen: []checks.Witness{checks.Shows(auth), checks.Fits(other)}, Fixes: cloudFixes(c, lives)}
	if _, ok := c.SaidAny("AADSTS90002", "AADSTS700016", "AADSTS500011", "AADSTS90072", "InvalidAuthenticationToken", "AADSTS50049"); ok {
		for _, s := range c.Said {
			if s.Carrier != evidence.InProse && s.Code != "" {
				f.Seen = append(f.Seen, checks.Fits(s.Ref))
				break
			}
		}
	}
	return []checks.Finding{f}
}

// cloudIn finds a cloud by any host in a text.
func cloudIn(text string) (catalog.Cloud, bool) {
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == ',' || r == '/' }) {
		if strings.Contains(w, ".") && !evidence.IsPermission(w) {
			if cl, ok := catalog.CloudOf(strings.ToLower(w)); ok {
				return cl, true
			}
		}
	}
	switch strings.ToLower(text) {
	case "usgov", "azureusgovernment", "azureusgovernmentcloud", "azureusgov", "usgovernment", "gcc high", "gcchigh":
		return mustCloud("usgov-l4"), true
	case "usgovdod":
		return mustCloud("usgov-l5"), true
	case "china", "azurechinacloud", "azurechina":
		return mustCloud("china"), true
	}
	return catalog.Cloud{}, false
}

func mustCloud(name string) catalog.Cloud {
	cl, _ := catalog.CloudNamed(name)
	return cl
}

// differ: GCC uses the global hosts, and the two government clouds share a login.
func differ(a, b catalog.Cloud) bool {
	if a.Name == b.Name || a.Name == "" || b.Name == "" {
		return false
	}
	return !slices.ContainsFunc(a.LoginHosts, func(h string) bool { return slices.Contains(b.LoginHosts, h) }) || a.GraphHost != b.GraphHost && !slices.Equal(a.LoginHosts, b.LoginHosts) || a.GraphHost != b.GraphHost && strings.HasPrefix(a.Name, "usgov") && strings.HasPrefix(b.Name, "usgov")
}

func cloudWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	to := catalog.Cloud{}
	if cl, ok := cloudIn(s.Message); ok {
		to = cl
	} else if strings.HasPrefix(s.Code, "AADSTS90043") {
		to = otherCloud(c) // where the request went is where the account is not
	} else if cl, ok := cloud(c); ok {
		to = cl
	}
	msg := fmt.Sprintf("the sign-in endpoint and the tenant or resource belong to different clouds: %q", clip(firstOf(s.Message, s.Code)))
	return msg, cloudFixes(c, to)
}

// otherCloud is a cloud that the text names beside the one that was asked.
func otherCloud(c *evidence.Case) catalog.Cloud {
	asked, _ := cloud(c)
	for _, s := range c.Said {
		for _, mark := range [][2]string{{"onmschina.cn", "china"}, {"partner.microsoftonline.cn", "china"}, {"chinacloudapi.cn", "china"}, {"21Vianet", "china"}, {"onmicrosoft.us", "usgov-l4"}, {"microsoftonline.us", "usgov-l4"}} {
			if strings.Contains(s.Message, mark[0]) && mark[1] != asked.Name {
				return mustCloud(mark[1])
			}
		}
	}
	return catalog.Cloud{}
}

func cloudFixes(c *evidence.Case, to catalog.Cloud) []checks.Fix {
	login, graph := "<login host of the tenant's cloud>", "<Graph host of the tenant's cloud>"
	if to.GraphHost != "" {
		graph = to.GraphHost
	}
	if len(to.LoginHosts) > 0 {
		login = to.LoginHosts[0]
	}
	if to.GraphHost == "" {
		return []checks.Fix{
			fix("use the hosts of the tenant's own cloud throughout: login.microsoftonline.com and graph.microsoft.com worldwide, login.microsoftonline.us and graph.microsoft.us for US Government, login.partner.microsoftonline.cn (login.chinacloudapi.cn) and microsoftgraph.chinacloudapi.cn in China (21Vianet)", checks.Developer,
				fmt.Sprintf("authority=https://%s/%s scope=https://%s/.default", login, tenantID(c), graph), "https://learn.microsoft.com/graph/deployments"),
			fix("find the tenant's cloud by its domain", checks.Developer, "curl https://login.microsoftonline.com/"+tenantID(c)+"/v2.0/.well-known/openid-configuration", ""),
		}
	}
	return []checks.Fix{
		fix(fmt.Sprintf("use one cloud throughout: authority https://%s/%s, scope https://%s/.default, endpoint https://%s", login, tenantID(c), graph, graph), checks.Developer,
			fmt.Sprintf("authority=https://%s/%s scope=https://%s/.default", login, tenantID(c), graph), "https://learn.microsoft.com/graph/deployments"),
		fix("find the tenant's cloud by its domain", checks.Developer, "curl https://login.microsoftonline.com/"+tenantID(c)+"/v2.0/.well-known/openid-configuration", ""),
	}
}
