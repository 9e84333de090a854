package rules

import (
	"strings"
	"sync"

	"github.com/graphdoctor/graphdoctor/rules/catalog"
)

// ownIDs are the ids that code, of rules and of the readers, compares with; a
// test holds the list against the code.
const ownIDs = `
00000003-0000-0000-c000-000000000000 00000003-0000-0ff1-ce00-000000000000 00000002-0000-0ff1-ce00-000000000000
04b07795-8ddb-461a-bbee-02f9e1bf7b46 0997a1d0-0d1d-4acb-b408-d5ca73121e90 14d82eec-204b-4c2f-b7e8-296a70dab67e
1950a258-227b-4e31-a9cf-717495945fc2 45e59f5f-7766-43c0-95e4-5b88f12a4900 5ce770ea-8690-4747-aa73-c5b3cd509cd4
66ea54eb-6301-4ee5-be62-ff5a759b0100 72f988bf-86f1-41af-91ab-2d7cd011db47 872cd9fa-d31f-45e0-9eab-6e460a02d1f1
9188040d-6c67-4c5b-b112-36a304b66dad aebc6443-996d-45c2-90f0-388ff96faa56 b79fbf4d-3ef9-4689-8143-76b194e85509
cbbe00e6-7867-4429-99e4-462804767667 f8cdef31-a31e-4b4a-93e4-5f571e91255a e2d54eb5-3869-4f70-8578-dee5fc7331f4
33e01921-4d64-4f8c-a055-5bdaffd5e33d`

// KnownID tells whether an id in GUID form is one that rules know by its value.
// Every other id only names something: cases that differ by such names alone
// have findings that differ by the same names alone.
func KnownID(id []byte) bool {
	t := knownIDs()
	p := firstDigits(id)
	if t.begin[p/64]&(1<<(p%64)) == 0 {
		return false // a log asks about millions of strangers
	}
	return p>>8 == 0 && len(id) > 6 && string(id[:6]) == "000000" || t.ids[string(id)] || t.ids[strings.ToLower(string(id))]
}

// idTable holds the known ids, and a bit for each way in which one begins.
type idTable struct {
	ids   map[string]bool
	begin [1 << 16 / 64]uint64
}

// firstDigits is the number that the first four hexadecimal digits make.
func firstDigits[T string | []byte](id T) uint {
	var p uint
	for i := 0; i < 4 && i < len(id); i++ {
		c := uint(id[i])
		p = p<<4 | (c&15+c>>6*9)&15
	}
	return p
}

var knownIDs = sync.OnceValue(func() *idTable {
	t := &idTable{ids: map[string]bool{}}
	t.begin[0] = 1
	add := func(id string) {
		p := firstDigits(id)
		t.ids[id] = true
		t.begin[p/64] |= 1 << (p % 64)
	}
	for id := range catalog.IDs() {
		add(id)
	}
	for _, table := range []string{ownIDs, wordingTable, phraseTable, oauthTable, codeTable, retiredTable, movesTable, codeNeedsTable} {
		for id := range catalog.FindIDs(table) {
			add(id)
		}
	}
	return t
})
