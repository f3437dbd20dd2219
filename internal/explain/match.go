package explain

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// maxWord is the longest word or name that is looked up.
const maxWord = 80

// maxQuestion is the longest text in which topics are looked for: a question, not a
// transcript.
const maxQuestion = 600

// vocabulary is the names and phrases to look for, by word.
type vocabulary struct {
	names    map[string][]*entry // words of a text, as written
	folded   map[string][]*entry // and in any spelling, as people type them
	statuses map[int]*entry
	phrases  []phrase
	// words are the words of all phrases: a phrase is looked for only where all
	// its words occur.
	words map[string]bool
}

type phrase struct {
	parts []string
	words []string
	of    *entry
}

var lexicon = sync.OnceValue(func() *vocabulary {
	v := &vocabulary{names: map[string][]*entry{}, folded: map[string][]*entry{}, statuses: map[int]*entry{}, words: map[string]bool{}}
	for _, e := range all() {
		if catalog.FamilyOf(e.Family).Rank == 0 {
			continue
		}
		for _, name := range e.names() {
			if n, err := strconv.Atoi(name); err == nil {
				v.statuses[n] = e
				continue
			}
			// A name such as html-page is nsauth's own: a person can ask for it, but in a
			// text it means something else.
			if own := strings.Contains(name, "-") && !strings.Contains(name, "."); !own {
				v.names[name] = append(v.names[name], e)
				v.folded[fold(name)] = append(v.folded[fold(name)], e)
			}
		}
		for _, parts := range e.Phrases {
			p := phrase{parts: parts, of: e}
			for _, part := range parts {
				words := strings.FieldsFunc(part, func(r rune) bool { return r > 0x7f || !wordByte(byte(r)) })
				// A part may stop within a word, as "expir" does: all words but its last
				// one are words of the text.
				for _, w := range words[:len(words)-1] {
					p.words = append(p.words, w)
					v.words[w] = true
				}
			}
			v.phrases = append(v.phrases, p)
		}
	}
	return v
})

// hit is an entry that a text names or has a phrase of.
type hit struct {
	e      *entry
	at     int
	byName bool
	length int // of the phrase
}

// search is what was found in a text so far.
type search struct {
	*vocabulary
	flat, lower string // the text in one line, and in lower case
	found       map[*entry]hit
	seen        map[string]bool // words of phrases
}

// match explains what is known in a text, the most specific first, and lists the
// names that those explanations cover.
func match(pasted string) ([]finding.Explanation, []string) {
	flat := flatten(pasted)
	s := &search{vocabulary: lexicon(), flat: flat, lower: text.LowerASCII(flat), found: map[*entry]hit{}, seen: map[string]bool{}}
	eachWord(flat, s.word)
	for _, p := range s.phrases {
		if p.of.Family == catalog.FamilyTopic && len(flat) > maxQuestion {
			continue
		}
		if at, ok := p.in(s.lower, s.seen); ok {
			s.note(p.of, at, p.length())
		}
	}
	if requestCookie(pasted) {
		s.note(entryOf("cookie-beside-token"), len(flat), 1)
	}
	hits := withoutShorter(slices.Collect(maps.Values(s.found)))
	if strings.Contains(s.lower, "o:errordetails") { // its words are NetSuite's, not a question about one
		hits = slices.DeleteFunc(hits, func(h hit) bool { return h.e.Family == catalog.FamilyTerm })
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.place(), b.place()), cmp.Compare(a.at, b.at), cmp.Compare(a.e.Name, b.e.Name), cmp.Compare(a.e.Family, b.e.Family))
	})
	return distinct(hits, contextOf(s.lower))
}

// note adds a hit, or its first position. A hit by name has no phrase, so length 0.
func (s *search) note(e *entry, at, length int) {
	byName := length == 0
	if h, ok := s.found[e]; ok {
		at, byName, length = min(at, h.at), byName || h.byName, max(length, h.length)
	}
	s.found[e] = hit{e, at, byName, length}
}

// word looks up one word of the text: a name, a word of a phrase, a status.
func (s *search) word(word string, at int) {
	named := s.names[word]
	if named == nil && len(s.flat) <= maxQuestion && len(word) > 6 {
		named = slices.DeleteFunc(slices.Clone(s.folded[fold(word)]), func(e *entry) bool { return className(word) && !e.camel(word) })
	}
	for _, e := range named {
		s.note(e, at, 0)
	}
	w := s.lower[at : at+len(word)]
	if s.words[w] {
		s.seen[w] = true
	}
	if strings.HasPrefix(strings.TrimLeft(w, "_"), "custcertificate") { // whatever name follows, it is a script ID
		s.note(entryOf("assertion.kid-is-script-id"), at, 0)
	}
	if len(word) != 3 || word[0] < '3' || word[0] > '5' {
		return
	}
	if n, err := strconv.Atoi(word); err == nil && isStatus(s.lower, at) {
		if e := s.statuses[n]; e != nil {
			s.note(e, at, 0)
		}
	}
}

// withoutShorter drops a phrase where a longer one of the same family begins: the longer one
// says more, as "illegal base64 character 5c" beside "illegal base64 character".
func withoutShorter(hits []hit) []hit {
	all := slices.Clone(hits)
	return slices.DeleteFunc(hits, func(h hit) bool {
		return !h.byName && slices.ContainsFunc(all, func(o hit) bool {
			return o.at == h.at && o.e.Family == h.e.Family && o.length > h.length
		})
	})
}

