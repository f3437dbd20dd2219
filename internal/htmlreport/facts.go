package htmlreport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/nsauth/nsauth/internal/report"
)

// A fact is a name with a value, or with facts below it.
type fact struct {
	Name, Value string
	Below       []fact
}

// The most facts in a list and the deepest list. What is deeper is shown as JSON.
const (
	mostFacts = 60
	deepest   = 3
)

// factsOf are the facts of a check in the order of its document. What was not measured is
// left out.
func factsOf(facts any) []fact {
	data, err := json.Marshal(facts)
	if err != nil {
		return nil
	}
	return below(data, 0)
}

// below reads the members of a JSON object or list.
func below(data json.RawMessage, depth int) (facts []fact) {
	d := json.NewDecoder(bytes.NewReader(data))
	open, err := d.Token()
	if err != nil || open == nil {
		return nil
	}
	for i := 1; d.More(); i++ {
		name := fmt.Sprint(i)
		if open == json.Delim('{') {
			key, err := d.Token()
			if err != nil {
				return facts
			}
			name = strings.ReplaceAll(report.Clean(fmt.Sprint(key)), "_", " ")
		}
		var v json.RawMessage
		if d.Decode(&v) != nil {
			return facts
		}
		if len(facts) == mostFacts {
			return append(facts, fact{Name: "…", Value: "more in the JSON report"})
		}
		if f := factOf(name, v, depth); f.Value != "" || f.Below != nil {
			facts = append(facts, f)
		}
	}
	return facts
}

func factOf(name string, v json.RawMessage, depth int) fact {
	switch {
	case v[0] == '{' || v[0] == '[' && bytes.ContainsAny(v[1:], "{["):
		if depth == deepest {
			return fact{Name: name, Value: report.Clean(string(v))}
		}
		return fact{Name: name, Below: below(v, depth+1)}
	case v[0] == '[':
		var said []string
		for _, f := range below(v, depth) {
			said = append(said, f.Value)
		}
		return fact{Name: name, Value: report.Clean(strings.Join(said, ", "))}
	}
	return fact{Name: name, Value: scalar(v)}
}

// scalar is a value as people read it.
func scalar(v json.RawMessage) string {
	var s string
	switch {
	case string(v) == "null":
		return ""
	case json.Unmarshal(v, &s) == nil:
		return report.Clean(s)
	case string(v) == "true":
		return "yes"
	case string(v) == "false":
		return "no"
	}
	return string(v)
}
