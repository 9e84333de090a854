package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks"
	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file words what failed on the way: no answer of Microsoft's was seen.

// A way is one thing on the way: the marks in the sentence by which it is
// known, folded.
var ways = []struct {
	kind  string
	marks []string
}{
	{"headers", []string{"toobigheader", "toolargeheader", "headerorcookietoolarge"}},
	{"names", []string{"getaddrinfo", "nameresolution", "resolve", "nosuchhost", "nameorservicenotknown", "servnameprovided", "unknownhost", "nxdomain"}},
	{"certificates", []string{"certificate", "certpath", "pkixpath", "certificateverify"}},
	{"proxy", []string{"proxy", "tunnel"}},
}

// wayWords words it: what stood in the way, and what to do there.
func wayWords(c *evidence.Case, s evidence.Statement) (string, []checks.Fix) {
	text := evidence.Fold(s.Message + " " + s.Code)
	kind := "proxy"
	for _, w := range ways {
		found := false
		for _, m := range w.marks {
			found = found || strings.Contains(text, m)
		}
		if found {
			kind = w.kind
			break
		}
	}
	said := clip(firstOf(s.Message, s.Code))
	host := or(wayHost(s.Message), "login.microsoftonline.com")
	const page = "https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges"
	switch kind {
	case "headers":
		return fmt.Sprintf("the web server in front of your app (nginx, an ingress) could not take headers as large as a sign-in makes them, so it answered in the app's place, and Microsoft did not refuse: %q", said), []checks.Fix{
			fix("give the web server larger header buffers; a sign-in's cookies and tokens are often more than the 4 or 8 KB that it has", checks.Developer, "proxy_buffer_size 16k; proxy_buffers 8 16k; large_client_header_buffers 4 32k;", "https://nginx.org/en/docs/http/ngx_http_proxy_module.html"),
			fix("for an ingress of Kubernetes: set the annotation nginx.ingress.kubernetes.io/proxy-buffer-size", checks.Developer, `nginx.ingress.kubernetes.io/proxy-buffer-size: "16k"`, "https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/"),
			fix("or make the cookie smaller: keep the session on the server, and ask for fewer group claims", checks.Developer, "", ""),
		}
	case "names":
		return fmt.Sprintf("the name %s was not resolved (DNS) on the machine that called, so no request left it and Microsoft was never reached: %q", host, said), []checks.Fix{
			fix("try the name on that machine, inside the same container or pod", checks.Developer, "nslookup "+arg(host), page),
			fix("mend its DNS (the container's resolver, an egress rule for port 53, a private zone that hides the name); EAI_AGAIN and \"temporary failure\" often pass by themselves, so try again with pauses", checks.Developer, "", page),
		}
	case "certificates":
		return fmt.Sprintf("the connection to %s was given up because the caller does not trust the certificate it was shown, so no request was made: %q", host, said), []checks.Fix{
			fix("look whose certificate it is: one that is not Microsoft's comes from a proxy that opens TLS", checks.Developer, fmt.Sprintf("openssl s_client -connect %s:443 -servername %s", arg(host), arg(host)), page),
			fix("let the proxy pass Microsoft's sign-in and Graph hosts unopened, or give the program the company's root certificate (REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE); never switch the check off", checks.Developer, "", page),
		}
	}
	return fmt.Sprintf("a proxy on the way refused the connection, so Microsoft was never reached: %q", said), []checks.Fix{
		fix("let the proxy pass the hosts that the call needs (login.microsoftonline.com, graph.microsoft.com), or correct the proxy's address and credentials in HTTPS_PROXY", checks.Developer, `curl -v -x "$HTTPS_PROXY" https://login.microsoftonline.com/`, page),
		fix("a program of .NET takes the proxy's credentials from its handler (HttpClientHandler.Proxy, DefaultProxyCredentials), one under IIS runs as its application pool's account", checks.Developer, "", "https://learn.microsoft.com/dotnet/api/system.net.http.httpclienthandler.defaultproxycredentials"),
	}
}

// onTheWay: what answered, or failed, was not Microsoft's, by its own words.
func onTheWay(c *evidence.Case) bool {
	return slices.ContainsFunc(hear(c).voices["not-graph"], func(v voice) bool { return v.how == checks.HowSays })
}

// wayHost is the host that a sentence names; "" if none.
func wayHost(text string) string {
	for _, before := range [...]string{"lookup ", "ENOTFOUND ", "EAI_AGAIN ", "resolve host", "could not be resolved: "} {
		if _, rest, ok := strings.Cut(text, before); ok {
			text = rest // an address before it may be another one
			break
		}
	}
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-')
	}) {
		w = strings.Trim(w, ".-")
		for _, tail := range [...]string{".microsoft.com", ".microsoftonline.com", ".microsoftonline.us", ".microsoft.us", ".sharepoint.com", ".office.com", ".office365.com", ".azure.com", ".azure.net", ".windows.net", ".live.com", ".chinacloudapi.cn", ".outlook.com", ".dynamics.com", ".visualstudio.com"} {
			if strings.HasSuffix(w, tail) {
				return w
			}
		}
	}
	return ""
}
