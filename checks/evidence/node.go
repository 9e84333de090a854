package evidence

import (
	"strings"
)

// This file holds a parsed object as a tree of nodes.

// A node is one value of an object.
type node struct {
	kind    nodeKind
	text    string // of a string, number or word
	members []member
	items   []*node
	off     int  // where it begins in the text parsed
	cut     bool // ended before it should
}

type member struct {
	key string
	val *node
}

type nodeKind uint8

const (
	nodeWord   nodeKind = iota // number, true, null, undefined, [Object] ...
	nodeString                 // quoted
	nodeObject
	nodeArray
)

// get returns a member by name, whatever its case.
func (n *node) get(names ...string) *node {
	if n == nil || n.kind != nodeObject {
		return nil
	}
	for _, name := range names {
		for _, m := range n.members {
			if strings.EqualFold(m.key, name) {
				return m.val
			}
		}
	}
	return nil
}

// str returns a member's text, "" where it has none.
func (n *node) str(names ...string) string {
	if v := n.get(names...); v != nil && (v.kind == nodeString || v.kind == nodeWord) {
		return strings.TrimSpace(v.text)
	}
	return ""
}

func (n *node) isObject() bool { return n != nil && n.kind == nodeObject }
