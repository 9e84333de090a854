package gate

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file finds out how code signs in, and where.

// signIn takes down sign-in addresses and how the code signs in.
func (r *sourceReader) signIn() {
	for i, t := range r.toks {
		switch t.kind {
		case tokText:
			text := plainText(t.parts)
			if at := strings.Index(text, "login.microsoftonline."); at >= 0 {
				r.authority(i, t, text[at:])
			}
		case tokWord:
			if flow := flowWords[t.text]; flow != "" {
				r.flow(flow, i)
			}
		}
	}
}

// flowWords are names of libraries' parts that tell how an app signs in.
var flowWords = map[string]string{
	"ClientSecretCredential": "daemon", "ClientCertificateCredential": "daemon", "CertificateCredential": "daemon", "ManagedIdentityCredential": "daemon", "acquireTokenByClientCredential": "daemon", "acquire_token_for_client": "daemon", "AcquireTokenForClient": "daemon", "WorkloadIdentityCredential": "daemon",
	"OnBehalfOfCredential": "obo", "acquireTokenOnBehalfOf": "obo", "acquire_token_on_behalf_of": "obo", "AcquireTokenOnBehalfOf": "obo", "EnableTokenAcquisitionToCallDownstreamApi": "web",
	"InteractiveBrowserCredential": "mobile", "DeviceCodeCredential": "mobile", "acquireTokenByDeviceCode": "mobile", "acquire_token_by_device_flow": "mobile", "PublicClientApplicationBuilder": "mobile",
	"acquireTokenByCode": "web", "acquire_token_by_authorization_code": "web", "AddMicrosoftIdentityWebApp": "web", "acquire_token_by_auth_code_flow": "web",
	"MsalProvider": "spa", "acquireTokenPopup": "spa", "acquireTokenRedirect": "spa", "loginPopup": "spa", "loginRedirect": "spa",
}

func (r *sourceReader) flow(name string, i int) {
	for _, f := range r.p.Flows {
		if f.Value == name {
			return
		}
	}
	r.p.Flows = append(r.p.Flows, evidence.Ref{Place: place(r.p.File, r.toks[i].line), Origin: evidence.FromRequest, Field: "flow", Value: name})
}

// fallback: the text stands in only where a setting is missing: getenv(x, text),
// x || text, x ?? text.
func (r *sourceReader) fallback(i int) bool {
	if r.sign(i-1, "|") || r.sign(i-1, "?") || strings.EqualFold(r.word(i-1), "or") {
		return true
	}
	open, callee := r.callee(i)
	low := strings.ToLower(callee)
	return open >= 0 && open < i-1 && (strings.Contains(low, "env") || low == "get" || low == "getvalue")
}

// authority takes the tenant's part of a sign-in address.
func (r *sourceReader) authority(i int, t token, text string) {
	_, path, _ := strings.Cut(text, "/")
	tenant, rest, _ := strings.Cut(path, "/")
	tenant, _, _ = strings.Cut(tenant, "?")
	low := strings.ToLower(rest)
	if strings.Contains(low, "nativeclient") || strings.Contains(low, "discovery") || strings.Contains(low, ".well-known") || strings.Contains(low, "adminconsent") || strings.Contains(low, "logout") {
		return
	}
	tenant = strings.ToLower(strings.TrimSpace(tenant))
	if tenant != "common" && tenant != "organizations" && tenant != "consumers" && !evidence.IsGUID(tenant) && !(tenant == "" && len(t.parts) > 1) {
		return
	}
	if tenant == "" {
		tenant = "{tenant}"
	}
	if r.fallback(i) {
		return
	}
	r.p.Authority = append(r.p.Authority, evidence.Ref{Place: place(r.p.File, t.line), Origin: evidence.FromRequest, Field: "authority", Value: tenant})
}
