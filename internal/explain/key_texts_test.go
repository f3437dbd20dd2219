package explain

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

// keyTexts are what signing libraries say of damaged and wrong keys. The end-to-end test
// TestKeyTexts gives the keys to the libraries and writes key-texts.json.
type keyTexts struct {
	Versions map[string]string
	Texts    []keyText
}

type keyText struct {
	Library, Text string
	Inputs        []string
	Source        string // of a text that is from documentation
}

func readTestdata[T any](t *testing.T, name string) (v T) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestC1KeyTexts: of what libraries say of damaged keys, at least 95% name what was wrong
// with the key, and no title names another fault.
func TestC1KeyTexts(t *testing.T) {
	words := readTestdata[map[string]faultWords](t, "key-words.json")
	rows := readTestdata[keyTexts](t, "key-texts.json").Texts
	documented := readTestdata[[]keyText](t, "key-texts-documented.json")
	all, named := 0, 0
	for _, row := range append(rows, documented...) {
		x := Text(row.Text, now()).Explanations
		for _, input := range row.Inputs {
			all++
			if len(words[input].Say) == 0 {
				t.Fatalf("no word for %s", input)
			}
			fault := unnamed(x, words, input)
			if fault == "" {
				named++
				continue
			}
			verdict := t.Logf
			if len(x) > 0 {
				verdict = t.Errorf // falsely named
			}
			verdict("%s, %s: %s\n%.300s", row.Library, input, fault, row.Text)
		}
	}
	t.Logf("%d of %d named, %.1f%%; %d from documentation", named, all, float64(named)*100/float64(all), len(documented))
	if all < 900 || named*100 < all*95 {
		t.Errorf("only %d of %d texts are named", named, all)
	}
}

// faultWords are the words of a fault.
type faultWords struct {
	Say  []string // one of them has to be in the title or the meaning
	Also []string // true as well, but not the fault
}

// unnamed says how an explanation fails to name what was wrong with an input, or "".
func unnamed(found []finding.Explanation, words map[string]faultWords, input string) string {
	if len(found) == 0 {
		return "not explained"
	}
	x, own := found[0], words[input]
	in := func(s string, list []string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return containsWord(s, w) })
	}
	if !in(x.Title+"\n"+x.Meaning, own.Say) {
		return fmt.Sprintf("%s does not say %q", x.Name, own.Say)
	}
	for other, w := range words {
		if in(x.Title, w.Say) && !in(x.Title, own.Say) && !slices.ContainsFunc(w.Say, func(w string) bool { return slices.Contains(own.Also, w) }) {
			return fmt.Sprintf("the title of %s says %q, as if it were %s", x.Name, w.Say, other)
		}
	}
	return ""
}

// containsWord reports whether s has w, not as a part of a longer word.
func containsWord(s, w string) bool {
	s, w = text.LowerASCII(s), text.LowerASCII(w)
	for from := 0; ; {
		at := strings.Index(s[from:], w)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(w)
		if (at == 0 || !wordByte(s[at-1])) && (end == len(s) || !wordByte(s[end])) {
			return true
		}
		from = at + cmp.Or(len(w), 1)
	}
}
