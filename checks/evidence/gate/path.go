package gate

import (
	"strings"
)

// This file judges the paths of addresses: is one of Microsoft Graph's, and is
// enough of it known?

func versioned(path string) string {
	path = "/" + strings.TrimPrefix(path, "/")
	if strings.HasPrefix(path, "/v1.0/") || strings.HasPrefix(path, "/beta/") {
		return path
	}
	return "/v1.0" + path
}

// roots are the first segments of paths of Microsoft Graph; a path that begins
// with another is not taken for one without a host.
const roots = " me users groups sites drives drive applications serviceprincipals teams chats communications directory directoryobjects directoryroles directoryroletemplates rolemanagement devices devicemanagement deviceappmanagement domains organization planner security auditlogs reports identitygovernance identityprotection identity policies subscriptions subscribedskus shares search solutions education appcatalogs invitations contacts places external informationprotection admin oauth2permissiongrants teamwork storage print employeeexperience copilot agreements tenantrelationships accessreviews administrativeunits app bookingbusinesses bookingcurrencies compliance connections contracts datapolicyoperations dataclassification devicelocalcredentials directorysettingtemplates financials grouplifecyclepolicies groupsettings groupsettingtemplates identityproviders networkaccess onpremisespublishingprofiles privacy privilegedaccess privilegedroles riskdetections riskyusers schemaextensions settings termstore trustframework applicationtemplates backuprestore workplace agentregistry certificatebasedauthconfiguration functions permissiongrants filteroperators scopedrolememberships $batch "

func isRoot(segment string) bool {
	return segment != "" && !strings.Contains(segment, " ") && strings.Contains(roots, " "+segment+" ")
}

func graphRoot(path string) bool {
	path = strings.TrimPrefix(path, "/")
	path = strings.TrimPrefix(strings.TrimPrefix(path, "v1.0/"), "beta/")
	if i := strings.IndexAny(path, "/?('"); i >= 0 {
		path = path[:i]
	}
	return isRoot(strings.ToLower(path))
}

// pathOf is the path behind the version, without the query.
func pathOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		return ""
	}
	path := rest[i:]
	if j := strings.IndexAny(path, "?#"); j >= 0 {
		path = path[:j]
	}
	for _, v := range []string{"/v1.0", "/beta", "/" + hole} {
		if after, ok := strings.CutPrefix(path, v); ok && (after == "" || after[0] == '/' || v == "/v1.0" || v == "/beta") {
			if v == "/"+hole && !graphRoot(after) {
				continue
			}
			path = after
			break
		}
	}
	return strings.TrimRight(path, "/")
}

// openPath tells a path of which a part is not known that decides what is
// called: the whole, the first segment, or two in a row.
func openPath(path string) (bool, string) {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case path == "" || segs[0] == "":
		return true, "the path is a value"
	case strings.HasPrefix(segs[0], hole):
		return true, "the path begins with a value"
	case strings.HasSuffix(segs[0], hole) && !strings.Contains(segs[0], "("):
		return true, "the path goes on with a value"
	}
	for i := 1; i < len(segs); i++ {
		if segs[i] == hole && segs[i-1] == hole {
			return true, "two values follow each other in the path"
		}
		if strings.Contains(segs[i], hole+hole) {
			return true, "two values follow each other in the path"
		}
	}
	return false, ""
}

// prefixOf is the path up to what is not known.
func prefixOf(path string) string {
	segs := strings.Split(strings.Trim(path, "/"), "/")
	var out []string
	for i, s := range segs {
		if i == 0 && strings.Contains(s, hole) || s == hole && i > 0 && segs[i-1] == hole || strings.Contains(s, hole+hole) {
			break
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return ""
	}
	return "/" + strings.Join(out, "/")
}
