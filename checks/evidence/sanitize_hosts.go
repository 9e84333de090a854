package evidence

import (
	"slices"
	"strings"
)

// This file replaces the names of organisations in the names of hosts. Hosts
// that are the same for everybody stay, since a diagnosis goes by them.

// tenantHosts end in the service's name; what stands before it is the
// customer's.
var tenantHosts = [...]string{
	"onmicrosoft.com", "onmicrosoft.us", "onmschina.cn", "partner.onmschina.cn", "onmicrosoft.de",
	"sharepoint.com", "sharepoint.us", "sharepoint-mil.us", "sharepoint.cn", "sharepoint.de", "sharepoint-df.com",
	"b2clogin.com", "ciamlogin.com", "dynamics.com", "dynamics.cn", "azurewebsites.net", "azurewebsites.us", "azurecr.io", "azure-api.net", "azurestaticapps.net",
	"vault.azure.net", "vault.usgovcloudapi.net", "vault.azure.cn", "core.windows.net", "core.usgovcloudapi.net", "database.windows.net", "servicebus.windows.net", "asazure.windows.net", "batch.azure.com",
	"database.azure.com", "communication.azure.com", "azurehealthcareapis.com", "inference.ml.azure.com", "sql.azuresynapse.net", "dev.azuresynapse.net", "fabric.microsoft.com", "cloudapp.azure.com", "cloudapp.net", "trafficmanager.net", "azurefd.net", "azureedge.net", "azmk8s.io", "azurecontainerapps.io", "azurecontainer.io", "azuredatabricks.net", "azurehdinsight.net", "azconfig.io",
	"openai.azure.com", "cognitiveservices.azure.com", "search.windows.net", "documents.azure.com", "redis.cache.windows.net", "eventgrid.azure.net", "azure-devices.net", "msappproxy.net", "mail.protection.outlook.com", "visualstudio.com",
	"service-now.com", "atlassian.net", "salesforce.com", "force.com", "okta.com", "oktapreview.com", "auth0.com", "zendesk.com", "slack.com", "amazonaws.com", "cloudfront.net", "snowflakecomputing.com", "freshdesk.com", "jfrog.io",
	"herokuapp.com", "vercel.app", "netlify.app", "github.io", "ngrok.io", "ngrok-free.app", "ngrok.app", "trycloudflare.com", "web.app", "firebaseapp.com", "appspot.com", "run.app", "devtunnels.ms", "pages.dev", "workers.dev", "onrender.com", "fly.dev", "railway.app",
}

// publicHosts belong to no customer, with all that stands before them.
var publicHosts = [...]string{
	"microsoft.com", "microsoft.us", "microsoft.net", "microsoft", "microsoftonline.com", "microsoftonline.us", "microsoftonline.de", "microsoftonline.cn", "microsoftonline-p.com", "microsoftazuread-sso.com", "windows.net", "windowsazure.com", "windows.com", "azure.com", "azure.net", "azure.us", "azure.cn", "chinacloudapi.cn", "usgovcloudapi.net", "cloudapi.de", "microsoftazure.us",
	"office.com", "office.net", "office365.com", "office365.us", "office.de", "outlook.com", "outlook.cn", "live.com", "msn.com", "hotmail.com", "skype.com", "lync.com", "teams.cloud.microsoft", "cloud.microsoft", "onenote.com", "onedrive.com", "1drv.ms", "aka.ms", "jwt.ms", "powerbi.com", "powerapps.com", "powerapps.us", "powerplatform.com", "flow.microsoft.com", "applicationinsights.io", "loganalytics.io", "msedge.net", "msocdn.com", "msauth.net", "msftauth.net", "msidentity.com", "msftidentity.com", "bing.com", "linkedin.com", "xbox.com", "passport.net", "gfx.ms", "signalr.net", "appcenter.ms", "azk8s.cn", "windowsupdate.com", "akadns.net", "accesscontrol.windows.net", "static.microsoft", "svc.ms",
	"github.com", "githubusercontent.com", "gitlab.com", "bitbucket.org", "google.com", "googleapis.com", "gstatic.com", "googleusercontent.com", "facebook.com", "amazon.com", "apple.com", "box.com", "dropboxapi.com", "dropbox.com", "stripe.com", "twilio.com", "sendgrid.com", "openai.com", "cloudflare.com", "docker.io", "docker.com", "npmjs.org", "npmjs.com", "pypi.org", "nuget.org", "maven.org", "terraform.io", "hashicorp.com", "postman.com", "pstmn.io", "getpostman.com", "jwt.io", "mozilla.org", "w3.org", "xmlsoap.org", "oasis-open.org", "json-schema.org", "ietf.org", "tempuri.org", "stackoverflow.com", "stackexchange.com", "reactjs.org", "angular.io", "nextjs.org", "js.org", "python.org", "golang.org", "go.dev", "pkg.dev", "rubygems.org", "crates.io", "docs.rs", "readthedocs.io", "apache.org", "spring.io", "springframework.org", "java.com", "oracle.com", "php.net", "symfony.com", "laravel.com", "unpkg.com", "jsdelivr.net", "cdnjs.com", "diagrams.net", "splunk.com", "datadoghq.com", "sentry.io", "atlassian.com", "adobe.com", "zoom.us", "medium.com", "reddit.com", "youtube.com", "wikipedia.org", "letsencrypt.org", "digicert.com", "openid.net", "oauth.net", "oauthlib.readthedocs.io", "kubernetes.io", "k8s.io", "cluster.local", "elastic.co", "example.com", "example.org", "example.net", "localhost", "vendor.com", "asp.net", "ado.net", "system.net", "vb.net",
	// mail for anyone: the domain tells the class of an account and no person
	"outlook.de", "outlook.fr", "outlook.jp", "hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it", "hotmail.es", "live.co.uk", "live.nl", "live.fr", "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "yahoo.co.jp", "yahoo.fr", "yahoo.de", "ymail.com", "aol.com", "icloud.com", "me.com", "mac.com", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de", "freenet.de", "mail.ru", "yandex.ru", "yandex.com", "qq.com", "163.com", "126.com", "sina.com", "naver.com", "daum.net", "proton.me", "protonmail.com", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr", "libero.it", "comcast.net", "verizon.net", "att.net", "btinternet.com", "fastmail.com", "zoho.com", "rediffmail.com", "uol.com.br", "bol.com.br", "terra.com.br", "seznam.cz", "wp.pl", "o2.pl", "interia.pl",
}

