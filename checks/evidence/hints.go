package evidence

import (
	_ "embed"
	"strings"
)

// This file reads what a line tells in passing: the flow, the kind of a
// declared permission, the request behind an SDK's stack frame.

// flowWords betray how the token was asked for. The first that is met counts.
var flowWords = []struct {
	word string
	flow Flow
}{
	{"OnBehalfOf", FlowOnBehalfOf}, {"on_behalf_of", FlowOnBehalfOf}, {"on-behalf-of", FlowOnBehalfOf}, {"jwt-bearer", FlowOnBehalfOf},
	{"grant_type=client_credentials", FlowClientCredentials}, {"client_credentials", FlowClientCredentials}, {"ClientSecretCredential", FlowClientCredentials}, {"ClientCertificateCredential", FlowClientCredentials}, {"CertificateCredential", FlowClientCredentials},
	{"AcquireTokenForClient", FlowClientCredentials}, {"acquireTokenByClientCredential", FlowClientCredentials}, {"acquire_token_for_client", FlowClientCredentials}, {"ClientCredentialRequest", FlowClientCredentials}, {"client credentials", FlowClientCredentials}, {"ClientCredential", FlowClientCredentials}, {"clientSecretCredential", FlowClientCredentials},
	{"DeviceCode", FlowDeviceCode}, {"device_code", FlowDeviceCode}, {"devicelogin", FlowDeviceCode}, {"device code", FlowDeviceCode},
	{"ByUsernamePassword", FlowPassword}, {"UsernamePassword", FlowPassword}, {"ROPC", FlowPassword}, {"grant_type=password", FlowPassword},
	{"WorkloadIdentity", FlowWorkload}, {"OIDC", FlowWorkload}, {"federated identity", FlowWorkload}, {"federated token", FlowWorkload}, {"Federated token", FlowWorkload}, {"federated credential", FlowWorkload}, {"FederatedIdentity", FlowWorkload}, {"id-token: write", FlowWorkload},
	{"ActiveDirectoryOAuth", FlowClientCredentials}, {"Active Directory OAuth", FlowClientCredentials}, {"ARM_CLIENT_SECRET", FlowClientCredentials}, {"AZURE_CLIENT_SECRET", FlowClientCredentials}, {"ARM_USE_OIDC", FlowWorkload}, {"ARM_OIDC_TOKEN", FlowWorkload}, {"AZURE_FEDERATED_TOKEN_FILE", FlowWorkload}, {"ARM_USE_MSI", FlowManagedIdentity},
	{"ManagedIdentity", FlowManagedIdentity}, {"managed identity", FlowManagedIdentity}, {"MSI_ENDPOINT", FlowManagedIdentity}, {"IDENTITY_ENDPOINT", FlowManagedIdentity}, {"169.254.169.254", FlowManagedIdentity}, {"ImdsCredential", FlowManagedIdentity},
	{"AcquireTokenSilent", FlowSilent}, {"acquireTokenSilent", FlowSilent}, {"acquire_token_silent", FlowSilent}, {"ssoSilent", FlowSilent}, {"prompt=none", FlowSilent},
	{"InteractiveBrowser", FlowInteractive}, {"loginPopup", FlowInteractive}, {"loginRedirect", FlowInteractive}, {"acquireTokenPopup", FlowInteractive},
	{"AcquireTokenByAuthorizationCode", FlowCode}, {"grant_type=authorization_code", FlowCode},
}

//go:embed clients.tsv
var clientTable string

// clientCall derives the request from the client that an error of Terraform's
// provider names: "GroupsClient.BaseClient.Post(): unexpected status 403".
func (s *scanner) clientCall(seg string, line int) {
	i := strings.Index(seg, "Client.BaseClient.")
	if i < 0 || s.b.cur != nil && s.b.cur.hasReq {
		return
	}
	start := strings.LastIndexAny(seg[:i], " \t(:\"") + 1
	client := seg[start : i+len("Client")]
	verb, _, ok := strings.Cut(seg[i+len("Client.BaseClient."):], "(")
	method := isMethod(verb)
	if !ok || method == "" {
		return
	}
	for row := range strings.Lines(clientTable) {
		name, path, _ := strings.Cut(strings.TrimSpace(row), "\t")
		if name == client {
			if method == "PATCH" || method == "DELETE" || method == "PUT" {
				path += "/{id}"
			}
			s.b.request(method, path, line, true).call.Client = "Terraform azuread"
			return
		}
	}
}

//go:embed vendors.tsv
var vendorTable string

// vendor notes whose line this is, where another vendor's mark stands in it.
func (s *scanner) vendor(seg string, line int) {
	for row := range strings.Lines(vendorTable) {
		mark, name, ok := strings.Cut(strings.TrimSuffix(row, "\n"), "\t")
		if ok && row[0] != '#' && strings.Contains(seg, mark) {
			s.b.fact("vendor", name, line, FromService)
			return
		}
	}
}

