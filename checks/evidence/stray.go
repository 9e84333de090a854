package evidence

import (
	"slices"
	"strings"
	"time"
)

// This file drops a token that stands near a failure and cannot be the one
// that was refused: a fresh one that was pasted later, another app's, one whose
// permissions are not those that the service saw.

// clockRoom is how far clocks may disagree; a log's stamp may be of any zone.
const (
	clockRoom = 10 * time.Minute
	zoneRoom  = 15 * time.Hour
)

// dropStray takes a token out of the case that the evidence contradicts, and
// notes why. One that was seen on its way with the call is kept.
func (c *Case) dropStray() {
	t := c.Token
	if !t.Readable() || t.Use == Sent || t.Use == Assertion || t.Use == Alone {
		return
	}
	why := c.strayBy(t)
	if why == "" {
		return
	}
	c.Token = nil
	c.Facts = append(c.Facts, Ref{Place: t.Place, Origin: FromToken, Field: "token.stray", Value: why})
}

func (c *Case) strayBy(t *Token) string {
	room := clockRoom
	if c.When.Ref.Field == "log stamp" {
		room = zoneRoom
	}
	if iat, ok := t.Time("iat"); ok && !c.When.IsZero() && iat.After(c.When.Add(room)) {
		return "issued at " + iat.UTC().Format(time.RFC3339) + ", after the failure"
	}
	for _, s := range c.Said {
		if s.Carrier == InProse {
			continue
		}
		if len(s.Held) > 0 && t.Has("scp") != t.Has("roles") && !overlaps(s.Held, append(t.Scopes(), t.Roles()...)) {
			return "it holds none of the permissions that the service saw"
		}
		for _, v := range s.Values {
			if v.Field == "app" && isGUID(v.Value) && t.App() != "" && !strings.EqualFold(v.Value, t.App()) && !c.Call.Login() && !slices.Contains(t.List("aud"), v.Value) {
				return "it is of the app " + safe(t.App()) + ", and the service refused " + v.Value
			}
		}
	}
	return ""
}

func overlaps(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool {
		return slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(x, y) })
	})
}
