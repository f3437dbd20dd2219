package capture

import (
	"slices"
	"strings"
)

// requestCalls are the names of calls that send or make a request, in normal form, and
// the method that the name implies.
var requestCalls = map[string]string{
	"post": "POST", "get": "GET", "put": "PUT", "patch": "PATCH", "delete": "DELETE", "postasync": "POST", "getasync": "GET", "putasync": "PUT",
	"postform": "POST", "postforentity": "POST", "postforobject": "POST", "request": "?", "requestasync": "?", "fetch": "?", "axios": "?", "ajax": "?",
	"newrequest": "?", "newrequestwithcontext": "?", "httprequestmessage": "?", "restrequest": "?", "httppost": "POST", "curlinit": "?", "urlopen": "?",
	"exchange": "?", "filegetcontents": "?", "got": "?", "ky": "?",
}

// requestNamed returns the method that a call of this name implies, "?" if the arguments
// say it, and "" if it is no request.
func requestNamed(name string) string { return requestCalls[normal(name)] }

// encoders are calls that return their argument in another form.
var encoders = map[string]encoding{
	"urlsearchparams": encodedForm, "formurlencodedcontent": encodedForm, "urlencodedformentity": encodedForm,
	"httpbuildquery": encodedText, "stringify": encodedText, "urlencode": encodedText, "encode": encodedText, "encodewwwform": encodedText,
	"dumps": encodedJSON, "jsonencode": encodedJSON, "serialize": encodedJSON, "serializeobject": encodedJSON, "tojson": encodedJSON, "jsoncontent": plainTable,
	"create": plainTable, "stringcontent": plainTable, "ofstring": plainTable, "newreader": plainTable, "newbufferstring": plainTable, "stringentity": plainTable,
	"formdata": encodedMultipart, "multipartformdatacontent": encodedMultipart, "multipartencoder": encodedMultipart,
}

// adders are calls that add a name and a value to the table before them.
var adders = []string{"add", "append", "set", "put", "addencoded", "addparameter", "addqueryparameter", "addformdatapart", "field", "addorupdateparameter",
	"tryaddwithoutvalidation", "with", "bodyvalue", "attach"}

// call evaluates a call: one that makes a request, adds to a table, encodes its
// argument, or builds something from names and values.
func (p *program) call(path string, on *value, args *value) *value {
	name := normal(last(path))
	switch {
	case strings.HasPrefix(name, "curlsetopt"):
		return p.curlOption(args)
	case p.isRequest(path, args):
		return p.request(path, on, args)
	}
	if slices.Contains(adders, name) && len(args.items) >= 2 {
		if on == nil {
			on = p.newTable(path)
		}
		if k := args.items[0].value; k.kind == textValue && k.text != "" {
			on.add(k.text, args.items[1].value)
		} else {
			on.open = true
		}
		return on
	}
	if slices.Contains(adders, name) && len(args.items) == 1 && on != nil && on.kind == tableValue && args.items[0].value.kind == tableValue {
		on.add("", args.items[0].value)
		return on
	}
	if s, ok := slots[name]; ok && on != nil && on.kind == tableValue && len(args.items) > 0 {
		return p.build(name, s, on, args)
	}
	if as, ok := encoders[name]; ok {
		return p.encode(path, name, as, on, args)
	}
	return p.other(path, on, args)
}

// newTable is the table of a variable whose making the text does not show.
func (p *program) newTable(path string) *value {
	t := &value{kind: tableValue, open: true}
	if i := strings.LastIndex(path, "."); i > 0 {
		p.variables[path[:i]] = t
	}
	p.found(t)
	return t
}

// encode evaluates a call that returns its argument in another form.
func (p *program) encode(path, name string, as encoding, on, args *value) *value {
	of := on
	for _, a := range args.items {
		if of == on || of.kind == unknownValue || a.value.kind == tableValue || strings.ContainsAny(a.value.text, "={") {
			if a.value.kind != textValue || !isMediaType(a.value.text) {
				of = a.value
			}
		}
	}
	if len(args.items) > 0 && args.items[0].name != "" {
		of = args
	}
	if strings.Contains(strings.ToLower(path), "json.stringify") {
		as = encodedJSON
	}
	v := &value{kind: tableValue}
	switch {
	case of == nil: // it is filled later
	case of.kind == tableValue:
		*v = *of
		v.seen = false
	default:
		c := *of
		v = &c
	}
	if as != plainTable {
		v.as = as
	}
	if name == "jsoncontent" {
		return &value{kind: tableValue, items: []item{{"json", v}, {"contenttype", textOf("application/json")}}}
	}
	for _, a := range args.items { // StringContent(text, encoding, type), RequestBody.create(type, text)
		if a.value.kind == textValue && isMediaType(a.value.text) {
			v = &value{kind: tableValue, items: []item{{"content", v}, {"contenttype", a.value}}}
		}
	}
	if v.kind == tableValue {
		p.found(v)
	}
	return v
}

// other evaluates a call that is not known by name. What gets one value and gives it
// back in another form is taken to be that value; several values make a list.
func (p *program) other(path string, on, args *value) *value {
	name := normal(last(path))
	switch {
	case slices.Contains([]string{"of", "ofentries", "hashmap"}, name) && len(args.items) > 1 && args.items[0].name == "":
		return p.couples(args)
	case len(args.items) == 0 && on != nil:
		return on // .build(), .toString(), .encode()
	case len(args.items) == 0:
		v := &value{kind: tableValue}
		p.found(v)
		return v
	case slices.Contains([]string{"create", "uri", "url", "parse", "array", "dict", "object", "list", "from", "mediatypeheadervalue", "str", "string", "encodeuricomponent", "quote", "bytes"}, name) &&
		(len(args.items) == 1 || name == "quote" || name == "from") && args.items[0].name == "":
		return args.items[0].value
	case name == "array" || name == "dict" || path == "" || last(path) != "" && last(path)[0] < 'a':
		if len(args.items) == 1 && args.items[0].name == "" && args.items[0].value.kind == tableValue {
			return args.items[0].value
		}
		p.found(args)
		return args
	case on != nil && on.kind == tableValue:
		return on
	}
	return unknown(path)
}

