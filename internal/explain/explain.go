// Package explain says what the names and texts of NetSuite's authentication mean:
// finding codes, OAuth errors, the Details of the Login Audit Trail, API errors, the
// texts of programs that wrap them, and topics. It reads no file and calls no server.
//
// A pasted text may hold secrets and hostile bytes, so an Answer never repeats it:
// every string is the package's own or the catalog's, except the time at which a pasted
// token expires.
package explain

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/secretscan"
	"github.com/nsauth/nsauth/internal/text"
)

// MaxBytes limits a text to explain. A transcript or a log excerpt is far shorter.
const MaxBytes = 1 << 20

// Name is a name that can be explained.
type Name struct{ Name, Family, Title string }

// Names lists all names by family.
func Names() []Name {
	var names []Name
	for _, f := range catalog.Families() {
		for _, e := range all() {
			if e.Family == f.Name {
				names = append(names, Name{e.Name, e.Family, e.Title})
			}
		}
	}
	return names
}

// Answer is the explanation of a text.
type Answer struct {
	// Secrets are the secrets in the text, without their values.
	Secrets []finding.Exposure
	// Explanations are the most specific first.
	Explanations []finding.Explanation
	// AlsoSeen are further names in the text, which the explanations cover.
	AlsoSeen []string
}

// Known reports whether the text has a known name, phrase or secret.
func (a Answer) Known() bool { return len(a.Explanations) > 0 || len(a.Secrets) > 0 }

// Lookup explains one name, in all its families. It ignores case, "-", "_" and spaces,
// unless one of them is spelled exactly so.
func Lookup(name string) []finding.Explanation {
	name = strings.Trim(strings.TrimSpace(name), `"'.,;:`+"`")
	if name == "" || len(name) > maxWord {
		return nil
	}
	entries := spellings()[fold(name)]
	exact := slices.DeleteFunc(slices.Clone(entries), func(e *entry) bool { return !slices.Contains(e.names(), name) })
	if len(exact) > 0 {
		entries = exact
	}
	var found []finding.Explanation
	for _, e := range entries {
		found = append(found, e.explain(nil))
	}
	return found
}

// asked explains the words of a short question: "what is kid", "python example".
func asked(question string) (found []finding.Explanation) {
	words := strings.FieldsFunc(question, func(r rune) bool { return r == ' ' || r == '?' })
	for i := 0; i < len(words) && len(words) <= 8; i++ {
		for _, x := range append(Lookup(strings.Join(words[i:min(i+2, len(words))], " ")), Lookup(words[i])...) {
			if catalog.FamilyOf(x.Family).Rank == 0 && !slices.ContainsFunc(found, func(f finding.Explanation) bool { return f.Name == x.Name }) {
				found = append(found, x)
			}
		}
	}
	return found
}

// spellings finds entries by their folded names.
var spellings = sync.OnceValue(func() map[string][]*entry {
	by := map[string][]*entry{}
	for _, e := range all() {
		for _, name := range e.names() {
			if f := fold(name); !slices.Contains(by[f], e) {
				by[f] = append(by[f], e)
			}
		}
	}
	return by
})

// fold is the form that all spellings of a name share.
func fold(name string) string { return strings.ToLower(separators.Replace(name)) }

var separators = strings.NewReplacer("-", "", "_", "", " ", "")

// Text explains a name, or what is known in a text: a response, a transcript, a stack
// trace. It ignores what is beyond MaxBytes. Tokens are judged as of now.
func Text(pasted string, now time.Time) Answer {
	text := text.UTF8(pasted[:min(len(pasted), MaxBytes)])
	secrets := secretscan.Find(text, now)
	answer := Answer{Secrets: exposed(secrets), Explanations: Lookup(text)}
	if len(answer.Explanations) > 0 {
		return answer
	}
	answer.Explanations, answer.AlsoSeen = match(text)
	if len(answer.Explanations) == 0 {
		answer.Explanations = asked(text)
	}
	if slices.ContainsFunc(secrets, func(s secretscan.Secret) bool { return s.Kind == secretscan.Assertion && s.Bearer }) {
		answer.Explanations = append(Lookup("api.is-assertion"), answer.Explanations...)
	}
	return answer
}

// Related suggests names that share words with an unknown text, most shared words
// first.
func Related(text string) []string {
	const most, longest = 5, 200 // names, and bytes of a question; a log has too many words
	if len(text) > longest {
		return nil
	}
	asked := wordsOf(text)
	var names []string
	scores := map[string]int{}
	for _, n := range Names() {
		score := 0
		own := [][]string{wordsOf(n.Name), wordsOf(n.Title)}
		for _, w := range asked {
			for i, in := range own {
				if slices.ContainsFunc(in, func(k string) bool { return sameStem(w, k) }) {
					score += 2 - i // the name says more than its title
				}
			}
		}
		if word := fold(text); len(word) > 2 && strings.Contains(fold(n.Name), word) {
			score += 2
		}
		if score > 0 && scores[n.Name] == 0 {
			names = append(names, n.Name)
			scores[n.Name] = score
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return scores[b] - scores[a] })
	return names[:min(len(names), most)]
}

// wordsOf are the words of a text that say what it is about, each once. MissingKey is
// two words.
func wordsOf(text string) []string {
	var apart strings.Builder
	for i, r := range text {
		if i > 0 && r >= 'A' && r <= 'Z' && text[i-1] >= 'a' && text[i-1] <= 'z' {
			apart.WriteByte(' ')
		}
		apart.WriteRune(r)
	}
	const common = " the and for not with error errors this that from what why how does netsuite oauth code failed was are has our you name invalid unknown which can use one its unexpected line file "
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToLower(apart.String()), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if len(w) > 2 && !strings.Contains(common, " "+w+" ") && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return words
}

// sameStem reports whether two words are forms of one, such as refresh and refreshed.
func sameStem(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(a) >= 5 && len(b)-len(a) <= 3 && strings.HasPrefix(b, a) || a+"s" == b
}
