package capture

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/strictyaml"
)

// maxNesting bounds the nesting of a document.
const maxNesting = 100

// readJSON reads a JSON document into a value; nil if it is invalid or nested too deeply.
func readJSON(text string) *value {
	if !isDocument(text) || !json.Valid([]byte(text)) {
		return nil
	}
	return jsonValue(json.NewDecoder(strings.NewReader(text)), 0)
}

func jsonValue(dec *json.Decoder, depth int) *value {
	token, err := dec.Token()
	if err != nil || depth > maxNesting {
		return nil
	}
	delim, nested := token.(json.Delim)
	if !nested {
		switch x := token.(type) {
		case string:
			return textOf(x)
		case float64:
			return textOf(strconv.FormatFloat(x, 'f', -1, 64))
		case bool:
			return textOf(strconv.FormatBool(x))
		}
		return unknown("")
	}
	v := &value{kind: tableValue}
	for dec.More() {
		name := ""
		if delim == '{' {
			key, err := dec.Token()
			if err != nil {
				return nil
			}
			name = key.(string)
		}
		inner := jsonValue(dec, depth+1)
		if inner == nil {
			return nil
		}
		v.items = append(v.items, item{name, inner})
	}
	_, _ = dec.Token()
	return v
}

// readYAML reads an export of Insomnia 5 into a value; nil for other text.
func readYAML(text string) (v *value) {
	if strings.Contains(text[:min(len(text), 500)], "type: collection.insomnia.rest/") {
		_ = strictyaml.Read("", []byte(text), func(root strictyaml.Node) { v = yamlValue(root, 0) }) // else it is not judged
	}
	return v
}

func yamlValue(n strictyaml.Node, depth int) *value {
	v := &value{kind: tableValue}
	switch {
	case depth > maxNesting:
		n.Fail("", "nested too deeply")
	case n.IsNull():
		return unknown("")
	case n.IsBool():
		return textOf(strconv.FormatBool(n.Bool()))
	case n.IsMap():
		n.Pairs("", func(key strictyaml.Key, inner strictyaml.Node) {
			v.items = append(v.items, item{key.Name, yamlValue(inner, depth+1)})
		})
	case n.IsList():
		for _, inner := range n.List() {
			v.items = append(v.items, item{"", yamlValue(inner, depth+1)})
		}
	default:
		return textOf(n.Text())
	}
	return v
}

// collection is what a document of requests is called.
type collection struct {
	said      string
	form      Form
	requests  []*request
	variables map[string]string
}

// collectionOf recognises the program that wrote a document.
func collectionOf(root *value) collection {
	c := collection{said: "JSON with a request", form: JSON, variables: map[string]string{}}
	text := func(of *value, names ...string) string {
		if m := of.member(names...); m != nil {
			return m.text
		}
		return ""
	}
	switch {
	case root.member("log").member("entries") != nil, root.member("request").member("postdata") != nil:
		c.said, c.form = "HAR", HAR
	case strings.Contains(text(root.member("info"), "schema"), "postman"), root.member("item") != nil:
		c.said = "Postman collection"
	case strings.Contains(text(root, "exportsource")+text(root, "type"), "insomnia"):
		c.said = "Insomnia export"
		if root.member("collection") != nil {
			c.form = Text // in YAML
		}
	case strings.Contains(strings.ToLower(text(root, "client", "clientname")), "thunder"):
		c.said = "Thunder Client collection"
	}
	environments := []item{{"", root.member("environments")}}
	if resources := root.member("resources"); resources != nil {
		environments = slices.DeleteFunc(slices.Clone(resources.items), func(x item) bool { return text(x.value, "type") != "environment" })
	}
	for _, x := range environments {
		if data := x.value.member("data"); data != nil {
			for _, v := range data.items {
				c.variables["_."+v.name] = v.value.text
			}
		}
	}
	if list := root.member("variable"); list != nil {
		found, _ := list.pairs()
		for _, x := range found {
			c.variables[x.name] = x.value
		}
	}
	return c
}

// maxCollected bounds how many requests of a document are looked at.
const maxCollected = 2000

// walk collects the requests in a document. name is that of the folder or request around
// a value.
func (c *collection) walk(v *value, name string) {
	if v.kind != tableValue || len(c.requests) >= maxCollected {
		return
	}
	if n := v.member("name"); n != nil && n.kind == textValue {
		name = n.text
	}
	if v.isRequest() {
		c.expand(v, 0)
		q := v.toRequest(&library{said: c.said, headers: true, method: "GET", recorded: c.form == HAR})
		q.name = name
		c.requests = append(c.requests, q)
		return
	}
	for i, x := range v.items {
		before := len(c.requests)
		c.walk(x.value, name)
		if len(c.requests) > before {
			c.entry(v, x, i, c.requests[len(c.requests)-1])
		}
	}
}

// entry says which entry of an archive a request is, and reads the answer beside it.
func (c *collection) entry(around *value, x item, i int, q *request) {
	if c.form == HAR && x.name == "" {
		q.entry = fmt.Sprintf(", entry %d", i+1)
	}
	answer := around.member("response")
	if status := answer.member("status", "statuscode"); status != nil && q.answer == nil {
		code, _ := strconv.Atoi(status.text)
		body := ""
		if content := answer.member("content", "data", "body"); content != nil {
			if inner := content.member("text"); inner != nil {
				content = inner
			}
			body = content.text
			if e := content.member("error"); e != nil {
				body = `{"error":"` + e.text + `"}`
			}
		}
		q.answer = answerOf(code, body)
	}
}

// expand replaces the variables of a collection in a request.
func (c *collection) expand(v *value, depth int) {
	if v.text = expand(v.text, c.variables); depth < maxNesting {
		for _, x := range v.items {
			c.expand(x.value, depth+1)
		}
	}
}

// document reads an HTTP archive, a collection of requests or another JSON document that
// has requests: the first for an access token, else the first with an Authorization
// header. It is nil for other text.
func (r *reader) document(text string) *Paste {
	root := readJSON(text)
	if root == nil {
		root = readYAML(text)
	}
	if root == nil {
		return nil
	}
	return r.collected(root)
}

func (r *reader) collected(root *value) *Paste {
	c := collectionOf(root)
	c.walk(root, "")
	var useful []*request
	for _, q := range c.requests {
		if q.asksForToken() || len(q.authorization) > 0 {
			useful = append(useful, q)
		}
	}
	if len(useful) == 0 {
		return nil
	}
	chosen, said := choose(useful, c.said)
	if chosen.entry != "" {
		_, tokens, _ := strings.Cut(said, ";")
		said = c.said + chosen.entry
		if tokens != "" {
			said += ";" + tokens
		}
	}
	if c.form == HAR {
		r.note(Archive)
	} else {
		r.note(Around)
	}
	p := r.fromRequest(c.form, chosen)
	p.ReadAs, p.Answer = said, chosen.answer
	return p
}
