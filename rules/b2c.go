package rules

import (
	"strings"

	"github.com/graphdoctor/graphdoctor/checks/evidence"
)

// This file reads what Azure AD B2C says: its numbers stand in the message.

// b2c: Azure AD B2C speaks.
func b2c(s evidence.Statement) bool { return strings.Contains(s.Message, "AADB2C") }

// b2cNumber is the number of Azure AD B2C in a message, "" if none.
func b2cNumber(s evidence.Statement) string {
	i := strings.Index(s.Message, "AADB2C")
	if i < 0 {
		return ""
	}
	end := i + len("AADB2C")
	for end < len(s.Message) && s.Message[end] >= '0' && s.Message[end] <= '9' {
		end++
	}
	return s.Message[i:end]
}

// b2cEndpoint is the address that was called with the user flow that issued the
// grant in place of the one that was asked.
func b2cEndpoint(c *evidence.Case, asked, issuer string) string {
	if c.Call.Login() && c.Call.Host != "" {
		low, name := strings.ToLower(c.Call.Path), strings.ToLower(asked)
		if i := strings.Index(low, "/"+name+"/"); i >= 0 {
			return "POST https://" + c.Call.Host + c.Call.Path[:i+1] + issuer + c.Call.Path[i+1+len(name):]
		}
	}
	return "POST https://<tenant>.b2clogin.com/<tenant>.onmicrosoft.com/" + issuer + "/oauth2/v2.0/token"
}
