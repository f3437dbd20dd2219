package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// avoided is one row of the word list that vale reads too.
type avoided struct {
	pattern *regexp.Regexp
	needs   []string
	instead string
}

// wordList reads .vale/styles/nsauth/Words.yml.
func wordList(t *testing.T) []avoided {
	t.Helper()
	data, err := os.ReadFile(".vale/styles/nsauth/Words.yml")
	if err != nil {
		t.Fatal(err)
	}
	var rule struct {
		Swap map[string]string `yaml:"swap"`
	}
	if err := yaml.Unmarshal(data, &rule); err != nil {
		t.Fatal(err)
	}
	var list []avoided
	for pattern, instead := range rule.Swap {
		parsed, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, avoided{regexp.MustCompile(`(?i)\b(?:` + pattern + `)\b`), needs(parsed), instead})
	}
	if len(list) < 20 {
		t.Fatalf("the word list has only %d rows", len(list))
	}
	return list
}

// needs are lower-case texts one of which is in whatever re matches; nil if that is not
// known. To look for them is much faster than to match.
func needs(re *syntax.Regexp) []string {
	var best []string
	switch re.Op {
	case syntax.OpLiteral:
		return []string{strings.ToLower(string(re.Rune))}
	case syntax.OpCapture:
		return needs(re.Sub[0])
	case syntax.OpConcat:
		shortest := 0
		for _, part := range re.Sub {
			texts := needs(part)
			least := len(slices.MinFunc(append(texts, strings.Repeat("x", 99)), func(a, b string) int { return len(a) - len(b) }))
			if texts != nil && least > shortest {
				best, shortest = texts, least
			}
		}
	case syntax.OpAlternate:
		for _, part := range re.Sub {
			texts := needs(part)
			if texts == nil {
				return nil
			}
			best = append(best, texts...)
		}
	}
	return best
}

// in returns what text has of a row, "" for nothing. lower is text in lower case.
func (row avoided) in(text, lower string) string {
	if row.needs != nil && !slices.ContainsFunc(row.needs, func(s string) bool { return strings.Contains(lower, s) }) {
		return ""
	}
	return row.pattern.FindString(text)
}

// A said text is what a person may read, and where it is written.
type said struct{ at, text string }

// spoken are the texts of the program: strings of the Go code that are more than
// a name, comments, pages, and every value of the words that are data; of files
// with one of these extensions.
func spoken(t *testing.T, extensions ...string) []said {
	t.Helper()
	var all []said
	for _, file := range projectFiles(t) {
		extension := path.Ext(file)
		if !slices.Contains(extensions, extension) {
			continue
		}
		switch extension {
		case ".go":
			if !strings.HasSuffix(file, "_test.go") {
				all = append(all, ofGo(t, file)...)
			}
		case ".md", ".txt":
			if !strings.Contains(file, "testdata/") {
				all = append(all, ofMarkdown(t, file)...)
			}
		case ".yaml":
			if strings.HasPrefix(file, "internal/") && !strings.Contains(file, "testdata/") {
				all = append(all, ofYAML(t, file)...)
			}
		}
	}
	return all
}

func ofGo(t *testing.T, file string) []said {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var all []said
	add := func(pos token.Pos, text string) {
		if strings.Contains(text, " ") {
			all = append(all, said{fmt.Sprintf("%s:%d", file, set.Position(pos).Line), strings.Join(strings.Fields(text), " ")})
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return !compilesRegexp(n)
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				if text, err := strconv.Unquote(n.Value); err == nil {
					add(n.Pos(), text)
				}
			}
		}
		return true
	})
	for _, group := range parsed.Comments {
		add(group.Pos(), group.Text())
	}
	return all
}

// compilesRegexp reports whether a call's strings are patterns, which may well
// look for words that nsauth itself avoids.
func compilesRegexp(call *ast.CallExpr) bool {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	return ok && slices.Contains([]string{"MustCompile", "Regexp"}, fun.Sel.Name)
}

func ofMarkdown(t *testing.T, file string) []said {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []said
	for i, line := range strings.Split(string(data), "\n") {
		all = append(all, said{fmt.Sprintf("%s:%d", file, i+1), codeSpan.ReplaceAllString(line, "")})
	}
	return all
}

// codeSpan is code in a line of Markdown: names that stay as they are.
var codeSpan = regexp.MustCompile("`[^`]*`")

func ofYAML(t *testing.T, file string) []said {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var all []said
	var visit func(n *yaml.Node, key string)
	visit = func(n *yaml.Node, key string) {
		if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, " ") && !slices.Contains(quotedKeys, key) {
			all = append(all, said{fmt.Sprintf("%s:%d", file, n.Line), strings.Join(strings.Fields(n.Value), " ")})
		}
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode {
				if i%2 == 1 {
					visit(child, n.Content[i-1].Value)
				}
				continue
			}
			visit(child, key)
		}
	}
	visit(&root, "")
	return all
}

// quotedKeys are the keys of the data whose values other programs wrote: texts
// that nsauth recognizes.
var quotedKeys = []string{"phrases", "words"}

func TestWords(t *testing.T) {
	list := wordList(t)
	texts := spoken(t, ".go", ".md", ".yaml", ".txt")
	if len(texts) < 5000 {
		t.Fatalf("only %d texts found: the test does not look at the program", len(texts))
	}
	for _, s := range texts {
		lower := strings.ToLower(s.text)
		for _, row := range list {
			if found := row.in(s.text, lower); found != "" {
				t.Errorf("%s: %q (write: %s) in: %.90s", s.at, found, row.instead, s.text)
			}
		}
	}
}

// A list that finds nothing would keep nothing.
func TestWordsFindsABadSentence(t *testing.T) {
	list := wordList(t)
	for _, bad := range []string{"Nobody is there to sign in.", "the key was put right", "the body is no JSON", "NetSuite no longer takes it", "The NAME is no such thing."} {
		if !slices.ContainsFunc(list, func(row avoided) bool { return row.in(bad, strings.ToLower(bad)) != "" }) {
			t.Errorf("%q passes", bad)
		}
	}
}

// A sentence that is data has at most 25 words, and 20 on average.
func TestSentences(t *testing.T) {

	sentences, words := 0, 0
	for _, s := range spoken(t, ".yaml") {
		for _, sentence := range sentenceEnd.Split(s.text, -1) {
			n := len(word.FindAllString(sentence, -1))
			if n < 4 || strings.HasPrefix(sentence, "SELECT ") { // a name, a command, a query
				continue
			}
			sentences, words = sentences+1, words+n
			if n > 25 {
				t.Errorf("%s: %d words: %s", s.at, n, sentence)
			}
		}
	}
	if sentences < 1000 {
		t.Fatalf("only %d sentences found", sentences)
	}
	if words > 20*sentences {
		t.Errorf("%d words in %d sentences", words, sentences)
	}
	t.Logf("%d sentences, %.1f words on average", sentences, float64(words)/float64(sentences))
}

// word is what counts: not the > of a menu path.
var word = regexp.MustCompile(`\w\S*`)

// A sentence also ends at a semicolon: what follows can be read by itself.
var sentenceEnd = regexp.MustCompile(`[.?!;] `)

// projectFiles lists the files of the project, without those of tools and tests.
func projectFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "generated", "dist", "debian"}, d.Name())) {
			return fs.SkipDir
		}
		if !d.IsDir() {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