// policyCommand reads app and group from a cmdlet about Exchange's policies on
// apps that somebody ran.
func (s *scanner) policyCommand(seg string, line int) {
	test := strings.Contains(seg, "ServicePrincipalAuthorization")
	if !test && !strings.Contains(seg, "ApplicationAccessPolicy") {
		return
	}
	words := strings.Fields(seg)
	for i := 0; i+1 < len(words); i++ {
		value := strings.Trim(words[i+1], "\"'`;,")
		switch strings.ToLower(words[i]) {
		case "-appid":
			if isGUID(value) {
				s.b.fact("client_id", value, line, FromRequest)
			}
		case "-identity":
			if test && isGUID(value) {
				s.b.fact("client_id", value, line, FromRequest)
			}
		case "-policyscopegroupid":
			s.b.fact("scopename", value, line, FromPerson)
		case "-accessright":
			s.b.fact("accesspolicy", value, line, FromPerson)
		}
	}
}

// hints notes what a line tells beside what it says.
func (s *scanner) hints(seg string, line int) {
	for _, w := range flowWords {
		if i := strings.Index(seg, w.word); i >= 0 {
			s.b.flow(w.flow)
			break
		}
	}
	s.declared(seg, line)
	s.commandOptions(seg, line)
	s.sessionWords(seg, line)
	s.scopeLines(seg, line)
	if strings.Contains(seg, "$batch") {
		s.batchList(seg)
	}
	switch {
	case seg == "Delegated" || seg == "AppOnly":
		s.b.fact("auth_type", seg, line, FromRequest)
	case onlyScopes(seg):
		s.b.fact("scope", seg, line, FromRequest)
	}
	s.policyCommand(seg, line)
	if strings.Contains(seg, "client_id=") {
		s.barAddress(seg, line)
	}
	if len(seg) < 160 && (strings.IndexByte(seg, '(') >= 0 || seg != "" && strings.IndexByte("SUTOW", seg[0]) >= 0) {
		s.overview(seg, line)
	}
	if strings.Contains(seg, "GetACSAppOnlyContext(") || strings.Contains(seg, "GetAppOnlyAuthenticatedContext(") {
		if a, e, ok := findURL(seg, 0); ok && strings.Contains(seg[a:e], ".sharepoint.") {
			s.b.request("", seg[a:e], line, true)
		}
		s.b.fact("sharepoint_secret", "the context was made with an app id and a client secret", line, FromRequest)
	}
	for _, name := range [...]string{"AzureUSGovernment", "AzureChinaCloud"} { // as Azure's tools name clouds
		if strings.Contains(seg, name) {
			s.b.fact("environment", name, line, FromRequest)
		}
	}
	if i := strings.Index(seg, "AccessCheckResult"); i > 0 {
		if _, v, ok := strings.Cut(seg[i:], ":"); ok {
			s.b.fact("accesscheckresult", strings.Trim(strings.TrimSpace(v), "\"', "), line, FromService)
		}
	}
	if i := strings.Index(seg, "@odata.bind"); i >= 0 && s.b.cur != nil {
		s.b.cur.call.Body = append(s.b.cur.call.Body, "@odata.bind")
	}
	for _, mark := range [...]string{"tid=", "TenantId"} {
		if i := strings.Index(seg, mark); i >= 0 {
			if g := guidIn(seg[i:]); g != "" {
				s.b.fact("tenant", g, line, FromPerson)
			}
		}
	}
	if strings.Contains(seg, "customappsso") || strings.HasPrefix(seg, "Provision on demand") {
		s.b.fact("provisioning.entry", "provision on demand", line, FromService)
	}
	if strings.Contains(seg, consumerTenant) {
		s.b.fact("tenant", consumerTenant, line, FromService)
	}
}

// onlyScopes: a line of nothing but permission names, as a session prints them.
func onlyScopes(seg string) bool {
	words := strings.FieldsFunc(seg, func(r rune) bool { return r == ' ' || r == ',' })
	for _, w := range words {
		if !permissionWord(w) {
			return false
		}
	}
	return len(words) > 1
}

// consumerTenant is the tenant of personal Microsoft accounts.
const consumerTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

func guidIn(seg string) string {
	for i := 0; i+36 <= len(seg); i++ {
		if isGUID(seg[i : i+36]) {
			return seg[i : i+36]
		}
	}
	return ""
}

// Words by which portals and tickets name the kind of a permission.
var (
	applicationWords = []string{"application", "applicazione", "anwendung", "aplicación", "aplicação", "aplicativo", "toepassing", "アプリケーション", "应用程序", "應用程式", "애플리케이션", "приложение", "app-only", "app role", "(role)"}
	delegatedWords   = []string{"delegated", "delegate", "delegiert", "déléguée", "délégué", "delegada", "delegado", "gedelegeerd", "委任", "委派", "委托", "위임", "делегированные"}
)