// couples makes a table of names and values that alternate.
func (p *program) couples(args *value) *value {
	v := &value{kind: tableValue}
	for i := 0; i+1 < len(args.items); i += 2 {
		v.add(args.items[i].value.text, args.items[i+1].value)
	}
	p.found(v)
	return v
}

// curlOption evaluates curl_setopt($ch, NAME, value) and curl_setopt_array($ch, table).
func (p *program) curlOption(args *value) *value {
	if len(args.items) < 2 {
		return unknown("")
	}
	handle := args.items[0].value
	if handle.kind != tableValue {
		handle = &value{kind: tableValue}
		p.variables[strings.TrimSpace(args.items[0].value.text)] = handle
	}
	if options := args.items[1].value; options.kind == tableValue {
		handle.items = p.merge(handle.items, options.items)
		options.by = &unknownLibrary // it is no request by itself
	} else if len(args.items) > 2 {
		handle.add(strings.TrimPrefix(options.text, "$"), args.items[2].value)
	}
	p.found(handle)
	return handle
}

func isMediaType(s string) bool {
	return len(s) < 100 && (hasPrefixFold(s, "application/") || hasPrefixFold(s, "text/") || hasPrefixFold(s, "multipart/"))
}

func isURL(s string) bool {
	return strings.Contains(s, "://") || strings.HasPrefix(s, "/services/") || strings.HasPrefix(s, "${") && strings.Contains(s, "}/")
}

// methodNamed returns the HTTP method that a value names: "POST" or HttpMethod.Post.
func methodNamed(v *value) string {
	word := strings.ToUpper(last(strings.TrimPrefix(v.text, "$")))
	if v.kind != tableValue && slices.Contains(methods, strings.TrimPrefix(word, "METHOD_")+" ") {
		return word
	}
	return ""
}

// isRequest reports whether a call sends or makes a request: its name is one, and its
// arguments have a URL, options, or a body.
func (p *program) isRequest(path string, args *value) bool {
	if requestNamed(last(path)) == "" && requestNamed(path) == "" || len(args.items) == 0 {
		return false
	}
	first := args.items[0]
	if first.name == "" && first.value.kind == textValue && !isURL(first.value.text) && methodNamed(first.value) == "" {
		return false // a name, as of a header
	}
	for i, a := range args.items {
		_, named := slots[normal(a.name)]
		switch {
		case a.value.kind == textValue && isURL(a.value.text), named, a.value.kind == tableValue && a.value.isOptions():
			return true
		case i > 0 && first.value.kind == unknownValue && (a.value.kind == tableValue || a.value.as != plainTable || strings.Contains(a.value.text, "=")):
			return true
		}
	}
	return false
}

// request makes a table of the arguments of a call, under the names of the slots.
func (p *program) request(path string, on *value, args *value) *value {
	t := &value{kind: tableValue, by: p.madeWith(path)}
	if method := requestNamed(last(path)); len(method) > 1 {
		t.add("method", textOf(method))
	}
	if on != nil && on.kind == tableValue && (on.member("baseurl", "baseaddress") != nil || on.hasSlot(slotHeaders, slotAuth)) {
		t.items = p.merge(t.items, on.items)
	}
	hasURL := false
	for _, a := range args.items {
		v := a.value
		switch {
		case a.name != "" && isParameter(a.name): // a table of Ruby without { }
			t.child("data").add(a.name, v)
		case a.name != "":
			t.add(a.name, v)
		case methodNamed(v) != "":
			t.set("method", textOf(methodNamed(v)))
		case v.kind == textValue && isURL(v.text) && !hasURL:
			t.add("url", v)
			hasURL = true
		case v.kind == textValue && isMediaType(v.text):
			t.child("headers").set("Content-Type", v)
		case v.kind == tableValue && v.isOptions():
			t.items = p.merge(t.items, v.items)
			t.open = t.open || v.open
			v.by = t.by // it is no request by itself
		case v.kind == unknownValue && !hasURL && v.as == plainTable:
			hasURL = true // in a variable
		case v.kind == unknownValue && strings.EqualFold(last(v.text), "nil"), v.kind == unknownValue && strings.Contains(v.text, "null"):
		default:
			t.add("data", v)
		}
	}
	if len(p.requests) < maxRequests {
		p.requests = append(p.requests, t)
	}
	return t
}

// build adds what a method of a builder sets: .url(x), .header(a, b), .post(body).
func (p *program) build(name string, s slotKind, on, args *value) *value {
	first := args.items[0].value
	switch {
	case s == slotHeaders && len(args.items) == 2:
		on.child("headers").add(first.word(), args.items[1].value)
	case s == slotMethod && len(args.items) == 2:
		on.add("method", first)
		on.add("body", args.items[1].value)
	case len(args.items) == 2 && first.kind == textValue:
		on.child(name).add(first.text, args.items[1].value)
	case s == slotSend:
		on.add("method", textOf(strings.ToUpper(name)))
		on.add("body", first)
	default:
		on.add(name, first)
	}
	p.found(on)
	return on
}
