package evidence

import "strings"

// This file reads which accounts a registration admits, in the words of the
// manifest or of the portal, and sign-in addresses as an address bar shows them.

// accountLabels are the portal's labels, folded to ASCII letters.
var accountLabels = map[string]bool{"signinaudience": true, "supportedaccounttypes": true, "supportedaccounttype": true, "whocanusethisapplication": true, "untersttztekontotypen": true, "typesdecomptesprisencharge": true, "tiposdecuentaadmitidos": true, "tiposdecuentacompatibles": true, "tipidiaccountsupportati": true, "tiposdecontacompatveis": true, "ondersteundeaccounttypen": true}

// accountWords are what the portal says beside them; the first that is met counts.
var accountWords = []struct{ word, audience string }{
	{"azureadmyorg", "AzureADMyOrg"}, {"azureadmultipleorgs", "AzureADMultipleOrgs"}, {"azureadandpersonalmicrosoftaccount", "AzureADandPersonalMicrosoftAccount"}, {"personalmicrosoftaccountsonly", "PersonalMicrosoftAccount"},
	{"personalmicrosoftaccountusers", "PersonalMicrosoftAccount"}, {"allmicrosoftaccountusers", "AzureADandPersonalMicrosoftAccount"}, {"andpersonalmicrosoftaccounts", "AzureADandPersonalMicrosoftAccount"},
	{"myorganizationonly", "AzureADMyOrg"}, {"thisorganizationaldirectoryonly", "AzureADMyOrg"}, {"singletenant", "AzureADMyOrg"}, {"singleorganization", "AzureADMyOrg"}, {"nurmeineorganisation", "AzureADMyOrg"}, {"nurkontenindiesem", "AzureADMyOrg"}, {"einzelnermandant", "AzureADMyOrg"}, {"locataireunique", "AzureADMyOrg"}, {"inquilinoúnico", "AzureADMyOrg"}, {"locatárioúnico", "AzureADMyOrg"},
	{"multipleorganizations", "AzureADMultipleOrgs"}, {"anyorganizationaldirectory", "AzureADMultipleOrgs"}, {"multitenant", "AzureADMultipleOrgs"}, {"mehrereorganisationen", "AzureADMultipleOrgs"}, {"mehrinstanzenfähig", "AzureADMultipleOrgs"}, {"multilocataire", "AzureADMultipleOrgs"},
	{"personalmicrosoftaccount", "PersonalMicrosoftAccount"},
}

// accounts reads "Supported account types: My organization only".
func (s *scanner) accounts(key, value string, line int) bool {
	if !accountLabels[key] {
		return false
	}
	folded := Fold(strings.ToLower(value))
	for _, w := range accountWords {
		if strings.Contains(folded, w.word) {
			s.b.fact("signinaudience", w.audience, line, FromRegistration)
			return true
		}
	}
	return false
}

// portalIDs are the portal's labels of the two ids of a registration.
var portalIDs = []struct{ label, field string }{
	{"(client) id", "client_id"}, {"anwendungs-id (client)", "client_id"}, {"application (client)", "client_id"}, {"aplicación (cliente)", "client_id"}, {"applicazione (client)", "client_id"}, {"aplicativo (cliente)", "client_id"},
	{"(tenant) id", "tenant"}, {"verzeichnis-id (mandant)", "tenant"}, {"annuaire (locataire)", "tenant"}, {"directorio (inquilino)", "tenant"}, {"directory (tenant)", "tenant"}, {"diretório (locatário)", "tenant"},
}

// overview reads a line of the registration's overview page, where a colon, a
// tab or blanks part label and value.
func (s *scanner) overview(seg string, line int) {
	for _, gap := range [...]string{":", "\t", "  "} {
		if label, value, ok := strings.Cut(seg, gap); ok && s.accounts(foldName(label), value, line) {
			return
		}
	}
	low := strings.ToLower(seg)
	for _, l := range portalIDs {
		if i := strings.Index(low, l.label); i >= 0 && i < 40 {
			if id := guidIn(low[i:]); id != "" {
				s.b.fact(l.field, id, line, FromRegistration)
				return
			}
		}
	}
}

// barAddress reads the parameters of a sign-in address that stands without its
// scheme, as address bars and those who retype them leave it away.
func (s *scanner) barAddress(seg string, line int) {
	for _, host := range [...]string{"login.microsoftonline.com/", "login.live.com/", "login.microsoftonline.us/", "login.partner.microsoftonline.cn/"} {
		i := strings.Index(seg, host)
		if i < 0 || i > 0 && strings.IndexByte(" \t(<\"'", seg[i-1]) < 0 {
			continue
		}
		address, _, _ := strings.Cut(seg[i:], " ")
		if u := splitURL("https://" + address); strings.Contains(u.query, "client_id=") {
			s.loginParams(u, line)
			s.b.fact("authority", u.scheme+"://"+u.host+u.path, line, FromRequest)
		}
	}
}