// appPermissionWords: a sentence speaks of application permissions before it
// names them.
func appPermissionWords(low string) bool {
	for _, w := range [...]string{"application permission", "anwendungsberechtigung", "permisos de aplicación", "permissões de aplicativo", "permissões de aplicação", "autorisations d'application", "autorisations de l'application", "autorizzazioni dell'applicazione", "toepassingsmachtiging"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// declared reads a row of a permission table pasted from the portal or told
// in a ticket: name and kind, and whether it was granted.
func (s *scanner) declared(seg string, line int) {
	if !strings.Contains(seg, ".") || len(seg) > 400 || strings.Contains(seg, "Missing ") || strings.Contains(seg, "requires") {
		return
	}
	perms := FindPermissions(seg)
	if len(perms) == 0 || len(perms) > 3 {
		return
	}
	low := strings.ToLower(seg)
	at := strings.Index(seg, perms[0])
	kind := ""
	for _, w := range delegatedWords {
		if strings.Contains(low, w) {
			kind = "declared.delegated"
		}
	}
	for _, w := range applicationWords {
		if i := strings.Index(low, w); kind == "" && i >= 0 && (i > at || appPermissionWords(low) || strings.Contains(low, "("+w)) {
			kind = "declared.application"
		}
	}
	if kind == "" {
		return
	}
	for _, p := range perms {
		s.b.fact(kind, p, line, FromRegistration)
	}
}

// frameHint derives the request from the SDK's builder in a stack frame:
// Microsoft.Graph.Users.Item.Messages.MessagesRequestBuilder.GetAsync.
func (s *scanner) frameHint(text string, line int) {
	s.hints(firstLine(text), line)
	if s.b.cur == nil || s.b.cur.hasReq || s.b.cur.call.Path != "" {
		return
	}
	i := strings.Index(text, "RequestBuilder")
	if i < 0 {
		i = strings.Index(text, "_request_builder")
	}
	if i < 0 {
		s.requestClass(text, line)
		return
	}
	start := strings.LastIndexAny(text[:i], " \t\n\"(") + 1
	end := i + strings.IndexAny(text[i:]+"\n", "(\n\"")
	end = min(end, len(text))
	path, method := builderPath(text[start:i], text[i:end])
	if path == "" {
		return
	}
	f := s.b.request(method, path, line, true)
	f.call.Client = "SDK"
}

// builderPath turns a builder's namespace into a path and its method.
func builderPath(space, tail string) (path, method string) {
	space = strings.NewReplacer("\\", ".", "/", ".").Replace(space)
	low := strings.ToLower(space)
	begin := -1
	for _, root := range []string{"microsoft.graph.beta.", "microsoft.graph.", "msgraph_beta.generated.", "msgraph.generated.", "msgraph-sdk-go."} {
		if j := strings.LastIndex(low, root); j >= 0 {
			begin = j + len(root)
			break
		}
	}
	if begin < 0 {
		return "", ""
	}
	parts := strings.Split(strings.Trim(space[begin:], "."), ".")
	if len(parts) > 0 {
		parts = parts[:len(parts)-1] // the builder's own name
	}
	var b strings.Builder
	for _, p := range parts {
		switch l := strings.ToLower(p); l {
		case "models", "core", "requests", "service", "odataerrors", "":
			return "", ""
		case "item":
			b.WriteString("/{id}")
		default:
			b.WriteString("/" + camel(strings.ReplaceAll(p, "_", "")))
		}
	}
	for _, m := range []string{"Get", "Post", "Patch", "Put", "Delete"} {
		if strings.Contains(tail, "."+m+"Async") || strings.Contains(tail, "."+strings.ToLower(m)) || strings.Contains(tail, ", in "+strings.ToLower(m)) {
			method = strings.ToUpper(m)
		}
	}
	return b.String(), method
}

func camel(p string) string {
	if p == "" {
		return p
	}
	return strings.ToLower(p[:1]) + p[1:]
}

// page reads what a sign-in page says without any code, in the line form that
// a person copies from the browser.
func (s *scanner) page(seg string, off int) bool {
	low := strings.ToLower(seg)
	for _, w := range pageTitles {
		if low == w || strings.HasPrefix(low, w) && len(seg) < len(w)+60 || strings.Contains(low, "'"+w) || strings.Contains(low, "\""+w) {
			s.flush()
			s.say("", seg, InPage, 0, s.lineOf(off))
			return true
		}
	}
	return false
}

// pageTitles are headings of Entra's own pages that carry no code.
var pageTitles = []string{"need admin approval", "approval required", "genehmigung durch administrator erforderlich", "administratorgenehmigung erforderlich", "approbation de l'administrateur requise", "se necesita la aprobación del administrador", "necesita aprobación del administrador",
	"è necessaria l'approvazione dell'amministratore", "precisa de aprovação do administrador", "管理者の承認が必要", "需要管理员批准", "需要管理員核准", "관리자 승인 필요", "goedkeuring van beheerder vereist", "требуется утверждение администратора",
	"more information required", "you can't access this right now", "you cannot access this right now", "you don't have access to this", "your sign-in was successful but does not meet the criteria", "help us protect your account", "access has been blocked by conditional access"}

func hexRun(s string) bool { return strings.Trim(s, "0123456789abcdefABCDEF") == "" }
