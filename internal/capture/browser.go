package capture

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// harRequest is a request in an HTTP archive: what the developer tools of browsers,
// recording proxies and nsauth call --har write. Source: HAR 1.2.
type harRequest struct {
	Method   string      `json:"method"`
	URL      string      `json:"url"`
	Headers  []nameValue `json:"headers"`
	PostData *struct {
		Text   string      `json:"text"`
		Params []nameValue `json:"params"`
	} `json:"postData"`
}

type nameValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// har reads an HTTP archive or one entry of it: the first request for an access token,
// else the first with an Authorization header. It is nil for other text.
func (r *reader) har(text string) *Paste {
	type entry struct {
		Request *harRequest `json:"request"`
	}
	var archive struct {
		entry
		Log struct {
			Entries []entry `json:"entries"`
		} `json:"log"`
	}
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &archive) != nil {
		return nil
	}
	var requests []*request
	for _, e := range append(archive.Log.Entries, archive.entry) {
		if e.Request != nil && e.Request.Method != "" && e.Request.URL != "" {
			requests = append(requests, e.Request.request())
		}
	}
	i := slices.IndexFunc(requests, (*request).asksForToken)
	if i < 0 {
		i = slices.IndexFunc(requests, func(q *request) bool { return len(q.authorization) > 0 })
	}
	if i < 0 {
		return nil
	}
	r.note(Archive)
	return r.fromRequest(HAR, requests[i])
}

func (a *harRequest) request() *request {
	q := &request{method: strings.ToUpper(a.Method), allHeaders: true}
	q.setURL(a.URL)
	for _, h := range a.Headers {
		q.header(h.Name, h.Value)
	}
	if a.PostData == nil {
		return q
	}
	q.hasBody = true
	q.body(a.PostData.Text)
	if a.PostData.Text == "" {
		for _, p := range a.PostData.Params {
			q.add(unescape(p.Name), unescape(p.Value))
		}
	}
	return q
}

// fetch reads a call of JavaScript's fetch with JSON options, as the developer tools of
// browsers copy it. It is nil for other text, also for a call with variables.
func (r *reader) fetch(text string) *Paste {
	_, arguments, ok := strings.Cut(text, "fetch(")
	if !ok || len(text)-len(arguments) > len("return await fetch(") {
		return nil
	}
	var target string
	dec := json.NewDecoder(strings.NewReader(arguments))
	if dec.Decode(&target) != nil {
		return nil
	}
	arguments = strings.TrimSpace(arguments[dec.InputOffset():])
	q := &request{allHeaders: true}
	q.setURL(target)
	if rest, more := strings.CutPrefix(arguments, ","); more {
		var options struct {
			Method  string            `json:"method"`
			Headers map[string]string `json:"headers"`
			Body    *string           `json:"body"`
		}
		if json.NewDecoder(strings.NewReader(rest)).Decode(&options) != nil {
			return nil
		}
		q.method = strings.ToUpper(options.Method)
		for _, name := range slices.Sorted(maps.Keys(options.Headers)) {
			q.header(name, options.Headers[name])
		}
		if options.Body != nil {
			q.hasBody = true
			q.body(*options.Body)
		}
	} else if !strings.HasPrefix(arguments, ")") {
		return nil
	}
	if q.method == "" {
		q.method = "GET"
	}
	r.note(FetchCall)
	return r.fromRequest(Fetch, q)
}