func publicHost(low string) bool { return hostIn(publicHosts[:], low) }

func hostIn(list []string, low string) bool {
	return slices.ContainsFunc(list, func(s string) bool {
		return low == s || strings.HasSuffix(low, s) && low[len(low)-len(s)-1] == '.'
	})
}

// host replaces the customer's labels in the name of a host.
func (z *sanitizer) host(h string) string {
	low := strings.ToLower(h)
	if made, ok := z.hostsSeen[low]; ok && low == h {
		return made
	}
	made := z.hostAnew(h, low)
	if low == h {
		if len(z.hostsSeen) > 4096 {
			clear(z.hostsSeen)
		}
		z.hostsSeen[strings.Clone(low)] = strings.Clone(made)
	}
	return made
}

func (z *sanitizer) hostAnew(h, low string) string {
	if strings.Contains(hostTable, "\n"+low+"\t") {
		return h
	}
	for _, t := range tenantHosts {
		if low == t {
			return h
		}
		if strings.HasSuffix(low, "."+t) {
			n := len(h) - len(t) - 1
			return z.labels(h[:n]) + h[n:]
		}
	}
	if first, _, _ := strings.Cut(low, "."); first != "" && len(first) < 4 && slices.Contains(topDomains, first) { // com.contoso.app: the name of a package
		return h
	}
	if publicHost(low) || !strings.Contains(h, ".") || prefixOfKnown(low) {
		return h
	}
	// the last label, and the one before where it is generic (co.uk), stay
	n := strings.LastIndexByte(h, '.')
	if m := strings.LastIndexByte(h[:n], '.'); len(h)-n == 3 && m > 0 {
		switch low[m+1 : n] {
		case "co", "com", "org", "net", "ac", "gov", "gob", "edu", "or", "ne", "go":
			n = m
		}
	}
	return z.labels(h[:n]) + h[n:]
}

// prefixOfKnown: the sender cut the name of a known host.
func prefixOfKnown(low string) bool {
	if len(low) < 8 {
		return false
	}
	for row := range strings.Lines(hostTable) {
		if row[0] != '#' && strings.HasPrefix(row, low) {
			return true
		}
	}
	return false
}

func (z *sanitizer) labels(s string) string {
	parts := strings.Split(s, ".")
	for i, p := range parts {
		if !isGUID(p) {
			parts[i] = z.label(p)
		} else {
			parts[i] = z.m.guid(p)
		}
	}
	return strings.Join(parts, ".")
}

// label replaces the words of one label but for generic ones.
func (z *sanitizer) label(s string) string { return z.m.words(s, true, genericLabel) }

// genericLabel: words that say what a host is for or where it stands, not whose
// it is.
func genericLabel(low string) bool {
	if len(low) <= 4 && isDigits(strings.TrimPrefix(low, "crm")) || len(low) <= 2 {
		return true
	}
	_, ok := slices.BinarySearch(genericLabels, low)
	return ok
}

