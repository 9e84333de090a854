package rules

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file tells whether the service said no, without saying why.

// refusal is the service's statement that it refused the caller, as distinct
// from having failed, found nothing or been busy.
func refusal(c *evidence.Case) (evidence.Ref, bool) {
	if c.Call != nil {
		switch {
		case c.Call.Login():
			return evidence.Ref{}, false
		case c.Call.Status == 404 || c.Call.Status == 429 || c.Call.Status >= 500 || c.Call.Status == 409:
			return evidence.Ref{}, false
		}
	}
	for _, s := range c.Said {
		if s.Carrier == evidence.InProse {
			if s.Ref.Origin == evidence.FromService && c.Call != nil && c.Call.Client != "" && bareRefusal(s.Message) {
				return s.Ref, true
			}
			continue
		}
		if slices.Contains(refusalCodes, s.Code) || len(s.Needed) > 0 {
			return s.Ref, true
		}
		folded := evidence.Fold(s.Message)
		for _, w := range refusalWords {
			if strings.Contains(folded, w) {
				return s.Ref, true
			}
		}
	}
	if c.Call != nil && c.Call.Status == 403 {
		return c.StatusRef()
	}
	return evidence.Ref{}, false
}

// bareRefusal: a sentence that is the refusal and no more, as a command prints
// it without its code.
func bareRefusal(text string) bool {
	folded := evidence.Fold(text)
	return len(text) < 120 && slices.ContainsFunc(refusalWords, func(w string) bool { return strings.HasPrefix(folded, w) })
}

// refusalCodes say "no" without saying why.
var refusalCodes = []string{"Authorization_RequestDenied", "ErrorAccessDenied", "accessDenied", "AccessDenied", "Forbidden", "UnknownError",
	"Authentication_MSGraphPermissionMissing", "Authentication_AccessDenied", "Authentication_FailedToAuthorize", "Authentication_RequestFromUnsupportedUserRole", "InsufficientPrivileges", "Unauthorized", "ClientScopeMissing", "PermissionScopeNotGranted", "notAllowed", "40004", "CallerNotResourceOwner", "generalException"}

var refusalWords = []string{"insufficientprivileges", "accessisdenied", "accessdenied", "notauthorized", "unauthorized", "forbidden", "donothavepermission", "requiredpermissions", "doesnothavepermission", "donothavetherequiredpermission", "doesnotcontainavalidauthenticationtoken"}