// className reports whether a word is in capitals and small letters, as the class of an
// exception is: Faraday::ServerError is no server_error.
func className(word string) bool {
	return strings.ToUpper(word) != word && strings.ToLower(word[1:]) != word[1:]
}

// camel reports whether one of the names is the word without separators.
func (e *entry) camel(word string) bool {
	return slices.ContainsFunc(e.names(), func(name string) bool { return strings.EqualFold(name, word) })
}

// distinct keeps one explanation per cause. A less specific entry for the same cause, or
// a generic one, is only named.
func distinct(hits []hit, context map[string]bool) ([]finding.Explanation, []string) {
	hits = withoutOtherAPI(hits, context)
	var kept []finding.Explanation
	var also []string
	about := map[finding.Code]bool{}
	for _, h := range hits {
		if len(kept) > 0 && (h.e.Generic || len(h.e.Causes) > 0 && about[h.e.Causes[0]]) {
			if !slices.Contains(also, h.e.Name) {
				also = append(also, h.e.Name)
			}
			continue
		}
		if len(h.e.Causes) > 0 {
			about[h.e.Causes[0]] = true
		}
		kept = append(kept, h.e.explain(context))
	}
	return kept, also
}

// withoutOtherAPI drops the REST entry of a name that RESTlets share if the text is of a
// RESTlet call, and the reverse.
func withoutOtherAPI(hits []hit, context map[string]bool) []hit {
	return slices.DeleteFunc(hits, func(h hit) bool {
		other := map[string]string{catalog.FamilyREST: catalog.RESTletCall, catalog.FamilyRESTlet: catalog.RESTCall}[h.e.Family]
		own := map[string]string{catalog.FamilyREST: catalog.RESTCall, catalog.FamilyRESTlet: catalog.RESTletCall}[h.e.Family]
		return other != "" && context[other] && !context[own] && slices.ContainsFunc(hits, func(o hit) bool {
			return o.e != h.e && o.e.Name == h.e.Name
		})
	})
}

// place is how specific a hit is; lower is more.
func (h hit) place() int {
	at := catalog.FamilyOf(h.e.Family).Rank * 10
	if h.e.First && h.e.Family == catalog.FamilyTopic {
		at = catalog.FamilyOf(catalog.FamilyREST).Rank * 10 // when something fails says more than its error
	}
	if h.e.First {
		at -= 4
	}
	if h.e.Generic {
		at += 4
	}
	if h.e.Family == catalog.FamilyHTTP {
		at += 2 // a number says less than a text
		if h.e.Generic {
			at += 6 // and less than when it came
		}
	}
	if !h.byName {
		at++
	}
	return at
}

func entryOf(name string) *entry {
	for _, e := range all() {
		if e.Name == name {
			return e
		}
	}
	panic("explain: no entry " + name)
}

// length is how many bytes of a text p needs.
func (p phrase) length() int {
	n := 0
	for _, part := range p.parts {
		n += len(part)
	}
	return n
}

// in returns where p is in a text that has all its parts; seen are the text's words.
func (p phrase) in(lower string, seen map[string]bool) (int, bool) {
	for _, w := range p.words {
		if !seen[w] {
			return 0, false
		}
	}
	first := -1
	for _, part := range p.parts {
		at := indexAtWord(lower, part)
		if at < 0 {
			return 0, false
		}
		if first < 0 {
			first = at
		}
	}
	return first, true
}

// indexAtWord is where part is in s, at the start of a word.
func indexAtWord(s, part string) int {
	for from := 0; ; {
		at := strings.Index(s[from:], part)
		if at < 0 {
			return -1
		}
		at += from
		if at == 0 || !wordByte(part[0]) || !wordByte(s[at-1]) {
			return at
		}
		from = at + 1
	}
}

// isStatus reports whether the number at at is an HTTP status, by the words before and
// after it.
func isStatus(lower string, at int) bool {
	before := lower[max(0, at-24):at]
	for _, word := range []string{"http/", "http ", "status", "code", "error", "responded with", "returned", "failed"} {
		if i := strings.LastIndex(before, word); i >= 0 && !strings.ContainsAny(before[i+len(word):], "0123456789") || word == "http/" && i >= 0 {
			return true
		}
	}
	if strings.HasSuffix(before, ": (") && strings.HasPrefix(lower[at+3:], ")") {
		return true // .NET translates the rest
	}
	after := lower[at+3 : min(len(lower), at+28)]
	return slices.ContainsFunc([]string{"bad request", "unauthorized", "forbidden", "not found", "internal server error", "client error", "server error",
		"bad gateway", "service unavailable", "gateway time", "too many requests", "found", "method not allowed", "unsupported media type", "not acceptable", "not modified", "conflict", "precondition failed", "request entity too large", "payload too large", "content too large", "proxy authentication"}, func(reason string) bool { return strings.HasPrefix(strings.TrimLeft(after, " ():-,\"'"), reason) })
}

// contextOf says which flow and endpoint a text is about.
func contextOf(lower string) map[string]bool {
	context := map[string]bool{}
	for sign, where := range catalog.Signs() {
		context[where] = context[where] || strings.Contains(lower, sign)
	}
	return context
}

// requestCookie reports whether a transcript shows a request with a token and a
// Cookie.
func requestCookie(pasted string) bool {
	return cookieLine().MatchString(pasted) && bearerLine().MatchString(pasted)
}

var cookieLine, bearerLine = text.Regexp(`(?im)^[ \t>]*cookie:`), text.Regexp(`(?im)^[ \t>]*authorization: bearer`)
