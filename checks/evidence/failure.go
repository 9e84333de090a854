package evidence

import (
	"strings"
	"unicode"
)

// This file tells words that report a failure from words that merely mention
// one, in several languages.

// failureWords stand alone, as words.
var failureWords = []string{"error", "errors", "failed", "fails", "failing", "fail", "failure", "exception", "forbidden", "unauthorized", "unauthorised", "denied", "refused", "rejected", "blocked", "trouble", "loop",
	"fehler", "fehlgeschlagen", "abgelehnt", "verweigert", "erreur", "échec", "échoue", "refusé", "falla", "fallo", "denegado", "erro", "falha", "negado", "errore", "fout", "geweigerd", "ошибка", "błąd", "hata", "fel"}

// failurePhrases are compared folded: letters and digits only, lower case.
var failurePhrases = []string{"notauthorized", "insufficientprivileges", "nopermission", "donothavepermission", "doesnothavepermission", "doesnotwork", "doesntwork", "notworking", "wontwork", "stoppedworking", "cannotsignin", "cantsignin", "cannotaccess", "cantaccess", "keepscomingback",
	"zugriffverweigert", "keineberechtigung", "funktioniertnicht", "accèsrefusé", "nonautorisé", "nefonctionne", "accesodenegado", "noautorizado", "nofunciona", "acessonegado", "nãoautorizado", "nãofunciona", "accessonegato", "nonautorizzato", "nonfunziona", "toeganggeweigerd", "werktniet",
	"アクセスが拒否", "拒否されました", "権限がありません", "エラー", "失敗", "拒绝访问", "访问被拒绝", "没有权限", "無權", "错误", "錯誤", "失败", "存取遭拒", "报错", "액세스가거부", "접근거부", "권한이없", "오류", "доступзапрещен", "отказанодоступе", "отказановдоступе", "odmowadostępu", "brakuprawnień", "erişimreddedildi"}

// complaintWords make a complaint of a program's own line.
var complaintWords = []string{"invalid", "denied", "not allowed", "not found", "missing", "expired", "required", "requires", "needed", "already", "exist", "cannot", "could not", "couldn't", "unable", " not ", "challenge", "quarantin", "throttl", "disabled", "violation", "mismatch", "idx1", "does not", "no such", "timed out"}

// complains tells a program's line that reports a failure from its chatter.
func complains(seg string) bool {
	if chatter(seg) || zeroCount(seg) {
		return false
	}
	if failureIn(seg) {
		return true
	}
	low := strings.ToLower(seg)
	for _, w := range complaintWords {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// chatter: a line that its program itself ranks below a warning.
func chatter(seg string) bool {
	head := seg[:min(len(seg), 80)]
	for _, l := range []string{" INFO ", "[INFO]", " DEBUG ", "[DEBUG]", " TRACE ", "level=info", "level=debug", " info ", " INFO:", " DEBUG:"} {
		if strings.Contains(head, l) {
			return true
		}
	}
	return strings.HasPrefix(head, "INFO ") || strings.HasPrefix(head, "DEBUG ") || strings.HasPrefix(head, "INFO:") || strings.HasPrefix(head, "DEBUG:")
}

// failureIn tells whether a text names a failure, by whole words.
func failureIn(text string) bool {
	low := strings.ToLower(text)
	for w := range strings.FieldsFuncSeq(low, func(r rune) bool { return !unicode.IsLetter(r) && r != '_' && r != '-' }) {
		for _, f := range failureWords {
			if w == f || len(f) > 6 && strings.HasSuffix(w, f) && !strings.ContainsAny(w, "_-") {
				return true
			}
		}
		if strings.HasSuffix(w, "exception") || strings.HasSuffix(w, "error") && !strings.ContainsAny(w, "_-") {
			return true
		}
	}
	folded := Fold(low)
	for _, p := range failurePhrases {
		if strings.Contains(folded, p) {
			return true
		}
	}
	return false
}

// zeroCount: "0 failed", "Failures = 0", "Failed requests   0".
func zeroCount(seg string) bool {
	f := strings.FieldsFunc(strings.ToLower(seg), func(r rune) bool { return !(r >= '0' && r <= '9' || unicode.IsLetter(r) || r == '.') })
	zero, other := false, false
	for i, w := range f {
		for _, name := range []string{"failed", "failures", "failure", "errors", "error", "fail"} {
			if w != name {
				continue
			}
			switch {
			case i > 0 && zeroNumber(f[i-1]), i+1 < len(f) && zeroNumber(f[i+1]), i+2 < len(f) && zeroNumber(f[i+2]):
				zero = true
			default:
				other = true
			}
		}
	}
	return zero && !other
}

func zeroNumber(w string) bool { return w != "" && strings.Trim(w, "0.") == "" && w != "." }

// tellsFailure judges the words that are left where no exchange failed.
func tellsFailure(said []Statement) bool {
	for _, s := range said {
		if s.Carrier != InProse {
			return true
		}
		if s.Ref.Origin == FromRequest || zeroCount(s.Message) || hypothetical(s.Message) {
			continue
		}
		if failureIn(s.Message) || len(s.Message) < 300 && failureIn(lookalikes.Replace(s.Message)) || reportsStatus(s.Message) {
			return true
		}
	}
	return false
}

// lookalikes undoes what text recognition misreads.
var lookalikes = strings.NewReplacer("0", "o", "1", "i", "3", "e", "5", "s", "4", "a")

// hypothetical: a question about what will be, not a report of what was.
func hypothetical(text string) bool {
	low := strings.ToLower(text)
	for _, w := range []string{"avoid", "planning", "will it need", "would it need", "which permission", "what permission", "in case of"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// reportsStatus: 401 or 403 in words that report it, or made bold in a table.
func reportsStatus(text string) bool {
	for _, n := range []string{"401", "403"} {
		i := strings.Index(text, n)
		if i < 0 || i > 0 && text[i-1] >= '0' && text[i-1] <= '9' {
			continue
		}
		if strings.Contains(text, "**"+n+"**") {
			return true
		}
		before := strings.ToLower(text[max(0, i-24):i])
		for _, w := range []string{"says ", "get ", "gets ", "got ", "getting ", "give", "gave ", "return", "respon", "answer", "with ", "status", "http", "error", "code", "ends in ", "-> ", "=> ", ": ", "a ", "sees ", "bekomm", "erhalt", "obtien", "recib", "reçoi", "renvoie"} {
			if strings.Contains(before, w) {
				return true
			}
		}
	}
	return false
}

// reported: a person tells of a failure beside calls that were seen to go well.
func reported(said []Statement) bool {
	for _, s := range said {
		if s.Carrier == InProse && strings.Contains(s.Message, "**4") {
			return true
		}
	}
	return false
}
