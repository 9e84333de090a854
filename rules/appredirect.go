package rules

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file judges reply URLs.

// nativeReply is Microsoft's own reply URL for apps that have none.
const nativeReply = "/common/oauth2/nativeclient"

// A reply is a reply URL taken apart.
type reply struct {
	scheme, host, path string
	wild               bool // has a *
	open               bool // the host is not known before deployment
}

func replyOf(uri string) reply {
	var r reply
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		scheme, rest, _ = strings.Cut(uri, ":")
	}
	r.scheme = strings.ToLower(scheme)
	r.host, r.path, _ = strings.Cut(rest, "/")
	r.path = "/" + r.path
	r.wild = strings.Contains(uri, "*")
	r.host = strings.ToLower(r.host)
	r.open = strings.Contains(r.host, "{") || strings.Contains(r.scheme, "{")
	if u, err := url.Parse("https://" + r.host); err == nil {
		r.host = u.Hostname()
	}
	return r
}

func (r reply) loopback() bool {
	return r.host == "localhost" || r.host == "::1" || strings.HasPrefix(r.host, "127.") || strings.HasSuffix(r.host, ".localhost")
}

func (r reply) web() bool { return r.scheme == "https" || r.scheme == "http" }

func redirectUnsafe(p *posture) []checks.Finding {
	var out []checks.Finding
	for _, u := range p.app.Redirects {
		r := replyOf(u.URI)
		var why string
		var mend checks.Fix
		switch {
		case r.wild:
			why = "has a wildcard, so that codes and tokens can go to pages that nobody meant"
			mend = fix("register the full URL of the page, and keep the user's place in the state parameter", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")
		case r.scheme == "http" && !r.open && !r.loopback():
			why = "is plain http, so that codes and tokens can be read on the way"
			mend = fix("register the https form; behind a proxy let the app build https (X-Forwarded-Proto)", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")
		case r.web() && !r.open && !r.loopback() && len(p.app.Policy.Hosts) > 0 && !p.ours(r):
			why = "leads to " + r.host + ", which is none of the app's hosts (" + list(few(p.app.Policy.Hosts, 4), "and") + ")"
			mend = fix("remove it, or name the host under hosts: in .graphdoctor.yaml", checks.Developer, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")
		default:
			continue
		}
		f := checks.Finding{Subject: u.URI, Message: fmt.Sprintf("the reply URL %q %s", u.URI, why), Seen: []checks.Witness{checks.Shows(u.Ref)}, Fixes: []checks.Fix{mend}}
		out = append(out, f)
	}
	return out
}

// ours tells whether a host is one of the app's, or below one.
func (p *posture) ours(r reply) bool {
	for _, h := range p.app.Policy.Hosts {
		h = strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(h, "*"), "."))
		if r.host == h || strings.HasSuffix(r.host, "."+h) {
			return true
		}
	}
	return strings.EqualFold(r.path, nativeReply) && strings.HasPrefix(r.host, "login.")
}

// platforms is where the reply URLs of a flow belong.
var platforms = map[string]string{"web": "web", "obo": "web", "spa": "spa", "mobile": "native"}

var platformNames = map[string]string{"web": "Web", "spa": "single-page application", "native": "mobile and desktop applications"}

func redirectPlatform(p *posture) []checks.Finding {
	want := map[string]bool{}
	for _, f := range p.app.Policy.Flows {
		if at := platforms[f]; at != "" {
			want[at] = true
		}
	}
	var out []checks.Finding
	seen := map[string]evidence.Redirect{}
	for _, u := range p.app.Redirects {
		r := replyOf(u.URI)
		key := strings.ToLower(strings.TrimSuffix(u.URI, "/"))
		if other, ok := seen[key]; ok && !r.open {
			out = append(out, double(u, other))
			continue
		}
		seen[key] = u
		if f, ok := misplaced(u, r, want); ok {
			out = append(out, f)
		}
	}
	return out
}

// double: two reply URLs that are equal but for a slash, case or platform.
func double(u, other evidence.Redirect) checks.Finding {
	how := "differ only by a slash or by case, and the app sends one of them"
	if u.URI == other.URI {
		how = "are the same, and one URL cannot stand under two platforms"
		if u.Platform == other.Platform {
			how = "are the same"
		}
	}
	return checks.Finding{Subject: u.URI, Message: fmt.Sprintf("the reply URLs %q and %q %s", other.URI, u.URI, how),
		Seen:  []checks.Witness{checks.Shows(u.Ref), checks.Shows(other.Ref)},
		Fixes: []checks.Fix{fix("remove the one that the app does not send", checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")}}
}

// misplaced: a reply URL under a platform that its scheme or the flow rules out.
func misplaced(u evidence.Redirect, r reply, want map[string]bool) (checks.Finding, bool) {
	var why, to string
	switch {
	case u.Platform == "" || r.scheme == "" || strings.Contains(r.scheme, "{"):
		return checks.Finding{}, false
	case !r.web() && u.Platform != "native":
		why, to = fmt.Sprintf("has the scheme %s of a native app", r.scheme), "native"
	case len(want) > 0 && !want[u.Platform] && !strings.EqualFold(r.path, nativeReply):
		for at := range want {
			if to == "" || at < to {
				to = at
			}
		}
		why = "belongs there by the app's flow"
	default:
		return checks.Finding{}, false
	}
	message := fmt.Sprintf("the reply URL %q stands under %s, but %s", u.URI, platformNames[u.Platform], why)
	if why == "belongs there by the app's flow" {
		message = fmt.Sprintf("the reply URL %q stands under %s, but the app's flow redeems its codes under %s", u.URI, platformNames[u.Platform], platformNames[to])
	}
	return checks.Finding{Subject: u.URI, Message: message, Seen: []checks.Witness{checks.Shows(u.Ref)},
		Fixes: []checks.Fix{fix("move it to "+platformNames[to], checks.AppAdmin, "", "https://learn.microsoft.com/entra/identity-platform/reply-url")}}, true
}