var genericLabels = []string{
	"admin", "api", "app", "apps", "assets", "auth", "autodiscover", "backup", "blob", "businesscentral", "cdn", "central", "com", "connect", "corp", "crm", "dev", "dfs", "docs", "east", "eastus", "eus", "file", "files", "func", "gateway", "germanywestcentral", "gov", "graph", "hcp", "help", "hooks", "ingest", "int", "internal", "intranet", "ip", "lan", "local", "localhost", "login", "mail", "main", "my", "mysite", "net", "north", "northcentralus", "northeurope", "onmicrosoft", "org", "partner", "portal", "preprod", "private", "privatelink", "prod", "proxy", "public", "qa", "queue", "scim", "scm", "smtp", "south", "southcentralus", "sso", "stage", "staging", "static", "sts", "table", "test", "tst", "uat", "uksouth", "vault", "vpn", "web", "webhook", "webhooks", "west", "westcentralus", "westeurope", "westus", "weu", "wus", "www",
}

// hosts replaces hosts in addresses, hosts of tenants anywhere, and domains
// that stand alone.
func (j *job) hosts() {
	t := j.text
	for _, mark := range [...]string{"://", `:\/\/`} {
		for at := 0; ; {
			i := strings.Index(t[at:], mark)
			if i < 0 {
				break
			}
			from := at + i + len(mark)
			at = from
			to := from
			for to < len(t) && (isAlnum(t[to]) || t[to] == '.' || t[to] == '-') && !j.taken[to] {
				to++
			}
			if h := strings.TrimRight(t[from:to], ".-"); strings.Contains(h, ".") && !isDigits(strings.ReplaceAll(h, ".", "")) {
				j.putHost(from, from+len(h))
			}
		}
	}
	for at := 0; ; {
		i := strings.IndexByte(t[at:], '.')
		if i < 0 {
			return
		}
		at += i
		at = max(at+1, j.bareHost(at))
	}
}

func (j *job) putHost(from, to int) {
	h := j.text[from:to]
	made := j.z.host(h)
	if j.put(from, to, made) {
		j.z.m.kept("host", h, made)
		if made != h || hostIn(tenantHosts[:], strings.ToLower(h)) {
			j.sites(to)
		}
	}
}

// sites replaces the names of sites and of persons' drives behind the host.
func (j *job) sites(at int) {
	t := j.text
	for _, mark := range [...]string{"/sites/", "/teams/", "/personal/", ":/sites/", ":/teams/", ":/personal/"} {
		if !strings.HasPrefix(t[at:], mark) {
			continue
		}
		from := at + len(mark)
		to := from
		for to < len(t) && strings.IndexByte("/?#:\"'<>\\ \t\r\n,;)&", t[to]) < 0 {
			to++
		}
		name := t[from:to]
		if made := j.z.m.words(name, true, genericLabel); name != "" && j.put(from, to, made) {
			j.z.m.kept("site", name, made)
		}
	}
}

// bareHost replaces the host around the dot at i, if it is one, and returns
// where it ends.
func (j *job) bareHost(dot int) int {
	t := j.text
	from, to := dot, dot
	for from > 0 && dot-from < 100 && (isAlnum(t[from-1]) || t[from-1] == '-' || t[from-1] == '.') {
		from--
	}
	for to < len(t) && to-dot < 150 && (isAlnum(t[to]) || t[to] == '-' || t[to] == '.') {
		to++
	}
	from = min(afterEscape(t, from), to)
	h := strings.Trim(t[from:to], ".-")
	from += strings.Index(t[from:to], h)
	if len(h) < 5 || !j.free(from, from+len(h)) {
		return to
	}
	low := strings.ToLower(h)
	before, after := byte(' '), byte(' ')
	if from > 0 {
		before = t[from-1]
	}
	if from+len(h) < len(t) {
		after = t[from+len(h)]
	}
	switch {
	case before == '$' || before == '_' || after == '(' || after == '_' || after == '[':
	case hostIn(tenantHosts[:], low), topDomain(h, low):
		j.putHost(from, from+len(h))
	}
	return to
}

// topDomains are recognised where a domain stands alone: those that are no
// suffix of files or members of objects.
var topDomains = []string{"au", "biz", "br", "ch", "cn", "com", "cz", "de", "dk", "edu", "eu", "fr", "gov", "jp", "kr", "mx", "net", "nl", "nz", "org", "ru", "sg", "tw", "uk", "za"}

// topDomain: a domain in one case, with a top level that says so.
func topDomain(h, low string) bool {
	i := strings.LastIndexByte(h, '.')
	if i <= 0 || h != low && h != strings.ToUpper(h) && h[1:] != low[1:] {
		return false
	}
	if _, ok := slices.BinarySearch(topDomains, low[i+1:]); !ok {
		return false
	}
	return strings.IndexFunc(h[:i], func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) >= 0
}

func sortBy[T any](list []T, key func(T) int) {
	slices.SortStableFunc(list, func(a, b T) int { return key(a) - key(b) })
}
